"""`evenhand schema`, `init` and `new`: files for staff and developers to start from."""

from __future__ import annotations

import json
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from ..errors import InputError
from ..files import shipped
from .shared import emit, options


@click.command()
@options("output")
def schema(output: str | None) -> None:
    """Print the JSON Schema of the policy language, for editors."""
    from ..schema import language

    emit(json.dumps(language(), indent=2), output)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Copy the shipped policy and rules into FOLDER, for a team to own."""
    from ..schema import language

    taken = [name for name in ("policies.yaml", "rules") if (folder / name).exists()]
    if taken:
        raise InputError(f"`{folder / taken[0]}` exists; choose an empty folder, nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    _copy(shipped("policies.yaml"), folder / "policies.yaml")
    _copy(shipped("rules"), folder / "rules")
    (folder / "rules" / "schema.json").write_text(json.dumps(language(), indent=2) + "\n", encoding="utf-8")
    click.echo(
        f"wrote {folder / 'policies.yaml'} and {folder / 'rules'}; next: `evenhand test --policy {folder / 'policies.yaml'}`"
    )


def _copy(source: Traversable, target: Path) -> None:
    if source.is_file():
        target.write_bytes(source.read_bytes())
        return
    target.mkdir()
    for entry in source.iterdir():
        _copy(entry, target / entry.name)


@click.group()
def new() -> None:
    """Write the scaffold of a rule or of a kind."""


@new.command("rule")
@click.argument("name", metavar="ID")
@click.option("--clause", required=True, help="The clause it enforces.")
@click.option("--kind", default="phrase", show_default=True, help="What it looks for.")
def new_rule(name: str, clause: str, kind: str) -> None:
    """Print a rule to paste into a pack; it loads as it is, and its tests fail until you write them."""
    from ..scaffold import rule_scaffold

    click.echo(rule_scaffold(name, clause, kind))


@new.command("kind")
@click.argument("name")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="The checkout to write into (default: print)."
)
def new_kind(name: str, into: Path | None) -> None:
    """Write the file and the case file of a new kind, and say which line to add to the table."""
    from ..scaffold import kind_scaffold

    files = kind_scaffold(name)
    for path, content in files.items():
        if into is None:
            click.echo(f"--- {path}\n{content}")
            continue
        target = into / path
        if target.exists():
            raise InputError(f"`{target}` exists; choose another name, nothing was overwritten")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
        click.echo(f"wrote {target}")
    click.echo(f"add `{name}.KIND,` to the table in engine/evenhand/kinds/__init__.py")
