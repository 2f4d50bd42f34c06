"""A text and its views, each made when something asks for it."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from .disguise import BARE_KEY, gaps, plain_keys, repeats, undisguise, undisguised_flat, undo_leet, undoing_steps
from .lookalikes import upside_down
from .model import Feedback
from .views import Flat, View, Words, fold, split_words

T = TypeVar("T")

# --- shorthand ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WrittenOut:
    """A folded text with its shorthand written out, and what was: (start, end, shorthand, meaning), in the text as submitted."""

    view: View
    replaced: tuple[tuple[int, int, str, str], ...]

    @cached_property
    def words(self) -> Words:
        """The text as words."""
        return Words(self.view)

    @cached_property
    def flat(self) -> Flat:
        """Its words, without their places."""
        return Flat(split_words(self.view.string))

    def steps(self, start: int, end: int) -> list[str]:
        """Names what was written out within text[start:end], such as `shorthand (rvw -> review)`."""
        inside = self.replaced[bisect_right(self._ends, start) : bisect_left(self._starts, end)]
        return [f"shorthand ({short} -> {long})" for short, long in dict.fromkeys(each[2:] for each in inside)]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, *_ in self.replaced]

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end, *_ in self.replaced]


# --- the text and its views -----------------------------------------------------------------------------------------


AS_WRITTEN = "as written"


class Document:
    """One piece of feedback and its views, each made at first use; lives for one check in one thread."""

    def __init__(
        self,
        feedback: Feedback,
        *,
        disguised: bool = True,
        shorthand: bool = True,
        coded: bool = True,
        flat: Flat | None = None,
        bare_flat: Flat | None = None,
        written_out: WrittenOut | None = None,
    ) -> None:
        """What was made of the text already: `flat`, `bare_flat`, `written_out`. `disguised=False` promises that `undisguise` changes
        nothing, `shorthand=False` that there is no shorthand to write out, `coded=False` that no code is announced.
        """
        self.feedback = feedback
        self.disguised = disguised
        self.shorthand = shorthand
        self.coded = coded
        self.written_out = written_out
        if flat is not None:
            self.flat = flat
        if bare_flat is not None:
            self.bare_flat = bare_flat
        self.text = feedback.text
        self._memo: dict[object, Any] = {}

    @cached_property
    def folded(self) -> View:
        """Letters folded, punctuation kept."""
        return fold(self.text)

    @cached_property
    def words(self) -> Words:
        """The folded text as words."""
        return Words(self.folded)

    @cached_property
    def flat(self) -> Flat:
        """The words of the folded text, without their places in it: what most searches end with."""
        return Flat(split_words(self.folded.string))

    @cached_property
    def leet(self) -> str:
        """The folded text with leet signs read as letters; as long as the folded text."""
        return undo_leet(self.folded.string)

    @cached_property
    def spaced(self) -> list[tuple[int, int]]:
        """Where something stands between letters of one word, as offsets into the folded text."""
        return list(gaps(self.leet))

    @cached_property
    def undisguised(self) -> View | None:
        """The folded text with leet, spacing and repeats undone, in the keys of `bare_key`; None where nothing is disguised."""
        return undisguise(self.folded) if self.disguised else None

    @cached_property
    def bare(self) -> Words | None:
        """The undisguised text as words; None where nothing is disguised."""
        return Words(self.undisguised) if self.undisguised is not None else None

    @cached_property
    def bare_flat(self) -> Flat:
        """The undisguised words, without their places; none where nothing is disguised."""
        return (undisguised_flat(self.folded.string) if self.disguised else None) or Flat([])

    @cached_property
    def marks(self) -> list[int]:
        """Which of the undisguised words may be disguised: those that stand there more often than they do plainly."""
        there = Counter(plain_keys(self.folded.string, self.leet))
        words = self.bare_flat.words
        more = {word for word, count in Counter(words).items() if count > there[word]}
        return [at for at, word in enumerate(words) if word in more]

    def may_be_disguised(self, at: int, words: int) -> bool:
        """Whether one of so many undisguised words, from number `at` on, may be disguised: a cheap look before the careful one."""
        following = bisect_left(self.marks, at)
        return following < len(self.marks) and self.marks[following] < at + words

    def once(self, key: object, compute: Callable[[], T]) -> T:
        """What `compute` gives, computed once a document and key."""
        if key not in self._memo:
            self._memo[key] = compute()
        found: T = self._memo[key]
        return found

    def sentence_of(self, start: int, end: int) -> tuple[int, int]:
        """The numbers of the first and last sentence that a span of the text touches."""
        if not self.words.ends:  # one sentence, or no words at all
            return 0, 0
        first, last = self.words.covering(start, end)
        return self.words.sentences[first], self.words.sentences[last]

    def chain(self, start: int, end: int, view: str = "folded") -> str:
        """Names the foldings that changed text[start:end] on the way into a view, such as `folded (Cyrillic с -> c)`."""
        steps = list(_fold_steps(self, start, end))
        if view == "bare":
            span = self.folded.inside(start, end)
            folded = self.folded.string[slice(*span)]
            leet = self.leet[slice(*span)]
            steps += undoing_steps(folded, leet)
        return ", ".join(steps) or AS_WRITTEN

    def disguised_letters(self, start: int, end: int) -> str:
        """text[start:end] folded, with leet signs read as letters and l and i made one."""
        return self.leet[slice(*self.folded.inside(start, end))].translate(BARE_KEY)

    def disguises(self, start: int, end: int) -> frozenset[str]:
        """Which of `leet`, `repeats` and `spacing` stand in text[start:end]."""
        span = self.folded.inside(start, end)
        leet = self.leet
        found = set()
        if leet[slice(*span)] != self.folded.string[slice(*span)]:
            found.add("leet")
        if repeats(leet[slice(*span)]):
            found.add("repeats")
        if any(a < span[1] and span[0] < b for a, b in self.spaced):
            found.add("spacing")
        return frozenset(found)


def _fold_steps(document: Document, start: int, end: int) -> Iterator[str]:
    span = document.text[start:end]
    if span.isascii():
        return
    if any(a < end and start < b for a, b, _ in upside_down(document.text)):
        yield "folded (upside down)"
        return
    for char in dict.fromkeys(span):
        folded = fold(char).string
        if folded == "":
            yield f"folded (U+{ord(char):04X} -> nothing)"
            continue
        position = document.text.index(char, start)
        shown = document.folded.string[slice(*document.folded.inside(position, position + 1))]
        if shown and shown != folded:
            script = unicodedata.name(char, f"U+{ord(char):04X}").split()[0].capitalize()
            yield f"folded ({script} {char} -> {shown})"
        elif folded != char and not char.isascii():
            yield f"folded ({char} -> {folded})"
