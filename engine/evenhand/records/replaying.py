"""Judges recorded feedback again and says for each difference what has drifted since."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError, Place
from ..model import Feedback, Outcome, Verdict
from ..policy import Policy
from ..rows import Row
from .record import Ruled, engine, input_digest, policy_facts, secret, versions
from .verifying import lines_of, read_record, verify

INPUT = "input"


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that comes out otherwise now, or whose text is another: what it was, what it is, and the causes."""

    place: Place
    id: str
    was: str
    now: str
    gone: tuple[str, ...]
    new: tuple[str, ...]
    causes: tuple[str, ...]

    def __str__(self) -> str:
        changed = [f"-{each}" for each in self.gone] + [f"+{each}" for each in self.new]
        outcome = self.was if self.was == self.now else f"{self.was} -> {self.now}"
        return f"{self.place}: {self.id}: {outcome}" + "".join(f" {each}" for each in changed)


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out: how many records were judged again, of how many there was no text, and what drifted how often."""

    judged: int
    without_text: int
    differences: tuple[Difference, ...]
    drifted: Mapping[str, int]


def replay(
    folder: Path | str,
    rows: Iterable[Row],
    policy_of: Callable[[date], Policy],
    *,
    salt: bytes | str | None = None,
    key: bytes | str | None = None,
    after: str | None = None,
) -> Replay:
    """Judges the content of every record of a folder again, with the texts of the rows that have its id.

    `policy_of` gives the policy as it is on a day: exceptions expire. Without the salt of the records nobody can tell
    whether a text is the one that was judged. Raises `InputError` where the records do not verify.
    """
    known = None if salt is None else secret(salt, "salt")
    texts: dict[str, list[Feedback]] = {}
    for row in rows:
        texts.setdefault(row.id, []).append(row.feedback)
    judged = missing = 0
    differences: list[Difference] = []
    drifted: Counter[str] = Counter()
    for place, record in _records(Path(folder), key, after):
        candidates = texts.get(record["id"])
        if not candidates:
            missing += 1
            continue
        judged += 1
        feedback, same = _judged_then(record, candidates, known)
        policy = policy_of(date.fromisoformat(record["policy"]["day"]))
        causes = [*_drift(record, policy), *([] if same else [f"{INPUT}: the text or a fact is another"])]
        drifted.update(cause.split(":")[0] for cause in causes)
        if (found := _difference(place, record, policy.check(feedback), causes)) is not None:
            differences.append(found)
    return Replay(judged, missing, tuple(differences), drifted)


def _records(folder: Path, key: bytes | str | None, after: str | None) -> Iterator[tuple[Place, dict[str, Any]]]:
    verified = verify(folder, key=key, after=after)
    if verified.problems:
        count = len(verified.problems)
        raise InputError(
            f"the records do not verify, {count} faults: {verified.problems[0]}; see `evenhand records verify`"
        )
    for place, line in lines_of(folder, _told, _told):
        if (record := read_record(line)) is not None:
            yield place, record


def _told(*_: object) -> None:
    """What is wrong with the files was told by `verify`."""


def _judged_then(
    record: Mapping[str, Any], candidates: Sequence[Feedback], salt: bytes | None
) -> tuple[Feedback, bool]:
    """The feedback that was judged, among all with its id, and whether it is that one as far as one can tell."""
    if salt is None:
        return candidates[-1], True
    for feedback in candidates:
        if hmac.compare_digest(input_digest(feedback, salt), record["input"]):
            return feedback, True
    return candidates[-1], False


def _drift(record: Mapping[str, Any], policy: Policy) -> Iterator[str]:
    """What decides now that is not what decided then."""
    then, now = record["policy"], policy_facts(policy)
    for name in ("name", "version", "day"):
        if then[name] != now[name]:
            yield f"policy {name}: {then[name]} -> {now[name]}"
    if record["engine"] != engine():
        yield f"engine: {record['engine']} -> {engine()}"
    present = versions()
    for name in sorted({*present, *record["versions"]}):
        before, after = record["versions"].get(name, "none"), present.get(name, "none")
        if before != after:
            yield f"{name}: {before} -> {after}"


def _difference(place: Place, record: Mapping[str, Any], verdict: Verdict, causes: Sequence[str]) -> Difference | None:
    was = _spans(record["findings"]) | _spans(record["shadow"], "shadow ")
    now = _spans([Ruled.of(each).plain() for each in verdict.findings])
    now |= _spans([Ruled.of(each).plain() for each in verdict.shadow], "shadow ")
    other_input = any(cause.startswith(INPUT) for cause in causes)
    before = str(max((Outcome(each["outcome"]) for each in record["findings"]), default=Outcome.allow))
    if was == now and not other_input:
        return None
    named = tuple(causes) or ("nothing that is recorded: the input if the salt was not given, else please report this",)
    gone, new = (tuple((one - other).elements()) for one, other in ((was, now), (now, was)))
    return Difference(place, record["id"], before, str(verdict.outcome), gone, new, named)


def _spans(findings: Iterable[Mapping[str, Any]], prefix: str = "") -> Counter[str]:
    return Counter(f"{prefix}{each['rule']}[{each['start']}:{each['end']}]={each['outcome']}" for each in findings)
