"""What a reviewer reads: the evidence in plain words, each with what is usual; what speaks for people; what would clear them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..thresholds import spoken
from .families import Scene, Signal, means, ratings
from .search import Group

_SHOWN = 8  # members of a path


def said_of(family: str, signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    """The evidence of one family in a sentence."""
    return _SAID[family](signal, scene, cycle)


def share(value: float) -> str:
    """A share in per cent, with as many digits as it needs."""
    per_cent = 100 * value
    return f"{per_cent:.0f} %" if per_cent >= 10 else f"{per_cent:.1f} %" if per_cent >= 1 else f"{per_cent:.2g} %"


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _days(length: float) -> str:
    return f"{_count(round(length))} days" if length >= 1.5 else "a day"


def _density(signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    size, pairs = len(scene.members), len(scene.together)
    possible = size * (size - 1) // 2
    return (
        f"{pairs} of {possible} possible pairs of members worked together and praised each other; "
        f"among people as busy as they are, {_count(signal.usual)} would by chance."
    )


def _roles(signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    if len(scene.members) == 2:
        return f"They hired each other; {share(signal.usual)} of all pairs did."
    return (
        f"{signal.observed:.0f} of {signal.of:.0f} members both hire and are hired inside the group; "
        f"{share(signal.usual)} of all people do both."
    )


def _cycle(signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    if signal.observed < 3:
        return f"No closed path of hires leads through three members; {share(signal.usual)} of all people are on one."
    path = f" ({' → '.join([*cycle, cycle[0]])})" if 0 < len(cycle) <= _SHOWN else ""
    return (
        f"{signal.observed:.0f} of {signal.of:.0f} members are on a closed path of hires: each hires the next, and the last "
        f"one the first{path}. {share(signal.usual)} of all people are on such a path."
    )


def _timing(signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    limits = scene.limits
    return (
        f"{signal.observed:.0f} of {signal.of:.0f} pairs wrote fast: both within {spoken(limits.fast_turnaround)} of each other "
        f"and {spoken(limits.fast_after_contract_end)} of the end of the contract. {share(signal.usual)} of comparable pairs do."
    )


def _value(signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    low = scene.market.low_value
    below = f" (below {low / 1_000:,.2f})" if low is not None else ""
    return (
        f"{signal.observed:.0f} of {signal.of:.0f} pairs had contracts of low value{below}. "
        f"{share(signal.usual)} of comparable pairs do."
    )


def _gap(signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    return (
        f"Members gave members {signal.observed:.2f} stars on average; "
        f"{signal.of:.0f} {'other gave them' if signal.of == 1 else 'others gave them'} {signal.usual:.2f}."
    )


def _burst(signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    return (
        f"All {signal.of:.0f} pairs began within {_days(signal.observed)}; {share(signal.usual)} of all pairs of "
        "the history began in that time."
    )


def _hub(signal: Signal, scene: Scene, cycle: Sequence[str]) -> str:
    star = scene.star
    if star is None:
        return ""
    looks = {"alone": "deal with nobody else", "both": "hire and are hired"}
    _, kind, _, _ = star.odd(scene.market)
    return (
        f"{signal.observed:.0f} of the {signal.of:.0f} partners of {star.centre} {looks.get(kind, '')}; "
        f"{share(signal.usual)} of all partners do."
    )


_SAID: Mapping[str, Callable[[Signal, Scene, Sequence[str]], str]] = {
    "density": _density,
    "roles": _roles,
    "cycle": _cycle,
    "timing": _timing,
    "value": _value,
    "gap": _gap,
    "burst": _burst,
    "hub": _hub,
}


def spoken_for(group: Group, value: float | None) -> Iterator[str]:
    """What speaks for the members; `value` is the middle one of their contracts with each other."""
    scene, signals = group.scene, group.signals
    if known := sum(pair.established for pair in scene.traded):
        yield f"{known} of their pairs {'is' if known == 1 else 'are'} established: together for long and often."
    got = means(ratings(scene))
    if got.outside_raters and signals["gap"].points < scene.limits.family_points:
        who = "One person" if got.outside_raters == 1 else f"{got.outside_raters} people"
        yield f"{who} outside the group rated them, with {got.outside:.2f} stars on average."
    ordinary = {
        "timing": "They do not write faster than comparable pairs do.",
        "value": "Their contracts are not of low value more often than those of comparable pairs"
        + (f" (the middle one: {value:,.2f})." if value is not None else "."),
        "gap": "Others rate them about as well as they rate each other.",
        "burst": "Their pairs did not begin all at once.",
    }
    for name, said in ordinary.items():
        if signals[name].of and signals[name].points < scene.limits.family_points / 2:
            yield said


_CLEARED = {
    "density": "a common employer, course or project through which they know each other",
    "roles": "work for others that they could not do alone, passed on inside the group",
    "cycle": "a registered agency or collective (the policy lists those that are known)",
    "timing": "work that was delivered and accepted before the contract was closed",
    "value": "deliverables that are worth what was paid",
    "gap": "work outside that differs in kind from the work inside",
    "burst": "one project at that time on which all of them worked",
    "hub": "partners who can be reached and are who they say",
}


def cleared_by(group: Group) -> Iterator[str]:
    """What would clear the members, for each family that counts against them."""
    for name, said in _CLEARED.items():
        if group.signals[name].points >= group.scene.limits.family_points:
            yield said
    yield "devices, payment methods and places that have nothing in common"
