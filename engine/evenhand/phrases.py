"""Phrase templates and terms: how staff write words, and what those writings match and need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from .errors import nearest
from .views import fold, split_words

_SHOWN = 90


def shortened(written: str) -> str:
    """A template or pattern for an explanation: cut short where it is a catalogue."""
    return written if len(written) <= _SHOWN else written[: _SHOWN - 3] + "..."


# --- what a phrase is made of ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """One folded word; with an open end it stands for every word that starts so."""

    text: str
    open_end: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to `most` words of any kind, within the sentence."""

    most: int


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Parts one after another; an empty row matches nothing at all and makes a choice optional."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Any one of the branches."""

    branches: tuple[Node, ...]


Node = Word | Gap | Row | Choice


@dataclass(frozen=True, slots=True)
class Phrase:
    """A template as staff wrote it, and what it means."""

    template: str
    node: Node


class PhraseError(Exception):
    """A template that cannot be read: what is wrong, and a hint."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


# --- reading a template ---------------------------------------------------------------------------------------------

_MAX_GAP = 8
_MAX_SPELLINGS = 96
_TOKEN = re.compile(r"\s+|\.\.(\d+)|\{([^{}]*)\}|<([^<>]*)>|[()\[\]|]|[^\s()\[\]|{}<>]+|[{}<>]")
_GROUPS = {"(": ")", "[": "]"}


@dataclass(slots=True)
class _Reader:
    """Reads one template by recursive descent; names resolve to what the surroundings hold."""

    template: str
    lists: Mapping[str, Sequence[Phrase]]
    macros: Mapping[str, Phrase]
    tokens: list[re.Match[str]] = field(default_factory=list)
    at: int = 0

    def read(self) -> Node:
        self.tokens = list(_TOKEN.finditer(self.template))
        node = self.choice(until="")
        if self.at < len(self.tokens):
            raise PhraseError(f"`{self.tokens[self.at][0]}` in `{self.template}` closes nothing")
        return node

    def choice(self, until: str) -> Node:
        branches = [self.row(until)]
        while self.at < len(self.tokens) and self.tokens[self.at][0] == "|":
            self.at += 1
            branches.append(self.row(until))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def row(self, until: str) -> Node:
        parts: list[Node] = []
        while self.at < len(self.tokens) and self.tokens[self.at][0] not in ("|", until, ")", "]"):
            if self.tokens[self.at][0].isspace():
                self.at += 1
            else:
                parts.append(self.compound(until))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def compound(self, until: str) -> Node:
        """Atoms with no space between them: `star[s]` is `star` or `stars`."""
        atoms: list[Node | str] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at][0]
            if token.isspace() or token in ("|", ")", "]"):
                break
            atoms.append(self.atom())
        if len(atoms) == 1:
            return atoms[0] if not isinstance(atoms[0], str) else _plain_words(atoms[0])
        return _glue(atoms, self.template)

    def atom(self) -> Node | str:
        token = self.tokens[self.at]
        self.at += 1
        if token[0] in _GROUPS:
            return self.group(token[0])
        if token[1] is not None:
            if not 1 <= int(token[1]) <= _MAX_GAP:
                raise PhraseError(f"gap `{token[0]}` is not between ..1 and ..{_MAX_GAP}", "use `near` for wider gaps")
            return Gap(int(token[1]))
        if token[2] is not None:
            return self.named(token[2].strip(), self.lists, "list")
        if token[3] is not None:
            return self.named(token[3].strip(), self.macros, "macro")
        if token[0] in "{}<>":
            raise PhraseError(f"`{token[0]}` in `{self.template}` has no partner")
        return token[0]

    def group(self, opening: str) -> Node:
        closing = _GROUPS[opening]
        node = self.choice(until=closing)
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != closing:
            raise PhraseError(f"`{opening}` in `{self.template}` is not closed", f"add `{closing}`")
        self.at += 1
        return node if opening == "(" else Choice((node, Row()))

    def named(self, name: str, known: Mapping[str, Phrase | Sequence[Phrase]], what: str) -> Node:
        found = known.get(name)
        if found is None:
            raise PhraseError(f"unknown {what} `{name}`", nearest(name, known))
        if isinstance(found, Phrase):
            return found.node
        return _either(_Entries(tuple(phrase.node for phrase in found)))


@dataclass(frozen=True, eq=False)
class _Entries:
    """The nodes of a list: the same only where each of them is, for equal lists of another policy are not this one."""

    nodes: tuple[Node, ...]

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.nodes)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Entries) and list(map(id, self.nodes)) == list(map(id, other.nodes))


@lru_cache(1 << 12)
def _either(entries: _Entries) -> Choice:
    """One node for every mention of a list: what is worked out for it once holds for all."""
    return Choice(entries.nodes)


def _plain_words(written: str) -> Node:
    """Words as written, folded: an apostrophe may be left out, a star at the end leaves the end open."""
    open_end = written.endswith("*")
    folded = fold(written.rstrip("*")).string
    words = split_words(folded)
    if not words:
        raise PhraseError(f"`{written}` holds no word", "punctuation counts as a space: write a space, or use `regex`")
    row = row_of([*map(Word, words[:-1]), Word(words[-1], open_end)])
    if "'" in folded and len(words) > 1:
        return Choice((row, Word("".join(words), open_end)))
    return row


def row_of(words: Sequence[Word]) -> Node:
    """One word, or several in a row."""
    return words[0] if len(words) == 1 else Row(tuple(words))


def _glue(atoms: Sequence[Node | str], template: str) -> Node:
    spellings = []
    for atom in atoms:
        if isinstance(atom, str):
            spellings.append([atom])
        else:
            rows = spelled(atom, _MAX_SPELLINGS)
            if rows is None:
                raise PhraseError(f"too many spellings or a gap inside one word of `{template}`", "put a space between")
            spellings.append([" ".join(w.text + "*" * w.open_end for w in row) for row in rows])
    written = {"".join(combination) for combination in product(*spellings)}
    if len(written) > _MAX_SPELLINGS:
        raise PhraseError(f"a word of `{template}` has more than {_MAX_SPELLINGS} spellings", "write some of them out")
    branches = [Row(tuple(_plain_words(part) for part in text.split())) if text else Row() for text in sorted(written)]
    return Choice(tuple(branch.parts[0] if len(branch.parts) == 1 else branch for branch in branches))


def read_phrase(
    template: str,
    lists: Mapping[str, Sequence[Phrase]] | None = None,
    macros: Mapping[str, Phrase] | None = None,
) -> Phrase:
    """Reads a template such as `(add|text) me on {messenger}`; raises `PhraseError`."""
    node = _Reader(template, lists or {}, macros or {}).read()
    if optional(node):
        raise PhraseError(f"`{template}` matches the empty text", "make at least one word required")
    return Phrase(template, node)


def optional(node: Node) -> bool:
    """Whether a node may match nothing."""
    match node:
        case Word():
            return False
        case Gap():
            return True
        case Row(parts):
            return all(map(optional, parts))
        case Choice(branches):
            return any(map(optional, branches))


# --- what a phrase stands for ---------------------------------------------------------------------------------------


@lru_cache(1 << 17)
def spelled(node: Node, limit: int) -> list[tuple[Word, ...]] | None:
    """Every row of words the node stands for, or None when there is a gap or there are more than `limit`."""
    match node:
        case Word():
            return [(node,)]
        case Gap():
            return None
        case Choice(branches):
            rows: list[tuple[Word, ...]] = []
            for branch in branches:
                more = spelled(branch, limit)
                if more is None or len(rows) + len(more) > limit:
                    return None
                rows += more
            return rows
        case Row(parts):
            rows = [()]
            for part in parts:
                more = spelled(part, limit)
                if more is None or len(rows) * len(more) > limit:
                    return None
                rows = [a + b for a in rows for b in more]
            return rows


# --- terms ----------------------------------------------------------------------------------------------------------

TOLERANCES = {
    "leet": "signs and digits for letters (sh1t, a$$)",
    "repeats": "letters repeated (fuuuck)",
    "spacing": "single letters set apart (f u c k, f.u.c.k)",
    "split": "a space or sign inside (fu ck)",
    "joined": "spaces left out (killyourself)",
    "masked": "stars for letters (f*ck, f***)",
    "typos": "a letter dropped, two swapped, or one that sounds alike (fukc, phuck)",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A word or words of a list or lexicon, the foldings it tolerates, and the neighbours that excuse it."""

    words: tuple[str, ...]
    open_start: bool = False
    open_end: bool = False
    tolerate: frozenset[str] = frozenset()
    severity: str = "strong"
    allowed: tuple[Phrase, ...] = ()

    def __str__(self) -> str:
        return "*" * self.open_start + " ".join(self.words) + "*" * self.open_end


# Han, kana and Hangul, where a sign says as much as several letters.
_SYLLABLES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def read_term(written: str, **options: object) -> Term:
    """Reads a term as it stands in a list: folded words, with a star where an end is open; raises `PhraseError`."""
    open_start, open_end = written.startswith("*"), written.endswith("*")
    words = tuple(split_words(fold(written.strip("*")).string))
    if not words:
        raise PhraseError(f"`{written}` holds no word", "write letters or digits")
    shortest = 2 if _SYLLABLES.search(words[0]) else 3
    if (open_start or open_end) and len("".join(words)) < shortest:
        raise PhraseError(f"`{written}` is too short for an open end", "write out the forms you mean")
    return Term(words, open_start, open_end, **options)  # type: ignore[arg-type]
