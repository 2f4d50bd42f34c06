"""What an audit found, counted: outcomes by everything that is known of the rows, rules with samples, and what they cost."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model import CATEGORIES, Outcome
from .outputs import Row

OUTCOMES = tuple(str(outcome) for outcome in Outcome)
SAMPLES = 3  # a rule
_MONTH = re.compile(r"(\d{4}-\d{2})-\d{2}")
UNKNOWN = "unknown"

# The facts by which outcomes are counted, and how a verdict row says them.
SLICES = ("rating", "role", "locale", "month")


@dataclass
class RuleTally:
    """What one rule found: findings, rows, rows on trial, and some of the rows."""

    category: str
    clause: str
    findings: int = 0
    rows: int = 0
    shadow: int = 0
    samples: list[Row] = field(default_factory=list)


@dataclass
class Tally:
    """All counts of an audit; grows part by part."""

    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    categories: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in CATEGORIES})
    slices: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: {name: defaultdict(Counter) for name in SLICES}
    )
    rules: dict[str, RuleTally] = field(default_factory=dict)
    unread: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    unread_samples: list[Row] = field(default_factory=list)

    @staticmethod
    def of_plain(counts: Mapping[str, Any]) -> Tally:
        """The counts that `plain` gave, without slices, rules and samples."""
        return Tally(
            rows=counts["rows"],
            outcomes=Counter(counts["outcomes"]),
            unread=counts["unread"],
            problems=Counter(counts["problems"]),
        )

    def add_verdicts(self, rows: Iterable[Row]) -> None:
        """Counts rows of verdicts."""
        for row in rows:
            outcome = row["outcome"]
            self.rows += 1
            self.outcomes[outcome] += 1
            month = _MONTH.match(row["created_at"] or "")
            rating = row["rating"]
            self.slices["rating"][UNKNOWN if rating is None else str(rating)][outcome] += 1
            self.slices["role"][row["author"] or UNKNOWN][outcome] += 1
            self.slices["locale"][row["locale"] or UNKNOWN][outcome] += 1
            self.slices["month"][month[1] if month else UNKNOWN][outcome] += 1

    def add_flagged(self, row: Row) -> None:
        """Counts a row with findings."""
        hardest: dict[str, Outcome] = {}
        for finding in row["findings"]:
            outcome = Outcome(finding["outcome"])
            rule = self.rules.setdefault(finding["rule"], RuleTally(finding["category"], finding["clause"]))
            if finding["shadow"]:
                rule.shadow += 1
                continue
            rule.findings += 1
            hardest[finding["category"]] = max(outcome, hardest.get(finding["category"], Outcome.allow))
        for category, outcome in hardest.items():
            self.categories[category][str(outcome)] += 1
        for name in dict.fromkeys(finding["rule"] for finding in row["findings"] if not finding["shadow"]):
            rule = self.rules[name]
            rule.rows += 1
            if len(rule.samples) < SAMPLES:
                rule.samples.append(row)

    def add_unread(self, rows: Iterable[Row]) -> None:
        """Counts rows that could not be judged."""
        for row in rows:
            self.unread += 1
            self.problems[row["problem"].partition(";")[0].partition(":")[0]] += 1
            if len(self.unread_samples) < 20:
                self.unread_samples.append(row)

    @property
    def worst(self) -> Outcome:
        """The hardest outcome of all rows."""
        return max((Outcome(name) for name, count in self.outcomes.items() if count), default=Outcome.allow)

    def plain(self) -> dict[str, Any]:
        """The counts as plain values, each table in its own order."""
        return {
            "rows": self.rows,
            "unread": self.unread,
            "outcomes": _ordered(self.outcomes),
            "categories": {name: _ordered(counts) for name, counts in self.categories.items()},
            **{name: {key: _ordered(table[key]) for key in sorted(table)} for name, table in self.slices.items()},
            "rules": {
                name: {
                    "category": rule.category,
                    "clause": rule.clause,
                    "findings": rule.findings,
                    "rows": rule.rows,
                    "shadow": rule.shadow,
                }
                for name, rule in sorted(self.rules.items())
            },
            "problems": dict(sorted(self.problems.items())),
        }


def _ordered(counts: Mapping[str, int]) -> dict[str, int]:
    return {outcome: counts.get(outcome, 0) for outcome in OUTCOMES}
