"""Which groups to look at: closed paths of hires, triangles, two who hire each other, and people with many odd partners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..thresholds import Thresholds
from . import chance, steps
from .graph import Edge, fallen_apart, strong_parts
from .population import Population, Surroundings
from .stars import Star, stars
from .tables import Tables

_DENSE = 0.4  # share of the possible pairs of a group of triangles


@dataclass(frozen=True)
class Graph:
    """What is left of a market when all is trimmed away that is on no cycle, in no triangle and no star."""

    cyclic: tuple[Edge, ...]
    sides: tuple[tuple[str, str, int], ...]  # hires that are a side of so many triangles
    stars: tuple[Star, ...]

    @property
    def people(self) -> list[str]:
        """Everybody in it."""
        found = {each for edge in self.cyclic for each in edge}
        found |= {each for client, freelancer, _ in self.sides for each in (client, freelancer)}
        return sorted(found | {star.centre for star in self.stars})


def graph(tables: Tables, market: Population, limits: Thresholds) -> Graph:
    """The candidate graph, made from the tables `traded` and `spokes`."""
    tables.make("between_", steps.BETWEEN)
    tables.make("triangles", steps.TRIANGLES)
    sides = tuple((client, freelancer, int(count)) for client, freelancer, count in tables.rows(steps.SIDES))
    tables.drop("triangles")
    cyclic = tuple(_cyclic(tables)) if market.hire else ()
    return Graph(cyclic, sides, tuple(stars(tables, market, limits.tier_b.hub, limits.group_size[1])))


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


class Candidate(NamedTuple):
    """Who might be a group, sorted, and the star they make, if they do."""

    members: tuple[str, ...]
    star: Star | None = None


def groups(found: Graph, around: Surroundings, market: Population, limits: Thresholds) -> list[Candidate]:
    """The candidates, in order and each once."""
    least, most = limits.group_size
    every = {Candidate(tuple(sorted(each))) for each in _closed(found, around, market, most)}
    every |= {Candidate(tuple(sorted((star.centre, *star.spokes))), star) for star in found.stars}
    sized = [each for each in every if max(2, least) <= len(each.members) <= most]
    return sorted(sized, key=lambda each: (each.members, (each.star.centre, each.star.side) if each.star else ("", "")))


def _closed(found: Graph, around: Surroundings, market: Population, most: int) -> Iterator[Sequence[str]]:
    hires = {*found.cyclic}
    yield from (edge for edge in found.cyclic if edge[0] < edge[1] and edge[::-1] in hires)
    weights = _weights(found, around, market)
    cyclic = {edge: weights.get(edge, 0.0) for edge in found.cyclic}
    yield from fallen_apart(cyclic, most, strong=True)
    sides = {(client, freelancer): weights.get((client, freelancer), 0.0) for client, freelancer, _ in found.sides}
    yield from fallen_apart(sides, most, strong=False, dense=_DENSE)


def _weights(found: Graph, around: Surroundings, market: Population) -> Mapping[Edge, float]:
    """How much speaks for each hire being part of something: its own looks, and how closed its surroundings are."""
    closed = {(client, freelancer): count for client, freelancer, count in found.sides}
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


def strong_members(edges: Iterable[Edge], most: int) -> int:
    """How many people are on a closed path of hires of three or more, in parts of at most so many."""
    return sum(len(part) for part in strong_parts(edges) if 2 < len(part) <= most)
