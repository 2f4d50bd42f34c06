"""One decision as it is recorded: what was decided, by what, on which input, and nothing of the text itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import platform
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any

from .. import cache as compiled_cache
from ..errors import InputError
from ..model import Admission, Feedback, Finding, Verdict
from ..policy import Policy, checked_feedback

START = "0" * 64  # what the first record has for the hash of the one before it
PLAIN, KEYED = "sha256", "hmac-sha256"
LIBRARIES = ("better-profanity", "hyperscan", "phonenumbers", "publicsuffixlist", "python-stdnum", "regex")
_SHORTEST = 16  # bytes: a shorter salt or key can be guessed
_NO_SAY = ("audit", "cli", "records")  # folders of this package that decide nothing


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a finding leaves in a record: the rule and the place of the span, in code points, but not its text."""

    rule: str
    category: str
    start: int
    end: int
    outcome: str

    @staticmethod
    def of(finding: Finding) -> Ruled:
        """The part of a finding that is recorded."""
        return Ruled(finding.rule, finding.category, finding.start, finding.end, str(finding.outcome))

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Record:
    """A decision before it gets its place in a chain.

    `at` is in UTC, `input` the salted hash of the text and the facts, `ms` how long it took. `gate` is the reason that the
    gate gave, and None where only the content was judged.
    """

    id: str
    at: datetime
    outcome: str
    findings: tuple[Ruled, ...]
    shadow: tuple[Ruled, ...]
    policy: Mapping[str, str]
    engine: str
    versions: Mapping[str, str]
    input: str
    ms: float
    gate: str | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": self.id,
            "at": self.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "outcome": self.outcome,
            "findings": [each.plain() for each in self.findings],
            "shadow": [each.plain() for each in self.shadow],
            "policy": dict(self.policy),
            "engine": self.engine,
            "versions": dict(self.versions),
            "input": self.input,
            "ms": self.ms,
            "gate": self.gate,
        }


def record_of(
    policy: Policy,
    feedback: str | Feedback,
    decided: Verdict | Admission,
    *,
    id: str | int,
    at: datetime,
    salt: bytes | str,
    ms: float = 0.0,
) -> Record:
    """The record of a verdict or an admission; `at` needs an offset. Raises `InputError`."""
    verdict = decided.verdict if isinstance(decided, Admission) else decided
    return Record(
        id=checked_id(id),
        at=in_utc(at),
        outcome=str(decided.outcome),
        findings=tuple(map(Ruled.of, verdict.findings)),
        shadow=tuple(map(Ruled.of, verdict.shadow)),
        policy=policy_facts(policy),
        engine=engine(),
        versions=versions(),
        input=input_digest(feedback, salt),
        ms=round(ms, 3),
        gate=decided.ruling.reason if isinstance(decided, Admission) else None,
    )


def checked_id(id: object) -> str:
    """The feedback's id as a record has it; raises `InputError`."""
    if isinstance(id, bool) or not isinstance(id, str | int) or id == "":
        raise InputError(f"`id` is {id!r}; pass the id under which the feedback is stored, as text or a whole number")
    try:
        str(id).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"`id` is {id!r}, which holds a lone surrogate; pass text that can be written as UTF-8"
        ) from None
    return str(id)


def in_utc(at: datetime) -> datetime:
    """The instant in UTC; raises `InputError` where it has no offset."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise InputError(f"`at` is {at!r}; pass a date and time with an offset, such as `datetime.now(UTC)`")
    return at.astimezone(UTC)


def policy_facts(policy: Policy) -> dict[str, str]:
    """What names a policy: its name, its version, and the day by which its exceptions are in force."""
    return {"name": policy.name, "version": policy.version, "day": policy.compiled.on.isoformat()}


@cache
def engine() -> str:
    """The engine's version with a hash of its files, so that a patched installation is told from the released one."""
    digest = hashlib.sha256()
    folder = Path(compiled_cache.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        if file.parent.name not in _NO_SAY:
            digest.update(str(file.relative_to(folder).as_posix()).encode() + file.read_bytes())
    return f"{compiled_cache.ENGINE_VERSION}+{digest.hexdigest()[:12]}"


@cache
def versions() -> Mapping[str, str]:
    """The versions of everything outside of the engine that has a say in a verdict."""
    found = {name: library_version(name) for name in LIBRARIES}
    return {**found, "python": platform.python_version(), "unicode": unicodedata.unidata_version}


# --- the input ------------------------------------------------------------------------------------------------------


def input_digest(feedback: str | Feedback, salt: bytes | str) -> str:
    """HMAC-SHA256 over the text and every fact that a rule can read; nobody without the salt can try texts against it."""
    checked = checked_feedback(feedback)
    party = checked.counterparty
    read = {
        "text": checked.text,
        "author": checked.author,
        "rating": checked.rating,
        "locale": checked.locale,
        "title": checked.contract.title if checked.contract else None,
        "counterparty": [party.name, party.email, party.phone, party.company] if party else None,
        "known": list(checked.known),
    }
    return hmac.new(secret(salt, "salt"), canonical(read), hashlib.sha256).hexdigest()


def secret(value: object, name: str) -> bytes:
    """A salt or a key as bytes; raises `InputError` for one that is too short to protect anything."""
    raw = value.encode() if isinstance(value, str) else value
    if not isinstance(raw, bytes) or len(raw) < _SHORTEST:
        raise InputError(f"`{name}` is too short or no bytes; pass {_SHORTEST} bytes or more, kept like a password")
    return raw


# --- the chain ------------------------------------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """The one way in which a value is written: keys sorted, no spaces, ASCII; raises `ValueError` for what JSON has not."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sealed(record: Record, *, seq: int, previous: str, key: bytes | str | None = None) -> dict[str, Any]:
    """The record with its place in the chain: `seq` counts from 1, `previous` is the hash of the record before it.

    `hash` covers all the rest. With a key it is an HMAC: whoever lacks the key cannot rebuild the chain behind a change.
    """
    linked = {**record.plain(), "seq": seq, "previous": previous, "seal": PLAIN if key is None else KEYED}
    return {**linked, "hash": chain_hash(linked, key)}


def chain_hash(linked: Mapping[str, Any], key: bytes | str | None) -> str:
    """The hash of a record with its place, but without its own hash."""
    content = canonical({name: value for name, value in linked.items() if name != "hash"})
    if key is None:
        return hashlib.sha256(content).hexdigest()
    return hmac.new(secret(key, "key"), content, hashlib.sha256).hexdigest()
