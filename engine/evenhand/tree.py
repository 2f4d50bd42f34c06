"""The find-tree of a rule: combinators over matchers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import or_

from .matcher import Matcher, Several, Trigger, Within, beside, chance, chance_beside, united
from .model import Match
from .phrase_matcher import Phrase, Phrases
from .text import Document

MAX_PAIRS = 2_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """A matcher in the tree; equal leaves of different rules are searched once a document."""

    matcher: Matcher

    @property
    def trigger(self) -> Trigger | None:
        return self.matcher.trigger

    def find(self, document: Document) -> list[Match]:
        return document.once(id(self.matcher), lambda: sorted(self.matcher.find(document)))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Every match of every branch."""

    parts: tuple[Tree, ...]

    @property
    def trigger(self) -> Trigger | None:
        triggers = [part.trigger for part in self.parts]
        return None if None in triggers else reduce(or_, (t for t in triggers if t is not None))

    def find(self, document: Document) -> list[Match]:
        return sorted({match for part in self.parts for match in part.find(document)})


@dataclass(frozen=True, slots=True)
class Not:
    """A condition: holds when the part is not found. It has no span and counts only inside `all` or `near`."""

    part: Tree

    @property
    def trigger(self) -> Trigger | None:
        return None

    def find(self, document: Document) -> list[Match]:
        return [] if self.part.find(document) else [Match(0, 0, "absent")]


@dataclass(frozen=True)
class AllOf:
    """The matches of the first part that is not a `not`, provided that every other part is found too."""

    parts: tuple[Tree, ...]

    @cached_property
    def cheapest_first(self) -> tuple[Tree, ...]:
        return _cheapest_first(self.parts)

    @property
    def trigger(self) -> Trigger | None:
        return _rarest(self.parts)

    def find(self, document: Document) -> list[Match]:
        if not all(part.find(document) for part in self.cheapest_first):
            return []
        return next(part for part in self.parts if not isinstance(part, Not)).find(document)


@dataclass(frozen=True, slots=True)
class Distance:
    """How far apart: `count` words, characters or sentences (0 sentences: the same one)."""

    count: int
    unit: str

    def __str__(self) -> str:
        if self.unit != "sentences":
            return f"{self.count} {self.unit}"
        return f"{self.count + 1} sentences" if self.count else "a sentence"

    def holds(self, document: Document, a: Match, b: Match) -> bool:
        """Whether two matches stand so near; what overlaps is near."""
        return self.between(document, a, b) <= self.count

    def between(self, document: Document, a: Match, b: Match) -> int:
        """How many words, characters or ends of sentences stand between two matches; 0 for what overlaps."""
        first, second = (a, b) if a.start <= b.start else (b, a)
        if second.start < first.end:
            return 0
        if self.unit == "characters":
            return second.start - first.end
        if self.unit == "words":
            if not document.words.words:
                return 0
            left = document.words.covering(first.start, first.end)[1]
            return document.words.covering(second.start, second.end)[0] - left - 1
        return document.sentence_of(second.start, second.end)[0] - document.sentence_of(first.start, first.end)[1]


_DISTANCE = re.compile(r"(\d+) (words?|characters?|sentences?)|(sentence)")
DISTANCE_PATTERN = rf"^(?:{_DISTANCE.pattern})$"


def read_distance(written: str) -> Distance:
    """Reads `6 words`, `40 characters`, `sentence` or `2 sentences` (that many, the first one included)."""
    match = _DISTANCE.fullmatch(written)
    if match is None:
        raise ValueError(written)
    if match[3]:
        return Distance(0, "sentences")
    unit = match[2].rstrip("s") + "s"
    return Distance(int(match[1]) - (unit == "sentences"), unit)


@dataclass(frozen=True)
class Near:
    """A match of the first part with one of every other part within the distance; the span covers them all.

    With `ordered`, each part starts behind the one before it.
    """

    distance: Distance
    parts: tuple[Tree, ...]
    ordered: bool = False

    @cached_property
    def cheapest_first(self) -> tuple[Tree, ...]:
        return _cheapest_first(self.parts)

    @property
    def trigger(self) -> Trigger | None:
        return _rarest(self.parts, self.distance)

    def find(self, document: Document) -> list[Match]:
        if not all(part.find(document) for part in self.cheapest_first):
            return []
        found = [part.find(document) for part in self.parts if not isinstance(part, Not)]
        stopped = (replace(match, why=f"near: {match.why}") for part in found for match in part if match.capped)
        return sorted({*self._groups(document, found), *stopped})

    def _groups(self, document: Document, found: list[list[Match]]) -> Iterable[Match]:
        budget = MAX_PAIRS
        for anchor in found[0]:
            group = [anchor]
            for matches in found[1:]:
                budget -= len(matches)
                chosen = self._nearest(document, anchor, group[-1], matches)
                if chosen is None:
                    break
                group.append(chosen)
            else:
                yield self._cover(group)
            if budget < 0:
                yield Match(anchor.start, anchor.end, "near: stopped at its limit of pairs", capped=True)
                return

    def _nearest(self, document: Document, anchor: Match, last: Match, matches: Sequence[Match]) -> Match | None:
        nearest: Match | None = None
        least = 0
        for match in matches:
            apart = max(match.start - anchor.end, anchor.start - match.end, 0)
            if nearest is not None and (apart > least or (apart == least and match >= nearest)):
                continue  # before anything dearer is asked
            if match is anchor or (match.start, match.end) == (anchor.start, anchor.end):
                continue
            if (not self.ordered or match.start >= last.end) and self.distance.holds(document, anchor, match):
                nearest, least = match, apart
        return nearest

    def _cover(self, group: list[Match]) -> Match:
        why = f"near (within {self.distance}): " + "; ".join(match.why for match in group)
        return Match(min(m.start for m in group), max(m.end for m in group), why, any(m.capped for m in group))


@dataclass(frozen=True, slots=True)
class Count:
    """At least so many matches that do not overlap; the span reaches from the first to the last."""

    at_least: int
    part: Tree

    @property
    def trigger(self) -> Trigger | None:
        return self.part.trigger

    def find(self, document: Document) -> list[Match]:
        apart: list[Match] = []
        for match in self.part.find(document):
            if not apart or match.start >= apart[-1].end:
                apart.append(match)
        if len(apart) < self.at_least:
            return []
        why = f"count {len(apart)} (at least {self.at_least}): {apart[0].why}"
        return [Match(apart[0].start, apart[-1].end, why, any(m.capped for m in apart))]


_WEIGHTS = {"shape": 0, "relevance": 0, "phrase": 1, "phrases": 1, "terms": 1}


def _cheapest_first(parts: Iterable[Tree]) -> tuple[Tree, ...]:
    """In the order in which they are best searched: what is cheap, or seldom found, rules out the rest."""
    return tuple(sorted(parts, key=lambda part: (_weight(part), _likelihood(part))))


def _weight(tree: Tree) -> int:
    """How dear a part is to search."""
    if isinstance(tree, Leaf):
        return _WEIGHTS.get(str(tree.matcher.key[0]), 4)  # type: ignore[index]
    parts = (tree.part,) if isinstance(tree, Not | Count) else tree.parts
    return sum(map(_weight, parts)) + isinstance(tree, Not)


def _likelihood(tree: Tree) -> float:
    """A rough share of texts in which phrases stand; 0 for what is no phrase."""
    return tree.matcher.likelihood if isinstance(tree, Leaf) and isinstance(tree.matcher, Phrase | Phrases) else 0.0


Tree = Leaf | AnyOf | AllOf | Not | Near | Count


_SCAN = 0.002  # what each pattern costs every text, where confirming a candidate costs 1


def _rarest(parts: Sequence[Tree], distance: Distance | None = None) -> Trigger | None:
    """All parts must be found, so the trigger of the rarest one is enough; words of the others narrow it.

    `distance` is how far each may stand from the first.
    """
    present = [part for part in parts if not isinstance(part, Not)]
    wanted = [(part, trigger) for part in present if (trigger := part.trigger) is not None]
    if not wanted:
        return None
    covers = {id(part): cover_of(part) for part in present}

    def cost(each: tuple[Tree, Trigger]) -> float:
        others = (words for part, words in covers.items() if part != id(each[0]))
        return chance(each[1]) * chance_beside(others) + _SCAN * len(each[1].patterns | each[1].regexes)

    part, trigger = min(wanted, key=cost)
    shorter = min((each.shorter for _, each in wanted if each.shorter), default=None)
    titled, disguised = any(each.titled for _, each in wanted), any(each.disguised for _, each in wanted)
    trigger = replace(trigger, titled=titled, disguised=disguised, shorter=shorter)
    within = [] if distance is None else _within(distance, part, present, covers)
    return beside(trigger, (words for other, words in covers.items() if other != id(part)), within)


def _within(
    distance: Distance, part: Tree, parts: Sequence[Tree], covers: Mapping[int, frozenset[str] | None]
) -> Iterator[Within]:
    """How far from a word of one part those of the others stand, where all of them are phrases: each lies in one sentence."""
    first = parts[0]
    if distance.unit == "characters" or not (_all_phrases(part) and _all_phrases(first)):
        return
    for other in parts:
        words = covers[id(other)]
        if other is not part and words is not None and _all_phrases(other):
            between = [] if first is part or first is other else [first]
            count = distance.count * (1 + len(between))
            if distance.unit == "words":
                count += sum(map(_longest, (part, other, *between)))
            yield Within(words, count, distance.unit)


def _all_phrases(tree: Tree) -> bool:
    """Whether every match of the tree is one of a phrase."""
    if isinstance(tree, AnyOf):
        return all(map(_all_phrases, tree.parts))
    return isinstance(tree, Leaf) and isinstance(tree.matcher, Phrase | Phrases)


def _longest(tree: Tree) -> int:
    """How many words the longest match of phrases has."""
    match tree:
        case AnyOf(parts):
            return max(map(_longest, parts))
        case Leaf(matcher) if isinstance(matcher, Phrase | Phrases):
            return matcher.longest
        case _:
            raise TypeError(tree)


def cover_of(tree: Tree) -> frozenset[str] | None:
    """Words of which one stands in every undisguised text that the tree matches; None where there is no such set."""
    match tree:
        case Leaf(matcher):
            words: frozenset[str] | None = getattr(matcher, "cover", None)
            return words
        case AnyOf(parts):
            return united(map(cover_of, parts))
        case Count(_, part):
            return cover_of(part)
        case AllOf(parts) | Near(_, parts):
            covers = [words for part in parts if (words := cover_of(part)) is not None]
            return min(covers, key=len, default=None)
        case Not():
            return None


def branches(tree: Tree) -> list[Tree]:
    """The parts of which each can find something by itself; their order is that of the policy."""
    if isinstance(tree, AnyOf):
        return [branch for part in tree.parts for branch in branches(part)]
    if isinstance(tree, Leaf) and isinstance(tree.matcher, Phrases):
        return [Leaf(part) for part in tree.matcher.parts]
    if isinstance(tree, Leaf) and isinstance(tree.matcher, Several):
        return [Leaf(part) for part in tree.matcher.parts]
    return [tree]
