"""What an edit changes, counted: by direction, category, rule, rating, role, locale and by the edited line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..model import CATEGORIES, Verdict
from .budgets import Budget, Spent
from .causes import Causes
from .compare import Compared, Flip
from .edits import Edit

SAMPLES = 5  # of rows, for each edit
SLICES = ("rating", "role", "locale")


@dataclass
class Effect:
    """What one edit did: how many verdicts got another outcome, how many others only other findings, and samples."""

    edit: Edit
    outcomes: Counter[str] = field(default_factory=Counter)  # "allow to reject"
    rules: Counter[str] = field(default_factory=Counter)
    samples: list[Flip] = field(default_factory=list)

    def add(self, flip: Flip, rule: str) -> None:
        self.outcomes[direction(flip)] += 1
        self.rules[rule] += 1
        if len(self.samples) < SAMPLES and all(flip.feedback.text != each.feedback.text for each in self.samples):
            self.samples.append(flip)

    @property
    def rows(self) -> int:
        """Feedback that it has a share in changing."""
        return self.outcomes.total()


def direction(flip: Flip) -> str:
    """How the outcome went: `allow to reject`, or `reject, other findings`."""
    before, after = flip.old.outcome, flip.new.outcome
    return f"{before} to {after}" if before != after else f"{before}, other findings"


@dataclass
class Tally:
    """All counts of a comparison; grows chunk by chunk."""

    rows: int = 0
    unread: int = 0
    changed: int = 0  # verdicts of another outcome
    other: int = 0  # verdicts of the same outcome with other findings
    directions: Counter[str] = field(default_factory=Counter)
    categories: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in CATEGORIES})
    rules: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    slices: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: {name: defaultdict(Counter) for name in SLICES}
    )
    effects: dict[Edit, Effect] = field(default_factory=dict)
    used: Counter[Budget] = field(default_factory=Counter)

    def add(self, compared: Compared, causes: Causes, budgets: Sequence[Budget]) -> list[tuple[Flip, list[Edit]]]:
        """Counts a chunk; gives its flips with the edits behind each."""
        self.rows += compared.rows
        self.unread += compared.unread
        return [(flip, self._add(flip, causes, budgets)) for flip in compared.flips]

    def _add(self, flip: Flip, causes: Causes, budgets: Sequence[Budget]) -> list[Edit]:
        way = direction(flip)
        self.directions[way] += 1
        if flip.old.outcome != flip.new.outcome:
            self.changed += 1
        else:
            self.other += 1
        self._add_findings(flip)
        facts = flip.feedback
        for name, value in zip(SLICES, (facts.rating, facts.author, facts.locale), strict=True):
            self.slices[name]["unknown" if value is None else str(value)][way] += 1
        self.used.update(budget for budget in budgets if budget.counts(flip))
        return self._add_causes(flip, causes)

    def _add_findings(self, flip: Flip) -> None:
        old, new = _by_rule(flip.old), _by_rule(flip.new)
        categories: dict[str, set[str]] = defaultdict(set)
        for rule in flip.rules:
            found = {name for name, there in (("added", rule not in old), ("removed", rule not in new)) if there}
            for name in found or {"moved"}:
                self.rules[rule][name] += 1
                categories[(new.get(rule) or old[rule])].add(name)
        for category, names in categories.items():
            self.categories[category].update(names)

    def _add_causes(self, flip: Flip, causes: Causes) -> list[Edit]:
        edits: dict[Edit, None] = {}
        for rule in flip.rules:
            for edit in causes.of(rule, flip.feedback, _reason(flip, rule)):
                if edit not in edits:
                    self.effects.setdefault(edit, Effect(edit)).add(flip, rule)
                edits[edit] = None
        return list(edits)

    def spent(self, budgets: Iterable[Budget]) -> list[Spent]:
        """What has become of each budget."""
        return [Spent(budget, self.used[budget], budget.allowed(self.rows)) for budget in budgets]

    def plain(self) -> dict[str, Any]:
        """The counts as plain values."""
        return {
            "rows": self.rows,
            "unread": self.unread,
            "changed": self.changed,
            "other_findings": self.other,
            "directions": dict(self.directions.most_common()),
            "categories": {name: dict(counts) for name, counts in self.categories.items() if counts},
            "rules": {name: dict(counts) for name, counts in sorted(self.rules.items())},
            **{name: {value: dict(c) for value, c in sorted(counts.items())} for name, counts in self.slices.items()},
        }


def _by_rule(verdict: Verdict) -> dict[str, str]:
    return {finding.rule: finding.category for finding in (*verdict.findings, *verdict.shadow)}


def _reason(flip: Flip, rule: str) -> object:
    """Why a rule found what it did in both verdicts: where that is the same, the cause is."""
    both = ((*flip.old.findings, *flip.old.shadow), (*flip.new.findings, *flip.new.shadow))
    return tuple(tuple(sorted(f"{each.outcome} {each.why}" for each in some if each.rule == rule)) for some in both)
