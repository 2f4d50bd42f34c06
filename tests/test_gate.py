"""The gate: its cases, its laws on a walk through every state, and the properties that hold for any input."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import InputError
from evenhand.gate import EVENTS, GATE_SCHEMA, MODES, OTHER, STATES, TRANSITIONS, Gate, GateRules, diagram, gate_rules
from evenhand.model import ROLES, Contract, Event, LatePermission, Role, Ruling, Submission

CASES = Path(__file__).parent / "gate"
TICK = timedelta(microseconds=1)
ENDED = datetime(2026, 3, 1, 15, tzinfo=UTC)
CLOSES = datetime(2026, 3, 16, tzinfo=UTC)
CONTRACT = Contract("c-1", "anna", "ben", ENDED)


# Cases in files


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def instant_or_never(text: str) -> datetime | None:
    return None if text == "never" else instant(text)


KEYS = {"gate", "ended", "given", "permissions", "author", "now", "since", "until"}
EXPECTED = {"closes", "reason", "changes", "visible", "events"}


def cases(name: str) -> list[Any]:
    """The cases of a file; every value stays the text that was written."""
    loaded = yaml.load((CASES / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    for case in loaded:
        assert case.keys() <= {"case"} | KEYS | EXPECTED, f"{name}: a key of `{case['case']}` is not known"
    return [pytest.param(case, id=case["case"]) for case in loaded]


@dataclass(frozen=True)
class Situation:
    """A gate and what is stored for one contract."""

    gate: Gate
    contract: Contract
    given: Sequence[Submission]
    permissions: Sequence[LatePermission]

    def ruling(self, author: str, now: datetime) -> Ruling:
        return self.gate.may_submit(
            self.contract, author=author, now=now, given=self.given, permissions=self.permissions
        )

    def visible(self, now: datetime) -> tuple[Submission, ...]:
        return self.gate.visible(self.contract, given=self.given, now=now)

    def events(self, since: datetime, until: datetime) -> tuple[Event, ...]:
        return self.gate.events(self.contract, given=self.given, permissions=self.permissions, since=since, until=until)


def numbers(value: Any) -> Any:
    """The same value with digits read as numbers."""
    if isinstance(value, dict):
        return {key: numbers(each) for key, each in value.items()}
    return int(value) if value.isdigit() else value


def permission(line: str) -> LatePermission:
    found = re.fullmatch(r"(\w+) permits (\w+) (.+)", line)
    assert found, f"write `anna permits ben 2026-03-18 10:00Z`, not `{line}`"
    return LatePermission(found[1], found[2], instant(found[3]))


def situation(case: Mapping[str, Any]) -> Situation:
    options = numbers(case.get("gate", {}))
    jsonschema.validate(options, GATE_SCHEMA)
    return Situation(
        Gate(gate_rules(options)),
        replace(CONTRACT, ended_at=instant_or_never(case.get("ended", ENDED.isoformat()))),
        [Submission(author, instant(at)) for author, at in (line.split(" ", 1) for line in case.get("given", ()))],
        [permission(line) for line in case.get("permissions", ())],
    )


@pytest.mark.parametrize("case", cases("windows.yaml"))
def test_window(case: Mapping[str, Any]) -> None:
    place = situation(case)
    assert place.gate.closes_at(place.contract) == instant_or_never(case["closes"])


@pytest.mark.parametrize("case", cases("rulings.yaml"))
def test_ruling(case: Mapping[str, Any]) -> None:
    place = situation(case)
    ruling = place.ruling(case["author"], instant(case["now"]))
    assert (ruling.reason, ruling.changes_at) == (case["reason"], instant_or_never(case["changes"]))
    assert ruling.allowed == case["reason"].startswith("ok")
    assert ruling.closes_at == place.gate.closes_at(place.contract)


@pytest.mark.parametrize("case", cases("visible.yaml"))
def test_visible(case: Mapping[str, Any]) -> None:
    seen = situation(case).visible(instant(case["now"]))
    assert [submission.author for submission in seen] == case["visible"]


SPAN = {"since": "2026-01-01 00:00Z", "until": "2029-01-01 00:00Z"}


@pytest.mark.parametrize("case", cases("events.yaml"))
def test_events(case: Mapping[str, Any]) -> None:
    since, until = (instant(case.get(key, default)) for key, default in SPAN.items())
    found = situation(case).events(since, until)
    told = [f"{event.at:%Y-%m-%d %H:%M}Z {event.kind} to {', '.join(event.audience)}" for event in found]
    assert told == case["events"]


def rows() -> list[Any]:
    lines = (CASES / "gate_dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(row, id=f"{row['id']} {row['note']}") for row in map(json.loads, lines)]


def row_situation(row: Mapping[str, Any]) -> Situation:
    ended = row["contract"]["ended_at"]
    granted = [row["permission"]] if row["permission"] else []
    parties = {party: row["contract"][party] for party in ROLES}
    return Situation(
        Gate(),
        Contract(row["contract"]["id"], **parties, ended_at=ended and instant(ended)),
        [Submission(each["author"], instant(each["submitted_at"]), each["contract_id"]) for each in row["feedback"]],
        [LatePermission(**{**each, "granted_at": instant(each["granted_at"])}) for each in granted],
    )


@pytest.mark.parametrize("row", rows())
def test_row(row: Mapping[str, Any]) -> None:
    place, author, now, expected = row_situation(row), row["author"], instant(row["now"]), row["expect"]
    if expected["reason"] == "naive_datetime":
        with pytest.raises(InputError, match="has no offset"):
            place.ruling(author, now)
        return
    ruling = place.ruling(author, now)
    assert (ruling.allowed, ruling.reason) == (expected["may_submit"], expected["reason"])
    assert ruling.closes_at == (expected["closes_at"] and instant(expected["closes_at"]))
    assert bool(place.visible(now)) == expected["visible"]
    if ruling.allowed:
        place = replace(place, given=[*place.given, Submission(author, now, row["contract"]["id"])])
    assert bool(place.visible(now)) == expected["visible_after"]


# The walk: every order of acts at every kind of instant, beside the table

LATE = {"until used": GateRules(), "one day": GateRules(late_days=1)}
STEPS = (
    ENDED - TICK,
    ENDED,
    ENDED + timedelta(days=3),
    CLOSES - TICK,
    CLOSES,
    CLOSES + timedelta(hours=20),
    CLOSES + timedelta(hours=24),
    CLOSES + timedelta(days=90),
)
ANSWERS = {"hidden": "already_given", "public": "already_given"}


@dataclass(frozen=True)
class Node:
    """One state of the walk: the instant, what is stored, and where the table says each party is."""

    step: int
    given: frozenset[Submission]
    permissions: frozenset[LatePermission]
    client: str = "not_ended"
    freelancer: str = "not_ended"

    @property
    def now(self) -> datetime:
        return STEPS[self.step]

    def state(self, party: Role) -> str:
        return self.client if party == "client" else self.freelancer

    def happens(self, party: Role, happening: str) -> Node:
        following = TRANSITIONS[self.state(party)].get(happening, self.state(party))
        return replace(self, client=following) if party == "client" else replace(self, freelancer=following)


def settled(node: Node) -> Node:
    """The node after all that happens by itself at its instant."""
    for party in ROLES:
        granted = [each.granted_at for each in node.permissions if each.granted_to == party]
        if node.now >= ENDED:
            node = node.happens(party, "the contract ends")
        if node.now >= CLOSES:
            node = node.happens(party, "the window closes")
        if {each.author for each in node.given} >= {OTHER[party]}:
            node = node.happens(party, "the other party has written")
        if granted and node.now == max(granted):
            node = node.happens(party, "the other party permits")
    return node


def following(node: Node, rules: GateRules) -> Iterator[Node]:
    for party in ROLES:
        if "this party writes" in TRANSITIONS[node.state(party)]:
            given = node.given | {Submission(party, node.now)}
            yield settled(replace(node, given=given).happens(party, "this party writes"))
        if not any(each.granted_by == party for each in node.permissions):
            yield settled(replace(node, permissions=node.permissions | {LatePermission(party, OTHER[party], node.now)}))
    if node.step + 1 < len(STEPS):
        later = replace(node, step=node.step + 1)
        for each in node.permissions if rules.late_days else ():
            if later.now >= each.granted_at + timedelta(days=1):
                later = later.happens(OTHER[each.granted_by], "the permission runs out")  # type: ignore[index]
        yield settled(later)


def walk(rules: GateRules) -> set[Node]:
    start = Node(0, frozenset(), frozenset())
    seen, waiting = {start}, [start]
    while waiting:
        fresh = set(following(waiting.pop(), rules)) - seen
        seen |= fresh
        waiting += fresh
    return seen


def assert_laws(rules: GateRules, node: Node) -> None:
    place = Situation(Gate(rules), CONTRACT, tuple(node.given), tuple(node.permissions))
    public = {party for party in ROLES if node.state(party) == "public"}
    assert {each.author for each in place.visible(node.now)} == public, "the table agrees on what can be read"
    assert len(public) != 1 or node.now >= CLOSES, "no state shows one side early"
    assert len({each.author for each in node.given}) == len(node.given), "nobody writes twice"
    assert set(place.visible(max(node.now, CLOSES))) == node.given, "every state ends"
    for party in ROLES:
        ruling, state = place.ruling(party, node.now), node.state(party)
        assert ruling.reason == ANSWERS.get(state, state), "the table agrees on the answer"
        assert ruling.allowed == ("this party writes" in TRANSITIONS[state])
        assert ruling.reason != "ok_late" or any(
            each.granted_by == OTHER[party] and CLOSES <= each.granted_at <= node.now for each in node.permissions
        ), "late needs the other party's permission, given at or after the close"
        own = [each for each in node.given if each.author == party]
        assert ruling == replace(place, given=own).ruling(party, node.now), "nobody learns by asking"


@pytest.mark.parametrize("rules", LATE.values(), ids=LATE.keys())
def test_laws_hold_in_every_state(rules: GateRules) -> None:
    nodes = walk(rules)
    assert len(nodes) > 1000
    for node in nodes:
        assert_laws(rules, node)
    visited = {node.state(party) for node in nodes for party in ROLES}
    assert visited == set(TRANSITIONS), "the walk reaches every state of the table"


def test_the_table_is_closed() -> None:
    following_states = {state for happenings in TRANSITIONS.values() for state in happenings.values()}
    assert {"not_ended"} | following_states == set(TRANSITIONS)
    answers = {ANSWERS.get(state, state) for state in TRANSITIONS}
    assert answers | {"not_party"} == {state.reason for state in STATES}


def test_diagram_draws_every_transition() -> None:
    lines = diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> not_ended"]
    assert "    window_closed --> ok_late: the other party permits" in lines
    assert lines[-1] == "    public --> [*]"
    assert len(lines) == 3 + sum(map(len, TRANSITIONS.values()))


# Properties of any input

NEAR_END = st.integers(-2, 40).map(lambda days: ENDED + timedelta(days=days))
EDGES = st.sampled_from([edge + shift for edge in (ENDED, CLOSES) for shift in (-TICK, TICK * 0, TICK)])
MOMENTS = st.one_of(EDGES, NEAR_END, st.datetimes(datetime(2026, 2, 20), datetime(2026, 5, 1), timezones=st.just(UTC)))
PARTIES = st.sampled_from(["anna", "ben", "client", "freelancer"])
RULES = st.builds(
    GateRules,
    days=st.integers(1, 20),
    mode=st.sampled_from(MODES),
    late_days=st.none() | st.integers(1, 9),
    closing_soon_days=st.integers(0, 9),
)
SITUATIONS = st.builds(
    Situation,
    gate=st.builds(Gate, RULES),
    contract=st.just(CONTRACT) | (st.none() | MOMENTS).map(lambda ended: replace(CONTRACT, ended_at=ended)),
    given=st.lists(st.builds(Submission, PARTIES, MOMENTS), max_size=3),
    permissions=st.lists(st.builds(LatePermission, PARTIES | st.just("support"), PARTIES, MOMENTS), max_size=4),
)
ZONES = st.sampled_from([UTC, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), timezone(timedelta(hours=-12))])
quick = settings(max_examples=200, deadline=None, derandomize=True)


def role_of(author: str) -> str:
    return {"anna": "client", "ben": "freelancer"}.get(author, author)


def dates_around(place: Situation, *more: datetime | None) -> Iterator[datetime]:
    """The instants at which an answer might change, with those just before and after."""
    late = timedelta(days=place.gate.rules.late_days or 0)
    granted = [each.granted_at for each in place.permissions]
    dates = [*granted, *(at + late for at in granted), *(each.submitted_at for each in place.given)]
    known = (place.contract.ended_at, place.gate.closes_at(place.contract), *more)
    dates += [each for each in known if each is not None]
    return (each + shift for each in dates for shift in (-TICK, timedelta(), TICK))


@quick
@given(SITUATIONS, PARTIES | st.just("support"), MOMENTS)
def test_an_answer_holds_until_it_changes(place: Situation, author: str, now: datetime) -> None:
    def answer(at: datetime) -> tuple[bool, str]:
        ruling = place.ruling(author, at)
        return ruling.allowed, ruling.reason

    changes = place.ruling(author, now).changes_at
    for at in dates_around(place, changes):
        if now <= at and (changes is None or at < changes):
            assert answer(at) == answer(now)
    if changes is not None:
        assert changes > now
        assert answer(changes) != answer(now)


@quick
@given(SITUATIONS, PARTIES, MOMENTS)
def test_an_answer_does_not_depend_on_the_other_party(place: Situation, author: str, now: datetime) -> None:
    own = [each for each in place.given if role_of(each.author) == role_of(author)]
    assert place.ruling(author, now) == replace(place, given=own).ruling(author, now)


@quick
@given(SITUATIONS, PARTIES, MOMENTS, ZONES, ZONES)
def test_an_answer_does_not_depend_on_the_offset(
    place: Situation, author: str, now: datetime, zone: tzinfo, other: tzinfo
) -> None:
    ended = place.contract.ended_at
    moved = Situation(
        place.gate,
        replace(place.contract, ended_at=ended and ended.astimezone(zone)),
        [replace(each, submitted_at=each.submitted_at.astimezone(other)) for each in place.given],
        [replace(each, granted_at=each.granted_at.astimezone(zone)) for each in place.permissions],
    )
    ruling = moved.ruling(author, now.astimezone(other))
    assert ruling == place.ruling(author, now)
    assert all(at is None or at.tzinfo is UTC for at in (ruling.closes_at, ruling.changes_at))
    assert moved.visible(now) == place.visible(now)
    assert moved.events(now, LATEST) == place.events(now, LATEST)


LATEST = datetime(2027, 1, 1, tzinfo=UTC)


@quick
@given(SITUATIONS)
def test_what_can_be_read_stays_and_is_announced(place: Situation) -> None:
    closes = place.gate.closes_at(place.contract)
    for at, later in itertools.pairwise(sorted(set(dates_around(place)))):
        before, after = place.visible(at), place.visible(later)
        assert set(before) <= set(after)
        announced = {event.at for event in place.events(at + TICK, later + TICK) if event.kind == "published"}
        assert bool(announced) == (len(before) < len(after))
        sides = {role_of(each.author) for each in after}
        assert len(sides) != 1 or (closes is not None and later >= closes), "no state shows one side early"
    if closes is not None:
        assert place.visible(LATEST) == tuple(place.given), "every state ends"


@quick
@given(SITUATIONS, st.tuples(MOMENTS, MOMENTS, MOMENTS).map(sorted))
def test_consecutive_periods_neither_repeat_nor_lose_an_event(place: Situation, cuts: Sequence[datetime]) -> None:
    since, middle, until = cuts
    known = replace(
        place,
        given=[each for each in place.given if each.submitted_at < middle],
        permissions=[each for each in place.permissions if each.granted_at < middle],
    )
    events = known.events(since, middle) + place.events(middle, until)
    assert events == place.events(since, until)
    assert all(event.kind in EVENTS and event.audience for event in events)


@quick
@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=ZONES), st.integers(1, 60))
def test_lengths_of_the_window(ended: datetime, days: int) -> None:
    contract = replace(CONTRACT, ended_at=ended.astimezone(UTC))

    def length(mode: Any) -> timedelta:
        closes = Gate(GateRules(days=days, mode=mode)).closes_at(contract)
        assert closes is not None
        return closes - ended

    whole, day = timedelta(days=days), timedelta(days=1)
    assert whole < length("end-of-day") <= whole + day
    assert whole - day < length("start-of-day") <= whole
    assert length("exact") == whole


# Errors of the caller

NAIVE = datetime(2026, 3, 2)
NEW_YORK = ZoneInfo("America/New_York")
SKIPPED = datetime(2026, 3, 8, 2, 30, tzinfo=NEW_YORK)
BAD_ARGUMENTS: list[tuple[str, dict[str, Any], str]] = [
    (
        "contract of another type",
        {"contract": {"client": "anna"}},
        "`contract` is of type `dict`; pass `evenhand.Contract(",
    ),
    ("no contract", {"contract": None}, "`contract` is None"),
    ("two parties of one name", {"contract": Contract(client="x", freelancer="x")}, "pass the ids of two parties"),
    ("an id that is a number", {"contract": Contract(client=7)}, "`contract.client` is of type `int`"),  # type: ignore[arg-type]
    ("an empty id", {"contract": Contract(freelancer="")}, "`contract.freelancer` is empty; pass"),
    ("roles as swapped ids", {"contract": Contract(client="freelancer")}, "the name of the other role"),
    (
        "naive now",
        {"now": NAIVE},
        "`now` has no offset; pass an aware datetime such as datetime(2026, 3, 1, 15, tzinfo",
    ),
    ("a text as now", {"now": "2026-03-02T00:00Z"}, "`now` is of type `str`; pass an aware datetime"),
    ("a date as now", {"now": date(2026, 3, 2)}, "`now` is of type `date`"),
    ("a number as now", {"now": 1772463600}, "`now` is of type `int`"),
    ("no now", {"now": None}, "`now` is None"),
    ("a time that clocks skip", {"now": SKIPPED}, "`now` is skipped by the clocks of America/New_York"),
    ("naive end", {"contract": Contract(ended_at=NAIVE)}, "`contract.ended_at` has no offset"),
    ("a text as end", {"contract": Contract(ended_at="2026-03-02")}, "`contract.ended_at` is of type `str`"),  # type: ignore[arg-type]
    ("naive submission", {"given": [Submission("ben", NAIVE)]}, "`given[0].submitted_at` has no offset"),
    ("naive permission", {"permissions": [LatePermission("anna", "ben", NAIVE)]}, "`permissions[0].granted_at` has no"),
    ("no author", {"author": None}, '`author` is None; pass a party\'s id, "client" or "freelancer"'),
    ("an empty author", {"author": ""}, "`author` is empty"),
    ("an author that is a number", {"author": 7}, "`author` is of type `int`"),
    (
        "a submission by an outsider",
        {"given": [Submission("eve", ENDED)]},
        "`given[0].author` is 'eve', who is no party",
    ),
    ("a submission by nobody", {"given": [Submission(None, ENDED)]}, "`given[0].author` is None"),  # type: ignore[arg-type]
    ("a submission of another type", {"given": [("ben", ENDED)]}, "`given[0]` is of type `tuple`; pass `evenhand.Sub"),
    ("one submission, no list", {"given": Submission("ben", ENDED)}, "`given` is of type `Submission`; pass a list"),
    ("no list", {"given": None}, "`given` is None; pass a list of `evenhand.Submission`"),
    (
        "a permission of another type",
        {"permissions": ["anna"]},
        "`permissions[0]` is of type `str`; pass `evenhand.Late",
    ),
    ("a permission by nobody", {"permissions": [LatePermission(None, "ben", ENDED)]}, "granted_by` is None"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("changed", "message"), [pytest.param(b, c, id=a) for a, b, c in BAD_ARGUMENTS])
def test_input_error(changed: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"contract": CONTRACT, "author": "ben", "now": ENDED, **changed}
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        Gate().may_submit(**arguments)
    assert isinstance(caught.value, ValueError)
    assert not str(caught.value).endswith(".")


def test_input_errors_come_before_every_answer() -> None:
    with pytest.raises(InputError):
        Gate().may_submit(replace(CONTRACT, ended_at=NAIVE), author="eve", now=ENDED)
    with pytest.raises(InputError):
        Gate().visible(CONTRACT, given=[Submission("ben", NAIVE, "another")], now=ENDED)
    with pytest.raises(InputError, match="`since` lies after `until`"):
        Gate().events(CONTRACT, since=CLOSES, until=ENDED)


FIRST, LAST = datetime.min, datetime.max
AHEAD, BEHIND = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    "moment",
    [LAST.replace(tzinfo=zone) for zone in (BEHIND, NEW_YORK)] + [FIRST.replace(tzinfo=AHEAD)],
    ids=["last instant behind UTC", "last instant in New York", "first instant ahead of UTC"],
)
def test_instants_outside_the_calendar(moment: datetime) -> None:
    with pytest.raises(InputError, match="outside the calendar"):
        Gate().may_submit(CONTRACT, author="ben", now=moment)
    with pytest.raises(InputError, match="outside the calendar"):
        Gate().closes_at(replace(CONTRACT, ended_at=moment))


def test_first_and_last_instants() -> None:
    first, last = FIRST.replace(tzinfo=UTC), LAST.replace(tzinfo=UTC)
    assert Gate().may_submit(CONTRACT, author="ben", now=first).reason == "not_ended"
    assert Gate().may_submit(CONTRACT, author="ben", now=last).reason == "window_closed"
    assert Gate().may_submit(replace(CONTRACT, ended_at=first), author="ben", now=first).allowed
    assert len(Gate().events(replace(CONTRACT, ended_at=first), since=first, until=last)) == 4
    with pytest.raises(InputError, match=r"`contract\.ended_at` is too late"):
        Gate().may_submit(replace(CONTRACT, ended_at=last), author="ben", now=last)
    forever = [LatePermission("anna", "ben", last)]
    assert Gate().may_submit(CONTRACT, author="ben", now=last, permissions=forever).reason == "ok_late"
    with pytest.raises(InputError, match=r"`permissions\[0\]\.granted_at` is too late"):
        Gate(GateRules(late_days=1)).may_submit(CONTRACT, author="ben", now=last, permissions=forever)


# Smaller promises


def test_roles_do_where_the_contract_has_no_ids() -> None:
    contract = Contract(ended_at=ENDED, ended_by="freelancer")
    given = [Submission("client", ENDED)]
    assert Gate().may_submit(contract, author="client", now=ENDED, given=given).reason == "already_given"
    assert Gate().may_submit(contract, author="freelancer", now=ENDED, given=given).reason == "ok"
    assert Gate().may_submit(contract, author="anna", now=ENDED).reason == "not_party"
    assert Gate().events(contract, since=ENDED, until=ENDED + TICK)[0].audience == ("client", "freelancer")


def test_what_names_another_contract_is_left_out() -> None:
    stray = [Submission("ben", ENDED, "c-2"), Submission("eve", ENDED, "c-2")]
    late = [LatePermission("anna", "ben", CLOSES, "c-2")]
    assert Gate().may_submit(CONTRACT, author="ben", now=ENDED, given=stray).reason == "ok"
    assert Gate().may_submit(CONTRACT, author="ben", now=CLOSES, permissions=late).reason == "window_closed"
    assert Gate().visible(CONTRACT, given=stray, now=CLOSES) == ()
    assert Gate().events(CONTRACT, given=stray, permissions=late, since=CLOSES, until=CLOSES + TICK) == Gate().events(
        CONTRACT, since=CLOSES, until=CLOSES + TICK
    )


def test_arguments_may_be_read_only_once() -> None:
    def stored() -> Iterable[Submission]:
        yield Submission("ben", ENDED)

    assert Gate().may_submit(CONTRACT, author="ben", now=ENDED, given=stored()).reason == "already_given"
    assert Gate().visible(CONTRACT, given=stored(), now=CLOSES) == tuple(stored())


MESSAGES = {
    "outsider": ("eve", ENDED, (), "Only the client and the freelancer of this contract can give feedback on it."),
    "early": (
        "ben",
        ENDED - TICK,
        (),
        "You can give feedback once the contract has ended. It ends at 2026-03-01 15:00 UTC.",
    ),
    "in time": (
        "ben",
        ENDED,
        (),
        "You can give feedback. The time for it ends at the end of 2026-03-15 (UTC); "
        "before that, neither side is shown alone.",
    ),
    "closed": (
        "ben",
        CLOSES,
        (),
        "The time for feedback ended at the end of 2026-03-15 (UTC). "
        "You can still give feedback if the other party permits it.",
    ),
    "late": (
        "ben",
        CLOSES,
        [LatePermission("anna", "ben", CLOSES)],
        "The other party allows you to give feedback late. It can be read as soon as you send it. "
        "The permission ends at the end of 2026-03-18 (UTC).",
    ),
}


@pytest.mark.parametrize(("author", "now", "permissions", "message"), MESSAGES.values(), ids=MESSAGES.keys())
def test_message(author: str, now: datetime, permissions: list[LatePermission], message: str) -> None:
    gate = Gate(GateRules(late_days=3))
    assert gate.may_submit(CONTRACT, author=author, now=now, permissions=permissions).message == message


def test_message_with_seconds() -> None:
    contract = replace(CONTRACT, ended_at=datetime(2026, 3, 1, 15, 0, 7, 5, UTC))
    told = Gate(GateRules(mode="exact")).may_submit(contract, author="ben", now=CLOSES).message
    assert told.startswith("The time for feedback ended at 2026-03-15 15:00:07 UTC.")


@pytest.mark.parametrize(
    "options",
    [
        {"days": 0},
        {"days": 14.5},
        {"days": "14"},
        {"days": 100_000},
        {"mode": "end of day"},
        {"late": {}},
        {"late": {"days": 0}},
        {"late": 30},
        {"closing_soon": {"days": -1}},
        {"day": 14},
        [],
    ],
    ids=str,
)
def test_schema_refuses(options: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(options, GATE_SCHEMA)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"days": 0}, "`days` is 0; pass a whole number from 1 to 3650"),
        ({"days": True}, "`days` is True"),
        ({"late_days": 1.5}, "`late_days` is 1.5"),
        ({"closing_soon_days": -1}, "`closing_soon_days` is -1; pass a whole number from 0"),
        ({"mode": "end-of-dya"}, "`mode` is 'end-of-dya'; did you mean `end-of-day`?"),
    ],
)
def test_rules_refuse(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        GateRules(**options)


def test_rules_from_a_policy() -> None:
    jsonschema.Draft202012Validator.check_schema(GATE_SCHEMA)
    assert gate_rules({}) == GateRules(14, "end-of-day", None, 2)
    options = {"days": 7, "mode": "exact", "late": {"days": 30}, "closing_soon": {"days": 0}}
    jsonschema.validate(options, GATE_SCHEMA)
    assert gate_rules(options) == GateRules(7, "exact", 30, 0)
