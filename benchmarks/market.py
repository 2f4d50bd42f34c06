"""A made-up market: honest feedback, people who look suspicious and are not, and rings whose members are known.

Everything follows from a seed. Seeds from `HELD_OUT` on are for judging; those below are for tuning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HELD_OUT = 1_000
DAY = 86_400
BEGIN = 1_700_000_000  # seconds since 1970: when the market opens
SPAN = 730 * DAY
SHAPES = ("clique", "cycle", "hub")
# What a ring may hide; each hides what the one before it does.
HIDDEN = ("nothing", "value", "timing", "quality")
CAMOUFLAGE = (0, 1, 3)  # honest contracts for each traded one

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Planted:
    """A ring as it was made. `recruited` of its members are people with an honest history."""

    shape: str
    members: tuple[int, ...]
    hidden: str
    camouflage: int
    recruited: int


@dataclass(frozen=True)
class Market:
    """Feedback by the row, and what is true of it: the rings, and those who are honest whatever they look like."""

    rows: pa.Table
    users: int
    planted: tuple[Planted, ...] = ()
    long_pairs: tuple[tuple[int, int], ...] = ()
    agencies: tuple[tuple[int, ...], ...] = ()
    honest: dict[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)

    def write(self, file: Path) -> None:
        """Writes the rows as Parquet."""
        pq.write_table(self.rows, file, compression="zstd", row_group_size=1 << 20)


def name(user: int) -> str:
    """A user's id as the rows have it."""
    return f"u{user:07d}"


@dataclass
class _Contracts:
    """Contracts as columns: who hires whom, when it ends (seconds), its value, both ratings and both delays (seconds)."""

    client: Ints
    freelancer: Ints
    ended: Floats
    value: Floats
    by_client: Ints
    by_freelancer: Ints
    client_delay: Floats
    freelancer_delay: Floats
    both: np.ndarray[tuple[int], np.dtype[np.bool_]]


class People:
    """Who is in the market: what they charge, how well they work, how soon they write, and how often they are met."""

    def __init__(self, chance: np.random.Generator, contracts: int) -> None:
        self.freelancers = max(60, round(contracts * 0.06))
        self.clients = max(100, round(contracts * 0.10))
        self.dual = round(self.freelancers * 0.08)  # so many freelancers, of any trade, hire too
        self.hiring = chance.permutation(self.freelancers)[: self.dual].astype(np.int64)
        self.count = self.freelancers + self.clients - self.dual
        self.chance = chance
        self.grow(self.count)

    def grow(self, count: int) -> None:
        chance = self.chance
        self.price = chance.lognormal(0, 0.8, count)
        self.top = chance.beta(8, 2, count)  # how often five stars are earned
        self.quick = chance.beta(0.5, 3, count)

    def client_ids(self, index: Ints) -> Ints:
        """Clients by number: the first ones are freelancers who hire too."""
        own = self.hiring[np.minimum(index, self.dual - 1)]
        return np.where(index < self.dual, own, self.freelancers + index - self.dual)


def _weighted(chance: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Numbers drawn by weight."""
    edges = np.cumsum(weights)
    found: Ints = np.searchsorted(edges, chance.random(size) * edges[-1]).astype(np.int64)
    return found


def _ratings(chance: np.random.Generator, top: Floats) -> Ints:
    """Stars: five as often as earned, else mostly four."""
    lower = np.searchsorted(np.array([0.1, 0.2, 0.4]), chance.random(len(top)))  # 0..3 -> 1, 2, 3, 4 stars
    return np.where(chance.random(len(top)) < top, 5, lower + 1)


def _delays(chance: np.random.Generator, quick: Floats) -> Floats:
    """Seconds until somebody writes: minutes for the quick, else a day or so, sometimes near the deadline."""
    size = len(quick)
    slow = np.where(chance.random(size) < 0.75, chance.exponential(DAY, size), chance.uniform(2, 14, size) * DAY)
    return np.where(chance.random(size) < quick, chance.exponential(1_200, size), np.minimum(slow, 14 * DAY - 60))


def _honest(people: People, client: Ints, freelancer: Ints, ended: Floats) -> _Contracts:
    """What honest people make of their contracts."""
    chance, size = people.chance, len(client)
    return _Contracts(
        client,
        freelancer,
        ended,
        150 * people.price[freelancer] * chance.lognormal(0, 0.9, size),
        _ratings(chance, people.top[freelancer]),
        _ratings(chance, 0.5 + people.top[client] / 2),
        _delays(chance, people.quick[client]),
        _delays(chance, people.quick[freelancer]),
        chance.random(size) < 0.85,
    )


def everyday(people: People, contracts: int) -> _Contracts:
    """The bulk: clients hire mostly among the freelancers of their trade, and come back to some."""
    chance = people.chance
    pairs = max(1, round(contracts / 1.58))
    client = _weighted(chance, chance.lognormal(0, 1.0, people.clients), pairs)
    trades = max(1, people.freelancers // 2_000)
    attraction = chance.pareto(1.6, people.freelancers) + 0.3
    freelancer = _weighted(chance, attraction, pairs)
    size = -(-people.freelancers // trades)
    own = chance.random(pairs) < 0.6  # within the trade: the same weight, shifted into it
    freelancer = np.where(
        own, np.minimum((client % trades) * size + freelancer % size, people.freelancers - 1), freelancer
    )
    hiring = people.client_ids(client)
    kept = hiring != freelancer
    hiring, freelancer = hiring[kept], freelancer[kept]
    repeats = np.minimum(1 + chance.pareto(1.15, len(hiring)), 200).astype(np.int64)
    repeats = np.maximum(1, np.floor(repeats * min(3.0, contracts / max(1, repeats.sum())))).astype(np.int64)
    begun = BEGIN + SPAN * np.sqrt(chance.random(len(hiring)))  # the market grows
    pair = np.repeat(np.arange(len(hiring)), repeats)
    nth = np.arange(len(pair)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    ended = begun[pair] + nth * chance.exponential(15 * DAY, len(pair))
    kept = ended < BEGIN + SPAN
    return _honest(people, hiring[pair][kept], freelancer[pair][kept], ended[kept])


def market(rows: int, seed: int, *, rings: float = 1.0, hard: float = 1.0) -> Market:
    """A market of about so many rows. `rings` and `hard` multiply how many rings and hard negatives are planted."""
    chance = np.random.default_rng(seed)
    people = People(chance, round(rows / 1.85))
    making = Making(people, rows)
    making.parts.append(everyday(people, round(rows / 1.85 * 0.9)))
    making.hard_negatives(hard)
    making.rings(rings)
    return making.finished()


class Making:
    """A market on its way: parts of contracts, and what is true of them. New people get the next numbers."""

    def __init__(self, people: People, rows: int) -> None:
        self.people, self.chance, self.size = people, people.chance, rows
        self.next = people.count
        self.parts: list[_Contracts] = []
        self.planted: list[Planted] = []
        self.long_pairs: list[tuple[int, int]] = []
        self.agencies: list[tuple[int, ...]] = []
        self.honest: dict[str, list[tuple[int, ...]]] = {}

    def newcomers(self, count: int) -> list[int]:
        self.next += count
        extra = self.next - len(self.people.top)
        if extra > 0:
            extra = max(extra, len(self.people.top) // 8)
            self.people.price = np.append(self.people.price, self.chance.lognormal(0, 0.8, extra))
            self.people.top = np.append(self.people.top, self.chance.beta(8, 2, extra))
            self.people.quick = np.append(self.people.quick, self.chance.beta(0.5, 3, extra))
        return list(range(self.next - count, self.next))

    def often(self, per_million: float, factor: float) -> range:
        return range(int(self.chance.poisson(per_million * factor * self.size / 1e6)))

    # --- honest, though it may not look so ---

    def hard_negatives(self, factor: float) -> None:
        kinds = {
            "long pair": (150, self._long_pair), "agency": (15, self._agency), "collective": (15, self._collective),
            "swap": (60, self._swap), "micro-task buyer": (8, self._buyer), "cheap-gig seller": (8, self._seller),
            "campaign": (8, self._campaign),
        }  # fmt: skip
        for kind, (per_million, make) in kinds.items():
            for _ in self.often(per_million, factor):
                self.honest.setdefault(kind, []).append(make())

    def _add(self, client: Sequence[int], freelancer: Sequence[int], ended: Floats) -> _Contracts:
        part = _honest(self.people, np.array(client, np.int64), np.array(freelancer, np.int64), ended)
        self.parts.append(part)
        return part

    def _everybody(self, role: str, size: int) -> Ints:
        people = self.people
        if role == "freelancer":
            return self.chance.integers(0, people.freelancers, size)
        return people.client_ids(self.chance.integers(people.dual, people.clients, size))

    def _outside(self, members: Sequence[int], contracts: int, works: float = 0.75) -> _Contracts:
        """Contracts of members with the rest of the market: in such a share they work, in the others they hire."""
        working = self.chance.random(contracts) < works
        member = self.chance.choice(np.array(members), contracts)
        client = np.where(working, self._everybody("client", contracts), member)
        freelancer = np.where(working, member, self._everybody("freelancer", contracts))
        return self._add(client.tolist(), freelancer.tolist(), BEGIN + SPAN * np.sqrt(self.chance.random(contracts)))

    def _long_pair(self) -> tuple[int, ...]:
        chance = self.chance
        contracts = int(np.exp(chance.uniform(0, np.log(500))))
        clients = int(chance.integers(1, 8)) if chance.random() < 0.6 else 0
        return self.long_pair(
            contracts, chance.uniform(1, 700), float(chance.choice([0.02, 0.2, 1.0, 5.0])) * 150, clients
        )

    def long_pair(self, contracts: int, days: float, value: float, clients: int) -> tuple[int, int]:
        """One client and one freelancer: all five stars, minutes apart, about so many days; the freelancer has other clients."""
        chance = self.chance
        client, freelancer = self.newcomers(2)
        span = days * DAY
        ended = BEGIN + chance.uniform(0, SPAN - span) + np.sort(chance.uniform(0, span, contracts))
        part = self._add([client] * contracts, [freelancer] * contracts, ended)
        part.by_client[:] = part.by_freelancer[:] = 5
        part.both[:] = True
        part.client_delay = chance.exponential(300, contracts)
        part.freelancer_delay = chance.exponential(300, contracts)
        part.value = value * chance.lognormal(0, 0.3, contracts)
        self._add(
            self._everybody("client", clients).tolist(), [freelancer] * clients, BEGIN + SPAN * chance.random(clients)
        )
        self.long_pairs.append((client, freelancer))
        return client, freelancer

    def _among(
        self, members: Sequence[int], pairs: float, contracts: tuple[int, int], span: tuple[float, float]
    ) -> _Contracts:
        """Members hire each other: so great a share of the ordered pairs, each so often, over so many days."""
        chance = self.chance
        ordered = [(a, b) for a in members for b in members if a != b and chance.random() < pairs]
        length = chance.uniform(*span) * DAY
        begun = BEGIN + chance.uniform(0, max(1.0, SPAN - length))
        hires = [pair for pair in ordered for _ in range(int(chance.integers(contracts[0], contracts[1] + 1)))]
        ended = begun + chance.uniform(0, length, len(hires))
        return self._add([a for a, _ in hires], [b for _, b in hires], ended)

    def _agency(self) -> tuple[int, ...]:
        """A registered agency whose people pass work on to each other."""
        members = self.newcomers(int(self.chance.integers(4, 15)))
        self._among(members, 0.4, (1, 6), (300, 700))
        self._outside(members, 5 * len(members))
        self.agencies.append(tuple(members))
        return tuple(members)

    def _collective(self) -> tuple[int, ...]:
        """Peers who pass work on to each other, like an agency that nobody registered."""
        members = self.newcomers(int(self.chance.integers(3, 7)))
        part = self._among(members, 0.5, (1, 3), (200, 700))
        part.by_client = _ratings(self.chance, np.full(len(part.client), 0.95))  # friends are generous
        self._outside(members, 6 * len(members))
        return tuple(members)

    def _swap(self) -> tuple[int, ...]:
        """A designer and a developer who hire each other."""
        members = self.newcomers(2)
        self._among(members, 1.0, (1, 4), (60, 600))
        self._outside(members, 8)
        return tuple(members)

    def _buyer(self) -> tuple[int, ...]:
        """One client of many small tasks, settled in minutes."""
        return self._star("freelancer")

    def _seller(self) -> tuple[int, ...]:
        """One freelancer with many cheap gigs, settled in minutes."""
        return self._star("client")

    def _star(self, others: str) -> tuple[int, ...]:
        chance = self.chance
        (centre,) = self.newcomers(1)
        count = int(chance.integers(40, 250))
        ring = self._everybody(others, count)
        ended = BEGIN + chance.uniform(0, SPAN, count)
        sides = ([centre] * count, ring.tolist()) if others == "freelancer" else (ring.tolist(), [centre] * count)
        part = self._add(*sides, ended)
        part.value = chance.lognormal(np.log(8), 0.3, count)
        part.client_delay, part.freelancer_delay = chance.exponential(900, count), chance.exponential(900, count)
        part.by_client = np.where(chance.random(count) < 0.95, 5, part.by_client)
        part.both[:] = True
        return (centre,)

    def _campaign(self) -> tuple[int, ...]:
        """A client who hires many within a month."""
        (client,) = self.newcomers(1)
        count = int(self.chance.integers(20, 60))
        begun = BEGIN + self.chance.uniform(0, SPAN - 30 * DAY)
        ended = begun + self.chance.uniform(0, 30 * DAY, count)
        self._add([client] * count, self._everybody("freelancer", count).tolist(), ended)
        return (client,)

    # --- rings ---

    def rings(self, factor: float) -> None:
        for _ in self.often(48, factor):
            shape = str(self.chance.choice(SHAPES, p=[0.4, 0.4, 0.2]))
            self.ring(shape, str(self.chance.choice(HIDDEN)), int(self.chance.choice(CAMOUFLAGE)))

    def ring(self, shape: str, hidden: str, camouflage: int, size: int | None = None) -> Planted:
        """Plants a ring that hides so much, with so many honest contracts for each traded one."""
        least, most = {"clique": (4, 11), "cycle": (3, 11), "hub": (8, 26)}[shape]
        count = size or int(self.chance.integers(least, most))
        recruited = int(self.chance.binomial(count, 0.3)) if self.chance.random() < 0.3 else 0
        members = [*self.newcomers(count - recruited), *self._recruits(recruited)]
        hires = list(self._trades(shape, members))
        # who trades praise sells work; made-up clients of one seller may do anything
        works = 0.75 if shape != "hub" else float(self.chance.choice([0.25, 0.75]))
        self._trade(hires, hidden)
        self._camouflage(members[: count - recruited], camouflage * len(hires), poor=hidden != "quality", works=works)
        planted = Planted(shape, tuple(members), hidden, camouflage, recruited)
        self.planted.append(planted)
        return planted

    def _recruits(self, count: int) -> list[int]:
        people = self.people
        return [int(each) for each in self.chance.choice(people.freelancers, count, replace=False)] if count else []

    def _trades(self, shape: str, members: Sequence[int]) -> Iterator[tuple[int, int]]:
        chance = self.chance
        edges: list[tuple[int, int]] = []
        if shape == "cycle":
            edges = [(one, members[(at + 1) % len(members)]) for at, one in enumerate(members)]
        elif shape == "hub":
            edges = [(puppet, members[0]) for puppet in members[1:]]
        else:
            dense = chance.uniform(0.7, 1.0)
            for at, one in enumerate(members):
                for other in members[at + 1 :]:
                    if chance.random() < dense:
                        edges += [(one, other)] if chance.random() < 0.5 else [(other, one)]
                        edges += [edges[-1][::-1]] if chance.random() < 0.3 else []
        for edge in edges:
            yield from [edge] * min(8, int(chance.geometric(0.5)))

    def _trade(self, hires: Sequence[tuple[int, int]], hidden: str) -> None:
        """Contracts for the sake of feedback; what is hidden looks as it does among honest people."""
        chance, count, level = self.chance, len(hires), HIDDEN.index(hidden)
        length = (chance.uniform(15, 80) if level < 2 else chance.uniform(120, 500)) * DAY
        ended = BEGIN + chance.uniform(0, SPAN - length) + chance.uniform(0, length, count)
        part = self._add([a for a, _ in hires], [b for _, b in hires], ended)
        part.both[:] = True
        part.by_client[:] = part.by_freelancer[:] = 5
        if level < 1:
            part.value = chance.lognormal(np.log(10), 0.5, count)
        if level < 2:
            part.client_delay, part.freelancer_delay = chance.exponential(900, count), chance.exponential(900, count)

    def _camouflage(self, members: Sequence[int], contracts: int, *, poor: bool, works: float) -> None:
        if not contracts or not members:
            return
        part = self._outside(members, contracts, works)
        if poor:
            bad = np.isin(part.freelancer, np.array(members))
            part.by_client = np.where(bad, _ratings(self.chance, np.full(contracts, 0.25)), part.by_client)

    # --- put together ---

    def finished(self) -> Market:
        whole = _Contracts(
            *(np.concatenate([getattr(part, each) for part in self.parts]) for each in _Contracts.__dataclass_fields__)
        )
        honest = {kind: tuple(groups) for kind, groups in self.honest.items()}
        agencies, pairs = tuple(self.agencies), tuple(self.long_pairs)
        return Market(_rows(self.chance, whole, self.next), self.next, tuple(self.planted), pairs, agencies, honest)


def _rows(chance: np.random.Generator, contracts: _Contracts, users: int) -> pa.Table:
    """Two rows a contract, or one where only one party wrote, in the order of time."""
    count = len(contracts.client)
    only_client = chance.random(count) < 0.5
    of_client = np.flatnonzero(contracts.both | only_client)
    of_freelancer = np.flatnonzero(contracts.both | ~only_client)
    contract = np.concatenate([of_client, of_freelancer])
    by_client = np.arange(len(contract)) < len(of_client)
    delay = np.where(by_client, contracts.client_delay[contract], contracts.freelancer_delay[contract])
    at = contracts.ended[contract] + delay
    order = np.argsort(at, kind="stable")
    contract, by_client, at = contract[order], by_client[order], at[order]
    client, freelancer = contracts.client[contract], contracts.freelancer[contract]
    names = pa.array([name(user) for user in range(users)])

    def ids(index: Ints) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), names)

    def instants(seconds: Floats) -> pa.Array:
        return pa.array(seconds.astype(np.int64) * 1_000_000).cast(pa.timestamp("us", "UTC"))

    return pa.table(
        {
            "id": pa.array(np.arange(1, len(contract) + 1)),
            "author_id": ids(np.where(by_client, client, freelancer)),
            "recipient_id": ids(np.where(by_client, freelancer, client)),
            "author": pa.DictionaryArray.from_arrays(pa.array(by_client.astype(np.int8)), ["freelancer", "client"]),
            "rating": pa.array(
                np.where(by_client, contracts.by_client[contract], contracts.by_freelancer[contract]).astype(np.int8)
            ),
            "created_at": instants(at),
            "contract_id": pa.array(contract),
            "ended_at": instants(contracts.ended[contract]),
            "value": pa.array(np.round(contracts.value[contract], 2)),
        }
    )
