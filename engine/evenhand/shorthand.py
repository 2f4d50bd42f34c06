"""Shorthand: words as they are texted (`rvw`, `gonna`, `4 u`) or garbled (`re.view`), written out as what they stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import regex

from .frequencies import SHARE
from .restoring import Vocabulary
from .text import Document, WrittenOut
from .views import View, fold, split_words

_SHORT = 2  # letters: so short a name in capitals is often the name of a thing (`a U bolt`, `the VC`)
_NEAR = 40  # characters: as far back as a word is looked for
_GAP = r"[ \t\-]+"  # within a row of words
_LETTER = r"[\p{L}\p{N}\p{M}_]"
# A letter with a sign and another letter beside it is part of something else: `u.s.`, `c++`, `r&d`, `u-turn`.
_JOINT = r"[.&+#@/\-]"
_CUT = r"(?: |[^\p{L}\p{N}\s]{1,3})"  # where a word is cut in two
_SIGN = r"[^\p{L}\p{N}\s'.,:;!?)@$|+<€£¢¡§×]{1,2}"  # what stands for a letter, and looks like none
_CUT_HERE, _SIGN_HERE = "\ue000", "\ue001"  # where either stands in the name of a garbled word
_TAILS = frozenset("s t d m ll re ve".split())  # what an apostrophe cuts off is no piece of a word
SHORTEST_GARBLED = 5  # letters: shorter words garbled are other words
# Sounds that are written otherwise by whoever hides a word, or spells by ear: `diskount`, `fyve`, `paymint`.
_BY_EAR = tuple(
    (regex.compile(sound), other)
    for sound, other in (
        ("c(?=[aourlt]|$)", "k"), ("ck", "k"), ("c(?=[eiy])", "s"), ("x", "ks"), ("ph", "f"), ("qu", "kw"),
        ("s$", "z"), ("(?<=[aeiou])s(?=[aeiou])", "z"), (r"([bcdfglmnprst])\1", r"\1"), ("tion", "shun"), ("sion", "zhun"),
        ("ment", "mint"), ("i(?=[a-z]e)", "y"), ("y$", "ee"), ("y$", "i"), ("o(?=[nv])", "u"), ("ve$", "v"),
        ("ou", "ow"), ("our", "er"), ("ate", "ait"), ("a(?=ng)", "ay"), ("ight", "ite"), ("ea", "ee"), ("(?<=[a-z]{3})er$", "a"),
    )
)  # fmt: skip
_NO_PART = r"(?<![$€£#]|\p{N}[.,:/\-])"  # `$2 me`, `1.4 u`: the figure is part of a number


@lru_cache(1 << 12)
def folded(written: str) -> str:
    """The form under which spellings of one shorthand meet: folded, with single spaces, hyphens as spaces."""
    return " ".join(fold(written).string.replace("-", " ").split())


@dataclass(frozen=True, eq=False)
class Shorthand:
    """The table: what each shorthand stands for, all folded.

    An `unsure` one is read so only beside another shorthand (`u n me`, but not `n fold`); in an `allowed` row of words
    each stands for itself (`u bolts`). The `garbled` words are read however they are cut, masked or misspelt, and the `restored`
    ones, with those, where a text masks, scrambles, joins or misspells several words.
    """

    sure: Mapping[str, str]
    unsure: Mapping[str, str]
    allowed: Sequence[str] = ()
    garbled: Sequence[str] = ()
    restored: Sequence[str] = ()

    @staticmethod
    def of(table: Mapping[str, Any]) -> Shorthand | None:
        """The table as files have it; None when there is none."""
        if not table.get("shorthand"):
            return None
        sure, unsure = ({folded(a): folded(b) for a, b in table[key].items()} for key in ("shorthand", "unsure"))
        allowed, garbled, restored = (
            tuple(map(folded, table.get(key, ()))) for key in ("allowed", "garbled", "restored")
        )
        return Shorthand(sure, unsure, allowed, garbled, restored)

    @cached_property
    def meanings(self) -> Mapping[str, str]:
        """What every shorthand stands for, garbled words as the words they are."""
        garbled = {name: word for word in self.garbled for name in spellings(word)}
        return {**garbled, **self.unsure, **self.sure}

    @cached_property
    def vocabulary(self) -> Vocabulary | None:
        """The words that are restored where several are disguised; None where there are none."""
        return Vocabulary((*self.garbled, *self.restored)) if self.restored else None

    @cached_property
    def _sure(self) -> frozenset[str]:
        return frozenset(self.meanings) - frozenset(self.unsure)

    @cached_property
    def _every(self) -> _Finder:
        return _Finder(self.meanings)

    @cached_property
    def _allowed(self) -> _Finder:
        return _Finder(self.allowed)

    @cached_property
    def literals(self) -> frozenset[str]:
        """Words, joined by one space, of which a row stands in every text that holds a sure shorthand with a letter."""
        return frozenset(words for each in self._sure if _has_letter(words := " ".join(split_words(each))))

    @cached_property
    def patterns(self) -> frozenset[str]:
        """The same for those of figures and signs (`5*`), for the folded text; what is not ASCII is 0xFF."""
        signs = (each for each in self.sure if not _has_letter(" ".join(split_words(each))))
        return frozenset("".join(_in_bytes(char) for char in each) for each in signs)

    def of_document(self, document: Document) -> WrittenOut | None:
        """The text with its shorthand written out; None where there is none."""
        if document.written_out is None and document.shorthand:
            string, words = document.folded.string, document.flat.set
            document.written_out = self.write_out(
                document.text, document.folded, words, self.disguised_in(string, words)
            )
            document.shorthand = document.written_out is not None
        return document.written_out

    def disguised_in(self, string: str, words: frozenset[str]) -> Mapping[str, str]:
        """Disguised words of a folded text, with what they stand for; `words` are all of its words."""
        return self.vocabulary.restored(string, words) if self.vocabulary is not None else {}

    def write_out(self, text: str, view: View, words: frozenset[str], restored: Mapping[str, str]) -> WrittenOut | None:
        """A text with its shorthand, and what is `restored`, written out; None where there is none.

        `view` is the text folded, `words` those in it.
        """
        string = view.string
        found = [each for each in self._every.among(string, words) if not _is_a_name(each, view, text)]
        read: list[tuple[int, int, str, str]] = []  # where, what stands there and what it means
        if any(each.name in self._sure for each in found):
            kept = {at for each in self._allowed.among(string, words) for at in range(*each.span)}
            found = self._read([each for each in found if kept.isdisjoint(range(*each.span))], string)
            read = [(*each.span, each.shown, self.meanings[each.name]) for each in found]
        if read and not restored and self.vocabulary is not None:
            restored = self.vocabulary.signed(string)
        if restored and self.vocabulary is not None:
            in_short = {at: number for number, (a, b, *_) in enumerate(read) for at in range(a, b)}
            whole = [
                (a, b, shown, restored[shown])
                for a, b, shown in self.vocabulary.places(string, restored)
                if a not in in_short or in_short[a] != in_short.get(b - 1)  # no shorthand as long as this
            ]
            taken = {at for start, end, *_ in whole for at in range(start, end)}
            read = sorted([*whole, *(each for each in read if taken.isdisjoint(range(*each[:2])))])
        if not read:
            return None
        return WrittenOut(
            view.replaced((start, end, meaning) for start, end, _, meaning in read),
            tuple((*view.span(start, end), shown, meaning) for start, end, shown, meaning in read),
        )

    def _read(self, found: Sequence[_Found], string: str) -> list[_Found]:
        """Those that are read as shorthand: the sure ones, and what stands beside one that is read."""
        read = [each.name in self._sure for each in found]
        neighbours = list(zip(range(len(found) - 1), range(1, len(found)), strict=True))
        beside = [(a, b) for a, b in neighbours if string[found[a].span[1] : found[b].span[0]].isspace()]
        for one, other in [*beside, *((b, a) for a, b in reversed(beside))]:
            read[other] = read[other] or read[one]
        return [each for each, is_read in zip(found, read, strict=True) if is_read]


def spellings(word: str) -> Iterator[str]:
    """A word garbled: cut in two (`re view`), with a sign for a letter (`rev*ew`), letters swapped, one left out, reversed, or
    spelled by ear in one or two places (`diskount`).

    What is a common word itself is none of them, nor is a cut between two (`in voice`).
    """
    inner = range(1, len(word) - 1)
    swapped = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in inner)
    dropped = (word[:at] + word[at + 1 :] for at in inner if len(word) > SHORTEST_GARBLED)
    others = (*swapped, *dropped, *[word[::-1]] * (len(word) > SHORTEST_GARBLED), *_by_ear(word))
    yield from dict.fromkeys(each for each in others if each != word and each not in SHARE)
    for at in range(1, len(word)):
        common = word[:at] in SHARE and word[:at] not in _TAILS
        if not ((common and (at == 1 or word[at:] in SHARE)) or word[at:] in _TAILS):
            yield word[:at] + _CUT_HERE + word[at:]
    for at in inner:
        if word[at + 1 :] not in _TAILS:
            yield word[:at] + _SIGN_HERE + word[at + 1 :]


def _by_ear(word: str) -> Iterator[str]:
    for sound, other in _BY_EAR:
        yield sound.sub(other, word)
    for (sound, other), (second, instead) in combinations(_BY_EAR, 2):
        yield second.sub(instead, sound.sub(other, word))


def _has_letter(words: str) -> bool:
    return any(char.isalpha() for char in words)


def _in_bytes(char: str) -> str:
    """A character of a name as the patterns of triggers have it."""
    return _GAP if char == " " else regex.escape(char) if char.isascii() else r"\xff"


class _Found(NamedTuple):
    """Where a name of the table stands in a folded text, and how it is written there."""

    span: tuple[int, int]
    name: str
    shown: str


class _Finder:
    """Finds rows of words and signs, looked up by their first words: a text holds few of them."""

    def __init__(self, names: Iterable[str]) -> None:
        by_first: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(names, key=lambda name: (-len(name), name)):
            by_first[split_words(name)[0]].append(name)
        self._by_first = dict(by_first)
        self._expressions: dict[str, regex.Pattern[str]] = {}

    def among(self, string: str, words: frozenset[str]) -> list[_Found]:
        """Where they stand in a folded text, from left to right and apart; `words` are all words of the text."""
        found: list[_Found] = []
        for first in self._by_first.keys() & words:
            match, names = self._expression(first).match, self._by_first[first]
            at = string.find(first)
            while at >= 0:
                inside = at > 0 and string[at - 1].isalnum()  # of another word
                if not inside and (each := match(string, at)) is not None and each.lastindex is not None:
                    found.append(_Found(each.span(), names[each.lastindex - 1], folded(each[0])))
                at = string.find(first, at + 1)
        found.sort()
        apart: list[_Found] = []
        for one in found:
            if not apart or one.span[0] >= apart[-1].span[1]:
                apart.append(one)
        return apart

    def _expression(self, first: str) -> regex.Pattern[str]:
        """What finds the names that begin with a word, each in a group; made at first use."""
        if first not in self._expressions:
            self._expressions[first] = regex.compile("|".join(f"({_expression(n)})" for n in self._by_first[first]))
        return self._expressions[first]


def _expression(name: str) -> str:
    if _CUT_HERE in name or _SIGN_HERE in name:
        garbled = name.replace(_CUT_HERE, _CUT).replace(_SIGN_HERE, _SIGN)
        return rf"(?<!{_LETTER}|'){garbled}(?!{_LETTER})"
    words = _GAP.join(map(regex.escape, name.split(" ")))
    if name[0].isdigit():
        words = _NO_PART + words
    if len(name) == 1:
        return rf"(?<!{_LETTER})(?<!{_LETTER}{_JOINT}){words}(?!{_JOINT}?{_LETTER}|[+#*])"
    if name[0].isalnum() and name[-1].isalnum():
        return rf"(?<!{_LETTER}){words}(?!{_LETTER})"
    return rf"(?<!{_LETTER}|[/.*]){words}(?!{_LETTER}|{regex.escape(name[-1])})"


def _is_a_name(found: _Found, view: View, text: str) -> bool:
    """Whether one or two letters stand in capitals behind a word that is not in capitals."""
    if len(found.name) > _SHORT:
        return False
    start, end = view.span(*found.span)
    if not text[start:end].isupper():
        return False
    before = text[max(0, start - _NEAR) : start].split()[-1:]
    return bool(before) and before[0][-1].isalnum() and not before[0].isupper()
