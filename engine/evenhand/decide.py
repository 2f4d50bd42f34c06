"""Matches to a verdict: outcomes, exceptions, limits, and what the author is told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, MutableMapping, Sequence
from time import perf_counter_ns

from .compiled import Compiled, Rule, Waiver
from .match import excuses, matches
from .model import Excused, Feedback, Finding, Match, Outcome, Verdict
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


_SHARES = 10_000  # rollouts are told apart by a hundredth of a percent


def on_trial(rule: Rule, feedback: Feedback) -> bool:
    """Whether what a rule finds in this feedback counts for nothing yet.

    A rollout takes feedback in by a hash of the rule and the feedback's id, or its text where it has none: the same
    feedback is always in or out, and a larger rollout keeps what a smaller one took in.
    """
    if rule.rollout >= 100:
        return rule.status == "shadow"
    key = feedback.text if feedback.id is None else feedback.id
    drawn = int.from_bytes(hashlib.sha256(f"{rule.id}\0{key}".encode()).digest()[:8], "big") % _SHARES
    return rule.status == "shadow" or drawn >= rule.rollout / 100 * _SHARES


def decide(
    compiled: Compiled,
    document: Document,
    candidates: Mapping[int, Sequence[int]],
    spent: Spent | None = None,
) -> Verdict:
    """Confirms the candidate rules on the document and draws the verdict; `spent` is told what each rule took."""
    findings: list[Finding] = []
    shadow: list[Finding] = []
    excused: list[Excused] = []
    for number, branches in candidates.items():
        rule = compiled.rules[number]
        target = shadow if on_trial(rule, document.feedback) else findings
        begin = perf_counter_ns() if spent is not None else 0
        for match in matches(rule, document, branches):
            finding = _finding(rule, match, document)
            if (waiver := None if match.capped else _waiver(compiled, rule, match, document)) is None:
                target.append(finding)
            else:
                excused.append(Excused(finding, waiver.id))
        if spent is not None:
            texts, taken = spent.get(number, (0, 0))
            spent[number] = texts + 1, taken + perf_counter_ns() - begin
    outcome = max((finding.outcome for finding in findings), default=Outcome.allow)
    found, trial = (tuple(sorted(each, key=_order)) for each in (findings, shadow))
    waived = tuple(sorted(excused, key=lambda each: _order(each.finding)))
    return Verdict(outcome, found, trial, compiled.version, waived)


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


def _waiver(compiled: Compiled, rule: Rule, match: Match, document: Document) -> Waiver | None:
    """The exception that excuses a match; None when there is none."""
    return next((each for each in compiled.waivers if excuses(each, rule, match, document)), None)


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
