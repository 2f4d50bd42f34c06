"""Words that a whole text disguises: cut in pieces, vowels masked, letters swapped, words run together, or spelled by ear.

One misspelt word alone is a typing error, a name or a word of another language; several of a kind show that they are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import groupby

from .disguise import undo_leet
from .frequencies import SHARE

_VOWELS = "aeiouy"
_MASK = "*#"
# A word with signs for some of its vowels: "r*v**w".
_MASKED = re.compile(rf"(?<![^\W_])[a-z](?:[a-z]*[{_MASK}]{{1,2}})+[a-z]+(?![^\W_]|[{_MASK}])")
# A word in pieces: "fr-ee-bie".
_PIECES = re.compile(r"(?<![^\W_])[^\W\d_]{1,5}(?:[-.*_/|~][^\W\d_]{1,5}){1,4}(?![^\W_])")
_WITHIN = re.compile(r"[-.*_/|~](?<=\w.)(?=\w)")
_SIGNED = re.compile(r"(?<![^\W_])(?=[a-z]*[0-9@$!|])[a-z0-9@$!|]{3,}(?![^\W_])")  # with signs for letters: "st4rs"
_CUT_LETTERS, _CUTS = 5, 2  # of such a word, at least; one cut is enough where a piece is no word itself
_FEW_CUT_LETTERS, _CUT_WORDS = 3, 3  # where so many words of a text are in pieces, shorter ones are too
# Letters apart: "t.e.n".
_LETTERS_APART = re.compile(r"(?<![^\W_])[^\W\d_](?:[-.*_/|~][^\W\d_]){2,}(?![^\W_])")
_SHOWN = 0.5  # of the letters of a masked word, at least
_SWAPPED_LETTERS, _SWAPPED_WORDS = 4, 2  # of such a word, and in a text, at least
# Short words that begin as words do may be words themselves: `heat` is no `hate`, while `fkae` and `gfit` are none.
_SPOKEN = re.compile(r"[aeiouy]|[^aeiou][aeiouyhlr]|s[ckmnpqtw]|[tdw][rw]|kn|gn|ps")
_JOINED_LETTERS, _JOINED_LETTERS_AT_MOST, _JOINED_WORDS = 10, 60, 3  # of words run together
# Short words that stand among others; other short ones are pieces of longer words.
_SHORT = frozenset("a am an as at be by do go he hi if im in is it me my no of on or so to up us we ya".split())
_AT_START = frozenset("iu")
# With these at its end it is one word: "what|so|ever", "man|age|able".
_ENDINGS = frozenset(
    "able age ally ance at ate ease ed ence end ent er ever form ing ion ist ive less ness on rent some ten tion".split()
)
_HEARD_LETTERS, _HEARD_WORDS, _HEARD_SHARE = 3, 4, 0.15  # of such a word, in a text, and of its words, at least
_ENGLISH = 0.2  # of the words of a text are common English ones, at least, where words are read by ear
_REMEMBERED = 1 << 14  # words that are no known ones

# How English sounds are written; what sounds about alike has the same key. Vowels are of the front (e) or of the back (o).
_SOUNDS = {
    "tch": "c", "sch": "x", "sh": "x", "ch": "c", "ck": "k", "cc": "k", "ph": "f", "gh": "", "wh": "w", "qu": "kw", "cial": "xol",
    "tial": "xol", "tion": "xon", "sion": "xon", "zh": "x", "x": "ks", "z": "s", "c": "k", "q": "k", "dge": "j",
}  # fmt: skip
_SOUND = re.compile(
    r"^kn|^wr|^y(?=[aeiou])|(?<=[^aeiou])(?:er|or|ar|re|a|ure)$|"
    + "|".join(sorted(_SOUNDS, key=lambda each: -len(each)))
    + "|[aeiouy][aeiouywh]*"
)
_KEYS = _SOUNDS | {"kn": "n", "wr": "r"}
_BACK = re.compile("[ou]|ew|aw")


def _sounded(match: re.Match[str]) -> str:
    letters, word = match[0], match.string
    if letters == "c" and word[match.end() : match.end() + 1] in tuple("eiy"):
        return "s"
    if letters in _KEYS:
        return _KEYS[letters]
    if letters == "y" and match.start() == 0 and match.end() < len(word):
        return "y"
    if match.end() == len(word) and letters in ("er", "or", "ar", "re", "a", "ure"):
        return "e"
    return "o" if _BACK.search(letters) or (letters == "a" and word[: match.start()].endswith(("w", "wh"))) else "e"


def sound(word: str) -> str:
    """A key that English words have in common with what sounds about like them: `munny` and `money` give `mone`."""
    silent = word[:-1] if len(word) > len("the") and word[-1] == "e" and word[-2] not in _VOWELS else word
    return "".join(char for char, _ in groupby(_SOUND.sub(_sounded, silent)))


def _chunk(string: str, at: int) -> str:
    """What stands between the spaces round a place."""
    end = string.find(" ", at)
    return string[string.rfind(" ", 0, at) + 1 : end if end >= 0 else len(string)]


def _letters(word: str) -> str:
    """A key that words have in common with what their letters give in another order, the first one kept."""
    return word[0] + "".join(sorted(word[1:]))


def _consonants(word: str) -> str:
    """A key of masked words: a sign for every vowel."""
    return re.sub(rf"[{_VOWELS}{_MASK}]", "*", word)


_SWAPPED, _JOINED, _HEARD = "swapped", "joined", "heard"  # how a word that is not known may be disguised


class Vocabulary:
    """The words that may be restored, folded, in the order in which they are preferred; it remembers words, never texts.

    Beside them are the common ones of English: those come first but where a word is masked, for it is no common one that is hidden.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._listed = tuple(words)
        self._words = tuple(dict.fromkeys((*SHARE, *self._listed)))
        self._known = frozenset(self._words)
        self._meant = lru_cache(_REMEMBERED)(self._look_up)

    def restored(self, string: str, words: frozenset[str]) -> Mapping[str, str]:
        """What words of a folded text stand for, as they stand there; `words` are all of its words. Most texts have none."""
        meant: dict[str, dict[str, str]] = {}
        for word in words - self._known:
            if (each := self._meant(word)) is not None:
                how, plain = each
                meant.setdefault(how, {})[word] = plain
        found = meant.get(_JOINED, {}) | self._in_pieces(string) | self._masked(string)
        swapped = meant.get(_SWAPPED, {})
        if sum(len(word) > _SWAPPED_LETTERS or not _SPOKEN.match(word) for word in swapped) >= _SWAPPED_WORDS:
            found |= swapped
        if _are_heard(heard := meant.get(_HEARD, {}), words):
            found |= heard
        return found | self.signed(string) if found else found

    def signed(self, string: str) -> dict[str, str]:
        """Words of a folded text with signs for letters, or letters apart: restored beside others, undone anyway where alone."""
        found: dict[str, str] = {}
        for each in _LETTERS_APART.finditer(string):
            if (meant := re.sub(r"[\W_]", "", each[0])) in self._known:
                found[each[0]] = meant
        leet = undo_leet(string)
        if leet != string:
            for each in _SIGNED.finditer(string):
                meant = leet[slice(*each.span())]
                if meant != each[0] and meant in self._known:
                    found[each[0]] = meant
        return found

    def places(self, string: str, restored: Mapping[str, str]) -> Iterable[tuple[int, int, str]]:
        """(start, end, word) of every restored word in the folded text."""
        written = "|".join(map(re.escape, sorted(restored, key=len, reverse=True)))
        return ((*each.span(), each[0]) for each in re.finditer(rf"(?<![^\W_])(?:{written})(?![^\W_])", string))

    def _look_up(self, word: str) -> tuple[str, str] | None:
        """How a word that is not known may be disguised, and what it means then; None for most."""
        if len(word) >= _SWAPPED_LETTERS and (swapped := self._by_letters.get(_letters(word))):
            return _SWAPPED, swapped
        if joined := self._apart(word):
            return _JOINED, joined
        if len(word) > 1 and word.isascii() and word.isalpha() and (heard := self._by_sound.get(sound(word))):
            return _HEARD, heard
        return None

    def _in_pieces(self, string: str) -> dict[str, str]:
        found: dict[str, str] = {}
        short: dict[str, str] = {}
        for chunk in {_chunk(string, each.start()) for each in _WITHIN.finditer(string)}:  # none, in most texts
            for read in dict.fromkeys((chunk, undo_leet(chunk))):  # either as long as the chunk
                for each in _PIECES.finditer(read):
                    pieces = re.split(r"[\W_]", each[0])
                    whole = "".join(pieces)
                    cut = len(pieces) > _CUTS or not self._known.issuperset(pieces)
                    apart = max(map(len, pieces)) == 1  # letters one by one are told otherwise
                    if cut and not apart and len(whole) >= _FEW_CUT_LETTERS and whole in self._known:
                        (found if len(whole) >= _CUT_LETTERS else short)[chunk[slice(*each.span())]] = whole
        return found | short if len(found) + len(short) >= _CUT_WORDS else found

    def _masked(self, string: str) -> dict[str, str]:
        found: dict[str, str] = {}
        if not any(sign in string for sign in _MASK):
            return found
        for each in _MASKED.finditer(string):
            signs = sum(map(each[0].count, _MASK))
            if len(each[0]) * _SHOWN <= len(each[0]) - signs:
                expression = re.compile(re.sub(rf"[{_MASK}]", f"[{_VOWELS}]", each[0]))
                meant = next(filter(expression.fullmatch, self._by_consonants.get(_consonants(each[0]), ())), None)
                if meant:
                    found[each[0]] = meant
        return found

    def _apart(self, word: str) -> str:
        """Words that were run together, with spaces; "" where they are none. The fewer and longer, the better."""
        if not _JOINED_LETTERS <= len(word) <= _JOINED_LETTERS_AT_MOST:
            return ""
        best: list[tuple[int, int]] = [(0, 0)]  # by letters so far: the value, and where the last word begins
        for end in range(1, len(word) + 1):
            value, start = -1, 0
            for begin in range(max(0, end - self._longest), end):
                worth = best[begin][0] + (end - begin) ** 2
                if best[begin][0] >= 0 and worth > value and self._may_stand(word[begin:end], first=begin == 0):
                    value, start = worth, begin
            best.append((value, start))
        if best[-1][0] < 0 or word[best[-1][1] :] in _ENDINGS:
            return ""
        pieces, end = [], len(word)
        while end:
            pieces.append(word[best[end][1] : end])
            end = best[end][1]
        return " ".join(reversed(pieces)) if len(pieces) >= _JOINED_WORDS else ""

    def _may_stand(self, word: str, *, first: bool) -> bool:
        """Whether this may be one of several words that were run together."""
        if len(word) < len("the"):
            return word in _SHORT or (first and word in _AT_START)
        return word in self._known

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._words))

    @cached_property
    def _by_letters(self) -> Mapping[str, str]:
        return {_letters(word): word for word in reversed(self._words) if len(word) >= _SWAPPED_LETTERS}

    @cached_property
    def _by_sound(self) -> Mapping[str, str]:
        return {sound(word): word for word in reversed(self._words) if word.isascii()}

    @cached_property
    def _by_consonants(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for word in dict.fromkeys((*self._listed, *SHARE)):
            found.setdefault(_consonants(word), []).append(word)
        return found


def _are_heard(found: Mapping[str, str], words: frozenset[str]) -> bool:
    """Whether so many words of an English text are spelled by ear that they are meant to be."""
    number = sum(len(word) >= _HEARD_LETTERS for word in found)
    if number < _HEARD_WORDS or number < _HEARD_SHARE * len(words):
        return False
    return len(words & SHARE.keys()) >= _ENGLISH * len(words)
