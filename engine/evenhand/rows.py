"""Feedback from files: one JSON object a line, or one text a line; a bad line is told apart, never the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .errors import InputError, Place, Problem
from .model import Contract, Feedback, Party
from .policy import checked_feedback

_CONTRACT_FIELDS = ("id", "client", "freelancer", "ended_by", "title")
_PARTY_FIELDS = ("name", "email", "phone", "company")


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of feedback of a file, where it stands, and whatever else its line says."""

    feedback: Feedback
    place: Place
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The row's own id, else its place."""
        return str(self.facts.get("id") or self.place)


def read_rows(lines: Iterable[bytes], name: str) -> Iterator[Row | Problem]:
    """Rows of JSON lines (objects with `text`) or of plain text, told apart by each line's first character.

    Blank lines are left out. A line that cannot be used gives a `Problem` with its place.
    """
    for number, raw in enumerate(lines, 1):
        place = Place(name, number)
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            yield Problem(Place(name, number, error.start + 1), "this line is not UTF-8", "save the file as UTF-8")
            continue
        if not line:
            continue
        try:
            yield _row(line, place)
        except ValueError as error:
            yield Problem(place, *_said(error))


def _said(error: ValueError) -> tuple[str, str]:
    message, _, hint = str(error).partition("; ")
    return message, hint


def _row(line: str, place: Place) -> Row:
    if not line.startswith("{"):
        return Row(checked_feedback(line), place)
    try:
        facts = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"this is not JSON: {error.msg[0].lower()}{error.msg[1:]}; write one object a line") from None
    except RecursionError:
        raise InputError("this JSON is nested too deeply; write one flat object a line") from None
    if "text" not in facts:
        raise InputError('the object has no `text`; write {"text": "..."}')
    return Row(feedback_of(facts), place, facts)


def feedback_of(facts: Mapping[str, Any]) -> Feedback:
    """Feedback from a mapping with `text` and, where known, `author`, `rating`, `locale`, `title` or `contract`,
    `counterparty` and `known`; raises `InputError`."""
    context = _mapping(facts, "context")
    contract = dict(_mapping(facts, "contract"))
    contract.setdefault("title", facts.get("title") or context.get("title"))
    party = _mapping(facts, "counterparty") or _mapping(context, "counterparty")
    return checked_feedback(
        Feedback(
            text=facts["text"],
            author=facts.get("author"),
            rating=facts.get("rating"),
            locale=facts.get("locale") or facts.get("lang") or "en",
            contract=read_contract(contract) if any(contract.values()) else None,
            counterparty=Party(**_known(party, _PARTY_FIELDS, "counterparty")) if party else None,
            known=tuple(facts.get("known") or ()),
            id=None if facts.get("id") is None else str(facts["id"]),
        )
    )


def read_contract(facts: Mapping[str, Any]) -> Contract:
    """A contract from a mapping; `ended_at` is an ISO date and time with an offset."""
    fields = {name: facts[name] for name in _CONTRACT_FIELDS if facts.get(name) is not None}
    return Contract(**fields, ended_at=read_instant(facts.get("ended_at"), "ended_at"))


def read_instant(value: object, name: str) -> datetime | None:
    """An instant from ISO text; raises `InputError` that says what to write."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise InputError(f"`{name}` is `{value}`; write a date and time with offset such as 2026-03-01T15:00:00Z")


def required_instant(facts: Mapping[str, Any], name: str) -> datetime:
    """The instant that a mapping holds under a name; raises `InputError` where there is none."""
    instant = read_instant(facts.get(name), name)
    if instant is None:
        raise InputError(f"`{name}` is missing; write a date and time with offset such as 2026-03-01T15:00:00Z")
    return instant


def _mapping(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = facts.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"`{name}` is not a mapping; write an object")
    return value


def _known(facts: Mapping[str, Any], names: Iterable[str], what: str) -> dict[str, Any]:
    known = set(names)
    for name in facts:
        if name not in known:
            raise InputError(f"`{what}` has an unknown key `{name}`; known: {', '.join(sorted(known))}")
    return dict(facts)
