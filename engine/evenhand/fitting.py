"""Where a phrase fits the words of a text: what a template means, word by word.

A template is tried from one word on and gives the places where it may end, in order of preference. Nothing is compiled to
a regular expression: a policy has thousands of templates that hold lists of hundreds of words, and a text touches few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from .phrases import Choice, Gap, Node, Row, Word, longest

# From words, a place among them, and the place behind the last of them that may be taken, to the places behind what fits
# from there on, the preferred one first, each once.
Fit = Callable[[Sequence[str], int, int], Sequence[int]]


@lru_cache(1 << 17)  # lists and macros are parts of many phrases
def fitting(node: Node, key: Callable[[str], str] = str) -> Fit:
    """What finds where a node may end; `key` writes its words in the view's own spelling.

    A gap is as short as can be. In a choice, branches with a gap come first, those of more words before others; then
    whatever else fits, the longest first.
    """
    match node:
        case Word(text, open_end):
            return _word(key(text), open_end)
        case Gap(most):
            return lambda words, at, stop: range(at, min(at + most, stop) + 1)
        case Row(parts):
            return _row([fitting(part, key) for part in parts])
        case Choice(branches):
            return _choice(branches, key)


def _word(text: str, open_end: bool) -> Fit:
    if open_end:
        return lambda words, at, stop: (at + 1,) if at < stop and words[at].startswith(text) else ()
    return lambda words, at, stop: (at + 1,) if at < stop and words[at] == text else ()


def _row(parts: Sequence[Fit]) -> Fit:
    if len(parts) == 1:
        return parts[0]

    def row(words: Sequence[str], at: int, stop: int) -> Sequence[int]:
        places: Sequence[int] = (at,)
        for part in parts:
            if len(places) == 1:
                places = part(words, places[0], stop)
            else:
                places = list(dict.fromkeys(end for place in places for end in part(words, place, stop)))
            if not places:
                break
        return places

    return row


def _choice(branches: Sequence[Node], key: Callable[[str], str]) -> Fit:
    loose = [fitting(branch, key) for branch in sorted(filter(has_gap, branches), key=longest, reverse=True)]
    fixed = _fixed([branch for branch in branches if not has_gap(branch)], key)
    if not loose:
        return lambda words, at, stop: sorted(fixed(words, at, stop), reverse=True)

    def choice(words: Sequence[str], at: int, stop: int) -> Sequence[int]:
        ends = [end for each in loose for end in each(words, at, stop)]
        return list(dict.fromkeys([*ends, *sorted(fixed(words, at, stop), reverse=True)]))

    return choice


def _fixed(branches: Sequence[Node], key: Callable[[str], str]) -> Callable[[Sequence[str], int, int], set[int]]:
    """Branches without a gap are looked up by their first words, since lists of hundreds are common."""
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

    def fixed(words: Sequence[str], at: int, stop: int) -> set[int]:
        ends: set[int] = set()
        if at < stop:
            word = words[at]
            if word in single or (starts and word.startswith(starts)):
                ends.add(at + 1)
            for rest in by_first.get(word, ()):
                ends.update(rest(words, at + 1, stop))
        for other in others:
            ends.update(other(words, at, stop))
        return ends

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


def stretches(
    fits: Fit, words: Sequence[str], starts: Sequence[int], stop: Callable[[int], int]
) -> Iterator[tuple[int, int]]:
    """(first word, last word) of what fits, leftmost first, none on top of another.

    `starts` are the places where it may begin, `stop` gives the end of the sentence in which a place stands.
    """
    free = 0
    for at in starts:
        if at >= free and (ends := fits(words, at, stop(at))):
            free = ends[0]
            yield at, free - 1
