"""Regular expressions, for shapes that words cannot express; each must run in linear time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import hyperscan
import regex

from ..errors import OptionError
from ..matcher import Kind, Matcher, Surroundings, Trigger, without_boundaries
from ..model import Match
from ..phrases import shortened
from ..text import Document

MAX_MATCHES = 200


@dataclass(frozen=True)
class Regex:
    """The matcher: `pattern` is looked for in the folded text, or in the text as written when `written` is set."""

    pattern: str
    written: bool = False

    @property
    def key(self) -> object:
        return ("regex", self.pattern, self.written)

    @property
    def trigger(self) -> Trigger | None:
        return Trigger(regexes=frozenset({self.pattern if not self.written else f"(?i){self.pattern}"}))

    @cached_property
    def compiled(self) -> regex.Pattern[str]:
        return regex.compile(self.pattern)

    def find(self, document: Document) -> Iterable[Match]:
        return list(self._find(document))

    def _find(self, document: Document) -> Iterator[Match]:
        string = document.text if self.written else document.folded.string
        for count, match in enumerate(self.compiled.finditer(string)):
            if match.end() == match.start():
                continue
            span = _without_spaces(match)
            start, end = span if self.written else document.folded.span(*span)
            capped = count >= MAX_MATCHES
            view = "text as written" if self.written else document.chain(start, end)
            yield Match(
                start, end, f"regex `{shortened(self.pattern)}` in {view}" + ", stopped at its limit" * capped, capped
            )
            if capped:
                return


def _without_spaces(match: regex.Match[str]) -> tuple[int, int]:
    """The span without spaces at its ends, which stand for boundaries; a match of nothing but spaces keeps them."""
    start, end = match.span()
    found: str = match[0]
    return (
        (start + len(found) - len(found.lstrip()), end - len(found) + len(found.rstrip()))
        if found.strip()
        else (start, end)
    )


def linear_time_problem(pattern: str) -> str:
    """Why hyperscan refuses a pattern, "" when it takes it: with a byte a character, and in Unicode, which takes more room."""
    unicode = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_UCP
    with ThreadPoolExecutor(2) as pool:  # hyperscan compiles without the interpreter's lock
        reasons = pool.map(_refusal, (pattern, without_boundaries(pattern)), (0, unicode))
        return next(filter(None, reasons), "")


def _refusal(pattern: str, flags: int) -> str:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(expressions=[pattern.encode()], ids=[0], flags=hyperscan.HS_FLAG_SINGLEMATCH | flags)
    except hyperscan.error as error:
        return str(error).rstrip(".")
    return ""


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher; refuses what does not compile, matches nothing or cannot run in linear time."""
    mapping = options if isinstance(options, dict) else {"pattern": options}
    pattern = mapping["pattern"]
    path = ("pattern",) if isinstance(options, dict) else ()
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise OptionError(f"`{pattern}` is not a regular expression: {error}", "", path) from None
    if compiled.match(""):
        raise OptionError(f"`{pattern}` matches the empty text", "make part of it required", path)
    known = surroundings.checked or surroundings.together
    if not known and (reason := linear_time_problem(pattern)):
        hint = "no look-around or back-references; write the context as `unless`, or use `near`"
        if "too large" in reason:
            hint = "shorten its repeats, such as `{0,40}`, or use `near`"
        raise OptionError(f"`{pattern}` cannot run in linear time: {reason}", hint, path)
    return Regex(pattern, bool(mapping.get("written")))


SCHEMA = {
    "description": "A regular expression over the folded text (lower case, accents and look-alikes folded, punctuation kept).",
    "type": ["string", "object"],
    "minLength": 1,
    "properties": {
        "pattern": {
            "type": "string",
            "minLength": 1,
            "description": "The expression; no look-around, no back-references.",
        },
        "written": {"type": "boolean", "description": "Look in the text as written, where case and accents count."},
    },
    "required": ["pattern"],
    "additionalProperties": False,
}
KIND = Kind("regex", "a regular expression", SCHEMA, build, r"regex: 'invoice #\d{4}'")
