"""The nouns: feedback and contracts come in, matches become findings, findings become a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

Category = Literal[
    "abuse",
    "discrimination",
    "explicit_content",
    "explicit_link",
    "contact",
    "confidential",
    "reciprocity",
    "incentive",
    "off_topic",
]
CATEGORIES: tuple[Category, ...] = get_args(Category)
Role = Literal["client", "freelancer"]
ROLES: tuple[Role, ...] = get_args(Role)


class Outcome(StrEnum):
    """What happens to a piece of feedback; a string that compares and sorts by hardness: allow < nudge < hold < reject."""

    allow = "allow"
    nudge = "nudge"
    hold = "hold"
    reject = "reject"

    @property
    def rank(self) -> int:
        """0 for `allow` up to 3 for `reject`."""
        return _RANK[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < Outcome(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Outcome(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Outcome(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Outcome(other).rank


_RANK = {outcome: rank for rank, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class Party:
    """What the caller knows about the other side; every field may be left out."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as the gate and the rules see it; `client` and `freelancer` are the caller's ids for the parties.

    `ended_at` must carry an offset and is None while the contract runs; `ended_by` is "client", "freelancer" or None.
    """

    id: str | None = None
    client: str | None = None
    freelancer: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """One text to check, with what is known about it. Only `text` is required.

    `rating` is a whole number from 1 to 5, `locale` a tag such as "en" or "pt-BR", `known` further details of the other
    side (old addresses, second phones) that are treated like those in `counterparty`. `id` is the caller's name for it, by
    which rollouts choose.
    """

    text: str
    author: Role | None = None
    rating: int | None = None
    locale: str = "en"
    contract: Contract | None = None
    counterparty: Party | None = None
    known: Sequence[str] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """Feedback that was given: by whom (a party's id, or its role) and when.

    `contract_id` is only needed where submissions of several contracts are passed together.
    """

    author: str
    submitted_at: datetime
    contract_id: str | None = None


@dataclass(frozen=True, slots=True)
class LatePermission:
    """One party's permission that the other may still write after the close."""

    granted_by: str
    granted_to: str
    granted_at: datetime
    contract_id: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """A span that a matcher found: code-point offsets into the text as submitted, and why it was found.

    `capped` is set when a limit stopped the search here: the text must then be held for a human.
    """

    start: int
    end: int
    why: str
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A match of a rule. `text` is always `feedback.text[start:end]`; `message` is what the author is told."""

    rule: str
    category: Category
    clause: str
    start: int
    end: int
    text: str
    outcome: Outcome
    message: str
    why: str


@dataclass(frozen=True, slots=True)
class Excused:
    """What would have been a finding, and the id of the exception that excuses it."""

    finding: Finding
    exception: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one text: the hardest outcome of `findings`.

    `shadow` holds findings of rules on trial, `excused` what would have been found but for an exception; neither counts.
    """

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    shadow: tuple[Finding, ...] = ()
    policy_version: str = ""
    excused: tuple[Excused, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """The gate's answer. `changes_at` is the instant at which this answer changes by itself, None if it never does."""

    allowed: bool
    reason: str
    closes_at: datetime | None = None
    changes_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something to notify people of: what, when, and whom (party ids)."""

    kind: str
    at: datetime
    audience: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Admission:
    """Gate and content in one: `accepted` means store it now; `hold` verdicts are admitted for a human to decide."""

    accepted: bool
    outcome: Outcome
    ruling: Ruling
    verdict: Verdict = field(default_factory=lambda: Verdict(Outcome.allow))
