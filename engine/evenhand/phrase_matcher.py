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
    Beginnings,
    PhraseError,
    Places,
    bare_literals,
    cover,
    literals,
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
    def places(self) -> Places:
        return Places(self.template.node)

    @cached_property
    def bare_places(self) -> Places:
        return Places(self.template.node, bare_key)

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
        return any(self.plain.match(flat.string, flat.offsets[at]) for at in self.places.of(flat))

    def _may_stand_disguised(self, document: Document) -> bool:
        flat = document.bare_flat
        if not self.tolerate or not flat.words:
            return False
        reach = self.bare_places.reach
        return any(
            document.may_be_disguised(at, reach) and self.bare.match(flat.string, flat.offsets[at])
            for at in self.bare_places.of(flat)
        )


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
    def plain(self) -> _Anchored:
        return _Anchored([part.places.anchors for part in self.parts])

    @cached_property
    def bare(self) -> _Anchored:
        return _Anchored([part.bare_places.anchors for part in self.parts])

    def find(self, document: Document) -> Iterable[Match]:
        tried = self.plain.among(document.flat)
        if document.bare_flat.words:
            tried |= self.bare.among(document.bare_flat)
        return sorted({match for number in tried for match in self.parts[number].find(document)})


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
        made = Phrase(read_phrase(template, surroundings.lists, surroundings.macros), tolerate)
        _ = made.trigger  # a phrase without a required word is refused here
        surroundings.built[key] = made
    return made
