"""Shape: how a text looks, whatever it says: its length, its capitals, passages that repeat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..matcher import Kind, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document

_PASSAGE = 20  # characters; what repeats for twice that length is sure to hold a whole passage
_MAX_LENGTH = 5_000


@dataclass(frozen=True)
class Shape:
    """The matcher: every condition that is set must hold; the whole text is marked."""

    min_words: int | None = None
    max_words: int | None = None
    capitals: float | None = None
    repeats: int | None = None

    @property
    def key(self) -> object:
        return ("shape", self.min_words, self.max_words, self.capitals, self.repeats)

    @property
    def trigger(self) -> Trigger | None:
        least = max((self.min_words or 0) * 2 - 1, (self.repeats or 0) * _PASSAGE, 1)
        return Trigger(longer=least, shorter=self.max_words)

    def find(self, document: Document) -> Iterable[Match]:
        words = document.flat.words
        if not words or len(words) < (self.min_words or 0) or len(words) > (self.max_words or len(words)):
            return []
        times = _repeats(document.folded.string[:_MAX_LENGTH]) if self.repeats is not None else 0
        if times < (self.repeats or 0):
            return []
        why = [f"{len(words)} words"]
        if self.capitals is not None:
            share = _capitals(document.text)
            if share < self.capitals:
                return []
            why.append(f"{share:.0%} capitals")
        if self.repeats is not None:
            why.append(f"a passage stands {times} times")
        start, end = document.words.span(0, len(words) - 1)
        return [Match(start, end, f"shape: {', '.join(why)}")]


def _capitals(text: str) -> float:
    letters = [char for char in text if char.isupper() or char.islower()]
    return sum(map(str.isupper, letters)) / len(letters) if letters else 0.0


def _repeats(folded: str) -> int:
    """How often a passage stands in the text; passages are looked at wherever a multiple of their length starts."""
    passages = {folded[at : at + _PASSAGE] for at in range(0, len(folded) - _PASSAGE + 1, _PASSAGE)}
    return max((folded.count(passage) for passage in passages if not passage.isspace()), default=0)


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher from the conditions."""
    return Shape(**options)


def _whole(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "description": description}


SCHEMA = {
    "description": "How the text looks: every condition that is given must hold.",
    "type": "object",
    "properties": {
        "min_words": _whole("At least so many words."),
        "max_words": _whole("At most so many words."),
        "capitals": {"type": "number", "minimum": 0, "maximum": 1, "description": "At least this share of capitals."},
        "repeats": {
            "type": "integer",
            "minimum": 2,
            "description": f"Some passage of {2 * _PASSAGE} characters or more stands at least so often.",
        },
    },
    "minProperties": 1,
    "additionalProperties": False,
}
KIND = Kind("shape", "how the text looks", SCHEMA, build, "shape: {repeats: 3}")
