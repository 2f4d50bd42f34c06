"""A compiled policy: trigger tables, scan databases, and rules whose trees are built at first use."""

from __future__ import annotations

import marshal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

import hyperscan as hs

from .building import build_tree
from .cache import LATE
from .errors import InputError
from .model import Category, Contract, Feedback, Outcome
from .phrase_matcher import Phrases, build_phrases
from .shorthand import Shorthand
from .tables import Tables
from .tree import Tree, branches
from .words import WordStore


@dataclass(frozen=True)
class Rule:
    """A compiled rule; its tree is built from the plain form at first use, which keeps loading fast."""

    id: str
    pack: str
    category: Category
    clause: str
    status: str
    outcome: Outcome
    message: Mapping[str, str]
    when: Mapping[str, Any]
    find: Mapping[str, Any]
    unless: Sequence[Mapping[str, Any]]
    words: WordStore
    begins: str | None = None  # days (ISO): the first and the last on which it applies
    ends: str | None = None
    rollout: float = 100  # percent of feedback on which it counts
    active: bool = True  # whether the day on which the policy was loaded is one of its days
    ground: str = ""  # why it may read the rating

    @cached_property
    def tree(self) -> Tree:
        """What the rule looks for."""
        return build_tree(self.find, self.words.surroundings(self.pack))

    @cached_property
    def branches(self) -> list[Tree]:
        """The parts of the tree of which each can match by itself; scan tables point at them."""
        return branches(self.tree)

    @cached_property
    def excuses(self) -> tuple[tuple[Tree, str], ...]:
        """What excuses a match, each with its scope."""
        surroundings = self.words.surroundings(self.pack)
        return tuple((build_tree(raw, surroundings), raw.get("where", "match")) for raw in self.unless)

    @cached_property
    def title(self) -> Phrases | None:
        """The phrase that the contract's title must hold."""
        template = self.when.get("contract", {}).get("title")
        return build_phrases([template], self.words.surroundings(self.pack), ()) if template else None


@dataclass(frozen=True)
class Waiver:
    """A compiled exception: the rules it excuses, and where."""

    id: str
    expires: date
    rules: frozenset[str]
    find: Mapping[str, Any]
    words: WordStore
    scope: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # ids of `contracts` and `authors`; all, where empty

    def concerns(self, rule: str, feedback: Feedback) -> bool:
        """Whether it may excuse what a rule finds in this feedback."""
        if rule not in self.rules:
            return False
        contract = feedback.contract or Contract()
        author = contract.client if feedback.author == "client" else contract.freelancer if feedback.author else None
        known = {"contracts": contract.id, "authors": author}
        return all(known[name] in ids for name, ids in self.scope.items())

    @cached_property
    def tree(self) -> Tree:
        """What excuses a match that it touches."""
        return build_tree(self.find, self.words.surroundings(""))


# The stored databases; those before the literals are loaded when they are needed. Regexes are in several: hyperscan takes
# more than twice as long to compile twice as many, and to scan with them.
_BARE, _WRITTEN_OUT, _IN_UNICODE = 0, 1, slice(2, LATE)
_LITERALS, _PATTERNS, _REGEXES = LATE, LATE + 1, slice(LATE + 2, None)
PARTS = LATE - 2  # of the regexes


@dataclass(frozen=True)
class Compiled:
    """A policy ready to match; immutable.

    Every text is scanned with `literals`, `patterns` and `regexes`. `bare`, for texts that are disguised, `in_unicode`, for
    those that are not ASCII, and `written_out`, for those that hold shorthand, are loaded when the first such text comes.
    """

    name: str
    version: str
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...]
    outcomes: Mapping[str, Outcome]
    clauses: Mapping[str, str]
    gate: Mapping[str, Any]
    audit: Mapping[str, Any]
    text_limit: int
    tables: Tables
    literals: hs.Database
    patterns: hs.Database
    regexes: tuple[hs.Database, ...]
    words: WordStore
    artifact: Mapping[str, Any] = field(repr=False)  # what all of it was made of: plain values and stored databases
    on: date  # the day on which exceptions must not have expired

    @property
    def shorthand(self) -> Shorthand | None:
        """The table of shorthand, made at first use; None when the policy has none."""
        return self.words.shorthand

    @cached_property
    def bare(self) -> hs.Database | None:
        """The literals of undisguised words; None when no rule looks for any."""
        return _loaded(self.artifact["databases"][_BARE])

    @cached_property
    def in_unicode(self) -> tuple[hs.Database, ...]:
        """The regexes that staff wrote, in Unicode."""
        return _all_loaded(self.artifact["databases"][_IN_UNICODE])

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled policies travel to other processes and machines as what the cache keeps."""
        return _unpickled, (marshal.dumps(dict(self.artifact), 2), self.on.isoformat())

    @cached_property
    def written_out(self) -> hs.Database | None:
        """The literals of phrases that are written in shorthand themselves, written out; None when there are none."""
        return _loaded(self.artifact["databases"][_WRITTEN_OUT])


class Scratches:
    """The working memory of one thread for each database: the binding cannot grow one to serve them all."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self.literals = hs.Scratch(compiled.literals)
        self.patterns = hs.Scratch(compiled.patterns)
        self.regexes = tuple(map(hs.Scratch, compiled.regexes))

    @cached_property
    def bare(self) -> hs.Scratch:
        return hs.Scratch(self._compiled.bare)

    @cached_property
    def in_unicode(self) -> tuple[hs.Scratch, ...]:
        return tuple(map(hs.Scratch, self._compiled.in_unicode))

    @cached_property
    def written_out(self) -> hs.Scratch:
        return hs.Scratch(self._compiled.written_out)


def _loaded(stored: bytes | memoryview | None) -> hs.Database | None:
    return (
        None
        if stored is None
        else hs.loadb(stored if isinstance(stored, bytes) else bytes(stored), mode=hs.HS_MODE_BLOCK)
    )


def _all_loaded(stored: Sequence[bytes | memoryview | None]) -> tuple[hs.Database, ...]:
    return tuple(database for each in stored if (database := _loaded(each)) is not None)


def scans_of(artifact: Mapping[str, Any]) -> tuple[hs.Database, hs.Database, tuple[hs.Database, ...]]:
    """The databases with which every text is scanned: literals, patterns, regexes."""
    databases = artifact["databases"]
    literals, patterns = (_loaded(databases[each]) or _nothing() for each in (_LITERALS, _PATTERNS))
    return literals, patterns, _all_loaded(databases[_REGEXES])


def revived(artifact: Mapping[str, Any], on: date) -> Compiled:
    """The compiled policy of what the cache keeps, as on a day; raises `hyperscan.error` for one of another processor."""
    lists, macros, lexicons, regions, short = artifact["words"]
    words = WordStore(lists, macros, lexicons, regions, short, checked=True)
    rules = tuple(rule_of(raw, words, on) for raw in artifact["rules"])
    waivers = tuple(
        Waiver(name, expires, frozenset(ruled), find, words, scope)
        for name, written, ruled, find, scope in artifact["waivers"]
        if (expires := date.fromisoformat(written)) >= on
    )
    compiled = Compiled(
        artifact["name"],
        artifact["version"],
        rules,
        waivers,
        {key: Outcome(value) for key, value in artifact["outcomes"].items()},
        artifact["clauses"],
        artifact["gate"],
        artifact["audit"],
        artifact["text_limit"],
        Tables.of(artifact),
        *scans_of(artifact),
        words,
        artifact,
        on,
    )
    Scratches(compiled)  # a database for another processor is refused here, not in the first check
    return compiled


def _unpickled(stored: bytes, on: str) -> Compiled:
    try:
        return revived(marshal.loads(stored), date.fromisoformat(on))
    except hs.error:
        raise InputError(
            "this compiled policy is for another processor; load it from its files with `evenhand.load(path)` there"
        ) from None


@cache
def _nothing() -> hs.Database:
    database = hs.Database(mode=hs.HS_MODE_BLOCK)
    database.compile(expressions=[rb"\x00\x01\x00\x01\x00"], ids=[0], flags=0)
    return database


def rule_of(raw: Mapping[str, Any], words: WordStore, on: date) -> Rule:
    """A rule of its plain form, as on a day."""
    active = (raw["begins"] or "") <= on.isoformat() <= (raw["ends"] or "9999")
    return Rule(**{**raw, "outcome": Outcome(raw["outcome"])}, words=words, active=active)
