"""Two policies over past feedback: what differs, judged by the rules that differ, counted and traced to the edits."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from ..audit.inputs import ROWS, Reading, Source, sources
from ..audit.workers import judged
from ..compile import compile_part, compile_together, rules_of, version_of, waivers_of
from ..digests import forms, of_rule
from ..loader import parse
from ..parsed import ParsedPolicy
from ..policy import Policy, load
from .budgets import Budget, Spent
from .causes import Causes
from .compare import Compared, Comparison, Flip
from .edits import Edit
from .revisions import Revision, opened
from .tally import Effect, Tally

Progress = Callable[[int, float], None]  # rows compared so far, share done
OnFlip = Callable[[Flip, Sequence[Edit]], None]


@dataclass(frozen=True)
class Options(Reading):
    """How to read the history and what to hold against it; every field has the default of the command line.

    `policy` is the path of the policy file within git
    revisions. `on` is the day on which exceptions must not have expired (today in UTC).
    """

    workers: int = 0  # 0: as many as there are cores
    budgets: Sequence[Budget] = ()
    policy: str = "policies.yaml"
    on: date | None = None


@dataclass(frozen=True)
class Side:
    """One of the two policies: what it was called, its version, and which rules the other one has not as they are."""

    name: str
    version: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Impact:
    """What the edits change: counts, the effect of each edit (the largest first), edits without one, budgets."""

    old: Side
    new: Side
    tally: Tally
    effects: tuple[Effect, ...]
    idle: tuple[Edit, ...]
    budgets: tuple[Spent, ...]

    @property
    def exceeded(self) -> bool:
        """Whether some budget was exceeded."""
        return any(each.exceeded for each in self.budgets)


def impact(
    old: str | Path,
    new: str | Path,
    history: Sequence[str | Path],
    options: Options | None = None,
    *,
    progress: Progress | None = None,
    on_flip: OnFlip | None = None,
) -> Impact:
    """Judges past feedback by two policies and says what differs, and which edited line is behind each difference.

    `old` and `new` are policy files, folders that hold a `policies.yaml`, or git revisions; `history` is what an audit
    reads. `on_flip` is told every feedback that differs, in the order of the rows, with the edits behind it. Raises
    `PolicyError` for a policy that does not load and `InputError` for names or inputs that cannot be used.
    """
    chosen = options or Options()
    on = chosen.on or datetime.now(UTC).date()
    found = sources([str(each) for each in history], chosen.asked(ROWS))
    with ExitStack() as stack:
        before, after = (stack.enter_context(opened(str(each), chosen.policy)) for each in (old, new))
        base = load(before.path, on=on)
        trusted = forms(base.compiled)
        parsed = tuple(parse(each.path, trusted=trusted) for each in (before, after))
        comparison, sides = _comparison(base, parsed, (before, after), chosen.columns, on)
        causes = Causes(parsed[0], parsed[1], on, before.place, after.place)
        tally = Tally()
        if any(side.rules for side in sides):
            _count(tally, comparison, causes, found, chosen, progress, on_flip)
        effects = sorted(tally.effects.values(), key=lambda each: (-each.rows, each.edit.place))
        idle = [edit for edit in causes.every() if edit not in tally.effects]
        return Impact(*sides, tally, tuple(effects), tuple(idle), tuple(tally.spent(chosen.budgets)))


def _comparison(
    base: Policy,
    parsed: Sequence[ParsedPolicy],
    revisions: Sequence[Revision],
    columns: Mapping[str, str],
    on: date,
) -> tuple[Comparison, tuple[Side, Side]]:
    """What the workers compare: the rules that differ, of each policy, and the others."""
    digests = [_digests(each, on) for each in parsed]
    differ = {name for name in {**digests[0], **digests[1]} if digests[0].get(name) != digests[1].get(name)}
    old, new = (
        Side(revision.name, version_of(each), tuple(sorted(differ & own.keys())))
        for revision, each, own in zip(revisions, parsed, digests, strict=True)
    )
    parts = compile_together(parsed, differ, on) or _apart(parsed, differ, on)
    same = frozenset(number for number, rule in enumerate(base.compiled.rules) if rule.id not in differ)
    return Comparison(base, same, parts, (old.version, new.version), columns), (old, new)


def _apart(parsed: Sequence[ParsedPolicy], rules: Container[str], on: date) -> tuple[Policy, Policy]:
    old, new = (Policy(compile_part(each, rules, on)) for each in parsed)
    return old, new


def _digests(parsed: ParsedPolicy, on: date) -> dict[str, str]:
    waivers = waivers_of(parsed, on)
    return {rule.id: of_rule(rule, waivers, parsed.text_limit) for rule in rules_of(parsed, on)}


def _count(
    tally: Tally,
    comparison: Comparison,
    causes: Causes,
    found: Sequence[Source],
    chosen: Options,
    progress: Progress | None,
    on_flip: OnFlip | None,
) -> None:
    done = [0.0]

    def chunks() -> Iterator[tuple[int, pa.RecordBatch]]:
        row = 0
        for at, source in enumerate(found):
            for chunk in source.chunks(None):
                if chunk.batch.num_rows:
                    yield row, chunk.batch
                    row += chunk.batch.num_rows
                    done[0] = (at + chunk.done) / len(found)

    workers = chosen.workers or os.cpu_count() or 1
    with closing(judged(comparison, chunks(), workers)) as all_compared:
        compared: Compared
        for compared in all_compared:
            for flip, edits in tally.add(compared, causes, chosen.budgets):
                if on_flip is not None:
                    on_flip(flip, edits)
            if progress is not None:
                progress(tally.rows + tally.unread, done[0])
