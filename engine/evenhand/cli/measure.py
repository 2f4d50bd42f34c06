"""`evenhand measure`: a policy on labelled cases."""

from __future__ import annotations

import json
import sys

import click

from ..errors import Problem
from ..policy import load
from ..rows import Row
from .shared import FAILED, emit, load_policy, one_line, options, rows_of


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="FILE...")
@click.option("--against", type=click.Path(), help="Another policy to compare with, on the same cases.")
@click.option("--show", type=click.Choice(["misses", "false", "rules", "all"]), multiple=True, help="List these too.")
@options("policy", "format", "output")
def measure(
    inputs: tuple[str, ...],
    against: str | None,
    show: tuple[str, ...],
    policy: str | None,
    form: str,
    output: str | None,
) -> None:
    """Measure the policy on labelled JSON lines (`text`, `labels`, `difficulty`, `gray`)."""
    from .. import measure as workshop
    from ..measure_report import comparison_lines, figures_json, figures_lines

    rows: list[Row] = []
    bad = 0
    for row in rows_of(inputs):
        if isinstance(row, Problem):
            bad += 1
            click.echo(str(row), err=True)
        else:
            rows.append(row)
    figures = workshop.measure(load_policy(policy), rows)
    if form == "text":
        lines = figures_lines(figures, set(show))
        if against is not None:
            lines += comparison_lines(workshop.measure(load(against), rows), figures)
        text = "\n".join(one_line(line, 600) for line in lines)
    else:
        text = json.dumps(figures_json(figures), ensure_ascii=False, indent=2 if form == "json" else None)
    emit(text, output)
    sys.exit(FAILED if bad else 0)
