"""People with many partners who look as if made for the purpose: quick and cheap, with nobody else, or on both sides of hires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import chance, steps
from .population import Population, Share, Uneven
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
        alone, both = market.alone.get(self.side, Uneven()), market.both.get(self.side, Uneven())
        return max(_odd("alone", self.alone, self.partners, alone), _odd("both", self.both, self.partners, both))


def _odd(kind: Kind, hits: int, of: int, usual: Uneven) -> tuple[float, Kind, int, float]:
    if hits <= usual.share * of:
        return 0.0, kind, hits, usual.share
    probability = chance.at_least_uneven(hits, of, usual.share, usual.spread)
    return chance.points(2 * probability), kind, hits, usual.share  # two kinds are looked for


def usual_partners(tables: Tables) -> tuple[dict[str, Uneven], dict[str, Uneven]]:
    """How many partners deal with nobody else, and how many hire and are hired, by side; makes the table `spokes`."""
    tables.make("known", steps.KNOWN)
    tables.make("spokes", steps.SPOKES)
    spread = {side: [int(each) for each in sums] for side, *sums in tables.rows(steps.SPOKE_SPREAD)}
    alone, both = {}, {}
    for side, pairs, alone_pairs, both_pairs in tables.rows(steps.SPOKE_SHARES):
        n, nn, *sums = spread.get(side, [0] * 8)
        alone[side] = _uneven(Share(int(alone_pairs), int(pairs)).value, n, nn, *sums[:3])
        both[side] = _uneven(Share(int(both_pairs), int(pairs)).value, n, nn, *sums[3:])
    return alone, both


def _uneven(share: float, n: int, nn: int, hits: int, squares: int, products: int) -> Uneven:
    """The spread that makes the squares as large as they are (method of moments); in trades, such partners are common or not."""
    if not n or not hits or nn <= n:
        return Uneven(share)
    own = hits / n
    off = squares - 2 * own * products + own * own * nn
    return Uneven(share, min(0.5, max(0.0, (off / (own * (1 - own) or 1.0) - n) / (nn - n))))


def stars(tables: Tables, market: Population, least_points: float, most: int) -> list[Star]:
    """The stars of at most so many members, one for each kind of partners that is as rare as the points say; `quick` ones all."""
    held: dict[tuple[str, str], tuple[int, int, int]] = {}
    chosen: list[tuple[str, str, str]] = []
    for centre, side, partners, quick, alone, both in tables.rows(steps.centres(LEAST)):
        held[centre, side] = (int(partners), int(alone), int(both))
        if quick >= LEAST:
            chosen.append((centre, side, "quick"))
        for kind, hits, usual in (("alone", alone, market.alone), ("both", both, market.both)):
            if hits >= LEAST and _odd("alone", int(hits), int(partners), usual[side])[0] >= least_points:
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
