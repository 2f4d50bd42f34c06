"""What the evidence is made of: counts by rule, category and overall; no text is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from ..model import Outcome, Verdict

RATINGS = (1, 2, 3, 4, 5, None)
ROLES = ("client", "freelancer", None)
LEVELS = ("overall", "category", "rule")
LISTED = 1_000  # failures that are listed one by one; all are counted

Subject = tuple[str, str]  # a level and a name on it


def subjects(verdict: Verdict | None) -> frozenset[Subject]:
    """What speaks against a text: the rules, their categories, and whether there are any."""
    found: set[Subject] = set()
    for finding in verdict.findings if verdict is not None else ():
        if finding.outcome > Outcome.allow:
            found |= {("overall", "any rule"), ("category", finding.category), ("rule", finding.rule)}
    return frozenset(found)


@dataclass
class Rates:
    """Rows, and rows that each rule speaks against, by the rating and by the role of the author."""

    rows: Counter[tuple[str, Any]] = field(default_factory=Counter)
    found: Counter[tuple[Subject, str, Any]] = field(default_factory=Counter)
    seen: set[Subject] = field(default_factory=lambda: {("overall", "any rule")})

    def add(self, against: Set[Subject], rating: int | None, role: str | None) -> None:
        """Counts a row."""
        self.rows["rating", rating] += 1
        self.rows["role", role] += 1
        for subject in against:
            self.found[subject, "rating", rating] += 1
            self.found[subject, "role", role] += 1
        self.seen |= against

    def counted(self, subject: Subject, fact: str, values: Iterable[Any]) -> tuple[int, int]:
        """How many rows with one of these values the subject speaks against, and how many there are."""
        wanted = tuple(values)
        return sum(self.found[subject, fact, each] for each in wanted), sum(self.rows[fact, each] for each in wanted)


@dataclass
class Flips:
    """Texts that were judged with another rating or role, and the rules that then said otherwise."""

    texts: int = 0
    judged: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # texts by rule
    grounded: Counter[str] = field(default_factory=Counter)
    listed: list[dict[str, Any]] = field(default_factory=list)

    def fail(self, failure: dict[str, Any]) -> None:
        """Counts a text whose verdict changed by a rule without a ground."""
        self.failed[failure["rule"]] += 1
        if len(self.listed) < LISTED:
            self.listed.append(failure)


Named = tuple[Subject, str, str]  # what speaks against a text, a kind of groups, a group


@dataclass
class Swaps:
    """Texts in which a group was swapped for each other group of its kind, and how verdicts changed."""

    texts: Counter[str] = field(default_factory=Counter)  # by kind
    judged: int = 0
    found: Counter[tuple[Subject, str]] = field(default_factory=Counter)  # texts found with at least one group
    uneven: Counter[tuple[Subject, str]] = field(default_factory=Counter)  # of those, not with all
    tried: Counter[Named] = field(default_factory=Counter)
    missed: Counter[Named] = field(default_factory=Counter)
    singled: Counter[Named] = field(default_factory=Counter)
    pairs: Counter[tuple[Subject, str, str, str]] = field(default_factory=Counter)  # ..., as written, swapped in

    def add(self, kind: str, written: str, against: Mapping[str, Set[Subject]]) -> None:
        """Counts a text: what speaks against it with each group, among them the one that it was written with."""
        self.texts[kind] += 1
        self.judged += len(against) - 1
        for subject in frozenset().union(*against.values()):
            found = {group for group, each in against.items() if subject in each}
            self.found[subject, kind] += 1
            for group in against:
                self.tried[subject, kind, group] += 1
            if len(found) == len(against):
                continue
            self.uneven[subject, kind] += 1
            most = 2 * len(found) > len(against)
            odd = against.keys() - found if most else found
            (self.missed if most else self.singled).update((subject, kind, group) for group in odd)
            changed = found if written not in found else against.keys() - found
            self.pairs.update((subject, kind, written, group) for group in changed)
