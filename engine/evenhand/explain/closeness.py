"""How close a text comes to what a tree looks for: the nearest parts, how much of a phrase stands, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..fitting import fitting
from ..kinds.exchange import Exchange
from ..model import Match
from ..phrase_matcher import Phrase, Phrases
from ..phrases import Choice, Node, Row
from ..text import Document
from ..tree import AllOf, AnyOf, Count, Distance, Leaf, Near, Not, Tree
from .says import says, within

_LOOKED_AT = 60  # matches of each part, and
_WORDS = 300  # words of a text, so that a long one cannot take long
_LEAST = 2  # words: less of a phrase stands in any text
_TOO_FAR = 2  # times the distance that is allowed


@dataclass(frozen=True, slots=True)
class Missed:
    """How close a tree that does not match comes: a share from 0 to 1, what keeps it from matching, and what was found."""

    share: float
    why: str
    found: tuple[Match, ...]


# --- near -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nearest:
    """The matches of all parts that stand nearest to each other, and how far from the first the farthest stands."""

    between: int
    group: tuple[Match, ...]


def nearest(near: Near, document: Document) -> Nearest | None:
    """The nearest matches of the parts; None where a part is not found, or where they never stand in the order asked for."""
    found = [part.find(document)[:_LOOKED_AT] for part in near.parts if not isinstance(part, Not)]
    if not all(found):
        return None
    groups = [group for anchor in found[0] if (group := _group(near, document, anchor, found[1:])) is not None]
    return min(groups, key=lambda group: group.between, default=None)


def _group(near: Near, document: Document, anchor: Match, others: Sequence[Sequence[Match]]) -> Nearest | None:
    group, farthest = [anchor], 0
    for matches in others:
        fitting_ones = [
            match
            for match in matches
            if (match.start, match.end) != (anchor.start, anchor.end)
            and (not near.ordered or match.start >= group[-1].end)
        ]
        if not fitting_ones:
            return None
        between, chosen = min((near.distance.between(document, anchor, match), match) for match in fitting_ones)
        group.append(chosen)
        farthest = max(farthest, between)
    return Nearest(farthest, tuple(group))


def apart(distance: Distance, between: int) -> str:
    """How far apart matches stand, against what is allowed."""
    if distance.unit == "sentences" and between <= distance.count:
        return within(distance)
    if distance.unit == "sentences":
        return f"{between} {'sentence' if between == 1 else 'sentences'} apart; {within(distance)} is asked for"
    return f"{between} {distance.unit[:-1] if between == 1 else distance.unit} apart; {distance.count} allowed"


# --- phrases --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stretch:
    """The longest part of a template's row that stands in a text: how many of its words, and where."""

    words: int
    template: str
    start: int
    end: int


def stretch(matcher: Phrase | Phrases, document: Document) -> Stretch | None:
    """How much of a phrase stands in the text as it is written; None where that is less than two words."""
    parts = matcher.parts if isinstance(matcher, Phrases) else (matcher,)
    best: Stretch | None = None
    for part in parts:
        for row in _rows(part.template.node):
            words, first, behind = _longest(row, document.flat.words[:_WORDS])
            if words >= _LEAST and (best is None or words > best.words):
                best = Stretch(words, part.template.template, *document.words.span(first, behind - 1))
    return best


def _rows(node: Node) -> Iterable[Sequence[Node]]:
    match node:
        case Row(parts):
            yield parts
        case Choice(branches):
            yield from (branch.parts for branch in branches if isinstance(branch, Row))


def _longest(parts: Sequence[Node], words: Sequence[str]) -> tuple[int, int, int]:
    """(words of the row that stand, the first of them, the one behind the last), of the run of parts with most."""
    best = (0, 0, 0)
    for at in range(len(words)):
        for first in range(len(parts)):
            best = max(best, _run(parts[first:], words, at), key=lambda each: (each[0], at - each[1]))
    return best


def _run(parts: Sequence[Node], words: Sequence[str], at: int) -> tuple[int, int, int]:
    """The same for the run that begins with the first part, at a word of the text."""
    best = (0, at, at)
    places = {at: 0}  # where the next part may stand, and how many words of the row stand before it
    for part in parts:
        fit, loose = fitting(part), _takes_any_word(part)
        if loose and places == {at: 0}:
            return best
        behind: dict[int, int] = {}
        for place, count in places.items():
            for end in fit(words, place):
                behind[end] = max(behind.get(end, 0), count + (0 if loose else end - place))
        if not behind:
            break
        places = behind
        if not loose:
            end = max(places, key=lambda place: (places[place], -place))
            best = max(best, (places[end], at, end), key=lambda each: each[0])
    return best


def _takes_any_word(part: Node) -> bool:
    return 1 in fitting(part)(["\0"], 0)


# --- trees ----------------------------------------------------------------------------------------------------------


def missed(tree: Tree, document: Document) -> Missed | None:
    """How close a tree comes that does not match; None where it is not close at all, or matches.

    Close is: all parts but one are found, or all are and stand at most twice as far apart as is allowed.
    """
    match tree:
        case AnyOf(parts):
            close = [each for part in parts if (each := missed(part, document)) is not None]
            return max(close, key=lambda each: each.share, default=None)
        case AllOf(parts):
            return _one_missing(parts, document, "anywhere in the text")
        case Near(distance, parts):
            return _one_missing(parts, document, within(distance)) or _too_far(tree, document)
        case Count(at_least, part):
            return _too_few(at_least, part, document)
        case Leaf(Exchange() as matcher):
            return _not_tied(matcher, document)
        case _:
            return None


def _one_missing(parts: Sequence[Tree], document: Document, where: str) -> Missed | None:
    missing: list[Tree] = []
    found: list[Match] = []
    for part in parts:
        matches = part.find(document)
        if not matches:
            missing.append(part)
        elif not isinstance(part, Not):
            found.append(matches[0])
        if len(missing) > 1:
            return None  # the other parts may be dear to look for
    if not missing or not found:
        return None
    part = missing[0]
    lacks = (
        f"`not` does not hold, as there is {says(part.part)}" if isinstance(part, Not) else f"not found: {says(part)}"
    )
    why = f"{needs(parts, where)}, found {len(found)}: {shown(found, document)}; {lacks}"
    return Missed((len(parts) - 1) / len(parts), why, tuple(found))


def needs(parts: Sequence[Tree], where: str) -> str:
    """What `all` or `near` asks for, by the number of its parts that must be found."""
    count = sum(not isinstance(part, Not) for part in parts)
    return f"needs all {count} {where}" if count > 1 else "needs the following"


def _too_far(near: Near, document: Document) -> Missed | None:
    closest = nearest(near, document)
    # a sentence allows no end of one in between: one is twice as far
    allowed = near.distance.count + (near.distance.unit == "sentences")
    if closest is None or closest.between <= near.distance.count:
        return None
    far = closest.between + (near.distance.unit == "sentences")
    if far > _TOO_FAR * allowed:
        return None
    why = f"{shown(closest.group, document)} stand {apart(near.distance, closest.between)}"
    return Missed(0.8 + 0.2 * allowed / far, why, closest.group)


def _too_few(at_least: int, part: Tree, document: Document) -> Missed | None:
    found = separate(part.find(document))
    if not 0 < len(found) == at_least - 1:
        return None
    return Missed(len(found) / at_least, f"found {len(found)} of {at_least}: {shown(found, document)}", tuple(found))


def separate(matches: Iterable[Match]) -> list[Match]:
    """Matches that do not overlap, as `count` counts them."""
    kept: list[Match] = []
    for match in matches:
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


def sides(matcher: Exchange) -> dict[str, Tree]:
    """The three sides of an exchange by name."""
    return {"give": Leaf(matcher.give), "feedback": Leaf(matcher.feedback), "tie": Leaf(matcher.tie)}


def _not_tied(matcher: Exchange, document: Document) -> Missed | None:
    found = {name: side.find(document) for name, side in sides(matcher).items()}
    absent = [name for name, matches in found.items() if not matches]
    first = tuple(matches[0] for matches in found.values() if matches)
    if list(matcher.find(document)) or len(absent) > 1:
        return None
    if absent:
        there = ", ".join(f"{name} {quote(matches[0], document)}" for name, matches in found.items() if matches)
        return Missed(2 / 3, f"needs give, feedback and tie; found {there}; no {absent[0]}", first)
    kept = untied(matcher, document)
    return Missed(0.9, kept, first) if "too far" not in kept else None


def untied(matcher: Exchange, document: Document) -> str:
    """What keeps an exchange from matching of which all three sides are found."""
    if list(replace(matcher, direction="any").find(document)):
        return f"give, feedback and tie are found, but not {matcher.direction}"
    if list(replace(matcher, sentences=matcher.sentences * _TOO_FAR).find(document)):
        return f"give, feedback and tie are found, but not within {_sentences(matcher.sentences)}"
    return f"give, feedback and tie are found, but too far apart or one inside the other ({_sentences(matcher.sentences)} allowed)"


def _sentences(count: int) -> str:
    return "one sentence" if count == 1 else f"{count} sentences"


def quote(match: Match, document: Document) -> str:
    """What was matched, and where."""
    return f"{document.text[match.start : match.end]!r} at {match.start} to {match.end}"


def shown(matches: Sequence[Match], document: Document) -> str:
    """What was matched, and where: the first three."""
    more = f" and {len(matches) - 3} more" if len(matches) > 3 else ""
    return ", ".join(quote(match, document) for match in matches[:3]) + more
