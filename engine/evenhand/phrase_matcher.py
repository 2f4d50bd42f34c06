"""Matchers for phrases, which several kinds are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .errors import OptionError
from .matcher import Surroundings, Trigger, united
from .model import Match
from .phrases import (
    Openings,
    PhraseError,
    bare_literals,
    cover,
    literals,
    openings,
    pattern,
    read_phrase,
    required_words,
    shortened,
)
from .phrases import Phrase as Template
from .text import Document, Flat, Words, bare_key

TOLERATED = ("leet", "repeats", "spacing")
_SHORTEST = 3  # characters: "aaaa" has the same key as "4"


@dataclass(frozen=True)
class Phrase:
    """The matcher for one template: a regular expression over the words, and one over the undisguised words."""

    template: Template
    tolerate: frozenset[str] = frozenset(TOLERATED)

    @property
    def key(self) -> object:
        return ("phrase", id(self))

    @cached_property
    def trigger(self) -> Trigger | None:
        plain = literals(self.template.node)
        return Trigger(plain, bare_literals(plain) if self.tolerate else frozenset())

    @cached_property
    def cover(self) -> frozenset[str] | None:
        """Words of which one stands wherever the phrase does."""
        return cover(self.template.node)

    @cached_property
    def required(self) -> tuple[frozenset[str], ...]:
        return required_words(self.template.node)

    @cached_property
    def openings(self) -> Openings | None:
        return openings(self.template.node)

    @cached_property
    def bare_openings(self) -> Openings | None:
        return openings(self.template.node, bare_key)

    @cached_property
    def plain(self) -> re.Pattern[str]:
        return re.compile(pattern(self.template.node))

    @cached_property
    def bare(self) -> re.Pattern[str]:
        return re.compile(pattern(self.template.node, bare_key))

    def find(self, document: Document) -> Iterator[Match]:
        if self._may_stand(document):
            for start, end in _found(self.plain, document.words):
                yield Match(start, end, f"phrase `{shortened(self.template.template)}` in {document.chain(start, end)}")
        if self._may_stand_disguised(document) and document.bare is not None:
            for start, end in _found(self.bare, document.bare):
                if len(document.disguised_letters(start, end)) < _SHORTEST:
                    continue
                disguises = document.disguises(start, end)
                if disguises and disguises <= self.tolerate:
                    chain = document.chain(start, end, "bare")
                    yield Match(start, end, f"phrase `{shortened(self.template.template)}` in {chain}")

    def _may_stand(self, document: Document) -> bool:
        """What the words alone rule out is not worth splitting the text into sentences for."""
        flat = document.flat
        if any(each.isdisjoint(flat.set) for each in self.required):
            return False
        return _begins(self.plain, self.openings, flat)

    def _may_stand_disguised(self, document: Document) -> bool:
        if not self.tolerate or not document.bare_flat.words:
            return False
        return _begins(self.bare, self.bare_openings, document.bare_flat)


def _begins(regular: re.Pattern[str], openings: Openings | None, flat: Flat) -> bool:
    """Whether the expression matches the words at one of the places where it may begin."""
    if openings is None:
        return regular.search(flat.string) is not None
    return any(regular.match(flat.string, place) for place in openings.places(flat))


def _found(regular: re.Pattern[str], words: Words) -> Iterator[tuple[int, int]]:
    for match in regular.finditer(words.string):
        yield words.span(words.word_at(match.start() + 1), words.word_at(match.end() - 1))


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
    def plain_first(self) -> _First:
        return _First([part.openings for part in self.parts])

    @cached_property
    def bare_first(self) -> _First:
        return _First([part.bare_openings for part in self.parts])

    def find(self, document: Document) -> Iterable[Match]:
        tried = self.plain_first.of(document.flat)
        if document.bare_flat.words:
            tried |= self.bare_first.of(document.bare_flat)
        return sorted({match for number in tried for match in self.parts[number].find(document)})


class _First:
    """Which of several phrases the words of a text may begin."""

    def __init__(self, several: Sequence[Openings | None]) -> None:
        self.anywhere = {number for number, each in enumerate(several) if each is None}
        self.words: dict[str, list[int]] = {}
        self.beginnings: dict[str, list[int]] = {}
        for number, each in enumerate(several):
            for word in each.words if each else ():
                self.words.setdefault(word, []).append(number)
            for beginning in each.beginnings if each else ():
                self.beginnings.setdefault(beginning, []).append(number)
        self.known = frozenset(self.words)
        self.all_beginnings = tuple(self.beginnings)

    def of(self, flat: Flat) -> set[int]:
        found = set(self.anywhere)
        for word in self.known & flat.set:
            found.update(self.words[word])
        if self.all_beginnings:
            for word in flat.set:
                if word.startswith(self.all_beginnings):
                    for beginning, numbers in self.beginnings.items():
                        if word.startswith(beginning):
                            found.update(numbers)
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
        made = Phrase(read_phrase(template, surroundings.lists, surroundings.macros), tolerate)
        _ = made.trigger  # a phrase without a required word is refused here
        surroundings.built[key] = made
    return made
