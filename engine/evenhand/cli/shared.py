"""What the commands share: options, reading and writing, exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, TypeVar

import click

from ..errors import InputError, Problem
from ..files import shipped
from ..model import Outcome
from ..policy import Policy, load
from ..report import FORMATS
from ..rows import Row, read_rows

FOUND, FAILED = 1, 2
F = TypeVar("F", bound=Callable[..., Any])

# --- what the commands share ----------------------------------------------------------------------------------------


def options(*names: str) -> Callable[[F], F]:
    def add(command: F) -> F:
        for name in reversed(names):
            command = _SHARED[name](command)
        return command

    return add


_SHARED: dict[str, Callable[[Any], Any]] = {
    "policy": click.option("--policy", type=click.Path(), help="Policy file (default: the nearest policies.yaml, else the shipped one)."),
    "format": click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True),
    "output": click.option("-o", "--output", type=click.Path(), help="Write the report to a file."),
    "select": click.option("--select", multiple=True, metavar="PREFIX", help="Only rules whose id starts so."),
    "ignore": click.option("--ignore", multiple=True, metavar="PREFIX", help="No rules whose id starts so."),
    "fail-on": click.option(
        "--fail-on", type=click.Choice([str(o) for o in Outcome][1:]), default="nudge", show_default=True,
        help="The mildest outcome that makes the exit code 1.",
    ),
    "column": click.option(
        "--column", "columns", multiple=True, metavar="FIELD=NAME",
        help="The column of a field: text, id, author, rating, locale, title, name, email, phone, company (of the "
        "counterparty), created_at, contract (its id), party (the author's id).",
    ),
    "input-format": click.option(
        "--input-format", type=click.Choice(["csv", "jsonl", "parquet"]), help="Of all inputs (default: by name)."
    ),
    "table": click.option("--table", help="The table of a database, perhaps with its schema."),
    "query": click.option("--query", help="What to read from a database, instead of a table."),
    "key": click.option("--key", help="The unique column to read a database by (default: its primary key, or `id`)."),
    "exit-zero": click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found."),
}  # fmt: skip


def nearest_file(name: str) -> Path | None:
    here = Path.cwd()
    return next((folder / name for folder in (here, *here.parents) if (folder / name).is_file()), None)


def policy_path(option: str | None) -> str | None:
    if option is not None:
        return option
    found = nearest_file("policies.yaml")
    return str(found.relative_to(Path.cwd())) if found and found.parent == Path.cwd() else str(found) if found else None


def load_policy(option: str | None) -> Policy:
    return load(policy_path(option))


def emit(text: str, output: str | None) -> None:
    if output is None or output == "-":
        click.echo(text)
        return
    try:
        Path(output).write_text(click.unstyle(text) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"`{output}` cannot be written: {error.strerror}; name a file in a folder that exists"
        ) from None


def wanted(code: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    return (not select or code.startswith(tuple(select))) and not code.startswith(tuple(ignore) or ("\0",))


def rows_of(inputs: Iterable[str], texts: Iterable[str] = (), samples: bool = False) -> Iterator[Row | Problem]:
    for number, text in enumerate(texts, 1):
        yield from read_rows([json.dumps({"text": text, "id": f"text {number}"}).encode()], "--text")
    if samples:
        yield from read_rows(shipped("rules/samples.jsonl").read_bytes().splitlines(), "samples.jsonl")
    for name in inputs:
        if name == "-":
            yield from read_rows(sys.stdin.buffer, "<stdin>")
            continue
        with opened(name) as file:
            yield from read_rows(file, name)


def opened(name: str) -> BinaryIO:
    try:
        return open(name, "rb")
    except OSError as error:
        raise InputError(f"`{name}` cannot be read: {error.strerror}; check the path and its permissions") from None


def one_line(text: str, most: int = 400) -> str:
    """The text on one line, without control characters that would move a terminal's cursor."""
    shown = "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def columns_of(given: Iterable[str]) -> dict[str, str]:
    """What `--column FIELD=NAME` says, by field."""
    named = dict(each.partition("=")[::2] for each in given)
    if wrong := [name for name, column in named.items() if not column]:
        raise click.BadParameter(f"`{wrong[0]}` names no column; write FIELD=NAME", param_hint="--column")
    return named


@contextmanager
def progress_bar(doing: str) -> Iterator[Callable[[int, float], None]]:
    """A bar on standard error, with rate and time left; nothing when that is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]:,.0f} rows/s"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(doing, total=1.0, rows=0, rate=0.0)
        before: list[tuple[float, int]] = []

        def tell(rows: int, done: float) -> None:
            now = monotonic()
            before.append((now, rows))
            del before[:-20]
            (then, had), passed = before[0], now - before[0][0]
            bar.update(task, completed=done, rows=rows, rate=(rows - had) / passed if now > then else 0.0)

        yield tell
