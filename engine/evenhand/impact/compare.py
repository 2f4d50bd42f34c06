"""Stored feedback judged by two policies: only the rules that differ are asked, and whole verdicts drawn where that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from ..columns import Facts, Reader, Rows
from ..compile import Together
from ..decide import LENGTH_RULE
from ..model import Feedback, Finding, Outcome, Verdict
from ..policy import Policy
from .halves import Apart, Depends, Halves, Key, Settled


@dataclass(frozen=True)
class Flip:
    """Feedback on which the policies differ: the verdicts of both, and the rules whose findings differ."""

    row: int
    id: str | None
    feedback: Feedback
    old: Verdict
    new: Verdict
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """A chunk of feedback under both policies: how many rows could be judged, and those that differ."""

    rows: int
    unread: int
    flips: tuple[Flip, ...]


@dataclass(frozen=True)
class Comparison:
    """What the two policies are. `parts` are the rules that differ, of each; `base` judges by the rules that do not.

    The parts are `Together` where both policies read a text alike.
    """

    base: Policy
    same: frozenset[int]  # the numbers of these rules in `base`
    parts: Together | tuple[Policy, Policy]
    versions: tuple[str, str]
    columns: Mapping[str, str] = field(default_factory=dict)

    def worker(self) -> Callable[[int, pa.RecordBatch], Compared]:
        """What compares chunks."""
        return _Comparing(self)


_Differing = tuple[Verdict | None, Verdict | None, tuple[str, ...]]


class _Comparing:
    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        parts = comparison.parts
        self._halves = Halves(parts) if isinstance(parts, Together) else Apart(parts, comparison.columns)
        compiled = parts.parts if isinstance(parts, Together) else tuple(part.compiled for part in parts)
        # what is asked for must do for whole verdicts too
        self._reader = Reader((*compiled, comparison.base.compiled))
        self._depends = Depends(compiled)
        self._settled = Settled()

    def __call__(self, first: int, batch: pa.RecordBatch) -> Compared:
        rows = Rows(batch, self._comparison.columns)
        reader, depends = self._reader, self._depends
        same: dict[Key, list[int]] = {}
        all_asked: list[Facts] = []
        unread = 0
        for row, (text, facts) in enumerate(zip(rows.texts, rows.facts, strict=True)):
            asked = reader.asked(facts, rows.ids[row])
            all_asked.append(asked)
            if text is None or rows.problems.get(row) or reader.problem(asked):
                unread += 1
            else:
                same.setdefault((text, depends.on(asked)), []).append(row)
        flips = []
        for key, (before, after, rules) in self._differing(same).items():
            alike: dict[Facts, list[int]] = {}
            for row in same[key]:
                alike.setdefault(all_asked[row], []).append(row)
            for asked, several in alike.items():
                feedback = asked.feedback(key[0])
                old, new = self._whole(feedback, before, after)
                flips += [Flip(first + row, rows.ids[row], feedback, old, new, rules) for row in several]
        return Compared(batch.num_rows - unread, unread, tuple(sorted(flips, key=lambda flip: flip.row)))

    def _differing(self, keys: Iterable[Key]) -> dict[Key, _Differing]:
        """The texts on which the rules that differ find something else, with what they find and which rules they are."""
        new = self._settled.new(keys)
        found = {
            key: (before, after, rules)
            for key, (before, after) in self._halves.verdicts(list(new))
            if (rules := _differing_rules(before, after))
        }
        self._settled.add(digest for key, digest in new.items() if key not in found)
        return found

    def _whole(self, feedback: Feedback, before: Verdict | None, after: Verdict | None) -> tuple[Verdict, Verdict]:
        """The verdicts of all rules, from those of the rules that differ."""
        base = self._comparison.base.examine(feedback, only=self._comparison.same)
        old, new = (
            merged(base, part, version)
            for part, version in zip((before, after), self._comparison.versions, strict=True)
        )
        return old, new


def merged(base: Verdict, part: Verdict | None, version: str) -> Verdict:
    """The verdict of all rules, from those of two halves of them."""
    ruled = [finding for finding in base.findings if finding.rule != LENGTH_RULE]  # each half has its own limit
    findings = _together(ruled, part.findings if part else ())
    shadow = _together(base.shadow, part.shadow if part else ())
    outcome = max((finding.outcome for finding in findings), default=Outcome.allow)
    return replace(base, outcome=outcome, findings=findings, shadow=shadow, policy_version=version)


def _together(some: Sequence[Finding], more: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted({*some, *more}, key=lambda finding: (finding.start, finding.end, finding.rule)))


def _differing_rules(before: Verdict | None, after: Verdict | None) -> tuple[str, ...]:
    old, new = (_found(verdict) for verdict in (before, after))
    return tuple(sorted({rule for rule, *_ in old ^ new}))


def _found(verdict: Verdict | None) -> set[tuple[str, int, int, Outcome, bool]]:
    if verdict is None:
        return set()
    both = ((verdict.findings, False), (verdict.shadow, True))
    return {(each.rule, each.start, each.end, each.outcome, trial) for several, trial in both for each in several}
