"""The floor: what no policy check over these databases can be faster than, a cheap fold and two bare scans."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.compile import Compiled, Scratches
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


def floor(compiled: Compiled) -> Call:
    """Folds, scans for words, scans for patterns; knows nothing of rules."""
    own = Scratches(compiled)
    literals, patterns, regexes = compiled.literals.scan, compiled.patterns.scan, compiled.regexes.scan
    literal_scratch, pattern_scratch, regex_scratch = own.literals, own.patterns, own.regexes

    def call(text: str) -> None:
        words, raw = folded(text)
        literals(words, _hit, 0, None, literal_scratch)
        patterns(raw, _hit, 0, None, pattern_scratch)
        regexes(raw, _hit, 0, None, regex_scratch)

    return call


def bare_scans(compiled: Compiled, texts: Sequence[str]) -> Call:
    """The scans alone, over texts folded beforehand: what hyperscan and its binding take."""
    own = Scratches(compiled)
    literals, patterns, regexes = compiled.literals.scan, compiled.patterns.scan, compiled.regexes.scan
    literal_scratch, pattern_scratch, regex_scratch = own.literals, own.patterns, own.regexes
    ready = {text: folded(text) for text in texts}

    def call(text: str) -> None:
        words, raw = ready[text]
        literals(words, _hit, 0, None, literal_scratch)
        patterns(raw, _hit, 0, None, pattern_scratch)
        regexes(raw, _hit, 0, None, regex_scratch)

    return call
