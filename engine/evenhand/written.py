"""Where the parts of a policy stand in its files: rules, the nodes of their trees, lists, macros and lexicons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Place
from .parsed import ParsedPolicy
from .source import Source

Path = tuple[str | int, ...]
_REFERENCES = re.compile(r"\{([^{}]+)\}|<([^<>]+)>")
_NAMING = frozenset({"list", "lexicon", "vocabulary", "services", "domains", "words", "except"})


@dataclass(frozen=True)
class Written:
    """A value in a file, by its path."""

    source: Source
    path: Path

    @property
    def value(self) -> Any:
        """What stands there."""
        value: Any = self.source.value
        for part in self.path:
            value = value[part]
        return value

    def place(self, *inner: str | int) -> Place:
        """The place of the value, or of what it holds at an inner path."""
        return self.source.place((*self.path, *inner))


@dataclass(frozen=True)
class Table:
    """A list, macro or lexicon: what it is, the pack that sees it ("" for all), and its name."""

    what: str  # "lists", "macros" or "lexicons"
    pack: str
    name: str

    def __str__(self) -> str:
        return f"{self.what.rstrip('s')} {self.name}"


def rules_written(parsed: ParsedPolicy) -> dict[str, Written]:
    """Where each rule stands, by its id."""
    return {
        raw["id"]: Written(source, ("rules", index))
        for source in parsed.sources.values()
        if "pack" in source.value
        for index, raw in enumerate(source.value.get("rules", ()))
    }


def tables_written(parsed: ParsedPolicy) -> dict[Table, Written]:
    """Where each list, macro and lexicon stands."""
    found: dict[Table, Written] = {}
    for source in parsed.sources.values():
        for key in ("lists", "macros"):
            for name in source.value.get(key, {}):
                found[Table(key, source.value.get("pack", ""), name)] = Written(source, (key, name))
        if "lexicon" in source.value:
            found[Table("lexicons", "", source.value["lexicon"])] = Written(source, ("groups",))
    return found


def policy_written(parsed: ParsedPolicy) -> Source | None:
    """The policy file itself."""
    return next((source for source in parsed.sources.values() if "policy" in source.value), None)


def nodes(raw: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every node of a tree as it is written, from the top, with its path."""
    yield path, raw
    for name, inner in (("any", ("any",)), ("all", ("all",)), ("near", ("near", "all"))):
        if name in raw:
            parts = raw["near"]["all"] if name == "near" else raw[name]
            for index, part in enumerate(parts):
                yield from nodes(part, (*path, *inner, index))
    if "not" in raw:
        yield from nodes(raw["not"], (*path, "not"))
    if "count" in raw:
        yield from nodes(raw["count"]["of"], (*path, "count", "of"))


def names_in(value: Any, key: str = "") -> Iterator[str]:
    """Every name of a list, macro or lexicon that a value mentions."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from names_in(each, str(name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from names_in(each, key)
    elif isinstance(value, str):
        yield from ((a or b).strip() for a, b in _REFERENCES.findall(value))
        if key in _NAMING:
            yield value


def tables_of(value: Any, pack: str, tables: Mapping[Table, Written]) -> set[Table]:
    """The tables that a value means, as seen from a pack, and those that they mean in turn."""
    found: set[Table] = set()
    asked = list(names_in(value))
    while asked:
        name = asked.pop()
        for table in _meant(name, pack, tables):
            if table not in found:
                found.add(table)
                asked += names_in(tables[table].value)
    return found


def _meant(name: str, pack: str, tables: Mapping[Table, Written]) -> Iterator[Table]:
    for what in ("lists", "macros"):
        seen = (Table(what, pack, name), Table(what, "", name))
        yield from [table for table in seen if table in tables][:1]
    if Table("lexicons", "", name) in tables:
        yield Table("lexicons", "", name)
