"""Which edit made a rule judge a text otherwise: shown by judging it again with that edit alone, or with all but it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ..compile import rules_of, waivers_of
from ..compiled import Rule, Waiver
from ..decide import LENGTH_RULE, on_trial
from ..errors import OptionError
from ..match import excuses, matches
from ..model import Feedback, Outcome
from ..parsed import ParsedPolicy
from ..phrases import PhraseError
from ..text import Document
from ..words import WordStore, as_json
from .edits import Change, Edit, Shown, Unit, changes

Found = frozenset[tuple[int, int, str, bool]]  # start, end, outcome, on trial


class Causes:
    """Finds the edits behind changed findings; answers for equal reasons are kept."""

    def __init__(self, old: ParsedPolicy, new: ParsedPolicy, on: date, *shown: Shown) -> None:
        """`shown` say how places in the old and in the new policy are to be shown."""
        self._old, self._new, self._on = old, new, on
        self._changes = changes(old, new, *shown)
        self._edits: dict[str, list[Edit]] = {}
        self._known: dict[tuple[str, object], tuple[Edit, ...]] = {}
        self._hybrids: dict[tuple[str, frozenset[Edit]], tuple[Rule | None, tuple[Waiver, ...]]] = {}

    def every(self) -> list[Edit]:
        """All edits between the two policies, in the order of the files."""
        return sorted((e for change in self._changes.values() for e in change.edits()), key=lambda edit: edit.place)

    def of(self, rule: str, feedback: Feedback, reason: object) -> tuple[Edit, ...]:
        """The edits that changed what a rule finds in a text; `reason` is what the findings say of why they are there."""
        key = rule, reason
        if key not in self._known:
            self._known[key] = self._of(rule, feedback)
        return self._known[key]

    def _of(self, rule: str, feedback: Feedback) -> tuple[Edit, ...]:
        candidates = self._candidates(rule)
        if len(candidates) < 2:
            return tuple(candidates)
        document = Document(feedback)
        before, after = (self._found(rule, chosen, document) for chosen in ((), candidates))
        alone = [each for each in candidates if self._found(rule, [each], document) == after]
        if alone:
            return tuple(alone)
        needed = [each for each in candidates if self._without(each, candidates, rule, document) in (before, None)]
        share = [each for each in candidates if self._found(rule, [each], document) not in (before, None)]
        return tuple(needed or share or candidates)

    def _without(self, edit: Edit, edits: Sequence[Edit], rule: str, document: Document) -> Found | None:
        return self._found(rule, [each for each in edits if each is not edit], document)

    def _candidates(self, rule: str) -> list[Edit]:
        """The edits that can have a say in what a rule finds."""
        if rule not in self._edits:
            units = {unit for parsed in (self._old, self._new) for unit in _units_of(parsed, rule)}
            edits = [edit for unit, change in self._changes.items() if unit in units for edit in change.edits()]
            self._edits[rule] = sorted(edits, key=lambda edit: edit.place)
        return self._edits[rule]

    def _found(self, rule: str, chosen: Iterable[Edit], document: Document) -> Found | None:
        """What the rule finds with some of the edits; None where those make no sense without the others."""
        try:
            compiled, waivers = self._hybrid(rule, frozenset(chosen))
            return found_by(compiled, waivers, document) if compiled is not None else frozenset()
        except (OptionError, PhraseError):
            return None

    def _hybrid(self, name: str, chosen: frozenset[Edit]) -> tuple[Rule | None, tuple[Waiver, ...]]:
        """The rule as it would be with some of the edits alone."""
        key = name, chosen
        if key not in self._hybrids:
            parsed = _with(self._old, self._new, self._changes, chosen, name)
            rule = next(iter(rules_of(parsed, self._on)), None)
            self._hybrids[key] = rule, waivers_of(parsed, self._on)
        return self._hybrids[key]


def found_by(rule: Rule, waivers: Sequence[Waiver], document: Document) -> Found:
    """What a rule finds in a text, without the help of a scan."""
    found = set()
    for match in matches(rule, document):
        if match.capped or not any(excuses(waiver, rule, match, document) for waiver in waivers):
            outcome = Outcome.hold if match.capped else rule.outcome
            found.add((match.start, match.end, str(outcome), on_trial(rule, document.feedback)))
    return frozenset(found)


def _units_of(parsed: ParsedPolicy, name: str) -> set[Unit]:
    """The units that have a say in what a rule finds."""
    if name == LENGTH_RULE:
        return {("limits",)}
    rule = next((each for each in parsed.rules if each.id == name), None)
    if rule is None:
        return {("rule", name)}
    ours = [each for each in parsed.exceptions if name in each.rules]
    written = as_json([rule.find, list(rule.unless), rule.when, [each.find for each in ours]])
    words = {
        unit
        for word in parsed.words.meant(rule.pack, written)
        for owner in ("", rule.pack)
        for unit in (("list", owner, word), ("macro", owner, word), ("lexicon", word))
    }
    own: set[Unit] = {("rule", name), ("pack", rule.pack), ("outcomes", rule.category), ("regions",), ("limits",)}
    return own | words | {("shorthand",)} | {("exception", each.id) for each in ours}


def _with(
    old: ParsedPolicy, new: ParsedPolicy, changed: dict[Unit, Change], chosen: frozenset[Edit], name: str
) -> ParsedPolicy:
    """The old policy with some of the edits, as far as one rule is concerned."""
    merged = {unit: change.merged(lambda edit: edit in chosen) for unit, change in changed.items()}
    return replace(
        old,
        rules=_merged_rules(old, new, merged, name),
        exceptions=_merged_exceptions(old, new, merged),
        outcomes={
            **old.outcomes,
            **{unit[1]: Outcome(value) for unit, value in merged.items() if unit[0] == "outcomes" and value},
        },
        words=_merged_words(old.words, merged),
    )


def _merged_rules(old: ParsedPolicy, new: ParsedPolicy, merged: dict[Unit, Any], name: str) -> tuple[Any, ...]:
    rules = {rule.id: rule for rule in (*new.rules, *old.rules)}
    rule = rules[name]
    if ("rule", name) in merged:
        raw = merged["rule", name]
        if raw is None:
            return ()
        facts = merged.get(("pack", rule.pack)) or {}
        rule = replace(
            rule,
            category=raw.get("category", facts.get("category", rule.category)),
            status=raw.get("status", "enforce"),
            find=raw["find"],
            unless=tuple(raw.get("unless", ())),
            when=raw.get("when", {}),
            begins=date.fromisoformat(raw["from"]) if "from" in raw else None,
            ends=date.fromisoformat(raw["until"]) if "until" in raw else None,
            rollout=raw.get("rollout", 100),
        )
    return (rule,)


def _merged_exceptions(old: ParsedPolicy, new: ParsedPolicy, merged: dict[Unit, Any]) -> tuple[Any, ...]:
    exceptions = {each.id: each for each in (*new.exceptions, *old.exceptions)}
    kept = []
    for name, each in exceptions.items():
        raw = merged.get(("exception", name), _SAME)
        if raw is _SAME:
            kept.append(each)
        elif raw is not None:
            expires = date.fromisoformat(raw["expires"])
            kept.append(
                replace(each, rules=tuple(raw["rules"]), find=raw["find"], expires=expires, scope=raw.get("scope", {}))
            )
    return tuple(kept)


_SAME: Any = object()


def _merged_words(words: WordStore, merged: dict[Unit, Any]) -> WordStore:
    lists = {pack: dict(table) for pack, table in words.lists.items()}
    macros = {pack: dict(table) for pack, table in words.macros.items()}
    lexicons = dict(words.lexicons)
    facts: dict[str, Any] = {"regions": words.regions, "short": words.short}
    for unit, value in merged.items():
        match unit:
            case ("list", pack, name):
                _put(lists.setdefault(pack, {}), name, value)
            case ("macro", pack, name):
                _put(macros.setdefault(pack, {}), name, value)
            case ("lexicon", name):
                _put(lexicons, name, value)
            case ("regions",):
                facts["regions"] = tuple(value or ("US", "GB"))
            case ("shorthand",):
                facts["short"] = {
                    key: (value or {}).get(key, {}) for key in ("shorthand", "unsure", "allowed", "garbled", "restored")
                }
    return WordStore(lists, macros, lexicons, facts["regions"], facts["short"], checked=True)


def _put(table: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value
