"""`evenhand explain`: why a text was judged so."""

from __future__ import annotations

import sys

import click

from ..errors import InputError
from .shared import load_policy, one_line, options


@click.command()
@click.argument("text")
@click.option("--rule", help="Say why this rule matches, or why it does not.")
@click.option("--locale", default="en", show_default=True)
@options("policy")
def explain(text: str, rule: str | None, locale: str, policy: str | None) -> None:
    """Explain the verdict on one TEXT, character by character; `-` reads it from standard input."""
    from ..errors import nearest
    from ..explain import explain as explain_text
    from ..model import Feedback

    loaded = load_policy(policy)
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").rstrip("\n")
    try:
        lines = explain_text(loaded, Feedback(text, locale=locale), rule)
    except KeyError:
        hint = nearest(rule or "", [each.id for each in loaded.compiled.rules])
        raise InputError(f"no rule `{rule}`; {hint or 'see `evenhand test` for the names'}") from None
    click.echo("\n".join(one_line(line, 2000) for line in lines))
