"""Exchange: something given for feedback, or feedback given for something, with the words that tie the two together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..matcher import Kind, Matcher, Surroundings, Trigger, Within, beside, chance
from ..model import Match
from ..phrase_matcher import Phrases, build_phrases
from ..text import Document

DIRECTIONS = {
    "any": "either may come first",
    "give-first": "what is given stands before the feedback (`10 off if you leave five stars`)",
    "get-first": "the feedback stands before what is given (`five stars and you get 10 off`)",
}
_MAX_GROUPS = 500


@dataclass(frozen=True)
class Exchange:
    """The matcher: `give`, `feedback` and `tie` within `sentences` sentences, the tie before or between the two."""

    give: Phrases
    feedback: Phrases
    tie: Phrases
    direction: str = "any"
    sentences: int = 1

    @property
    def key(self) -> object:
        return ("exchange", self.give.key, self.feedback.key, self.tie.key, self.direction, self.sentences)

    @property
    def trigger(self) -> Trigger | None:
        parts = sorted((self.give, self.feedback, self.tie), key=lambda part: chance(part.trigger))
        rarest, covers = parts[0].trigger, [words for part in parts[1:] if (words := part.cover) is not None]
        return rarest and beside(rarest, covers, (Within(words, self.sentences - 1, "sentences") for words in covers))

    def find(self, document: Document) -> Iterable[Match]:
        wanted = list(self.feedback.find(document))
        ties = list(self.tie.find(document)) if wanted else []
        given = list(self.give.find(document)) if ties else []
        stopped = (match for part in (given, wanted, ties) for match in part if given and match.capped)
        return [*self._groups(document, given, wanted, ties), *stopped]

    def _groups(
        self, document: Document, given: Sequence[Match], wanted: Sequence[Match], ties: Sequence[Match]
    ) -> Iterator[Match]:
        tried = 0
        for give in given:
            for feedback in wanted:
                tried += 1
                if tried > _MAX_GROUPS:
                    yield Match(give.start, give.end, "exchange: stopped at its limit of pairs", capped=True)
                    return
                first, second = (give, feedback) if give.start <= feedback.start else (feedback, give)
                if second.start < first.end or not self._direction_holds(give, feedback):
                    continue
                tie = next((t for t in ties if self._tied(document, first, second, t)), None)
                if tie is not None:
                    start, end = min(first.start, tie.start), max(second.end, tie.end)
                    yield Match(start, end, f"exchange: {give.why}; for {feedback.why}; tied by {tie.why}")

    def _direction_holds(self, give: Match, feedback: Match) -> bool:
        if self.direction == "any":
            return True
        return (give.start < feedback.start) == (self.direction == "give-first")

    def _tied(self, document: Document, first: Match, second: Match, tie: Match) -> bool:
        """The tie stands before the first of the two, between them, or right behind both; all in reach."""
        start, end = min(first.start, tie.start), max(second.end, tie.end)
        begin, last = document.sentence_of(start, end)
        inside = (tie.start >= first.start and tie.end <= first.end) or (
            tie.start >= second.start and tie.end <= second.end
        )
        return last - begin < self.sentences and not inside


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher from templates for what is given, the feedback, and the tie."""
    return Exchange(
        build_phrases(options["give"], surroundings, ("give",)),
        build_phrases(options["feedback"], surroundings, ("feedback",)),
        build_phrases(options["tie"], surroundings, ("tie",)),
        options.get("direction", "any"),
        options.get("sentences", 1),
    )


def _templates(description: str) -> dict[str, Any]:
    return {"description": description, "type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}


SCHEMA = {
    "description": "Something of value and feedback, tied together: an offer, a demand, a deal that was done.",
    "type": "object",
    "properties": {
        "give": _templates("What is given, withheld or threatened."),
        "feedback": _templates("The feedback it is about."),
        "tie": _templates("What ties the two: `if`, `in return for`, `unless`, ..."),
        "direction": {"enum": list(DIRECTIONS), "description": "; ".join(f"{k}: {v}" for k, v in DIRECTIONS.items())},
        "sentences": {"type": "integer", "minimum": 1, "maximum": 3, "description": "Over how many sentences (1)."},
    },
    "required": ["give", "feedback", "tie"],
    "additionalProperties": False,
}
KIND = Kind(
    "exchange",
    "something of value and feedback, tied together",
    SCHEMA,
    build,
    "exchange: {give: [discount], feedback: [five stars], tie: [if]}",
)
