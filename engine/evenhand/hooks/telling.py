"""What a hook tells the author: which findings count, and what they say; never the text itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..model import Feedback, Finding, Outcome
from ..policy import Policy, load

Given = Policy | str | Path | None


@cache
def _loaded(path: str | None) -> Policy:
    return load(path)


def policy_of(given: Given) -> Policy:
    """The policy itself, or that of a path (None: the shipped one), loaded once a process; raises `PolicyError`."""
    return given if isinstance(given, Policy) else _loaded(None if given is None else str(given))


def outcome_of(fail_on: str) -> Outcome:
    """The mildest outcome that is refused; raises `InputError` for what is none."""
    refused = [str(each) for each in Outcome][1:]
    if fail_on not in refused:
        raise InputError(f"`fail_on` is {fail_on!r}; pass one of {', '.join(refused)}")
    return Outcome(fail_on)


def refused(policy: Policy, feedback: str | Feedback, fail_on: Outcome) -> Sequence[Finding]:
    """The findings at least as hard as `fail_on`; none when the feedback passes. Raises `InputError`."""
    return [each for each in policy.check(feedback).findings if each.outcome >= fail_on]


def messages(findings: Sequence[Finding]) -> list[str]:
    """What the author is told, each message once."""
    return list(dict.fromkeys(each.message or f"This breaks the rule {each.rule}." for each in findings))


def plain(findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    """Rule, category, span (code points) and message of each finding; neither the text nor what was found in it."""
    for each in findings:
        yield {
            "rule": each.rule,
            "category": each.category,
            "outcome": str(each.outcome),
            "start": each.start,
            "end": each.end,
            "message": each.message,
        }
