"""Where a rule matches a text: its finds, as it stands and as a code reads, less what an excuse or an exception covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .codes import Reading, in_code, readings
from .compiled import Rule, Waiver
from .matcher import apart
from .model import Feedback, Match
from .text import Document
from .tree import Tree


def applies(rule: Rule, feedback: Feedback) -> bool:
    """Whether the rule applies today, and the facts of the feedback are those that it asks for in `when`."""
    when = rule.when
    if not rule.active:
        return False
    if not when:
        return True
    if "author" in when and feedback.author != when["author"]:
        return False
    if "rating" in when:
        least, most = when["rating"].get("min", 1), when["rating"].get("max", 5)
        if feedback.rating is None or not least <= feedback.rating <= most:
            return False
    if "locale" in when and not _locale_in(feedback.locale, when["locale"]):
        return False
    return "contract" not in when or _contract_fits(rule, feedback)


def _locale_in(locale: str, wanted: Iterable[str]) -> bool:
    ours = locale.lower().replace("_", "-")
    return any(ours == each.lower() or ours.startswith(each.lower() + "-") for each in wanted)


def _contract_fits(rule: Rule, feedback: Feedback) -> bool:
    wanted, contract = rule.when["contract"], feedback.contract
    if "known" in wanted and (contract is not None) != wanted["known"]:
        return False
    if "ended_by" in wanted and (contract is None or contract.ended_by != wanted["ended_by"]):
        return False
    if rule.title is None:
        return True
    return bool(contract and contract.title and rule.title.find(Document(Feedback(contract.title))))


def matches(rule: Rule, document: Document, branches: Sequence[int] | None = None) -> list[Match]:
    """Where the rule matches the document: not excused, the leftmost and longest of those that overlap.

    `branches` limits the search to those parts of the rule's tree.
    """
    if not applies(rule, document.feedback):
        return []
    trees = [rule.tree] if branches is None else [rule.branches[branch] for branch in branches]
    found = _unexcused(rule, trees, document)
    for reading in readings(document):
        found += _in_code(rule, trees, document, reading)
    return apart(found)


def _unexcused(rule: Rule, trees: Sequence[Tree], document: Document) -> list[Match]:
    found = sorted({match for tree in trees for match in tree.find(document)})
    if found and rule.unless:
        found = [match for match in found if match.capped or not _excused(rule, match, document)]
    return found


def _in_code(rule: Rule, trees: Sequence[Tree], document: Document, reading: Reading) -> Iterator[Match]:
    """What the rule finds in a text as a code reads, where that stands in the text and is not excused there either.

    Where the search gave up, that stays said, whatever the text there is.
    """
    for match in _unexcused(rule, trees, reading.document):
        start, end = reading.span(match.start, match.end)
        there = Match(start, end, f"{match.why}, read {reading.name}", match.capped)
        coded = in_code(document.text[start:end], reading.document.text[match.start : match.end])
        if match.capped or (coded and not _excused(rule, there, document)):
            yield there


def _excused(rule: Rule, match: Match, document: Document) -> bool:
    return any(
        covers(document, excuse, where, match) for tree, where in rule.excuses for excuse in _found(tree, document)
    )


def _found(tree: Tree, document: Document) -> Iterator[Match]:
    yield from tree.find(document)


def excuses(waiver: Waiver, rule: Rule, match: Match, document: Document) -> bool:
    """Whether an exception excuses what a rule found."""
    return waiver.concerns(rule.id, document.feedback) and any(
        covers(document, excuse, "match", match) for excuse in waiver.tree.find(document)
    )


def covers(document: Document, excuse: Match, where: str, match: Match) -> bool:
    """Whether an excuse stands near enough to a match: touching it, in one of its sentences, or anywhere."""
    if where == "text":
        return True
    if where == "sentence":
        first, last = document.sentence_of(match.start, match.end)
        begin, end = document.sentence_of(excuse.start, excuse.end)
        return begin <= last and first <= end
    return excuse.start < match.end and match.start < excuse.end
