"""`evenhand neutrality`: evidence that rules treat praise and criticism, authors and groups of people alike."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ..errors import InputError
from .shared import FOUND, columns_of, load_policy, options, progress_bar


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="HISTORY...")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The folder for neutrality.json and neutrality.html."
)
@options("column", "input-format", "table", "query", "key")
@click.option(
    "--sample",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="The share of texts without findings that is judged again, too.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another number, another sample.")
@click.option("--identities", type=click.Path(), help="A table of groups instead of the shipped one.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options("policy", "exit-zero")
def neutrality(
    inputs: tuple[str, ...], output: Path | None, columns: tuple[str, ...], input_format: str | None, table: str | None,
    query: str | None, key: str | None, sample: float, seed: int, identities: str | None, form: str,
    policy: str | None, exit_zero: bool,
) -> None:  # fmt: skip
    """Show whether rules treat praise and criticism, authors and groups alike in stored feedback; the inputs are those of `audit`.

    Exits with 1 when a verdict changes with the rating or the role by a rule that declares no ground for it.
    """
    try:
        from .. import neutrality as evidence
    except ModuleNotFoundError as error:
        raise InputError(f"`{error.name}` is not installed; pip install 'evenhand[audit]'") from None

    chosen = evidence.Options(columns_of(columns), input_format, table, query, key, sample, seed, identities, policy)
    if output is not None:
        evidence.made(output)
    with progress_bar("judging") as progress:
        measured = evidence.neutrality(inputs, load_policy(policy), chosen, progress)
    plain = evidence.write(output, measured) if output is not None else evidence.as_plain(measured)
    click.echo(json.dumps(plain, ensure_ascii=False, indent=1) if form == "json" else evidence.in_words(plain))
    if output is not None and form == "text":
        click.echo(f"report: {output / 'neutrality.html'}")
    sys.exit(FOUND if not measured.passed and not exit_zero else 0)
