"""The life of a rule, from draft to enforced: what a move asks for, and the ledger that says who made it and why."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .errors import InputError, Place, Problem, nearest
from .loader import form_of
from .parsed import ParsedPolicy, ParsedRule
from .schema import STATUSES

STAGES = tuple(STATUSES)  # draft, shadow, nudge, hold, enforce
_ON_TRIAL = STAGES.index("shadow")
_DAYS, _NAMES = 7, 2  # where the policy does not say: days on trial, people who stand behind a rule that counts


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the ledger: a rule that went from one stage to another, when, by whom, and on what evidence.

    `form` is a hash of what the rule found then; `evidence` are plain values: tests, days on trial, the impact.
    """

    rule: str
    was: str
    now: str
    on: str
    by: tuple[str, ...]
    form: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All moves of a policy's rules, the oldest first, and where each stands."""

    name: str
    moves: tuple[Move, ...] = ()

    def of(self, rule: str) -> list[Move]:
        """The moves of one rule."""
        return [move for move in self.moves if move.rule == rule]

    def on_trial_since(self, rule: str) -> date | None:
        """Since when a rule has been on trial without a break; None when it is not."""
        moves = self.of(rule)
        return date.fromisoformat(moves[-1].on) if moves and moves[-1].now == "shadow" else None


def read_ledger(path: Path, name: str) -> Ledger:
    """The ledger in a file of JSON lines, empty where there is none; raises `InputError` with the line that is damaged."""
    if not path.exists():
        return Ledger(name)
    moves = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                facts = json.loads(line)
                moves.append(Move(**{**facts, "by": tuple(facts["by"])}))
                date.fromisoformat(moves[-1].on)
            except (ValueError, TypeError, KeyError):
                raise InputError(
                    f"{name}:{number}: this is no move of a rule; restore the line from its history"
                ) from None
    return Ledger(name, tuple(moves))


def add_move(path: Path, move: Move) -> None:
    """Adds a line to the ledger, on disk before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(move), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


# --- what a move asks for -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What a promotion has to show. Every missing thing is said at once."""

    rule: ParsedRule
    to: str
    by: tuple[str, ...]
    on: date
    failed: int  # of the rule's own tests
    tests: int
    impact: Mapping[str, Any] | None = None  # None: none was run

    def missing(self, ledger: Ledger, promotion: Mapping[str, int]) -> list[str]:
        """What is missing for it; nothing for a demotion, which anyone may make."""
        if STAGES.index(self.to) < STAGES.index(self.rule.status):
            return []
        missing = []
        if self.failed:
            missing.append(f"{self.failed} of its {self.tests} tests fail; run `evenhand test --select {self.rule.id}`")
        if not self.rule.hits or not self.rule.misses:
            missing.append("it has no hit or no miss among its tests")
        if STAGES.index(self.to) > _ON_TRIAL:
            missing += self._missing_to_count(ledger, promotion)
        return missing

    def _missing_to_count(self, ledger: Ledger, promotion: Mapping[str, int]) -> Iterator[str]:
        names, days = promotion.get("names", _NAMES), promotion.get("shadow_days", _DAYS)
        if len(set(self.by)) < names:
            yield f"{names} people must stand behind it; pass --by for each"
        if days and STAGES.index(self.rule.status) <= _ON_TRIAL:
            since = ledger.on_trial_since(self.rule.id)
            if since is None:
                yield f"it has not been on trial; promote it to `shadow` first, for {days} days"
            elif (self.on - since).days < days:
                yield f"it has been on trial for {(self.on - since).days} of {days} days"
        if self.impact is None:
            yield "its impact on past feedback is not known; pass --on HISTORY and --budget"
        elif self.impact["exceeded"]:
            yield f"its impact exceeds the budget: {'; '.join(self.impact['budgets'])}"


def rule_named(parsed: ParsedPolicy, name: str) -> ParsedRule:
    """The rule of that id; raises `InputError` with the nearest one."""
    found = next((rule for rule in parsed.rules if rule.id == name), None)
    if found is None:
        raise InputError(f"no rule `{name}`; {nearest(name, [rule.id for rule in parsed.rules]) or 'check its id'}")
    return found


def previous_stage(ledger: Ledger, rule: ParsedRule) -> str:
    """The stage that a rule had before its last move; raises `InputError` when that was no promotion.

    What was taken back cannot be put in force again in this way: that asks for evidence.
    """
    moves = ledger.of(rule.id)
    if not moves or moves[-1].now != rule.status:
        raise InputError(
            f"the ledger knows no move of `{rule.id}` to `{rule.status}`; promote it to the stage you want"
        )
    if STAGES.index(moves[-1].was) >= STAGES.index(rule.status):
        raise InputError(f"the last move of `{rule.id}` was no promotion; `evenhand promote` moves it to any stage")
    return moves[-1].was


# --- the file -------------------------------------------------------------------------------------------------------


def with_status(parsed: ParsedPolicy, rule: ParsedRule, status: str) -> tuple[str, str]:
    """The name of the rule's file and its text with another status; nothing else of it changes."""
    source = next(each for each in parsed.sources.values() if each.name == rule.place.file)
    path = next(("rules", at) for at, raw in enumerate(source.value["rules"]) if raw["id"] == rule.id)
    lines = source.text.splitlines(keepends=True)
    if "status" in source.value["rules"][path[1]]:
        place = source.place((*path, "status"))
        line = lines[place.line - 1]
        written = source.value["rules"][path[1]]["status"]
        lines[place.line - 1] = line[: place.column - 1] + line[place.column - 1 :].replace(written, status, 1)
    else:
        place = source.key_place((*path, "id"))
        line = lines[place.line - 1]
        lines.insert(place.line, f"{' ' * (place.column - 1)}status: {status}{_ending(line)}")
    return source.name, "".join(lines)


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :] or "\n"


# --- lint -----------------------------------------------------------------------------------------------------------


def forms(parsed: ParsedPolicy) -> dict[str, str]:
    """A hash of what each rule finds."""
    return {rule.id: form_of(parsed.words, rule.pack, rule.find, rule.unless, rule.when) for rule in parsed.rules}


def ledger_file(parsed: ParsedPolicy) -> Path | None:
    """Where the ledger of a policy is kept; None when it names none."""
    name = next(source.name for source in parsed.sources.values() if "policy" in source.value)
    return None if parsed.ledger is None else Path(name).parent / parsed.ledger


def ledger_problems(parsed: ParsedPolicy, ledger: Ledger, forms: Mapping[str, str]) -> Iterator[Problem]:
    """Rules whose stage the ledger does not account for, and rules that are not what was promoted any more.

    A rule that the ledger does not know is accounted for while it is draft or on trial.
    """
    for rule in parsed.rules:
        moves = ledger.of(rule.id)
        if not moves:
            if STAGES.index(rule.status) > _ON_TRIAL:
                yield Problem(
                    rule.place, f"rule `{rule.id}` is at `{rule.status}`, and the ledger knows no move of it",
                    f"set it to `shadow`, then `evenhand promote {rule.id} {rule.status}`",
                )  # fmt: skip
        elif moves[-1].now != rule.status:
            yield Problem(
                rule.place, f"rule `{rule.id}` is at `{rule.status}`, where the ledger has `{moves[-1].now}`",
                f"`evenhand promote {rule.id} {rule.status}` makes the move with its evidence",
            )  # fmt: skip
        elif STAGES.index(rule.status) > _ON_TRIAL and moves[-1].form != forms.get(rule.id):
            yield Problem(
                rule.place, f"rule `{rule.id}` finds something else than when it was promoted on {moves[-1].on}",
                f"promote it again: `evenhand promote {rule.id} {rule.status}`",
            )  # fmt: skip
    known = {rule.id for rule in parsed.rules}
    for number, move in enumerate(ledger.moves, 1):
        if move.rule not in known and move is ledger.of(move.rule)[-1] and move.now != "draft":
            yield Problem(Place(ledger.name, number), f"the ledger has rule `{move.rule}`, which is gone", "")


def adopted(parsed: ParsedPolicy, forms: Mapping[str, str], on: date, by: Sequence[str]) -> list[Move]:
    """A move for every rule that counts already, for a ledger that begins with a policy in force."""
    return [
        Move(rule.id, rule.status, rule.status, on.isoformat(), tuple(by), forms[rule.id], {"adopted": True})
        for rule in parsed.rules
        if STAGES.index(rule.status) > _ON_TRIAL
    ]
