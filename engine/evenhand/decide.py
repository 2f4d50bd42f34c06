"""Matches to a verdict: outcomes, exceptions, limits, and what the author is told."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from time import perf_counter_ns

from .compile import Compiled, Rule
from .match import covers, matches
from .model import Finding, Match, Outcome, Verdict
from .text import Document

LENGTH_RULE = "limit.length"
_FALLBACK = "en"

# For the number of each rule: how many texts it was confirmed on, and the nanoseconds that took.
Spent = MutableMapping[int, tuple[int, int]]


def localized(messages: Mapping[str, str], locale: str) -> str:
    """The message for a locale: the very one, its language's, the English one, or any."""
    tag = locale.replace("_", "-")
    for wanted in (tag, tag.split("-")[0].lower(), _FALLBACK):
        if wanted in messages:
            return str(messages[wanted])
    return str(next(iter(messages.values()), ""))


def decide(
    compiled: Compiled,
    document: Document,
    candidates: Mapping[int, Sequence[int]],
    spent: Spent | None = None,
) -> Verdict:
    """Confirms the candidate rules on the document and draws the verdict; `spent` is told what each rule took."""
    findings: list[Finding] = []
    shadow: list[Finding] = []
    for number, branches in candidates.items():
        rule = compiled.rules[number]
        target = shadow if rule.status == "shadow" else findings
        begin = perf_counter_ns() if spent is not None else 0
        for match in matches(rule, document, branches):
            if match.capped or not _waived(compiled, rule, match, document):
                target.append(_finding(rule, match, document))
        if spent is not None:
            texts, taken = spent.get(number, (0, 0))
            spent[number] = texts + 1, taken + perf_counter_ns() - begin
    findings.sort(key=_order)
    shadow.sort(key=_order)
    outcome = max((finding.outcome for finding in findings), default=Outcome.allow)
    return Verdict(outcome, tuple(findings), tuple(shadow), compiled.version)


def among(candidates: dict[int, list[int]], only: frozenset[int] | None) -> dict[int, list[int]]:
    """The candidates among some rules; None means all."""
    if only is None:
        return candidates
    return {number: branches for number, branches in candidates.items() if number in only}


def over_length(compiled: Compiled, document: Document, length: int) -> Finding:
    """The finding for a text of which only the beginning was read: a human has to look at it."""
    limit = compiled.text_limit
    clause = next((name for name in compiled.clauses if name.startswith("about")), next(iter(compiled.clauses), ""))
    return Finding(
        rule=LENGTH_RULE,
        category="off_topic",
        clause=clause,
        start=limit,
        end=length,
        text=document.feedback.text[limit:length],
        outcome=Outcome.hold,
        message=f"Your feedback is longer than {limit:,} characters, so a person has to read it first.",
        why=f"limit: {length:,} characters, of which the first {limit:,} were read",
    )


def _waived(compiled: Compiled, rule: Rule, match: Match, document: Document) -> bool:
    for waiver in compiled.waivers:
        if rule.id in waiver.rules:
            if any(covers(document, excuse, "match", match) for excuse in waiver.tree.find(document)):
                return True
    return False


def _finding(rule: Rule, match: Match, document: Document) -> Finding:
    return Finding(
        rule=rule.id,
        category=rule.category,
        clause=rule.clause,
        start=match.start,
        end=match.end,
        text=document.text[match.start : match.end],
        outcome=Outcome.hold if match.capped else rule.outcome,
        message=localized(rule.message, document.feedback.locale),
        why=match.why,
    )


def _order(finding: Finding) -> tuple[int, int, str]:
    return finding.start, finding.end, finding.rule
