"""Rules that do not match a text but come close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..compiled import Rule
from ..match import applies, matches
from ..model import Feedback, Match
from ..policy import Policy
from ..text import Document
from .closeness import missed, quote
from .reading import document_of
from .why import excused, waived

_MOST = 5
_MADE_OF_PARTS = frozenset({"all", "near", "count", "exchange"})


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that comes close: how close (a share from 0 to 1), what keeps it from matching, and what was found."""

    rule: str
    share: float
    why: str
    found: tuple[Match, ...]


def near_misses(policy: Policy, feedback: str | Feedback) -> list[NearMiss]:
    """The rules that come closest to matching, the closest first, at most five.

    Close is a rule whose matches are all excused, of which all parts but one are found, or whose parts stand at most twice
    as far apart as they may. Raises `InputError` for unusable feedback.
    """
    document = document_of(policy, feedback)
    candidates = policy.prefilter.candidates(document)
    found = []
    for number, rule in enumerate(policy.compiled.rules):
        if applies(rule, document.feedback):
            close = _close(policy, rule, document, candidates.get(number))
            if close is not None:
                found.append(close)
    return sorted(found, key=lambda each: (-each.share, -sum(m.end - m.start for m in each.found), each.rule))[:_MOST]


def _close(policy: Policy, rule: Rule, document: Document, branches: Sequence[int] | None) -> NearMiss | None:
    """How close a rule comes; `branches` are those that may match, None where none may."""
    if branches is not None:
        found = matches(rule, document, branches)
        if any(waived(policy.compiled, rule, match, document) is None for match in found):
            return None
        for match, reason in excused(policy.compiled, rule, document, branches):
            return NearMiss(rule.id, 1.0, f"found {quote(match, document)}, but {reason}", (match,))
    close = missed(rule.tree, document) if _made_of_parts(rule.find) else None
    return None if close is None else NearMiss(rule.id, close.share, close.why, close.found)


def _made_of_parts(raw: Any) -> bool:
    """Whether a `find` holds what can be found in part; trees are built only for those that do."""
    if isinstance(raw, Mapping):
        return any(key in _MADE_OF_PARTS or _made_of_parts(value) for key, value in raw.items())
    return isinstance(raw, list | tuple) and any(map(_made_of_parts, raw))
