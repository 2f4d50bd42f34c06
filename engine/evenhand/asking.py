"""What a hit of the scans asks for, checked against the words of the text alone: most texts are ruled out here."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain

from .disguise import bare_key
from .tables import UNITS, Tables, Window
from .views import Flat, sentence_ends

# Words, and beginnings of words, of which one must stand somewhere.
Wanted = tuple[frozenset[str], tuple[str, ...]]
# The same in a window around a hit: from the first number of words behind it to before the second.
Near = tuple[frozenset[str], tuple[str, ...], int, int]
# Words of which one must stand so many words or sentences off at most.
Reached = tuple[Wanted, int, str]
# A target, with what else must stand near the hit, anywhere in the text, and in reach.
Asked = tuple[int, tuple[Near, ...], tuple[Wanted, ...], tuple[Reached, ...]]
Group = tuple[Near | None, list[Asked]]
# Whether it matters where a row was hit; one in which a word of theirs must stand, if all have; and what is asked for.
Row = tuple[bool, Near | None, list[Group]]
# Targets, each with what must stand anywhere.
Anywhere = list[tuple[int, tuple[Wanted, ...]]]


def begin(words: Iterable[str], begun: tuple[str, ...]) -> bool:
    """Whether some word begins in one of these ways."""
    for word in words:  # a loop, for every text comes here again and again
        if word.startswith(begun):
            return True
    return False


def stands(window: Near, words: Sequence[str], at: int) -> bool:
    """Whether a word of the window stands in it; `at` is the word that was hit."""
    exact, begun, first, behind = window
    near = words[at + first : at + behind]
    return not exact.isdisjoint(near) or (bool(begun) and begin(near, begun))


def stand(windows: Iterable[Near], words: Sequence[str], at: int) -> bool:
    """Whether a word of each window stands in it."""
    for window in windows:
        if not stands(window, words, at):
            return False
    return True


def _united(several: Sequence[Wanted]) -> Wanted:
    exact, begun = zip(*several, strict=True)
    return frozenset().union(*exact), tuple(dict.fromkeys(chain.from_iterable(begun)))


class Read:
    """The words of a text, as it stands and undisguised (None where nothing is disguised), later with shorthand written out too."""

    def __init__(self, folded: str, flat: Flat, bare: Flat | None) -> None:
        self.flat = flat
        self.bare = bare
        self.words = flat.set if bare is None else flat.set | bare.set  # the different words of all readings
        self._folded = folded
        self._one_reading = True
        self._begun: dict[tuple[str, ...], bool] = {}  # whether some word begins so: asked for again and again
        self._sentences: dict[tuple[int, int], frozenset[str]] = {}

    def take_in(self, long: Flat) -> None:
        """Adds the words as they read with shorthand written out."""
        self.words = self.words | long.set
        self._one_reading = False
        self._begun.clear()

    def lacks(self, wanted: Wanted) -> bool:
        """Whether none of what is wanted stands in any reading."""
        exact, begun = wanted
        if not begun or not exact.isdisjoint(self.words):
            return exact.isdisjoint(self.words)
        if begun not in self._begun:
            self._begun[begun] = begin(self.words, begun)
        return not self._begun[begun]

    def lacks_one(self, several: Iterable[Wanted]) -> bool:
        """Whether it lacks something of what is wanted."""
        for wanted in several:
            if self.lacks(wanted):
                return True
        return False

    def reaches(self, at: int, several: Iterable[Reached]) -> bool:
        """Whether all that is wanted stands in reach of a word; where there are several readings, it may stand anywhere."""
        if not self._one_reading:
            return True
        for (exact, begun), most, unit in several:
            near = self._near(at, most, unit)
            if exact.isdisjoint(near) and not (begun and begin(near, begun)):
                return False
        return True

    def _near(self, at: int, most: int, unit: str) -> frozenset[str]:
        """The words at most so many words off, or in the sentences at most so many off."""
        words = self.flat.words
        if unit == "words":
            return frozenset(words[max(0, at - most) : at + most + 1])
        ends, sentence = self._ends, bisect_left(self._ends, at)
        if (sentence, most) not in self._sentences:
            first, last = sentence - most, sentence + most
            begin = ends[first - 1] + 1 if first > 0 else 0
            near = frozenset(words[begin : ends[last] + 1 if last < len(ends) else None])
            self._sentences[sentence, most] = near
        return self._sentences[sentence, most]

    @cached_property
    def _ends(self) -> list[int]:
        """Which words end a sentence."""
        return sentence_ends(self._folded)


class Asking:
    """What each row of the tables asks for; each is made ready when a text hits it first, for a process meets few of them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._sets: list[Wanted | None] = [None] * len(tables.beside)
        self._spellings: list[Wanted | None] = [None] * len(tables.beside)
        self._rows: list[Row | None] = [None] * len(tables.rows)
        self._anywhere: list[Anywhere | None] = [None] * len(tables.rows)

    def row(self, number: int) -> Row:
        """What a row asks for, by the first window of each target."""
        return self._rows[number] or self._resolved(number)

    def anywhere(self, number: int) -> Anywhere:
        """What a row asks for where words are disguised."""
        asked = self._anywhere[number]
        if asked is None:
            asked = self._anywhere[number] = [
                (target, tuple(map(self._spelled, [*(number for number, _, _ in each.around), *each.beside])))
                for target, each in self._tables.asked(number)
            ]
        return asked

    def _resolved(self, row: int) -> Row:
        groups: dict[Window | None, list[Asked]] = {}
        for target, (beside, around, within) in self._tables.asked(row):
            rest = tuple(map(self._near, around[1:]))
            reached = tuple((self._set(number), most, UNITS[unit]) for number, most, unit in within)
            asked_for = target, rest, tuple(map(self._set, beside)), reached
            groups.setdefault(around[0] if around else None, []).append(asked_for)
        made = [(window and self._near(window), asked) for window, asked in groups.items()]
        windows = [window for window, _ in made if window is not None]
        whole = None
        if len(windows) == len(made) > 0:
            wanted = _united([(exact, begun) for exact, begun, _, _ in windows])
            whole = *wanted, min(first for *_, first, _ in windows), max(behind for *_, behind in windows)
        if len(made) == 1:  # one look is enough
            made = [(None, made[0][1])]
        placed = bool(windows) or any(within for _, several in made for *_, within in several)
        asked = self._rows[row] = placed, whole, made
        return asked

    def _spelled(self, number: int) -> Wanted:
        """A set of words, with their keys among the undisguised ones."""
        made = self._spellings[number]
        if made is None:
            exact, begun = self._set(number)
            keys = frozenset(map(bare_key, exact)), tuple(map(bare_key, begun))
            made = self._spellings[number] = _united([(exact, begun), keys])
        return made

    def _near(self, window: Window) -> Near:
        number, first, behind = window
        return *self._set(number), first, behind

    def _set(self, number: int) -> Wanted:
        made = self._sets[number]
        if made is None:
            words = self._tables.beside[number].split()
            begun = tuple(word[:-1] for word in words if word.endswith("*"))
            made = self._sets[number] = frozenset(word for word in words if not word.endswith("*")), begun
        return made
