"""`evenhand promote` and `rollback`: a rule from stage to stage, with its evidence in the ledger."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from ..errors import InputError
from ..loader import policy_texts
from ..parsed import ParsedRule
from ..policy import load_with_files
from ..stages import (
    STAGES,
    Asked,
    Ledger,
    Move,
    add_move,
    adopted,
    forms,
    ledger_file,
    previous_stage,
    read_ledger,
    rule_named,
    with_status,
)
from ..testing import rule_cases
from .shared import FOUND, options, policy_path

_BY = click.option("--by", multiple=True, required=True, metavar="NAME", help="Who stands behind it; several times.")
_DAY = click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the move (default: today in UTC).")


class _Here:
    """The policy that is worked on: its files, its ledger, and the day."""

    def __init__(self, policy: str | None, day: datetime | None) -> None:
        path = policy_path(policy)
        if path is None:
            raise InputError("there is no policies.yaml here; pass --policy, or begin with `evenhand init`")
        self.file = Path(path) / "policies.yaml" if Path(path).is_dir() else Path(path)
        self.on: date = day.date() if day else datetime.now(UTC).date()
        self.parsed, self.policy = load_with_files(self.file, on=self.on)
        file = ledger_file(self.parsed)
        if file is None:
            raise InputError(f"`{self.file}` names no ledger; add `ledger: rules/ledger.jsonl`")
        self.ledger_file = file
        self.ledger: Ledger = read_ledger(self.ledger_file, str(self.ledger_file))

    def _begin_ledger(self, by: Sequence[str]) -> None:
        """A ledger that begins with a policy in force takes its rules as they are."""
        if not self.ledger_file.exists():
            moves = adopted(self.parsed, forms(self.parsed), self.on, by)
            for move in moves:
                add_move(self.ledger_file, move)
            click.echo(f"began {self.ledger_file} with {len(moves)} rules as they are")

    def move(self, rule: ParsedRule, to: str, by: Sequence[str], evidence: Mapping[str, Any]) -> None:
        """Writes the rule's new status and the line of the ledger."""
        self._begin_ledger(by)
        name, text = with_status(self.parsed, rule, to)
        Path(name).write_text(text, encoding="utf-8")
        form = forms(self.parsed)[rule.id]
        add_move(self.ledger_file, Move(rule.id, rule.status, to, self.on.isoformat(), tuple(by), form, evidence))
        click.echo(f"{rule.id}: {rule.status} to {to}, written to {name} and {self.ledger_file}")


@click.command()
@click.argument("rule")
@click.argument("stage", type=click.Choice(STAGES))
@_BY
@click.option("--on", "history", multiple=True, metavar="HISTORY", help="Past feedback to show its impact on.")
@click.option("--budget", "budgets", multiple=True, metavar="WHAT=MOST", help="How much may change, as for `impact`.")
@_DAY
@options("policy")
def promote(
    rule: str, stage: str, by: tuple[str, ...], history: tuple[str, ...], budgets: tuple[str, ...],
    day: datetime | None, policy: str | None,
) -> None:  # fmt: skip
    """Move RULE to STAGE: draft, shadow, nudge, hold or enforce.

    Upwards it needs evidence: its tests pass, days on trial, an impact within budget, two names. What is missing is
    said, and nothing is written.
    """
    here = _Here(policy, day)
    found = rule_named(here.parsed, rule)
    if found.status == stage:
        raise InputError(f"`{rule}` is at `{stage}` already")
    cases = list(rule_cases(here.parsed, here.policy, found))
    failed = [case for case in cases if case.failure]
    impact = _impact(here, found, stage, history, budgets) if history else None
    asked = Asked(found, stage, by, here.on, len(failed), len(cases), impact)
    if missing := asked.missing(here.ledger, here.parsed.promotion):
        click.echo(f"{rule} cannot go to {stage}:", err=True)
        for each in missing:
            click.echo(f"  {each}", err=True)
        sys.exit(FOUND)
    since = here.ledger.on_trial_since(rule)
    evidence = {"tests": len(cases), "on_trial_since": since and since.isoformat(), "impact": impact}
    here.move(found, stage, by, {key: value for key, value in evidence.items() if value is not None})


@click.command()
@click.argument("rule")
@_BY
@_DAY
@options("policy")
def rollback(rule: str, by: tuple[str, ...], day: datetime | None, policy: str | None) -> None:
    """Take back the last move of RULE; needs no evidence."""
    here = _Here(policy, day)
    found = rule_named(here.parsed, rule)
    here.move(found, previous_stage(here.ledger, found), by, {"rollback": True})


def _impact(
    here: _Here, rule: ParsedRule, stage: str, history: Sequence[str], budgets: Sequence[str]
) -> dict[str, Any]:
    """What the move changes on past feedback, as plain values."""
    try:
        from ..impact import Options, impact, read_budgets
    except ModuleNotFoundError as error:
        raise InputError(f"`{error.name}` is not installed; pip install 'evenhand[audit]'") from None

    held = read_budgets(budgets)
    if not held:
        raise InputError("an impact is evidence only against a budget; pass --budget, such as new-rejects=0.05%")
    name, text = with_status(here.parsed, rule, stage)
    with TemporaryDirectory(prefix="evenhand-") as folder:
        copy = Path(folder)
        for each, content in policy_texts(here.file)[0]:
            (copy / each).parent.mkdir(parents=True, exist_ok=True)
            (copy / each).write_bytes(content)
        (copy / Path(name).relative_to(here.file.parent)).write_text(text, encoding="utf-8")
        found = impact(here.file, copy, history, Options(budgets=held, on=here.on))
    return {
        "history": list(history),
        "rows": found.tally.rows,
        "changed": found.tally.changed,
        "budgets": [str(each) for each in found.budgets],
        "exceeded": found.exceeded,
    }
