"""Views of a text: each is a folding of it that maps back to the author's characters; and the words of a view."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from .lookalikes import undo_lookalikes, upside_down

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
