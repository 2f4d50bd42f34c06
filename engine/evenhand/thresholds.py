"""From when on feedback between the same people is worth a look: `audit.reciprocity` of a policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

_UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(rf"(\d{{1,6}}) ?({'|'.join(_UNITS)})")
MOST_MEMBERS = 200  # of a group: a page about more than that helps nobody

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Caps:
    """The most points that one observation of a pair, and one family of a group, can give."""

    signal: float = 3.0
    group: float = 4.0


@dataclass(frozen=True)
class Review:
    """What a group needs to be reviewed first."""

    points: float = 12.0
    families: int = 3
    structure: float = 1.5
    behaviour_families: int = 2


@dataclass(frozen=True)
class StrongGap:
    """What stands in for behaviour: strong structure, and ratings that only the group gives."""

    structure: float = 6.0
    gap_stars: float = 0.5
    gap_points: float = 1.5


@dataclass(frozen=True)
class Watch:
    """What a group needs to be watched: structure alone, odd partners alone, or behaviour with so many points in all."""

    structure: float = 6.0
    hub: float = 3.0
    behaviour: float = 10.0
    points: float = 12.0


@dataclass(frozen=True)
class PairNeeds:
    """What two people who hire each other need to be watched."""

    points: float = 5.0
    families: int = 3


@dataclass(frozen=True)
class Established:
    """One client and one freelancer who worked together for so long and so often: never evidence of anything, if exempt."""

    span: timedelta = timedelta(days=90)
    contracts: int = 5
    role_swap: bool = False
    action: str = "exempt"


@dataclass(frozen=True)
class Calibration:
    """How findings are set against chance: so many shuffled markets, and the share of false findings to warn at."""

    null_runs: int = 20
    max_estimated_fdr: float = 0.15


@dataclass(frozen=True)
class ExemptGroup:
    """People who may well work with each other, such as a registered agency."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Thresholds:
    """From when on people who rate each other are shown to a reviewer. What a policy leaves out keeps its default.

    `positive_rating_min` is in the units of the ratings. `low_value_percentile` is of contracts by value. A family of evidence
    counts as one from `family_points` on.
    """

    positive_rating_min: float = 5.0
    fast_turnaround: timedelta = timedelta(hours=1)
    fast_after_contract_end: timedelta = timedelta(hours=6)
    low_value_percentile: float = 10.0
    burst_window: timedelta = timedelta(days=90)
    family_points: float = 1.0
    points_cap: Caps = Caps()
    tier_a: Review = Review()
    tier_a_strong_gap: StrongGap = StrongGap()
    tier_b: Watch = Watch()
    pair: PairNeeds = PairNeeds()
    established_pair: Established = Established()
    group_size: tuple[int, int] = (2, 60)
    exempt_groups: tuple[ExemptGroup, ...] = field(default=())
    calibration: Calibration = Calibration()


def thresholds(options: Mapping[str, Any]) -> Thresholds:
    """The thresholds for an `audit.reciprocity` mapping that `AUDIT_SCHEMA` accepts."""
    return Thresholds(**{name: _value(getattr(_DEFAULT, name), value) for name, value in options.items()})


def _value(default: Any, written: Any) -> Any:
    """What was written, as the type of the default."""
    if isinstance(default, timedelta):
        return duration(written)
    if isinstance(written, Mapping):
        return type(default)(**{name: _value(getattr(default, name), value) for name, value in written.items()})
    if isinstance(written, list):
        return tuple(ExemptGroup(each["name"], tuple(each["members"])) if isinstance(each, Mapping) else each for each in written)  # fmt: skip
    return float(written) if isinstance(default, float) else written


def duration(written: str) -> timedelta:
    """`90 d`, `6 h`, `30 min` or `45 s` as a duration; raises `ValueError` for anything else."""
    if not (match := _DURATION.fullmatch(written)):
        raise ValueError(f"`{written}` is no duration; write a whole number and a unit: {', '.join(_UNITS)}")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def spoken(length: timedelta) -> str:
    """A duration in the largest unit that holds it, as a policy writes it."""
    seconds = int(length.total_seconds())
    unit = next((name for name in reversed(_UNITS) if seconds and seconds % _UNITS[name] == 0), "s")
    return f"{seconds // _UNITS[unit]} {unit}"


_DEFAULT = Thresholds()


def contradictions(options: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """(path, what is wrong, how to mend it) for what a schema cannot say of an `audit.reciprocity` mapping."""
    least, most = options.get("group_size", _DEFAULT.group_size)
    if least > most:
        yield ("group_size",), f"the least size {least} is above the largest {most}", "write the smaller number first"
    seen: dict[str, str] = {}
    for index, group in enumerate(options.get("exempt_groups", ())):
        for at, member in enumerate(group["members"]):
            if (other := seen.setdefault(member, group["name"])) != group["name"]:
                yield (
                    ("exempt_groups", index, "members", at),
                    f"`{member}` is in `{other}` already",
                    "name a member once",
                )


# --- the schema -----------------------------------------------------------------------------------------------------

_SAID: Mapping[str, str] = {
    "positive_rating_min": "From this rating on feedback is praise (5 stars).",
    "fast_turnaround": "Both write within this time of each other (1 h) ...",
    "fast_after_contract_end": "... and within this time of the end of the contract (6 h): their feedback is fast.",
    "low_value_percentile": "Contracts below this percentile by value are of low value (10).",
    "burst_window": "A group that formed within this time formed at once (90 d).",
    "family_points": "From so many points on a family of evidence counts as one (1).",
    "points_cap": "The most points of one observation (3) and of one family of a group (4).",
    "tier_a": "What a group needs to be reviewed first.",
    "tier_a_strong_gap": "What stands in for behaviour: strong structure, and much better ratings inside the group than outside.",
    "tier_b": "What a group needs to be watched: structure alone, odd partners of one person alone (hub), or behaviour with so many points in all.",
    "pair": "What two people who hire each other need to be watched.",
    "established_pair": "A client and a freelancer who worked together for so long (90 d) and so often (5) are never evidence, if exempt.",
    "group_size": "How many members a group has, at least and at most ([2, 60]).",
    "exempt_groups": "People who may well work with each other, such as registered agencies.",
    "calibration": "Chance: how many shuffled markets to hold against, and the share of false findings to warn at.",
}
_CHOICES = {"action": ["exempt", "count"]}
_TEXT = {"type": "string", "minLength": 1}


def _schema(default: Any, name: str) -> dict[str, Any]:
    if name in _CHOICES:
        return {"enum": _CHOICES[name], "default": default}
    if isinstance(default, timedelta):
        return {
            "type": "string",
            "pattern": f"^{_DURATION.pattern}$",
            "default": spoken(default),
            "description": "A whole number and a unit: s, min, h or d, as in `90 d`.",
        }
    if isinstance(default, bool):
        return {"type": "boolean", "default": default}
    if isinstance(default, int):
        return {"type": "integer", "minimum": 1, "maximum": 1_000, "default": default}
    if isinstance(default, float):
        return {"type": "number", "minimum": 0, "maximum": 1_000_000, "default": default}
    properties = {each.name: _schema(getattr(default, each.name), each.name) for each in fields(default)}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _described(name: str, default: Any) -> dict[str, Any]:
    schema: dict[str, Any]
    if name == "group_size":
        size = {"type": "integer", "minimum": 2, "maximum": MOST_MEMBERS}
        schema = {"type": "array", "items": size, "minItems": 2, "maxItems": 2}
    elif name == "exempt_groups":
        members = {"type": "array", "items": _TEXT, "minItems": 2, "description": "Ids of their accounts."}
        group = {"name": _TEXT, "members": members}
        one = {"type": "object", "properties": group, "required": ["name", "members"], "additionalProperties": False}
        schema = {"type": "array", "items": one}
    else:
        schema = _schema(default, name)
    return {**schema, "description": f"{_SAID[name]} {schema.get('description', '')}".rstrip()}


AUDIT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What audits of stored feedback look for beside the texts.",
    "properties": {
        "reciprocity": {
            "type": "object",
            "description": "People who trade good feedback.",
            "properties": {
                each.name: _described(each.name, getattr(_DEFAULT, each.name)) for each in fields(Thresholds)
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
