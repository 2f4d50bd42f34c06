"""Strict YAML with a place for every value: text stays text, and what readers could disagree on is a problem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from .errors import Place, Problem

MAX_BYTES = 8 << 20
MAX_VALUES = 200_000
MAX_DEPTH = 60
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """A file that was read: its plain value, and where each value and each key stands."""

    name: str
    text: str
    value: Any
    places: Mapping[Path_, Place] = field(repr=False)
    key_places: Mapping[Path_, Place] = field(repr=False)

    def place(self, path: Sequence[str | int]) -> Place:
        """The place of a value, or of the nearest value above it."""
        known = tuple(path)
        while known and known not in self.places:
            known = known[:-1]
        return self.places.get(known, Place(self.name))

    def key_place(self, path: Sequence[str | int]) -> Place:
        """The place of the key under which a value stands."""
        return self.key_places.get(tuple(path)) or self.place(path)


# --- scalars --------------------------------------------------------------------------------------------------------

_TYPED = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_TRUTHS = {
    **dict.fromkeys(["yes", "y", "on", "true"], "true"),
    **dict.fromkeys(["no", "n", "off", "false"], "false"),
    "null": "null",
}
# What YAML 1.1 reads as a number, though it does not look like the number it reads: 010, 1_000, 0x1f, 1e3, 12:30, .inf
_NUMBERS = re.compile(
    r"[-+]?(?:0[0-7_]+|0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[0-9]+(?:_[0-9]+)+(?:\.[0-9_]*)?|\+[0-9.]+|[0-9][0-9_]*\.?[0-9]*[eE][-+]?[0-9]+|\.[0-9]+|[0-9]+\.|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
)


def _surprise(text: str) -> tuple[str, str] | None:
    """Why a plain scalar is refused, and how to write it."""
    if (meant := _TRUTHS.get(text.lower())) and text not in _TYPED:
        said = f"`{text}` is text here, but other YAML readers take it for `{meant}`"
        return said, f'write "{text}" in quotes if you mean the word, `{meant}` if you mean that'
    if _NUMBERS.fullmatch(text):
        return f"`{text}` is read as another number by other YAML readers", f'write "{text}" in quotes, or the plain number'
    if text in ("=", "<<"):
        return f"`{text}` has a special sense in YAML", f'write "{text}" in quotes'
    return None


def _scalar(node: Any) -> Any:
    text: str = node.value
    if node.style:
        return text
    if text in _TYPED:
        return _TYPED[text]
    if _INTEGER.fullmatch(text) and len(text) < 19:
        return int(text)
    if _DECIMAL.fullmatch(text) and len(text) < 19:
        return float(text)
    return text


# --- trees ----------------------------------------------------------------------------------------------------------


class _TooMuch(Exception):
    """More values than a policy can sensibly hold."""


@dataclass
class _Reading:
    """The walk over one composed document."""

    name: str
    most: int
    places: dict[Path_, Place] = field(default_factory=dict)
    key_places: dict[Path_, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open: set[int] = field(default_factory=set)
    seen: int = 0

    def problem(self, node: Any, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.at(node), message, hint))

    def at(self, node: Any) -> Place:
        return Place(self.name, node.start_mark.line + 1, node.start_mark.column + 1)

    def value(self, node: Any, path: Path_) -> Any:
        self.seen += 1
        if self.seen > self.most:
            self.problem(node, f"more than {self.most:,} values, aliases counted each time", "write less, and without aliases")
            raise _TooMuch
        self.places[path] = self.at(node)
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.startswith("tag:yaml.org,2002:python"):
            self.problem(node, f"the tag `{node.tag}` is not part of the language", "leave the tag out")
            return None
        if isinstance(node, yaml.ScalarNode):
            if not node.style and (found := _surprise(node.value)):
                self.problem(node, *found)
            return _scalar(node)
        if id(node) in self.open:
            self.problem(node, "this alias stands inside what it names", "write the values out")
            return None
        self.open.add(id(node))
        try:
            return self.mapping(node, path) if isinstance(node, yaml.MappingNode) else self.sequence(node, path)
        finally:
            self.open.discard(id(node))

    def sequence(self, node: Any, path: Path_) -> list[Any]:
        return [self.value(each, (*path, index)) for index, each in enumerate(node.value)]

    def mapping(self, node: Any, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node)
            if key is None:
                continue
            if key in found:
                hint = f"the first stands in line {lines[key]}; keep one of them"
                self.problem(key_node, f"`{key}` stands twice in this mapping", hint)
                continue
            lines[key] = key_node.start_mark.line + 1
            self.key_places[(*path, key)] = self.at(key_node)
            found[key] = self.value(value_node, (*path, key))
        return found

    def key(self, node: Any) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.problem(node, "a key is a list or a mapping", "keys are words; quote text that starts with `[` or `{`")
            return None
        if not node.style:
            if node.value == "<<":
                self.problem(node, "merge keys are not part of the language", "write the values out")
                return None
            if found := _surprise(node.value):
                self.problem(node, *found)
                return str(node.value)
            if not isinstance(_scalar(node), str):
                self.problem(node, f"the key `{node.value}` is no text", f'write "{node.value}" in quotes')
        return str(node.value)


# --- reading --------------------------------------------------------------------------------------------------------


def read(
    text: str, name: str, *, max_values: int = MAX_VALUES, max_bytes: int = MAX_BYTES
) -> tuple[Source | None, list[Problem]]:
    """Reads YAML text: the source, or None, and every problem found; raises nothing for bad input."""
    if found := _unreadable(text, name, max_bytes):
        return None, [found]
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        return None, [_yaml_problem(error, text, name)]
    except RecursionError:
        return None, [Problem(Place(name), "nested too deeply", f"at most {MAX_DEPTH} levels")]
    if node is None:
        return None, [Problem(Place(name), "the file is empty", "see rules/README.md for what to write")]
    reading = _Reading(name, max_values)
    try:
        value = reading.value(node, ())
    except _TooMuch:
        return None, reading.problems
    except RecursionError:
        return None, [*reading.problems, Problem(Place(name), "nested too deeply", f"at most {MAX_DEPTH} levels")]
    return Source(name, text, value, reading.places, reading.key_places), reading.problems


def _unreadable(text: str, name: str, max_bytes: int) -> Problem | None:
    """Text that must not even be parsed: too large, nested too deeply, or with characters that YAML refuses."""
    if len(text) > max_bytes:
        return Problem(Place(name), f"larger than {max_bytes >> 20} MiB", "split it into several files")
    if "\0" in text:
        return Problem(_place_of(name, text, text.index("\0")), "a NUL character", "save the file as UTF-8 text")
    for line, deep in _depths(text):
        if deep:
            return Problem(Place(name, line), "nested too deeply", f"at most {MAX_DEPTH} levels; close your brackets")
    return None


def _depths(text: str) -> Iterator[tuple[int, bool]]:
    """Lines whose indentation or brackets go deeper than any policy: parsers recurse on them."""
    brackets = 0
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_DEPTH:
            indent = len(line) - len(line.lstrip(" "))
            dashes = len(line) - len(line.lstrip(" -?:"))
            opened = line.count("[") + line.count("{")
            brackets = max(0, brackets + opened - line.count("]") - line.count("}"))
            yield number, indent > MAX_DEPTH * 10 or dashes > MAX_DEPTH * 4 or opened > MAX_DEPTH and brackets > MAX_DEPTH
        else:
            brackets = max(0, brackets + line.count("[") + line.count("{") - line.count("]") - line.count("}"))
            yield number, brackets > MAX_DEPTH * 10


def _place_of(name: str, text: str, position: int) -> Place:
    before = text[:position]
    return Place(name, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


_HINTS = (

    ("cannot start any token", "this character cannot start a value", "put the text in quotes"),
    ("mapping values are not allowed", "a colon inside plain text", "put the text in quotes"),
    ("found unexpected end of stream", "a quote that is not closed", "close it"),
    ("unexpected end of stream", "a quote or bracket that is not closed", "close it"),
    ("expected <block end>", "this line does not fit the indentation or list above", "line it up with its neighbours"),
    ("did not find expected '-' indicator", "this line does not fit the list above", "line it up with its neighbours"),
    ("did not find expected key", "this line does not fit the mapping above", "line it up, and quote text with special signs"),
    ("could not find expected ':'", "a key without a colon", "write `key: value`"),
    ("expected ',' or ']'", "a list in brackets that goes wrong here", "separate by commas, quote text with special signs"),
    ("expected ',' or '}'", "a mapping in braces that goes wrong here", "separate by commas, quote text that starts with `{`"),
    ("undefined alias", "an alias that names nothing", "put text that starts with `*` in quotes"),
    ("but found another document", "a second document", "keep one document a file; leave out `---`"),
    ("found unknown escape", "an unknown escape in double quotes", "use single quotes"),
)


def _yaml_problem(error: yaml.YAMLError, text: str, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
    if isinstance(error, yaml.reader.ReaderError):
        place = _place_of(name, text, int(error.position)) if isinstance(error.position, int) else place
        return Problem(place, "a character that YAML does not allow", "remove control characters")
    said = str(error)
    for sign, message, hint in _HINTS:
        if sign in said:
            return Problem(place, message, hint)
    reason = getattr(error, "problem", None) or said.splitlines()[0]
    return Problem(place, f"this is not YAML: {reason}", "check the indentation and the quotes")


def read_file(file: Path | Traversable, name: str | None = None, **limits: int) -> tuple[Source | None, list[Problem]]:
    """Reads a file as `read` does; a file that is missing, unreadable, too large or not UTF-8 is a problem too."""
    shown = name if name is not None else str(file)
    most = limits.get("max_bytes", MAX_BYTES)
    try:
        if isinstance(file, Path) and file.is_file() and file.stat().st_size > most:
            return None, [Problem(Place(shown), f"larger than {most >> 20} MiB", "split it into several files")]
        raw = file.read_bytes()
    except FileNotFoundError:
        return None, [Problem(Place(shown), "no such file", "check the spelling of the path")]
    except IsADirectoryError:
        return None, [Problem(Place(shown), "this is a folder", "name a file in it")]
    except OSError as error:
        return None, [Problem(Place(shown), f"cannot be read: {error.strerror}", "check the permissions")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        return None, [Problem(_place_of(shown, before + "?", len(before)), "not UTF-8 from here on", "save the file as UTF-8")]
    return read(text, shown, **limits)


# --- showing --------------------------------------------------------------------------------------------------------

_WIDTH = 110


def excerpt(source_text: str, place: Place, *, context: int = 2) -> str:
    """The lines round a place with their numbers, and a caret under its column."""
    lines = source_text.split("\n")
    first, last = max(1, place.line - context), min(len(lines), place.line + context)
    gutter = len(str(last))
    shown = []
    for number in range(first, last + 1):
        line = lines[number - 1].expandtabs(4)
        clip = max(0, place.column - _WIDTH // 2) if number == place.line and place.column > _WIDTH else 0
        shown.append(f"  {number:>{gutter}} | {line[clip : clip + _WIDTH]}".rstrip())
        if number == place.line:
            before = lines[number - 1][: place.column - 1].expandtabs(4)[clip:]
            shown.append(f"  {'':>{gutter}} | {' ' * sum(map(_cells, before))}^")
    return "\n".join(shown)


def _cells(char: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
