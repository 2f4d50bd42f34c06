"""The search from the rows of feedback to groups and their evidence; the same for every place where the SQL runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..thresholds import Thresholds
from . import steps
from .candidates import Graph, graph, groups, strong_members
from .families import Scene, Signal, looked_at, scene
from .population import Pair, Population, Share, Surroundings
from .stars import usual_partners
from .tables import Tables
from .tiers import Points, Tier, points_of, tier_of

Step = Callable[[str], None]  # told what begins


@dataclass(frozen=True)
class Group:
    """A group that is shown to a reviewer, with its evidence."""

    tier: Tier
    scene: Scene
    signals: Mapping[str, Signal]
    points: Points

    @property
    def members(self) -> tuple[str, ...]:
        """Who is in it, sorted."""
        return self.scene.members


@dataclass(frozen=True)
class Found:
    """The groups, the most points first, and the market they were found in."""

    groups: tuple[Group, ...]
    candidates: tuple[Scene, ...]
    market: Population
    graph: Graph
    contracts: int


def search(tables: Tables, limits: Thresholds, *, hire: bool, named: bool, step: Step) -> Found:
    """Looks for groups in the table `feedback`. `hire`: whether roles are known; `named`: whether contracts are."""
    source = "feedback"
    if not named:
        step("telling contracts apart")
        tables.make("numbered", steps.numbered(by_role=hire))
        source = "numbered"
    step("putting contracts together")
    tables.make("contracts", steps.contracts(source, by_role=hire))
    tables.drop("numbered")
    step("putting pairs together")
    market, contracts = _paired(tables, limits, hire=hire)
    step("trimming the graph")
    cut = graph(tables, market, limits)
    market = replace(market, in_cycles=strong_members(cut.cyclic, limits.group_size[1]))
    step("looking at groups")
    around = surroundings(tables, cut.people)
    chosen = groups(cut, around, market, limits)
    around = surroundings(tables, {*cut.people, *(member for each in chosen for member in each.members)})
    scenes = [scene(each.members, around, market, limits, each.star) for each in chosen]
    return Found(tuple(shown(scenes)), tuple(scenes), market, cut, contracts)


def surroundings(tables: Tables, people: Iterable[str]) -> Surroundings:
    """All pairs of some people."""
    tables.put("members", ["member"], [(each,) for each in sorted(people)])
    return Surroundings(Pair(*row) for row in tables.rows(steps.PAIRS_OF_MEMBERS))


def _paired(tables: Tables, limits: Thresholds, *, hire: bool) -> tuple[Population, int]:
    """Makes the tables of pairs and users and counts what is usual."""
    ((contracts, valued),) = tables.rows("SELECT count(*), count(value) FROM contracts")
    low = tables.rows(steps.low_value(limits, valued)) if valued else []
    low_value = int(low[0][0]) if low else None
    tables.make("pairs", steps.pairs(limits, low_value))
    agencies = [(member, str(at)) for at, group in enumerate(limits.exempt_groups) for member in group.members]
    tables.put("exempt", ["member", "agency"], agencies)
    tables.make("traded", steps.traded(limits))
    tables.make("users", steps.USERS)
    ((users, dual),) = tables.rows("SELECT count(*), count(CASE WHEN hires > 0 AND hired > 0 THEN 1 END) FROM users")
    ((swapped,),) = tables.rows(steps.SWAPPED)
    alone, both = usual_partners(tables)
    counted = [tuple(map(int, row)) for row in tables.rows(steps.strata())]
    market = Population(
        hire=hire,
        users=users,
        dual=dual,
        pairs=sum(row[1] for row in counted),
        swapped=swapped,
        fast={at: Share(fast, pairs) for at, pairs, fast, _, _ in counted},
        low={at: Share(low, valued) for at, _, _, valued, low in counted},
        alone=alone,
        both=both,
        days=[(int(day), int(pairs)) for day, pairs in tables.rows(steps.DAYS)],
        low_value=low_value,
    )
    return market, contracts


def shown(scenes: Sequence[Scene]) -> list[Group]:
    """The groups with enough evidence; of groups that share half of the smaller one's members the one with the most points."""
    found = []
    for each in scenes:
        if 2 * len(each.evidence) <= len(each.traded):
            continue
        signals = looked_at(each)
        tier = tier_of(len(each.members), signals, each.limits)
        if tier is not None:
            found.append(Group(tier, each, signals, points_of(signals, each.limits)))
    found.sort(key=lambda group: (group.tier, -group.points.whole, -len(group.members), group.members))
    kept: list[Group] = []
    of: dict[str, list[Group]] = {}
    for group in found:
        rivals = {id(rival): rival for member in group.members for rival in of.get(member, ())}.values()
        members = set(group.members)
        if any(
            2 * len(members.intersection(rival.members)) >= min(len(members), len(rival.members)) for rival in rivals
        ):
            continue
        kept.append(group)
        for member in group.members:
            of.setdefault(member, []).append(group)
    return kept
