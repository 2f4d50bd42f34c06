"""What a kind builds: a matcher, the trigger without which it cannot match, and the surroundings it is built in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .frequencies import share, shares, worth
from .model import Match
from .shorthand import Shorthand
from .text import Document

if TYPE_CHECKING:
    from .phrases import Phrase, Term


ONLY_NOT_ASCII = 1 << 61  # for `Trigger.longer`: no ASCII text is as long


class Around(NamedTuple):
    """Words of which one must stand `first` to `last` words behind the last word of a literal, or before it if negative.

    `word*` stands for every word that starts so, here and in `Literal.beside`.
    """

    words: frozenset[str]
    first: int
    last: int


class Within(NamedTuple):
    """Words of which one must stand at most `most` sentences away from a literal, or at most so many words."""

    words: frozenset[str]
    most: int
    unit: str  # `sentences` or `words`


@dataclass(frozen=True, slots=True)
class Literal:
    """A trigger in words: `words` are joined by one space; `open_end` lets the last word go on ("whats" for "whats*"),
    `open_start` the first begin earlier.

    `beside` are sets of words of which one each must stand in the text too, `around` those that must stand near: where
    something is disguised, anywhere. `within` are more of them, asked for where nothing is disguised or written out.
    All are checked without a scan.
    """

    words: str
    open_end: bool = False
    open_start: bool = False
    beside: tuple[frozenset[str], ...] = ()
    around: tuple[Around, ...] = ()
    within: tuple[Within, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a text must hold for a matcher to find anything; any one of its parts is enough.

    `literals` are looked for in the folded words, in texts that hold shorthand also in the words as written out, where
    `written_out` are looked for too; `bare` in the undisguised words (as `disguise.bare_key` writes them),
    `patterns` (hyperscan syntax, lower case, one byte a character, 0xFF for what is not ASCII) in the folded text with
    its punctuation, `regexes` (hyperscan syntax, Unicode) there and in the text as written. `known` asks for every text
    whose feedback names the counterparty, `longer` for every ASCII text of at least so many characters, and for every other
    text (one character may fold to several words). `beside` narrows the patterns and regexes as it does a literal. A
    trigger with no part at all is never pulled, one that is `titled` only where the contract's title is known, one that is
    `shorter` only by texts of at most so many words, and one that is `disguised` only where something is, or is not ASCII.
    """

    literals: frozenset[Literal] = frozenset()
    bare: frozenset[Literal] = frozenset()
    patterns: frozenset[str] = frozenset()
    regexes: frozenset[str] = frozenset()
    known: bool = False
    longer: int | None = None
    shorter: int | None = None
    titled: bool = False
    disguised: bool = False
    beside: tuple[frozenset[str], ...] = ()
    written_out: frozenset[Literal] = frozenset()

    def __or__(self, other: Trigger) -> Trigger:
        return Trigger(
            self.literals | other.literals,
            self.bare | other.bare,
            self.patterns | other.patterns,
            self.regexes | other.regexes,
            known=self.known or other.known,
            longer=min((n for n in (self.longer, other.longer) if n is not None), default=None),
            shorter=max(self.shorter, other.shorter) if self.shorter and other.shorter else None,
            titled=self.titled and other.titled,
            disguised=self.disguised and other.disguised,
            beside=tuple(words for words in self._beside(other) if words in other._beside(self)),
            written_out=self.written_out | other.written_out,
        )

    def _beside(self, other: Trigger) -> tuple[frozenset[str], ...]:
        """What narrows the patterns: where this trigger has none, that is for the other to say."""
        return self.beside if self.patterns or self.regexes else other.beside


def united(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """The union; None when one of the sets is None."""
    whole: frozenset[str] = frozenset()
    for words in sets:
        if words is None:
            return None
        whole |= words
    return whole


def beside(trigger: Trigger, covers: Iterable[frozenset[str] | None], within: Iterable[Within] = ()) -> Trigger:
    """The trigger, narrowed: where words or patterns pull it, a word of each cover must stand in the text too.

    `within` says how far from a literal those of some covers stand.
    """
    sets = tuple(words for words in covers if words is not None and worth(words))
    near = tuple(each for each in within if worth(each.words, near=True))
    bare, written_out = (
        frozenset(replace(each, beside=(*each.beside, *sets)) for each in several)
        for several in (trigger.bare, trigger.written_out)
    )
    literals = frozenset(
        replace(each, beside=(*each.beside, *sets), within=(*each.within, *near)) for each in trigger.literals
    )
    return replace(trigger, literals=literals, bare=bare, written_out=written_out, beside=(*trigger.beside, *sets))


_WORDS = 30  # in a text of ordinary length
_KIN = 0.7  # words of one subject stand together more often than chance has it


def chance(trigger: Trigger | None) -> float:
    """A rough share of texts that pull the trigger."""
    if trigger is None:
        return 9.0
    words = sum(_share(each) for each in trigger.literals)
    patterns = 0.004 * (len(trigger.patterns) + len(trigger.regexes))
    longer = 0.0 if trigger.longer is None else 0.1 if trigger.longer == ONLY_NOT_ASCII else 1.0
    return words + patterns + longer + trigger.known * 0.5


def chance_beside(covers: Iterable[frozenset[str] | None]) -> float:
    """A rough share of texts that hold a word of each cover."""
    return float(prod(min(1.0, shares(words)) ** _KIN for words in covers if worth(words) and words))


@lru_cache(1 << 16)
def chance_near(around: Around) -> float:
    """A rough share of the places of a literal where one of the words stands."""
    return float(min(0.9, shares(around.words) * (around.last - around.first + 1) / _WORDS) ** _KIN)


def _share(literal: Literal) -> float:
    near = float(prod(map(chance_near, literal.around)))
    return share(literal.words, open_end=literal.open_end) * chance_beside(literal.beside) * near


_BOUNDARY = re.compile(r"(\\\\)|\\[bB]")


def without_boundaries(pattern: str) -> str:
    """The pattern without `\\b` and `\\B`, which hyperscan cannot do for Unicode: it matches wherever the pattern does."""
    return _BOUNDARY.sub(lambda match: match[1] or "", pattern)


class Matcher(Protocol):
    """A compiled kind: a pure function from a document to matches.

    `trigger` is None for a matcher that must be asked for every text. `key` starts with the name of the kind.
    """

    @property
    def trigger(self) -> Trigger | None: ...

    @property
    def key(self) -> object: ...

    def find(self, document: Document) -> Iterable[Match]: ...


@dataclass(frozen=True, slots=True)
class Detector:
    """A matcher made of a function and its trigger, for kinds that need no more."""

    key: object
    trigger: Trigger | None
    search: Callable[[Document], Iterable[Match]]

    def find(self, document: Document) -> Iterable[Match]:
        return self.search(document)


@dataclass(frozen=True, slots=True)
class Several:
    """Detectors of which any one is enough; each is asked only when its own trigger is pulled."""

    key: object
    parts: tuple[Matcher, ...]

    @property
    def trigger(self) -> Trigger | None:
        pulled = Trigger()
        for part in self.parts:
            if part.trigger is None:
                return None
            pulled |= part.trigger
        return pulled

    def find(self, document: Document) -> Iterable[Match]:
        return apart(match for part in self.parts for match in part.find(document))


def apart(matches: Iterable[Match]) -> list[Match]:
    """The leftmost and longest of matches that overlap."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda m: (m.start, -m.end, m.why)):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
        elif match.capped and not kept[-1].capped:
            kept[-1] = Match(kept[-1].start, kept[-1].end, kept[-1].why, capped=True)
    return kept


@dataclass(frozen=True)
class Surroundings:
    """What a kind may look up while it is built: the lists, lexicons and macros in reach, the policy's regions and shorthand.

    `checked` says that all of it was built before, so that dear checks need not be made again; `together`, that the
    pattern is about to be compiled with all others, which fails where a check of its own would. `built` keeps matchers by what
    they were built from, so that equal leaves of a pack are one matcher.
    """

    lists: Mapping[str, Sequence[Phrase]] = field(default_factory=dict)
    lexicons: Mapping[str, Sequence[Term]] = field(default_factory=dict)
    macros: Mapping[str, Phrase] = field(default_factory=dict)
    regions: Sequence[str] = ("US", "GB")
    shorthand: Shorthand | None = None
    checked: bool = False
    together: bool = False
    built: dict[str, Matcher] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing a rule can look for: its YAML key, the JSON Schema of its options, and how to build it.

    `build(options, surroundings)` gets options that the schema accepts; it raises `errors.OptionError` for what the
    schema cannot express. `example` is a rule's `find` that shows it, used by the scaffold and the schema.
    """

    name: str
    summary: str
    schema: Mapping[str, Any]
    build: Callable[[Any, Surroundings], Matcher]
    example: str
