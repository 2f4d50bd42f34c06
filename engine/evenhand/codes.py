"""Codes: a text that says it is to be read back to front, or in rot13, is read so as well."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from .frequencies import SHARE
from .text import Document
from .views import fold, split_words

# How texts announce that letters stand in reverse, or were moved; as rows of folded words.
_REVERSED = """
    backwards|backward|back to front|right to left|from the right|from the end|from its end|from the back|from the tail|from the other end|in reverse|reversed
    reverse me|reverse it|reverse this|reverse that|reverse these|reverse the letters|mirror|mirrored|the other way
    flip this around|flip it around|flip this round|turn it around|turn this around
    other way round|other way around|read it back|tail first|last letter first
    al reves|de atras|a l envers|ruckwarts|al contrario|de tras|wspak|tersten|dari belakang|pabaliktad|ulta
    наоборот|задом наперед|справа налево|навпаки|с конца|उल्टा|بالعكس|بالمقلوب
"""
_MOVED = "rot13|rot 13"
_EITHER = "decode|decoded|decoder|decipher|decrypt|cipher|caesar|in code|secret code|encoded|шиворот"
# Ordinary words that are other words back to front or moved by thirteen letters, beside the most common ones.
_BOTH_WAYS = frozenset(
    "gals maps tons tar knits tips loop loops setup spin spins god gods lana drawer drawers rail rails lived stressed "
    "pools sloop gnat gnats tang diaper repaid reviled liar straw warts swap swaps snaps spans strap parts golf flog "
    "denim mined animal lamina decaf faced redraw reward smart trams spool debut tuber deliver leper pupils slipup".split()
)
_LEAST = 4  # letters: fewer are found back to front in any text
# Ordinary words look so in code, and some rules take that for a mashed keyboard.
_UNSPEAKABLE = re.compile(r"[b-df-hj-np-tv-xz]{6}")


def _rows(written: str) -> tuple[str, ...]:
    return tuple(f" {each.strip()} " for line in written.splitlines() for each in line.split("|") if each)


def _reversed(text: str) -> str:
    return text[::-1]


def _moved(text: str) -> str:
    return codecs.encode(text, "rot13")


class _Code(NamedTuple):
    name: str
    announced: tuple[str, ...]  # rows of words, a space on either side
    read: Callable[[str], str]
    turned: bool  # whether the end comes first


_CODES = (
    _Code("back to front", (*_rows(_REVERSED), *_rows(_EITHER)), _reversed, turned=True),
    _Code("as rot13", (*_rows(_MOVED), *_rows(_EITHER)), _moved, turned=False),
)
ANNOUNCEMENTS = frozenset(row for code in _CODES for row in code.announced)


@dataclass(frozen=True)
class Reading:
    """A text as it reads in a code that it announces."""

    name: str
    document: Document
    turned: bool

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where that stretch of the reading stands in the text."""
        length = len(self.document.text)
        return (length - end, length - start) if self.turned else (start, end)


def readings(document: Document) -> Sequence[Reading]:
    """The text in each code that it announces; none for most."""
    return document.once("codes", lambda: _readings(document)) if document.coded else ()


def _readings(document: Document) -> tuple[Reading, ...]:
    string = document.flat.string
    return tuple(
        Reading(
            code.name, Document(replace(document.feedback, text=code.read(document.text)), coded=False), code.turned
        )
        for code in _CODES
        if any(row in string for row in code.announced)
    )


def in_code(written: str, read: str) -> bool:
    """Whether a stretch of text may be in the code in which it reads so.

    As written, some word of it is no ordinary one and none is a common one; as read, its words can be pronounced.
    """
    words = [word for word in split_words(fold(written).string) if any(map(str.isalpha, word))]
    common = [word for word in words if word in SHARE or word in _BOTH_WAYS]
    strange = [word for word in words if word not in common and word != word[::-1]]
    if sum(map(len, strange)) < _LEAST or any(len(word) >= _LEAST - 1 for word in common):
        return False
    return not _UNSPEAKABLE.search(fold(read).string)
