"""The evidence on a group, a family at a time: what was observed, how usual that is, and the points for it.

Evidence counts distinct pairs and people, never contracts. A family is one line in `FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Literal, NamedTuple

from ..thresholds import Thresholds
from . import chance
from .graph import strong_parts
from .population import Looks, Pair, Population, Surroundings
from .stars import Star
from .steps import DAY

Sort = Literal["structure", "behaviour", "hub"]
_OWN = 2.0  # pairs that the market's share weighs against those of the members themselves


@dataclass(frozen=True)
class Scene:
    """A group in its market: its members, the pairs inside (those that may be evidence, and all), and what is around them."""

    members: tuple[str, ...]
    traded: tuple[Pair, ...]
    inside: tuple[Pair, ...]
    evidence: tuple[Pair, ...]  # the traded ones that are not established
    around: Surroundings
    market: Population
    limits: Thresholds
    star: Star | None = None

    @property
    def together(self) -> set[tuple[str, str]]:
        """Who worked with whom, whoever hired."""
        return {_sorted(pair.client, pair.freelancer) for pair in self.traded}


class Signal(NamedTuple):
    """What a family says of a group: its points, the observed value, of how many, and the usual one."""

    points: float
    observed: float
    of: float
    usual: float


NOTHING = Signal(0.0, 0.0, 0.0, 0.0)


def scene(
    members: Sequence[str], around: Surroundings, market: Population, limits: Thresholds, star: Star | None = None
) -> Scene:
    """A group with what is known of it."""
    group = frozenset(members)
    inside = around.inside(group)
    traded = tuple(pair for pair in inside if pair.traded)
    evidence = tuple(pair for pair in traded if not pair.established)
    return Scene(tuple(sorted(group)), traded, tuple(inside), evidence, around, market, limits, star)


def _sorted(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


# --- structure ------------------------------------------------------------------------------------------------------


def density(group: Scene) -> Signal:
    """More pairs than hold the group together, where so many hires would meet by chance."""
    found, needed = len(group.together), len(group.members) - 1
    expected = expected_pairs(group)
    if found <= needed:
        return Signal(0.0, found, needed, expected)
    return Signal(chance.points(chance.at_least_rare(found - needed, expected)), found, needed, expected)


def expected_pairs(group: Scene) -> float:
    """How many pairs of the members would have met if each had found its partners at random."""
    hires, hired, whole = group.around.hires, group.around.hired, max(1, group.market.pairs)
    expected = 0.0
    for at, one in enumerate(group.members):
        for other in group.members[at + 1 :]:
            rate = hires.get(one, 0) * hired.get(other, 0) + hires.get(other, 0) * hired.get(one, 0)
            if not group.market.hire:  # the order of the ids says nothing: any side may meet any
                both = [hires.get(each, 0) + hired.get(each, 0) for each in (one, other)]
                rate = both[0] * both[1] // 2
            expected += 1 - exp(-rate / whole)
    return expected


def roles(group: Scene) -> Signal:
    """Members who both hire and are hired inside the group; of two people, that they hired each other."""
    if not group.market.hire:
        return NOTHING
    hiring, hired = {pair.client for pair in group.traded}, {pair.freelancer for pair in group.traded}
    both, usual = len(hiring & hired), group.market.dual_share.value
    if len(group.members) == 2:
        usual = group.market.swap_share.value
        return Signal(chance.points(usual) if both == 2 else 0.0, both, 2, usual)
    return Signal(chance.points(chance.at_least(both, [usual] * len(group.members))), both, len(group.members), usual)


def cycle(group: Scene) -> Signal:
    """Members on a closed path of hires: each hires the next, and the last one hires the first."""
    if not group.market.hire:
        return NOTHING
    parts = strong_parts((pair.client, pair.freelancer) for pair in group.traded)
    longest = max((len(part) for part in parts), default=0)
    usual = group.market.cycle_share.value
    return Signal(chance.points(usual) if longest > 2 else 0.0, longest, len(group.members), usual)


# --- behaviour ------------------------------------------------------------------------------------------------------


def timing(group: Scene) -> Signal:
    """Pairs who both write at once, against comparable pairs of the market and what the members do elsewhere."""
    return _counted(group.evidence, fast_shares(group), lambda pair: pair.is_fast, group.market.fast_share)


def value(group: Scene) -> Signal:
    """Pairs whose contracts were of low value, against comparable pairs and what the members do elsewhere."""
    return _counted(_valued(group), low_shares(group), lambda pair: pair.is_low, group.market.low_share)


def fast_shares(group: Scene) -> list[float]:
    """How likely each pair of the evidence is fast: as usual in the market, or for one of the two, whichever is more."""
    return _shares(group, group.evidence, Looks.fast_of, group.market.fast_share)


def low_shares(group: Scene) -> list[float]:
    """How likely each pair of the evidence whose value is known is of low value: in the market, or for one of the two."""
    return _shares(group, _valued(group), Looks.low_of, group.market.low_share)


def _valued(group: Scene) -> tuple[Pair, ...]:
    return tuple(pair for pair in group.evidence if pair.valued)


def _counted(
    pairs: Sequence[Pair], shares: Sequence[float], looks: Callable[[Pair], bool], usual: Callable[[Pair], float]
) -> Signal:
    hits = sum(map(looks, pairs))
    mean = sum(map(usual, pairs)) / len(pairs) if pairs else 0.0
    return Signal(chance.points(chance.at_least(hits, shares)), hits, len(pairs), mean)


def _shares(
    group: Scene, pairs: Sequence[Pair], looks: Callable[[Looks], tuple[int, int]], usual: Callable[[Pair], float]
) -> list[float]:
    inside: dict[str, Looks] = {}
    for pair in group.evidence:
        for member in (pair.client, pair.freelancer):
            inside[member] = inside.get(member, Looks()).plus(pair)
    elsewhere: dict[str, tuple[int, int]] = {}
    for member, seen in inside.items():
        (hits, of), (hits_inside, of_inside) = looks(group.around.looks[member]), looks(seen)
        elsewhere[member] = hits - hits_inside, of - of_inside
    shares = []
    for pair in pairs:
        share = usual(pair)
        theirs = (
            (hits + _OWN * share) / (of + _OWN) for hits, of in (elsewhere[pair.client], elsewhere[pair.freelancer])
        )
        shares.append(min(1.0, max(share, *theirs)))
    return shares


Sides = tuple[Sequence[float], Sequence[float]]  # stars that a member got from members, and from others


class Means(NamedTuple):
    """Mean stars that members got from members and from others, a rater once, and how many raters there were."""

    inside: float | None
    outside: float | None
    inside_raters: int
    outside_raters: int


def means(rated: Sequence[Sides]) -> Means:
    """The means of what members got from members and from others."""
    inside: list[float] = []
    outside: list[float] = []
    for stars_inside, stars_outside in rated:
        inside += stars_inside
        outside += stars_outside
    return Means(_mean(inside), _mean(outside), len(inside), len(outside))


def _mean(stars: Sequence[float]) -> float | None:
    return sum(stars) / len(stars) if stars else None


def ratings(group: Scene) -> list[Sides]:
    """For each member, what members and what others gave."""
    members = frozenset(group.members)
    rated = [group.around.raters(member) for member in group.members]
    return [
        ([one.stars for one in each if one.who in members], [one.stars for one in each if one.who not in members])
        for each in rated
    ]


def gap(group: Scene) -> Signal:
    """Members rate members better than others do: had it not mattered who is a member, how often would it be so much?"""
    return gap_of(ratings(group))


def gap_of(rated: Sequence[Sides]) -> Signal:
    """The same for what each member got from members and from others."""
    above, spread = 0.0, 0.0
    for inside, outside in rated:
        if not inside or not outside:
            continue
        every = [*inside, *outside]
        mean = sum(every) / len(every)
        varied = sum((stars - mean) ** 2 for stars in every) / (len(every) - 1)
        above += sum(inside) - len(inside) * mean
        spread += varied * len(inside) * len(outside) / len(every)
    got = means(rated)
    if got.inside is None or got.outside is None:
        return NOTHING
    probability = chance.above(above / sqrt(spread)) if spread > 0 and above > 0 else 1.0
    return Signal(chance.points(probability), got.inside, got.outside_raters, got.outside)


def burst(group: Scene) -> Signal:
    """All pairs began within a short time, in which so large a share of all pairs began."""
    if len(group.evidence) < 2:
        return NOTHING
    return burst_of([pair.begun for pair in group.evidence], group)


def burst_of(begun: Sequence[int], group: Scene) -> Signal:
    """The same for the instants at which the pairs of a group began."""
    length = max(begun) - min(begun)
    usual = group.market.begun_within(min(begun), max(begun))
    if length > group.limits.burst_window.total_seconds() * 1_000_000:
        return Signal(0.0, length / DAY, len(begun), usual)
    return Signal(chance.points(chance.within(len(begun), usual)), length / DAY, len(begun), usual)


def hub(group: Scene) -> Signal:
    """Partners of one person who deal with nobody else, or who are on both sides of hires: made-up accounts are."""
    if group.star is None or not group.market.hire:
        return NOTHING
    found, _, hits, usual = group.star.odd(group.market)
    return Signal(found, hits, group.star.partners, usual)


FAMILIES: Mapping[str, tuple[Sort, Callable[[Scene], Signal]]] = {
    "density": ("structure", density),
    "roles": ("structure", roles),
    "cycle": ("structure", cycle),
    "timing": ("behaviour", timing),
    "value": ("behaviour", value),
    "gap": ("behaviour", gap),
    "burst": ("behaviour", burst),
    "hub": ("hub", hub),
}


def looked_at(group: Scene) -> dict[str, Signal]:
    """All families on a group, their points capped."""
    return capped(group, {name: family(group) for name, (_, family) in FAMILIES.items()})


def capped(group: Scene, found: Mapping[str, Signal]) -> dict[str, Signal]:
    """Signals with no more points than a family can give."""
    cap = group.limits.points_cap.signal if len(group.members) == 2 else group.limits.points_cap.group
    return {name: signal._replace(points=min(cap, signal.points)) for name, signal in found.items()}
