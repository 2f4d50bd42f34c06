"""Whether the clause of a rule still says what it said when the rule was reviewed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from ..parsed import ParsedRule


def clause_stamp(clause: str) -> str:
    """The first eight hex digits of a hash of a clause's text; how its lines are broken does not matter."""
    return hashlib.sha256(" ".join(clause.split()).encode()).hexdigest()[:8]


def out_of_date(rule: ParsedRule, clauses: Mapping[str, str]) -> bool:
    """Whether the clause's text changed since the rule was reviewed; never for a rule that says nothing of a review."""
    return rule.reviewed is not None and rule.reviewed.clause != clause_stamp(clauses.get(rule.clause, ""))
