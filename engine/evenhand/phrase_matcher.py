"""Matchers for phrases, which several kinds are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from .disguise import bare_key
from .errors import OptionError
from .fitting import Fit, fitting
from .matcher import Surroundings, Trigger, united
from .model import Match
from .phrase_needs import (
    Beginnings,
    Places,
    bare_literals,
    cover,
    likelihood,
    literals,
    longest,
    required_words,
    written_out,
)
from .phrases import Node, PhraseError, read_phrase, shortened
from .phrases import Phrase as Template
from .shorthand import Shorthand
from .text import AS_WRITTEN, Document, WrittenOut
from .views import Flat, Words

TOLERATED = ("leet", "repeats", "spacing")
MAX_MATCHES = 60
_SHORTEST = 3  # characters: "aaaa" has the same key as "4"


class Form:
    """A template as the words of one view are written: what it needs there, where it may begin, and where it fits."""

    def __init__(self, node: Node, key: Callable[[str], str] = str) -> None:
        self.node, self.key = node, key

    @cached_property
    def required(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(map(self.key, words)) for words in required_words(self.node))

    @cached_property
    def places(self) -> Places:
        return Places(self.node, self.key)

    @cached_property
    def fits(self) -> Fit:
        return fitting(self.node, self.key)

    def stretches(self, flat: Flat, words: Callable[[], Words]) -> Iterator[tuple[int, int]]:
        """(first word, last word) of each place where it stands in a sentence, leftmost first, none on top of another.

        `words` are those of `flat` with their sentences: they are asked for where it fits, which is seldom.
        """
        if any(each.isdisjoint(flat.set) for each in self.required):
            return
        free = 0
        for at in sorted(self.places.of(flat)):
            if at >= free and (ends := self.fits(flat.words, at)):
                stop = words().stop(at)
                end = next((end for end in ends if end <= stop), None)
                if end is not None:
                    free = end
                    yield at, end - 1


@dataclass(frozen=True, eq=False)
class Phrase:
    """The matcher for one template: a form for the words, for the undisguised words, and for shorthand written out.

    `read` gives the template; it is asked when a text may hold the phrase, for most texts hold few.
    """

    read: Callable[[], Template]
    tolerate: frozenset[str] = frozenset(TOLERATED)
    shorthand: Shorthand | None = None

    @property
    def key(self) -> object:
        return ("phrase", id(self))

    @cached_property
    def template(self) -> Template:
        return self.read()

    @cached_property
    def trigger(self) -> Trigger | None:
        plain = literals(self.template.node)
        bare = bare_literals(plain) if self.tolerate else frozenset()
        long = literals(self.long.node) if self.long is not self.plain else frozenset()
        return Trigger(plain, bare, written_out=long)

    @cached_property
    def cover(self) -> frozenset[str] | None:
        """Words of which one stands wherever the phrase does."""
        return united(cover(form.node) for form in {self.plain, self.long})

    @cached_property
    def likelihood(self) -> float:
        """A rough share of texts in which the phrase stands."""
        return likelihood(self.template.node)

    @cached_property
    def longest(self) -> int:
        """How many words the longest match has."""
        return longest(self.template.node)

    @cached_property
    def plain(self) -> Form:
        return Form(self.template.node)

    @cached_property
    def bare(self) -> Form:
        return Form(self.template.node, bare_key)

    @cached_property
    def long(self) -> Form:
        """The template as it reads in a text whose shorthand is written out."""
        node = written_out(self.template.node, self.shorthand) if self.shorthand else self.template.node
        return self.plain if node == self.template.node else Form(node)

    def find(self, document: Document) -> Iterator[Match]:
        for count, match in enumerate(self._find(document), 1):
            capped = count == MAX_MATCHES
            yield replace(match, why=f"{match.why}, stopped at its limit", capped=True) if capped else match
            if capped:
                return

    def _find(self, document: Document) -> Iterator[Match]:
        plain = set()
        for first, last in self.plain.stretches(document.flat, lambda: document.words):
            start, end = document.words.span(first, last)
            plain.add((start, end))
            yield Match(start, end, self._why(document.chain(start, end)))
        if self.tolerate and document.bare_flat.words:
            yield from self._disguised(document)
        if document.shorthand:
            yield from (match for match in self._in_shorthand(document) if (match.start, match.end) not in plain)

    def _disguised(self, document: Document) -> Iterator[Match]:
        flat, words = document.bare_flat, document.bare
        if words is None or not any(
            self.bare.fits(flat.words, at) for at in self.bare.places.around(flat, document.marks)
        ):
            return
        for first, last in self.bare.stretches(flat, lambda: words):
            start, end = words.span(first, last)
            if len(document.disguised_letters(start, end)) < _SHORTEST:
                continue
            disguises = document.disguises(start, end)
            if disguises and disguises <= self.tolerate:
                yield Match(start, end, self._why(document.chain(start, end, "bare")))

    def written_out(self, document: Document) -> WrittenOut | None:
        """The text with its shorthand written out; None where there is none."""
        return self.shorthand.of_document(document) if document.shorthand and self.shorthand is not None else None

    def _in_shorthand(self, document: Document) -> Iterator[Match]:
        """Matches in which some shorthand stands."""
        written = self.written_out(document)
        if written is None:
            return
        for first, last in self.long.stretches(written.flat, lambda: written.words):
            start, end = written.words.span(first, last)
            if steps := written.steps(start, end):
                chain = document.chain(start, end)
                yield Match(start, end, self._why(", ".join([*steps, *[chain] * (chain != AS_WRITTEN)])))

    def _why(self, chain: str) -> str:
        return f"phrase `{shortened(self.template.template)}` in {chain}"


@dataclass(frozen=True)
class Phrases:
    """Several templates of which any one is enough."""

    parts: tuple[Phrase, ...]

    @property
    def key(self) -> object:
        return ("phrases", id(self))

    @cached_property
    def trigger(self) -> Trigger | None:
        trigger = Trigger()
        for part in self.parts:
            if part.trigger is not None:
                trigger |= part.trigger
        return trigger

    @cached_property
    def cover(self) -> frozenset[str] | None:
        """Words of which one stands wherever one of the phrases does."""
        return united(part.cover for part in self.parts)

    @cached_property
    def likelihood(self) -> float:
        """A rough share of texts in which one of the phrases stands."""
        return sum(part.likelihood for part in self.parts)

    @cached_property
    def longest(self) -> int:
        """How many words the longest match has."""
        return max(part.longest for part in self.parts)

    @cached_property
    def plain(self) -> _Anchored:
        return _Anchored([part.plain.places.anchors for part in self.parts])

    @cached_property
    def bare(self) -> _Anchored:
        return _Anchored([part.bare.places.anchors for part in self.parts])

    @cached_property
    def long(self) -> _Anchored:
        return _Anchored([part.long.places.anchors for part in self.parts])

    def find(self, document: Document) -> Iterable[Match]:
        return sorted({match for number in self.tried(document) for match in self.parts[number].find(document)})

    def tried(self, document: Document) -> set[int]:
        """The phrases that have a rare word in some reading of the text."""
        tried = self.plain.among(document.flat)
        if document.bare_flat.words:
            tried |= self.bare.among(document.bare_flat)
        if (written := self.parts[0].written_out(document)) is not None:
            tried |= self.long.among(written.flat)
        return tried


class _Anchored:
    """Several phrases, looked up by their rarest words."""

    def __init__(self, anchors: Sequence[Beginnings]) -> None:
        self.by_word: dict[str, list[int]] = {}
        for number, each in enumerate(anchors):
            for word in each.words:
                self.by_word.setdefault(word, []).append(number)
        self.words = frozenset(self.by_word)
        self.others = [(number, each) for number, each in enumerate(anchors) if each.ends]

    def among(self, flat: Flat) -> set[int]:
        """The phrases that have a rare word among those of a text."""
        found = {number for word in self.words & flat.set for number in self.by_word[word]}
        found.update(number for number, each in self.others if number not in found and each.among(flat))
        return found


def build_phrases(
    templates: Sequence[str], surroundings: Surroundings, path: Sequence[str | int], tolerate: Iterable[str] = TOLERATED
) -> Phrases:
    """Matchers for templates; a template that cannot be read raises `OptionError` with `path` and its index."""
    parts = []
    for index, template in enumerate(templates):
        try:
            parts.append(_phrase(template, frozenset(tolerate), surroundings))
        except PhraseError as error:
            raise OptionError(error.message, error.hint, (*path, index)) from None
    return Phrases(tuple(parts))


def _phrase(template: str, tolerate: frozenset[str], surroundings: Surroundings) -> Phrase:
    """The matcher of one template, made once a pack: it is read when it is checked, and again in its list."""
    key = f"template {sorted(tolerate)} {template}"
    made = surroundings.built.get(key)
    if not isinstance(made, Phrase):
        read = partial(read_phrase, template, surroundings.lists, surroundings.macros)
        made = Phrase(read, tolerate, surroundings.shorthand)
        if not surroundings.checked:
            _ = made.template  # one that cannot be read is refused here
        surroundings.built[key] = made
    return made
