"""Shorthand: words as they are texted (`rvw`, `gonna`, `4 u`), written out as the words they stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import regex

from .text import Document, View, WrittenOut, fold, split_words

_SHORT = 2  # letters: so short a name in capitals is often the name of a thing (`a U bolt`, `the VC`)
_NEAR = 40  # characters: as far back as a word is looked for
_GAP = r"[ \t\-]+"  # within a row of words
_LETTER = r"[\p{L}\p{N}\p{M}_]"
# A letter with a sign and another letter beside it is part of something else: `u.s.`, `c++`, `r&d`, `u-turn`.
_JOINT = r"[.&+#@/\-]"
_NO_PART = r"(?<![$€£#]|\p{N}[.,:/\-])"  # `$2 me`, `1.4 u`: the figure is part of a number


@lru_cache(1 << 12)
def folded(written: str) -> str:
    """The form under which spellings of one shorthand meet: folded, with single spaces, hyphens as spaces."""
    return " ".join(fold(written).string.replace("-", " ").split())


@dataclass(frozen=True, eq=False)
class Shorthand:
    """The table: what each shorthand stands for, all folded.

    An `unsure` one is read so only beside another shorthand (`u n me`, but not `n fold`); in an `allowed` row of words
    each stands for itself (`u bolts`).
    """

    sure: Mapping[str, str]
    unsure: Mapping[str, str]
    allowed: Sequence[str] = ()

    @staticmethod
    def of(table: Mapping[str, Any]) -> Shorthand | None:
        """The table as files have it; None when there is none."""
        if not table.get("shorthand"):
            return None
        sure, unsure = ({folded(a): folded(b) for a, b in table[key].items()} for key in ("shorthand", "unsure"))
        return Shorthand(sure, unsure, tuple(map(folded, table["allowed"])))

    @cached_property
    def meanings(self) -> Mapping[str, str]:
        """What every shorthand stands for."""
        return {**self.unsure, **self.sure}

    @cached_property
    def _every(self) -> _Finder:
        return _Finder(self.meanings)

    @cached_property
    def _allowed(self) -> _Finder:
        return _Finder(self.allowed)

    @cached_property
    def literals(self) -> frozenset[str]:
        """Words, joined by one space, of which a row stands in every text that holds a sure shorthand with a letter."""
        return frozenset(words for each in self.sure if _has_letter(words := " ".join(split_words(each))))

    @cached_property
    def patterns(self) -> frozenset[str]:
        """The same for those of figures and signs (`5*`), for the folded text; what is not ASCII is 0xFF."""
        signs = (each for each in self.sure if not _has_letter(" ".join(split_words(each))))
        return frozenset("".join(_in_bytes(char) for char in each) for each in signs)

    def of_document(self, document: Document) -> WrittenOut | None:
        """The text with its shorthand written out; None where there is none."""
        if document.written_out is None and document.shorthand:
            document.written_out = self.write_out(document.text, document.folded, document.flat.set)
            document.shorthand = document.written_out is not None
        return document.written_out

    def write_out(self, text: str, view: View, words: frozenset[str]) -> WrittenOut | None:
        """A text with its shorthand written out, None where there is none; `view` is the text folded, `words` those in it."""
        string = view.string
        found = [each for each in self._every.among(string, words) if not _is_a_name(each, view, text)]
        if any(folded(each[0]) in self.sure for each in found):
            kept = {at for each in self._allowed.among(string, words) for at in range(*each.span())}
            found = self._read([each for each in found if kept.isdisjoint(range(*each.span()))], string)
            if found:
                named = [(each, name, self.meanings[name]) for each in found for name in (folded(each[0]),)]
                return WrittenOut(
                    view.replaced((*each.span(), meaning) for each, _, meaning in named),
                    tuple((*view.span(*each.span()), name, meaning) for each, name, meaning in named),
                )
        return None

    def _read(self, found: Sequence[regex.Match[str]], string: str) -> list[regex.Match[str]]:
        """Those that are read as shorthand: the sure ones, and what stands beside one that is read."""
        read = [folded(each[0]) in self.sure for each in found]
        neighbours = list(zip(range(len(found) - 1), range(1, len(found)), strict=True))
        beside = [(a, b) for a, b in neighbours if string[found[a].end() : found[b].start()].isspace()]
        for one, other in [*beside, *((b, a) for a, b in reversed(beside))]:
            read[other] = read[other] or read[one]
        return [each for each, is_read in zip(found, read, strict=True) if is_read]


def _has_letter(words: str) -> bool:
    return any(char.isalpha() for char in words)


def _in_bytes(char: str) -> str:
    """A character of a name as the patterns of triggers have it."""
    return _GAP if char == " " else regex.escape(char) if char.isascii() else r"\xff"


class _Finder:
    """Finds rows of words and signs, looked up by their first words: a text holds few of them."""

    def __init__(self, names: Iterable[str]) -> None:
        by_first: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(names, key=lambda name: (-len(name), name)):
            by_first[split_words(name)[0]].append(name)
        self._by_first = {
            first: regex.compile("|".join(map(_expression, several))) for first, several in by_first.items()
        }

    def among(self, string: str, words: frozenset[str]) -> list[regex.Match[str]]:
        """Where they stand in a folded text, from left to right and apart; `words` are all words of the text."""
        found: list[regex.Match[str]] = []
        for first in self._by_first.keys() & words:
            match = self._by_first[first].match
            at = string.find(first)
            while at >= 0:
                if (each := match(string, at)) is not None:
                    found.append(each)
                at = string.find(first, at + 1)
        found.sort(key=lambda each: each.start())
        apart: list[regex.Match[str]] = []
        for each in found:
            if not apart or each.start() >= apart[-1].end():
                apart.append(each)
        return apart


def _expression(name: str) -> str:
    words = _GAP.join(map(regex.escape, name.split(" ")))
    if name[0].isdigit():
        words = _NO_PART + words
    if len(name) == 1:
        return rf"(?<!{_LETTER})(?<!{_LETTER}{_JOINT}){words}(?!{_JOINT}?{_LETTER}|[+#*])"
    if name[0].isalnum() and name[-1].isalnum():
        return rf"(?<!{_LETTER}){words}(?!{_LETTER})"
    return rf"(?<!{_LETTER}|[/.*]){words}(?!{_LETTER}|{regex.escape(name[-1])})"


def _is_a_name(found: regex.Match[str], view: View, text: str) -> bool:
    """Whether one or two letters stand in capitals behind a word that is not in capitals."""
    if found.end() - found.start() > _SHORT:
        return False
    start, end = view.span(*found.span())
    if not text[start:end].isupper():
        return False
    before = text[max(0, start - _NEAR) : start].split()[-1:]
    return bool(before) and before[0][-1].isalnum() and not before[0].isupper()
