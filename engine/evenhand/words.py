"""The words of a policy: lists, macros, lexicons and shorthand as plain values, and what they mean as seen from a pack."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from .matcher import Surroundings
from .phrases import Phrase, PhraseError, Term, read_phrase, read_term
from .shorthand import Shorthand

V = TypeVar("V")
_NAME = re.compile(r"\w[\w-]*")


def as_json(value: object) -> str:
    """A stable text for any plain value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


class _Lazy(Mapping[str, V], Generic[V]):
    """A mapping whose values are made at first use; a name that leads back to itself is an error."""

    def __init__(self, raw: Mapping[str, Any], make: Callable[[str, Any], V]) -> None:
        self._raw, self._make = raw, make
        self._made: dict[str, V] = {}
        self._making: set[str] = set()

    def __getitem__(self, name: str) -> V:
        if name not in self._made:
            raw = self._raw[name]
            if name in self._making:
                raise PhraseError(f"`{name}` is made of itself", "break the circle")
            self._making.add(name)
            try:
                self._made[name] = self._make(name, raw)
            finally:
                self._making.discard(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


@dataclass(frozen=True)
class WordStore:
    """Lists, macros, lexicons and shorthand as plain values; `surroundings(pack)` gives them meaning, as seen from a pack."""

    lists: Mapping[str, Mapping[str, Sequence[str]]]
    macros: Mapping[str, Mapping[str, str]]
    lexicons: Mapping[str, Sequence[Mapping[str, Any]]]
    regions: Sequence[str] = ("US", "GB")
    short: Mapping[str, Any] = field(default_factory=dict)
    checked: bool = False
    _made: dict[str, Surroundings] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def shorthand(self) -> Shorthand | None:
        """The table of shorthand; None when the policy has none."""
        return Shorthand.of(self.short)

    def surroundings(self, pack: str) -> Surroundings:
        """What rules of a pack may look up."""
        if pack not in self._made:
            self._made[pack] = self._surroundings(pack)
        return self._made[pack]

    def meant(self, pack: str, written: str) -> Mapping[str, Any]:
        """The lists, macros and lexicons that a plain value may mean as seen from a pack, and those that they may mean.

        Any name that occurs counts: a word that only looks like one does no harm.
        """
        known: dict[str, list[Any]] = {}
        tables = [self.lexicons, self.lists.get("", {}), self.lists.get(pack, {})]
        for table in [*tables, self.macros.get("", {}), self.macros.get(pack, {})]:
            for name, value in table.items():
                known.setdefault(name, []).append(value)
        found: dict[str, Any] = {}
        asked = set(_NAME.findall(written)) & known.keys()
        while asked:
            name = asked.pop()
            found[name] = known[name]
            asked |= (set(_NAME.findall(as_json(known[name]))) & known.keys()) - found.keys()
        return found

    def form(self, pack: str, *values: Any) -> str:
        """A hash of plain values of a pack and of all that they mean: what has the same form finds the same."""
        content = [values, self.meant(pack, as_json(values)), self.regions, self.short]
        return hashlib.sha256(as_json(content).encode()).hexdigest()[:16]

    def _surroundings(self, pack: str) -> Surroundings:
        raw_lists = {**dict.fromkeys(self.lexicons), **self.lists.get("", {}), **self.lists.get(pack, {})}
        raw_macros = {**self.macros.get("", {}), **self.macros.get(pack, {})}
        lists: _Lazy[Sequence[Phrase]]
        macros: _Lazy[Phrase]
        lexicons: _Lazy[Sequence[Term]]

        def list_(name: str, raw: Sequence[str] | None) -> Sequence[Phrase]:
            if raw is None:
                return [read_phrase(str(term)) for term in lexicons[name] if not term.open_start]
            return [read_phrase(template, lists, macros) for template in raw]

        def lexicon(name: str, groups: Sequence[Mapping[str, Any]]) -> Sequence[Term]:
            return [term for group in groups for term in _terms(group, lists, macros)]

        lists = _Lazy(raw_lists, list_)
        macros = _Lazy(raw_macros, lambda name, raw: read_phrase(raw, lists, macros))
        lexicons = _Lazy(self.lexicons, lexicon)
        return Surroundings(lists, lexicons, macros, tuple(self.regions), self.shorthand, self.checked)


def _terms(
    group: Mapping[str, Any], lists: Mapping[str, Sequence[Phrase]], macros: Mapping[str, Phrase]
) -> Iterator[Term]:
    tolerate = frozenset(group.get("tolerate", ("leet", "repeats")))
    allowed = tuple(read_phrase(template, lists, macros) for template in group.get("allowed", ()))
    words = list(group.get("terms", ()))
    if group.get("source"):
        held = tuple(group.get("containing", ("",)))
        words += [word for word in library_words() if word not in group.get("but", ()) and any(h in word for h in held)]
    for word in words:
        yield read_term(word, tolerate=tolerate, severity=group.get("severity", "strong"), allowed=allowed)


@cache
def library_words() -> list[str]:
    """The plain words of better-profanity's list; its own spelling variants are left to our views."""
    from importlib.resources import files

    text = (files("better_profanity") / "profanity_wordlist.txt").read_text(encoding="utf-8")
    words = (line.strip().lower() for line in text.splitlines())
    return [word for word in words if re.fullmatch(r"[a-z][a-z ]+[a-z]", word) and len(word) > 2]
