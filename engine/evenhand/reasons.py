"""A statement of reasons for the author: what was found, where, which clause it breaks, who decided, how to appeal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args

from .decide import localized
from .errors import InputError, Place, PolicyError, Problem, nearest
from .files import shipped
from .model import Feedback, Finding, Verdict
from .policy import Policy, checked_feedback
from .source import Source, read_file

DecidedBy = Literal["automated", "person"]
Sentences = Mapping[str, str]

_BLANKS: Mapping[str, frozenset[str]] = {
    "allow": frozenset(),
    "nudge": frozenset(),
    "hold": frozenset(),
    "reject": frozenset(),
    "found": frozenset(),
    "nothing": frozenset(),
    "clause": frozenset({"heading", "sentence"}),
    "heading": frozenset({"heading"}),
    "span": frozenset({"text", "start", "end"}),
    "decided": frozenset(),
    "automated": frozenset(),
    "person": frozenset(),
    "disagree": frozenset(),
}
_QUOTED = 200  # characters of a span that are quoted


def statement(
    policy: Policy,
    feedback: str | Feedback,
    verdict: Verdict,
    *,
    decided_by: DecidedBy = "automated",
    appeal: str = "",
    sentences: Path | str | None = None,
) -> str:
    """The reasons for a verdict, in the feedback's locale where there are sentences for it, else in English.

    `appeal` says how to object, in the author's language; `sentences` is a file like `rules/statement.yaml` whose locales
    come before the shipped ones. Characters are counted from 1. Raises `InputError` where verdict, policy and feedback do
    not belong together, and `PolicyError` for a file of sentences that cannot be used.
    """
    checked = checked_feedback(feedback)
    if decided_by not in get_args(DecidedBy):
        raise InputError(f'`decided_by` is {decided_by!r}; pass "automated" or "person"')
    if verdict.policy_version != policy.version:
        raise InputError(
            f"the verdict is by policy `{verdict.policy_version}`, not by `{policy.version}`; pass the policy that judged"
        )
    if any(checked.text[each.start : each.end] != each.text for each in verdict.findings):
        raise InputError("the verdict is on another text; pass the feedback that was judged")
    tables = _shipped_sentences() if sentences is None else {**_shipped_sentences(), **read_sentences(Path(sentences))}
    said = tables[localized({locale: locale for locale in tables}, checked.locale)]
    blocks = [said[str(verdict.outcome)], _found(policy, verdict.findings, said)]
    blocks.append(f"{said['decided']}\n{said[decided_by]}")
    if appeal:
        blocks.append(f"{said['disagree']}\n{appeal}")
    return "\n\n".join(blocks)


def _found(policy: Policy, findings: Sequence[Finding], said: Sentences) -> str:
    if not findings:
        return said["nothing"]
    by_clause: dict[str, list[Finding]] = {}
    for finding in findings:
        by_clause.setdefault(finding.clause, []).append(finding)
    lines = [said["found"]]
    for clause, broken in by_clause.items():
        lines += [f"- {span}" for span in dict.fromkeys(_span(each, said) for each in broken)]
        lines.append(f"  {_clause(policy.compiled.clauses.get(clause, clause), said)}")
        lines += [f"  {message}" for message in dict.fromkeys(each.message for each in broken) if message]
    return "\n".join(lines)


def _span(finding: Finding, said: Sentences) -> str:
    return said["span"].format(text=_on_one_line(finding.text), start=finding.start + 1, end=finding.end)


def _clause(text: str, said: Sentences) -> str:
    heading, _, body = text.partition(": ")
    sentence = _on_one_line(body, most=len(body))
    return said["clause" if sentence else "heading"].format(heading=heading.rstrip(": "), sentence=sentence)


def _on_one_line(text: str, most: int = _QUOTED) -> str:
    shown = "".join(char if char.isprintable() else " " for char in text)
    shown = " ".join(shown.split())
    return shown if len(shown) <= most else shown[:most] + "…"


# --- sentences ------------------------------------------------------------------------------------------------------


@cache
def _shipped_sentences() -> Mapping[str, Sentences]:
    return read_sentences(shipped("rules/statement.yaml"), "rules/statement.yaml")


def read_sentences(file: Path | Traversable, name: str | None = None) -> Mapping[str, Sentences]:
    """The sentences of a file by locale; raises `PolicyError` with every problem."""
    source, problems = read_file(file, name)
    if source is not None:
        problems = [*problems, *_problems(source)]
    if source is None or problems:
        raise PolicyError(problems)
    tables: Mapping[str, Sentences] = source.value
    return tables


def _problems(source: Source) -> Iterator[Problem]:
    if not isinstance(source.value, dict) or not source.value:
        yield Problem(source.place(()), "the file holds no locales", "write `en:` and its sentences under it")
        return
    for locale, table in source.value.items():
        if not isinstance(table, dict):
            yield Problem(source.place((locale,)), f"`{locale}` holds no sentences", "write one for each key")
            continue
        missing = [f"`{key}`" for key in _BLANKS if key not in table]
        if missing:
            hint = "see `rules/statement.yaml`"
            yield Problem(source.key_place((locale,)), f"`{locale}` has no {', '.join(missing)}", hint)
        for key, text in table.items():
            yield from _sentence_problems(source.place((locale, key)), key, text)


def _sentence_problems(place: Place, key: str, text: Any) -> Iterator[Problem]:
    if key not in _BLANKS:
        yield Problem(place, f"unknown key `{key}`", nearest(key, _BLANKS))
    elif not isinstance(text, str) or not text.strip():
        yield Problem(place, f"`{key}` is no sentence", "write text")
    else:
        try:
            blanks = {(name, form, turn) for _, name, form, turn in Formatter().parse(text) if name is not None}
        except ValueError:
            yield Problem(place, "a brace is not closed", "write blanks as in `{text}`, and a brace itself twice")
            return
        for name, form, turn in sorted(blanks, key=str):
            if name not in _BLANKS[key] or form or turn:
                known = nearest(name, _BLANKS[key]) or "leave it out"
                yield Problem(place, f"`{key}` has no blank `{{{name}}}`", known)
