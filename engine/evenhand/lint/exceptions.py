"""Checks of exceptions: those that have expired or soon will, and those that excuse too much."""

from __future__ import annotations

from ..compiled import Waiver
from ..model import Feedback
from ..text import Document
from .advice import Advice, Found, Subject

# Texts with nothing in common but that people write such things: what finds something in each finds nearly anything.
_PLAIN = ("The report came on Monday.", "good", "Ich war sehr zufrieden", "12 hours, 3 drafts and a spreadsheet")


def expired_exception(subject: Subject) -> Found:
    """Exceptions whose last day has passed."""
    for each in subject.parsed.exceptions:
        if each.days_left(subject.on) < 0:
            message = f"exception `{each.id}` of {each.owner} ended on {each.expires}"
            yield Advice(
                each.place, "expired-exception", message, "renew it with a reason, or take it out", about=each.id
            )


def expiring_exception(subject: Subject) -> Found:
    """Exceptions whose last day is near."""
    for each in subject.parsed.exceptions:
        if each.ends_soon(subject.on):
            message = (
                f"exception `{each.id}` of {each.owner} ends on {each.expires}, in {each.days_left(subject.on)} days"
            )
            yield Advice(each.place, "expiring-exception", message, "renew it, or mend its rules", about=each.id)


def wide_exception(subject: Subject) -> Found:
    """Exceptions that excuse every rule of a category, or find something in any text."""
    for each in subject.parsed.exceptions:
        for category in sorted({rule.category for rule in subject.parsed.rules}):
            rules = {rule.id for rule in subject.parsed.rules if rule.category == category}
            if len(rules) > 1 and rules <= set(each.rules):
                message = f"exception `{each.id}` excuses all {len(rules)} rules of `{category}`"
                yield Advice(each.place, "wide-exception", message, "name only the rules that are wrong", about=each.id)
        waiver = Waiver(each.id, each.expires, frozenset(each.rules), each.find, subject.parsed.words)
        if all(waiver.tree.find(Document(Feedback(text))) for text in _PLAIN):
            message = f"exception `{each.id}` finds something in any text"
            hint = "find the words that are innocent, and nothing else"
            yield Advice(each.place, "wide-exception", message, hint, _PLAIN[0], each.id)
