"""`evenhand records`: whether records of decisions are whole, and whether the decisions still come out so."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from ..errors import InputError, Problem
from ..policy import Policy, load
from ..report import Remark, to_github, to_json, to_jsonl, to_junit, to_sarif
from .shared import FAILED, FOUND, emit, opened, options, policy_path, rows_of

if TYPE_CHECKING:
    from ..records import Replay, Verification

_FILE = click.Path(dir_okay=False)
_key_file = click.option("--key-file", type=_FILE, help="The key the records were sealed with.")
_after = click.option(
    "--after", metavar="HASH", help="That of the last record removed on purpose, with the oldest segments."
)


@click.group()
def records() -> None:
    """Look after records of decisions: `verify` that they are whole, `replay` the decisions."""


@records.command()
@click.argument("folder")
@_key_file
@click.option("--head", help="The hash of a record that must be there: the last one, as it was noted elsewhere.")
@click.option("--head-file", type=_FILE, help="The file in which a sink keeps the head.")
@click.option("--count", type=click.IntRange(0), help="How many records there must be at least.")
@_after
@options("format", "output")
def verify(
    folder: str, key_file: str | None, head: str | None, head_file: str | None, count: int | None, after: str | None, form: str,
    output: str | None,
) -> None:  # fmt: skip
    """Find every change, gap, double and forgery in the records of FOLDER."""
    from ..records import verify as verify_records

    if head is not None and head_file is not None:
        raise click.UsageError("both --head and --head-file are given; give one of them")
    anchor = head if head_file is None else _head(head_file)
    verified = verify_records(folder, key=_secret(key_file), head=anchor, count=count, after=after)
    emit(_verify_report(verified, form), output)
    sys.exit(FOUND if verified.problems else 0)


@records.command()
@click.argument("folder")
@click.option(
    "--texts",
    required=True,
    multiple=True,
    metavar="FILE",
    help="JSON lines with `id`, `text` and facts; may be repeated.",
)
@click.option(
    "--salt-file", type=_FILE, help="The salt of the records: tells whether a text is the one that was judged."
)
@_key_file
@_after
@options("policy", "format", "output")
def replay(
    folder: str, texts: tuple[str, ...], salt_file: str | None, key_file: str | None, after: str | None, policy: str | None, form: str,
    output: str | None,
) -> None:  # fmt: skip
    """Judge the texts again, and name what has drifted where a decision of FOLDER comes out otherwise."""
    from ..records import replay as replay_records

    @lru_cache(2)  # records are in the order of time
    def policy_of(day: date) -> Policy:
        return load(policy_path(policy), on=day)

    rows, bad = [], []
    for each in rows_of(texts):
        if isinstance(each, Problem):
            bad.append(each)
        else:
            rows.append(each)
    found = replay_records(folder, rows, policy_of, salt=_secret(salt_file), key=_secret(key_file), after=after)
    emit(_replay_report(found, form, salted=salt_file is not None), output)
    for problem in bad:
        click.echo(f"{problem}", err=True)
    if bad:
        click.echo(f"{len(bad)} lines could not be read", err=True)
    sys.exit(FAILED if bad else FOUND if found.differences else 0)


def _secret(name: str | None) -> bytes | None:
    if name is None:
        return None
    with opened(name) as file:
        return file.read().rstrip(b"\r\n")


def _head(name: str) -> str:
    with opened(name) as file:
        try:
            return str(json.loads(file.read())["hash"])
        except (ValueError, KeyError, TypeError):
            raise InputError(f'`{name}` holds no head; it should be {{"hash": "...", "seq": ...}}') from None


# --- reports --------------------------------------------------------------------------------------------------------


def _verify_report(verified: Verification, form: str) -> str:
    facts = {"records": verified.records, "seq": verified.seq, "head": verified.head}
    if form == "text":
        faults = [f"{click.style('fault', fg='red', bold=True)}  {each}" for each in verified.problems]
        notes = [f"{click.style('remark', fg='yellow')} {each}" for each in verified.remarks]
        says = f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}" if faults else "all as they were written"
        return "\n".join([*faults, *notes, f"{verified.records:,} records: {says}   head: {verified.head}"])
    remarks = [_remark(each, "records.fault", "error") for each in verified.problems]
    remarks += [_remark(each, "records.remark", "note") for each in verified.remarks]
    return _in_form(remarks, form, "records verify", facts)


def _replay_report(found: Replay, form: str, *, salted: bool) -> str:
    facts: dict[str, Any] = {"judged": found.judged, "without_text": found.without_text, "drifted": dict(found.drifted)}
    if form == "text":
        lines = [line for each in found.differences for line in (str(each), *(f"    {cause}" for cause in each.causes))]
        lines += [f"drifted: {name} (in {count:,} records)" for name, count in sorted(found.drifted.items())]
        if found.without_text:
            lines.append(f"{found.without_text:,} records have no text in the files and were not judged")
        if not salted:
            lines.append("without --salt-file nobody can tell whether the texts are those that were judged")
        return "\n".join([*lines, f"{found.judged:,} judged again: {len(found.differences):,} differences"])
    remarks = [
        Remark(
            each.place, "records.difference", "error", f"{each.id}: {each.was} -> {each.now}; {'; '.join(each.causes)}"
        )
        for each in found.differences
    ]
    return _in_form(remarks, form, "records replay", facts)


def _remark(problem: Problem, code: str, level: str) -> Remark:
    return Remark(problem.place, code, level, problem.message + (f" ({problem.hint})" if problem.hint else ""))


def _in_form(remarks: Sequence[Remark], form: str, kind: str, facts: dict[str, Any]) -> str:
    entries = [{"place": str(r.place), "code": r.code, "level": r.level, "message": r.message} for r in remarks]
    match form:
        case "json":
            return to_json(kind, entries, **facts)
        case "jsonl":
            return to_jsonl(entries)
        case "sarif":
            return to_sarif(remarks, __version__)
        case "junit":
            faults = [each for each in remarks if each.level == "error"]
            cases = [(kind, str(each.place), each.message) for each in faults] or [(kind, "all records", "")]
            return to_junit(f"evenhand {kind}", cases)
    return to_github(remarks)
