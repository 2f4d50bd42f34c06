"""`evenhand audit`: feedback that is stored already."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ..errors import EvenhandError, InputError
from ..model import Outcome
from .shared import FOUND, columns_of, load_policy, options, progress_bar


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder to write; made anew.")
@options("column", "input-format", "table", "query", "key")
@click.option("--format", "form", type=click.Choice(["parquet", "jsonl", "csv"]), default="parquet", show_default=True)
@click.option("--workers", type=click.IntRange(1), help="Processes to judge with (default: the cores).")
@click.option(
    "--chunk",
    type=click.IntRange(1),
    default=8_192,
    show_default=True,
    help="Rows judged in one go: what a stop loses at most.",
)
@click.option("--resume", is_flag=True, help="Go on with an audit that was stopped; with a finished one, do nothing.")
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="An audit of the same rows: judge only by rules that changed since.",
)
@click.option("--redact", is_flag=True, help="Keep texts out of the report and the findings.")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True)
@options("policy", "fail-on", "exit-zero")
def audit(
    inputs: tuple[str, ...], output: Path, columns: tuple[str, ...], input_format: str | None, table: str | None,
    query: str | None, key: str | None, form: str, workers: int | None, chunk: int, resume: bool, since: Path | None,
    redact: bool, engine: str, policy: str | None, fail_on: str, exit_zero: bool,
) -> None:  # fmt: skip
    """Judge stored feedback: CSV, JSONL and Parquet files, folders and patterns, sqlite:///FILE, postgresql://..., or `-`."""
    named = columns_of(columns)
    if engine == "spark":
        from ..spark import audit_paths

        given = {
            "--table": table,
            "--query": query,
            "--key": key,
            "--since": since,
            "--resume": resume,
            "--redact": redact,
        }
        if refused := [name for name, value in given.items() if value]:
            raise click.UsageError(f"{refused[0]} does not go with --engine spark")
        worst = audit_paths(inputs, output, load_policy(policy), named, form, input_format)
    else:
        try:
            from ..audit import Options
            from ..audit import audit as run
        except ModuleNotFoundError as error:
            raise InputError(f"`{error.name}` is not installed; pip install 'evenhand[audit]'") from None

        options = Options(named, input_format, table, query, key, workers or 0, form, resume, redact, since, chunk)
        try:
            with progress_bar("judging") as progress:
                done = run(inputs, output, load_policy(policy), options, progress)
        except KeyboardInterrupt:
            again = f"the same command with --resume goes on, from {output}" if "-" not in inputs else "begin anew"
            raise EvenhandError(f"stopped; {again}") from None
        _tell(done.folder, done.tally.plain())
        worst = done.tally.worst
    sys.exit(FOUND if worst >= Outcome(fail_on) and not exit_zero else 0)


def _tell(folder: Path, counts: Mapping[str, Any]) -> None:
    """What an audit found, in a few lines."""
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in counts["outcomes"].items())
    click.echo(f"{counts['rows']:,} rows judged: {outcomes}")
    if counts["unread"]:
        click.echo(f"{counts['unread']:,} rows could not be judged; their places are in {folder / 'unread.jsonl'}")
    click.echo(f"report: {folder / 'report.html'}")
