"""Places and problems: what is wrong, where, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a value stands in a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong at a place.

    `message` starts in lower case, puts names in backticks and has no final stop; `hint` says how to mend it.
    """

    place: Place
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class EvenhandError(Exception):
    """Every error that a caller of evenhand can mend."""


class PolicyError(EvenhandError):
    """A policy that does not load; `problems` holds everything that is wrong with it, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class InputError(EvenhandError, ValueError):
    """Something passed to a public call that cannot be used; the message says what to pass instead."""


class OptionError(Exception):
    """Raised by a kind's `build` for an option it cannot use; the loader turns it into a `Problem` at its place."""

    def __init__(self, message: str, hint: str = "", path: Sequence[str | int] = ()) -> None:
        super().__init__(message)
        self.message, self.hint, self.path = message, hint, tuple(path)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the known word closest to `name`, or lists the known words when they are few."""
    words = sorted(set(known))
    if close := difflib.get_close_matches(name, words, n=1, cutoff=0.6):
        return f"did you mean `{close[0]}`?"
    if 0 < len(words) <= 24:
        return "known: " + ", ".join(f"`{word}`" for word in words)
    return ""
