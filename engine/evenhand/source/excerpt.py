"""The lines round a place, for a terminal."""

from __future__ import annotations

import re
import unicodedata

from ..errors import Place
from .places import BREAK

_WIDTH = 100
_TAB = 4
# Controls would move the cursor, and marks of direction would show the line in another order than it is read.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def excerpt(source_text: str, place: Place, *, context: int = 2) -> str:
    """The lines round a place with their numbers, and a caret below its column; the place is brought into the text."""
    lines = BREAK.split(source_text.removeprefix("\ufeff"))
    target = min(max(place.line, 1), len(lines))
    first, last = max(1, target - context), min(len(lines), target + context)
    if last > target and not lines[last - 1]:
        last -= 1  # the empty string after the last line break
    gutter = len(str(last))
    shown = []
    for number in range(first, last + 1):
        column = place.column if number == target else 1
        line, caret = _clipped(lines[number - 1], column)
        shown.append(f"{number:>{gutter + 2}} | {line}".rstrip())
        if number == target:
            shown.append(f"{'':>{gutter + 2}} | {' ' * caret}^")
    return "\n".join(shown)


def _clipped(line: str, column: int) -> tuple[str, int]:
    """The part of a line round a column that fits, and how many cells stand before the column."""
    at = min(max(column, 1) - 1, len(line))
    start = _window(line, at)
    cells = ["..."] if start else []
    used = caret = 3 if start else 0
    for index in range(start, len(line)):
        cell, width = _cell(line[index], used)
        if used + width > _WIDTH - 3 and len(line) - index > 3:
            cells.append("...")
            break
        if index < at:
            caret += width
        cells.append(cell)
        used += width
    return "".join(cells), caret


def _window(line: str, at: int) -> int:
    """Where to start showing a line: at its start, or half a width before what matters in it."""
    used, start = 0, at
    for index in range(at - 1, -1, -1):
        used += _cell(line[index], 0)[1]
        if used <= _WIDTH // 2:
            start = index
        elif used > _WIDTH * 3 // 4:
            return start
    return 0


def _cell(char: str, used: int) -> tuple[str, int]:
    """A character as it is shown, and how many columns of a terminal it takes."""
    if char == "\t":
        width = _TAB - used % _TAB
        return " " * width, width
    if _UNSHOWN.match(char):
        return "\ufffd", 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
