"""Texts that rules are tested with: marks of spans, and the facts that may stand beside a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import Place
from .model import Contract, Feedback, Party
from .parsed import FALLBACK_LOCALE, Sample

_MARK = re.compile(r"\[\[|\]\]")


def unmark(marked: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Takes the `[[marks]]` out of a test text: the text, and the spans they stood round; raises `ValueError`."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    length = last = 0
    opened: int | None = None
    for mark in _MARK.finditer(marked):
        parts.append(marked[last : mark.start()])
        length += mark.start() - last
        last = mark.end()
        if (mark[0] == "[[") != (opened is None):
            raise ValueError("`[[` and `]]` do not pair up")
        if opened is None:
            opened = length
        else:
            spans.append((opened, length))
            opened = None
    if opened is not None:
        raise ValueError("`[[` is not closed")
    return "".join([*parts, marked[last:]]), tuple(spans)


def read_sample(raw: str | Mapping[str, Any], place: Place, *, marks: bool) -> Sample:
    """Reads a test text or a mapping with further facts; raises `ValueError` for marks that do not pair up."""
    facts: dict[str, Any] = {"text": raw} if isinstance(raw, str) else dict(raw)
    text, spans = unmark(facts["text"]) if marks else (facts["text"], ())
    party = facts.get("counterparty")
    feedback = Feedback(
        text=text,
        author=facts.get("author"),
        rating=facts.get("rating"),
        locale=facts.get("locale", FALLBACK_LOCALE),
        contract=Contract(title=facts["title"]) if facts.get("title") else None,
        counterparty=Party(**party) if party else None,
        known=tuple(facts.get("known", ())),
    )
    return Sample(feedback, spans or None, place)
