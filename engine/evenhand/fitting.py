"""Where a phrase fits the words of a text: what a template means, word by word.

A template is tried from one word on and gives the places where it may end, in order of preference. Nothing is compiled to
a regular expression: a policy has thousands of templates that hold lists of hundreds of words, and a text touches few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .phrase_needs import longest, openings
from .phrases import Choice, Gap, Node, Row, Word, optional

# From words and a place among them to the places behind what fits from there on, the preferred one first, each once.
Fit = Callable[[Sequence[str], int], Sequence[int]]


@lru_cache(1 << 17)  # lists and macros are parts of many phrases
def fitting(node: Node, key: Callable[[str], str] = str) -> Fit:
    """What finds where a node may end; `key` writes its words in the view's own spelling. Blind to sentences.

    A gap is as short as can be. In a choice, branches with a gap come first, those of more words before others; then
    whatever else fits, the longest first.
    """
    match node:
        case Word(text, open_end):
            return _word(key(text), open_end)
        case Gap(most):
            return lambda words, at: range(at, min(at + most, len(words)) + 1)
        case Row(parts):
            return _row(parts, key)
        case Choice(branches):
            return _choice(branches, key)


def _word(text: str, open_end: bool) -> Fit:
    if open_end:
        return lambda words, at: (at + 1,) if at < len(words) and words[at].startswith(text) else ()
    return lambda words, at: (at + 1,) if at < len(words) and words[at] == text else ()


def _row(parts: Sequence[Node], key: Callable[[str], str]) -> Fit:
    if len(parts) == 1:
        return fitting(parts[0], key)
    steps = [(fitting(part, key), _firsts(part, key)) for part in parts]

    def row(words: Sequence[str], at: int) -> Sequence[int]:
        places: Sequence[int] = (at,)
        for fits, firsts in steps:
            if len(places) == 1:
                places = fits(words, places[0])
            else:  # behind a gap: few of its places need a careful look
                if firsts is not None:
                    places = [place for place in places if place < len(words) and words[place] in firsts]
                places = list(dict.fromkeys(end for place in places for end in fits(words, place)))
            if not places:
                break
        return places

    return row


@lru_cache(1 << 16)
def _firsts(node: Node, key: Callable[[str], str]) -> frozenset[str] | None:
    """The words of which one stands where the node begins; None where they are not known."""
    first = None if optional(node) else openings(node)
    if first is None or any(word.open_end for word in first):
        return None
    return frozenset(key(word.text) for word in first)


def _choice(branches: Sequence[Node], key: Callable[[str], str]) -> Fit:
    loose = _fitting_there(sorted(filter(has_gap, branches), key=longest, reverse=True), key)
    fixed = _fixed([branch for branch in branches if not has_gap(branch)], key)
    if loose is None:
        return fixed

    def choice(words: Sequence[str], at: int) -> Sequence[int]:
        ends = loose(words, at)
        return list(dict.fromkeys([*ends, *fixed(words, at)])) if ends else fixed(words, at)

    return choice


def _fitting_there(branches: Sequence[Node], key: Callable[[str], str]) -> Fit | None:
    """Where any of the branches ends, in their order; None when there are none. Only those that may begin there are tried."""
    if not branches:
        return None
    fits = [fitting(branch, key) for branch in branches]
    by_word: dict[str, list[int]] = {}
    anywhere: list[int] = []  # branches of which the first word is not known
    for number, branch in enumerate(branches):
        firsts = _firsts(branch, key)
        if firsts is None:
            anywhere.append(number)
        else:
            for text in firsts:
                by_word.setdefault(text, []).append(number)

    def there(words: Sequence[str], at: int) -> list[int]:
        tried: Sequence[int] = by_word.get(words[at], ()) if at < len(words) else ()
        if anywhere:
            tried = sorted([*tried, *anywhere]) if tried else anywhere
        return [end for number in tried for end in fits[number](words, at)]

    return there


@dataclass
class _ByFirst:
    """Branches by their first words: lists of hundreds are common."""

    single: set[str] = field(default_factory=set)
    beginnings: list[str] = field(default_factory=list)
    rows: dict[str, list[Fit]] = field(default_factory=dict)
    others: list[Node] = field(default_factory=list)
    optional: bool = False

    def add(self, branch: Node, key: Callable[[str], str]) -> None:
        match branch:
            case Row(()):
                self.optional = True
            case Word(text, True) | Row((Word(text, True),)):
                self.beginnings.append(key(text))
            case Word(text) | Row((Word(text),)):
                self.single.add(key(text))
            case Row((Word(text, False), *rest)):
                self.rows.setdefault(key(text), []).append(_row(rest, key))
            case _:
                self.others.append(branch)


def _fixed(branches: Sequence[Node], key: Callable[[str], str]) -> Fit:
    """Branches without a gap: the longest end first."""
    by_first = _ByFirst()
    for branch in branches:
        by_first.add(branch, key)
    single, starts, rows = by_first.single, tuple(by_first.beginnings), by_first.rows
    others, may_be_empty = _fitting_there(by_first.others, key), by_first.optional

    def fixed(words: Sequence[str], at: int) -> Sequence[int]:
        ends: list[int] = []
        if at < len(words):
            word = words[at]
            if word in single or (starts and word.startswith(starts)):
                ends.append(at + 1)
            if word in rows:
                for rest in rows[word]:
                    ends += rest(words, at + 1)
        if others is not None:
            ends += others(words, at)
        if may_be_empty:
            ends.append(at)
        return sorted(set(ends), reverse=True) if len(ends) > 1 else ends

    return fixed


@lru_cache(1 << 16)
def has_gap(node: Node) -> bool:
    """Whether a gap stands anywhere in it."""
    match node:
        case Word():
            return False
        case Gap():
            return True
        case Row(nodes) | Choice(nodes):
            return any(map(has_gap, nodes))
