"""`evenhand test` and `evenhand lint`: whether a policy does what it says."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any, TextIO

import click

from .. import __version__
from ..policy import load
from ..report import Remark, to_github, to_json, to_jsonl, to_junit, to_sarif
from .shared import FOUND, emit, one_line, options, policy_path, wanted


@click.command()
@options("policy", "format", "output", "select", "ignore", "exit-zero")
@click.option("--coverage", is_flag=True, help="Fail rules without a hit or without a miss.")
def test(
    policy: str | None, form: str, output: str | None, select: tuple[str, ...], ignore: tuple[str, ...],
    exit_zero: bool, coverage: bool,
) -> None:  # fmt: skip
    """Run the tests that rules carry, those of the exceptions, and the protected texts."""
    from ..lint import untested
    from ..loader import parse
    from ..testing import Case, run

    path = policy_path(policy)
    parsed, loaded = parse(path), load(path)
    cases = [case for case in run(parsed, loaded) if wanted(case.name, select, ignore)]
    if coverage:
        cases += [Case(a.message.split("`")[1], "coverage", a.place, "", a.message) for a in untested(parsed, loaded)]
    failed = [case for case in cases if case.failure]
    remarks = [Remark(c.place, c.name, "error", f"{c.kind} {one_line(c.text)!r}: {c.failure}") for c in failed]
    match form:
        case "junit":
            text = to_junit(
                "evenhand test", [(c.name, f"{c.kind} {c.place}: {one_line(c.text)}", c.failure) for c in cases]
            )
        case "text":
            text = "\n".join([*(f"{r.place}: {r.code}: {r.message}" for r in remarks), _tally(cases, len(failed))])
        case _:
            text = _remarks(remarks, form, "test")
    emit(text, output)
    sys.exit(FOUND if failed and not exit_zero else 0)


def _tally(cases: Sequence[Any], failed: int) -> str:
    kinds = Counter(case.kind for case in cases)
    says = ", ".join(
        f"{count} {kind if count == 1 else _SEVERAL.get(kind, kind + 's')}" for kind, count in kinds.items()
    )
    return f"{len(cases)} tests ({says or 'none'}): {len(cases) - failed} passed, {failed} failed"


_SEVERAL = {"miss": "misses", "protected": "protected"}


@click.command()
@options("policy", "format", "output", "select", "ignore", "exit-zero")
@click.option(
    "--benign",
    multiple=True,
    type=click.File(encoding="utf-8"),
    help="Ordinary words or names, one a line, that no term should be mistaken for.",
)
def lint(
    policy: str | None,
    form: str,
    output: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    exit_zero: bool,
    benign: tuple[TextIO, ...],
) -> None:
    """Look for rules that are untested, shadowed or slow, for terms that find ordinary words, and for unused parts."""
    from ..lint import lint as lint_policy
    from ..loader import parse

    path = policy_path(policy)
    try:
        words = [line for file in benign for line in file]
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"a file is not UTF-8: {error}", param_hint="--benign") from None
    advice = [each for each in lint_policy(parse(path), load(path), words) if wanted(each.check, select, ignore)]
    remarks = [Remark(a.place, a.check, "warning", a.message + (f" ({a.hint})" if a.hint else "")) for a in advice]
    match form:
        case "text":
            text = "\n".join([*map(str, advice), f"{len(advice)} remarks"])
        case "junit":
            text = to_junit("evenhand lint", [(r.code, str(r.place), r.message) for r in remarks])
        case _:
            text = _remarks(remarks, form, "lint")
    emit(text, output)
    sys.exit(FOUND if advice and not exit_zero else 0)


def _remarks(remarks: Sequence[Remark], form: str, kind: str) -> str:
    entries = [{"place": str(r.place), "code": r.code, "level": r.level, "message": r.message} for r in remarks]
    match form:
        case "json":
            return to_json(kind, entries)
        case "jsonl":
            return to_jsonl(entries)
        case "sarif":
            return to_sarif(remarks, __version__)
    return to_github(remarks)
