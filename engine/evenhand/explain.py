"""Why a text was judged as it was: marked spans, the rule, the clause, the foldings; and why a rule did not match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .match import applies, covers, matches
from .model import Feedback, Finding, Verdict
from .policy import Policy, checked_feedback
from .text import Document
from .tree import AllOf, AnyOf, Count, Leaf, Near, Not, Tree

OPEN, CLOSE = "[[", "]]"


def marked(text: str, findings: Iterable[Finding], opening: str = OPEN, closing: str = CLOSE) -> str:
    """The text with every found span between marks; spans that overlap are marked as one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((finding.start, finding.end) for finding in findings):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    out: list[str] = []
    last = 0
    for start, end in spans:
        out += [text[last:start], opening, text[start:end], closing]
        last = end
    return "".join([*out, text[last:]])


def explain(policy: Policy, feedback: str | Feedback, rule: str | None = None) -> list[str]:
    """Lines that explain the verdict on a text, and, for a rule that is named, why it matched or did not.

    Raises `InputError` for unusable feedback and `KeyError` for an unknown rule.
    """
    checked = checked_feedback(feedback)
    verdict = policy.check(checked)
    lines = [f"outcome: {verdict.outcome}   policy: {policy.name} {policy.version}"]
    lines += _views(Document(checked), policy)
    for finding in (*verdict.findings, *verdict.shadow):
        lines += ["", *explain_finding(policy, finding, shadow=finding in verdict.shadow)]
    if rule is not None:
        lines += ["", *why_or_why_not(policy, rule, Document(checked), verdict)]
    return lines


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


def _views(document: Document, policy: Policy) -> list[str]:
    lines = [f"folded: {document.folded.string}"]
    shorthand = policy.compiled.shorthand
    if shorthand is not None and (written_out := shorthand.of_document(document)) is not None:
        lines.append(f"shorthand written out: {written_out.view.string}")
    if document.undisguised is not None:
        lines.append(f"undisguised (l as i, letters single): {document.undisguised.string}")
    return lines


def why_or_why_not(policy: Policy, name: str, document: Document, verdict: Verdict) -> list[str]:
    """What a rule found in the document, part by part, and what excused it."""
    rule = next((each for each in policy.compiled.rules if each.id == name), None)
    if rule is None:
        raise KeyError(name)
    if not applies(rule, document.feedback):
        return [f"{name}: not applied, as its `when` does not hold: {dict(rule.when)}"]
    lines = [f"{name}: {'matches' if matches(rule, document) else 'does not match'}"]
    lines += _tree_lines(rule.tree, document, "  find: ")
    for match in rule.tree.find(document):
        for tree, where in rule.excuses:
            if any(covers(document, excuse, where, match) for excuse in tree.find(document)):
                lines.append(f"  excused: {document.text[match.start : match.end]!r} by {_shape(tree)} ({where})")
    return lines


def _tree_lines(tree: Tree, document: Document, lead: str) -> list[str]:
    found = tree.find(document)
    spans = ", ".join(repr(document.text[match.start : match.end]) for match in found[:3])
    says = "not found" if not found else "holds" if isinstance(tree, Not) else f"found {spans}"
    lines = [f"{lead}{_shape(tree)}: {says}"]
    parts: Sequence[Tree] = ()
    if isinstance(tree, AnyOf):
        parts = [part for part in tree.parts if part.find(document)]
    elif isinstance(tree, AllOf | Near):
        parts = tree.parts
    elif isinstance(tree, Not | Count):
        parts = (tree.part,)
    for part in parts:
        lines += _tree_lines(part, document, " " * len(lead))
    return lines


def _shape(tree: Tree) -> str:
    match tree:
        case Leaf(matcher):
            key = matcher.key
            return str(key[0] if isinstance(key, tuple) else key)
        case AnyOf(parts):
            return f"any of {len(parts)}"
        case AllOf(parts):
            return f"all of {len(parts)}"
        case Near(distance):
            return f"near (within {distance})"
        case Count(at_least):
            return f"count (at least {at_least})"
        case Not():
            return "not"
