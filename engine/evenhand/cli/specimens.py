"""`evenhand specimens`: texts made from the rules, so that what was found once stays found."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click

from ..errors import InputError
from ..policy import load_with_files
from .shared import options, policy_path


@click.command()
@options("policy")
@click.option(
    "--write", is_flag=True, help="Write them into the folder that the policy names; without it they are counted."
)
def specimens(policy: str | None, write: bool) -> None:
    """Make a text for every template, alternative, list entry and excuse of the rules, for `evenhand test` to run.

    What a rule finds in each is written down with it. After an edit `evenhand test` names every text that is judged
    otherwise than before; where that is meant, write them anew and read what changed.
    """
    from ..covering import specimens as make
    from ..specimens import Specimen, texts_of, written

    path = policy_path(policy)
    if path is None and write:
        raise InputError("there is no policies.yaml here; pass --policy, or begin with `evenhand init`")
    parsed, loaded = load_with_files(path)
    if not parsed.specimens:
        raise InputError("the policy names no folder for specimens; add `specimens: rules/specimens`")
    pack_of = {rule.id: rule.pack for rule in parsed.rules}
    made: defaultdict[str, list[Specimen]] = defaultdict(list)
    for each in make(parsed, loaded):
        made[pack_of[each.rule]].append(each)
    for pack, (name, file) in parsed.specimens.items():
        text = "".join(written(made[pack]))
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        now, then = texts_of(text), texts_of(before)
        click.echo(f"{name}: {len(made[pack]):,} texts, {len(now - then):,} new, {len(then - now):,} gone")
        if write and text != before:
            _write(Path(str(file)), text)
    click.echo(f"{sum(map(len, made.values())):,} texts" + ("" if write else "; `--write` writes them"))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"`{file}` cannot be written: {error.strerror}") from None
