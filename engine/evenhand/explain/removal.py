"""What an author would have to take out for a text to pass; only ever shown, never done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from ..model import Feedback, Outcome
from ..policy import Policy, checked_feedback

Span = tuple[int, int]
_TRIED_WHOLLY = 8  # findings of which every set is tried: 255 sets
_ROUNDS = 12  # of taking out what shows up only when something else is gone
_CLOSING = re.compile(r"[\s.,;:!?)\]]")


def to_pass(policy: Policy, feedback: str | Feedback, at_most: Outcome = Outcome.allow) -> tuple[Span, ...] | None:
    """Spans of the text, without which the verdict is at most the given outcome; none when it is so already.

    Every set of found spans is tried, the one with the fewest characters first, where there are few of them; otherwise
    spans are put back one by one as long as the text still passes. Each set is judged again, as a removal can make new
    words meet. None when no set of spans was found to do. Raises `InputError` for unusable feedback.
    """
    checked = checked_feedback(feedback)
    spans = _found(policy, checked, at_most)
    if not spans:
        return ()
    if len(spans) <= _TRIED_WHOLLY:
        every = (merged(each) for count in range(1, len(spans) + 1) for each in combinations(spans, count))
        for each in sorted(set(every), key=lambda some: (_characters(some), len(some), some)):
            if _passes(policy, checked, each, at_most):
                return each
    return _by_steps(policy, checked, spans, at_most)


def without(text: str, spans: Iterable[Span]) -> str:
    """The text with spans cut out, joined so that no space is doubled and no two words become one."""
    return "".join(char for char, _ in _cut(text, spans))


def _cut(text: str, spans: Iterable[Span]) -> list[tuple[str, int]]:
    """The characters that are left, each with where it stood; a space put between stands where the cut ended."""
    cuts = merged(spans)
    left: list[tuple[str, int]] = []
    last = 0
    for start, end in [*cuts, (len(text), len(text))]:
        piece = [(text[at], at) for at in range(last, start)]
        left += _joint(left, piece, last) if last and piece else piece
        last = end
    while cuts and cuts[-1][1] == len(text) and left and left[-1][0].isspace():
        left.pop()
    return left


def _joint(left: list[tuple[str, int]], piece: list[tuple[str, int]], cut: int) -> list[tuple[str, int]]:
    """What follows a cut, made to fit what stands before it."""
    before = left[-1][0] if left else " "
    if before.isspace():
        while piece and piece[0][0].isspace():
            piece = piece[1:]
        if piece and left and _CLOSING.match(piece[0][0]):
            while left and left[-1][0].isspace():
                left.pop()
        return piece
    if piece[0][0].isspace() or _CLOSING.match(piece[0][0]):
        return piece
    return [(" ", cut), *piece]


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order; those that overlap or touch are made one."""
    kept: list[Span] = []
    for start, end in sorted(spans):
        if kept and start <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return tuple(kept)


def _characters(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def _found(policy: Policy, feedback: Feedback, at_most: Outcome) -> list[Span]:
    findings = policy.check(feedback).findings
    return sorted({(each.start, each.end) for each in findings if each.outcome > at_most})


def _passes(policy: Policy, feedback: Feedback, spans: Sequence[Span], at_most: Outcome) -> bool:
    left = replace(feedback, text=without(feedback.text, spans))
    return policy.check(left).outcome <= at_most


def _by_steps(policy: Policy, feedback: Feedback, spans: Sequence[Span], at_most: Outcome) -> tuple[Span, ...] | None:
    """Takes out whatever is found until nothing is, then puts back, the longest first, what need not have gone."""
    taken = set(spans)
    for _ in range(_ROUNDS):
        left = _cut(feedback.text, taken)
        found = _found(policy, replace(feedback, text="".join(char for char, _ in left)), at_most)
        if not found:
            break
        taken |= {(left[start][1], left[end - 1][1] + 1) for start, end in found}
    else:
        return None
    for each in sorted(taken, key=lambda span: (span[0] - span[1], span)):
        if _passes(policy, feedback, merged(taken - {each}), at_most):
            taken.discard(each)
    return merged(taken)
