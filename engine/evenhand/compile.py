"""From a parsed policy to the compiled one: what its rules ask for, as tables and scan databases; kept on disk."""

from __future__ import annotations

import hashlib
import logging
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import hyperscan as hs

from . import loader
from .building import build_tree
from .cache import cache_file, compiling, not_collecting, read_cache, write_cache
from .codes import ANNOUNCEMENTS
from .compiled import PARTS, Compiled, Rule, Waiver, revived, rule_of, scans_of
from .errors import PolicyError
from .matcher import Trigger, without_boundaries
from .parsed import ParsedPolicy, ParsedRule
from .shorthand import Shorthand
from .tables import CODED, SHORTHAND, Ids, IdTable, Narrowing, Tables
from .tree import branches
from .words import as_json

LOG = logging.getLogger("evenhand")
_LARGE = 200_000  # bytes of YAML: smaller policies are compiled before anybody wonders

# Signs of disguise, looked for in the folded text: only then is the undisguised view made. They must find every text
# that `disguise.undisguise` changes; what is not ASCII is \xff.
DISGUISE_PATTERNS = (
    "|".join(char * 3 for char in "abcdefghijklmnopqrstuvwxyz"),
    r"[a-z][013-9@$|!+<\xff]{1,8}[a-z]",
    r"(?:^|[\s\"'(\[<.,;:/-])(?:[013-9$!|+<\xff]|@[013-9@$!|+<\xff])[013-9@$!|+<\xff]*[a-z]{2}",
    r"(?:^|[\s\"'(\[<.,;:/-])[013-9]*[@$!|+<\xff][013-9@$!|+<\xff]*[a-z](?:[^a-z]|$)",
    r"(?:^|[\s\"'(\[<.,;:/-])@[b-df-hj-np-tv-z][a-z]{1,6}(?:[^a-z]|$)",
    r"[a-z](?:[013-9]*[@$|\xff]|[a-z][013-9])",
    r"(?:^|[^a-z0-9])[a-z013-9@$!|+<\xff][^a-z0-9]{1,2}[a-z013-9@$!|+<\xff][^a-z0-9]{1,2}[a-z013-9@$!|+<\xff](?:[^a-z0-9]|$)",
    r"\xff{3}",
    r"\xff[0-9@$!]+\xff|(?:^|[\s\"'(\[<.,;:/-])[0-9@$!]*[0346@]\xff\xff",
    r"[a-z\xff][_~^=*\xff]{1,3}[a-z\xff]",
)


# --- building -------------------------------------------------------------------------------------------------------


def _add_shorthand(shorthand: Shorthand | None, literals: IdTable, patterns: IdTable) -> None:
    """Lets the scans tell which texts hold shorthand, so that the others need not be looked through."""
    if shorthand is not None:
        for words in sorted(shorthand.literals):
            literals.add(f" {words} ".encode(), SHORTHAND)
        for each in sorted(shorthand.patterns):
            patterns.add(each.encode(), SHORTHAND)


def _database(id_of: Mapping[bytes, int], *, literal: bool = False, flags: int = 0) -> bytes | None:
    """A serialised block database of expressions with their ids."""
    if not id_of:
        return None
    database = hs.Database(mode=hs.HS_MODE_BLOCK)
    database.compile(expressions=list(id_of), ids=list(id_of.values()), flags=flags, literal=literal)
    return bytes(hs.dumpb(database))


def _parted(table: IdTable) -> list[dict[bytes, int]]:
    return [dict(list(table.id_of.items())[part::PARTS]) for part in range(PARTS)]


def _artifact(parsed: ParsedPolicy) -> dict[str, Any]:
    """Everything of a compiled policy as plain values, ready for the cache."""
    return {**_stated(parsed), **_scans([parsed])}


def _stated(parsed: ParsedPolicy) -> dict[str, Any]:
    """What a policy says, without the scans that find where."""
    return {
        "name": parsed.name,
        "version": version_of(parsed),
        "rules": [_plain_rule(parsed, rule) for rule in _applied(parsed)],
        "waivers": [(e.id, e.expires.isoformat(), list(e.rules), e.find, e.scope) for e in parsed.exceptions],
        "outcomes": {key: str(value) for key, value in parsed.outcomes.items()},
        "clauses": dict(parsed.clauses),
        "gate": parsed.gate,
        "audit": parsed.audit,
        "text_limit": parsed.text_limit,
        "words": (
            parsed.words.lists,
            parsed.words.macros,
            parsed.words.lexicons,
            list(parsed.regions),
            parsed.words.short,
        ),
    }


def _applied(parsed: ParsedPolicy) -> list[ParsedRule]:
    return [rule for rule in parsed.rules if rule.status != "draft"]


def _scans(several: Sequence[ParsedPolicy]) -> dict[str, Any]:
    """The databases and tables that find what rules ask for; rules are counted through all policies."""
    ids = Ids()
    literals, bare, written_out, patterns, regexes, in_unicode = (ids.table() for _ in range(6))
    disguise = [patterns.add(each.encode(), None) for each in DISGUISE_PATTERNS]
    always: list[int] = []
    targets: list[tuple[int, int]] = []
    ruled = [(parsed, rule) for parsed in several for rule in _applied(parsed)]
    triggers: list[tuple[int, Trigger]] = []
    for number, branch, trigger in _triggers(ruled):
        target = len(targets)
        targets.append((number, branch))
        if trigger is None:
            always.append(target)
            continue
        triggers.append((target, trigger))
        beside = Narrowing(ids.beside(trigger.beside))
        for each in sorted(trigger.patterns):
            patterns.add(each.encode(), target, beside)
        for each in sorted(trigger.regexes):
            regexes.add(each.encode(), target, beside)
            in_unicode.add(without_boundaries(each).encode(), target, beside)
    for parsed in several:
        _add_shorthand(parsed.words.shorthand, literals, patterns)
    for row in sorted(ANNOUNCEMENTS):
        literals.add(row.encode(), CODED)
    # words are reported wherever they stand, since others must stand around them; the rest once a text
    once, unicode = hs.HS_FLAG_SINGLEMATCH, hs.HS_FLAG_UTF8 | hs.HS_FLAG_UCP
    with (
        ThreadPoolExecutor() as pool
    ):  # hyperscan compiles without the interpreter's lock; what takes longest comes first
        of_unicode, of_regexes = (
            [pool.submit(_database, part, flags=flags) for part in _parted(table)]
            for table, flags in ((in_unicode, once | unicode), (regexes, once))
        )
        of_patterns = pool.submit(_database, patterns.id_of, flags=once)
        for target, trigger in triggers:
            literals.add_all(trigger.literals, target)
            bare.add_all(trigger.bare, target)
            written_out.add_all(trigger.written_out, target)
        of_words = [
            pool.submit(_database, table.id_of, literal=True, flags=flags)
            for table, flags in ((bare, once), (written_out, 0), (literals, 0))
        ]
        of_bare, of_written_out, of_literals = of_words
        compiled = [of_bare, of_written_out, *of_unicode, of_literals, of_patterns, *of_regexes]
        databases = [each.result() for each in compiled]
    return {
        "targets": array("i", chain.from_iterable(targets)).tobytes(),
        **ids.stored(),
        "disguise": disguise,
        "always": always,
        "known": [target for target, trigger in triggers if trigger.known],
        "longer": [(trigger.longer, target) for target, trigger in triggers if trigger.longer is not None],
        "shorter": [(trigger.shorter, target) for target, trigger in triggers if trigger.shorter is not None],
        "titled": [
            target for target, trigger in triggers if trigger.titled or _asks_for_title(ruled[targets[target][0]])
        ],
        "disguised": [target for target, trigger in triggers if trigger.disguised],
        "databases": databases,
    }


def _asks_for_title(ruled: tuple[ParsedPolicy, ParsedRule]) -> bool:
    return "title" in ruled[1].when.get("contract", {})


def _triggers(ruled: Iterable[tuple[ParsedPolicy, ParsedRule]]) -> Iterator[tuple[int, int, Trigger | None]]:
    """(rule, branch, trigger) for every branch of every rule."""
    for number, (parsed, rule) in enumerate(ruled):
        tree = build_tree(rule.find, parsed.words.surroundings(rule.pack))
        for branch, part in enumerate(branches(tree)):
            yield number, branch, part.trigger


def _plain_rule(parsed: ParsedPolicy, rule: ParsedRule) -> dict[str, Any]:
    outcome = rule.status if rule.status in ("nudge", "hold") else str(parsed.outcomes[rule.category])
    return {
        "id": rule.id,
        "pack": rule.pack,
        "category": rule.category,
        "clause": rule.clause,
        "status": rule.status,
        "outcome": outcome,
        "message": dict(rule.message),
        "when": rule.when,
        "find": rule.find,
        "unless": list(rule.unless),
        "begins": rule.begins and rule.begins.isoformat(),
        "ends": rule.ends and rule.ends.isoformat(),
        "rollout": rule.rollout,
        **({"ground": rule.ground} if rule.ground else {}),
    }


def version_of(parsed: ParsedPolicy) -> str:
    """A hash of all that can change a verdict or its words; the same policy has the same version on every machine."""
    content = [
        parsed.name,
        [_plain_rule(parsed, rule) for rule in parsed.rules],
        [(e.id, e.expires.isoformat(), e.rules, e.find, e.scope) for e in parsed.exceptions],
        parsed.outcomes,
        parsed.words.lists,
        parsed.words.macros,
        parsed.words.lexicons,
        parsed.words.short,
        parsed.regions,
        parsed.gate,
        parsed.audit,
        parsed.text_limit,
        parsed.clauses,
    ]
    return hashlib.sha256(as_json(content).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """The value with only types that `marshal` keeps."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value


def rules_of(parsed: ParsedPolicy, on: date) -> tuple[Rule, ...]:
    """The rules that apply, as on a day, compiled as far as that needs no scan."""
    applied = [_plain_rule(parsed, rule) for rule in parsed.rules if rule.status != "draft"]
    return tuple(rule_of(raw, parsed.words, on) for raw in applied)


def waivers_of(parsed: ParsedPolicy, on: date) -> tuple[Waiver, ...]:
    """The exceptions that have not expired on a day, compiled."""
    kept = [each for each in parsed.exceptions if each.expires >= on]
    return tuple(Waiver(e.id, e.expires, frozenset(e.rules), e.find, parsed.words, e.scope) for e in kept)


def compile_part(parsed: ParsedPolicy, rules: Container[str], on: date) -> Compiled:
    """A policy of some of the rules alone; compiled in the time that those take."""
    return revived(_plain(_artifact(_part(parsed, rules))), on)


def _part(parsed: ParsedPolicy, rules: Container[str]) -> ParsedPolicy:
    return replace(
        parsed,
        rules=tuple(rule for rule in parsed.rules if rule.id in rules),
        exceptions=tuple(
            replace(each, rules=tuple(name for name in each.rules if name in rules)) for each in parsed.exceptions
        ),
    )


@dataclass(frozen=True)
class Together:
    """Parts of several policies that read a text alike, and the scans that find what any of them asks for.

    The parts have no scans of their own: they only confirm what `united` finds.
    """

    parts: tuple[Compiled, ...]
    scans: Mapping[str, Any] = field(repr=False)

    def united(self) -> Compiled:
        """All rules as if of one policy, numbered from the first part to the last: only good to find candidates."""
        literals, patterns, regexes = scans_of(self.scans)
        return replace(
            self.parts[0],
            rules=tuple(rule for part in self.parts for rule in part.rules),
            tables=Tables.of(self.scans),
            literals=literals,
            patterns=patterns,
            regexes=regexes,
            artifact=self.scans,
        )


def compile_together(several: Sequence[ParsedPolicy], rules: Container[str], on: date) -> Together | None:
    """Some of the rules of several policies for one scan; None where the policies do not read a text alike."""
    first = several[0]
    if any(each.text_limit != first.text_limit or each.words.short != first.words.short for each in several):
        return None
    parts = [_part(each, rules) for each in several]
    unscanned = _scans([])
    compiled = tuple(revived(_plain({**_stated(part), **unscanned}), on) for part in parts)
    return Together(compiled, _plain(_scans(parts)))


def compile_policy(path: str | Path | None, *, cache: Path | None, on: date) -> Compiled:
    """Loads a policy from the cache, or parses, compiles and keeps it; raises `PolicyError` with every problem."""
    texts, problems = loader.policy_texts(path)
    large = sum(len(text) for _, text in texts) > _LARGE
    if cache is None or problems:
        return revived(_compiled(path, large=large), on)
    file = cache_file(cache, texts)
    if (compiled := _kept(file, on)) is not None:
        return compiled
    with compiling(file):
        if (compiled := _kept(file, on)) is not None:  # another process was as quick
            return compiled
        artifact = _compiled(path, large=large)
        if loader.policy_texts(path)[0] == texts:  # an edit meanwhile would be kept under the name of what was before
            write_cache(file, artifact)
    return revived(artifact, on)


def _compiled(path: str | Path | None, *, large: bool) -> dict[str, Any]:
    if large:
        LOG.info("compiling the policy; this takes up to a minute, and is kept until its files change")
    with not_collecting():
        try:
            artifact = _artifact(loader.parse(path, together=True))
        except (hs.error, PolicyError):  # checked one by one, patterns too are told with their places
            artifact = _artifact(loader.parse(path))
        plain: dict[str, Any] = _plain(artifact)
        return plain


def _kept(file: Path, on: date) -> Compiled | None:
    """What the cache holds; None when it is absent, damaged, or made by another machine or release."""
    if (cached := read_cache(file)) is not None:
        try:
            compiled = revived(cached.artifact, on)
            if cached.whole():
                return compiled
        except (hs.error, KeyError, TypeError, ValueError):
            pass
    return None
