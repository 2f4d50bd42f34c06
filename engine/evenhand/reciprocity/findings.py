"""Findings as a reviewer gets them: who, why in plain sentences with what is usual, what speaks for them, what would clear it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any, Literal

from ..model import Feedback
from ..policy import Policy
from . import steps
from .families import FAMILIES, Scene, expected_pairs, means, ratings
from .graph import longest_found_cycle, shortest_cycle
from .search import Group
from .sentences import cleared_by, said_of, spoken_for
from .tables import Tables
from .tiers import Tier

Shape = Literal["pair", "cycle", "clique", "star", "group"]
_DENSE = 0.6  # share of the possible pairs from which on a group is called a clique


@dataclass(frozen=True)
class Evidence:
    """One family of evidence: the observed value, of how many, the usual one, the points, and all that in a sentence."""

    family: str
    sort: str
    points: float
    observed: float
    of: float
    usual: float
    sentence: str


@dataclass(frozen=True)
class Contract:
    """A contract between two members. Instants are ISO 8601 in UTC; None is what the history does not say."""

    contract: str | None
    client: str
    freelancer: str
    ended: str | None
    client_wrote: str | None
    freelancer_wrote: str | None
    by_client: float | None  # stars that the client gave
    by_freelancer: float | None
    value: float | None
    fast: bool


@dataclass(frozen=True)
class Told:
    """A text inside the group that a rule on traded feedback finds something in."""

    row: str
    author: str
    recipient: str
    rule: str
    outcome: str
    text: str
    start: int
    end: int
    span: str


@dataclass(frozen=True)
class Finding:
    """A pair or group with its evidence. Tier A is to be reviewed first, B to be watched; neither acts by itself."""

    id: str
    policy_version: str
    tier: Tier
    shape: Shape
    members: tuple[str, ...]
    points: float
    structure: float
    behaviour: float
    hub: float
    evidence: tuple[Evidence, ...]
    pairs_inside: int
    pairs_possible: int
    pairs_expected: float
    cycle: tuple[str, ...]
    contracts: tuple[Contract, ...]
    mean_inside: float | None
    mean_outside: float | None
    raters_outside: int
    first: str
    last: str
    days: float
    for_members: tuple[str, ...]
    would_clear: tuple[str, ...]
    texts: tuple[Told, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The finding as plain values."""
        return asdict(self)


def findings(tables: Tables, groups: Sequence[Group], policy: Policy, *, texts: bool) -> list[Finding]:
    """The findings for groups, in their order. `texts`: whether texts inside groups are looked at too."""
    tables.put("members", ["member"], [(each,) for each in sorted({one for group in groups for one in group.members})])
    contracts = _by_pair(tables.rows(steps.CONTRACTS_OF_GROUPS), 1)
    written = _by_pair(tables.rows(steps.TEXTS_OF_GROUPS), 1) if texts else {}
    return [_finding(group, policy, contracts, written) for group in groups]


Rows = Mapping[tuple[str, str], Sequence[tuple[Any, ...]]]


def _by_pair(rows: Iterable[tuple[Any, ...]], at: int) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    """Rows by the two people they are about, whoever comes first."""
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for row in rows:
        one, other = sorted((row[at], row[at + 1]))
        found.setdefault((one, other), []).append(row)
    return found


def _within(members: Sequence[str], rows: Rows) -> list[tuple[Any, ...]]:
    if len(members) ** 2 > 2 * len(rows):
        inside = set(members)
        return [row for pair, several in rows.items() if pair[0] in inside and pair[1] in inside for row in several]
    pairs = ((one, other) for at, one in enumerate(members) for other in members[at + 1 :])
    return [row for pair in pairs for row in rows.get(pair, ())]


def _finding(group: Group, policy: Policy, contracts: Rows, written: Rows) -> Finding:
    scene, points = group.scene, group.points
    held = [_contract(row, scene) for row in sorted(_within(group.members, contracts), key=_when)]
    got = means(ratings(scene))
    size = len(group.members)
    begun = [pair.begun for pair in scene.traded]
    cycle = tuple(_cycle(scene))
    evidence = tuple(
        Evidence(
            name,
            sort,
            round(signal.points, 2),
            round(signal.observed, 4),
            round(signal.of, 4),
            _rounded(signal.usual),
            said_of(name, signal, scene, cycle),
        )
        for name, (sort, _) in FAMILIES.items()
        if (signal := group.signals[name]).of
    )
    return Finding(
        id=_id(group),
        policy_version=policy.version,
        tier=group.tier,
        shape=_shape(scene, cycle),
        members=group.members,
        points=round(points.whole, 2),
        structure=round(points.structure, 2),
        behaviour=round(points.behaviour, 2),
        hub=round(points.hub, 2),
        evidence=evidence,
        pairs_inside=len(scene.together),
        pairs_possible=size * (size - 1) // 2,
        pairs_expected=_rounded(expected_pairs(scene)),
        cycle=cycle,
        contracts=tuple(held),
        mean_inside=_stars(got.inside),
        mean_outside=_stars(got.outside),
        raters_outside=got.outside_raters,
        first=instant(min(begun)) or "",
        last=instant(max(begun)) or "",
        days=round((max(begun) - min(begun)) / steps.DAY, 1),
        for_members=tuple(spoken_for(group, _middle(held))),
        would_clear=tuple(cleared_by(group)),
        texts=tuple(_told(_within(group.members, written), policy)),
    )


def _id(group: Group) -> str:
    """The same members have the same id in every run."""
    return "ring-" + hashlib.sha256("\0".join(group.members).encode()).hexdigest()[:12]


def _shape(scene: Scene, cycle: Sequence[str]) -> Shape:
    size, pairs = len(scene.members), len(scene.together)
    if scene.star is not None:
        return "star"
    if size == 2:
        return "pair"
    if len(cycle) == size and pairs == size:
        return "cycle"
    if size > 3 and 2 * pairs >= _DENSE * size * (size - 1):
        return "clique"
    together = [each for pair in scene.together for each in pair]
    if pairs == size - 1 and max(map(together.count, scene.members)) == pairs:
        return "star"
    return "group"


def _cycle(scene: Scene) -> list[str]:
    """A closed path of hires, as long as one was found; of two people the path is there and back."""
    if not scene.market.hire:
        return []
    hires = [(pair.client, pair.freelancer) for pair in scene.traded]
    if len(scene.members) == 2:
        return shortest_cycle(hires, least=2)
    return longest_found_cycle(hires) or shortest_cycle(hires)


def _when(row: tuple[Any, ...]) -> tuple[Any, ...]:
    contract, client, freelancer, _, _, client_at, freelancer_at, ended, _ = row
    return (
        next(each for each in (ended, client_at, freelancer_at) if each is not None),
        contract or "",
        client,
        freelancer,
    )


def _contract(row: tuple[Any, ...], scene: Scene) -> Contract:
    contract, client, freelancer, by_client, by_freelancer, client_at, freelancer_at, ended, value = row
    limits = scene.limits
    fast = False
    if client_at is not None and freelancer_at is not None:
        since = ended if ended is not None else min(client_at, freelancer_at)
        apart, after = abs(client_at - freelancer_at), max(client_at, freelancer_at) - since
        fast = (
            apart <= limits.fast_turnaround.total_seconds() * steps.SECOND
            and after <= limits.fast_after_contract_end.total_seconds() * steps.SECOND
        )
    return Contract(
        contract, client, freelancer, instant(ended), instant(client_at), instant(freelancer_at), _thousandths(by_client),
        _thousandths(by_freelancer), _thousandths(value), fast,
    )  # fmt: skip


def _told(rows: Iterable[tuple[Any, ...]], policy: Policy) -> Iterable[Told]:
    """What the rules on traded feedback find in texts inside a group."""
    only = frozenset(
        at for at, rule in enumerate(policy.compiled.rules) if rule.category in ("reciprocity", "incentive")
    )
    for line, author, recipient, _, _, role, _, text in sorted(rows):
        if not text:
            continue
        verdict = policy.examine(Feedback(text, author=role), only=only)
        for each in verdict.findings:
            yield Told(line, author, recipient, each.rule, str(each.outcome), text, each.start, each.end, each.text)


def instant(microseconds: int | None) -> str | None:
    """An instant as ISO 8601 in UTC, to the second."""
    if microseconds is None:
        return None
    try:
        return datetime.fromtimestamp(microseconds // steps.SECOND, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError):  # before the year 1 or after 9999
        return f"{microseconds // steps.SECOND} s since 1970"


def _thousandths(value: int | None) -> float | None:
    return None if value is None else int(value) / 1_000


def _middle(held: Sequence[Contract]) -> float | None:
    values = [each.value for each in held if each.value is not None]
    return median(values) if values else None


def _stars(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
