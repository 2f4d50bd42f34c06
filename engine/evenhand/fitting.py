"""Whether a phrase fits the words from a place on: a look that costs nothing to prepare.

The expression that says where a phrase ends takes tens of milliseconds to compile. Most phrases never match anything, so
it is made only for those that fit somewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from .phrases import Choice, Gap, Node, Row, Word

# From words and a place among them to the places behind what fits there.
Fit = Callable[[Sequence[str], int], Iterable[int]]


@lru_cache(1 << 17)  # lists and macros are parts of many phrases
def fitting(node: Node, key: Callable[[str], str] = str) -> Fit:
    """What finds where a node may end; `key` writes its words in the view's own spelling. Blind to sentences."""
    match node:
        case Word(text, open_end):
            return _word(key(text), open_end)
        case Gap(most):
            return lambda words, at: range(at, min(at + most, len(words)) + 1)
        case Row(parts):
            return _row([fitting(part, key) for part in parts])
        case Choice(branches):
            return _choice(branches, key)


def _word(text: str, open_end: bool) -> Fit:
    if open_end:
        return lambda words, at: (at + 1,) if at < len(words) and words[at].startswith(text) else ()
    return lambda words, at: (at + 1,) if at < len(words) and words[at] == text else ()


def _row(parts: Sequence[Fit]) -> Fit:
    if len(parts) == 1:
        return parts[0]

    def row(words: Sequence[str], at: int) -> Iterable[int]:
        places: Iterable[int] = (at,)
        for part in parts:
            places = {end for place in places for end in part(words, place)}
            if not places:
                break
        return places

    return row


def _choice(branches: Sequence[Node], key: Callable[[str], str]) -> Fit:
    """Branches are looked up by their first words, since lists of hundreds are common."""
    single: set[str] = set()
    beginnings: list[str] = []
    by_first: dict[str, list[Fit]] = {}
    others: list[Fit] = []
    for branch in branches:
        match branch:
            case Word(text, True) | Row((Word(text, True),)):
                beginnings.append(key(text))
            case Word(text) | Row((Word(text),)):
                single.add(key(text))
            case Row((Word(text, False), *rest)):
                by_first.setdefault(key(text), []).append(_row([fitting(part, key) for part in rest]))
            case _:
                others.append(fitting(branch, key))
    starts = tuple(beginnings)

    def choice(words: Sequence[str], at: int) -> Iterable[int]:
        ends: set[int] = set()
        if at < len(words):
            word = words[at]
            if word in single or (starts and word.startswith(starts)):
                ends.add(at + 1)
            for rest in by_first.get(word, ()):
                ends.update(rest(words, at + 1))
        for other in others:
            ends.update(other(words, at))
        return ends

    return choice
