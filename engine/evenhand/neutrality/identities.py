"""Identity swaps: the same text with another group of the same kind in it, from a table of groups and their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from ..errors import Place, PolicyError, Problem
from ..files import shipped
from ..schema import schema_of
from ..source import Source, read_file

_NONE = "-"  # a group has no word in this form

# Behind these, `her` and `Hindu` stand alone; before any other word they belong to it ("told her that", "her work").
_ALONE_BEFORE = frozenset(
    """a about after again all and any as at because before but by during every for from how i if in into is it like no not
    of on or over so than that the then they this to too twice under until was we what when where which while who why with
    without you""".split()
)
_NEXT_WORD = re.compile(r" (\w+)")
_ARTICLE = re.compile(r"\b(an?)( +)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a group: its kind, its group, and the forms it serves, the one before another word first."""

    kind: str
    group: str
    forms: tuple[int, ...]
    capital: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """A group that a text names: where each of its words stands, and the form it has there."""

    kind: str
    group: str
    spans: tuple[tuple[int, int, int], ...]  # start, end, form


class Identities:
    """The groups and the words for them."""

    def __init__(self, kinds: Mapping[str, Any]) -> None:
        """`kinds` as under `identities` in rules/identities.yaml."""
        self._groups: dict[str, dict[str, list[str]]] = {name: dict(kind["groups"]) for name, kind in kinds.items()}
        self._words: dict[str, Word] = {}
        for name, kind in kinds.items():
            self._add(name, kind)
        ordered = sorted(self._words, key=lambda word: (-len(word), word))
        self._pattern = re.compile(rf"(?<![\w@])(?:{'|'.join(map(re.escape, ordered))})(?![\w@])", re.IGNORECASE)

    def _add(self, name: str, kind: Mapping[str, Any]) -> None:
        capitals, names = kind.get("capitals", ()), kind.get("names", False)
        for group, words in kind["groups"].items():
            for word in dict.fromkeys(words):
                if word == _NONE:
                    continue
                forms = tuple(form for form, each in enumerate(words) if each == word)
                self._words.setdefault(word.lower(), Word(name, group, forms, names or word in capitals))

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The groups of each kind."""
        return {kind: tuple(groups) for kind, groups in self._groups.items()}

    def mentions(self, text: str) -> list[Mention]:
        """The group of each kind that the text names first, with all its words."""
        first: dict[str, str] = {}
        spans: dict[str, list[tuple[int, int, int]]] = {}
        for found in self._pattern.finditer(text):
            word = self._words[found[0].lower()]
            if word.capital and not found[0][:1].isupper():
                continue
            if first.setdefault(word.kind, word.group) == word.group:
                form = _form(word, text, found.end())
                spans.setdefault(word.kind, []).append((found.start(), found.end(), form))
        return [Mention(kind, group, tuple(spans[kind])) for kind, group in first.items()]

    def swapped(self, text: str, mention: Mention) -> Iterator[tuple[str, str]]:
        """Each other group of the kind, and the text with its words instead; groups without such a word are left out."""
        for group, words in self._groups[mention.kind].items():
            if group != mention.group and all(words[form] != _NONE for _, _, form in mention.spans):
                yield group, _replaced(text, mention, words)


def _form(word: Word, text: str, end: int) -> int:
    if len(word.forms) == 1:
        return word.forms[0]
    behind = _NEXT_WORD.match(text, end)
    return word.forms[0] if behind and behind[1].lower() not in _ALONE_BEFORE else word.forms[1]


def _replaced(text: str, mention: Mention, words: list[str]) -> str:
    pieces, at = [], 0
    for start, end, form in mention.spans:
        new = _cased(words[form], text[start:end])
        pieces += [_with_article(text[at:start], new), new]
        at = end
    return "".join([*pieces, text[at:]])


def _cased(new: str, old: str) -> str:
    """The new word in the case of the old one."""
    if old.isupper() and len(old) > 1:
        return new.upper()
    if old.islower():
        return new.lower()
    return new if not new.islower() else new[:1].upper() + new[1:]


def _with_article(before: str, new: str) -> str:
    """What stands before the new word, with `a` or `an` as it asks for."""
    found = _ARTICLE.search(before)
    if found is None:
        return before
    wanted = "an" if new[:1].lower() in "aeio" else "a"  # "a Ukrainian"
    article = wanted.capitalize() if found[1][:1].isupper() else wanted
    return before[: found.start()] + article + found[2]


# --- reading the table ----------------------------------------------------------------------------------------------


def read_identities(path: str | Path | None = None) -> Identities:
    """The groups in a file; None means the table shipped with evenhand. Raises `PolicyError` with every problem."""
    file, name = (
        (shipped("rules/identities.yaml"), "rules/identities.yaml") if path is None else (Path(path), str(path))
    )
    source, problems = read_file(file, name)
    if source is not None and not problems:
        problems = [*_problems(source)]
    if problems or source is None:
        raise PolicyError(problems)
    return Identities(source.value["identities"])


def _problems(source: Source) -> Iterator[Problem]:
    wrong = False
    for error in Draft202012Validator(schema_of("identities")).iter_errors(source.value):
        wrong = True
        place = source.place(error.absolute_path) if source.value is not None else Place(source.name)
        yield Problem(place, error.message[:200], "see the table that is shipped: rules/identities.yaml")
    if wrong:
        return
    for name, kind in source.value["identities"].items():
        count = len(kind["forms"])
        for group, words in kind["groups"].items():
            if len(words) != count:
                place = source.place(("identities", name, "groups", group))
                message = f"`{group}` has {len(words)} words for {count} forms"
                yield Problem(place, message, f"write one word for each of `forms`, `{_NONE}` where there is none")
