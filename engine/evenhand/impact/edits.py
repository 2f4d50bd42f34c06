"""What differs between two policies, edit by edit, each with its place; and policies with only some of the edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from ..errors import Place
from ..parsed import ParsedPolicy
from ..source import Source
from ..words import as_json

Unit = tuple[str, ...]  # ("rule", id), ("list", pack, name), ("outcome", category), ...
Keys = tuple[str | int, ...]
Shown = Callable[[Place], Place]  # how a place is shown
_SILENT = ("tests", "about", "reviewed")  # keys of a rule that change no verdict
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one value. `place` is in the new policy, in the old one where the value was removed."""

    unit: Unit
    path: Keys
    done: str  # added, removed, changed
    place: Place
    old: Any = field(hash=False, default=None)
    new: Any = field(hash=False, default=None)

    def __str__(self) -> str:
        if not self.path and self.done != "changed":
            return f"{self.place}: {self.done} {self.unit[0]} `{self.unit[-1]}`"
        if self.done == "changed":
            return f"{self.place}: changed {_shown(self.old)} to {_shown(self.new)}"
        return f"{self.place}: {self.done} {_shown(self.new if self.done == 'added' else self.old)}"


def _shown(value: Any, most: int = 70) -> str:
    written = value if isinstance(value, str) else as_json(value)
    return f"`{written}`" if len(written) <= most else f"`{written[: most - 1]}…`"


def _as_it_is(place: Place) -> Place:
    return place


@dataclass(frozen=True)
class Part:
    """The value of a unit in one of the policies, and where it stands."""

    value: Any
    source: Source
    path: Keys
    shown: Shown = _as_it_is

    def place(self, inner: Keys) -> Place:
        """Where a value inside it stands."""
        return self.shown(self.source.place((*self.path, *inner)))


Take = Callable[[Edit], bool]


def units(parsed: ParsedPolicy, shown: Shown) -> dict[Unit, Part]:
    """Everything in a policy that can change a verdict, in parts that are compared one by one."""
    found = {unit: part for source in parsed.sources.values() for unit, part in _units(source)}
    return {unit: replace(part, shown=shown) for unit, part in found.items()}


def _units(source: Source) -> Iterator[tuple[Unit, Part]]:
    value = source.value
    pack = value.get("pack", "")
    for index, raw in enumerate(value.get("rules", ())):
        kept = {key: each for key, each in raw.items() if key not in _SILENT}
        yield ("rule", raw["id"]), Part(kept, source, ("rules", index))
    for key, kind in (("lists", "list"), ("macros", "macro")):
        for name, each in value.get(key, {}).items():
            yield (kind, pack, name), Part(each, source, (key, name))
    if "lexicon" in value:
        yield ("lexicon", value["lexicon"]), Part(value["groups"], source, ("groups",))
    if pack:
        facts = {key: value[key] for key in ("category", "message") if key in value}
        yield ("pack", pack), Part(facts, source, ())
    if "policy" in value:
        yield from _units_of_policy(source)
    elif "shorthand" in value:
        yield ("shorthand",), Part(value, source, ())


def _units_of_policy(source: Source) -> Iterator[tuple[Unit, Part]]:
    value = source.value
    for key in ("outcomes", "messages"):
        for category, each in value.get(key, {}).items():
            yield (key, category), Part(each, source, (key, category))
    for index, raw in enumerate(value.get("exceptions", ())):
        yield ("exception", raw["id"]), Part(raw, source, ("exceptions", index))
    for key in ("regions", "limits"):
        if key in value:
            yield (key,), Part(value[key], source, (key,))


@dataclass(frozen=True)
class Change:
    """A unit in both policies; None where it is absent."""

    unit: Unit
    old: Part | None
    new: Part | None

    def edits(self) -> list[Edit]:
        """Every edit, in the order of the files."""
        found: list[Edit] = []

        def keep(edit: Edit) -> bool:
            found.append(edit)
            return True

        self.merged(keep)
        return found

    def merged(self, take: Take) -> Any:
        """The old value with the edits that `take` wants; None where that leaves the unit absent."""
        old = _ABSENT if self.old is None else self.old.value
        new = _ABSENT if self.new is None else self.new.value
        merged = self._merge(old, new, (), (), take)
        return None if merged is _ABSENT else merged

    def _merge(self, old: Any, new: Any, at: Keys, to: Keys, take: Take) -> Any:
        if old is _ABSENT or new is _ABSENT:
            return self._either(old, new, at, to, take)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            return self._merge_mappings(old, new, at, to, take)
        if isinstance(old, list) and isinstance(new, list):
            return self._merge_lists(old, new, at, to, take)
        return old if old == new else self._either(old, new, at, to, take)

    def _either(self, old: Any, new: Any, at: Keys, to: Keys, take: Take) -> Any:
        if new is _ABSENT:
            assert self.old is not None
            edit = Edit(self.unit, at, "removed", self.old.place(at), old=old)
        else:
            assert self.new is not None
            done = "added" if old is _ABSENT else "changed"
            edit = Edit(self.unit, to, done, self.new.place(to), None if old is _ABSENT else old, new)
        return new if take(edit) else old

    def _merge_mappings(self, old: Any, new: Any, at: Keys, to: Keys, take: Take) -> dict[str, Any]:
        keys = [*new, *(key for key in old if key not in new)]
        merged = {
            key: self._merge(old.get(key, _ABSENT), new.get(key, _ABSENT), (*at, key), (*to, key), take) for key in keys
        }
        return {key: value for key, value in merged.items() if value is not _ABSENT}

    def _merge_lists(self, old: list[Any], new: list[Any], at: Keys, to: Keys, take: Take) -> list[Any]:
        merged: list[Any] = []
        matcher = SequenceMatcher(None, list(map(as_json, old)), list(map(as_json, new)), autojunk=False)
        for _, a, b, c, d in matcher.get_opcodes():
            for offset in range(max(b - a, d - c)):
                one = old[a + offset] if a + offset < b else _ABSENT
                other = new[c + offset] if c + offset < d else _ABSENT
                each = self._merge(one, other, (*at, a + offset), (*to, c + offset), take)
                if each is not _ABSENT:
                    merged.append(each)
        return merged


def changes(
    old: ParsedPolicy, new: ParsedPolicy, shown_old: Shown = _as_it_is, shown_new: Shown = _as_it_is
) -> dict[Unit, Change]:
    """The units that differ."""
    before, after = units(old, shown_old), units(new, shown_new)
    found = {unit: Change(unit, before.get(unit), after.get(unit)) for unit in {**before, **after}}
    return {unit: change for unit, change in found.items() if _differs(change)}


def _differs(change: Change) -> bool:
    return change.old is None or change.new is None or as_json(change.old.value) != as_json(change.new.value)
