"""Relevance: a longer text in which no word has to do with a contract, the work, the people or the contract's title."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import OptionError, nearest
from ..matcher import Kind, Matcher, Surroundings, Trigger
from ..model import Match
from ..phrases import spelled
from ..text import Document
from ..views import fold, reads_by_character, split_words

_MIN_WORDS = 8
_STEM = 4  # "candles" in the title and "candle" in the text are about the same thing


@dataclass(frozen=True)
class Relevance:
    """The matcher: marks the whole text when it has at least `min_words` words and none of the vocabulary."""

    vocabulary: frozenset[str]
    stems: tuple[str, ...]
    min_words: int
    needs_title: bool

    @property
    def key(self) -> object:
        return ("relevance", self.vocabulary, self.stems, self.min_words, self.needs_title)

    @property
    def trigger(self) -> Trigger | None:
        return Trigger(longer=self.min_words * 2 - 1, titled=self.needs_title)

    def find(self, document: Document) -> Iterable[Match]:
        title = document.feedback.contract.title if document.feedback.contract else None
        if self.needs_title and not title:
            return []
        words = document.flat.words
        if reads_by_character(document.folded.string):
            return []  # no vocabulary can speak for texts whose words we cannot tell
        if len(words) < self.min_words or any(w in self.vocabulary or w.startswith(self.stems) for w in words):
            return []
        stems = tuple({w[: max(_STEM, len(w) - 2)] for w in split_words(fold(title or "").string) if len(w) >= _STEM})
        if stems and any(w.startswith(stems) for w in words):
            return []
        start, end = document.words.span(0, len(words) - 1)
        return [Match(start, end, f"relevance: none of {len(words)} words has to do with the contract")]


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher from the lists that name the vocabulary of contracts."""
    vocabulary: set[str] = set()
    stems: set[str] = set()
    for index, name in enumerate(options["vocabulary"]):
        if name not in surroundings.lists:
            raise OptionError(f"unknown list `{name}`", nearest(name, surroundings.lists), ("vocabulary", index))
        for phrase in surroundings.lists[name]:
            for row in spelled(phrase.node, 500) or ():
                (stems if row[0].open_end else vocabulary).add(row[0].text)
    return Relevance(
        frozenset(vocabulary),
        tuple(sorted(stems)),
        options.get("min_words", _MIN_WORDS),
        bool(options.get("needs_title", False)),
    )


SCHEMA = {
    "description": "The whole text, when it has nothing to do with any contract.",
    "type": "object",
    "properties": {
        "vocabulary": {
            "description": "Names of lists with words that texts about a contract use.",
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
        },
        "min_words": {"type": "integer", "minimum": 3, "description": f"Shorter texts never match ({_MIN_WORDS})."},
        "needs_title": {"type": "boolean", "description": "Only when the contract's title is known."},
    },
    "required": ["vocabulary"],
    "additionalProperties": False,
}
KIND = Kind("relevance", "a text that is about no contract", SCHEMA, build, "relevance: {vocabulary: [work]}")
