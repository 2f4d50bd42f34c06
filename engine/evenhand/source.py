"""Strict YAML: what a file says as plain values, each with its place; what readers could disagree on is a problem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import yaml

from .errors import Place, Problem

MAX_BYTES = 8 * 1024 * 1024
MAX_VALUES = 200_000
MAX_DEPTH = 60
MAX_PROBLEMS = 100

Keys = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may have been built without libyaml


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its plain value, and where every value and every key stands.

    `name` is how the file is called in places. A path is made of keys and indexes: `("rules", 0, "id")`. What an alias
    holds stands where it is written, at the anchor; the alias itself stands where it is used.
    """

    name: str
    text: str = field(repr=False)
    value: Any
    places: Mapping[Keys, Place] = field(repr=False)
    key_places: Mapping[Keys, Place] = field(repr=False)

    def place(self, path: Iterable[str | int]) -> Place:
        """The place of a value; of the nearest value above it where there is none."""
        known = tuple(path)
        while known and known not in self.places:
            known = known[:-1]
        return self.places.get(known, Place(self.name))

    def key_place(self, path: Iterable[str | int]) -> Place:
        """The place of the key of an entry; of the nearest value where the path does not end in a key."""
        wanted = tuple(path)
        return self.key_places.get(wanted) or self.place(wanted)


# --- reading --------------------------------------------------------------------------------------------------------


def read(
    text: str, name: str, *, max_values: int = MAX_VALUES, max_bytes: int = MAX_BYTES
) -> tuple[Source | None, list[Problem]]:
    """Reads YAML; never raises for what stands in it.

    Gives every problem that can be found in one go, sorted by place. There is a source, too, where the structure could
    be read to its end: what is refused in it stays the text that was written, so that further checks can go on.
    """
    text = text.removeprefix("\ufeff")
    if found := [*_too_large(text, name, max_bytes)] or [*_bad_characters(text, name)]:
        return None, found
    composer = _Composer(name, max_values, text, _Problems())
    whole = composer.compose()
    builder = _Builder(_Problems(), whole)
    value = builder.value(composer.root, ()) if composer.root else None
    problems = composer.problems.and_those_of(builder.problems)
    if not whole or composer.root is None:
        return None, problems
    return Source(name, text, value, builder.places, builder.key_places), problems


def read_file(
    path: Path | Traversable, name: str | None = None, *, max_values: int = MAX_VALUES, max_bytes: int = MAX_BYTES
) -> tuple[Source | None, list[Problem]]:
    """Reads a file as `read` does; one that is missing, no text, too large or not UTF-8 is a problem as well."""
    shown = str(path) if name is None else name
    raw = _bytes_of(path, shown, max_bytes)
    if isinstance(raw, Problem):
        return None, [raw]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [_not_utf8(raw, error.start, shown)]
    return read(text, shown, max_values=max_values, max_bytes=max_bytes)


def _bytes_of(path: Path | Traversable, name: str, max_bytes: int) -> bytes | Problem:
    """The bytes of a file; never more of them than are allowed, whatever the file says about its size."""
    place = Place(name)
    try:
        if path.is_dir():
            return Problem(place, "this is a folder", "name a file in it")
        if isinstance(path, Path) and path.exists() and not path.is_file():  # a pipe would wait for ever
            return Problem(place, "this is not a regular file", "name a file with text in it")
        with path.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
    except FileNotFoundError:
        return Problem(place, "there is no such file", "check the spelling of the path")
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return Problem(place, f"the file cannot be read: {reason}", "check its permissions")
    return raw if len(raw) <= max_bytes else _large(name, max_bytes)


def _not_utf8(raw: bytes, position: int, name: str) -> Problem:
    hint = "save the file as UTF-8"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Problem(Place(name), "the file is in UTF-16", hint)
    before = raw[:position].decode("utf-8").removeprefix("\ufeff")
    message = f"byte {position + 1:,} of the file (0x{raw[position]:02X}) is not UTF-8"
    return Problem(_place_at(name, before, len(before)), message, hint)


def _large(name: str, max_bytes: int) -> Problem:
    most = f"{max_bytes / 2**20:g} MiB" if max_bytes >= 2**20 else f"{max_bytes:,} bytes"
    return Problem(Place(name), f"the file is larger than {most}", "split it into several files")


def _too_large(text: str, name: str, max_bytes: int) -> Iterator[Problem]:
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        yield _large(name, max_bytes)


# What YAML forbids, and the line breaks that only YAML 1.1 knows and that no editor shows: U+0085, U+2028, U+2029.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _bad_characters(text: str, name: str) -> Iterator[Problem]:
    line, start = 1, 0
    for found in islice(_FORBIDDEN.finditer(text), 10):
        line, start = _line_at(text, found.start(), line, start)
        place, code = Place(name, line, found.start() - start + 1), ord(found[0])
        if code == 0:
            yield Problem(place, "a NUL character (U+0000)", "save the file as plain text in UTF-8")
            return
        hint = "delete it" if 0xD800 <= code <= 0xDFFF else f'delete it, or write "\\u{code:04x}" in quotes'
        yield Problem(place, f"the character U+{code:04X} cannot stand here", hint)


@dataclass(slots=True)
class _Problems:
    """What was found, each once; a file that is wrong on every line is told so once."""

    found: set[Problem] = field(default_factory=set)

    def add(self, place: Place, message: str, hint: str) -> None:
        if len(self.found) <= MAX_PROBLEMS:
            self.found.add(Problem(place, message, hint))

    def and_those_of(self, other: _Problems) -> list[Problem]:
        """All of both, sorted by place, or the first ones of too many."""
        problems = sorted(self.found | other.found)
        if len(problems) <= MAX_PROBLEMS:
            return problems
        first = problems[:MAX_PROBLEMS]
        return [*first, Problem(first[-1].place, "and more problems in this file", "mend these first")]


_BREAK = re.compile(r"\r\n|\r|\n")


def _place_at(name: str, text: str, index: int) -> Place:
    line, start = _line_at(text, index)
    return Place(name, line, index - start + 1)


def _line_at(text: str, index: int, line: int = 1, start: int = 0) -> tuple[int, int]:
    """The line in which a character stands, and where that line starts; counted from a line that is known already."""
    for found in _BREAK.finditer(text, start, index):
        line, start = line + 1, found.end()
    return line, start


def _shown(text: str) -> str:
    """A text for a message: one line, not too long."""
    line = " ".join(text.replace("`", "'").split())
    return f"`{line if len(line) <= 40 else line[:37] + '...'}`"


# --- scalars: plain text that other readers take for something else -------------------------------------------------

_TYPED: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
# No more digits than other readers of YAML and JSON keep.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,22}")


def _typed(text: str) -> bool | int | float | str | None:
    """The value of a plain scalar."""
    if text in _TYPED:
        return _TYPED[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


_WORDS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("true", "yes", "y", "on"), ("true", "the truth value")),
    **dict.fromkeys(("false", "no", "n", "off"), ("false", "the truth value")),
    "null": ("null", "no value"),
}


def _sixties(digits: str) -> float:
    """`12:30` counts in sixties."""
    total = 0.0
    for part in digits.lstrip("+-").split(":"):
        total = total * 60 + float(part)
    return -total if digits.startswith("-") else total


# What YAML 1.1 (octal, in sixties, with underscores) or 1.2 (0o17, 1e3, 08) makes of plain text; the first that fits.
_NUMBERS: Sequence[tuple[re.Pattern[str], Callable[[str], float]]] = [
    (re.compile(r"[-+]?0[0-7_]+|0o[0-7]+"), lambda digits: int(digits.replace("o", ""), 8)),
    (re.compile(r"[-+]?0b[01_]+"), lambda digits: int(digits, 2)),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]+"), lambda digits: int(digits, 16)),
    (re.compile(r"[-+]?(?:[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)"), _sixties),
    (re.compile(r"[-+]?[0-9][0-9_]*"), int),
    (re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), lambda digits: float(digits.replace(".", ""))),
]
_ISO_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ].*)?")  # staff write dates unquoted: they stay text
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*")


def _other_number(text: str) -> str | None:
    """The number that another reader takes a plain text for."""
    for pattern, convert in _NUMBERS:
        if pattern.fullmatch(text):
            try:
                number = f"{convert(text.replace('_', '')):.15g}" if len(text) <= 40 else ""
            except (ValueError, OverflowError):  # `0x_`
                number = ""
            return number if _INTEGER.fullmatch(number) or _DECIMAL.fullmatch(number) else "a number"
    return None


def _surprise(text: str) -> tuple[str, str] | None:
    """Why a plain scalar that is not typed here is refused all the same, and how to write it."""
    quoted = _in_quotes(text)
    if found := _WORDS.get(text.lower()):
        meant, sense = found
        return _taken(text, meant), f"{quoted} if you mean the word, `{meant}` if you mean {sense}"
    if text in ("=", "<<"):
        return f"`{text}` has a sense of its own for other YAML readers", quoted
    if text[:1] not in "+-.0123456789":
        return None
    if number := _other_number(text):
        mean = "" if number == "a number" else f" if you mean the text, `{number}` if you mean the number"
        return _taken(text, number), quoted + mean
    if _TIME.fullmatch(text) and not _ISO_TIME.fullmatch(text):
        return _taken(text, "a time"), f"{quoted}, or as in `2026-03-01`"
    return None


def _in_quotes(text: str) -> str:
    return f'write "{text}" in quotes' if len(text) <= 40 else "write it in quotes"


def _taken(text: str, other: str) -> str:
    return f"{_shown(text)} is text here, but other YAML readers take it for {other}"


# --- composing: events to a tree, refusing what must not be walked --------------------------------------------------


@dataclass(slots=True)
class _Node:
    """A value as it is written. `parts` are the items of a list, keys and values of a mapping, or what an alias names.

    `size` counts the values below, those of aliases again each time; `height` the levels.
    """

    kind: str
    place: Place
    text: str = ""
    plain: bool = False
    parts: list[_Node] = field(default_factory=list)
    size: int = 1
    height: int = 1


_TOO_DEEP = (
    f"nested more than {MAX_DEPTH} levels deep",
    "close the brackets; put text that starts with `[` or `{` in quotes",
)
_ITEM = re.compile(r"[\r\n][ \t]*(-)\s")
_HALF = re.compile("[\ud800-\udfff]")


class _Stop(Exception):
    """What follows cannot be read."""


@dataclass(slots=True)
class _Composer:
    """Makes a tree of the parser's events; the limits hold before anything is built, so a bomb costs nothing."""

    name: str
    max_values: int
    text: str
    problems: _Problems
    root: _Node | None = None
    open: list[_Node] = field(default_factory=list)
    anchors: dict[str, _Node] = field(default_factory=dict)
    unused: dict[str, Place] = field(default_factory=dict)
    values: int = 0
    last: Any = None

    def compose(self) -> bool:
        """Whether the text could be read to its end."""
        try:
            for event in yaml.parse(self.text, Loader=_Loader):
                self.take(event)
        except _Stop:
            return False
        except yaml.MarkedYAMLError as error:
            self.problems.add(*_explain(self, error))
            return False
        except (yaml.YAMLError, ValueError, OverflowError):  # PyYAML without libyaml, on escapes of no character
            place = self.at(self.last) if self.last else Place(self.name)
            self.problems.add(place, "the file cannot be read any further", "check quotes and escapes")
            return False
        for anchor, place in self.unused.items():
            self.problems.add(place, f"nothing uses the anchor `&{anchor}`", "put text that starts with `&` in quotes")
        if self.root is None or (self.root.plain and not self.root.text):
            self.problems.add(Place(self.name), "the file is empty", "write the policy in it, or delete it")
            return False
        return True

    def at(self, event: Any) -> Place:
        return Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def stop(self, place: Place, message: str, hint: str) -> None:
        self.problems.add(place, message, hint)
        raise _Stop

    def take(self, event: Any) -> None:
        self.last = event
        match event:
            case yaml.ScalarEvent():
                self.scalar(event)
            case yaml.MappingStartEvent():
                self.begin(event, "mapping")
            case yaml.SequenceStartEvent():
                self.begin(event, "list")
            case yaml.CollectionEndEvent():
                self.end()
            case yaml.AliasEvent():
                self.alias(event)
            case yaml.DocumentStartEvent():
                self.document(event)

    def scalar(self, event: Any) -> None:
        place, plain = self.at(event), not event.style  # libyaml says "" for plain, PyYAML None
        if plain and event.start_mark.line < event.end_mark.line:
            self.check_lines(event)
        if event.style == '"' and (half := _HALF.search(event.value)):  # libyaml refuses these itself
            self.problems.add(place, f"the character U+{ord(half[0]):04X} cannot stand here", "write whole characters")
        node = _Node("text", place, event.value, plain)
        self.add(node)
        self.check_marks(event, node)

    def check_lines(self, event: Any) -> None:
        """Plain text swallows a list below it that is indented too deeply."""
        mark = event.start_mark
        if item := _ITEM.search(self.text, mark.index, event.end_mark.index):
            line, start = _line_at(self.text, item.start(1), mark.line + 1, mark.index - mark.column)
            message = f"this `-` starts no item: the text that starts on line {mark.line + 1} goes on here"
            hint = "line it up with the item or below the key that it belongs to, or put the text in quotes"
            self.problems.add(Place(self.name, line, item.start(1) - start + 1), message, hint)

    def document(self, event: Any) -> None:
        place = self.at(event)
        if self.root is not None:
            self.stop(place, "a second document starts here", "keep one document in a file, without `---` inside")
        if event.version or event.tags:
            self.problems.add(place, "directives are not read here", "delete the lines that start with `%`")

    def add(self, node: _Node) -> None:
        """Hangs a node into the tree."""
        parent = self.open[-1] if self.open else None
        if parent is not None and parent.kind == "mapping" and len(parent.parts) % 2 == 0:
            self.check_key(node)
        else:
            self.values += node.size
        if parent is None:
            self.root = node
        else:
            parent.parts.append(node)
            parent.height = max(parent.height, node.height + 1)
        if self.values > self.max_values:
            hint = "split the file into several" if node.kind != "alias" else "write the values out instead of `*`"
            self.stop(node.place, f"the file comes to more than {self.max_values:,} values here", hint)

    def check_key(self, node: _Node) -> None:
        if node.kind != "text":
            what = {"list": "a list", "mapping": "a mapping", "alias": "an alias"}[node.kind]
            hint = "keys are words; put text that starts with `[`, `{` or `*` in quotes"
            self.problems.add(node.place, f"{what} cannot be a key", hint)

    def check_marks(self, event: Any, node: _Node) -> None:
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.problems.add(
                node.place, f"tags such as {_shown(tag)} are not read here", "put text that starts with `!` in quotes"
            )
        if event.anchor is not None:
            if event.anchor in self.anchors:
                self.problems.add(node.place, f"the anchor `&{event.anchor}` is there twice", "give each its own name")
            self.anchors[event.anchor] = node
            self.unused[event.anchor] = node.place

    def begin(self, event: Any, kind: str) -> None:
        node = _Node(kind, self.at(event))
        if len(self.open) >= MAX_DEPTH:
            self.too_deep(node.place)
        self.add(node)
        self.check_marks(event, node)
        self.open.append(node)
        node.size = self.values  # until its end: how many there were before

    def end(self) -> None:
        node = self.open.pop()
        node.size = self.values - node.size + 1
        if self.open:
            self.open[-1].height = max(self.open[-1].height, node.height + 1)

    def alias(self, event: Any) -> None:
        place, name = self.at(event), event.anchor
        target = self.anchors.get(name)
        self.unused.pop(name, None)
        if target is None:
            hint = f"put text that starts with `*` in quotes, or write `&{name}` where the value stands first"
            self.problems.add(place, f"`*{name}` names nothing", hint)
            self.add(_Node("text", place, f"*{name}"))
        elif any(target is node for node in self.open):
            self.stop(place, f"`*{name}` stands inside what it names", "write the values out")
        elif len(self.open) + target.height > MAX_DEPTH:
            self.too_deep(place)
        else:
            self.add(_Node("alias", place, name, False, [target], target.size, target.height))

    def too_deep(self, place: Place) -> None:
        self.stop(place, *_TOO_DEEP)


# --- building: the tree to plain values -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Builder:
    """Makes plain values of a tree and notes their places.

    A tree that was cut short is walked for its problems only; not through aliases, which may be a bomb.
    """

    problems: _Problems
    whole: bool
    places: dict[Keys, Place] = field(default_factory=dict)
    key_places: dict[Keys, Place] = field(default_factory=dict)

    def value(self, node: _Node, path: Keys) -> Any:
        self.places.setdefault(path, node.place)
        match node.kind:
            case "list":
                return [self.value(part, (*path, index)) for index, part in enumerate(node.parts)]
            case "mapping":
                return self.mapping(node, path)
            case "alias":
                return self.value(node.parts[0], path) if self.whole else None
        return self.scalar(node)

    def mapping(self, node: _Node, path: Keys) -> dict[str, Any]:
        found: dict[str, Any] = {}
        first: dict[str, Place] = {}
        for key, part in zip_longest(node.parts[::2], node.parts[1::2]):
            if key.kind != "text":
                continue
            self.key(key)
            inner = (*path, key.text)
            self.key_places.setdefault(inner, key.place)
            value = self.value(part, inner) if part else None
            if key.text in first:
                hint = f"the first stands on line {first[key.text].line}; keep one of them"
                self.problems.add(key.place, f"the key {_shown(key.text)} stands here a second time", hint)
            else:
                found[key.text], first[key.text] = value, key.place
        return found

    def key(self, node: _Node) -> None:
        if not node.plain:
            return
        if node.text == "<<":
            self.problems.add(node.place, "merge keys (`<<`) are not read here", "write the entries out")
        elif not node.text:
            self.problems.add(node.place, "a key is missing before the colon", "write `key: value`")
        elif not isinstance(_typed(node.text), str):
            self.problems.add(node.place, f"the key `{node.text}` is not text", _in_quotes(node.text))
        elif found := _surprise(node.text):
            self.problems.add(node.place, found[0], _in_quotes(node.text))

    def scalar(self, node: _Node) -> Any:
        if not node.plain:
            return node.text
        value = _typed(node.text)
        if isinstance(value, str) and (found := _surprise(value)):
            self.problems.add(node.place, *found)
        return value


# --- explaining: the parser's complaints in our words ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stumble:
    """Where the parser gave up (`at`), where that which it was reading starts (`opened`), and what came before."""

    composer: _Composer
    said: str
    at: Any
    opened: Any

    def place(self, mark: Any) -> Place:
        """The place of a mark; libyaml puts the end of a file without a last line break on a line that is not there."""
        if mark.index >= len(self.text):
            return _place_at(self.composer.name, self.text, len(self.text))
        return Place(self.composer.name, mark.line + 1, mark.column + 1)

    @property
    def here(self) -> Place:
        return self.place(self.at)

    @property
    def there(self) -> Place:
        return self.place(self.opened)

    @property
    def text(self) -> str:
        return self.composer.text

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
        return self.composer.last if isinstance(self.composer.last, yaml.ScalarEvent) else None

    @property
    def since(self) -> str:
        return f"line {self.there.line}"


Explanation = tuple[Place, str, str]  # the place, the message, the hint
_QUOTE_IT = "put the text in quotes"


def _explain(composer: _Composer, error: yaml.MarkedYAMLError) -> Explanation:
    marks: list[Any] = [mark for mark in (error.problem_mark, error.context_mark) if mark]
    if not marks:
        return Place(composer.name), f"this is not YAML: {error.problem}", "check indentation and quotes"
    said = f"{error.context or ''}: {error.problem or ''}"
    return _explanation(_Stumble(composer, said, marks[0], marks[-1]))


def _explanation(s: _Stumble) -> Explanation:
    for pattern, explain in _COMPLAINTS:
        if pattern.search(s.said):
            return explain(s)
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
    line = _BREAK.split(s.text[s.opened.index : s.at.index], maxsplit=1)[0]
    if glued := re.match(r"([\w.-]+):(?!/)(\S.*)", line):
        return (
            s.there,
            f"no space after the colon of {_shown(glued[0])}",
            f"write {_shown(f'{glued[1]}: {glued[2]}')}",
        )
    hint = "write `key: value`; text of several lines belongs in quotes or below `|`"
    return s.there, f"no colon after {_shown(line)}", hint


def _unclosed_quote(s: _Stumble) -> Explanation:
    also = ", and write an apostrophe in the text as `''`" if s.sign == "'" else ""
    return s.there, f"the text that starts with `{s.sign}` here is never closed", f"close it with `{s.sign}`{also}"


def _mark_in_quotes(s: _Stumble) -> Explanation:
    message = f"a line `{s.text[s.at.index : s.at.index + 3]}` inside the text that starts on {s.since}"
    return s.here, message, f"close the text with `{s.sign}`, or indent this line"


def _escape(s: _Stumble) -> Explanation:
    start = s.text.rfind("\\", 0, s.at.index + 1)
    written = re.match(r"\\[xuU]\w*|\\.?", s.text[start : start + 12], re.S)
    escape = _shown(written[0] if written else "")
    if "unknown" not in s.said:
        return s.here, f"{escape} is no character", "write the character itself; single quotes keep a backslash"
    hint = "use single quotes, where a backslash is a backslash, or write two of them"
    return s.here, f"{escape} means nothing in double quotes", hint


def _entry(s: _Stumble) -> Explanation:
    hint = "start the list on the next line, or put text that starts with `-` in quotes"
    return s.here, "a list cannot start on the line of its key", hint


def _no_value(s: _Stumble) -> Explanation:
    if not s.char and s.composer.open:
        return _unclosed(s.composer.open[-1].kind, s.composer.open[-1].place)
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
    (re.compile(pattern), explain)
    for pattern, explain in (
        ("nesting depth", lambda s: (s.here, *_TOO_DEEP)),  # libyaml looks ahead
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


# --- showing --------------------------------------------------------------------------------------------------------

_WIDTH = 100
_TAB = 4
# Controls would move the cursor, and marks of direction would show the line in another order than it is read.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def excerpt(source_text: str, place: Place, *, context: int = 2) -> str:
    """The lines round a place with their numbers, and a caret below its column; the place is brought into the text."""
    lines = _BREAK.split(source_text.removeprefix("\ufeff"))
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


__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Source", "excerpt", "read", "read_file"]
