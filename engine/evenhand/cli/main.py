"""The group of all commands, and what happens when one fails."""

from __future__ import annotations

import logging
import os
import sys
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..errors import EvenhandError, PolicyError
from ..files import shipped
from .audit import audit
from .check import check
from .exceptions import exceptions
from .explain import explain
from .gate import gate
from .impact import impact
from .measure import measure
from .neutrality import neutrality
from .records import records
from .rings import rings
from .shared import FAILED, nearest_file
from .specimens import specimens
from .stages import promote, rollback
from .testing import lint, test
from .writing import init, new, schema

COMMANDS = (
    check, explain, gate, test, specimens, lint, measure, audit, impact, promote, rollback, exceptions, neutrality, rings,
    records, schema, init, new,
)  # fmt: skip


def _config() -> dict[str, Any]:
    """Defaults from `[tool.evenhand]` of the nearest pyproject.toml, a table a command."""
    file = nearest_file("pyproject.toml")
    if file is None:
        return {}
    with suppress(OSError, tomllib.TOMLDecodeError):
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("evenhand", {})
        return {name: value for name, value in table.items() if isinstance(value, dict)}
    return {}


@click.group(context_settings={"auto_envvar_prefix": "EVENHAND", "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evenhand")
@click.pass_context
def cli(context: click.Context) -> None:
    """Checks marketplace feedback against a policy that staff write in YAML."""
    context.default_map = _config()
    if os.environ.get("NO_COLOR"):
        context.color = False


for command in COMMANDS:
    cli.add_command(command)


def _show_problems(error: PolicyError) -> None:
    """Every problem with the lines around it, on standard error."""
    from ..source import excerpt

    for problem in error.problems:
        click.echo(f"{click.style(str(problem.place), bold=True)}: {problem.message}", err=True)
        with suppress(OSError, UnicodeDecodeError):
            click.echo(excerpt(_text_of(problem.place.file), problem.place), err=True)
        if problem.hint:
            click.echo(f"  hint: {problem.hint}", err=True)
    count = len(error.problems)
    click.echo(f"{count} {'problem' if count == 1 else 'problems'}; the policy was not loaded", err=True)


def _text_of(name: str) -> str:
    file = Path(name)
    return file.read_text(encoding="utf-8") if file.is_file() else shipped(name).read_text(encoding="utf-8")


class _Speaking(logging.Handler):
    """Shows on a terminal what the library says it is doing."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr.isatty():
            click.echo(f"evenhand: {self.format(record)}", err=True)


def _speak() -> None:
    log = logging.getLogger("evenhand")
    if not log.handlers:
        log.addHandler(_Speaking())
        log.setLevel(logging.INFO)


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script; exits with 0, 1 or 2."""
    _speak()
    try:
        code = cli.main(
            args=list(arguments) if arguments is not None else None, prog_name="evenhand", standalone_mode=False
        )
        sys.exit(code if isinstance(code, int) else 0)
    except PolicyError as error:
        _show_problems(error)
    except EvenhandError as error:
        click.echo(f"evenhand: {error}", err=True)
    except click.ClickException as error:
        error.show()
    except click.exceptions.Abort:
        click.echo("evenhand: stopped", err=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(FAILED)
