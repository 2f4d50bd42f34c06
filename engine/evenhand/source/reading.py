"""A file that was read: its plain value, and where every part of it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import Place, Problem
from .building import Builder, Keys
from .composing import Composer
from .places import Problems, line_at, place_at

MAX_BYTES = 8 * 1024 * 1024
MAX_VALUES = 200_000


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
    composer = Composer(name, max_values, text, Problems())
    whole = composer.compose()
    builder = Builder(Problems(), whole)
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
    return Problem(place_at(name, before, len(before)), message, hint)


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
        line, start = line_at(text, found.start(), line, start)
        place, code = Place(name, line, found.start() - start + 1), ord(found[0])
        if code == 0:
            yield Problem(place, "a NUL character (U+0000)", "save the file as plain text in UTF-8")
            return
        hint = "delete it" if 0xD800 <= code <= 0xDFFF else f'delete it, or write "\\u{code:04x}" in quotes'
        yield Problem(place, f"the character U+{code:04X} cannot stand here", hint)
