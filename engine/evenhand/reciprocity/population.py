"""What is usual in a market: how its pairs look, how many hire and are hired, when pairs begin. And the pairs of some people."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .steps import DAY, STRATA


class Pair(NamedTuple):
    """A client and a freelancer who worked together; stars in thousandths, instants in microseconds since 1970.

    Where roles are not known, the parties stand in the order of their ids. `traded` says whether the pair may be part of a
    group: praise both ways at least once, and not exempt. One that is established may close a path and is no evidence itself.
    """

    client: str
    freelancer: str
    contracts: int
    positive: int
    fast: int
    low: int
    valued: int
    client_ratings: int
    client_stars: int
    freelancer_ratings: int
    freelancer_stars: int
    begun: int
    done: int
    traded: bool
    established: bool

    @property
    def is_fast(self) -> bool:
        """Whether at least half of the contracts were rated fast, both ways."""
        return 2 * self.fast >= self.contracts

    @property
    def is_low(self) -> bool:
        """Whether at least half of the contracts whose value is known were of low value."""
        return self.valued > 0 and 2 * self.low >= self.valued

    @property
    def stratum(self) -> int:
        """Which pairs it is compared with: those with about as many contracts."""
        return bisect_right(STRATA, self.contracts) - 1


class Share(NamedTuple):
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """As a fraction; never 0, for what was not seen may still be."""
        return (self.hits + 0.5) / (self.of + 1)


class Rater(NamedTuple):
    """Who rated somebody: the mean stars, and whether they could be in a group together."""

    who: str
    stars: float
    traded: bool


class Uneven(NamedTuple):
    """A share, and how much it differs from one person to the next (correlation of two trials; 0: not at all)."""

    share: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True)
class Population:
    """The pairs of a market that may be evidence, counted. `hire` is false where nobody knows who hired whom."""

    hire: bool
    users: int
    dual: int  # who hire and are hired
    pairs: int
    swapped: int  # pairs who hired each other
    fast: Mapping[int, Share]  # by stratum
    low: Mapping[int, Share]
    alone: Mapping[str, Uneven]  # partners who deal with nobody else, by the side of the other one
    both: Mapping[str, Uneven]  # partners who hire and are hired
    days: Sequence[tuple[int, int]]  # (day since 1970, pairs that began on it), in order
    in_cycles: int = 0  # users on some small closed path of hires
    low_value: int | None = None  # thousandths: below this a contract is of low value
    _sums: tuple[list[int], list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sums = [0]
        for _, pairs in self.days:
            sums.append(sums[-1] + pairs)
        object.__setattr__(self, "_sums", ([day for day, _ in self.days], sums))

    @property
    def dual_share(self) -> Share:
        """Users who hire and are hired."""
        return Share(self.dual, self.users)

    @property
    def cycle_share(self) -> Share:
        """Users on some small closed path of hires."""
        return Share(self.in_cycles, self.users)

    @property
    def swap_share(self) -> Share:
        """Pairs who hired each other."""
        return Share(self.swapped, self.pairs)

    def fast_share(self, pair: Pair) -> float:
        """The share of comparable pairs that are fast."""
        return self.fast.get(pair.stratum, Share(0, 0)).value

    def low_share(self, pair: Pair) -> float:
        """The share of comparable pairs that are of low value."""
        return self.low.get(pair.stratum, Share(0, 0)).value

    def begun_within(self, first: int, last: int) -> float:
        """The share of pairs that began between two instants, whole days counted."""
        days, sums = self._sums
        low, high = bisect_left(days, first // DAY), bisect_right(days, last // DAY)
        return (sums[high] - sums[low] + 0.5) / (sums[-1] + 1)

    def overall(self, shares: Mapping[int, Share]) -> float:
        """The share among all pairs, whatever their number of contracts."""
        return Share(sum(each.hits for each in shares.values()), sum(each.of for each in shares.values())).value


class Looks(NamedTuple):
    """How the pairs of somebody look that may be evidence: so many, so many of them fast, of known value, of low value."""

    pairs: int = 0
    fast: int = 0
    valued: int = 0
    low: int = 0

    def plus(self, pair: Pair) -> Looks:
        """With one pair more."""
        return Looks(
            self.pairs + 1, self.fast + pair.is_fast, self.valued + (pair.valued > 0), self.low + pair.is_low
        )  # fmt: skip

    def fast_of(self) -> tuple[int, int]:
        """Fast ones, of how many."""
        return self.fast, self.pairs

    def low_of(self) -> tuple[int, int]:
        """Those of low value, of how many whose value is known."""
        return self.low, self.valued


class Surroundings:
    """All pairs of some people, by the person; who has so many clients and freelancers, and how their pairs look."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.of: dict[str, list[Pair]] = {}
        self.hires: dict[str, int] = {}
        self.hired: dict[str, int] = {}
        self.looks: dict[str, Looks] = {}
        self._raters: dict[str, list[Rater]] = {}
        for pair in pairs:
            self.of.setdefault(pair.client, []).append(pair)
            self.of.setdefault(pair.freelancer, []).append(pair)
            if pair.traded:
                self.hires[pair.client] = self.hires.get(pair.client, 0) + 1
                self.hired[pair.freelancer] = self.hired.get(pair.freelancer, 0) + 1
            if pair.traded and not pair.established:
                for member in (pair.client, pair.freelancer):
                    self.looks[member] = self.looks.get(member, Looks()).plus(pair)

    def inside(self, members: frozenset[str]) -> list[Pair]:
        """The pairs both of whose parties are members, in order."""
        found = {
            (pair.client, pair.freelancer): pair
            for member in members
            for pair in self.of.get(member, ())
            if pair.client in members and pair.freelancer in members
        }
        return [found[each] for each in sorted(found)]

    def raters(self, member: str) -> list[Rater]:
        """Everybody who rated a member, in order."""
        if member not in self._raters:
            self._raters[member] = self._counted(member)
        return self._raters[member]

    def _counted(self, member: str) -> list[Rater]:
        stars: dict[str, list[int]] = {}
        for pair in self.of.get(member, ()):
            other, ratings, given = (
                (pair.client, pair.client_ratings, pair.client_stars)
                if pair.freelancer == member
                else (pair.freelancer, pair.freelancer_ratings, pair.freelancer_stars)
            )
            if ratings:
                counted = stars.setdefault(other, [0, 0, 0])
                counted[0] += ratings
                counted[1] += given
                counted[2] += pair.traded
        return [Rater(who, given / of / 1_000, traded > 0) for who, (of, given, traded) in sorted(stars.items())]
