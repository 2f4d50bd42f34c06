"""A policy as a book: one HTML page that needs nothing else, clause by clause with its rules, for people who answer for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..compiled import Rule
from ..match import matches
from ..model import Match, Outcome
from ..pages import page
from ..parsed import ParsedException, ParsedPolicy, ParsedRule, Sample
from ..policy import Policy
from ..schema import STATUSES
from ..testing import all_rules
from ..text import Document
from .marks import spans_of
from .reviews import clause_stamp, out_of_date
from .says import rule_sentence

_BACKTICKS = re.compile(r"`([^`]+)`")
_OUTCOMES = tuple(reversed(Outcome))
_SAID = {
    Outcome.reject: "it may not be published",
    Outcome.hold: "a person decides",
    Outcome.nudge: "the author is asked to think again",
    Outcome.allow: "nothing follows",
}


def book(parsed: ParsedPolicy, policy: Policy) -> str:
    """The page; `policy` is `parsed`, compiled. Raises `InputError` where jinja2 is not installed."""
    compiled = {rule.id: rule for rule in all_rules(parsed, policy.compiled)}
    chapters = _chapters(parsed, compiled)
    return page(
        "evenhand.explain",
        "book.html",
        policy=policy,
        chapters=chapters,
        uncovered=[each for each in chapters if each["body"] and not each["applied"]],
        exceptions=[_exception(each) for each in parsed.exceptions],
        stale=[_stale(rule, parsed.clauses) for rule in parsed.rules if out_of_date(rule, parsed.clauses)],
        unreviewed=sum(1 for rule in parsed.rules if rule.reviewed is None),
        rules=len(parsed.rules),
        outcomes=_outcomes(compiled.values()),
        said=_SAID,
        number=lambda value: f"{value:,}",
        in_code=_in_code,
    )


def _in_code(said: str) -> Any:
    """The sentence as HTML, with what stands in backticks as code."""
    from markupsafe import Markup, escape

    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(said))))


def _outcomes(rules: Iterable[Rule]) -> dict[Outcome, int]:
    """How many rules lead to each outcome, the hardest first; rules on trial and drafts lead to none."""
    counts = dict.fromkeys(_OUTCOMES, 0)
    for rule in rules:
        if rule.status not in ("draft", "shadow"):
            counts[rule.outcome] += 1
    return counts


def _chapters(parsed: ParsedPolicy, compiled: Mapping[str, Rule]) -> list[dict[str, Any]]:
    """The clauses in the order of the guidelines, each with its rules."""
    chapters = []
    for name, text in parsed.clauses.items():
        heading, _, body = text.partition(":")
        rules = [rule for rule in parsed.rules if rule.clause == name]
        chapters.append(
            {
                "name": name,
                "heading": heading,
                "body": [" ".join(each.split()) for each in body.split("\n\n") if each.strip()],
                "stamp": clause_stamp(text),
                "rules": [_rule(rule, compiled[rule.id], parsed.clauses) for rule in rules],
                "applied": any(rule.status != "draft" for rule in rules),
            }
        )
    return chapters


def _rule(written: ParsedRule, rule: Rule, clauses: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": written.id,
        "about": written.about,
        "sentence": rule_sentence(rule, clauses),
        "outcome": rule.outcome,
        "status": written.status,
        "status_said": STATUSES[written.status],
        "messages": dict(rule.message),
        "hit": _hit(rule, written.hits),
        "miss": written.misses[0].feedback.text if written.misses else None,
        "reviewed": written.reviewed,
        "stale": out_of_date(written, clauses),
        "place": f"{written.place.file}:{written.place.line}",
    }


def _hit(rule: Rule, hits: Sequence[Sample]) -> list[tuple[str, bool]] | None:
    """The first test text that the rule finds something in, as pieces, each marked or not."""
    for sample in hits:
        found = matches(rule, Document(sample.feedback))
        if found:
            return _pieces(sample.feedback.text, found)
    return None


def _pieces(text: str, found: Iterable[Match]) -> list[tuple[str, bool]]:
    pieces, last = [], 0
    for start, end in spans_of(found):
        pieces += [(text[last:start], False), (text[start:end], True)]
        last = end
    return [(piece, mark) for piece, mark in [*pieces, (text[last:], False)] if piece]


def _exception(each: ParsedException) -> dict[str, Any]:
    return {
        "id": each.id,
        "owner": each.owner,
        "reason": each.reason,
        "expires": each.expires,
        "rules": each.rules,
        "text": each.test.feedback.text,
    }


def _stale(rule: ParsedRule, clauses: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": rule.id,
        "clause": rule.clause,
        "reviewed": rule.reviewed,
        "stamp": clause_stamp(clauses.get(rule.clause, "")),
    }
