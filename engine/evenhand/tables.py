"""From what a scan hits to what it asks for, in whole numbers: packed, since a process reads few rows of very many."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from .frequencies import shares
from .matcher import Literal, chance_near

SHORTHAND, CODED = -1, -2  # the targets of what is no rule's: a shorthand stands in the text, or it announces a code

# A target, and the number of its narrowing.
Asked = tuple[int, int]
# The number of a set of words, and how many words behind the last word of a literal one of them must stand: from the
# first number to before the second.
Window = tuple[int, int, int]
# The number of a set of words, how far off one of them may stand, and the number of the unit.
Reach = tuple[int, int, int]
UNITS = ("words", "sentences")


class Narrowing(NamedTuple):
    """The numbers of sets of words of which one word each must stand: in the text too, near the hit, and in reach of it."""

    beside: tuple[int, ...] = ()
    around: tuple[Window, ...] = ()
    within: tuple[Reach, ...] = ()


_NOTHING_ELSE = Narrowing()


# --- packed rows ----------------------------------------------------------------------------------------------------

_COUNT, _NUMBER = "I", "i"  # types of arrays
Packed = tuple[bytes, bytes]  # where each row ends, and the numbers of all rows


def packed(rows: Iterable[Sequence[int]]) -> Packed:
    """Rows of whole numbers as plain bytes."""
    ends, numbers = array(_COUNT), array(_NUMBER)
    for row in rows:
        numbers.extend(row)
        ends.append(len(numbers))
    return ends.tobytes(), numbers.tobytes()


class Rows:
    """Rows that were packed."""

    __slots__ = ("_ends", "_numbers")

    def __init__(self, stored: Packed) -> None:
        self._ends, self._numbers = _array(_COUNT, stored[0]), _array(_NUMBER, stored[1])

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> Sequence[int]:
        return self._numbers[self._ends[number - 1] if number else 0 : self._ends[number]]


def _array(kind: str, stored: bytes) -> array[int]:
    numbers = array(kind)
    numbers.frombytes(stored)
    return numbers


def _in(several: Sequence[int], each: int) -> Iterator[tuple[int, ...]]:
    """The numbers in groups of so many."""
    return zip(*[iter(several)] * each, strict=True)


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tables:
    """From what a scan hits to what it asks for: branches of rules, as numbers. Scan ids count through all databases.

    `asked(row_of[id])` is what a scan id asks for: many ids ask for the same. `beside[n]` is set of words number n, the
    words with a space between. `target(n)` is the target's rule and the branch of its tree; `SHORTHAND` is the target of
    every shorthand, `CODED` of what announces a code.
    """

    rows: Rows
    row_of: Sequence[int]
    targets: Sequence[int]
    narrowings: Rows
    beside: Sequence[str]
    disguise: frozenset[int]
    always: tuple[int, ...]
    known: tuple[int, ...]
    longer: Sequence[tuple[int, int]]  # (characters, target)
    shorter: Sequence[tuple[int, int]]  # (words, target)
    margin: int  # of words in front of a literal that its windows reach over
    titled: frozenset[int]  # targets that nothing asks for unless the contract's title is known
    disguised: frozenset[int]  # those that nothing asks for unless something is disguised or not ASCII

    @staticmethod
    def of(artifact: Mapping[str, Any]) -> Tables:
        """The tables as the cache keeps them."""
        return Tables(
            Rows(artifact["rows"]),
            _array(_COUNT, artifact["row_of"]),
            _array(_NUMBER, artifact["targets"]),
            Rows(artifact["narrowings"]),
            artifact["beside"],
            frozenset(artifact["disguise"]),
            artifact["always"],
            artifact["known"],
            artifact["longer"],
            artifact["shorter"],
            artifact["margin"],
            frozenset(artifact["titled"]),
            frozenset(artifact["disguised"]),
        )

    def asked(self, row: int) -> Iterator[tuple[int, Narrowing]]:
        """What a row asks for: targets, each with what narrows it."""
        for target, narrowing in _in(self.rows[row], 2):
            yield target, _unpacked(self.narrowings[narrowing])

    def target(self, number: int) -> tuple[int, int]:
        """The rule and the branch of its tree."""
        return self.targets[2 * number], self.targets[2 * number + 1]


def _packed(narrowing: Narrowing) -> list[int]:
    beside, around, within = narrowing
    windows, reaches = ([number for each in several for number in each] for several in (around, within))
    return [len(beside), len(windows), *beside, *windows, *reaches]


def _unpacked(row: Sequence[int]) -> Narrowing:
    sides, windows = row[0] + 2, row[0] + row[1] + 2
    around, within = (tuple((a, b, c) for a, b, c in _in(each, 3)) for each in (row[sides:windows], row[windows:]))
    return Narrowing(tuple(row[2:sides]), around, within)


# --- building -------------------------------------------------------------------------------------------------------


class Ids:
    """Numbers for what databases look for, counted through all of them."""

    def __init__(self) -> None:
        self.asked: list[list[Asked]] = []  # by each of them
        self.narrowings: dict[Narrowing, int] = {}
        self._beside: dict[frozenset[str], int] = {}
        self._margin = 0

    def narrowed(self, literal: Literal) -> Narrowing:
        """What must stand beside and around a literal, and in reach of it."""
        near = sorted(literal.around, key=lambda each: (chance_near(each), each.first, each.last, _shares(each.words)))
        self._margin = max([self._margin, *(-each.first for each in near)])
        reach = sorted(set(literal.within), key=lambda each: (_shares(each.words), each.most, each.unit))
        return Narrowing(
            self.beside(literal.beside),
            tuple((self._number(each.words), each.first, each.last + 1) for each in near),
            tuple((self._number(each.words), each.most, UNITS.index(each.unit)) for each in reach),
        )

    def beside(self, sets: Sequence[frozenset[str]]) -> tuple[int, ...]:
        """The numbers of sets of words that must stand beside a literal or pattern; the one that rules out most first."""
        return tuple(map(self._number, sorted(set(sets), key=_shares)))

    def _number(self, words: frozenset[str]) -> int:
        return self._beside.setdefault(words, len(self._beside))

    def table(self) -> IdTable:
        """A table for one more database."""
        return IdTable(self)

    def stored(self) -> dict[str, Any]:
        """What each scan id asks for, each row kept once, and the words that `beside` wants."""
        rows: dict[tuple[Asked, ...], int] = {}
        row_of = array(_COUNT, (rows.setdefault(tuple(row), len(rows)) for row in self.asked))
        return {
            "rows": packed([number for asked in row for number in asked] for row in rows),
            "row_of": row_of.tobytes(),
            "narrowings": packed(map(_packed, self.narrowings)),
            "beside": [" ".join(sorted(words)) for words in self._beside],
            "margin": self._margin,
        }


@lru_cache(1 << 16)
def _shares(words: frozenset[str]) -> tuple[float, list[str]]:
    """An order of sets of words: the one that rules out most first."""
    return shares(words), sorted(words)


class IdTable:
    """What one database looks for: expressions with their ids."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.id_of: dict[bytes, int] = {}

    def add(self, expression: bytes, target: int | None, narrowing: Narrowing = _NOTHING_ELSE) -> int:
        """The id of an expression, which asks for a target, unless that is None."""
        number = self.id_of.get(expression)
        if number is None:
            number = self.id_of[expression] = len(self.ids.asked)
            self.ids.asked.append([])
        if target is not None:
            asked = target, self.ids.narrowings.setdefault(narrowing, len(self.ids.narrowings))
            if asked not in self.ids.asked[number]:
                self.ids.asked[number].append(asked)
        return number

    def add_all(self, literals: Iterable[Literal], target: int) -> None:
        """Lets literals ask for a target."""
        for literal in sorted(literals, key=_literal_order):
            self.add(_expression(literal), target, self.ids.narrowed(literal))


def _expression(literal: Literal) -> bytes:
    return b" " * (not literal.open_start) + literal.words.encode() + b" " * (not literal.open_end)


def _literal_order(literal: Literal) -> tuple[str, bool, bool, list[tuple[float, list[str]]]]:
    near = (each.words for several in (literal.around, literal.within) for each in several)
    return literal.words, literal.open_end, literal.open_start, [_shares(words) for words in (*literal.beside, *near)]
