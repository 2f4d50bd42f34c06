"""Advice on a policy that loads: what is untested, dead, slow, covered, swallowed, too wide, or finds ordinary words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files

from ..errors import InputError, nearest
from ..parsed import ParsedPolicy
from ..policy import Policy
from .advice import Advice, Check, Subject
from .exceptions import expired_exception, expiring_exception, wide_exception
from .excuses import excused
from .rules import missing_locale, no_message, stale_about, unused_clause
from .rules import untested as untested_rules
from .sense import impossible, shadowed, subsumed, swallowed, unreachable
from .stages import ledger
from .words import collision, collisions, covered_term, dead_list, slow_pattern

__all__ = ["CHECKS", "Advice", "Check", "collisions", "lint", "page", "severity", "untested"]

CHECKS: Mapping[str, Check] = {
    "untested": Check("warning", untested_rules),
    "unused-clause": Check("warning", unused_clause),
    "no-message": Check("warning", no_message),
    "missing-locale": Check("note", missing_locale),
    "stale-about": Check("note", stale_about),
    "dead-list": Check("warning", dead_list),
    "covered-term": Check("warning", covered_term),
    "collision": Check("warning", collision),
    "slow-pattern": Check("warning", slow_pattern),
    "shadowed": Check("warning", shadowed),
    "subsumed": Check("warning", subsumed),
    "swallowed": Check("error", swallowed),
    "unreachable": Check("warning", unreachable),
    "impossible": Check("error", impossible),
    "expired-exception": Check("error", expired_exception),
    "expiring-exception": Check("warning", expiring_exception),
    "wide-exception": Check("warning", wide_exception),
    "ledger": Check("error", ledger),
    "useless-excuse": Check("warning", lambda subject: ()),  # known only when all others have spoken
}


def lint(parsed: ParsedPolicy, policy: Policy, benign: Iterable[str] = (), on: date | None = None) -> list[Advice]:
    """All advice on a policy that the policy does not excuse, sorted by place.

    `benign` are ordinary words and names that no term should find, `on` is the day (default: that of the policy).
    """
    subject = Subject(parsed, policy, tuple(benign), on or policy.compiled.on)
    found = {advice for check in CHECKS.values() for advice in check.find(subject)}
    return sorted(excused(found, parsed.excuses, CHECKS))


def untested(parsed: ParsedPolicy, policy: Policy) -> Iterable[Advice]:
    """Rules without a hit or without a miss."""
    return untested_rules(Subject(parsed, policy, (), policy.compiled.on))


def severity(advice: Advice) -> str:
    """How bad it is: `error`, `warning` or `note`."""
    return CHECKS[advice.check].severity


def page(check: str) -> str:
    """What a check looks for, why, and how to mend it, in Markdown; raises `InputError` for an unknown one."""
    if check not in CHECKS:
        hint = nearest(check, CHECKS) or f"the checks are: {', '.join(CHECKS)}"
        raise InputError(f"no check of lint is called `{check}`; {hint}")
    return (files("evenhand") / "lint" / "pages" / f"{check}.md").read_text(encoding="utf-8")
