"""`evenhand exceptions`: who answers for which, and whether they still matter."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from ..errors import InputError
from ..policy import load_with_files
from ..report import to_json
from .shared import FOUND, columns_of, emit, options, policy_path


@click.command()
@click.option("--on", "history", multiple=True, metavar="HISTORY", help="Past feedback to judge: what `audit` reads.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=NAME", help="The column of a field, as for `audit`.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day to look at (default: today in UTC).")
@click.option("--workers", type=click.IntRange(1), help="Processes to judge with (default: the cores).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options("policy", "output", "exit-zero")
def exceptions(
    history: tuple[str, ...], columns: tuple[str, ...], day: datetime | None, workers: int | None, form: str,
    policy: str | None, output: str | None, exit_zero: bool,
) -> None:  # fmt: skip
    """List the exceptions of a policy: expired, expiring, and, on past feedback, dead or too wide ones."""
    try:
        from ..exceptions import plain, uses
    except ModuleNotFoundError as error:
        raise InputError(f"`{error.name}` is not installed; pip install 'evenhand[audit]'") from None

    path = policy_path(policy)
    on = day.date() if day else datetime.now(UTC).date()
    found = uses(*load_with_files(path, on=on), on, history, columns_of(columns), workers or 0)
    if form == "json":
        text = to_json("exceptions", [plain(use) for use in found], day=on.isoformat())
    else:
        lines = []
        for use in found:
            did = f"; on {use.rows:,} feedback: {use.excused:,} excused, {use.changed:,} verdicts changed" * bool(
                use.rows
            )
            written = use.written
            lines.append(f"{use.place}: {written.id}, for {', '.join(written.rules)}, by {written.owner}{did}")
            lines += [f"    {code}: {message}" for code, message in use.remarks()]
        lines.append(f"{len(found)} exceptions, {sum(bool(use.remarks()) for use in found)} to look at")
        text = "\n".join(lines)
    emit(text, output)
    sys.exit(FOUND if any(use.remarks() for use in found) and not exit_zero else 0)
