"""`evenhand gate`: who may write, and what is public."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import click

from ..errors import InputError
from ..policy import Policy
from ..report import to_json, to_jsonl
from ..rows import read_instant
from .shared import FAILED, FOUND, emit, load_policy, opened, options


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="FILE...")
@click.option("--now", help="The instant to rule for (default: the line's `now`).")
@options("policy", "format", "output")
def gate(inputs: tuple[str, ...], now: str | None, policy: str | None, form: str, output: str | None) -> None:
    """Rule on who may write: JSON lines with `contract`, `author`, `now`, `given` and `permissions`."""
    loaded = load_policy(policy)
    rulings: list[dict[str, Any]] = []
    bad = 0
    for name in inputs:
        with nullcontext(sys.stdin.buffer) if name == "-" else opened(name) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    rulings.append({"place": f"{name}:{number}", **_ruling(loaded, json.loads(line), now)})
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    bad += 1
                    click.echo(f"{name}:{number}:1: {error}", err=True)
    emit(_gate_report(rulings, form), output)
    sys.exit(FAILED if bad else FOUND if any(not ruling["allowed"] for ruling in rulings) else 0)


def _ruling(policy: Policy, facts: Mapping[str, Any], now: str | None) -> dict[str, Any]:
    from ..model import LatePermission, Submission
    from ..rows import read_contract, required_instant

    instant = read_instant(now or facts.get("now"), "now")
    if instant is None:
        raise InputError("`now` is missing; write it in the line or pass --now")
    given = [
        Submission(each["author"], required_instant(each, "submitted_at"), each.get("contract_id"))
        for each in facts.get("given") or facts.get("feedback") or ()
    ]
    listed = facts.get("permissions") or ([facts["permission"]] if facts.get("permission") else ())
    permissions = [
        LatePermission(e["granted_by"], e["granted_to"], required_instant(e, "granted_at"), e.get("contract_id"))
        for e in listed
    ]
    contract = read_contract(facts["contract"])
    ruling = policy.gate.may_submit(contract, author=facts["author"], now=instant, given=given, permissions=permissions)
    public = policy.gate.visible(contract, given=given, now=instant)
    return {
        "id": facts.get("id"),
        "author": facts["author"],
        "allowed": ruling.allowed,
        "reason": ruling.reason,
        "closes_at": ruling.closes_at and ruling.closes_at.isoformat(),
        "changes_at": ruling.changes_at and ruling.changes_at.isoformat(),
        "message": ruling.message,
        "visible": [each.author for each in public],
    }


def _gate_report(rulings: Sequence[Mapping[str, Any]], form: str) -> str:
    if form == "json":
        return to_json("gate", rulings)
    if form != "text":
        return to_jsonl(rulings)
    lines = []
    for ruling in rulings:
        answer = click.style("yes", fg="green") if ruling["allowed"] else click.style("no ", fg="red")
        lines.append(f"{answer} {ruling['place']} {ruling['author']}: {ruling['reason']}. {ruling['message']}")
        if ruling["visible"]:
            lines.append(f"    public now: {', '.join(ruling['visible'])}")
    return "\n".join(lines)
