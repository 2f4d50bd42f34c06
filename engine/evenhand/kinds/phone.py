"""Phone numbers, in the forms of many countries and in disguise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from ..errors import OptionError
from ..figures import Run, labelled, runs, spoken, trigger
from ..matcher import Kind, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document

MIN_DIGITS, MAX_DIGITS = 7, 15
_MAX_CANDIDATES = 25  # a number is parsed for every region, 100 us each

# --- what stands round a number -------------------------------------------------------------------------------------

# Words that lead in a number, folded: they say that what follows is to be called.
_LEADS = {
    "en": r"call(?: (?:me|us|him|her|them))?|phone|fone|telephone|tel|cell(?:phone)?|mob(?:ile)?|ring|dial|te?xt|sms"
    r"|hotline|landline|reach|answer(?:s|ing)? at|contact|digits|reachable|(?:number|no) is"
    r"|(?:my|his|her|our|their|private|personal|direct|office|work|home)(?: \w+)? (?:number|no|nr|num|line)",
    "apps": r"w[hua]*[ao]?t?[sz]+ ?[ae]p+|w[ao]tsap+|vatsap+|whats|wa|wsp|zap(?:zap)?|zapp|guasap|wasap|viber|vyber"
    r"|telegram|telega|tele|signal|imo|wechat|weixin|kakao(?:talk)?|zalo|line id|ватсап\w*|вотсап\w*|вайбер\w*|телег\w*"
    r"|واتس\w*|व्हाट्सऐप|व्हाट्सएप",
    "es": r"llama\w*|telefono|tlf|tfno|fono|movil|celular|cel|mi numero|su numero|escribe\w*|marca\w*",
    "pt": r"lig(?:a|ar|ue)|telefone|celular|fone|chama|meu numero|contato|contacto",
    "fr": r"appel\w+|telephone|portable|joindre|joignable|mon numero|son numero",
    "de": r"anruf\w*|ruf\w*|telefon\w*|handy\w*|mobil\w*|erreichbar|erreich\w+|nummer|rufnummer|melde\w*",
    "it": r"chiama\w*|telefono|cellulare|cell|numero di telefono|mio numero|suo numero|contatta\w*",
    "nl": r"bel|bellen|belt|telefoon\w*|mobiel|nummer is",
    "pl": r"dzwon\w*|zadzwon\w*|telefon\w*|kom|komork\w+|numer to|moj numer|jego numer|jej numer",
    "ru": r"звон\w+|позвон\w+|набер\w+|телефон\w*|тел|моб\w*|номер|пиши\w*|дзвон\w+|телефонуй\w*",
    "tr": r"ara\w{0,9}|telefon\w*|cep|numara\w*",
    "id": r"hubungi|telp|telepon|telpon|hp|nomor|nomer|kontak",
    "hi": r"नंबर|नम्बर|फोन|फ़ोन|कॉल|mera number|uska number",
    "ar": r"اتصل\w*|هاتف\w*|جوال\w*|رقم\w*|تواصل|موبايل\w*|تلفون\w*",
    "tl": r"tawag\w*|itext|numero ko",
    "zh": r"电话|手机|微信|致电|拨打|電話|携帯|手機|聯絡|联系",
    "ko": r"\w*전화\w*|연락처\w*|휴대폰\w*|번호\w*",
    "vi": r"goi|dien thoai|sdt|so dt",
}
_LEAD = re.compile(rf"(?:(?<![^\W_])(?:{'|'.join(_LEADS.values())})(?![^\W_])|[📞☎📱📲✆🤙])")
_LEAD_REACH = 6  # words between a lead-in and the number
_LEAD_BEHIND = re.compile(
    r"\W{0,4}(?:\w+\W+)?(?:te?xt|call|whats ?app|wa|viber|sms|ring|anytime|any time|(?:pe|par|ko) call|पर|पे|office"
    r"|mobile|cell|fax"
    r"|is (?:my|his|her|the) (?:\w+ )?(?:number|cell|phone))(?![^\W_])|\W{0,4}[📞☎📱📲✆🤙]"
)
# Words that make the number before it a quantity.
_COUNTED = re.compile(
    r"\s?(?:%|°|(?:[kmb]|rows?|records?|users?|visit\w*|views?|lines?|words?|items?|products?|entries|people"
    r"|subscribers?"
    r"|followers?|downloads?|calls|customers?|pixels?|px|km|kg|usd|eur|gbp|inr|dollars?|euros?|pounds?|rupees?|rs"
    r"|frames?"
    r"|images?"
    r"|photos?|impressions?|clicks?|times|reviews?|points?|stars?|hours|hrs?|days|years|minutes|seconds|bytes|[kmgt]b"
    r"|hz|fps"
    r"|zeilen|lignes|filas|linhas|wierszy|строк\w*)(?![^\W_]))"
)
_MONEY = re.compile(r"(?:[$€£¥₹]|(?<![^\W_])(?:usd|eur|gbp|inr|rs|pln|idr|rp|r))\.?\s?$")
_ADDRESS = re.compile(r"(?:https?:|www\.|\w\.\w{2,6}/|\w=)\S*$")
_PHONE_ADDRESS = re.compile(r"(?:wa\.me/|tel:|callto:|sms:|phone=|number=|whatsapp\.com\S*[=/])\+?$")

# --- how a number looks ---------------------------------------------------------------------------------------------

_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"{_YEAR}[-/. ]\d{{1,2}}[-/. ]\d{{1,2}}(?:\s.*)?|\d{{1,2}}([-/.])\d{{1,2}}\1(?:{_YEAR}|\d\d)(?:\s.*)?"
    rf"|{_YEAR}(?:\W{{1,3}}{_YEAR})+|{_YEAR}\W{{1,3}}\d\d|{_YEAR}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
)
_QUANTITY = re.compile(r"[1-9]\d{0,2}(?:([., '])\d{3})(?:\1\d{3})*(?:[.,]\d{1,2})?|\d{1,3}\.\d+")
_DOTTED = re.compile(r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}")  # an address of a computer
_SCORES = re.compile(r"[1-9]\d?\s?/\s?\d{1,2}(?:\W{1,3}\d{1,2}\s?/\s?\d{1,2})+")
_SOCIAL = re.compile(r"\d{3}-\d\d-\d{4}")  # a US social security number, which is the kind `number`'s to find
_BOOK = re.compile(r"97[89]\d{10}")
_DIAL_ABROAD = re.compile(r"(?:00|011)(?=[1-9]\d{8})")
_AMERICAN = re.compile(r"1?(?:[2-9](?!11)\d\d)[2-9]\d{6}")
_AMERICAN_GROUPS = {(3, 3, 4), (1, 3, 3, 4), (3, 7), (1, 3, 7)}
_TRUNK_GROUPS = (2, 8)  # the shortest and longest group of a number with a leading 0


@dataclass(frozen=True)
class Candidate:
    """Figures that may be a phone number, and what stands round them."""

    document: Document
    run: Run
    whole: Run  # what the figures were cut out of

    @cached_property
    def written(self) -> str:
        """The number as it stands in the folded text."""
        return self.document.folded.string[self.run.start : self.run.end]

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """How many digits stand together; number words that complete another have none."""
        return tuple(size for size in self.run.groups if size)

    @cached_property
    def before(self) -> str:
        """The folded text before the number."""
        return self.document.folded.string[max(0, self.run.start - 80) : self.run.start]

    @cached_property
    def after(self) -> str:
        """The folded text behind the number."""
        return self.document.folded.string[self.run.end : self.run.end + 40]

    @cached_property
    def lead(self) -> str:
        """The word that leads in the number, or follows it; "" when there is none."""
        before = _plain(self.before)
        for match in reversed(list(_LEAD.finditer(before))):
            if len(re.findall(r"\w+", before[match.end() :])) <= _LEAD_REACH:
                return match[0]
        behind = _LEAD_BEHIND.match(_plain(self.after))
        return behind[0].strip() if behind else ""

    @cached_property
    def counted(self) -> bool:
        """Whether the number says how many or how much; such numbers have no leading 0."""
        counted = _COUNTED.match(self.document.folded.string, self.whole.end) or _MONEY.search(self.before)
        return bool(counted) and self.run.digits[0] != "0"

    @cached_property
    def labelled(self) -> bool:
        """Whether the number is the label of something, by itself or with the digits before it, or stands in a web address."""
        if _PHONE_ADDRESS.search(self.before):
            return False
        ahead = self.document.folded.string[max(0, self.whole.start - 80) : self.whole.start]
        return bool(labelled(self.before) or labelled(ahead) or _ADDRESS.search(self.before))

    @cached_property
    def something_else(self) -> bool:
        """Whether it is written like a date, a quantity, a score or a book's number."""
        return (
            any(shape.fullmatch(self.written) for shape in (_DATE, _QUANTITY, _DOTTED, _SCORES, _SOCIAL))
            or _BOOK.fullmatch(self.run.digits) is not None
        )

    @cached_property
    def idle(self) -> bool:
        """Whether the digits are filler: hardly any two different, or counting with nothing to lead them in."""
        digits = self.run.digits
        steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
        counting = steps in ({1}, {9}) and not self.lead and not self.carrier
        called = self.run.plus or (self.lead and not _QUANTITY.fullmatch(self.written))
        return len(set(digits)) < (2 if called else 3) or counting

    @property
    def carrier(self) -> bool:
        """Whether a carrier's prefix is left open, as in `0xx`: only telephone numbers are written so."""
        return "xx" in self.written

    @property
    def alone(self) -> bool:
        """Whether the text is this number and nothing else."""
        string = self.document.folded.string
        extension = _EXTENSION.match(string, self.run.end)
        rest = string[: self.run.start] + string[extension.end() if extension else self.run.end :]
        return not re.search(r"[^\W_]", rest)


_SPACED_WORD = re.compile(r"(?<![^\W_])[^\W_](?:[\s.*_-]{1,2}[^\W_])+(?![^\W_])")
_SIGNS = str.maketrans("@$013457", "asoieast")
_SIGNED_WORD = re.compile(r"\S*(?:[a-z][@$01345]|[@$01345][a-z])\S*")


def _plain(context: str) -> str:
    """The words round a number without their disguise: c.a.l.l and c4ll are call."""
    joined = _SPACED_WORD.sub(lambda m: re.sub(r"[\W_]", "", m[0]), context)
    return _SIGNED_WORD.sub(lambda m: m[0].translate(_SIGNS), joined)


def _candidates(run: Run) -> Iterator[tuple[Run, Run]]:
    """What of a run may be one number, the likelier first, and what it was cut out of."""
    segments = list(run.segments())
    if run.one_by_one and len(segments) > 1:
        yield run, run
    yield from ((part, part) for part in segments)
    for part in segments:
        last = len(part.figures)
        if last > 1:
            yield part.part(1, last), part
            yield part.part(0, last - 1), part
        if last > 2:
            yield from ((part.part(i, i + 1), part) for i, size in enumerate(part.groups) if size > 8)


@dataclass(frozen=True)
class Phone:
    """The matcher: numbers that are phone numbers by their form, their region or what leads them in."""

    regions: tuple[str, ...]
    disguised: bool = True

    @property
    def key(self) -> object:
        return ("phone", self.regions, self.disguised)

    @property
    def trigger(self) -> Trigger | None:
        return trigger(MIN_DIGITS)

    def find(self, document: Document) -> Iterable[Match]:
        return list(self._find(document))

    def _find(self, document: Document) -> Iterator[Match]:
        judged = 0
        for run in runs(document):
            until = -1
            for part, whole in _candidates(run):
                if part.start < until or not self._admits(part):
                    continue
                judged += 1
                if judged > _MAX_CANDIDATES:
                    yield Match(
                        *document.folded.span(part.start, part.end), "phone: stopped at its limit of numbers", True
                    )
                    return
                candidate = Candidate(document, part, whole)
                if reason := self._reason(candidate):
                    until = part.end
                    yield _match(candidate, reason)

    def _admits(self, part: Run) -> bool:
        if not MIN_DIGITS <= len(part.digits) <= MAX_DIGITS or not part.reachable(MIN_DIGITS):
            return False
        return self.disguised or not (part.spelled or any(figure.odd for figure in part.figures))

    def _reason(self, number: Candidate) -> str:
        """Why it is a phone number; "" when it is none."""
        run = number.run
        if number.idle:
            return ""
        if number.something_else and (not number.lead or (number.groups[0] < 3 and not run.plus)):
            return ""
        if run.plus and not number.counted and (region := _abroad(run.digits)):
            return f"possible in region {region}"
        if number.labelled or number.counted:
            return ""
        if number.lead and not _DATE.fullmatch(number.written) and self._callable(number):
            return f"led in by `{number.lead}`"
        if len(run.digits) > 13:
            return ""
        return self._by_form(number)

    def _by_form(self, number: Candidate) -> str:
        run, groups = number.run, number.groups
        form = ""
        if run.spelled >= MIN_DIGITS:
            form = "spelled out"
        elif number.carrier and len(run.digits) > 8:
            form = "behind a carrier's prefix"
        elif (prefix := _DIAL_ABROAD.match(run.digits)) and (region := _abroad(run.digits[prefix.end() :])):
            form = f"possible in region {region} behind {prefix[0]}" if len(groups) > 1 or number.alone else ""
        elif len(run.digits) > 8 and _odd(number):
            form = "in disguise"
        elif groups in _AMERICAN_GROUPS and _AMERICAN.fullmatch(run.digits):
            form = "grouped as in region US"
        elif _has_trunk_form(run.digits, groups):
            form = "grouped behind a leading 0"
        elif run.one_by_one and run.digits[0] == "0" and 10 <= len(run.digits) <= 11:
            form = "digit by digit behind a leading 0"
        elif len(run.digits) > 8 or (number.alone and run.digits[0] == "0"):
            form = self._by_region(number)
        return form

    def _by_region(self, number: Candidate) -> str:
        """Valid in a region, and written so that it can hardly be anything else."""
        run = number.run
        for region, grouping in self._regions_of(run.digits, valid=True):
            if len(number.groups) > 1 and number.groups in grouping:
                return f"grouped as in region {region}"
            if number.alone:
                return f"the whole text, valid in region {region}"
            if len(run.figures) == 1 and run.digits[0] == "0" and len(run.digits) < 12:
                return f"valid in region {region}"
            if run.one_by_one and min(number.groups) == max(number.groups) == 1:
                return f"digit by digit, valid in region {region}"
        return ""

    def _callable(self, number: Candidate) -> bool:
        """Whether it may be dialled at all: 9 to 15 digits, or a number without its area in one of the regions."""
        return len(number.run.digits) > 8 or bool(self._regions_of(number.run.digits, valid=False))

    def _regions_of(self, digits: str, valid: bool) -> list[tuple[str, frozenset[tuple[int, ...]]]]:
        """The regions where the number is valid, or possible, with the groups it is written in there."""
        import phonenumbers as pn

        found = []
        for region in self.regions:
            try:
                parsed = pn.parse(digits, region)
            except pn.NumberParseException:
                continue
            reason = pn.is_possible_number_with_reason(parsed)
            if pn.is_valid_number(parsed):
                found.append((region, _groupings(pn, parsed)))
            elif not valid and reason in (pn.ValidationResult.IS_POSSIBLE, pn.ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
                found.append((region, frozenset()))
        return found


def _abroad(digits: str) -> str:
    """The region of a number with its country's code first, "" when no region has such numbers."""
    import phonenumbers as pn

    try:
        parsed = pn.parse("+" + digits, None)
    except pn.NumberParseException:
        return ""
    return pn.region_code_for_country_code(parsed.country_code or 0) if pn.is_possible_number(parsed) else ""


def _groupings(pn: Any, parsed: Any) -> frozenset[tuple[int, ...]]:
    forms = (pn.PhoneNumberFormat.NATIONAL, pn.PhoneNumberFormat.INTERNATIONAL)
    written = [pn.format_number(parsed, form) for form in forms]
    return frozenset(tuple(map(len, re.findall(r"\d+", each))) for each in [*written, written[1].partition(" ")[2]])


def _odd(number: Candidate) -> bool:
    """Whether keycaps, or letters for digits, make a number that nobody writes so without a reason."""
    start, end = number.document.folded.span(number.run.start, number.run.end)
    keycaps = number.document.text[start:end].count("\u20e3")
    return keycaps > 4 or any(figure.odd and not figure.word for figure in number.run.figures)


def _has_trunk_form(digits: str, groups: tuple[int, ...]) -> bool:
    short, long = _TRUNK_GROUPS
    return (
        digits[0] == "0"
        and digits[1] != "0"
        and 9 <= len(digits) <= 12
        and 1 < len(groups)
        and short <= min(groups)
        and max(groups) <= long
    )


_EXTENSION = re.compile(r"\s{0,4}(?:,?\s?(?:ext(?:ension|n)?|durchwahl|доб)[.:]?\s{0,2}|x\s{0,4})\d{1,7}(?![^\W_])")
_OPENING = re.compile(r"(?:\+\s?\(?|\((?:\+\s?)?|(?<![^\W_])plus[\s-]{1,2})$")


def _match(number: Candidate, reason: str) -> Match:
    document, run = number.document, number.run
    start, end = run.start, run.end
    if opening := _OPENING.search(number.before):
        taken = opening[0] if ")" in number.written else opening[0].lstrip("(")
        start -= len(taken) if "(" not in taken or ")" in number.written else 0
    if extension := _EXTENSION.match(number.after):
        end += extension.end()
    span = document.folded.span(start, end)
    plus = "+" if run.plus else ""
    return Match(*span, f"phone {plus}{run.digits} {reason} in {document.chain(*span)}{spoken(run)}")


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher; regions are those of the policy unless the rule names its own."""
    import phonenumbers as pn

    regions = options.get("regions", surroundings.regions)
    for index, region in enumerate(regions):
        if region not in pn.SUPPORTED_REGIONS:
            raise OptionError(f"unknown region `{region}`", "use two-letter codes such as `US`", ("regions", index))
    return Phone(tuple(dict.fromkeys(regions)), bool(options.get("disguised", True)))


SCHEMA = {
    "description": "Phone numbers of any country: by their form, by region, or by the words that lead them in.",
    "type": "object",
    "properties": {
        "regions": {
            "description": "Countries whose numbers are known without a plus (those of the policy).",
            "type": "array",
            "items": {"type": "string", "pattern": "^[A-Z]{2}$"},
            "minItems": 1,
        },
        "disguised": {"type": "boolean", "description": "Read number words and letters as digits (true)."},
    },
    "additionalProperties": False,
}
KIND = Kind("phone", "phone numbers", SCHEMA, build, "phone: {}")
