"""The floor: what no policy check over these databases can be faster than, a cheap fold and two bare scans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenhand.compiled import Compiled, Scratches
from timing import Call

_WORDS = bytes(
    code + 32 if 65 <= code <= 90 else code if 97 <= code <= 122 or 48 <= code <= 57 or code > 127 else 32
    for code in range(256)
)


def _hit(number: int, start: int, end: int, flags: int, context: object) -> None:
    """Does nothing: the floor pays for the callback, not for what follows from a hit."""


def folded(text: str) -> tuple[bytes, bytes]:
    """The text as words between spaces, and in lower case with its punctuation: the least that the databases need."""
    raw = text.encode("latin-1", "replace")
    return b" %b " % raw.translate(_WORDS), raw.lower()


def scans_of_signs(compiled: Compiled, own: Scratches) -> list[tuple[Any, Any]]:
    """The scans over a text with its punctuation, each with its scratch."""
    others = zip(compiled.regexes, own.regexes, strict=True)
    return [(compiled.patterns.scan, own.patterns), *((each.scan, scratch) for each, scratch in others)]


def floor(compiled: Compiled) -> Call:
    """Folds, scans for words, scans for patterns; knows nothing of rules."""
    own = Scratches(compiled)
    literals, literal_scratch = compiled.literals.scan, own.literals
    others = scans_of_signs(compiled, own)

    def call(text: str) -> None:
        words, raw = folded(text)
        literals(words, _hit, 0, None, literal_scratch)
        for scan, scratch in others:
            scan(raw, _hit, 0, None, scratch)

    return call


def bare_scans(compiled: Compiled, texts: Sequence[str]) -> Call:
    """The scans alone, over texts folded beforehand: what hyperscan and its binding take."""
    own = Scratches(compiled)
    literals, literal_scratch = compiled.literals.scan, own.literals
    others = scans_of_signs(compiled, own)
    ready = {text: folded(text) for text in texts}

    def call(text: str) -> None:
        words, raw = ready[text]
        literals(words, _hit, 0, None, literal_scratch)
        for scan, scratch in others:
            scan(raw, _hit, 0, None, scratch)

    return call
