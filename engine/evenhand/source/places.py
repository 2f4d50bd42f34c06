"""Where things stand in a text, and the problems that were found there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..errors import Place, Problem

MAX_PROBLEMS = 100


@dataclass(slots=True)
class Problems:
    """What was found, each once; a file that is wrong on every line is told so once."""

    found: set[Problem] = field(default_factory=set)

    def add(self, place: Place, message: str, hint: str) -> None:
        if len(self.found) <= MAX_PROBLEMS:
            self.found.add(Problem(place, message, hint))

    def and_those_of(self, other: Problems) -> list[Problem]:
        """All of both, sorted by place, or the first ones of too many."""
        problems = sorted(self.found | other.found)
        if len(problems) <= MAX_PROBLEMS:
            return problems
        first = problems[:MAX_PROBLEMS]
        return [*first, Problem(first[-1].place, "and more problems in this file", "mend these first")]


BREAK = re.compile(r"\r\n|\r|\n")


def place_at(name: str, text: str, index: int) -> Place:
    line, start = line_at(text, index)
    return Place(name, line, index - start + 1)


def line_at(text: str, index: int, line: int = 1, start: int = 0) -> tuple[int, int]:
    """The line in which a character stands, and where that line starts; counted from a line that is known already."""
    for found in BREAK.finditer(text, start, index):
        line, start = line + 1, found.end()
    return line, start


def shown(text: str) -> str:
    """A text for a message: one line, not too long."""
    line = " ".join(text.replace("`", "'").split())
    return f"`{line if len(line) <= 40 else line[:37] + '...'}`"
