"""Found spans between marks."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Finding, Match

OPEN, CLOSE = "[[", "]]"


def marked(text: str, found: Iterable[Finding | Match], opening: str = OPEN, closing: str = CLOSE) -> str:
    """The text with every found span between marks; spans that overlap are marked as one."""
    out: list[str] = []
    last = 0
    for start, end in spans_of(found):
        out += [text[last:start], opening, text[start:end], closing]
        last = end
    return "".join([*out, text[last:]])


def spans_of(found: Iterable[Finding | Match]) -> list[tuple[int, int]]:
    """The found spans in order; those that overlap are made one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((each.start, each.end) for each in found):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans
