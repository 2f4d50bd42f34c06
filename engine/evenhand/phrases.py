"""Phrase templates and terms: how staff write words, and what those writings match and need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from math import prod

from .errors import nearest
from .frequencies import share, shares, worth
from .matcher import Around, Literal
from .shorthand import Shorthand
from .text import ENDS, Flat, bare_key, fold, split_words

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
    row = _row([*map(Word, words[:-1]), Word(words[-1], open_end)])
    if "'" in folded and len(words) > 1:
        return Choice((row, Word("".join(words), open_end)))
    return row


def _row(words: Sequence[Word]) -> Node:
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


# --- what a phrase matches ------------------------------------------------------------------------------------------


_MAX_SPELLED = 4_000


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


@lru_cache(1 << 16)
def written_out(node: Node, shorthand: Shorthand) -> Node:
    """The node with its own shorthand written out, as the text is; an equal node where that says nothing new."""
    match node:
        case Word(text, open_end):
            meaning = None if open_end else shorthand.sure.get(text)
            return node if meaning is None else _row([*map(Word, split_words(meaning))])
        case Gap():
            return node
        case Row(parts):
            new = tuple(written_out(part, shorthand) for part in parts)
            return node if new == parts else Row(new)
        case Choice(branches):
            new = tuple(written_out(branch, shorthand) for branch in branches)
            return node if _says_nothing_new(new, branches) else Choice(tuple(dict.fromkeys(new)))


def _says_nothing_new(new: Sequence[Node], branches: Sequence[Node]) -> bool:
    """Whether the branches hold every one of the new ones, in the same words: `(you|u)` is `(you)` when written out."""
    fresh = set(new) - set(branches)
    if not fresh:
        return True
    rows = {row for branch in branches for row in spelled(branch, _MAX_SPELLED) or ()}
    return all((there := spelled(branch, _MAX_SPELLED)) is not None and rows.issuperset(there) for branch in fresh)


# --- what a phrase needs --------------------------------------------------------------------------------------------

# Long lists of rows rule out little that fewer rows and the words around them do not, and take long to compile.
_MAX_LITERALS = 60
_MAX_WINDOW = 4
_COST_OF_A_LITERAL = 3e-5  # so that a short list of rare words beats a long list of slightly rarer rows


@dataclass(frozen=True, slots=True)
class Need:
    """Rows of words of which one must stand in the text, and the share of texts in which one does."""

    rows: tuple[tuple[Word, ...], ...]
    share: float


def _literal(row: Sequence[Word]) -> tuple[str, bool]:
    """The row as far as it is fixed: it ends at the first open word."""
    words = []
    for word in row:
        words.append(word.text)
        if word.open_end:
            return " ".join(words), True
    return " ".join(words), False


def _need_of_rows(rows: Sequence[tuple[Word, ...]]) -> Need | None:
    if not rows or not all(rows):
        return None
    literals = dict.fromkeys(map(_literal, rows))  # in one order in every process, as the sum depends on it
    return Need(tuple(rows), sum(share(words, open_end=open_end) for words, open_end in literals))


def _cost(each: Need) -> float:
    return each.share + len(each.rows) * _COST_OF_A_LITERAL


@lru_cache(1 << 16)
def need(node: Node) -> Need | None:
    """The rarest set of rows without which the node cannot match; None for a node that may match nothing."""
    rows = spelled(node, _MAX_LITERALS)
    whole = _need_of_rows(rows) if rows is not None else None
    match node:
        case Word() | Gap():
            return whole
        case Choice(branches):
            found = [need(branch) for branch in branches]
            if any(each is None for each in found):
                return whole
            parts = [each for each in found if each is not None]
            union = Need(tuple(row for each in parts for row in each.rows), sum(each.share for each in parts))
            return min((each for each in (whole, union) if each), key=_cost)
        case Row(parts):
            return min((each for each, _, _ in _windows(parts)), key=_cost, default=None)


def _windows(parts: Sequence[Node]) -> Iterator[tuple[Need, int, int]]:
    """What one part or several neighbours of a row need, with the first and the last of them."""
    for first, part in enumerate(parts):
        if (single := need(part)) is not None:
            yield single, first, first
        for last in range(first + 1, min(len(parts), first + _MAX_WINDOW)):
            rows = spelled(Row(tuple(parts[first : last + 1])), _MAX_LITERALS)
            if rows is None:
                break
            if (several := _need_of_rows(rows)) is not None:
                yield several, first, last


@lru_cache(1 << 16)
def cover(node: Node) -> frozenset[str] | None:
    """Words of which one stands in every text that the node matches; None where there is no such set.

    `word*` stands for every word that starts so.
    """
    found = need(node)
    return None if found is None else frozenset(map(_rarest_word, found.rows))


def _rarest_word(row: Sequence[Word]) -> str:
    words = [word.text + "*" * word.open_end for word in row]
    return min(words, key=lambda word: (word.endswith("*"), share(word), word))


def literals(node: Node) -> frozenset[Literal]:
    """The literals of which one must stand in the folded words of a text for the node to match it."""
    found: set[Literal] = set()
    for branch in node.branches if isinstance(node, Choice) else (node,):
        parts = branch.parts if isinstance(branch, Row) else (branch,)
        windows = list(_windows(parts))
        if not windows:
            raise PhraseError("no word of this phrase is required", "make at least one word required")
        chosen, first, last = min(windows, key=lambda each: _cost(each[0]))
        # where a part is a choice of longer and shorter rows, its other words may stand on either side of the literal
        slack = longest(parts[first]) if first == last else 0
        before, after = _before(parts[:first]), _after(parts[last + 1 :])
        for row in chosen.rows:
            words, open_end = _literal(row)
            length = words.count(" ") + 1
            rest, free = len(row) - length, max(0, slack - len(row))
            around = [Around(side, 1 - length - free - far, -length) for side, far in before]
            around += [Around(side, rest + 1, rest + free + far) for side, far in after]
            if rest and not row[length].open_end and worth(frozenset({row[length].text}), near=True):
                around.append(Around(frozenset({row[length].text}), 1, 1))
            found.update(_rarer(Literal(words, open_end=open_end, around=tuple(around))))
    return frozenset(found)


_COMMON, _QUITE_COMMON, _RARER = 0.1, 0.01, 0.5  # shares of texts: of a word, and of all words asked for in its stead


def _rarer(literal: Literal) -> Iterator[Literal]:
    """The literal, or, where it is a common word, those of which one must stand near it, if they stand in fewer texts."""
    sets = [each for each in literal.around if max(map(share, each.words)) < _COMMON]
    near = min(sets, key=lambda each: shares(each.words), default=None)
    itself, others = share(literal.words), shares(near.words) if near is not None else 1.0
    fewer = others <= (_RARER if itself >= _COMMON else itself / 2)
    if near is None or literal.open_end or itself < _QUITE_COMMON or not fewer:
        yield literal
        return
    common = Around(frozenset({literal.words}), -near.last, -near.first)
    around = [
        each._replace(first=each.first - near.last, last=each.last - near.first)
        for each in literal.around
        if each is not near
    ]
    for word in sorted(near.words):
        yield Literal(word.rstrip("*"), open_end=word.endswith("*"), around=(common, *around))


def _after(parts: Sequence[Node]) -> list[tuple[frozenset[str], int]]:
    """Sets of words of which one each must follow, and within how many words."""
    sides, far = [], 0
    for part in parts:
        far += longest(part)
        words = None if optional(part) else cover(part)
        if words is not None and worth(words, near=True):
            sides.append((words, far))
    return sides


def _before(parts: Sequence[Node]) -> list[tuple[frozenset[str], int]]:
    """Sets of words of which one each must stand in front, and within how many words."""
    return _after(parts[::-1])


def bare_literals(plain: Iterable[Literal]) -> frozenset[Literal]:
    """The same for the undisguised words, in their keys; what must stand near may stand anywhere."""
    return frozenset(
        Literal(
            " ".join(map(bare_key, each.words.split())),
            open_end=each.open_end,
            beside=(*each.beside, *(near.words for near in each.around)),
        )
        for each in plain
    )


class Beginnings:
    """Words, and beginnings of words, looked for among those of a text."""

    __slots__ = ("ends", "heads", "words")

    def __init__(self, words: Iterable[Word], key: Callable[[str], str] = str) -> None:
        several = list(words)
        self.words = frozenset(key(word.text) for word in several if not word.open_end)
        self.ends = tuple(sorted({key(word.text) for word in several if word.open_end}))
        self.heads = frozenset(end[:ENDS] for end in self.ends)  # a cheap look before the careful one
        if any(len(end) < ENDS for end in self.ends):
            self.heads = frozenset()

    def among(self, flat: Flat) -> frozenset[str]:
        """Those words of a text that are meant."""
        found = self.words & flat.set
        if self.ends and not (self.heads and self.heads.isdisjoint(flat.heads)):
            found |= frozenset(word for word in flat.set if word.startswith(self.ends))
        return found


class Places:
    """Where a phrase may begin, told by its rarest words and the words it may begin with: a cheap look at few words."""

    __slots__ = ("anchors", "openings", "reach")

    def __init__(self, node: Node, key: Callable[[str], str] = str) -> None:
        first = openings(node)
        found = anchors(node)
        self.anchors = Beginnings(found[0] if found else (), key)
        self.openings = None if first is None else Beginnings(first, key)
        self.reach = longest(node)

    def of(self, flat: Flat) -> list[int]:
        """Which words of a text."""
        near: set[int] = set()
        for anchor in self.anchors.among(flat):
            behind = 0
            for last in flat.at(anchor):
                near.update(range(max(behind, last - self.reach), last + 1))
                behind = last + 1
        return self._opening(flat, near)

    def around(self, flat: Flat, marks: Sequence[int]) -> list[int]:
        """Which of them, if the phrase is to hold one of the words that `marks` number."""
        if not marks or not self.anchors.among(flat):
            return []
        near: set[int] = set()
        for mark in marks:
            near.update(range(max(0, mark - self.reach + 1), mark + 1))
        return self._opening(flat, near)

    def _opening(self, flat: Flat, near: Iterable[int]) -> list[int]:
        if self.openings is not None:
            words, whole, ends = flat.words, self.openings.words, self.openings.ends
            return [at for at in near if words[at] in whole or (ends and words[at].startswith(ends))]
        return list(near)


@lru_cache(1 << 16)
def anchors(node: Node) -> tuple[frozenset[Word], float] | None:
    """Words of which one stands wherever the node does, the rarest there are, and a share of texts in which one does.

    None for a node that may match nothing. Cheaper to tell than `need`, and good enough for a look at a text's words.
    """
    match node:
        case Word(text, open_end):
            return frozenset({node}), share(text, open_end=open_end)
        case Gap():
            return None
        case Choice(branches):
            found = list(map(anchors, branches))
            if None in found:
                return None
            words = frozenset().union(*(each[0] for each in found if each is not None))
            return words, sum(share(word.text, open_end=word.open_end) for word in words)
        case Row(parts):
            sets = [each for each in map(anchors, parts) if each is not None]
            return min(sets, key=lambda each: (each[1], len(each[0])), default=None)


@lru_cache(1 << 16)
def likelihood(node: Node) -> float:
    """A rough share of texts in which the node stands: what is made of several words is rarer than each."""
    match node:
        case Word(text, open_end):
            return share(text, open_end=open_end)
        case Gap():
            return 1.0
        case Choice(branches):
            return min(1.0, sum(map(likelihood, branches)))
        case Row(parts):
            return prod(map(likelihood, parts))


@lru_cache(1 << 16)
def longest(node: Node) -> int:
    """Of how many words the longest match is made."""
    match node:
        case Word():
            return 1
        case Gap(most):
            return most
        case Row(parts):
            return sum(map(longest, parts))
        case Choice(branches):
            return max(map(longest, branches))


@lru_cache(1 << 16)
def openings(node: Node) -> frozenset[Word] | None:
    """The words that a node may begin with, those behind what may be absent included; None where any word may."""
    match node:
        case Word():
            return frozenset({node})
        case Gap():
            return None
        case Choice(branches):
            return _union(branches)
        case Row(parts):
            required = next((at for at, part in enumerate(parts) if not optional(part)), len(parts))
            return _union(parts[: required + 1])


def _union(nodes: Iterable[Node]) -> frozenset[Word] | None:
    found: frozenset[Word] = frozenset()
    for each in map(openings, nodes):
        if each is None:
            return None
        found |= each
    return found


def required_words(node: Node) -> tuple[frozenset[str], ...]:
    """Sets of words of which one each must stand in the folded words; what has an open end says nothing."""
    sets = [found for part in (node.parts if isinstance(node, Row) else (node,)) if (found := anchors(part))]
    closed = sorted((each for each in sets if not any(word.open_end for word in each[0])), key=lambda each: each[1])
    return tuple(frozenset(word.text for word in words) for words, _ in closed)


# --- terms ----------------------------------------------------------------------------------------------------------

TOLERANCES = {
    "leet": "signs and digits for letters (sh1t, a$$)",
    "repeats": "letters repeated (fuuuck)",
    "spacing": "single letters set apart (f u c k, f.u.c.k)",
    "split": "a space or sign inside (fu ck)",
    "joined": "spaces left out (killyourself)",
    "masked": "stars for letters (f*ck, f***)",
    "typos": "a letter dropped or two swapped (fukc)",
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
