"""What follows from the evidence: A (review first), B (watch), or nothing. Neither acts by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..thresholds import Thresholds
from .families import FAMILIES, Signal

Tier = Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a group, by sort, and how many families count."""

    structure: float
    behaviour: float
    hub: float
    families: int
    behaviour_families: int

    @property
    def whole(self) -> float:
        """All points."""
        return self.structure + self.behaviour + self.hub


def points_of(signals: Mapping[str, Signal], limits: Thresholds) -> Points:
    """The points of all families, summed up."""
    sums = {"structure": 0.0, "behaviour": 0.0, "hub": 0.0}
    counts = {"structure": 0, "behaviour": 0, "hub": 0}
    for name, (sort, _) in FAMILIES.items():
        sums[sort] += signals[name].points
        counts[sort] += signals[name].points >= limits.family_points
    return Points(**sums, families=counts["structure"] + counts["behaviour"], behaviour_families=counts["behaviour"])


def tier_of(members: int, signals: Mapping[str, Signal], limits: Thresholds) -> Tier | None:
    """The tier that the evidence is enough for; None when it is not enough for any."""
    points = points_of(signals, limits)
    if members == 2:
        needs = limits.pair
        swapped = signals["roles"].points > 0
        return "B" if swapped and points.whole >= needs.points and points.families >= needs.families else None
    if _behaves(points, limits) or _differs(points, signals["gap"], limits):
        return "A"
    watch = limits.tier_b
    if points.structure >= watch.structure or points.hub >= watch.hub:
        return "B"
    return "B" if points.behaviour >= watch.behaviour and points.whole >= watch.points else None


def _behaves(points: Points, limits: Thresholds) -> bool:
    needs = limits.tier_a
    return (
        points.structure + points.behaviour >= needs.points
        and points.families >= needs.families
        and points.structure >= needs.structure
        and points.behaviour_families >= needs.behaviour_families
    )


def _differs(points: Points, gap: Signal, limits: Thresholds) -> bool:
    needs = limits.tier_a_strong_gap
    stars = gap.observed - gap.usual
    return points.structure >= needs.structure and stars >= needs.gap_stars and gap.points >= needs.gap_points
