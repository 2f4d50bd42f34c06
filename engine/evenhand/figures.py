"""Figures: the runs of digits in a text, however they are written: numerals, number words, letters for digits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import regex

from .disguise import bare_key
from .matcher import Literal, Trigger
from .number_words import BY_LANGUAGE, COMMON, HUNDRED, MIXED, ORDINARY, TIMES, VALUES, WITHIN_A_NUMBER
from .text import Document

# --- how a word is read ---------------------------------------------------------------------------------------------

_LETTER_DIGITS = str.maketrans("oilsbz", "011582")
# o for 0 anywhere beside digits; i, l, s, b and z only between digits, since 5s and 2b are sizes and i7 is a chip.
_LETTERS_FOR_DIGITS = re.compile(r"(?=[a-z]*\d)[0-9o](?:[0-9o]|[ilsbz](?=[0-9o]))*")
_GLUED = "|".join(sorted((w for lang in ("en", "es") for w in BY_LANGUAGE[lang] if len(w) > 2), key=len, reverse=True))
_GLUED_WORD = re.compile(rf"(?=.*\d)(?:\d|{_GLUED})++")
_GLUED_PART = re.compile(rf"\d+|{_GLUED}")
_CARRIER = re.compile(r"(\d*)xx(\d+)|(0)xx")  # "(0xx) 123" and "011xx54": a carrier's prefix left open
_TAGGED = regex.compile(
    r"(?:tel|ph|phone|fone|cell?|mob|wa|call|whatsapp|zap|nr|no|тел)(\d{5,})"
    r"|\p{Hangul}+(\d{2,})\p{Hangul}*|(\d{2,})\p{Hangul}+"
)
_EXTENDED = re.compile(r"(\d{2,})x\d{2,7}")
_FILLERS = frozenset(
    "then and dash dot point hyphen minus space next finally lastly und y et e dann luego puis poi depois potem".split()
)
# "nine four times" is 9999
_OVER = frozenset("times veces fois volte vezes mal раза раз razy kali kere".split())
_GAP = re.compile(r"(?:[^\w+$€£¥₹%=<>#📞☎📱📲👉➡]|_){0,4}")
_WEAK = re.compile(r"[,;:!?\n]|\.\s|\s/\s|[^\W\d_]|\s{3}")


@dataclass(frozen=True, slots=True)
class Figure:
    """One word read as digits: offsets into the folded view, and the `word` where it is a number word."""

    digits: str
    start: int
    end: int
    word: str = ""
    odd: bool = False  # letters stand for digits, or a number word is glued to a numeral

    @property
    def one_by_one(self) -> bool:
        """Whether it is spelled out or a single numeral."""
        return bool(self.word) or self.end - self.start == 1


@dataclass(frozen=True)
class Run:
    """Figures that follow each other with little between; `gaps[i]` stands between figures i and i + 1."""

    figures: tuple[Figure, ...]
    gaps: tuple[str, ...]
    plus: bool = False  # + or the word plus stands before it

    @cached_property
    def digits(self) -> str:
        """All digits in a row."""
        return "".join(figure.digits for figure in self.figures)

    @property
    def start(self) -> int:
        """Where the first figure starts in the folded view."""
        return self.figures[0].start

    @property
    def end(self) -> int:
        """Where the last figure ends in the folded view."""
        return self.figures[-1].end

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """How many digits each figure has."""
        return tuple(len(figure.digits) for figure in self.figures)

    @cached_property
    def spelled(self) -> int:
        """How many figures are number words."""
        return sum(1 for figure in self.figures if figure.word)

    @cached_property
    def one_by_one(self) -> bool:
        """Whether most digits are written singly, as numerals or words."""
        return 2 * sum(len(figure.digits) for figure in self.figures if not figure.one_by_one) < len(self.digits)

    def part(self, first: int, last: int) -> Run:
        """The figures from `first` up to, not including, `last`."""
        return Run(self.figures[first:last], self.gaps[first : last - 1], self.plus and not first)

    def segments(self) -> Iterator[Run]:
        """The run cut where a comma, a stop or a word stands between its figures."""
        first = 0
        for index, gap in enumerate(self.gaps):
            if _WEAK.search(gap):
                yield self.part(first, index + 1)
                first = index + 1
        yield self.part(first, len(self.figures))

    def reachable(self, digits: int = 7) -> bool:
        """Whether `trigger(digits)` sees the run: enough numerals, words between numerals, or different words."""
        seen = "".join(_seen(figure) for figure in self.figures)
        numerals = re.split("[wW]", seen.lstrip("o"))
        if max(map(len, numerals)) >= digits or re.search("dw{1,2}d", seen):
            return True
        every = {figure.word for figure in self.figures if figure.word}
        leet = {figure.word for figure in self.figures if figure.odd}
        if any(leet & table.keys() and len({table[w] for w in every & table.keys()}) > 1 for table in _IN_LEET):
            return True
        pairs = zip(pairwise(figure.word for figure in self.figures), self.gaps, strict=True)
        if any(pair in _HAN_PAIRS and not re.search(r"[^\W_]", gap) for pair, gap in pairs):
            return True
        words = {figure.word for figure in self.figures if figure.word and not figure.odd}
        values = ({table[w] for w in words & table.keys()} for lang, table in BY_LANGUAGE.items() if lang != "zh")
        return any(len(each) > 1 for each in values) and not words <= COMMON


# Chinese digits stand in every other sentence, so two must follow each other, and not count up as in "two or three".
_HAN_PAIRS = frozenset(
    (a, b)
    for a, one in BY_LANGUAGE["zh"].items()
    for b, other in BY_LANGUAGE["zh"].items()
    if other not in (one + 1, 2)
)


def _seen(figure: Figure) -> str:
    """What a trigger sees of a figure: d a numeral, o a letter, w a number word, W one it does not see mixed."""
    if figure.word:
        return "w" if figure.word in MIXED and not figure.odd else "W"
    return ("o" if figure.odd else "d") * len(figure.digits)


def spoken(run: Run) -> str:
    """Names the number words and letters that were read as digits, for a match's `why`."""
    read = [f"{figure.word} -> {figure.digits}" for figure in run.figures if figure.word and figure.digits]
    letters = ["letters for digits"] if any(figure.odd and not figure.word for figure in run.figures) else []
    shown = [*list(dict.fromkeys(read))[:3], *letters]
    return f", digits ({', '.join(shown)})" if shown else ""


def runs(document: Document) -> tuple[Run, ...]:
    """The runs of figures in a text, from left to right."""
    return document.once("figures.runs", lambda: tuple(_runs(document)))


def _runs(document: Document) -> Iterator[Run]:
    string = document.folded.string
    row: list[Figure] = []
    for figure in _settled(_repeated(list(_figures(document)), string), string):
        gap = string[row[-1].end : figure.start] if row else ""
        if row and not _joins(gap):
            yield from _run(row, string)
            row = []
        row.append(figure)
    if row:
        yield from _run(row, string)


def _joins(gap: str) -> bool:
    for filler in re.findall(r"[^\W_]+", gap)[:2]:
        if filler not in _FILLERS:
            return False
        before, _, after = gap.partition(filler)
        return bool(_GAP.fullmatch(before) and _GAP.fullmatch(after))
    return _GAP.fullmatch(gap) is not None


_PLUS = re.compile(r"(?:\+|(?<![^\W_])(?:plus|mais|mas|piu|плюс))[\s(]{0,2}$")


def _run(row: Sequence[Figure], string: str) -> Iterator[Run]:
    gaps = [string[a.end : b.start] for a, b in pairwise(row)]
    digits = _spoken(row, gaps)
    figures = [Figure(d, f.start, f.end, f.word, f.odd) for d, f in zip(digits, row, strict=True)]
    if any(digits):
        start = row[0].start
        yield Run(tuple(figures), tuple(gaps), _PLUS.search(string, max(0, start - 8), start) is not None)


_FEWEST = 4  # digits: nothing shorter is a number that anybody looks for


def _too_few(document: Document) -> bool:
    """Whether the text cannot hold a number worth reading: a cheap look before the careful one."""
    digits = sum(map(document.folded.string.count, "0123456789"))
    return (
        digits < _FEWEST and digits + 3 * sum(word in VALUES or word in TIMES for word in document.flat.words) < _FEWEST
    )


def _figures(document: Document) -> Iterator[Figure]:
    """Every word that can be read as digits; the digits of number words are filled in later."""
    if _too_few(document):
        return
    there = {word for word in document.flat.set if word in _READ or _DIGIT.search(word)}
    words = document.words
    for word, (start, end) in zip(words.words, words.spans, strict=True):
        if word not in there:
            continue
        if word.isascii() and word.isdigit():
            yield Figure(word, start, end)
        elif word in VALUES or word in TIMES or word in _OVER:
            yield Figure("", start, end, word)
        elif word in ("o", "oo", "l"):
            yield Figure("1" if word == "l" else "0" * len(word), start, end, odd=True)
        elif (plain := document.leet[start:end]) != word and plain in VALUES:
            yield Figure("", start, end, plain, odd=True)
        else:
            yield from _mixed(word, start)


_DIGIT = re.compile("[0-9]")
_READ = frozenset({*VALUES, *TIMES, *_OVER, "o", "oo", "l"})


def _mixed(word: str, start: int) -> Iterator[Figure]:
    if _LETTERS_FOR_DIGITS.fullmatch(word):
        yield Figure(word.translate(_LETTER_DIGITS), start, start + len(word), odd=True)
    elif _GLUED_WORD.fullmatch(word):
        for part in _GLUED_PART.finditer(word):
            spelled = "" if part[0].isdigit() else part[0]
            yield Figure(
                "" if spelled else part[0], start + part.start(), start + part.end(), spelled, odd=bool(spelled)
            )
    elif match := _EXTENDED.fullmatch(word) or _TAGGED.fullmatch(word):
        group = match.lastindex or 1
        yield Figure(match[group], start + match.start(group), start + match.end(group))
    elif match := _CARRIER.fullmatch(word):
        yield Figure("".join(part or "" for part in match.groups()), start, start + len(word))


def _repeated(figures: list[Figure], string: str) -> list[Figure]:
    """Figures with those that are said to be repeated written out: "nine four times" is 9999."""
    kept: list[Figure] = []
    for figure in figures:
        if figure.word not in _OVER:
            kept.append(figure)
        elif len(kept) > 1 and _joins(string[kept[-2].end : kept[-1].start]):
            digit, times = map(_single, kept[-2:])
            if digit and times > "1" and not string[kept[-1].end : figure.start].strip():
                kept[-2:] = [Figure(digit * int(times), kept[-2].start, figure.end, odd=True)]
    return kept


def _single(figure: Figure) -> str:
    """The figure's digit; "" where it has several."""
    digits = str(VALUES.get(figure.word, "")) if figure.word else figure.digits
    return digits if len(digits) == 1 else ""


def _settled(figures: list[Figure], string: str) -> Iterator[Figure]:
    """Leaves out words of ordinary language, and the letter o, unless their neighbours are figures for certain."""
    joined = [_joins(string[one.end : other.start]) for one, other in pairwise(figures)]
    for index, (figure, before, after) in enumerate(zip(figures, [False, *joined], [*joined, False], strict=False)):
        near = [figures[i] for i, there in ((index - 1, before), (index + 1, after)) if there]
        if figure.odd and not figure.word and (figure.end - figure.start == 1 or not figure.digits.strip("0")):
            if len(near) == 2:
                yield figure
        elif figure.word not in ORDINARY or any(n.word not in ORDINARY and n.word for n in near):
            yield figure
        elif figure.word == "one" and near:
            yield figure


def _spoken(row: Sequence[Figure], gaps: Sequence[str]) -> list[str]:
    """The digits of each figure: "forty", "nine" give "49", ""; "double", "five" give "", "55"."""
    digits = [figure.digits for figure in row]
    index = 0
    while index < len(row):
        if not row[index].word:
            index += 1
            continue
        times = TIMES.get(row[index].word, 1)
        if times > 1:
            if index + 1 < len(row) and (value := VALUES.get(row[index + 1].word, 10)) < 10:
                digits[index + 1] = str(value) * times
                index += 1
            elif index + 1 < len(row) and len(row[index + 1].digits) == 1:
                digits[index + 1] *= times
                index += 1
            index += 1
            continue
        taken, number = _number_at(row, gaps, index)
        digits[index] = number
        index += taken
    return digits


def _number_at(row: Sequence[Figure], gaps: Sequence[str], index: int) -> tuple[int, str]:
    """How many number words from `index` on make one number, and its digits."""
    words = [row[index].word]
    for at in range(index + 1, min(index + 5, len(row))):
        if not row[at].word or row[at].word in TIMES or gaps[at - 1].strip() not in WITHIN_A_NUMBER:
            break
        words.append(row[at].word)
    values = [VALUES[word] for word in words]
    taken = 0
    if len(words) > 1 and 0 < values[0] < 10 and words[1] in HUNDRED:
        taken, hundreds = 2, values[0] * 100
    elif hundreds := values[0] // 100 * 100:
        taken = 1
    rest, used = _below_hundred(words[taken:], values[taken:], 9 if hundreds else 0)
    if not taken + used:
        return 1, str(values[0])
    return taken + used, str(hundreds + rest).zfill(3 if hundreds else 2)


def _below_hundred(words: Sequence[str], values: Sequence[int], more: int) -> tuple[int, int]:
    """The number that tens and a unit make (up to `more` with no tens before it), and how many words it takes."""
    total = used = 0
    if values[:2] == [4, 20]:  # quatre-vingts
        total, used, more = 80, 2, 19
    elif values and 10 <= values[0] < 100:
        total, used = values[0], 1
        more = 19 if total == 60 else 9 if total >= 20 and not total % 10 else 0
    if used < len(values) and 0 < values[used] <= more:
        total, used = total + values[used], used + 1
    if used and words[used - 1] == "dix" and used < len(values) and 6 < values[used] < 10:
        total, used = total + values[used], used + 1
    return total, used


# --- what stands before a number -------------------------------------------------------------------------------------

# Words that make the next number a label of something else.
_LABELS = (
    r"orders?|invoice|tickets?|ref(?:erence)?s?|isbn|issn|ean|upc|gtin|asin|sku|ids?|lot|batch|case|tracking|serial"
    r"|version|release|firmware"
    r"|build|items?|part|model|po|job|contract|project|card|commit|patent|doi|article|policy|claim|confirmation|booking"
    r"|reservation|licen[cs]e|vin|imei|iban|account|acct|error|issue|bug|ssn|passport|aadhaar|pan|cpf|pesel|dni|nie"
    r"|tckn"
    r"|pedido|factura|bestell\w*|rechnung\w*|auftrag\w*|artikel\w*|commande|facture|zamowieni\w*|faktur\w*|заказ\w*"
    r"|счет\w*"
    r"|паспорт\w*|ordine|fattura|pesanan|siparis|fatura|kode|code|codigo|postleitzahl|plz|zip"
)
_LABELLED = re.compile(
    rf"(?:(?<![^\W_])(?:{_LABELS})[\W_]{{0,3}}(?:(?:number|no|nr|num|id|code|nummer|numero|numer|номер)[\W_]{{0,3}})?"
    r"(?:(?:is|was|ist|es|to)\W)?|#|№|\bv)[\s:(\"'.#-]{0,3}$"
)


def labelled(before: str) -> bool:
    """Whether the folded text before a number makes it the number of an order, a ticket, a book or the like."""
    return _LABELLED.search(before[-40:]) is not None


# --- the trigger ----------------------------------------------------------------------------------------------------

# Number words that are looked for in leet ("f1ve").
_IN_LEET = [{word: value for word, value in BY_LANGUAGE[lang].items() if len(word) > 2} for lang in ("en", "es")]

_SEP = "[^a-z0-9]{0,4}(?:(?:" + "|".join(sorted(f for f in _FILLERS if f.isascii())) + "|xx)[^a-z0-9]{0,4})?"


def trigger(digits: int = 7) -> Trigger:
    """The trigger of a search for runs of at least so many digits; see `Run.reachable`."""
    words = "|".join(sorted(MIXED))
    return Trigger(
        literals=frozenset(_literals()),
        bare=frozenset(
            Literal(bare_key(word), beside=(frozenset(w for w, v in table.items() if v != value),))
            for table in _IN_LEET
            for word, value in table.items()
        ),
        patterns=frozenset(
            {
                rf"[0-9](?:{_SEP}[0-9oilsbz]){{{digits - 1}}}",
                rf"[0-9]{_SEP}(?:{words})(?:{_SEP}(?:{words}))?{_SEP}[0-9]",
            }
        ),
    )


def _literals() -> Iterable[Literal]:
    yield from (Literal(f"{a} {b}") for a, b in _HAN_PAIRS)
    for language, table in BY_LANGUAGE.items():
        for word, value in table.items():
            if word not in COMMON and language != "zh":
                yield Literal(word, beside=(frozenset(w for w, v in table.items() if v != value),))
