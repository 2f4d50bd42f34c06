"""Why one rule matched a text, or why it did not: its tree part by part, what excused a match, which fact does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..compiled import Compiled, Rule
from ..kinds.exchange import Exchange
from ..match import applies, covers, excuses, matches
from ..model import Feedback, Match
from ..phrase_matcher import Phrase, Phrases
from ..phrases import shortened
from ..text import Document
from ..tree import AllOf, AnyOf, Count, Leaf, Near, Not, Tree
from .closeness import Missed, apart, missed, nearest, needs, quote, separate, shown, sides, stretch, untied
from .says import listed, says, when_in_words, within

_BRANCHES = 5  # of an `any`, shown where none of them is found
_FOUND = 3  # matches shown of each part


def why_or_why_not(compiled: Compiled, rule: Rule, document: Document) -> list[str]:
    """What a rule found in the document, part by part, and what excused it, as lines."""
    feedback = document.feedback
    if not applies(rule, feedback):
        failing = [f"  {fact}: {there}" for fact, there in facts_that_fail(rule, feedback)]
        return [f"{rule.id}: not applied, as a fact of its `when` does not hold", *failing]
    excuses = list(excused(compiled, rule, document))
    found = [match for match in matches(rule, document) if waived(compiled, rule, match, document) is None]
    lines = [f"{rule.id}: {'matches' if found else 'does not match'}", *_tree(rule.tree, document, "  ")]
    return lines + [f"  excused: {quote(match, document)}, as {reason}" for match, reason in excuses]


# --- facts and excuses ----------------------------------------------------------------------------------------------


def facts_that_fail(rule: Rule, feedback: Feedback) -> Iterator[tuple[str, str]]:
    """Each fact that `when` asks for and that does not hold, with what the feedback says instead."""
    for when in _single(rule.when):
        if not applies(replace(rule, when=when), feedback):
            yield f"asked for is that {when_in_words(when)[0]}", _there(when, feedback)


def _single(when: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key, value in when.items():
        if key == "contract":
            yield from ({key: {fact: wanted}} for fact, wanted in value.items())
        else:
            yield {key: value}


def _there(when: Mapping[str, Any], feedback: Feedback) -> str:
    if "contract" in when:
        if feedback.contract is None:
            return "no contract was given"
        fact = next(iter(when["contract"]))
        return "a contract was given" if fact == "known" else f"here {getattr(feedback.contract, fact) or 'not given'}"
    value = getattr(feedback, next(iter(when)))
    return "not given" if value is None else f"here {value}"


def excused(
    compiled: Compiled, rule: Rule, document: Document, branches: Sequence[int] | None = None
) -> Iterator[tuple[Match, str]]:
    """Each match of the rule's tree, or of some branches of it, that is excused, and by what."""
    trees = rule.branches if branches is None else [rule.branches[branch] for branch in branches]
    for match in sorted({match for tree in trees for match in tree.find(document)}):
        if match.capped:
            continue
        reason = _excuse(rule, match, document) or waived(compiled, rule, match, document)
        if reason is not None:
            yield match, reason


def _excuse(rule: Rule, match: Match, document: Document) -> str | None:
    for tree, where in rule.excuses:
        for excuse in tree.find(document):
            if covers(document, excuse, where, match):
                place = {"match": "touches it", "sentence": "stands in its sentence", "text": "stands in the text"}[
                    where
                ]
                return f"{quote(excuse, document)} {place} ({excuse.why})" if excuse.end else f"there is {says(tree)}"
    return None


def waived(compiled: Compiled, rule: Rule, match: Match, document: Document) -> str | None:
    """The exception of the policy that excuses a match; None where there is none."""
    for waiver in compiled.waivers:
        if excuses(waiver, rule, match, document):
            return f"exception {waiver.id} holds until {waiver.expires}"
    return None


# --- the tree -------------------------------------------------------------------------------------------------------


def _tree(tree: Tree, document: Document, lead: str) -> list[str]:
    """The tree as lines: what each part looks for, and what it found or lacks."""
    match tree:
        case AnyOf(parts):
            return _any(parts, document, lead)
        case AllOf(parts):
            return _all(parts, document, lead + needs(parts, "anywhere in the text"))
        case Near(distance, parts):
            head = lead + needs(parts, within(distance)) + ", in this order" * tree.ordered
            return [*_all(parts, document, head), *_distance(tree, document, lead + "  ")]
        case Count(at_least, part):
            found = separate(part.find(document))
            head = f"{lead}needs {at_least} of the following: found {len(found)} of {at_least}"
            return [head, *_tree(part, document, lead + "  ")]
        case Not(part):
            found = part.find(document)
            state = f"does not hold, as {shown(found, document)} was found" if found else "holds"
            return [f"{lead}not {says(part)}: {state}"]
        case Leaf(matcher):
            return _leaf(tree, matcher, document, lead)


def _any(parts: Sequence[Tree], document: Document, lead: str) -> list[str]:
    found = [part for part in parts if part.find(document)]
    if not found:
        kept = sorted(parts, key=lambda part: -_share(missed(part, document)))[:_BRANCHES]
        more = f", the nearest {_BRANCHES} of which are" * (len(parts) > _BRANCHES)
        head = f"{lead}needs any of {len(parts)}: found none{more}"
        return [head, *(line for part in kept for line in _tree(part, document, lead + "  "))]
    head = f"{lead}needs any of {len(parts)}: found {len(found)}"
    return [head, *(line for part in found for line in _tree(part, document, lead + "  "))]


def _share(close: Missed | None) -> float:
    return close.share if close is not None else 0.0


def _all(parts: Sequence[Tree], document: Document, head: str) -> list[str]:
    lead = " " * (len(head) - len(head.lstrip()) + 2)
    count = sum(1 for part in parts if not isinstance(part, Not) and part.find(document))
    return [f"{head}: found {count}", *(line for part in parts for line in _tree(part, document, lead))]


def _distance(near: Near, document: Document, lead: str) -> list[str]:
    wanted = [part for part in near.parts if not isinstance(part, Not)]
    if len(wanted) < 2 or not all(part.find(document) for part in wanted):
        return []
    closest = nearest(near, document)
    if closest is None:
        return [f"{lead}they stand " + ("in another order" if near.ordered else "in one and the same place")]
    return [f"{lead}nearest: {shown(closest.group, document)}, {apart(near.distance, closest.between)}"]


def _leaf(tree: Leaf, matcher: object, document: Document, lead: str) -> list[str]:
    found = tree.find(document)
    if found:
        more = [f"{lead}  and {len(found) - _FOUND} more"] if len(found) > _FOUND else []
        lines = [f"{lead}  found {quote(match, document)}: {match.why}" for match in found[:_FOUND]]
        return [f"{lead}{says(tree)}", *lines, *more]
    if isinstance(matcher, Exchange):
        return _exchange(matcher, document, lead)
    if isinstance(matcher, Phrase | Phrases) and (part := stretch(matcher, document)) is not None:
        there = repr(document.text[part.start : part.end])
        return [
            f"{lead}{says(tree)}: not found; of `{shortened(part.template)}` there is {there} at {part.start} to {part.end}"
        ]
    return [f"{lead}{says(tree)}: not found"]


def _exchange(matcher: Exchange, document: Document, lead: str) -> list[str]:
    found = {name: side.find(document) for name, side in sides(matcher).items()}
    absent = [name for name, each in found.items() if not each]
    kept = f"no {listed(absent, shown=3)}" if absent else untied(matcher, document)
    lines = [
        f"{lead}  {name}, {says(side)}: {shown(found[name], document) or 'not found'}"
        for name, side in sides(matcher).items()
    ]
    return [f"{lead}needs give, feedback and tie: {kept}", *lines]
