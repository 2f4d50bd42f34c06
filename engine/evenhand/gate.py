"""The gate: who may write feedback on a contract, until when, and from when on it can be read.

The laws

1. Only the two parties write, and each writes once.
2. The window opens for both at the instant the contract ends, whoever ended it.
3. It closes at the midnight UTC that ends the 14th calendar day after the UTC date of the end, and that instant is
   already outside: nobody ever has less than 14 days. The policy may set other days and two other modes: `start-of-day`
   closes at the midnight that begins that day (nobody ever has more than 14 days), `exact` after 14 times 24 hours.
4. Blind: before the close nothing can be read until both have written. Then both can be read, in the same instant.
5. Nothing stays hidden: what was written in time can be read at the close, even if the other party never writes.
6. After the close a party writes only with a permission that the *other* party gave to it at or after the close. It
   lasts until it is used, unless the policy sets `late.days`. What is written late can be read at once.
7. No answer to one party depends on whether the other has written: nobody learns by asking.

Every instant is turned into UTC; a period holds its first instant and not its last. There is no clock, file or network
here: the caller passes `now` and what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, TypeVar, get_args

from .errors import InputError, nearest
from .model import ROLES, Contract, Event, LatePermission, Role, Ruling, Submission

Mode = Literal["end-of-day", "start-of-day", "exact"]
MODES: tuple[Mode, ...] = get_args(Mode)
Reason = Literal["not_party", "not_ended", "already_given", "ok", "ok_late", "window_closed"]
MOST_DAYS = 3650
OTHER: Mapping[Role, Role] = {"client": "freelancer", "freelancer": "client"}
AN_INSTANT = "an aware datetime such as datetime(2026, 3, 1, 15, tzinfo=timezone.utc)"

# What happens to one party's feedback: state, happening, next state. The diagram in the docs is drawn from this table,
# and a test walks it beside the functions below. Whoever asks is told `already_given` for `hidden` and `public` alike.
TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "not_ended": {"the contract ends": "ok"},
    "ok": {"this party writes": "hidden", "the window closes": "window_closed"},
    "hidden": {"the other party has written": "public", "the window closes": "public"},
    "window_closed": {"the other party permits": "ok_late"},
    "ok_late": {"this party writes": "public", "the permission runs out": "window_closed"},
    "public": {},
}


@dataclass(frozen=True, slots=True)
class Case:
    """All that an answer may depend on. What the other party wrote has no place here: that is how law 7 is kept.

    `permitted` are the periods in which this party may write late, sorted; one without an end lasts until it is used.
    """

    party: Role | None
    now: datetime
    opens: datetime | None
    closes: datetime | None
    written: bool
    permitted: tuple[tuple[datetime, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class State:
    """One answer: when it holds, until when it holds if nobody acts, and what the author is told.

    `dated` is added to `message` where the answer ends by itself; both may name the dates `{closes}` and `{until}`.
    """

    reason: Reason
    allowed: bool
    holds: Callable[[Case], bool]
    until: Callable[[Case], datetime | None]
    message: str
    dated: str = ""


# The order of the checks: the first state that holds is the answer.
STATES: tuple[State, ...] = (
    State(
        "not_party",
        allowed=False,
        holds=lambda case: case.party is None,
        until=lambda case: None,
        message="Only the client and the freelancer of this contract can give feedback on it.",
    ),
    State(
        "not_ended",
        allowed=False,
        holds=lambda case: not _reached(case.opens, case.now),
        until=lambda case: case.opens,
        message="You can give feedback once the contract has ended.",
        dated="It ends {until}.",
    ),
    State(
        "already_given",
        allowed=False,
        holds=lambda case: case.written,
        until=lambda case: None,
        message="You have given your feedback on this contract. Each party gives feedback once.",
    ),
    State(
        "ok",
        allowed=True,
        holds=lambda case: not _reached(case.closes, case.now),
        until=lambda case: case.closes,
        message="You can give feedback. The time for it ends {closes}; before that, neither side is shown alone.",
    ),
    State(
        "ok_late",
        allowed=True,
        holds=lambda case: any(_within(period, case.now) for period in case.permitted),
        until=lambda case: _last_of(case.permitted, case.now),
        message="The other party allows you to give feedback late. It can be read as soon as you send it.",
        dated="The permission ends {until}.",
    ),
    State(
        "window_closed",
        allowed=False,
        holds=lambda case: True,
        until=lambda case: min((start for start, _ in case.permitted if start > case.now), default=None),
        message="The time for feedback ended {closes}. You can still give feedback if the other party permits it.",
    ),
)

# What people are notified of, in the order in which it happens within one instant.
EVENTS: Mapping[str, str] = {
    "window_opened": "the contract has ended; to both",
    "closing_soon": "the window closes in a few days; to those who have not written",
    "closed": "the window has closed; to both",
    "late_option_available": "you may permit the other party, who has not written, to write late",
    "late_permission_granted": "the other party permits you to write late",
    "published": "feedback can now be read; to both",
}


def _days(default: int | None, most: int, description: str, least: int = 1) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": least, "maximum": most, "description": description}
    return schema if default is None else {**schema, "default": default}


def _only_days(days: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {"days": days},
        "required": ["days"],
        "additionalProperties": False,
    }


GATE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Who may write when.",
    "properties": {
        "days": _days(14, MOST_DAYS, "For how many days after the end of the contract feedback can be given."),
        "mode": {
            "enum": list(MODES),
            "default": "end-of-day",
            "description": "end-of-day: the window closes at the midnight UTC that ends the last day, never too early; "
            "start-of-day: at the midnight UTC that begins it, never too late; exact: after `days` times 24 hours.",
        },
        "late": _only_days(
            _days(None, MOST_DAYS, "For how many times 24 hours after it was given a permission can be used."),
            "Permissions to write late. Left out: a permission lasts until it is used.",
        ),
        "closing_soon": _only_days(
            _days(2, MOST_DAYS, "How many times 24 hours before the close; 0: no reminder.", least=0),
            "When those who have not written are reminded.",
        ),
    },
    "additionalProperties": False,
}


@dataclass(frozen=True)
class GateRules:
    """What the policy sets: all figures are days. `late_days` None: a permission lasts until it is used."""

    days: int = 14
    mode: Mode = "end-of-day"
    late_days: int | None = None
    closing_soon_days: int = 2

    def __post_init__(self) -> None:
        _check_days("days", self.days, least=1)
        _check_days("closing_soon_days", self.closing_soon_days, least=0)
        if self.late_days is not None:
            _check_days("late_days", self.late_days, least=1)
        if self.mode not in MODES:
            raise InputError(f"`mode` is {self.mode!r}; {nearest(str(self.mode), MODES)}")


def gate_rules(options: Mapping[str, Any]) -> GateRules:
    """The rules for a `gate:` mapping that `GATE_SCHEMA` accepts; what is left out keeps its default."""
    chosen = {
        "days": options.get("days"),
        "mode": options.get("mode"),
        "late_days": options.get("late", {}).get("days"),
        "closing_soon_days": options.get("closing_soon", {}).get("days"),
    }
    return GateRules(**{name: value for name, value in chosen.items() if value is not None})


@dataclass(frozen=True)
class Gate:
    """Rules on who may write when. Every method is a pure function of its arguments and raises `InputError`, a
    `ValueError` that says what to pass, for what it cannot use.

    An `author` is a party's id as the contract has it, or "client" or "freelancer". Submissions and permissions that
    name another contract are left out of account.
    """

    rules: GateRules = field(default_factory=GateRules)

    def closes_at(self, contract: Contract) -> datetime | None:
        """The first instant after the window, in UTC; None while nobody knows when the contract ends."""
        _check_contract(contract)
        return None if contract.ended_at is None else _close(self.rules, _utc("contract.ended_at", contract.ended_at))

    def may_submit(
        self,
        contract: Contract,
        *,
        author: str,
        now: datetime,
        given: Iterable[Submission] = (),
        permissions: Iterable[LatePermission] = (),
    ) -> Ruling:
        """Whether `author` may write at `now`.

        A submission by the author counts even if it is dated after `now`: it is stored, and two clocks may disagree.
        """
        facts = _facts(self.rules, contract, given, permissions)
        case = _case(facts, _party(contract, "author", author), _utc("now", now))
        state = next(state for state in STATES if state.holds(case))
        until = state.until(case)
        return Ruling(state.allowed, state.reason, case.closes, until, _told(state, case.closes, until))

    def visible(self, contract: Contract, *, given: Iterable[Submission] = (), now: datetime) -> tuple[Submission, ...]:
        """The submissions that everybody can read at `now`, in the order given."""
        facts = _facts(self.rules, contract, given, ())
        instant = _utc("now", now)
        return tuple(written.submission for written in facts.written if _reached(_published(facts, written), instant))

    def events(
        self,
        contract: Contract,
        *,
        given: Iterable[Submission] = (),
        permissions: Iterable[LatePermission] = (),
        since: datetime,
        until: datetime,
    ) -> tuple[Event, ...]:
        """What to notify people of, `since` included and `until` not, in order; see `EVENTS` for the kinds.

        Each event depends only on what was stored before it, so that consecutive periods never repeat or lose one.
        """
        facts = _facts(self.rules, contract, given, permissions)
        start, stop = _utc("since", since), _utc("until", until)
        if start > stop:
            raise InputError("`since` lies after `until`; pass the earlier instant as `since`")
        found = (*_window_events(self.rules, facts), *_permission_events(facts), *_published_events(facts))
        order = list(EVENTS)
        due = (event for event in found if start <= event.at < stop)
        return tuple(sorted(due, key=lambda event: (event.at, order.index(event.kind), event.audience)))


def diagram() -> str:
    """`TRANSITIONS` as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> not_ended"]
    for state, happenings in TRANSITIONS.items():
        lines += [f"    {state} --> {following}: {happening}" for happening, following in happenings.items()]
        if not happenings:
            lines.append(f"    {state} --> [*]")
    return "\n".join(lines) + "\n"


# Dates


def _close(rules: GateRules, opens: datetime) -> datetime:
    try:
        if rules.mode == "exact":
            return opens + timedelta(days=rules.days)
        midnight = opens.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=rules.days + (rules.mode == "end-of-day"))
    except OverflowError:
        raise InputError(f"`contract.ended_at` is too late for a calendar; pass {AN_INSTANT}") from None


def _reached(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _within(period: tuple[datetime, datetime | None], now: datetime) -> bool:
    return _reached(period[0], now) and not _reached(period[1], now)


def _last_of(periods: Iterable[tuple[datetime, datetime | None]], now: datetime) -> datetime | None:
    """When the permission in force at `now` ends; one that begins before that prolongs it."""
    last = now
    for start, end in periods:
        if start <= last:
            if end is None:
                return None
            last = max(last, end)
    return last


def _told(state: State, closes: datetime | None, until: datetime | None) -> str:
    text = f"{state.message} {state.dated}" if state.dated and until else state.message
    return text.format(closes=closes and _at(closes), until=until and _at(until))


def _at(moment: datetime) -> str:
    """A date as people say it: a window that closes at midnight is open "until the end of" the day before."""
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0) and moment.toordinal() > 1:
        return f"at the end of {moment.date() - timedelta(days=1)} (UTC)"
    spec = "seconds" if moment.second or moment.microsecond else "minutes"
    return f"at {moment.replace(tzinfo=None).isoformat(' ', spec)} UTC"


# What is known


@dataclass(frozen=True, slots=True)
class _Written:
    submission: Submission
    party: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class _Facts:
    """The arguments once they are checked: instants in UTC, authors as roles, and only what counts for this contract.

    `permissions` are (party that may write, first instant, first instant at which it no longer may), sorted.
    """

    contract: Contract
    opens: datetime | None
    closes: datetime | None
    written: tuple[_Written, ...]
    permissions: tuple[tuple[Role, datetime, datetime | None], ...]

    def has_written(self, party: Role, before: datetime) -> bool:
        return any(each.party == party and each.at < before for each in self.written)


def _facts(
    rules: GateRules, contract: Contract, given: Iterable[Submission], permissions: Iterable[LatePermission]
) -> _Facts:
    _check_contract(contract)
    opens = None if contract.ended_at is None else _utc("contract.ended_at", contract.ended_at)
    closes = None if opens is None else _close(rules, opens)
    written = tuple(_written(contract, given))
    permitted = _permissions(rules, contract, permissions, closes)
    return _Facts(contract, opens, closes, written, tuple(sorted(permitted, key=lambda each: each[1])))


def _case(facts: _Facts, party: Role | None, now: datetime) -> Case:
    return Case(
        party,
        now,
        facts.opens,
        facts.closes,
        any(each.party == party for each in facts.written),
        tuple((start, end) for writer, start, end in facts.permissions if writer == party),
    )


def _written(contract: Contract, given: Iterable[Submission]) -> Iterator[_Written]:
    for index, submission in enumerate(_all_of(Submission, "given", given)):
        at = _utc(f"given[{index}].submitted_at", submission.submitted_at)
        if submission.contract_id is not None and submission.contract_id != contract.id:
            continue
        party = _party(contract, f"given[{index}].author", submission.author)
        if party is None:
            raise InputError(
                f"`given[{index}].author` is {submission.author!r}, who is no party of this contract; "
                "pass the id of the client or the freelancer, or the submission's `contract_id`"
            )
        yield _Written(submission, party, at)


def _permissions(
    rules: GateRules, contract: Contract, permissions: Iterable[LatePermission], closes: datetime | None
) -> Iterator[tuple[Role, datetime, datetime | None]]:
    for index, permission in enumerate(_all_of(LatePermission, "permissions", permissions)):
        name = f"permissions[{index}]"
        start = _utc(f"{name}.granted_at", permission.granted_at)
        giver = _party(contract, f"{name}.granted_by", permission.granted_by)
        writer = _party(contract, f"{name}.granted_to", permission.granted_to)
        if permission.contract_id is not None and permission.contract_id != contract.id:
            continue
        # support may pass a wish on, but only the other party can permit; before the close there is nothing to permit
        if giver and writer == OTHER[giver] and _reached(closes, start):
            yield writer, start, _expiry(rules, start, name)


def _expiry(rules: GateRules, start: datetime, name: str) -> datetime | None:
    try:
        return None if rules.late_days is None else start + timedelta(days=rules.late_days)
    except OverflowError:
        raise InputError(f"`{name}.granted_at` is too late for a calendar; pass {AN_INSTANT}") from None


def _published(facts: _Facts, written: _Written) -> datetime | None:
    """When it can be read: once it is written, and the other party has written or the window has closed."""
    others = (each.at for each in facts.written if each.party != written.party)
    ends = [*others] if facts.closes is None else [facts.closes, *others]
    return max(written.at, min(ends)) if ends else None


# Events


def _window_events(rules: GateRules, facts: _Facts) -> Iterator[Event]:
    if facts.opens is None or facts.closes is None:
        return
    both = _names(facts, ROLES)
    yield Event("window_opened", facts.opens, both)
    yield Event("closed", facts.closes, both)
    notice = timedelta(days=rules.closing_soon_days)
    # a window that is no longer than the notice has just been announced as opened
    if notice and facts.closes - facts.opens > notice:
        soon = facts.closes - notice
        if silent := [party for party in ROLES if not facts.has_written(party, before=soon)]:
            yield Event("closing_soon", soon, _names(facts, silent))
    if asked := [party for party in ROLES if not facts.has_written(OTHER[party], before=facts.closes)]:
        yield Event("late_option_available", facts.closes, _names(facts, asked))


def _permission_events(facts: _Facts) -> Iterator[Event]:
    for party, start in dict.fromkeys((party, start) for party, start, _ in facts.permissions):
        if not facts.has_written(party, before=start):
            yield Event("late_permission_granted", start, _names(facts, [party]))


def _published_events(facts: _Facts) -> Iterator[Event]:
    instants = {_published(facts, written) for written in facts.written}
    return (Event("published", at, _names(facts, ROLES)) for at in instants if at is not None)


def _names(facts: _Facts, parties: Iterable[Role]) -> tuple[str, ...]:
    ids = {"client": facts.contract.client, "freelancer": facts.contract.freelancer}
    return tuple(ids[party] or party for party in parties)


# Input errors

T = TypeVar("T")


def _check_days(name: str, days: object, least: int) -> None:
    if isinstance(days, bool) or not isinstance(days, int) or not least <= days <= MOST_DAYS:
        raise InputError(f"`{name}` is {days!r}; pass a whole number from {least} to {MOST_DAYS}")


def _check_contract(contract: object) -> None:
    if not isinstance(contract, Contract):
        raise InputError(f"`contract` is {_a(contract)}; pass `evenhand.Contract(client=..., freelancer=...)`")
    for party in ROLES:
        name = getattr(contract, party)
        if name is not None and (not isinstance(name, str) or not name):
            raise InputError(f"`contract.{party}` is {_a(name)}; pass the {party}'s id as a text, or None")
        if name == OTHER[party]:
            raise InputError(f"`contract.{party}` is {name!r}, the name of the other role; pass an id, or None")
    if contract.client is not None and contract.client == contract.freelancer:
        raise InputError(
            f"`contract.client` and `contract.freelancer` are both {contract.client!r}; pass the ids of two parties"
        )


def _party(contract: Contract, name: str, author: object) -> Role | None:
    """The role of `author` in this contract, None for an outsider."""
    if not isinstance(author, str) or not author:
        raise InputError(f'`{name}` is {_a(author)}; pass a party\'s id, "client" or "freelancer"')
    if author in ("client", contract.client):
        return "client"
    return "freelancer" if author in ("freelancer", contract.freelancer) else None


def _all_of(kind: type[T], name: str, values: Iterable[T]) -> list[T]:
    if not isinstance(values, Iterable):
        raise InputError(f"`{name}` is {_a(values)}; pass a list of `evenhand.{kind.__name__}`")
    members = list(values)
    for index, value in enumerate(members):
        if not isinstance(value, kind):
            raise InputError(f"`{name}[{index}]` is {_a(value)}; pass `evenhand.{kind.__name__}(...)`")
    return members


def _utc(name: str, moment: object) -> datetime:
    if not isinstance(moment, datetime):
        raise InputError(f"`{name}` is {_a(moment)}; pass {AN_INSTANT}")
    if moment.tzinfo is UTC:
        return moment
    try:
        if moment.utcoffset() is None:
            raise InputError(f"`{name}` has no offset; pass {AN_INSTANT}")
        if not isinstance(moment.tzinfo, timezone) and _is_skipped(moment):
            raise InputError(f"`{name}` is skipped by the clocks of {moment.tzinfo}; pass the instant in UTC")
        return moment.astimezone(UTC)
    except OverflowError:
        raise InputError(f"`{name}` lies outside the calendar once it is turned into UTC; pass {AN_INSTANT}") from None


def _is_skipped(moment: datetime) -> bool:
    """Whether clocks are put forward over this time: then, and only then, `fold` raises the offset (PEP 495)."""
    before, after = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
    return before is not None and after is not None and before < after


def _a(value: object) -> str:
    if value is None or value == "":
        return "None" if value is None else "empty"
    return f"of type `{type(value).__name__}`"
