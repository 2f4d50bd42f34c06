"""The account of a verdict: outcome, views, findings, the rule that was asked for, near misses, and what would pass."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..compiled import Rule
from ..model import Feedback, Finding, Outcome, Verdict
from ..policy import Policy, checked_feedback
from ..text import Document
from .near_misses import NearMiss, near_misses
from .reading import document_of
from .removal import Span, to_pass, without
from .reviews import clause_stamp
from .says import rule_sentence
from .why import why_or_why_not


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say about a verdict.

    `rule` are the lines on the rule that was asked for; `near` are near misses, None where they were not looked for;
    `to_pass` are spans without which the text passes, None where none were found; `left` is the text without them.
    """

    policy: str
    verdict: Verdict
    views: tuple[str, ...]
    findings: tuple[tuple[str, ...], ...]
    rule: tuple[str, ...]
    near: tuple[NearMiss, ...] | None
    to_pass: tuple[Span, ...] | None
    left: str

    def lines(self) -> list[str]:
        """The explanation as lines to read."""
        lines = [f"outcome: {self.verdict.outcome}   policy: {self.policy} {self.verdict.policy_version}", *self.views]
        for finding in self.findings:
            lines += ["", *finding]
        lines += ["", *self.rule] * bool(self.rule)
        if self.near is not None:
            lines += ["", "near misses:" if self.near else "near misses: none"]
            lines += [f"  {each.rule}: {each.why}" for each in self.near]
        return lines + self._passing()

    def _passing(self) -> list[str]:
        if self.verdict.outcome == Outcome.allow:
            return []
        if self.to_pass is None:
            return ["", "to pass: no set of the spans that were found is enough"]
        spans = ", ".join(f"{start} to {end}" for start, end in self.to_pass)
        rest = f"leaves {self.left!r}, which is allowed" if self.left.strip() else "leaves nothing"
        return ["", f"to pass: without characters {spans}; {rest}"]

    def plain(self) -> dict[str, Any]:
        """The explanation as plain values."""
        return {
            "policy_version": self.verdict.policy_version,
            "outcome": str(self.verdict.outcome),
            "findings": [_plain(each) for each in self.verdict.findings],
            "shadow": [_plain(each) for each in self.verdict.shadow],
            "views": list(self.views),
            "rule": list(self.rule),
            "near_misses": None if self.near is None else [asdict(each) for each in self.near],
            "to_pass": None if self.to_pass is None else [list(span) for span in self.to_pass],
        }


def _plain(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "outcome": str(finding.outcome)}


def explain(
    policy: Policy, feedback: str | Feedback, rule: str | None = None, *, near: bool | None = None
) -> Explanation:
    """Explains the verdict on a text, and, for a rule that is named, why it matched or did not.

    `near` looks for near misses (default: only where nothing was found and no rule is named). Raises `InputError` for
    unusable feedback and `KeyError` for an unknown rule.
    """
    checked = checked_feedback(feedback)
    document = document_of(policy, checked)
    verdict = policy.check(checked)
    every = (*verdict.findings, *verdict.shadow)
    spans = to_pass(policy, checked)
    wanted = near if near is not None else not every and rule is None
    return Explanation(
        policy=policy.name,
        verdict=verdict,
        views=tuple(_views(document, policy)),
        findings=tuple(
            tuple(explain_finding(policy, each, shadow=at >= len(verdict.findings))) for at, each in enumerate(every)
        ),
        rule=() if rule is None else tuple(why_or_why_not(policy.compiled, rule_named(policy, rule), document)),
        near=tuple(near_misses(policy, checked)) if wanted else None,
        to_pass=spans,
        left=without(checked.text, spans or ()),
    )


def explain_finding(policy: Policy, finding: Finding, *, shadow: bool = False) -> list[str]:
    """The finding in lines: rule, span, reason, clause, message."""
    clause = policy.compiled.clauses.get(finding.clause, "").split("\n")[0]
    return [
        f"{finding.outcome}: {finding.rule}" + " (on trial: changes nothing)" * shadow,
        f"  found    {finding.text!r} at characters {finding.start} to {finding.end}",
        f"  because  {finding.why}",
        f"  clause   {finding.clause}: {clause}",
        f"  author   {finding.message}",
    ]


def explain_rule(policy: Policy, rule: Rule) -> list[str]:
    """The rule in lines: a sentence, what the author is told, and the stamp of its clause for `reviewed`."""
    clauses = policy.compiled.clauses
    messages = [f"  author ({locale}): {message}" for locale, message in rule.message.items()]
    stamp = clause_stamp(clauses.get(rule.clause, ""))
    return [f"{rule.id}: {rule_sentence(rule, clauses)}", *messages, f"  clause {rule.clause} now: {stamp}"]


def rule_named(policy: Policy, name: str) -> Rule:
    """The applied rule of that name; raises `KeyError`."""
    rule = next((each for each in policy.compiled.rules if each.id == name), None)
    if rule is None:
        raise KeyError(name)
    return rule


def _views(document: Document, policy: Policy) -> list[str]:
    lines = [f"folded: {document.folded.string}"]
    shorthand = policy.compiled.shorthand
    if shorthand is not None and (written_out := shorthand.of_document(document)) is not None:
        lines.append(f"shorthand written out: {written_out.view.string}")
    if document.undisguised is not None:
        lines.append(f"undisguised (l as i, letters single): {document.undisguised.string}")
    return lines
