"""How many of the findings chance alone explains: honest groups of the same shape that behave like the market around them.

A group that is closed in itself need not trade feedback. Those that are only watched behave as the market does; each of them
is given the behaviour of random pairs, again and again, to see how often that would have made it a finding of tier A.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from . import chance
from .families import Signal, burst_of, capped, fast_shares, gap_of, low_shares, ratings
from .population import Rater
from .search import Group
from .steps import DAY
from .tiers import tier_of


@dataclass(frozen=True)
class Estimate:
    """How many findings of tier A there are, how many of them are false as estimated, and of how many groups that is."""

    found: int
    false: float
    groups: int

    @property
    def share(self) -> float:
        """The estimated share of false findings (false discovery rate); 0 when nothing was found."""
        return min(1.0, self.false / self.found) if self.found else 0.0


def estimate(groups: Sequence[Group], runs: int) -> Estimate:
    """The estimate from the groups that are only watched, each shuffled so often; the same groups give the same estimate."""
    watched = [
        group
        for group in groups
        if group.tier == "B"
        and len(group.members) > 2
        and group.points.structure >= group.scene.limits.tier_a.structure
    ]
    false = 0.0
    for group in watched:
        shuffled = _Shuffled(group)
        flagged = sum(shuffled.tier() == "A" for _ in range(runs))
        false += flagged / runs
    return Estimate(sum(group.tier == "A" for group in groups), false, len(watched))


class _Shuffled:
    """A group that behaves by chance: what stays is who worked with whom."""

    def __init__(self, group: Group) -> None:
        self._group = scene = group.scene
        self._signals = dict(group.signals)
        self._random = Random("\0".join(group.members))  # a stable seed
        self._fast, self._low = fast_shares(scene), low_shares(scene)
        inside = [len(given) for given, _ in ratings(scene)]
        self._rated = [*zip(inside, map(scene.around.raters, scene.members), strict=True)]
        days = scene.market.days
        self._days, self._sums = [day for day, _ in days], [*accumulate(pairs for _, pairs in days)]

    def tier(self) -> str | None:
        """The tier with other behaviour."""
        drawn = {
            "timing": self._hits(self._fast),
            "value": self._hits(self._low),
            "gap": gap_of([self._dealt(*each) for each in self._rated]),
            "burst": burst_of([self._instant() for _ in self._group.evidence], self._group),
        }
        signals = {**self._signals, **capped(self._group, drawn)}
        return tier_of(len(self._group.members), signals, self._group.limits)

    def _hits(self, shares: Sequence[float]) -> Signal:
        hits = sum(self._random.random() < share for share in shares)
        return Signal(chance.points(chance.at_least(hits, shares)), hits, len(shares), 0.0)

    def _dealt(self, inside: int, raters: Sequence[Rater]) -> tuple[list[float], list[float]]:
        """Any of the raters with whom the member could be in a group may have been the members."""
        pool = [at for at, rater in enumerate(raters) if rater.traded]
        chosen = set(self._random.sample(pool, min(inside, len(pool))))
        return [raters[at].stars for at in sorted(chosen)], [
            one.stars for at, one in enumerate(raters) if at not in chosen
        ]

    def _instant(self) -> int:
        at = bisect_right(self._sums, self._random.random() * self._sums[-1])
        return int((self._days[min(at, len(self._days) - 1)] + self._random.random()) * DAY)
