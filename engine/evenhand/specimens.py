"""Specimens on disk: texts made from the rules, each with what its rule finds in it, in a file a pack.

A line that begins at the margin names a rule; the lines below it, set in, are its texts, with `[[marks]]` round what is
found. A text without marks is one in which the rule finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from .errors import Place, PolicyError, Problem
from .parsed import ParsedPolicy, Sample
from .samples import read_sample

Spans = tuple[tuple[int, int], ...]
_INDENT = "  "
_HEAD = "# Texts made from the rules by `evenhand specimens --write`, with [[marks]] round what each rule finds.\n"


@dataclass(frozen=True, slots=True)
class Specimen:
    """A text made from a rule, and the spans that the rule finds in it."""

    rule: str
    text: str
    spans: Spans


def read_specimens(parsed: ParsedPolicy) -> dict[str, list[Sample]]:
    """The specimens of a policy by the id of their rule; raises `PolicyError` for lines that cannot be used."""
    known = {rule.id for rule in parsed.rules}
    found: dict[str, list[Sample]] = {}
    problems: list[Problem] = []
    for name, file in parsed.specimens.values():
        if not file.is_file():
            continue
        rule = ""
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            place = Place(name, number)
            if not line.startswith(_INDENT):
                rule = "" if line.startswith("#") else line.strip()
                if rule and rule not in known:
                    problems.append(Problem(place, f"no rule `{rule}`", _HINT))
            elif rule:
                try:
                    found.setdefault(rule, []).append(read_sample(line.removeprefix(_INDENT), place, marks=True))
                except ValueError as error:
                    problems.append(Problem(place, str(error), _HINT))
    if problems:
        raise PolicyError(problems)
    return found


_HINT = "run `evenhand specimens --write`"


def written(specimens: Iterable[Specimen]) -> Iterator[str]:
    """The lines of a file of specimens; those of a rule stand together."""
    yield _HEAD
    for rule, several in groupby(specimens, lambda each: each.rule):
        yield f"{rule}\n"
        yield from (f"{_INDENT}{marked(each.text, each.spans)}\n" for each in several)


def texts_of(content: str) -> set[str]:
    """The texts in a file's content, with their marks."""
    return {line for line in content.splitlines() if line.startswith(_INDENT)}


def marked(text: str, spans: Spans) -> str:
    """The text with `[[marks]]` round the spans."""
    pieces, last = [], 0
    for start, end in sorted(spans):
        pieces += [text[last:start], "[[", text[start:end], "]]"]
        last = end
    return "".join([*pieces, text[last:]])
