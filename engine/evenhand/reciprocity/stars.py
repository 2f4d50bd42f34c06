"""People with many partners who look as if made for the purpose: quick and cheap, with nobody else, or on both sides of hires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import chance, steps
from .population import Population, Share
from .tables import Tables

Kind = Literal["quick", "alone", "both"]
LEAST = 5  # such partners


@dataclass(frozen=True)
class Star:
    """Somebody and the partners on one side who may be evidence.

    `partners` counts all of them, `alone` those who deal with nobody else, `both` those who hire and are hired. `spokes` are
    those who make the star.
    """

    centre: str
    side: str  # of the centre: client or freelancer
    partners: int
    alone: int
    both: int
    spokes: tuple[str, ...]

    def odd(self, market: Population) -> tuple[float, Kind, int, float]:
        """(points, kind, partners of that kind, their usual share) for the kind that is rarer here."""
        alone = market.alone.get(self.side, Share(0, 0)).value
        both = market.both.get(self.side, Share(0, 0)).value
        return max(_odd("alone", self.alone, self.partners, alone), _odd("both", self.both, self.partners, both))


def _odd(kind: Kind, hits: int, of: int, usual: float) -> tuple[float, Kind, int, float]:
    probability = chance.at_least(hits, [usual] * of) if hits > usual * of else 1.0
    return chance.points(2 * probability), kind, hits, usual  # two kinds are looked for


def shares(tables: Tables) -> tuple[dict[str, Share], dict[str, Share]]:
    """How many partners deal with nobody else, and how many hire and are hired, by side; makes the table `spokes`."""
    tables.make("known", steps.KNOWN)
    tables.make("spokes", steps.SPOKES)
    counted = [
        (side, int(pairs), int(alone), int(both)) for side, pairs, alone, both in tables.rows(steps.SPOKE_SHARES)
    ]
    return (
        {side: Share(alone, pairs) for side, pairs, alone, _ in counted},
        {side: Share(both, pairs) for side, pairs, _, both in counted},
    )


def stars(tables: Tables, market: Population, least_points: float, most: int) -> list[Star]:
    """The stars of at most so many members, one for each kind of partners that is as rare as the points say; `quick` ones all."""
    held: dict[tuple[str, str], tuple[int, int, int]] = {}
    chosen: list[tuple[str, str, str]] = []
    for centre, side, partners, quick, alone, both in tables.rows(steps.centres(LEAST)):
        held[centre, side] = (int(partners), int(alone), int(both))
        if quick >= LEAST:
            chosen.append((centre, side, "quick"))
        for kind, hits, usual in (("alone", alone, market.alone), ("both", both, market.both)):
            if hits >= LEAST and _odd("alone", int(hits), int(partners), usual[side].value)[0] >= least_points:
                chosen.append((centre, side, kind))
    tables.put("chosen", ["centre", "side", "kind"], chosen)
    found: dict[tuple[str, str, str], list[str]] = {}
    for centre, side, kind, spoke in tables.rows(steps.SPOKES_OF_CHOSEN):
        found.setdefault((centre, side, kind), []).append(spoke)
    tables.drop("spokes")
    tables.drop("known")
    return [
        Star(centre, side, *held[centre, side], tuple(sorted(spokes)))
        for (centre, side, _), spokes in sorted(found.items())
        if LEAST <= len(spokes) < most
    ]
