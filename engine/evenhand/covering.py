"""Texts that make every part of a rule fire: each alternative of its templates, each entry of its lists, each word.

They are made from the rule itself, so that a later change of it shows: what was found once is found no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, islice
from typing import Any
from zlib import crc32

from .building import build_tree
from .compiled import Rule
from .kinds.exchange import Exchange
from .kinds.terms import Terms, masked_spellings, spellings
from .matcher import Surroundings
from .model import Feedback
from .parsed import ParsedPolicy, ParsedRule
from .phrase_matcher import Phrase, Phrases
from .phrases import Choice, Gap, Node, Row, Term, Word
from .phrases import Phrase as Template
from .policy import Policy
from .specimens import Spans, Specimen
from .testing import all_rules, spans_found
from .tree import Leaf, read_distance

_TRIES = 3  # so many texts are made for a part before it is given up
_FILLER = ("the", "other", "old", "one", "that", "came", "with", "some")  # words of no rule, for gaps


def specimens(parsed: ParsedPolicy, policy: Policy) -> Iterator[Specimen]:
    """Texts for every part of every rule, each with what its rule finds in it, in the order of the files.

    A part that no text makes fire has none: an excuse forbids it, or it needs what no template says (a link, a number).
    """
    compiled = {rule.id: rule for rule in all_rules(parsed, policy.compiled)}
    for pack in dict.fromkeys(rule.pack for rule in parsed.rules):
        composer = _Composer(parsed.words.surroundings(pack))
        chosen = [rule for rule in parsed.rules if rule.pack == pack]
        kept = {rule.id: _Kept(compiled[rule.id], composer) for rule in chosen}
        makers = [(rule.id, maker) for rule in chosen for maker in composer.makers(rule.find)]
        for rule_id, maker in makers:
            for number in range(maker.rows):
                kept[rule_id].take(maker, number)
        for rule_id, maker, number in composer.left_over(makers):
            kept[rule_id].take(maker, number)
        for rule in chosen:
            kept[rule.id].take_excused(rule)
            yield from kept[rule.id].specimens


class _Kept:
    """The specimens of one rule so far, each text once."""

    def __init__(self, rule: Rule, composer: _Composer) -> None:
        self.rule, self.bare, self.composer = rule, replace(rule, unless=()), composer
        self.specimens: list[Specimen] = []
        self._seen: set[str] = set()

    def take(self, maker: _Maker, number: int) -> None:
        """Keeps the first text made for a row in which the rule finds something; a quiet one with whatever it finds."""
        for attempt in range(_TRIES):
            text = self.composer.make(maker, number, attempt)
            found = spans_found(self.rule, Feedback(text))
            if found or maker.quiet:
                self._keep(text, found)
                self.composer.note_shown()
                return

    def take_excused(self, rule: ParsedRule) -> None:
        """Keeps texts that only an excuse lets pass."""
        hit = next((each.text for each in self.specimens if each.spans), "")
        for excuse in rule.unless:
            tree = {key: value for key, value in excuse.items() if key != "where"}
            for maker in self.composer.makers(tree):
                for number in range(0 if maker.quiet else maker.rows):
                    text = self.composer.make(maker, number)
                    for each in (text, f"{text} {hit}"):
                        feedback = Feedback(each)
                        if not spans_found(self.rule, feedback) and spans_found(self.bare, feedback):
                            self._keep(each, ())
                            break

    def _keep(self, text: str, found: Spans) -> None:
        if text not in self._seen:
            self._seen.add(text)
            self.specimens.append(Specimen(self.rule.id, text, found))


@dataclass(frozen=True)
class _Maker:
    """Makes the texts of one template or list of words: how many it takes to show every alternative once.

    `names` are the lists and macros that it takes words from; in its `quiet` texts the template should find nothing: a gap
    is a word too long, parts stand too far apart or in another order, one is missing, or an allowed phrase is all there is.
    """

    rows: int
    make: Callable[[int, int], str]
    names: tuple[_Name, ...] = ()
    quiet: bool = False
    first: int = 0  # which entry of a list its first text shows


@dataclass(frozen=True)
class _Name:
    """A list or macro as a template uses it."""

    key: int
    rows: int


class _Composer:
    """Writes out templates. The parts of a list or macro are shown by some of the texts that use it, not by all."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._entries = {id(each.node) for entries in surroundings.lists.values() for each in entries}
        self._macros = {id(macro.node) for macro in surroundings.macros.values()}
        self._rows: dict[int, tuple[Node, int]] = {}  # with the node, for an identity lasts no longer than what has it
        self._shown: set[tuple[int, int]] = set()
        self._showing: set[tuple[int, int]] = set()

    def make(self, maker: _Maker, number: int, attempt: int = 0) -> str:
        """A text; `note_shown` says that it is kept."""
        self._showing = set()
        return maker.make(number, attempt)

    def note_shown(self) -> None:
        self._shown |= self._showing

    def left_over(self, makers: Sequence[tuple[str, _Maker]]) -> Iterator[tuple[str, _Maker, int]]:
        """(rule, maker, number) of further texts, for the parts of lists and macros that none showed."""
        users: defaultdict[_Name, list[tuple[str, _Maker]]] = defaultdict(list)
        for rule, maker in makers:
            for name in maker.names:
                users[name].append((rule, maker))
        for name, several in users.items():
            for part in range(name.rows):
                for turn in range(min(_TRIES, len(several))):
                    if (name.key, part) not in self._shown:
                        rule, maker = several[(part + turn) % len(several)]
                        yield rule, maker, (part - maker.first) % name.rows

    # --- trees ---

    def makers(self, raw: Mapping[str, Any]) -> Iterator[_Maker]:
        """What makes the texts of every template and word of a tree."""
        name = next(iter(raw))
        options = raw[name]
        if name == "any":
            for part in options:
                yield from self.makers(part)
        elif name == "all":
            yield from self._beside(options)
        elif name == "near":
            yield from self._beside(options["all"])
            yield from self._apart(options)
        elif name == "count":
            for maker in self.makers(options["of"]):
                yield replace(maker, make=partial(_several, maker.make, options["at_least"]))
                if maker.rows and not maker.quiet:
                    yield _Maker(1, partial(_several, maker.make, options["at_least"] - 1), quiet=True)
        elif name != "not":
            tree = build_tree(raw, self.surroundings)
            yield from self._of_leaf(tree.matcher) if isinstance(tree, Leaf) else ()

    def _beside(self, parts: Sequence[Mapping[str, Any]]) -> Iterator[_Maker]:
        """Each part in turn with the plainest text of the others."""
        yield from self._in_turn([list(self.makers(part)) for part in parts if "not" not in part])

    def _in_turn(self, parts: Sequence[Sequence[_Maker]]) -> Iterator[_Maker]:
        plainest = [self._plainest(makers) for makers in parts]
        for index, makers in enumerate(parts):
            others = [*plainest[:index], *plainest[index + 1 :]]
            texts = [text for text in others if text is not None]
            for maker in makers if len(texts) == len(others) else ():
                yield replace(maker, make=partial(_between, texts[:index], maker.make, texts[index:]))

    def _apart(self, near: Mapping[str, Any]) -> Iterator[_Maker]:
        """The plainest texts of the parts of `near`, too far apart, and in another order where that counts."""
        plainest = [self._plainest(self.makers(part)) for part in near["all"] if "not" not in part]
        texts = [text for text in plainest if text is not None]
        if len(texts) < len(plainest) or len(texts) < 2:
            return
        distance = read_distance(near["within"])
        filler = " ".join(islice(cycle(_FILLER), distance.count + 1))
        between = f" {filler} " if distance.unit == "words" else ". " + f"{filler}. " * distance.count
        yield _Maker(1, lambda number, attempt: between.join(texts), quiet=True)
        if near.get("ordered"):
            yield _Maker(1, lambda number, attempt: " ".join(reversed(texts)), quiet=True)

    def _plainest(self, makers: Iterable[_Maker]) -> str | None:
        """A short text that makes a part match; None where its words do not say how."""
        maker = next((each for each in makers if not each.quiet), None)
        return None if maker is None else self.make(maker, 0)

    def _of_leaf(self, matcher: Any) -> Iterator[_Maker]:
        match matcher:
            case Phrase():
                yield from self._of_phrase(matcher.template)
            case Phrases(parts):
                for part in parts:
                    yield from self._of_phrase(part.template)
            case Exchange(give, feedback, tie, direction):
                order = (feedback, tie, give) if direction == "get-first" else (give, tie, feedback)
                yield from self._in_turn([list(self._of_leaf(part)) for part in order])
            case Terms():
                written = list(map(_in_disguise if matcher.only_disguised else _written, matcher.terms))
                yield _Maker(len(written), lambda number, attempt: written[number])
                allowed = dict.fromkeys(phrase for term in matcher.terms for phrase in term.allowed)
                for phrase in allowed:
                    for maker in self._of_phrase(phrase):
                        yield replace(maker, quiet=True)

    def _of_phrase(self, phrase: Template) -> Iterator[_Maker]:
        node, first = phrase.node, crc32(phrase.template.encode())
        names = tuple(dict.fromkeys(self._names(node)))

        def make(number: int, attempt: int, too_wide: Gap | None = None) -> str:
            return " ".join(self._words(node, _Turn(number, attempt, first, too_wide)))

        yield _Maker(self.rows(node), make, names, first=first)
        for gap in self._gaps(node):
            yield _Maker(1, partial(make, too_wide=gap), quiet=True)

    # --- templates ---

    def rows(self, node: Node) -> int:
        """How many texts show every alternative of a node once."""
        if id(node) not in self._rows:
            self._rows[id(node)] = node, self._count(node)
        return self._rows[id(node)][1]

    def _count(self, node: Node) -> int:
        match node:
            case Row(parts):
                return max(map(self._own_rows, parts), default=1)
            case Choice(branches):
                return sum(map(self._own_rows, _filled(branches)))
        return 1

    def _own_rows(self, node: Node) -> int:
        """The same for what a template says itself: which entry of a list stands there is all one."""
        return 1 if self._name(node) else self.rows(node)

    def _name(self, node: Node) -> int | None:
        """What identifies the list or macro that a node stands for; None for any other node."""
        if id(node) in self._macros:
            return id(node)
        if isinstance(node, Choice) and all(id(branch) in self._entries for branch in node.branches):
            return id(node.branches[0])
        return None

    def _words(self, node: Node, turn: _Turn) -> list[str]:
        """The words of one text: a number beyond the rows goes round, or leaves out what is optional."""
        name = self._name(node)
        if name is not None:
            turn = replace(turn, number=(turn.first + turn.number + turn.attempt) % self.rows(node))
            self._showing.add((name, turn.number))
        match node:
            case Word(text, open_end):
                return [_longer(text) if open_end else text]
            case Gap(most):
                return list(_FILLER[: most + 1]) if node is turn.too_wide else []
            case Row(parts):
                return [word for part in parts for word in self._words(part, turn)]
            case Choice(branches):
                return self._words_of_branch(branches, turn, self.rows(node))

    def _words_of_branch(self, branches: Sequence[Node], turn: _Turn, rows: int) -> list[str]:
        number, filled = turn.number, _filled(branches)
        if number >= rows:
            if len(filled) < len(branches):
                return []
            number = (number + turn.attempt) % rows
        for branch in filled:
            own = self._own_rows(branch)
            if number < own:
                return self._words(branch, turn if self._name(branch) else replace(turn, number=number))
            number -= own
        raise AssertionError("the rows of a choice are those of its branches")

    def _names(self, node: Node) -> Iterator[_Name]:
        """The lists and macros that a template takes words from."""
        key = self._name(node)
        if key is not None:
            yield _Name(key, self.rows(node))
        elif isinstance(node, Row | Choice):
            for part in node.parts if isinstance(node, Row) else node.branches:
                yield from self._names(part)

    def _gaps(self, node: Node) -> Iterator[Gap]:
        """The gaps that stand in the template itself."""
        if isinstance(node, Gap):
            yield node
        elif isinstance(node, Row | Choice) and self._name(node) is None:
            for part in node.parts if isinstance(node, Row) else node.branches:
                yield from self._gaps(part)


@dataclass(frozen=True)
class _Turn:
    """Which of the texts of a template is written: its number, which attempt it is, the first entry of lists, a wide gap."""

    number: int
    attempt: int
    first: int
    too_wide: Gap | None


def _filled(branches: Sequence[Node]) -> list[Node]:
    """The branches that hold something: what is optional has one that does not."""
    return [each for each in branches if not (isinstance(each, Row) and not each.parts)]


def _written(term: Term) -> str:
    *before, last = term.words
    return "x" * term.open_start + " ".join([*before, _longer(last) if term.open_end else last])


_SIGNS = str.maketrans("aeios", "431o5")


def _in_disguise(term: Term) -> str:
    """The term in a disguise that it tolerates."""
    every = (*spellings(term), *masked_spellings(term))
    signed = " ".join(term.words).translate(_SIGNS)
    return next((" ".join(spelling.words) for spelling in every if spelling.how), signed)


def _longer(word: str) -> str:
    """A longer word with the same beginning, in the same letters; no repeated one, for that passes for a disguise."""
    return word + next(letter for letter in ("s" if word.isascii() else "") + word + "er" if letter != word[-1])


def _several(make: Callable[[int, int], str], times: int, number: int, attempt: int) -> str:
    return ". ".join([make(number, attempt)] * times)


def _between(
    before: Sequence[str], make: Callable[[int, int], str], after: Sequence[str], number: int, attempt: int
) -> str:
    return " ".join([*before, make(number, attempt), *after])
