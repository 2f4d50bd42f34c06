"""`evenhand rings`: people who may trade good feedback, in what is stored already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import EvenhandError, InputError
from .shared import FOUND, columns_of, load_policy, options, progress_bar

if TYPE_CHECKING:
    from ..reciprocity import Rings

_SHOWN = 5  # findings, and sentences of each
_SENTENCES = 3


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="HISTORY...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder to write; made anew.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="The column of a field: author, recipient (ids), rating, time, contract (its id), ended, value, role (of the "
    "author), client (its id), text.",
)
@options("input-format", "table", "query", "key")
@click.option("--format", "form", type=click.Choice(["jsonl", "parquet"]), default="jsonl", show_default=True)
@click.option("--memory", default="1GB", show_default=True, help="What DuckDB may use; the rest goes to the disk.")
@click.option("--threads", type=click.IntRange(1), help="Threads to use (default: the cores).")
@click.option("--redact", is_flag=True, help="Do not look at texts, and keep them out of all files.")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True)
@options("policy", "exit-zero")
def rings(
    inputs: tuple[str, ...], output: Path, columns: tuple[str, ...], input_format: str | None, table: str | None,
    query: str | None, key: str | None, form: str, memory: str, threads: int | None, redact: bool, engine: str,
    policy: str | None, exit_zero: bool,
) -> None:  # fmt: skip
    """Find pairs and groups of people who may trade good feedback; the inputs are those of `audit`.

    What counts is set under `audit.reciprocity` of the policy. Exits with 1 when there is something to review first (tier A).
    """
    try:
        from ..reciprocity import Options
        from ..reciprocity import rings as run
    except ModuleNotFoundError as error:
        raise InputError(f"`{error.name}` is not installed; pip install 'evenhand[audit]'") from None

    chosen = Options(columns_of(columns), input_format, table, query, key, memory, threads or 0, form, redact)
    if engine == "spark":
        from ..reciprocity.on_spark import rings_of_paths

        found = rings_of_paths(inputs, output, load_policy(policy), chosen)
    else:
        try:
            with progress_bar("searching") as progress:
                found = run(inputs, output, load_policy(policy), chosen, progress)
        except KeyboardInterrupt:
            raise EvenhandError(f"stopped; nothing was written to {output}, begin anew") from None
    _tell(found, output)
    sys.exit(FOUND if found.tier("A") and not exit_zero else 0)


def _tell(found: Rings, output: Path) -> None:
    """What was found, in a few lines."""
    first = found.tier("A")
    click.echo(f"{found.rows:,} rows, {found.contracts:,} contracts: {len(first):,} to review first (tier A), {len(found.tier('B')):,} to watch (tier B)")  # fmt: skip
    if first:
        click.echo(
            f"by chance alone about {found.estimate.false:.1f} of tier A would be there ({found.estimate.share:.0%})"
        )
    if found.unread:
        click.echo(f"{found.unread:,} rows could not be used; their places are in {output / 'unread.jsonl'}")
    if not found.market.hire:
        click.echo("the history does not say who hired whom, so closed paths of hires were not looked for")
    for each in first[:_SHOWN]:
        click.echo(f"\n{each.id}  {len(each.members)} people, {each.points:.1f} points")
        for line in sorted(each.evidence, key=lambda line: -line.points)[:_SENTENCES]:
            click.echo(f"  {line.sentence}")
    if len(first) > _SHOWN:
        click.echo(f"\nand {len(first) - _SHOWN:,} more")
    click.echo(f"\nreport: {output / 'report.html'}")
