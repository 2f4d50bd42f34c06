"""Exceptions on past feedback: which have expired, which never mattered, and which excuse too much."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from .audit.inputs import ROWS, Asked, sources
from .audit.workers import judged
from .columns import Judge, checked_columns
from .errors import Place
from .model import Verdict
from .parsed import ParsedException, ParsedPolicy
from .policy import Policy

WIDE = 0.5  # an exception that excuses more than this share of what its rules find is too wide
_ENOUGH = 20  # findings, before a share says anything


@dataclass(frozen=True)
class Use:
    """What an exception did on past feedback: findings it excused, verdicts it changed, what its rules found in all."""

    written: ParsedException
    on: date
    rows: int = 0  # feedback looked at; 0 when none was
    excused: int = 0
    changed: int = 0
    found: int = 0

    @property
    def share(self) -> float:
        """The share of what its rules would find that it excuses."""
        return self.excused / (self.excused + self.found) if self.excused else 0.0

    def remarks(self) -> list[tuple[str, str]]:
        """What is to be done about it, each with a code: expired, expiring, dead, too-wide."""
        left = self.written.days_left(self.on)
        if left < 0:
            return [("expired", f"it expired on {self.written.expires}; delete it, or {self.written.owner} renews it")]
        found = []
        if self.written.ends_soon(self.on):
            found.append(
                ("expiring", f"it expires in {left} days, on {self.written.expires}; ask {self.written.owner}")
            )
        if self.rows and not self.changed:
            found.append(("dead", f"it changed no verdict on {self.rows:,} past feedback; delete it"))
        if self.share > WIDE and self.excused + self.found >= _ENOUGH:
            found.append(
                ("too-wide", f"it excuses {self.share:.0%} of what its rules find; say more closely what it is for")
            )
        return found

    @property
    def place(self) -> Place:
        """Where it is written."""
        return self.written.place


@dataclass(frozen=True)
class _Counting:
    """What workers count: for each exception, findings excused and verdicts changed; for each rule, findings."""

    policy: Policy
    columns: Mapping[str, str] = field(default_factory=dict)

    def worker(self) -> Callable[[int, pa.RecordBatch], tuple[int, Counter[tuple[str, str]]]]:
        """What counts chunks."""
        judge = Judge(self.policy, self.columns)

        def count(first: int, batch: pa.RecordBatch) -> tuple[int, Counter[tuple[str, str]]]:
            counted: Counter[tuple[str, str]] = Counter()
            judged_rows = judge.judge(batch)
            for verdict in judged_rows.verdicts.values():
                counted.update(_counts(verdict))
            return batch.num_rows - len(judged_rows.problems), counted

        return count


def _counts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    for finding in verdict.findings:
        yield "found", finding.rule
    for each in verdict.excused:
        yield "excused", each.exception
    for name in {each.exception for each in verdict.excused if each.finding.outcome > verdict.outcome}:
        yield "changed", name


def uses(
    parsed: ParsedPolicy,
    policy: Policy,
    on: date,
    history: Sequence[str | Path] = (),
    columns: Mapping[str, str] | None = None,
    workers: int = 0,
) -> list[Use]:
    """Each exception of a policy with what it did on past feedback (what an audit reads), in the order of the file."""
    rows, counted = 0, Counter[tuple[str, str]]()
    if history:
        found = sources([str(each) for each in history], Asked(checked_columns(columns), rows=ROWS))
        chunks = ((0, chunk.batch) for source in found for chunk in source.chunks(None) if chunk.batch.num_rows)
        with closing(judged(_Counting(policy, columns or {}), chunks, workers or os.cpu_count() or 1)) as all_counted:
            for some, counts in all_counted:
                rows += some
                counted += counts
    return [_use(each, on, rows, counted) for each in parsed.exceptions]


def _use(written: ParsedException, on: date, rows: int, counted: Mapping[tuple[str, str], int]) -> Use:
    found = sum(counted.get(("found", rule), 0) for rule in written.rules)
    return Use(
        written, on, rows, counted.get(("excused", written.id), 0), counted.get(("changed", written.id), 0), found
    )


def plain(use: Use) -> dict[str, Any]:
    """The use as plain values."""
    return {
        "id": use.written.id,
        "place": str(use.place),
        "owner": use.written.owner,
        "reason": use.written.reason,
        "expires": use.written.expires.isoformat(),
        "rules": list(use.written.rules),
        "rows": use.rows,
        "excused": use.excused,
        "changed": use.changed,
        "found": use.found,
        "remarks": [{"code": code, "message": message} for code, message in use.remarks()],
    }
