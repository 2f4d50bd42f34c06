"""Whether the tests of a policy would notice a change: small changes, one at a time, and the tests of the rules they touch."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from typing import Any

from .compiled import Rule
from .disguise import bare_key
from .errors import EvenhandError, OptionError, Place
from .mutants import Change, changed_trees, dropped_entries
from .parsed import ParsedPolicy, ParsedRule, Sample
from .phrases import PhraseError, read_phrase, spelled
from .policy import Policy
from .shorthand import Shorthand
from .specimens import read_specimens
from .testing import all_rules, hit_failure, miss_failure, specimen_failure, waiver_failure
from .text import Document
from .words import WordStore, as_json
from .written import Table, Written, policy_written, rules_written, tables_of, tables_written

_MAX_ROWS = 500


@dataclass(frozen=True)
class Mutant:
    """A policy with one small change: where it was made, what it does, the test that would notice it, and its rules.

    `sort` is what sort of change it is. `rebuild` gives a touched rule in its changed form. `text` is what the change drops: only tests that hold it can
    notice ("" for any test).
    """

    sort: str
    place: Place
    what: str
    hint: str
    rules: tuple[str, ...]
    rebuild: Callable[[Rule], Rule]
    text: str = ""
    same: str = ""  # why it can be shown to change nothing, "" where it cannot


@dataclass(frozen=True)
class Share:
    """How many changes of one sort there are, how many were tried, and how many of these some test noticed."""

    total: int
    tried: int
    noticed: int

    @property
    def percent(self) -> float:
        """The share of the changes tried that some test noticed; 50 where none was tried, 100 where there are none."""
        return 100 * self.noticed / self.tried if self.tried else 50.0 if self.total else 100.0

    @property
    def variance(self) -> float:
        """Of the estimated share: none where all were tried. With two noticed and two not added, which few trials need."""
        p = (self.noticed + 2) / (self.tried + 4)
        return p * (1 - p) / (self.tried + 4) * (self.total > self.tried)


@dataclass(frozen=True)
class Score:
    """The share of each sort of change, the changes tried that no test noticed, and how many change nothing at all."""

    shares: Mapping[str, Share]
    survivors: tuple[Mutant, ...]
    equivalent: int

    @property
    def tried(self) -> int:
        """How many changes were tried."""
        return sum(share.tried for share in self.shares.values())

    @property
    def total(self) -> int:
        """How many changes there are."""
        return sum(share.total for share in self.shares.values())

    @property
    def percent(self) -> float:
        """The share of all changes that some test notices, each sort with its weight; 100 where there are none."""
        return sum(s.total * s.percent for s in self.shares.values()) / self.total if self.total else 100.0

    @property
    def interval(self) -> tuple[float, float]:
        """The score of all changes, in percent, with 95 % confidence; the score itself where all were tried."""
        variance = sum((s.total / self.total) ** 2 * s.variance for s in self.shares.values()) if self.total else 0.0
        half = 196 * sqrt(variance)
        return max(0.0, self.percent - half), min(100.0, self.percent + half)


def mutants(
    parsed: ParsedPolicy, policy: Policy, wanted: Callable[[str], bool] = lambda name: True
) -> Iterator[Mutant]:
    """Every small change to the rules that are wanted, to the tables they use, and to the exceptions, in a fixed order.

    A large policy has a hundred thousand of them, so they are made one at a time.
    """
    written, tables = rules_written(parsed), tables_written(parsed)
    users: dict[Table, list[str]] = {}
    for rule in parsed.rules:
        if wanted(rule.id):
            yield from _of_rule(rule, written[rule.id])
            for table in tables_of([rule.find, list(rule.unless)], rule.pack, tables):
                users.setdefault(table, []).append(rule.id)
    for table in tables:
        if table in users:
            yield from _of_table(parsed, table, tables[table], tuple(users[table]))
    source = policy_written(parsed)
    for index, each in enumerate(parsed.exceptions):
        if source is not None and wanted(each.id):
            place = source.place(("exceptions", index))
            hint = "give it a `test:` that one of its rules flags"
            yield Mutant("exception", place, f"exception `{each.id}` removed", hint, (), _unchanged, each.id)


def _unchanged(rule: Rule) -> Rule:
    return rule


def _of_rule(rule: ParsedRule, written: Written) -> Iterator[Mutant]:
    def mutant(place: Place, change: Change, rebuild: Callable[[Rule], Rule]) -> Mutant:
        return Mutant(change.sort, place, change.what, change.hint, (rule.id,), rebuild, change.text, change.same)

    for change in changed_trees(rule.find):
        yield mutant(written.place("find", *change.path), change, lambda r, new=change.new: replace(r, find=new))  # type: ignore[misc]
    for number, excuse in enumerate(rule.unless):
        rest = (*rule.unless[:number], *rule.unless[number + 1 :])
        dropped = Change(
            "excuse", (), None, f"`unless` entry {number + 1} dropped", "add a miss that only this excuse lets pass"
        )
        yield mutant(
            written.place("unless", number), dropped, lambda r, rest=rest: replace(r, unless=rest)  # type: ignore[misc]
        )  # fmt: skip
        tree = {key: value for key, value in excuse.items() if key != "where"}
        where = {key: value for key, value in excuse.items() if key == "where"}
        for change in changed_trees(tree):
            after = (*rule.unless[:number], {**change.new, **where}, *rule.unless[number + 1 :])
            turned = replace(
                change, hint=change.hint.replace("a hit", "a MISS").replace("a miss", "a hit").replace("MISS", "miss")
            )
            yield mutant(
                written.place("unless", number, *change.path), turned, lambda r, new=after: replace(r, unless=new)  # type: ignore[misc]
            )  # fmt: skip


def _of_table(parsed: ParsedPolicy, table: Table, written: Written, rules: tuple[str, ...]) -> Iterator[Mutant]:
    for change in dropped_entries(table.what, written.value):
        store = _Store(parsed.words, table, change.new)
        yield Mutant(change.sort, written.place(*change.path), f"{change.what}, in {table}", change.hint, rules,
            store.rebuild, change.text, change.same,
        )  # fmt: skip


@dataclass(frozen=True)
class _Store:
    """The words of the policy with one table changed; made at first use, since most mutants are never tried."""

    words: WordStore
    table: Table
    new: Any

    @cached_property
    def changed(self) -> WordStore:
        what, pack, name = self.table.what, self.table.pack, self.table.name
        if what == "lexicons":
            return replace(self.words, lexicons={**self.words.lexicons, name: self.new}, _made={})
        before: Mapping[str, Mapping[str, Any]] = getattr(self.words, what)
        after = {**before, pack: {**before[pack], name: self.new}}
        if what == "lists":
            return replace(self.words, lists=after, _made={})
        return replace(self.words, macros=after, _made={})

    def rebuild(self, rule: Rule) -> Rule:
        return replace(rule, words=self.changed)


# --- trying ---------------------------------------------------------------------------------------------------------


def mutate(
    parsed: ParsedPolicy,
    policy: Policy,
    wanted: Callable[[str], bool] = lambda name: True,
    *,
    sample: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Score:
    """Tries every mutant, or a random `sample` of them, against the tests that pass without it."""
    counted = Counter("" if mutant.same else mutant.sort for mutant in mutants(parsed, policy, wanted))
    equivalent = counted.pop("", 0)
    numbers = _chosen(counted, sample, seed)
    wanted_number = sum(map(len, numbers.values()))
    trial = _Trial(parsed, policy)
    survivors: list[Mutant] = []
    seen: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    done = 0
    for mutant in mutants(parsed, policy, wanted):
        if mutant.same:
            continue
        seen[mutant.sort] += 1
        if seen[mutant.sort] - 1 not in numbers[mutant.sort]:
            continue
        if trial.notices(mutant):
            noticed[mutant.sort] += 1
        else:
            survivors.append(mutant)
        done += 1
        progress(done, wanted_number)
    survivors.sort(key=lambda mutant: (mutant.place, mutant.what))
    shares = {sort: Share(counted[sort], len(numbers[sort]), noticed[sort]) for sort in sorted(counted)}
    return Score(shares, tuple(survivors), equivalent)


def _chosen(counted: Mapping[str, int], sample: int | None, seed: int) -> dict[str, Set[int]]:
    """Which changes of each sort to try.

    Half of a sample is spread over the sorts alike, so that each has a share to show; the other half goes by number,
    since the many alternatives weigh most in the score.
    """
    total = sum(counted.values())
    if sample is None or sample >= total:
        return {sort: frozenset(range(count)) for sort, count in counted.items()}
    sizes = dict.fromkeys(counted, 0)
    left = (sample + 1) // 2
    for done, sort in enumerate(sorted(counted, key=lambda each: (counted[each], each))):
        sizes[sort] = min(counted[sort], -(-left // (len(counted) - done)))
        left -= sizes[sort]
    left = sample - sum(sizes.values())
    for sort in sorted(counted, key=lambda each: (-counted[each], each)):
        more = min(counted[sort] - sizes[sort], left, -(-(sample // 2) * counted[sort] // total))
        sizes[sort] += more
        left -= more
    for sort in counted:  # what is left where the largest were tried in full
        more = min(counted[sort] - sizes[sort], left)
        sizes[sort] += more
        left -= more
    chance = random.Random(seed)
    return {sort: frozenset(chance.sample(range(counted[sort]), sizes[sort])) for sort in sorted(counted)}


class _Trial:
    """The tests of a policy, ready to be run against mutants."""

    def __init__(self, parsed: ParsedPolicy, policy: Policy) -> None:
        self.parsed, self.policy = parsed, policy
        self.rules = {rule.id: rule for rule in all_rules(parsed, policy.compiled)}
        self.written = {rule.id: rule for rule in parsed.rules}
        self.specimens = read_specimens(parsed)
        self._passing: dict[str, list[tuple[Sample, Callable[[Rule, Sample], str], _Letters]]] = {}

    def passing(self, rule: str) -> list[tuple[Sample, Callable[[Rule, Sample], str], _Letters]]:
        """The tests of a rule that pass while nothing is changed."""
        if rule not in self._passing:
            own = self.written[rule]
            tests: list[tuple[Sample, Callable[[Rule, Sample], str]]] = [
                *((hit, hit_failure) for hit in own.hits),
                *((miss, miss_failure) for miss in own.misses),
                *((each, specimen_failure) for each in self.specimens.get(rule, ())),
            ]
            self._passing[rule] = [
                (sample, fails, _Letters(Document(sample.feedback), self.parsed.words.shorthand))
                for sample, fails in tests
                if not fails(self.rules[rule], sample)
            ]
        return self._passing[rule]

    def notices(self, mutant: Mutant) -> bool:
        """Whether a test that passes otherwise fails on the mutant."""
        if not mutant.rules:
            return self._exception_needed(mutant.text)
        rows = _rows(mutant.text)
        for name in mutant.rules:
            any_text = rows is None or _reordering(self.rules[name])
            tests = [(s, fails) for s, fails, letters in self.passing(name) if any_text or letters.may_hold(rows or ())]
            if not tests:
                continue
            try:
                rule = mutant.rebuild(self.rules[name])
                if any(fails(rule, sample) for sample, fails in tests):
                    return True
            except (OptionError, PhraseError, EvenhandError):
                return True  # the policy no longer loads: that is noticed before any test runs
        return False

    def _exception_needed(self, name: str) -> bool:
        waiver = next((each for each in self.policy.compiled.waivers if each.id == name), None)
        test = next(each.test for each in self.parsed.exceptions if each.id == name)
        return waiver is not None and not waiver_failure(waiver, test, self.rules)


def _reordering(rule: Rule) -> bool:
    """Whether the rule finds words whose letters do not stand in the text as the term has them."""
    return "typos" in as_json([rule.find, list(rule.unless)])


class _Letters:
    """The letters of a text in each view, without spaces: a cheap look at whether words may stand in it."""

    def __init__(self, document: Document, shorthand: Shorthand | None) -> None:
        written = shorthand.of_document(document) if shorthand is not None else None
        self.plain = " ".join(
            ["".join(document.words.words), "".join(written.flat.words) if written is not None else ""]
        )
        self.bare = "".join(map(bare_key, document.words.words)) + " " + "".join(document.bare_flat.words)
        self.masked = any(sign in document.folded.string for sign in "*#•✱_^") or "--" in document.folded.string

    def may_hold(self, rows: Sequence[str]) -> bool:
        if self.masked:
            return True
        return any(row in self.plain or bare_key(row) in self.bare for row in rows)


def _rows(text: str) -> list[str] | None:
    """The letters of every spelling of a dropped entry; None where the text says nothing about which tests may notice."""
    if not text or "{" in text or "<" in text:
        return None
    try:
        rows = spelled(read_phrase(text).node, _MAX_ROWS)
    except PhraseError:
        return None
    return None if rows is None else ["".join(word.text for word in row) for row in rows]


# --- what to print --------------------------------------------------------------------------------------------------


def score_text(score: Score) -> str:
    """Each survivor with the test that would have noticed it, the share of each sort of change, and the score."""
    lines = [f"{m.place}: {m.what}, and no test notices ({m.hint})" for m in score.survivors]
    for sort, share in sorted(score.shares.items(), key=lambda each: (each[1].percent, each[0])):
        some = f", of {share.total:,}" if share.tried < share.total else ""
        lines.append(f"{share.percent:3.0f} %  {sort}: {share.noticed} of {share.tried} changes noticed{some}")
    line = f"mutation score {score.percent:.1f} %"
    if score.tried < score.total:
        low, high = score.interval
        line += f" (95 % interval {low:.1f} to {high:.1f} %), from {score.tried:,} of {score.total:,} changes"
    else:
        line += f" of {score.total:,} changes"
    if score.equivalent:
        line += f"; {score.equivalent:,} more are left out, since they change nothing"
    return "\n".join([*lines, line])
