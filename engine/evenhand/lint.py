"""Advice on a policy that loads: what is untested, dead, slow, shadowed, or finds ordinary words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import hyperscan as hs

from .errors import Place
from .frequencies import SHARE
from .kinds.terms import spellings
from .loader import ParsedPolicy, ParsedRule
from .match import matches
from .phrase_matcher import TOLERATED
from .phrases import Term, read_term, shortened
from .policy import Policy
from .testing import all_rules
from .text import Document, fold, split_words

SLOW_RATIO = 60.0
_REFERENCES = re.compile(r"\{([^{}]+)\}|<([^<>]+)>")


@dataclass(frozen=True, slots=True, order=True)
class Advice:
    """One thing to mend: where, which check says so, what, and how."""

    place: Place
    check: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.check}]" + (f" ({self.hint})" if self.hint else "")


def lint(parsed: ParsedPolicy, policy: Policy, benign: Iterable[str] = ()) -> list[Advice]:
    """All advice on a policy, sorted by place. `benign` are ordinary words and names that no term should find."""
    found = {advice for check in CHECKS.values() for advice in check(parsed, policy)}
    return sorted(found.union(collisions(parsed, benign)))


def untested(parsed: ParsedPolicy, policy: Policy) -> Iterator[Advice]:
    """Rules without a hit or without a miss."""
    for rule in parsed.rules:
        for kind, samples in (("hits", rule.hits), ("misses", rule.misses)):
            if not samples:
                yield Advice(
                    rule.place, "untested", f"rule `{rule.id}` has no `{kind}`", f"add one under `tests: {kind}:`"
                )


def unused_clause(parsed: ParsedPolicy, policy: Policy) -> Iterator[Advice]:
    """Clauses that no rule enforces, unless a clause below the same heading is enforced."""
    cited = {rule.clause for rule in parsed.rules}
    place = Place("guidelines")
    for source in parsed.sources.values():
        if "guidelines" in source.value:
            place = source.place(("guidelines",))
    for name, text in parsed.clauses.items():
        body = text.partition(": ")[2]
        if name not in cited and body and not name.startswith(("genuine", "professional", "privacy")):
            yield Advice(
                place, "unused-clause", f"no rule enforces clause `{name}`", "write a rule, or drop the clause"
            )


def dead_list(parsed: ParsedPolicy, policy: Policy) -> Iterator[Advice]:
    """Lists, macros and lexicons that nothing uses."""
    used = set(_names_in(parsed))
    for source in parsed.sources.values():
        for key in ("lists", "macros"):
            for name in source.value.get(key, {}):
                if name not in used:
                    place = source.key_place((key, name))
                    yield Advice(place, "dead-list", f"nothing uses `{name}`", "delete it, or use it")
        lexicon = source.value.get("lexicon")
        if lexicon and lexicon not in used:
            yield Advice(
                source.place(("lexicon",)), "dead-list", f"nothing uses lexicon `{lexicon}`", "delete it, or use it"
            )


def _names_in(parsed: ParsedPolicy) -> Iterator[str]:
    for source in parsed.sources.values():
        yield from _strings(source.value, "")


def _strings(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _strings(each, str(name))
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each, key)
    elif isinstance(value, str):
        yield from (a or b for a, b in _REFERENCES.findall(value))
        if key in ("list", "lexicon", "vocabulary", "services", "domains", "words", "except"):
            yield value


def slow_pattern(parsed: ParsedPolicy, policy: Policy) -> Iterator[Advice]:
    """Regular expressions that cost far more to scan for than a literal: counted in database size, not in time."""
    for rule in parsed.rules:
        for pattern in _patterns(rule.find):
            size = _database_size(pattern)
            if size > SLOW_RATIO * _database_size("evenhand"):
                message = f"pattern `{shortened(pattern)}` of rule `{rule.id}` is {size // 1024} KiB compiled"
                yield Advice(rule.place, "slow-pattern", message, "bound its repeats, or start it with a fixed word")


def _patterns(find: Any) -> Iterator[str]:
    if isinstance(find, Mapping):
        for key, value in find.items():
            if key == "regex":
                yield value if isinstance(value, str) else value["pattern"]
            else:
                yield from _patterns(value)
    elif isinstance(find, list | tuple):
        for each in find:
            yield from _patterns(each)


def _database_size(pattern: str) -> int:
    database = hs.Database(mode=hs.HS_MODE_BLOCK)
    database.compile(expressions=[pattern.encode()], ids=[0], flags=hs.HS_FLAG_SINGLEMATCH)
    return int(database.size())


def shadowed(parsed: ParsedPolicy, policy: Policy) -> Iterator[Advice]:
    """Rules all of whose hits another rule of the same category finds with the same spans."""
    rules = {rule.id: rule for rule in all_rules(parsed, policy.compiled)}
    by_category: defaultdict[str, list[ParsedRule]] = defaultdict(list)
    for rule in parsed.rules:
        by_category[rule.category].append(rule)
    for rule in parsed.rules:
        if not rule.hits:
            continue
        for other in by_category[rule.category]:
            if other is not rule and all(_covered(rules[rule.id], rules[other.id], s.feedback) for s in rule.hits):
                message = f"rule `{other.id}` finds everything that the hits of `{rule.id}` show"
                yield Advice(rule.place, "shadowed", message, "add a hit that only this rule finds, or drop the rule")
                break


def _covered(rule: Any, other: Any, feedback: Any) -> bool:
    document = Document(feedback)
    ours = matches(rule, document)
    theirs = matches(other, document)
    return all(any(b.start <= a.start and a.end <= b.end for b in theirs) for a in ours)


def no_message(parsed: ParsedPolicy, policy: Policy) -> Iterator[Advice]:
    """Rules whose authors are told nothing."""
    for rule in parsed.rules:
        if "en" not in rule.message:
            yield Advice(
                rule.place, "no-message", f"rule `{rule.id}` has no English message", "add `message: {en: ...}`"
            )


_WORST = 10


def collisions(parsed: ParsedPolicy, benign: Iterable[str] = ()) -> Iterator[Advice]:
    """The terms of each lexicon whose foldings find the most ordinary words: common ones, and those that are given."""
    ordinary = {*SHARE, *(word for line in benign for word in split_words(fold(line).string))}
    for source in parsed.sources.values():
        found: list[tuple[int, Advice]] = []
        for g, group in enumerate(source.value.get("groups", ())):
            for t, written in enumerate(group.get("terms", ())):
                hits = _mistaken(read_term(written, tolerate=frozenset(group.get("tolerate", TOLERATED))), ordinary)
                if hits:
                    shown = ", ".join(hits[:4]) + (f" and {len(hits) - 4} more" if len(hits) > 4 else "")
                    place = source.place(("groups", g, "terms", t))
                    hint = "tolerate less in this group, or move the term to a group that does"
                    found.append((-len(hits), Advice(place, "collision", f"`{written}` also finds {shown}", hint)))
        yield from (advice for _, advice in sorted(found)[:_WORST])


def _mistaken(term: Term, ordinary: Container[str]) -> list[str]:
    """The ordinary words that a term finds only because of what it tolerates."""
    return [
        f"`{' '.join(each.words)}` ({each.how})"
        for each in spellings(term)
        if each.how and not each.open_end and all(word in ordinary for word in each.words)
    ]


Check = Callable[[ParsedPolicy, Policy], Iterable[Advice]]
CHECKS: dict[str, Check] = {
    "untested": untested,
    "unused-clause": unused_clause,
    "dead-list": dead_list,
    "slow-pattern": slow_pattern,
    "shadowed": shadowed,
    "no-message": no_message,
}
