"""Shorthand: words as they are texted (`rvw`, `gonna`, `4 u`), written out as the words they stand for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .text import Document, View, WrittenOut, fold, split_words

_WORD = re.compile(r"\w+")
_SHORT = 2  # letters: so short a name in capitals is often the name of a thing (`a U bolt`, `the VC`)
# A letter with a sign and another letter beside it is part of something else: `u.s.`, `c++`, `r&d`, `u-turn`, `a/c`.
_BEFORE_LETTER = r"(?<!\w[.&+#@/\-])"
_BEHIND_LETTER = r"(?![.&+#@/\-]?\w|[+#*])"


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
        return frozenset("".join(re.escape(c) if c.isascii() else r"\xff" for c in each) for each in signs)

    def of_document(self, document: Document) -> WrittenOut | None:
        """The text with its shorthand written out; None where there is none."""
        if document.written_out is None and document.shorthand:
            document.written_out = self.write_out(document.folded, document.text)
            document.shorthand = document.written_out is not None
        return document.written_out

    def write_out(self, view: View, text: str) -> WrittenOut | None:
        """A folded text with its shorthand written out; None where there is none. `text` is as submitted."""
        string = view.string
        kept = [found.span() for found in self._allowed.among(string)]
        found = [
            each
            for each in self._every.among(string)
            if not any(a < each.end() and each.start() < b for a, b in kept) and not _is_a_name(each, view, text)
        ]
        read = self._read(found, string)
        if not read:
            return None
        names = [(each, folded(each[0])) for each in read]
        return WrittenOut(
            view.replaced([(*each.span(), self.meanings[name]) for each, name in names]),
            tuple((*view.span(*each.span()), name, self.meanings[name]) for each, name in names),
        )

    def _read(self, found: Sequence[re.Match[str]], string: str) -> list[re.Match[str]]:
        """Those that are read as shorthand: the sure ones, and what stands beside one that is read."""
        read = [folded(each[0]) in self.sure for each in found]
        if not any(read):
            return []
        neighbours = list(zip(range(len(found) - 1), range(1, len(found)), strict=True))
        beside = [(a, b) for a, b in neighbours if string[found[a].end() : found[b].start()].isspace()]
        for one, other in [*beside, *((b, a) for a, b in reversed(beside))]:
            read[other] = read[other] or read[one]
        return [each for each, is_read in zip(found, read, strict=True) if is_read]


def _has_letter(words: str) -> bool:
    return any(char.isalpha() for char in words)


class _Finder:
    """Finds rows of words and signs, the longest first: looked up by their first words, since few texts hold many."""

    def __init__(self, names: Iterable[str]) -> None:
        by_first: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            by_first[_WORD.findall(name)[0]].append(name)
        self._by_first = {
            first: re.compile("|".join(map(_expression, sorted(several, key=lambda name: (-len(name), name)))))
            for first, several in by_first.items()
        }

    def among(self, string: str) -> list[re.Match[str]]:
        """Where they stand in a folded text, from left to right and apart."""
        found: list[re.Match[str]] = []
        behind = 0
        for word in _WORD.finditer(string):
            expression = self._by_first.get(word[0])
            if expression is None or word.start() < behind:
                continue
            if (match := expression.match(string, word.start())) is not None:
                found.append(match)
                behind = match.end()
        return found


def _expression(name: str) -> str:
    if len(name) == 1:
        return rf"(?<!\w){_BEFORE_LETTER}{re.escape(name)}{_BEHIND_LETTER}"
    before = r"(?<!\w)" if name[0].isalnum() and name[-1].isalnum() else r"(?<![\w/.*])"
    behind = r"(?!\w)" if name[-1].isalnum() else rf"(?![\w{re.escape(name[-1])}])"
    return before + r"[ \t-]+".join(map(re.escape, name.split(" "))) + behind


def _is_a_name(found: re.Match[str], view: View, text: str) -> bool:
    """Whether one or two letters stand in capitals behind a word that is not in capitals."""
    if found.end() - found.start() > _SHORT:
        return False
    start, end = view.span(*found.span())
    if not text[start:end].isupper():
        return False
    before = text[:start].split()[-1:] if not text[:start].isspace() else []
    return bool(before) and before[0][-1].isalnum() and not before[0].isupper()
