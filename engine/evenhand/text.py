"""Views of a text: the text is never edited, each view is a folding of it that maps back to the author's characters."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, TypeVar

import regex

from .lookalikes import undo_lookalikes, upside_down
from .model import Feedback

T = TypeVar("T")

# --- folding one character ------------------------------------------------------------------------------------------

_NO_TEXT = "\ue000"  # marks a character that folds to nothing, inside a string that keeps one character a character
_SEVERAL = "\ue001"  # marks a character that folds to several

# Signs that only decorate the letter before them. Vowel signs of Indic scripts are letters to their readers and stay.
_DECORATION = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u093c\u09bc\u0a3c\u0abc"
    "\u0b3c\u115f\u1160\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufe20-\ufe2f\uffa0\U000e0100-\U000e01ef]"
)
_LATIN_NAME = re.compile(
    r"(?:FULLWIDTH |OUTLINED |NEGATIVE (?:CIRCLED|SQUARED) |SQUARED |CIRCLED |PARENTHESIZED |REGIONAL INDICATOR SYMBOL |TAG )?"
    r"(?:MODIFIER )?LATIN (?:SMALL |CAPITAL |SUBSCRIPT SMALL )*LETTER (?:SMALL CAPITAL |TURNED |REVERSED |LONG )?([A-Z])(?: WITH .+)?$"
)
_SYMBOL_NAME = re.compile(r"REGIONAL INDICATOR SYMBOL LETTER ([A-Z])$")
_SPECIAL = {
    "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ŋ": "n", "þ": "th", "ð": "d", "ɑ": "a", "ɡ": "g", "ĸ": "k", "ʀ": "r",
    "ɛ": "e", "ʊ": "u", "ɩ": "i", "ɣ": "y", "ʄ": "f", "ɧ": "h", "ʒ": "z", "ƨ": "s", "ʁ": "r", "℘": "p",
    "‘": "'", "’": "'", "‚": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "\u2028": "\n", "\u2029": "\n", "\x85": "\n",
    "™": " ", "®": " ", "©": " ", "℠": " ", "․": ".", "。": ".", "．": ".", "⁄": "/", "∕": "/", "⓿": "0",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه",
}  # fmt: skip


def _fold_character(char: str) -> str:
    """The folded form of one character: zero, one or several characters."""
    if (special := _SPECIAL.get(char)) is not None:
        return special
    category = unicodedata.category(char)
    if category == "Cf" or _DECORATION.match(char):
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    name = unicodedata.name(char, "")
    if letter := _LATIN_NAME.match(name) or _SYMBOL_NAME.match(name):
        return letter[1].lower()
    if "\uac00" <= char <= "\ud7a3":  # Hangul syllables are letters to their readers, not sums of their parts
        return char
    pieces = unicodedata.normalize("NFKD", char)
    if pieces == char:
        lower = char.casefold()
        return lower if lower == char or len(lower) > 1 else _fold_character(lower)
    return "".join(_fold_character(piece) if not piece.isascii() else piece.lower() for piece in pieces)


class _FoldTable(dict[int, str]):
    """A `str.translate` table that learns each character at first sight and keeps one character for one."""

    def __init__(self) -> None:
        super().__init__({code: chr(code).lower() for code in range(128)})
        self.full: dict[str, str] = {}

    def __missing__(self, code: int) -> str:
        char = chr(code)
        full = _fold_character(char)
        self.full[char] = full
        self[code] = kept = full if len(full) == 1 else _SEVERAL if full else _NO_TEXT
        return kept


_FOLD = _FoldTable()

# --- views ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class View:
    """A folded string and, for each of its characters, where the source stands in the text as submitted."""

    string: str
    starts: Sequence[int] | None = None  # None: character i of the view is character i of the text
    ends: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Turns offsets into this view, `start < end`, into offsets into the text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def inside(self, start: int, end: int) -> tuple[int, int]:
        """Turns offsets into the text into offsets into this view (the characters that lie wholly within)."""
        if self.starts is None or self.ends is None:
            return start, end
        return bisect_left(self.starts, start), bisect_right(self.ends, end)

    def without_spaces(self, runs: regex.Pattern[str]) -> tuple[View, list[tuple[int, int]]]:
        """This view with the spaces inside every run of single characters taken out, and where the runs stand in the text."""
        string = self.string
        if not _ONE_APART.search(string):
            return self, []
        all_starts, all_ends = self.starts or range(len(string)), self.ends or range(1, len(string) + 1)
        kept: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        places: list[tuple[int, int]] = []
        last = 0

        def keep(first: int, behind: int) -> None:
            kept.append(string[first:behind])
            starts.extend(all_starts[first:behind])
            ends.extend(all_ends[first:behind])

        for run in runs.finditer(string):
            keep(last, run.start())
            for letter in _NOT_SPACE.finditer(string, *run.span()):
                keep(*letter.span())
            places.append(self.span(*run.span()))
            last = run.end()
        keep(last, len(string))
        return (View("".join(kept), starts, ends), places) if places else (self, [])

    def replaced(self, replacements: Iterable[tuple[int, int, str]]) -> View:
        """This view with other characters in place of some, as (start, end, characters) from left to right."""
        all_starts, all_ends = self.starts or range(len(self.string)), self.ends or range(1, len(self.string) + 1)
        string: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        last = 0
        for start, end, chars in (*replacements, (len(self.string), len(self.string), "")):
            string += [self.string[last:start], chars]
            starts += [*all_starts[last:start], *[all_starts[min(start, end - 1)]] * len(chars)]
            ends += [*all_ends[last:start], *[all_ends[end - 1]] * len(chars)]
            last = end
        return View("".join(string), starts, ends)

    @staticmethod
    def of_pieces(pieces: Iterable[tuple[str, int, int]]) -> View:
        """Builds a view from (characters, start, end) triples that cover the text from left to right."""
        string: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for chars, start, end in pieces:
            string.append(chars)
            starts += [start] * len(chars)
            ends += [end] * len(chars)
        return View("".join(string), starts, ends)


_NOT_SPACE = re.compile(r"\S")
# Where letters set apart may begin: a cheap look before the careful one.
_ONE_APART = re.compile(r"(?<![^\s(\"'\[:])\S\s\S\s")


def fold(text: str) -> View:
    """Width, case, accents, invisible characters, combining marks and look-alikes folded; punctuation stays."""
    if text.isascii():
        return View(text.lower())
    string = text.translate(_FOLD)
    turned = {start: (end, letters) for start, end, letters in upside_down(text)}
    if _NO_TEXT not in string and _SEVERAL not in string and not turned:
        return _whole_words(View(string if string.isascii() else undo_lookalikes(string)))
    pieces: list[tuple[str, int, int]] = []
    read = 0  # as far as words upside down were read
    for index, (char, kept) in enumerate(zip(text, string, strict=True)):
        if index in turned:  # read from its end, so that each letter stands for the whole
            read, letters = turned[index]
            pieces.append((letters, index, read))
        if index < read:
            continue
        full = _FOLD.full.get(char, kept)
        if full:
            pieces.append((full, index, index + 1))
        elif pieces:  # a mark or an invisible character belongs to what stands before it
            pieces[-1] = (pieces[-1][0], pieces[-1][1], index + 1)
    view = View.of_pieces(pieces)
    return _whole_words(View(undo_lookalikes(view.string), view.starts, view.ends))


_APOSTROPHE = re.compile("(?<=[а-яіїєґ])'(?=[а-яіїєґ])")


def _whole_words(view: View) -> View:
    """The view without the apostrophes that are part of Cyrillic words: `п'ять` is one word, and often written `пять`."""
    found = list(_APOSTROPHE.finditer(view.string))
    return view.replaced((*each.span(), "") for each in found) if found else view


# --- words ----------------------------------------------------------------------------------------------------------

# Scripts written without spaces are read a character at a time, so that terms match inside a run.
_WORD = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*"
    r"|[[\p{L}\p{N}\p{M}]--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]+",
    regex.V1,
)
_READ_BY_CHARACTER = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_ASCII_WORD = re.compile("[a-z0-9]+")
_SENTENCE_BREAK = re.compile(r"[.!?…]['\")\]]*\s|\n|[。！？।]")

ENDS = 3  # letters by which words with an open end are looked up


def reads_by_character(folded: str) -> bool:
    """Whether the text holds a script without spaces, in which a "word" is a character."""
    return not folded.isascii() and _READ_BY_CHARACTER.search(folded) is not None


def split_words(folded: str) -> list[str]:
    """The words of a folded string, punctuation and spaces left out."""
    return _ASCII_WORD.findall(folded) if folded.isascii() else _WORD.findall(folded)


def sentence_ends(folded: str) -> list[int]:
    """The numbers of the words of a folded string after which a sentence ends and another follows."""
    ends: list[int] = []
    last, counted, at = "", 0, 0
    for found in _SENTENCE_BREAK.finditer(folded):
        words = split_words(folded[at : found.start()])
        at = found.end()
        if words:
            last = words[-1]
            counted += len(words)
            if len(last) > 1:  # "U.S. office": initials end no sentence
                ends.append(counted - 1)
    if ends and ends[-1] == counted - 1 and not split_words(folded[at:]):
        ends.pop()
    return ends


class Words:
    """A text as words, each with its place in the text, and its sentences."""

    def __init__(self, view: View) -> None:
        folded = view.string
        self.view = view
        self.spans = [found.span() for found in (_ASCII_WORD if folded.isascii() else _WORD).finditer(folded)]
        self.words = split_words(folded)

    @cached_property
    def ends(self) -> list[int]:
        """The words after which a sentence ends and another follows."""
        return sentence_ends(self.view.string)

    @cached_property
    def sentences(self) -> list[int]:
        """The number of each word's sentence."""
        return [bisect_left(self.ends, at) for at in range(len(self.words))]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The offsets in the text of words `first` to `last`, both included."""
        return self.view.span(self.spans[first][0], self.spans[last][1])

    def stop(self, at: int) -> int:
        """Behind which word the sentence of a word ends."""
        following = bisect_left(self.ends, at)
        return self.ends[following] + 1 if following < len(self.ends) else len(self.words)

    @cached_property
    def starts(self) -> list[int]:
        """Where each word starts in the text."""
        return [self.view.span(a, b)[0] for a, b in self.spans]

    def covering(self, start: int, end: int) -> tuple[int, int]:
        """The first and last word that touch text offsets `start` to `end`; a span without words gives its neighbour."""
        first = max(0, bisect_right(self.starts, start) - 1)
        last = max(first, bisect_left(self.starts, end) - 1)
        return first, last


class Flat:
    """Words alone, blind to sentences: enough to rule out most of what a rule looks for."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.string = f" {' '.join(words)} "  # a space stands before each word and at the end

    @cached_property
    def set(self) -> frozenset[str]:
        """The different words."""
        return frozenset(self.words)

    @cached_property
    def heads(self) -> frozenset[str]:
        """The first letters of the words, `ENDS` each."""
        return frozenset([word[:ENDS] for word in self.set])

    @cached_property
    def tails(self) -> frozenset[str]:
        """The last letters of the words, `ENDS` each."""
        return frozenset([word[-ENDS:] for word in self.set])

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for at, word in enumerate(self.words):
            places.setdefault(word, []).append(at)
        return places

    def at(self, word: str) -> Sequence[int]:
        """Which of the words a word is, counted from zero."""
        return self._places.get(word, ())


# --- disguise: leet and repeats -------------------------------------------------------------------------------------

_LEET = str.maketrans("013456789@$!|+<€£¥¢¡§×∂∩∪⊂", "oieasgtbgasiitceiycisxdnuc")
_LEET_SIGNS = "013-9@$!|+<€£¥¢¡§×∂∩∪⊂"
# A word written with signs for letters: a sign before a letter, or digits and money signs behind one.
_LEET_WORD = re.compile(
    rf"(?<![^\s\"'(\[<.,;:/-])(?=[^\s.,;:/]*[a-z])[a-z{_LEET_SIGNS}]*(?:[{_LEET_SIGNS}][a-z]|[a-z][013-9@$€£¥¢])[a-z0-9@$|€£¥¢]*(?:[!+](?=[a-z])[a-z0-9@$|€£¥¢]*)*"
)
_SIGNED = re.compile(rf"(?<!\S)[^\s{_LEET_SIGNS}]*+[{_LEET_SIGNS}]\S*")  # what may hold such a word
_LETTER = re.compile("[a-z]")
_DIGIT = re.compile("[0-9]")
_DOTTED = re.compile(r"[\W_]*(?=[^\W\d_][\W_](?:.[\W_])*[^\W\d_])[^\W_](?:[\W_][^\W_]){2,}[\W_]*")  # f!u!c!k, s-h-1-t
_SPACED_LEET = re.compile(rf"(?<!\S)(?:[a-z{_LEET_SIGNS}]\s){{2,}}[a-z{_LEET_SIGNS}](?!\S)")
# The same in Cyrillic, where other signs stand for other letters.
_LEET_CYRILLIC = str.maketrans("03461@$89!", "озчбиасвяи")
_LEET_CYRILLIC_WORD = re.compile(
    r"(?<![^\s\"'(\[<.,;:/-])[а-яіїєґ0-9@$!]*(?:[а-яіїєґ][034618@$9!]+[а-яіїєґ]|(?<![0-9])[0346@][а-яіїєґ]{2})[а-яіїєґ0-9@$]*"
)
_CYRILLIC = re.compile("[а-яіїєґ]")
_UNITS = re.compile(
    r"\$?\d+(?:st|nd|rd|th|k|x|d|am|pm|h|hr|hrs|m|min|mins|mb|gb|tb|kb|km|cm|mm|kg|px|s|ms|p|fps|w|usd|eur|ft|lbs?|oz|yrs?|rs|mp|mph|[kmg]?hz|dd|er|stars?)?\+?|[a-z]{1,2}\d|[a-z]\d+|\d+[a-z]\d*",
    re.A,
)
# "@united" is a mention; what a leading @ disguises is short and goes on with a consonant: "@sshole", "@nal".
_MENTION = re.compile(r"@(?:[aeiou]|[a-z]{8})")
BARE_KEY = str.maketrans("l", "i")
_LONG_RUN = re.compile(r"([^\W\d_])\1\1")


def squeeze(word: str) -> str:
    """Runs of one letter made single."""
    return "".join(char for char, _ in groupby(word))


def bare_key(word: str) -> str:
    """The form under which the disguised and the plain spelling of a word meet: `a$$hole` and `asshole` give `ashoie`."""
    return squeeze(word.translate(BARE_KEY))


def _undo_leet(folded: str) -> str:
    def replace(match: re.Match[str]) -> str:
        word = match[0]
        return word if _UNITS.fullmatch(word) or _MENTION.match(word) else word.translate(_LEET)

    def undo(chunk: re.Match[str]) -> str:
        if _DOTTED.fullmatch(chunk[0]):  # the signs between single letters stand for no letter
            return _DIGIT.sub(lambda digit: digit[0].translate(_LEET), chunk[0])
        if _CYRILLIC.search(chunk[0]):
            return _LEET_CYRILLIC_WORD.sub(lambda word: word[0].translate(_LEET_CYRILLIC), chunk[0])
        return _LEET_WORD.sub(replace, chunk[0])

    string = _SIGNED.sub(undo, folded)
    return _SPACED_LEET.sub(lambda m: m[0].translate(_LEET) if _LETTER.search(m[0]) else m[0], string)


_RUN = re.compile(r"([^\W\d_])\1+")
# Three or more single letters with a gap between them, one and the same or any signs: "f.u.c.k", "f u c k", "f_u-c*k".
_SPACED_LETTERS = re.compile(
    r"(?<![^\W_])[^\W\d_](?:(?P<gap>\s\s|[\W_])[^\W\d_](?:(?P=gap)[^\W\d_])+|(?:(?:[^\w\s]|_)[^\W\d_]){2,})(?![^\W_])"
)
# Beside such a run two letters with the same sign between them are a word too: "r.a.t.e m.e", but not "e.g.".
_PAIR = re.compile(r"(?<![^\s\"'(])(?!e\.g|i\.e|[ap]\.m|u\.[sk]|e\.u)[^\W\d_]([^\w\s]|_)[^\W\d_](?=[^\w\s]*(?:\s|$))")
_GAP = re.compile(r"[\W_]+")
# A picture or a sign within a word: "wo🔥rk", "st_ars".
_WITHIN = regex.compile(r"(?<=[^\W\d_])[[_~^=*\p{So}\p{Sk}]--[`]]{1,3}(?=[^\W\d_])", regex.V1)


def _stands_plain(chunk: str) -> bool:
    return not (_LONG_RUN.search(chunk) or _WITHIN.search(chunk))


def _gaps(leet: str) -> Iterator[tuple[int, int]]:
    """What stands between letters that are one word."""
    for run in _apart(leet):
        yield from (gap.span() for gap in _GAP.finditer(leet, *run.span()))
    yield from (gap.span() for gap in _WITHIN.finditer(leet))


def _apart(leet: str) -> list[re.Match[str]]:
    """Where letters are set apart."""
    runs = list(_SPACED_LETTERS.finditer(leet))
    if not runs:
        return runs
    signs = {gap[0] for run in runs for gap in _GAP.finditer(run[0])}
    return runs + [pair for pair in _PAIR.finditer(leet) if pair[1] in signs]


def _joined(run: re.Match[str]) -> str:
    return _GAP.sub("", run[0])


def _is_plain(folded: str, leet: str) -> bool:
    return leet == folded and _stands_plain(leet) and not _SPACED_LETTERS.search(leet)


def undisguised_string(folded: str) -> str | None:
    """What `undisguise` shows, without its map to the text: cheap enough to look whether the map is worth making."""
    leet = _undo_leet(folded)
    if _is_plain(folded, leet):
        return None
    kept, at = "", 0
    for start, end in sorted(_gaps(leet)):
        kept += leet[at:start]
        at = max(at, end)
    return _RUN.sub(r"\1", (kept + leet[at:]).translate(BARE_KEY))


def undisguised_flat(folded: str) -> Flat | None:
    """The words of what `undisguise` shows; None where nothing is disguised."""
    string = undisguised_string(folded)
    return None if string is None else Flat(split_words(string))


def undisguise(view: View) -> View | None:
    """Leet signs read as letters, letters set apart joined, runs of a letter made single, l and i made one.

    None where nothing is disguised.
    """
    leet = _undo_leet(view.string)
    if _is_plain(view.string, leet):
        return None
    gaps = {p for gap in _gaps(leet) for p in range(*gap)}
    kept = [p for p in range(len(leet)) if p not in gaps]
    keyed = "".join(map(leet.__getitem__, kept)).translate(BARE_KEY)
    repeated = {p for run in _RUN.finditer(keyed) for p in range(run.start() + 1, run.end())}
    firsts = [p for p in range(len(keyed)) if p not in repeated]
    lasts = [*(p - 1 for p in firsts[1:]), len(keyed) - 1]
    starts, ends = view.starts or range(len(leet)), view.ends or range(1, len(leet) + 1)
    return View(
        "".join(map(keyed.__getitem__, firsts)), [starts[kept[p]] for p in firsts], [ends[kept[p]] for p in lasts]
    )


# --- shorthand ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WrittenOut:
    """A folded text with its shorthand written out, and what was: (start, end, shorthand, meaning), in the text as submitted."""

    view: View
    replaced: tuple[tuple[int, int, str, str], ...]

    @cached_property
    def words(self) -> Words:
        """The text as words."""
        return Words(self.view)

    @cached_property
    def flat(self) -> Flat:
        """Its words, without their places."""
        return Flat(split_words(self.view.string))

    def steps(self, start: int, end: int) -> list[str]:
        """Names what was written out within text[start:end], such as `shorthand (rvw -> review)`."""
        inside = self.replaced[bisect_right(self._ends, start) : bisect_left(self._starts, end)]
        return [f"shorthand ({short} -> {long})" for short, long in dict.fromkeys(each[2:] for each in inside)]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, *_ in self.replaced]

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end, *_ in self.replaced]


# --- the text and its views -----------------------------------------------------------------------------------------


AS_WRITTEN = "as written"


class Document:
    """One piece of feedback and its views, each made at first use; lives for one check in one thread."""

    def __init__(
        self,
        feedback: Feedback,
        *,
        disguised: bool = True,
        shorthand: bool = True,
        coded: bool = True,
        flat: Flat | None = None,
        bare_flat: Flat | None = None,
        written_out: WrittenOut | None = None,
    ) -> None:
        """What was made of the text already: `flat`, `bare_flat`, `written_out`. `disguised=False` promises that `undisguise` changes
        nothing, `shorthand=False` that there is no shorthand to write out, `coded=False` that no code is announced.
        """
        self.feedback = feedback
        self.disguised = disguised
        self.shorthand = shorthand
        self.coded = coded
        self.written_out = written_out
        if flat is not None:
            self.flat = flat
        if bare_flat is not None:
            self.bare_flat = bare_flat
        self.text = feedback.text
        self._memo: dict[object, Any] = {}

    @cached_property
    def folded(self) -> View:
        """Letters folded, punctuation kept."""
        return fold(self.text)

    @cached_property
    def words(self) -> Words:
        """The folded text as words."""
        return Words(self.folded)

    @cached_property
    def flat(self) -> Flat:
        """The words of the folded text, without their places in it: what most searches end with."""
        return Flat(split_words(self.folded.string))

    @cached_property
    def leet(self) -> str:
        """The folded text with leet signs read as letters; as long as the folded text."""
        return _undo_leet(self.folded.string)

    @cached_property
    def spaced(self) -> list[tuple[int, int]]:
        """Where something stands between letters of one word, as offsets into the folded text."""
        return list(_gaps(self.leet))

    @cached_property
    def undisguised(self) -> View | None:
        """The folded text with leet, spacing and repeats undone, in the keys of `bare_key`; None where nothing is disguised."""
        return undisguise(self.folded) if self.disguised else None

    @cached_property
    def bare(self) -> Words | None:
        """The undisguised text as words; None where nothing is disguised."""
        return Words(self.undisguised) if self.undisguised is not None else None

    @cached_property
    def bare_flat(self) -> Flat:
        """The undisguised words, without their places; none where nothing is disguised."""
        return (undisguised_flat(self.folded.string) if self.disguised else None) or Flat([])

    @cached_property
    def marks(self) -> list[int]:
        """Which of the undisguised words may be disguised: those that stand there more often than they do plainly."""
        chunks = zip(self.folded.string.split(), self.leet.split(), strict=True)
        plain = " ".join(chunk for chunk, leet in chunks if chunk == leet and _stands_plain(chunk))
        there = Counter(split_words(_RUN.sub(r"\1", plain.translate(BARE_KEY))))
        words = self.bare_flat.words
        more = {word for word, count in Counter(words).items() if count > there[word]}
        return [at for at, word in enumerate(words) if word in more]

    def may_be_disguised(self, at: int, words: int) -> bool:
        """Whether one of so many undisguised words, from number `at` on, may be disguised: a cheap look before the careful one."""
        following = bisect_left(self.marks, at)
        return following < len(self.marks) and self.marks[following] < at + words

    def once(self, key: object, compute: Callable[[], T]) -> T:
        """What `compute` gives, computed once a document and key."""
        if key not in self._memo:
            self._memo[key] = compute()
        found: T = self._memo[key]
        return found

    def sentence_of(self, start: int, end: int) -> tuple[int, int]:
        """The numbers of the first and last sentence that a span of the text touches."""
        if not self.words.ends:  # one sentence, or no words at all
            return 0, 0
        first, last = self.words.covering(start, end)
        return self.words.sentences[first], self.words.sentences[last]

    def chain(self, start: int, end: int, view: str = "folded") -> str:
        """Names the foldings that changed text[start:end] on the way into a view, such as `folded (Cyrillic с -> c)`."""
        steps = list(_fold_steps(self, start, end))
        if view == "bare":
            span = self.folded.inside(start, end)
            folded = self.folded.string[slice(*span)]
            leet = self.leet[slice(*span)]
            steps += [f"leet ({a} -> {b})" for a, b in dict.fromkeys(zip(folded, leet, strict=True)) if a != b]
            steps += [f"spacing ({run[0]} -> {_joined(run)})" for run in _apart(leet)]
            steps += [f"within a word ({gap} -> nothing)" for gap in dict.fromkeys(_WITHIN.findall(leet))]
            steps += [f"repeats ({run[0] * 3}... -> {run[0]})" for run in dict.fromkeys(_LONG_RUN.findall(leet))]
        return ", ".join(steps) or AS_WRITTEN

    def disguised_letters(self, start: int, end: int) -> str:
        """text[start:end] folded, with leet signs read as letters and l and i made one."""
        return self.leet[slice(*self.folded.inside(start, end))].translate(BARE_KEY)

    def disguises(self, start: int, end: int) -> frozenset[str]:
        """Which of `leet`, `repeats` and `spacing` stand in text[start:end]."""
        span = self.folded.inside(start, end)
        leet = self.leet
        found = set()
        if leet[slice(*span)] != self.folded.string[slice(*span)]:
            found.add("leet")
        if _LONG_RUN.search(leet[slice(*span)]):
            found.add("repeats")
        if any(a < span[1] and span[0] < b for a, b in self.spaced):
            found.add("spacing")
        return frozenset(found)


def _fold_steps(document: Document, start: int, end: int) -> Iterator[str]:
    span = document.text[start:end]
    if span.isascii():
        return
    if any(a < end and start < b for a, b, _ in upside_down(document.text)):
        yield "folded (upside down)"
        return
    for char in dict.fromkeys(span):
        folded = fold(char).string
        if folded == "":
            yield f"folded (U+{ord(char):04X} -> nothing)"
            continue
        position = document.text.index(char, start)
        shown = document.folded.string[slice(*document.folded.inside(position, position + 1))]
        if shown and shown != folded:
            script = unicodedata.name(char, f"U+{ord(char):04X}").split()[0].capitalize()
            yield f"folded ({script} {char} -> {shown})"
        elif folded != char and not char.isascii():
            yield f"folded ({char} -> {folded})"
