"""Budgets: how many verdicts an edit may change, as a count or a share of all feedback."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError, nearest
from ..model import Outcome, Verdict
from .compare import Flip

# What is counted: whether a verdict went from one outcome to another in this way.
MEASURES = {
    "changes": "verdicts of another outcome",
    "new-flags": "feedback that was allowed and is not any more",
    "new-nudges": "feedback that is nudged now and had a milder outcome",
    "new-holds": "feedback that is held now and had a milder outcome",
    "new-rejects": "feedback that is rejected now and was not",
    "lost-flags": "feedback that was flagged and is allowed now",
    "lost-holds": "feedback that was held and has a milder outcome now",
    "lost-rejects": "feedback that was rejected and is not any more",
}
_STARS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_BUDGET = re.compile(
    r"(?:(?P<stars>one|two|three|four|five|[1-5])-star-|(?P<role>client|freelancer)-)?(?P<measure>[a-z-]+)"
    r"=(?P<most>\d+(?:\.\d+)?)(?P<share>%)?"
)


def moved(old: Verdict, new: Verdict) -> set[str]:
    """The measures that a change of verdict counts for."""
    before, after = old.outcome, new.outcome
    if before == after:
        return set()
    found = {"changes"}
    if before is Outcome.allow:
        found.add("new-flags")
    elif after is Outcome.allow:
        found.add("lost-flags")
    if after > before:
        found.add(f"new-{after}s")
    elif before in (Outcome.hold, Outcome.reject):
        found.add(f"lost-{before}s")
    return found


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many (or such a share) of one measure, perhaps for one rating or role alone."""

    written: str
    measure: str
    most: float
    share: bool
    rating: int | None = None
    role: str | None = None

    def counts(self, flip: Flip) -> bool:
        """Whether a change of verdict uses up some of it."""
        if self.rating is not None and flip.feedback.rating != self.rating:
            return False
        if self.role is not None and flip.feedback.author != self.role:
            return False
        return self.measure in moved(flip.old, flip.new)

    def allowed(self, rows: int) -> float:
        """How many of so many rows may change."""
        return self.most * rows / 100 if self.share else self.most


def read_budgets(written: Iterable[str]) -> list[Budget]:
    """Budgets such as `new-rejects=0.05%` or `five-star-rejects=0`, also several with commas; raises `InputError`."""
    return [_read(each.strip()) for several in written for each in several.split(",") if each.strip()]


def _read(written: str) -> Budget:
    match = _BUDGET.fullmatch(written)
    if match is None:
        raise InputError(f"`{written}` is no budget; write one such as `new-rejects=0.05%` or `five-star-rejects=0`")
    measure = match["measure"] if match["measure"] in MEASURES else f"new-{match['measure']}"
    if measure not in MEASURES:
        hint = nearest(match["measure"], MEASURES) or f"known: {', '.join(MEASURES)}"
        raise InputError(f"`{written}` counts nothing that is known; {hint}")
    stars = match["stars"]
    rating = None if stars is None else _STARS.get(stars) or int(stars)
    return Budget(written, measure, float(match["most"]), match["share"] is not None, rating, match["role"])


@dataclass(frozen=True, slots=True)
class Spent:
    """What has become of a budget."""

    budget: Budget
    used: int
    allowed: float

    @property
    def exceeded(self) -> bool:
        """Whether more was used than allowed."""
        return self.used > self.allowed

    def __str__(self) -> str:
        limit = f"{self.allowed:,.1f}".removesuffix(".0")
        return f"{'over' if self.exceeded else 'within'} budget {self.budget.written}: {self.used:,} of {limit}"
