"""The workshop: a policy against labelled cases; recall, precision, and what each rule alone contributes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt

from .errors import InputError
from .model import CATEGORIES, Finding, Outcome
from .policy import Policy
from .rows import Row

CLEAN = "clean"
# A finding of the second category is no mistake where the first is the label, and the other way round for the last pair.
TOLERATED = {
    ("discrimination", "abuse"),
    ("explicit_content", "abuse"),
    ("explicit_link", "explicit_content"),
    ("explicit_link", "contact"),
    ("explicit_link", "off_topic"),
    ("contact", "off_topic"),
    ("confidential", "contact"),
    ("reciprocity", "incentive"),
    ("incentive", "reciprocity"),
}
# These two shade into each other: either one finds the other's cases.
_ALIKE = {"reciprocity": "incentive", "incentive": "reciprocity"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled case, what was found, and what of it is wrong or missing."""

    row: Row
    labels: frozenset[str]
    difficulty: str
    gray: bool
    findings: tuple[Finding, ...]
    outcome: Outcome

    @property
    def found(self) -> frozenset[str]:
        """The categories of the findings."""
        return frozenset(finding.category for finding in self.findings)

    @property
    def missed(self) -> frozenset[str]:
        """Labels that no finding answers."""
        return frozenset(
            label for label in self.labels if label not in self.found and _ALIKE.get(label) not in self.found
        )

    @property
    def false(self) -> tuple[Finding, ...]:
        """Findings that neither a label nor a tolerated pair calls for."""
        fine = self.labels | {second for first, second in TOLERATED if first in self.labels}
        return tuple(finding for finding in self.findings if finding.category not in fine)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """How one rule did: cases it hit rightly, wrongly, and cases that no other rule finds."""

    rule: str
    hits: int
    false_hits: int
    only: tuple[str, ...]

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the rule's precision."""
        return wilson(self.hits, self.hits + self.false_hits)


@dataclass
class Figures:
    """All figures of one run; gray cases are counted apart and enter nothing else."""

    cases: list[Judged] = field(default_factory=list)
    gray: list[Judged] = field(default_factory=list)

    def recall(self, label: str, difficulty: str | None = None) -> tuple[int, int]:
        """(found, labelled) for a label, or for all with `label="all"`."""
        found = wanted = 0
        for case in self.cases:
            if difficulty is not None and case.difficulty != difficulty:
                continue
            for each in case.labels if label == "all" else case.labels & {label}:
                wanted += 1
                found += each not in case.missed
        return found, wanted

    @property
    def difficulties(self) -> list[str]:
        """The difficulties of labelled cases, plain first."""
        order = {"plain": 0, "evasive": 1, "indirect": 2}
        return sorted({case.difficulty for case in self.cases if case.labels}, key=lambda d: (order.get(d, 9), d))

    @property
    def precision(self) -> tuple[int, int]:
        """(right, all) of the categories found, a case counting each once."""
        right = wrong = 0
        for case in self.cases:
            bad = {finding.category for finding in case.false}
            wrong += len(bad)
            right += len(case.found - bad)
        return right, right + wrong

    def clean(self) -> tuple[int, int, int]:
        """(flagged, rejected, all) of the cases without a label."""
        clean = [case for case in self.cases if not case.labels]
        return (
            sum(bool(case.findings) for case in clean),
            sum(case.outcome is Outcome.reject for case in clean),
            len(clean),
        )

    def rules(self) -> list[RuleFigures]:
        """Every rule that hit anything, the one with the most false hits first."""
        hits: Counter[str] = Counter()
        false: Counter[str] = Counter()
        only: defaultdict[str, list[str]] = defaultdict(list)
        for case in self.cases:
            wrong = {finding.rule for finding in case.false}
            right = {finding.rule for finding in case.findings} - wrong
            hits.update(right)
            false.update(wrong)
            if len(right) == 1:
                only[next(iter(right))].append(case.row.id)
        rows = [RuleFigures(rule, hits[rule], false[rule], tuple(only[rule])) for rule in hits | false]
        return sorted(rows, key=lambda row: (-row.false_hits, -row.hits, row.rule))


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a share (E. B. Wilson, 1927); (0, 1) for no observation."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    centre = share + z * z / (2 * total)
    margin = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return (centre - margin) / scale, (centre + margin) / scale


def judge(policy: Policy, row: Row) -> Judged:
    """Checks one labelled row; `labels` is a list of categories, `difficulty` a word, `gray` true or false."""
    labels = row.facts.get("labels", ())
    if not isinstance(labels, list) or not set(labels) <= {*CATEGORIES, CLEAN}:
        raise InputError(f"{row.place}: `labels` is {labels!r}; write a list of categories, empty for a clean text")
    verdict = policy.check(row.feedback)
    difficulty = str(row.facts.get("difficulty", "plain"))
    gray = bool(row.facts.get("gray", False))
    return Judged(row, frozenset(labels) - {CLEAN}, difficulty, gray, verdict.findings, verdict.outcome)


def measure(policy: Policy, rows: Iterable[Row]) -> Figures:
    """Figures of a policy over labelled rows; raises `InputError` for labels that are no categories."""
    figures = Figures()
    for row in rows:
        judged = judge(policy, row)
        (figures.gray if judged.gray else figures.cases).append(judged)
    return figures


def differences(before: Figures, after: Figures) -> Iterator[tuple[str, Judged, Judged]]:
    """Cases on which two policies differ: ("better" | "worse" | "other", before, after)."""
    for old, new in zip(before.cases, after.cases, strict=True):
        if old.found == new.found:
            continue
        change = len(new.missed) + len(new.false) - len(old.missed) - len(old.false)
        yield "better" if change < 0 else "worse" if change > 0 else "other", old, new


def labels_of(figures: Figures) -> Sequence[str]:
    """The labels that occur, in the order of the categories."""
    seen = {label for case in figures.cases for label in case.labels}
    return [category for category in CATEGORIES if category in seen]
