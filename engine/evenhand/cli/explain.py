"""`evenhand explain`: why a text was judged so, what a rule says, and the whole policy as a book."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from ..errors import InputError
from ..policy import load_with_files
from .shared import emit, load_policy, one_line, options, policy_path

_ID_OF_A_RULE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)+")

if TYPE_CHECKING:
    from ..compiled import Rule
    from ..model import Feedback, Role
    from ..policy import Policy


@click.command()
@click.argument("text", required=False)
@click.option("--rule", metavar="ID", help="Say why this rule matches TEXT or does not; without TEXT, what it says.")
@click.option("--near-misses", is_flag=True, help="Show rules that come close, also where something was found.")
@click.option("--book", is_flag=True, help="Write the whole policy as one HTML page: clauses, rules, examples.")
@click.option("--author", type=click.Choice(["client", "freelancer"]), help="Who wrote TEXT.")
@click.option("--rating", type=click.IntRange(1, 5), help="The stars given with TEXT.")
@click.option("--title", help="The title of the contract.")
@click.option("--locale", default="en", show_default=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options("policy", "output")
def explain(
    text: str | None,
    rule: str | None,
    near_misses: bool,
    book: bool,
    author: Role | None,
    rating: int | None,
    title: str | None,
    locale: str,
    form: str,
    policy: str | None,
    output: str | None,
) -> None:
    """Explain the verdict on one TEXT, or read a rule back whose id is given instead.

    `-` reads TEXT from standard input. With --book, the whole policy is written as a page to read and print.
    """
    from ..model import Contract, Feedback

    if book:
        if text is not None or rule is not None:
            raise click.UsageError("`--book` takes no text and no rule; leave them out, or leave out `--book`")
        return _write_book(policy, output)
    if text is None and rule is None:
        raise click.UsageError("nothing to explain; give a text, the id of a rule, or `--book`")
    loaded = load_policy(policy)
    if text is None or rule is None:
        asked = _rule(loaded, rule or text or "", policy)
        if asked is not None:
            return _explain_rule(loaded, asked, form, output)
        if text is None:
            raise _unknown(rule or "", [each.id for each in loaded.compiled.rules])
        _remark(loaded, text)
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").rstrip("\n")
    contract = Contract(title=title) if title else None
    feedback = Feedback(text, author=author, rating=rating, locale=locale, contract=contract)
    _explain_text(loaded, feedback, rule, near_misses, form, output)


def _explain_text(
    loaded: Policy, feedback: Feedback, rule: str | None, near_misses: bool, form: str, output: str | None
) -> None:
    from ..explain import explain as explain_text
    from ..report import to_json

    try:
        explanation = explain_text(loaded, feedback, rule, near=near_misses or None)
    except KeyError:
        raise _unknown(rule or "", [each.id for each in loaded.compiled.rules]) from None
    if form == "json":
        return emit(to_json("explanation", [explanation.plain()]), output)
    emit("\n".join(one_line(line, 2000) for line in explanation.lines()), output)


def _explain_rule(loaded: Policy, rule: Rule, form: str, output: str | None) -> None:
    from ..explain import explain_rule, rule_sentence
    from ..report import to_json

    if form == "json":
        sentence = rule_sentence(rule, loaded.compiled.clauses)
        return emit(to_json("rule", [{"rule": rule.id, "sentence": sentence}]), output)
    emit("\n".join(one_line(line, 4000) for line in explain_rule(loaded, rule)), output)


def _rule(loaded: Policy, name: str, policy: str | None) -> Rule | None:
    """The rule of that name; a draft is looked for in the files, as it is not compiled."""
    from ..testing import all_rules

    found = next((each for each in loaded.compiled.rules if each.id == name), None)
    if found is not None or not _ID_OF_A_RULE.fullmatch(name):
        return found
    parsed, _ = load_with_files(policy_path(policy))
    every = all_rules(parsed, loaded.compiled)
    return next((each for each in every if each.id == name), None)


def _remark(loaded: Policy, text: str) -> None:
    """Says on standard error that a text was not taken for a rule, where a rule is called nearly so."""
    from ..errors import nearest

    if _ID_OF_A_RULE.fullmatch(text):
        hint = nearest(text, [each.id for each in loaded.compiled.rules])
        if hint.startswith("did you mean"):
            click.echo(f"evenhand: no rule `{text}`, so this explains it as a text; {hint}", err=True)


def _unknown(name: str, known: list[str]) -> InputError:
    from ..errors import nearest

    return InputError(f"no rule `{name}`; {nearest(name, known) or 'see `evenhand test` for the names'}")


def _write_book(policy: str | None, output: str | None) -> None:
    from ..explain.book import book

    emit(book(*load_with_files(policy_path(policy))), output)
