"""What the parser of YAML complains of, in our words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from ..errors import Place
from .places import BREAK, place_at, shown

MAX_DEPTH = 60
TOO_DEEP = (
    f"nested more than {MAX_DEPTH} levels deep",
    "close the brackets; put text that starts with `[` or `{` in quotes",
)


@dataclass(frozen=True, slots=True)
class _Stumble:
    """Where the parser gave up (`at`), where that which it was reading starts (`opened`), and what came before."""

    name: str
    text: str
    last: Any  # the last event
    unclosed: tuple[str, Place] | None  # the kind and place of the list or mapping that is open
    said: str
    at: Any
    opened: Any

    def place(self, mark: Any) -> Place:
        """The place of a mark; libyaml puts the end of a file without a last line break on a line that is not there."""
        if mark.index >= len(self.text):
            return place_at(self.name, self.text, len(self.text))
        return Place(self.name, mark.line + 1, mark.column + 1)

    @property
    def here(self) -> Place:
        return self.place(self.at)

    @property
    def there(self) -> Place:
        return self.place(self.opened)

    @property
    def char(self) -> str:
        return self.text[self.at.index : self.at.index + 1]

    @property
    def sign(self) -> str:
        """The character with which that which was being read starts."""
        return self.text[self.opened.index : self.opened.index + 1]

    @property
    def before(self) -> str:
        """The line up to where the parser gave up."""
        return self.text[self.at.index - self.at.column : self.at.index]

    @property
    def scalar(self) -> Any:
        """The scalar that ends right before, if there is one."""
        return self.last if isinstance(self.last, yaml.ScalarEvent) else None

    @property
    def since(self) -> str:
        return f"line {self.there.line}"


Explanation = tuple[Place, str, str]  # the place, the message, the hint
_QUOTE_IT = "put the text in quotes"


def explain(
    name: str, text: str, last: Any, unclosed: tuple[str, Place] | None, error: yaml.MarkedYAMLError
) -> Explanation:
    """The parser's complaint in our words: `last` is the event before it, `unclosed` what is open there."""
    marks: list[Any] = [mark for mark in (error.problem_mark, error.context_mark) if mark]
    if not marks:
        return Place(name), f"this is not YAML: {error.problem}", "check indentation and quotes"
    said = f"{error.context or ''}: {error.problem or ''}"
    return _explanation(_Stumble(name, text, last, unclosed, said, marks[0], marks[-1]))


def _explanation(s: _Stumble) -> Explanation:
    for pattern, told in _COMPLAINTS:
        if pattern.search(s.said):
            return told(s)
    return s.here, f"this is not YAML: {s.said.rpartition(': ')[2]}", "check indentation and quotes"


def _tab(s: _Stumble) -> Explanation:
    return s.here, "a tab in the indentation", "indent with spaces"


def _start(s: _Stumble) -> Explanation:
    if s.char == "\t":
        return _tab(s)
    sign = "a backtick" if s.char == "`" else f"`{s.char}`"
    return s.here, f"text cannot start with {sign}", _QUOTE_IT


def _colon(s: _Stumble) -> Explanation:
    if re.search(r":\s", s.before):
        return s.here, "a second colon in one entry", "put the text in quotes, from its start to its end"
    hint = "line the key up with its neighbours; text with `: ` in it belongs in quotes"
    return s.here, "a colon in a line that continues the text above it", hint


def _no_colon(s: _Stumble) -> Explanation:
    line = BREAK.split(s.text[s.opened.index : s.at.index], maxsplit=1)[0]
    if glued := re.match(r"([\w.-]+):(?!/)(\S.*)", line):
        return (
            s.there,
            f"no space after the colon of {shown(glued[0])}",
            f"write {shown(f'{glued[1]}: {glued[2]}')}",
        )
    hint = "write `key: value`; text of several lines belongs in quotes or below `|`"
    return s.there, f"no colon after {shown(line)}", hint


def _unclosed_quote(s: _Stumble) -> Explanation:
    also = ", and write an apostrophe in the text as `''`" if s.sign == "'" else ""
    return s.there, f"the text that starts with `{s.sign}` here is never closed", f"close it with `{s.sign}`{also}"


def _mark_in_quotes(s: _Stumble) -> Explanation:
    message = f"a line `{s.text[s.at.index : s.at.index + 3]}` inside the text that starts on {s.since}"
    return s.here, message, f"close the text with `{s.sign}`, or indent this line"


def _escape(s: _Stumble) -> Explanation:
    start = s.text.rfind("\\", 0, s.at.index + 1)
    written = re.match(r"\\[xuU]\w*|\\.?", s.text[start : start + 12], re.S)
    escape = shown(written[0] if written else "")
    if "unknown" not in s.said:
        return s.here, f"{escape} is no character", "write the character itself; single quotes keep a backslash"
    hint = "use single quotes, where a backslash is a backslash, or write two of them"
    return s.here, f"{escape} means nothing in double quotes", hint


def _entry(s: _Stumble) -> Explanation:
    hint = "start the list on the next line, or put text that starts with `-` in quotes"
    return s.here, "a list cannot start on the line of its key", hint


def _no_value(s: _Stumble) -> Explanation:
    if not s.char and s.unclosed:
        return _unclosed(*s.unclosed)
    if s.char in ("]", "}"):
        return s.here, f"`{s.char}` closes nothing", f"delete it, or {_QUOTE_IT}"
    return s.here, f"text cannot start with `{s.char}`", _QUOTE_IT


def _unclosed(what: str, place: Place) -> Explanation:
    sign, end = "[]" if what == "list" else "{}"
    return place, f"the {what} that starts with `{sign}` here is never closed", f"close it with `{end}`"


def _in_brackets(s: _Stumble) -> Explanation:
    """A list or mapping in brackets that does not go on as it should."""
    end, what = ("]", "list") if s.sign == "[" else ("}", "mapping")
    if not s.char:
        return _unclosed(what, s.there)
    if s.char == ":" and s.at.line > s.opened.line:
        message = f"the {what} in brackets from {s.since} is not closed before this colon"
        return s.here, message, f"close it with `{end}`, and put text with `: ` in quotes"
    if s.char == ":":
        message = f"a colon that does not belong in the {what} in brackets from {s.since}"
        return s.here, message, f"put text with `: ` in quotes, and close the {what} with `{end}`"
    if s.before[-1:] in ("'", '"') or s.before.rstrip()[-1:] in ("}", "]"):
        return _goes_on(s)
    message = f"`,` or `{end}` is missing before this, in the {what} from {s.since}"
    return s.here, message, "put commas between the parts, and text with `[`, `{` or quotes inside in quotes"


def _goes_on(s: _Stumble) -> Explanation:
    """Text after a closing quote or bracket."""
    closing = s.before.rstrip()[-1:]
    if s.char in ("]", "}"):
        return s.here, f"`{s.char}` closes nothing", f"delete it, or {_QUOTE_IT}"
    if closing in ("}", "]"):
        sign, what = ("{", "a mapping") if closing == "}" else ("[", "a list")
        return s.here, f"text goes on after `{closing}`", f"{_QUOTE_IT}: what starts with `{sign}` is read as {what}"
    inside, other = ("`''`", "double") if closing == "'" else ('`\\"`', "single")
    if s.scalar and s.scalar.start_mark.line < s.at.line:
        message = f"the text that starts with `{closing}` here is closed only on line {s.here.line}"
        return (
            s.place(s.scalar.start_mark),
            message,
            f"close it on its line; a `{closing}` inside is written as {inside}",
        )
    return (
        s.here,
        f"text goes on after the closing `{closing}`",
        f"put the whole text in {other} quotes, or write `{closing}` inside it as {inside}",
    )


def _misfit(s: _Stumble) -> Explanation:
    """A line that fits neither what stands above it nor what that belongs to."""
    if s.before.rstrip()[-1:] in ("'", '"', "}", "]") and s.before.strip():
        return _goes_on(s)
    if s.char == ":":
        return s.here, "a key is missing before the colon", "write `key: value`"
    mapping = "mapping" in s.said
    if s.at.column == s.opened.column:
        if mapping:
            hint = "a list stands below a key of its own, such as `words:`"
            return s.here, "a list item where a key should stand", hint
        hint = "start the line with `- `, or indent it as far as the item above"
        return s.here, "a key where a list item should stand", hint
    if s.scalar and s.scalar.style in ("|", ">"):
        hint = f"indent all lines of the text below `{s.scalar.style}` as far as its first"
        return s.here, "this line leaves the text above it", hint
    parts = "keys" if mapping else "items"
    what = "mapping" if mapping else "list"
    hint = f"the {parts} of the {what} from {s.since} start in column {s.opened.column + 1}"
    return s.here, "this line does not line up with those above it", hint


def _after_the_end(s: _Stumble) -> Explanation:
    if s.before.rstrip()[-1:] in ("'", '"', "}", "]"):
        return _goes_on(s)
    return s.here, "this stands after the end of what the file says", "a file holds one mapping or one list"


# libyaml's complaints, and PyYAML's own where they differ; the first that fits.
_COMPLAINTS: Sequence[tuple[re.Pattern[str], Callable[[_Stumble], Explanation]]] = [
    (re.compile(pattern), told)
    for pattern, told in (
        ("nesting depth", lambda s: (s.here, *TOO_DEEP)),  # libyaml looks ahead
        ("tab character", _tab),
        ("cannot start any token", _start),
        ("mapping values are not allowed", _colon),
        ("could not find expected ':'", _no_colon),
        ("unexpected ':'", lambda s: (s.here, "a colon inside plain text in brackets", _QUOTE_IT)),
        ("found unexpected end of stream", _unclosed_quote),
        ("found unexpected document", _mark_in_quotes),
        ("unknown escape|hexa?decimal number|character escape", _escape),
        ("sequence entries are not allowed", _entry),
        ("mapping keys are not allowed", lambda s: (s.here, "text cannot start with `? `", _QUOTE_IT)),
        ("node content", _no_value),
        ("expected ',' or", _in_brackets),
        ("block (mapping|collection)", _misfit),
        (
            "block scalar",
            lambda s: (s.there, f"text cannot start with `{s.sign}`", f"{_QUOTE_IT}, or start it in the next line"),
        ),
        ("(alias|anchor): ", lambda s: (s.there, f"text cannot start with `{s.sign}`", _QUOTE_IT)),
        (
            "directive|incompatible YAML",
            lambda s: (s.there, "directives are not read here", "put text that starts with `%` in quotes"),
        ),
        ("tag|node: ", lambda s: (s.there, "tags are not read here", "put text that starts with `!` in quotes")),
        ("document start", _after_the_end),
    )
]
