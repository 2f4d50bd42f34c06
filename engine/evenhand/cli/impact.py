"""`evenhand impact`: what an edit changes on past feedback, before it goes live."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ..errors import InputError
from .shared import FOUND, columns_of, emit, options, policy_path, progress_bar


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--on", "history", multiple=True, required=True, metavar="HISTORY", help="Past feedback: what `audit` reads."
)
@click.option(
    "--budget",
    "budgets",
    multiple=True,
    metavar="WHAT=MOST",
    help="How much may change: new-rejects=0.05%, five-star-rejects=0, client-new-flags=10. Exit code 1 when more does.",
)
@options("column", "input-format", "table", "query", "key")
@click.option("--workers", type=click.IntRange(1), help="Processes to judge with (default: the cores).")
@click.option(
    "--flips", type=click.Path(path_type=Path), help="Write every feedback that differs, a line of JSON each."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github", "html"]), default="text", show_default=True
)
@options("policy", "output", "exit-zero")
def impact(
    old: str, new: str, history: tuple[str, ...], budgets: tuple[str, ...], columns: tuple[str, ...],
    input_format: str | None, table: str | None, query: str | None, key: str | None, workers: int | None,
    flips: Path | None, form: str, policy: str | None, output: str | None, exit_zero: bool,
) -> None:  # fmt: skip
    """Compare the policies OLD and NEW (a file, a folder or a git revision) on past feedback.

    Says which verdicts change and which edited line changes them. Exit code 1 when a budget is exceeded, or, without
    a budget, when any verdict changes. In git revisions the policy is the file that --policy names.
    """
    try:
        from .. import impact as impacts
        from ..impact.report import flip_json, shown
    except ModuleNotFoundError as error:
        raise InputError(f"`{error.name}` is not installed; pip install 'evenhand[audit]'") from None

    chosen = impacts.Options(
        columns_of(columns), input_format, table, query, key, workers or 0, impacts.read_budgets(budgets),
        policy_path(policy) or "policies.yaml",
    )  # fmt: skip
    with ExitStack() as stack:
        progress = stack.enter_context(progress_bar("comparing"))
        on_flip = None
        if flips is not None:
            file = stack.enter_context(_written(flips))

            def on_flip(flip: Any, edits: Any) -> None:
                file.write(json.dumps(flip_json(flip, edits), ensure_ascii=False) + "\n")

        found = impacts.impact(old, new, history, chosen, progress=progress, on_flip=on_flip)
    emit(shown(found, form, sys.argv[1:]), output)
    failed = found.exceeded if budgets else bool(found.tally.changed)
    sys.exit(FOUND if failed and not exit_zero else 0)


def _written(path: Path) -> Any:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"`{path}` cannot be written: {error.strerror}; name a file in a folder that exists") from None
