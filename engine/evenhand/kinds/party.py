"""The counterparty's own details, known to the caller, found in the text however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import OptionError
from ..figures import Figure, runs
from ..matcher import Detector, Kind, Matcher, Surroundings, Trigger, apart
from ..model import Feedback, Match
from ..text import Document
from ..views import fold, split_words

FIELDS = ("email", "phone", "name", "company")
_MAX_DETAILS = 50
_MIN_DIGITS = 7  # a local number; what ends in fewer digits of a phone is no phone
_WINDOW = 160  # characters over which the groups of a phone may be strewn
_MAX_GROUPS, _MAX_STEPS = 60, 2_000


@dataclass(frozen=True)
class Details:
    """What is known of the other side, ready to be looked for: phones as digits, the rest as given."""

    phones: tuple[str, ...]
    emails: tuple[str, ...]
    names: tuple[str, ...]


def _details(feedback: Feedback, fields: Sequence[str]) -> Details:
    party = feedback.counterparty
    known = [str(each) for each in feedback.known]
    emails = [each for each in known if "@" in each]
    phones = [each for each in known if "@" not in each and _is_phone(each)]
    names = [each for each in known if "@" not in each and not _is_phone(each)] if "name" in fields else []
    if party is not None:
        emails += [party.email or ""]
        phones += [party.phone or ""]
        names += [party.name or ""] if "name" in fields else []
        names += [party.company or ""] if "company" in fields else []
    return Details(
        tuple(dict.fromkeys(map(_national, phones if "phone" in fields else ()))),
        tuple(dict.fromkeys(each for each in emails if "@" in each)) if "email" in fields else (),
        tuple(dict.fromkeys(each for each in names if each)),
    )


def _is_phone(detail: str) -> bool:
    digits = sum(map(str.isdigit, detail))
    return digits >= _MIN_DIGITS and 2 * digits > len(detail)


def _national(phone: str) -> str:
    """The digits of a phone that nobody leaves out: without its country's code and the leading 0."""
    import phonenumbers as pn

    phone = fold(phone).string.strip()
    digits = re.sub(r"\D", "", phone)
    if phone.startswith(("+", "00")):
        try:
            return str(pn.parse("+" + digits.removeprefix("00")).national_number)
        except pn.NumberParseException:
            return digits
    return digits.lstrip("0")


# --- phones ---------------------------------------------------------------------------------------------------------


def _phones(document: Document, phones: Sequence[str]) -> Iterator[Match]:
    figures = [figure for run in runs(document) for figure in run.figures if figure.digits]
    for phone in phones:
        if len(phone) < _MIN_DIGITS:
            continue
        # the whole number is looked for first, then its end, which is all that is dialled in its own town
        for wanted in dict.fromkeys((phone, phone[-max(_MIN_DIGITS, len(phone) - 3) :])):
            if found := _in_a_row(figures, wanted) or _strewn(figures, wanted):
                break
        if found:
            bracket = document.folded.string[found[0] - 1 : found[0]] == "(" and found[0] > 0
            start, end = document.folded.span(found[0] - bracket, found[1])
            yield Match(start, end, f"party: their phone, {found[2]} in {document.chain(start, end)}")


def _in_a_row(figures: Sequence[Figure], phone: str) -> tuple[int, int, str] | None:
    """The digits of figures that follow each other, words between them or not."""
    row = "".join(figure.digits for figure in figures)
    owner = [figure for figure in figures for _ in figure.digits]
    at = row.find(phone)
    while at >= 0:
        first, last = owner[at], owner[at + len(phone) - 1]
        # what goes on is another number; what begins earlier may be the code of the country, or a leading 0
        own = at + len(phone) == len(row) or owner[at + len(phone)] is not last
        if own and last.end - first.start <= _WINDOW:
            return first.start, last.end, "its digits in a row"
        at = row.find(phone, at + 1)
    return None


def _strewn(figures: Sequence[Figure], phone: str) -> tuple[int, int, str] | None:
    """The groups of the phone in any order, near each other."""
    groups = [figure for figure in figures if len(figure.digits) > 1 and figure.digits in phone][:_MAX_GROUPS]
    open_ways: list[tuple[str, tuple[Figure, ...]]] = [("", ())]
    for _ in range(_MAX_STEPS):
        if not open_ways:
            break
        done, used = open_ways.pop()
        if done == phone:
            return min(u.start for u in used), max(u.end for u in used), "its groups apart"
        open_ways += [
            (done + group.digits, (*used, group))
            for group in groups
            if phone.startswith(done + group.digits) and group not in used and _near(group, used)
        ]
    return None


def _near(group: Figure, used: Sequence[Figure]) -> bool:
    return all(max(group.end, each.end) - min(group.start, each.start) <= _WINDOW for each in used)


# --- e-mail addresses and names -------------------------------------------------------------------------------------

# Words for the signs of an address, folded; "" for signs that are left out when addresses are compared.
_SIGN_WORDS = {
    "@": "at arroba chiocciola klammeraffe собака snabela malpa kuyruklu et aet ät",
    "": "dot punkt punto ponto point kropka точка nokta titik period underscore dash hyphen minus bindestrich guion",
}
_SIGN_OF = {word: sign for sign, words in _SIGN_WORDS.items() for word in words.split()}
_PIECE = re.compile(r"[^\W_]+|@")
_ALIKE = str.maketrans("013457l", "oieasti")


def _squashed(string: str) -> tuple[str, list[tuple[int, int]]]:
    """An address, or a text, as letters, digits and @ alone; and where each of them stands."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for piece in _PIECE.finditer(string):
        sign = "@" if piece[0] == "@" else _SIGN_OF.get(piece[0])
        if sign is not None:
            characters += [sign] if sign else []
            places += [piece.span()] if sign else []
            continue
        characters.append(piece[0].translate(_ALIKE))
        places += [(at, at + 1) for at in range(*piece.span())]
    return "".join(characters), places


def _emails(document: Document, emails: Sequence[str]) -> Iterator[Match]:
    text, places = document.once("party.squashed", lambda: _squashed(document.folded.string))
    for email in emails:
        local, _, domain = fold(email.strip()).string.rpartition("@")
        name, _, rest = domain.partition(".")
        wanted = f"{_plain(local)}@{_plain(name)}"
        at = text.find(wanted)
        while at >= 0 and not (wanted.startswith("@") or wanted.endswith("@")):
            end = at + len(wanted)
            tail = _plain(rest)
            end += len(tail) if tail and text.startswith(tail, end) else 0
            start, stop = document.folded.span(places[at][0], places[end - 1][1])
            if _begins_word(document, places[at][0]):
                yield Match(start, stop, f"party: their e-mail address in {document.chain(start, stop)}")
            at = text.find(wanted, end)


def _plain(part: str) -> str:
    return "".join(_PIECE.findall(part)).translate(_ALIKE)


def _begins_word(document: Document, at: int) -> bool:
    return not at or not document.folded.string[at - 1].isalnum()


def _names(document: Document, names: Sequence[str]) -> Iterator[Match]:
    words = document.words
    for name in names:
        wanted = split_words(fold(name).string)
        if not wanted or len("".join(wanted)) < 3:
            continue
        for index in range(len(words.words) - len(wanted) + 1):
            if words.words[index : index + len(wanted)] == wanted:
                yield Match(*words.span(index, index + len(wanted) - 1), "party: their name")


def _search(document: Document, fields: Sequence[str]) -> Iterator[Match]:
    details = _details(document.feedback, fields)
    count = len(details.phones) + len(details.emails) + len(details.names)
    if count > _MAX_DETAILS and document.text:
        yield Match(0, len(document.text), "party: stopped at its limit of details", capped=True)
    yield from _phones(document, details.phones[:_MAX_DETAILS])
    yield from _emails(document, details.emails[:_MAX_DETAILS])
    yield from _names(document, details.names[:_MAX_DETAILS])


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher for the fields that are asked for, e-mail address and phone by default."""
    fields = tuple(sorted(options.get("fields", ("email", "phone"))))
    if len(set(fields)) < len(fields):
        raise OptionError("a field is named twice", "", ("fields",))
    return Detector(("party", fields), Trigger(known=True), lambda document: apart(_search(document, fields)))


SCHEMA = {
    "description": "The counterparty's details in `counterparty` and `known`, however they are written in the text.",
    "type": "object",
    "properties": {
        "fields": {
            "description": "Which (email and phone). Names and companies known from the contract are no secret.",
            "type": "array",
            "items": {"enum": list(FIELDS)},
            "minItems": 1,
        }
    },
    "additionalProperties": False,
}
KIND = Kind("party", "the counterparty's known details", SCHEMA, build, "party: {fields: [email, phone]}")
