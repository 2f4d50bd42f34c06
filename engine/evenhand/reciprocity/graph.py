"""Small graphs of who worked with whom: parts that are closed in themselves, and where a large one falls apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

Edge = tuple[str, str]  # client, freelancer


def neighbours(edges: Iterable[Edge]) -> dict[str, list[str]]:
    """Whom each one hires, in order; everybody is a key."""
    found: dict[str, set[str]] = {}
    for client, freelancer in edges:
        found.setdefault(client, set()).add(freelancer)
        found.setdefault(freelancer, set())
    return {one: sorted(found[one]) for one in sorted(found)}


def strong_parts(edges: Iterable[Edge]) -> list[list[str]]:
    """The largest sets in which everybody can be reached from everybody along hires, of two members or more (Tarjan 1972)."""
    after = neighbours(edges)
    walk = _Walk(after)
    for start in after:
        walk.from_(start)
    return sorted(part for part in walk.parts if len(part) > 1)


class _Walk:
    """A walk in depth that closes a part when it leaves the member by which it came in; no recursion, parts may be long."""

    def __init__(self, after: Mapping[str, Sequence[str]]) -> None:
        self.parts: list[list[str]] = []
        self._after = after
        self._number: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._held: dict[str, None] = {}  # met and not yet in a part, in the order in which they were met

    def from_(self, start: str) -> None:
        if start in self._number:
            return
        path = [self._met(start)]
        while path:
            one, ahead = path[-1]
            if (other := self._next(one, ahead)) is not None:
                path.append(self._met(other))
                continue
            path.pop()
            if path:
                before = path[-1][0]
                self._lowest[before] = min(self._lowest[before], self._lowest[one])
            if self._lowest[one] == self._number[one]:
                self._close(one)

    def _met(self, one: str) -> tuple[str, Iterator[str]]:
        self._number[one] = self._lowest[one] = len(self._number)
        self._held[one] = None
        return one, iter(self._after[one])

    def _next(self, one: str, ahead: Iterator[str]) -> str | None:
        """The next one who was not met yet; those who are held lead back."""
        for other in ahead:
            if other not in self._number:
                return other
            if other in self._held:
                self._lowest[one] = min(self._lowest[one], self._number[other])
        return None

    def _close(self, first: str) -> None:
        part = []
        while first in self._held:
            part.append(self._held.popitem()[0])
        self.parts.append(sorted(part))


def connected_parts(edges: Iterable[Edge]) -> list[list[str]]:
    """Sets of people who are connected, whoever hired whom."""
    root: dict[str, str] = {}

    def top(one: str) -> str:
        while root.setdefault(one, one) != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for one, other in edges:
        a, b = sorted((top(one), top(other)))
        root[b] = a
    parts: dict[str, list[str]] = {}
    for one in sorted(root):
        parts.setdefault(top(one), []).append(one)
    return sorted(part for part in parts.values() if len(part) > 1)


def shortest_cycle(edges: Iterable[Edge], *, least: int = 3) -> list[str]:
    """A shortest closed path along hires through at least so many people; empty where there is none."""
    after = neighbours(edges)
    best: list[str] = []
    for start in after:
        path = _back(after, start, least, len(best) or len(after) + 1)
        if path and (not best or len(path) < len(best)):
            best = path
    return best


def _back(after: Mapping[str, Sequence[str]], start: str, least: int, below: int) -> list[str]:
    """A shortest simple path from `start` back to itself, of `least` people or more and fewer than `below`."""
    paths = [[start]]
    for length in range(1, below):
        longer = []
        reached: set[str] = set()
        for path in paths:
            for other in after[path[-1]]:
                if other == start and length >= least:
                    return path
                if other > start and other not in path and (length < least or other not in reached):
                    reached.add(other)
                    longer.append([*path, other])
        paths = longer[:_PATHS]
    return []


_PATHS = 2_000  # looked at side by side


def longest_found_cycle(edges: Iterable[Edge]) -> list[str]:
    """A long closed path along hires, for a picture: the longest of those that a walk in order closes."""
    after = neighbours(edges)
    best: list[str] = []
    for start in after:
        path, seen = [start], {start}
        while nexts := [other for other in after[path[-1]] if other not in seen]:
            path.append(nexts[0])
            seen.add(nexts[0])
        while path and start not in after[path[-1]]:
            path.pop()
        if len(path) > max(2, len(best)):
            best = path
    return best


def fallen_apart(edges: Mapping[Edge, float], most: int, *, strong: bool, dense: float = 0.0) -> Iterator[list[str]]:
    """The parts into which a graph falls when its weakest edges go, a tenth at a time, of a part far too large a third.

    Parts have at most so many members, and at least such a share of their possible pairs.
    """
    parts_of = strong_parts if strong else connected_parts
    waiting = [dict(edges)]
    while waiting:
        left = waiting.pop()
        parts = parts_of(left)
        of = {member: at for at, part in enumerate(parts) for member in part}
        held: list[dict[Edge, float]] = [{} for _ in parts]
        for edge, weight in left.items():
            if (at := of.get(edge[0])) is not None and of.get(edge[1]) == at:
                held[at][edge] = weight
        for part, inside in zip(parts, held, strict=True):
            if len(part) <= most and (not dense or _share_of_pairs(part, inside) >= dense):
                yield part
                continue
            by_weight = sorted(inside, key=lambda edge: (inside[edge], edge))
            gone = set(by_weight[: max(1, len(by_weight) // (10 if len(part) <= _FAR * most else 3))])
            waiting.append({edge: weight for edge, weight in inside.items() if edge not in gone})


def _share_of_pairs(part: Sequence[str], inside: Iterable[Edge]) -> float:
    pairs = len({(min(edge), max(edge)) for edge in inside})
    return 2 * pairs / (len(part) * (len(part) - 1))


_FAR = 3  # times too large
