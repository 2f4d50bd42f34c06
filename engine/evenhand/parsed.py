"""What the files say, as nouns: the parsed policy and its parts, every one with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

from .errors import Place
from .model import Category, Feedback, Outcome
from .source import Source
from .words import WordStore

DEFAULT_TEXT_LIMIT = 10_000
FALLBACK_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Sample:
    """A test of a rule: feedback, and the spans that must be marked in it (None: any span will do)."""

    feedback: Feedback
    spans: tuple[tuple[int, int], ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Review:
    """When a rule was last read against its clause, by whom, and the stamp of the clause's text then."""

    day: date
    by: str
    clause: str


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A rule as its file says it."""

    id: str
    pack: str
    category: Category
    clause: str
    status: str
    find: Mapping[str, Any]
    unless: Sequence[Mapping[str, Any]]
    when: Mapping[str, Any]
    message: Mapping[str, str]
    hits: tuple[Sample, ...]
    misses: tuple[Sample, ...]
    place: Place
    about: str = ""
    reviewed: Review | None = None
    begins: date | None = None
    ends: date | None = None
    rollout: float = 100
    ground: str = ""  # why it may read a fact that content rules must not


_SOON = 30  # days


@dataclass(frozen=True, slots=True)
class ParsedException:
    """An exception as its file says it: who answers for it, until when, and what it excuses."""

    id: str
    owner: str
    reason: str
    expires: date
    rules: tuple[str, ...]
    find: Mapping[str, Any]
    test: Sample
    place: Place
    scope: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def days_left(self, on: date) -> int:
        """How many days it still holds after a day; below 0 it has expired."""
        return (self.expires - on).days

    def ends_soon(self, on: date) -> bool:
        """Whether it still holds, and for so few days that its owner should be asked."""
        return 0 <= self.days_left(on) <= _SOON


@dataclass(frozen=True, slots=True)
class ParsedExcuse:
    """Remarks of a check of lint that may stand: which check, about what, who says so and why."""

    lint: str
    rule: str
    owner: str
    reason: str
    place: Place


@dataclass(frozen=True)
class ParsedPolicy:
    """A policy as its files say it. `words` holds plain lists, macros and lexicons by pack ("" for the shared ones)."""

    name: str
    rules: tuple[ParsedRule, ...]
    exceptions: tuple[ParsedException, ...]
    outcomes: Mapping[str, Outcome]
    clauses: Mapping[str, str]
    words: WordStore
    regions: tuple[str, ...]
    gate: Mapping[str, Any]
    audit: Mapping[str, Any]
    text_limit: int
    packs: tuple[str, ...]
    protected: tuple[tuple[str, Traversable], ...] = ()
    specimens: Mapping[str, tuple[str, Traversable]] = field(default_factory=dict)  # by pack; there may be no such file
    ledger: str | None = None
    promotion: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict, repr=False)
    excuses: tuple[ParsedExcuse, ...] = ()
