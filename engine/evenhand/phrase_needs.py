"""What a phrase matches, and what a text must hold for it to match: the words that scans look for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from .disguise import bare_key
from .frequencies import share, shares, worth
from .matcher import Around, Literal
from .phrases import Choice, Gap, Node, PhraseError, Row, Word, optional, row_of, spelled
from .shorthand import Shorthand
from .views import ENDS, Flat, split_words

_MAX_SPELLED = 4_000


@lru_cache(1 << 16)
def written_out(node: Node, shorthand: Shorthand) -> Node:
    """The node with its own shorthand written out, as the text is; an equal node where that says nothing new."""
    match node:
        case Word(text, open_end):
            meaning = None if open_end else shorthand.sure.get(text)
            return node if meaning is None else row_of([*map(Word, split_words(meaning))])
        case Gap():
            return node
        case Row(parts):
            new = tuple(written_out(part, shorthand) for part in parts)
            return node if new == parts else Row(new)
        case Choice(branches):
            new = tuple(written_out(branch, shorthand) for branch in branches)
            return node if _says_nothing_new(new, branches) else Choice(tuple(dict.fromkeys(new)))


def _says_nothing_new(new: Sequence[Node], branches: Sequence[Node]) -> bool:
    """Whether the branches hold every one of the new ones, in the same words: `(you|u)` is `(you)` when written out."""
    fresh = set(new) - set(branches)
    if not fresh:
        return True
    rows = {row for branch in branches for row in spelled(branch, _MAX_SPELLED) or ()}
    return all((there := spelled(branch, _MAX_SPELLED)) is not None and rows.issuperset(there) for branch in fresh)


# --- what a phrase needs --------------------------------------------------------------------------------------------

# Long lists of rows rule out little that fewer rows and the words around them do not, and take long to compile.
_MAX_LITERALS = 60
_MAX_WINDOW = 4
_COST_OF_A_LITERAL = 3e-5  # so that a short list of rare words beats a long list of slightly rarer rows


@dataclass(frozen=True, slots=True)
class Need:
    """Rows of words of which one must stand in the text, and the share of texts in which one does."""

    rows: tuple[tuple[Word, ...], ...]
    share: float


def _literal(row: Sequence[Word]) -> tuple[str, bool]:
    """The row as far as it is fixed: it ends at the first open word."""
    words = []
    for word in row:
        words.append(word.text)
        if word.open_end:
            return " ".join(words), True
    return " ".join(words), False


def _need_of_rows(rows: Sequence[tuple[Word, ...]]) -> Need | None:
    if not rows or not all(rows):
        return None
    literals = dict.fromkeys(map(_literal, rows))  # in one order in every process, as the sum depends on it
    return Need(tuple(rows), sum(share(words, open_end=open_end) for words, open_end in literals))


def _cost(each: Need) -> float:
    return each.share + len(each.rows) * _COST_OF_A_LITERAL


@lru_cache(1 << 16)
def need(node: Node) -> Need | None:
    """The rarest set of rows without which the node cannot match; None for a node that may match nothing."""
    rows = spelled(node, _MAX_LITERALS)
    whole = _need_of_rows(rows) if rows is not None else None
    match node:
        case Word() | Gap():
            return whole
        case Choice(branches):
            found = [need(branch) for branch in branches]
            if any(each is None for each in found):
                return whole
            parts = [each for each in found if each is not None]
            union = Need(tuple(row for each in parts for row in each.rows), sum(each.share for each in parts))
            return min((each for each in (whole, union) if each), key=_cost)
        case Row(parts):
            return min((each for each, _, _ in _windows(parts)), key=_cost, default=None)


def _windows(parts: Sequence[Node]) -> Iterator[tuple[Need, int, int]]:
    """What one part or several neighbours of a row need, with the first and the last of them."""
    for first, part in enumerate(parts):
        if (single := need(part)) is not None:
            yield single, first, first
        for last in range(first + 1, min(len(parts), first + _MAX_WINDOW)):
            rows = spelled(Row(tuple(parts[first : last + 1])), _MAX_LITERALS)
            if rows is None:
                break
            if (several := _need_of_rows(rows)) is not None:
                yield several, first, last


@lru_cache(1 << 16)
def cover(node: Node) -> frozenset[str] | None:
    """Words of which one stands in every text that the node matches; None where there is no such set.

    `word*` stands for every word that starts so.
    """
    found = need(node)
    return None if found is None else frozenset(map(_rarest_word, found.rows))


def _rarest_word(row: Sequence[Word]) -> str:
    words = [word.text + "*" * word.open_end for word in row]
    return min(words, key=lambda word: (word.endswith("*"), share(word), word))


def literals(node: Node) -> frozenset[Literal]:
    """The literals of which one must stand in the folded words of a text for the node to match it."""
    found: set[Literal] = set()
    for branch in node.branches if isinstance(node, Choice) else (node,):
        parts = branch.parts if isinstance(branch, Row) else (branch,)
        windows = list(_windows(parts))
        if not windows:
            raise PhraseError("no word of this phrase is required", "make at least one word required")
        chosen, first, last = min(windows, key=lambda each: _cost(each[0]))
        # where a part is a choice of longer and shorter rows, its other words may stand on either side of the literal
        slack = longest(parts[first]) if first == last else 0
        before, after = _before(parts[:first]), _after(parts[last + 1 :])
        for row in chosen.rows:
            words, open_end = _literal(row)
            length = words.count(" ") + 1
            rest, free = len(row) - length, max(0, slack - len(row))
            around = [Around(side, 1 - length - free - far, -length) for side, far in before]
            around += [Around(side, rest + 1, rest + free + far) for side, far in after]
            if rest and not row[length].open_end and worth(frozenset({row[length].text}), near=True):
                around.append(Around(frozenset({row[length].text}), 1, 1))
            found.update(_rarer(Literal(words, open_end=open_end, around=tuple(around))))
    return frozenset(found)


_COMMON, _QUITE_COMMON, _RARER = 0.1, 0.01, 0.5  # shares of texts: of a word, and of all words asked for in its stead


def _rarer(literal: Literal) -> Iterator[Literal]:
    """The literal, or, where it is a common word, those of which one must stand near it, if they stand in fewer texts."""
    sets = [each for each in literal.around if max(map(share, each.words)) < _COMMON]
    near = min(sets, key=lambda each: shares(each.words), default=None)
    itself, others = share(literal.words), shares(near.words) if near is not None else 1.0
    fewer = others <= (_RARER if itself >= _COMMON else itself / 2)
    if near is None or literal.open_end or itself < _QUITE_COMMON or not fewer:
        yield literal
        return
    common = Around(frozenset({literal.words}), -near.last, -near.first)
    around = [
        each._replace(first=each.first - near.last, last=each.last - near.first)
        for each in literal.around
        if each is not near
    ]
    for word in sorted(near.words):
        yield Literal(word.rstrip("*"), open_end=word.endswith("*"), around=(common, *around))


def _after(parts: Sequence[Node]) -> list[tuple[frozenset[str], int]]:
    """Sets of words of which one each must follow, and within how many words."""
    sides, far = [], 0
    for part in parts:
        far += longest(part)
        words = None if optional(part) else cover(part)
        if words is not None and worth(words, near=True):
            sides.append((words, far))
    return sides


def _before(parts: Sequence[Node]) -> list[tuple[frozenset[str], int]]:
    """Sets of words of which one each must stand in front, and within how many words."""
    return _after(parts[::-1])


def bare_literals(plain: Iterable[Literal]) -> frozenset[Literal]:
    """The same for the undisguised words, in their keys; what must stand near may stand anywhere."""
    return frozenset(
        Literal(
            " ".join(map(bare_key, each.words.split())),
            open_end=each.open_end,
            beside=(*each.beside, *(near.words for near in each.around)),
        )
        for each in plain
    )


class Beginnings:
    """Words, and beginnings of words, looked for among those of a text."""

    __slots__ = ("ends", "heads", "words")

    def __init__(self, words: Iterable[Word], key: Callable[[str], str] = str) -> None:
        several = list(words)
        self.words = frozenset(key(word.text) for word in several if not word.open_end)
        self.ends = tuple(sorted({key(word.text) for word in several if word.open_end}))
        self.heads = frozenset(end[:ENDS] for end in self.ends)  # a cheap look before the careful one
        if any(len(end) < ENDS for end in self.ends):
            self.heads = frozenset()

    def among(self, flat: Flat) -> frozenset[str]:
        """Those words of a text that are meant."""
        found = self.words & flat.set
        if self.ends and not (self.heads and self.heads.isdisjoint(flat.heads)):
            found |= frozenset(word for word in flat.set if word.startswith(self.ends))
        return found


class Places:
    """Where a phrase may begin, told by its rarest words and the words it may begin with: a cheap look at few words."""

    __slots__ = ("anchors", "openings", "reach")

    def __init__(self, node: Node, key: Callable[[str], str] = str) -> None:
        first = openings(node)
        found = anchors(node)
        self.anchors = Beginnings(found[0] if found else (), key)
        self.openings = None if first is None else Beginnings(first, key)
        self.reach = longest(node)

    def of(self, flat: Flat) -> list[int]:
        """Which words of a text."""
        near: set[int] = set()
        for anchor in self.anchors.among(flat):
            behind = 0
            for last in flat.at(anchor):
                near.update(range(max(behind, last - self.reach), last + 1))
                behind = last + 1
        return self._opening(flat, near)

    def around(self, flat: Flat, marks: Sequence[int]) -> list[int]:
        """Which of them, if the phrase is to hold one of the words that `marks` number."""
        if not marks or not self.anchors.among(flat):
            return []
        near: set[int] = set()
        for mark in marks:
            near.update(range(max(0, mark - self.reach + 1), mark + 1))
        return self._opening(flat, near)

    def _opening(self, flat: Flat, near: Iterable[int]) -> list[int]:
        if self.openings is not None:
            words, whole, ends = flat.words, self.openings.words, self.openings.ends
            return [at for at in near if words[at] in whole or (ends and words[at].startswith(ends))]
        return list(near)


@lru_cache(1 << 16)
def anchors(node: Node) -> tuple[frozenset[Word], float] | None:
    """Words of which one stands wherever the node does, the rarest there are, and a share of texts in which one does.

    None for a node that may match nothing. Cheaper to tell than `need`, and good enough for a look at a text's words.
    """
    match node:
        case Word(text, open_end):
            return frozenset({node}), share(text, open_end=open_end)
        case Gap():
            return None
        case Choice(branches):
            found = list(map(anchors, branches))
            if None in found:
                return None
            words = frozenset().union(*(each[0] for each in found if each is not None))
            return words, sum(share(word.text, open_end=word.open_end) for word in words)
        case Row(parts):
            sets = [each for each in map(anchors, parts) if each is not None]
            return min(sets, key=lambda each: (each[1], len(each[0])), default=None)


@lru_cache(1 << 16)
def likelihood(node: Node) -> float:
    """A rough share of texts in which the node stands: what is made of several words is rarer than each."""
    match node:
        case Word(text, open_end):
            return share(text, open_end=open_end)
        case Gap():
            return 1.0
        case Choice(branches):
            return min(1.0, sum(map(likelihood, branches)))
        case Row(parts):
            return prod(map(likelihood, parts))


@lru_cache(1 << 16)
def longest(node: Node) -> int:
    """Of how many words the longest match is made."""
    match node:
        case Word():
            return 1
        case Gap(most):
            return most
        case Row(parts):
            return sum(map(longest, parts))
        case Choice(branches):
            return max(map(longest, branches))


@lru_cache(1 << 16)
def openings(node: Node) -> frozenset[Word] | None:
    """The words that a node may begin with, those behind what may be absent included; None where any word may."""
    match node:
        case Word():
            return frozenset({node})
        case Gap():
            return None
        case Choice(branches):
            return _union(branches)
        case Row(parts):
            required = next((at for at, part in enumerate(parts) if not optional(part)), len(parts))
            return _union(parts[: required + 1])


def _union(nodes: Iterable[Node]) -> frozenset[Word] | None:
    found: frozenset[Word] = frozenset()
    for each in map(openings, nodes):
        if each is None:
            return None
        found |= each
    return found


def required_words(node: Node) -> tuple[frozenset[str], ...]:
    """Sets of words of which one each must stand in the folded words; what has an open end says nothing."""
    sets = [found for part in (node.parts if isinstance(node, Row) else (node,)) if (found := anchors(part))]
    closed = sorted((each for each in sets if not any(word.open_end for word in each[0])), key=lambda each: each[1])
    return tuple(frozenset(word.text for word in words) for words, _ in closed)
