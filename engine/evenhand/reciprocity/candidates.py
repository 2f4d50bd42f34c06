"""Which groups to look at: closed paths of hires, triangles, two who hire each other, and people with many quick partners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..thresholds import Thresholds
from . import chance, steps
from .graph import Edge, fallen_apart, strong_parts
from .population import Population, Surroundings
from .tables import Tables

_DENSE = 0.4  # share of the possible pairs of a group of triangles
LEAST_STAR = 5  # quick partners of low value


@dataclass(frozen=True)
class Graph:
    """What is left of a market when all is trimmed away that is on no cycle, in no triangle and no star."""

    cyclic: tuple[Edge, ...]
    triangles: tuple[tuple[str, str, str], ...]
    stars: tuple[tuple[str, str], ...]  # (whose, the side on which they are: client or freelancer)

    @property
    def people(self) -> list[str]:
        """Everybody in it."""
        found = {each for edge in self.cyclic for each in edge}
        found |= {each for three in self.triangles for each in three}
        return sorted(found | {one for one, _ in self.stars})


def graph(tables: Tables, *, hire: bool) -> Graph:
    """The candidate graph, made from the table `traded`."""
    tables.make("between_", steps.BETWEEN)
    triangles = sorted(tuple(row) for row in tables.rows(steps.TRIANGLES))
    stars = sorted(tuple(row) for row in tables.rows(steps.stars(LEAST_STAR)))
    return Graph(tuple(_cyclic(tables)) if hire else (), tuple(triangles), tuple(stars))


def _cyclic(tables: Tables) -> list[Edge]:
    """The hires on cycles, and between them: trimmed until nothing goes, or long enough."""
    source, left = "traded", None
    for turn in steps.rounds():
        name = f"cyclic_{turn}"
        tables.make(name, steps.trimmed(source))
        if turn:
            tables.drop(source)
        source = name
        ((count,),) = tables.rows(f"SELECT count(*) FROM {name}")
        if count == left:
            break
        left = count
    edges = sorted(
        (client, freelancer) for client, freelancer in tables.rows(f"SELECT client, freelancer FROM {source}")
    )
    tables.drop(source)
    return edges


def groups(found: Graph, around: Surroundings, market: Population, limits: Thresholds) -> list[tuple[str, ...]]:
    """The candidates, each a sorted tuple of members, in order and each once."""
    least, most = limits.group_size
    every = {tuple(sorted(each)) for each in _all(found, around, market, limits, most)}
    return sorted(each for each in every if max(2, least) <= len(each) <= most)


def _all(
    found: Graph, around: Surroundings, market: Population, limits: Thresholds, most: int
) -> Iterator[Sequence[str]]:
    hires = {*found.cyclic}
    yield from (edge for edge in found.cyclic if edge[0] < edge[1] and edge[::-1] in hires)
    weights = _weights(found, around, market)
    cyclic = {edge: weights.get(edge, 0.0) for edge in found.cyclic}
    yield from fallen_apart(cyclic, most, strong=True)
    corners = {edge for three in found.triangles for edge in _sides(three)}
    yield from fallen_apart({edge: weights.get(edge, 0.0) for edge in corners}, most, strong=False, dense=_DENSE)
    for one, side in found.stars:
        yield from _star(one, side, around, most)


def _sides(three: Sequence[str]) -> Iterable[Edge]:
    first, middle, last = three
    return (first, middle), (middle, last), (first, last)


def _weights(found: Graph, around: Surroundings, market: Population) -> Mapping[Edge, float]:
    """How much speaks for each hire being part of something: its own looks, and how closed its surroundings are."""
    closed: dict[Edge, int] = {}
    for three in found.triangles:
        for edge in _sides(three):
            closed[edge] = closed.get(edge, 0) + 1
    weights: dict[Edge, float] = {}
    for member in found.people:
        for pair in around.of.get(member, ()):
            edge = pair[:2]
            if pair.traded and edge not in weights:
                looks = (
                    chance.points(market.fast_share(pair)) * pair.is_fast
                    + chance.points(market.low_share(pair)) * pair.is_low
                )
                weights[edge] = looks + 2 * (closed.get(edge, 0) ** 0.5)
    return weights


def _star(one: str, side: str, around: Surroundings, most: int) -> Iterator[Sequence[str]]:
    """Somebody with the partners that look as if made for the purpose: quick, of low value, the rarest ones first."""
    spokes = []
    for pair in around.of.get(one, ()):
        mine, other = (pair.client, pair.freelancer) if side == "client" else (pair.freelancer, pair.client)
        if mine == one and pair.traded and not pair.established and pair.is_fast and (pair.is_low or not pair.valued):
            spokes.append((pair.begun, other))
    if LEAST_STAR <= len(spokes) < most:
        yield [one, *(other for _, other in spokes)]


def strong_members(edges: Iterable[Edge], most: int) -> int:
    """How many people are on a closed path of hires of three or more, in parts of at most so many."""
    return sum(len(part) for part in strong_parts(edges) if 2 < len(part) <= most)
