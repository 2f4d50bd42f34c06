"""Times calls one by one and reduces rounds of them to a few honest numbers."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, perf_counter_ns

Call = Callable[[str], object]


def latencies(call: Call, texts: Sequence[str]) -> list[int]:
    """Nanoseconds of each call; reading the clock (about 0.05 us) is in every one, so ratios come out a little mild."""
    gc.collect()
    clock = perf_counter_ns
    taken = []
    for text in texts:
        begin = clock()
        call(text)
        taken.append(clock() - begin)
    return taken


def affordable(call: Call, texts: Sequence[str], seconds: float) -> int:
    """How many of the texts the call gets through in so many seconds, estimated in a tenth of them; at least 10."""
    call(texts[0])  # what is built at the first call is not counted
    begin, done = perf_counter(), 0
    for text in texts:
        call(text)
        done += 1
        if perf_counter() - begin > seconds / 10:
            break
    each = (perf_counter() - begin) / done
    return min(len(texts), max(10, int(seconds / each)))


def share(ordered: Sequence[int], part: float) -> int:
    """The value below which that part of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


@dataclass
class Series:
    """The rounds of one contender, each beside a round of ours on the same texts, directly after it.

    Ours comes second, when the contender has filled the processor's caches with its own things: no favour to us.
    """

    name: str
    call: Call
    count: int
    own: list[list[int]] = field(default_factory=list)
    ours: list[list[int]] = field(default_factory=list)

    def round(self, ours: Call, texts: Sequence[str]) -> None:
        same = texts[: self.count]
        self.own.append(latencies(self.call, same))
        self.ours.append(latencies(ours, same))

    @property
    def rate(self) -> float:
        """Texts a second."""
        return median(len(taken) / sum(taken) * 1e9 for taken in self.own)

    def microseconds(self, part: float) -> float:
        """The time within which that part of the calls is done: the median over rounds."""
        return median(share(sorted(taken), part) for taken in self.own) / 1e3

    @property
    def ratio(self) -> float:
        """How many times as long as ours it takes for the same texts."""
        return median(sum(own) / sum(ours) for own, ours in zip(self.own, self.ours, strict=True))

    @property
    def p50_ratio(self) -> float:
        """The median call of ours as a multiple of the contender's."""
        pairs = zip(self.own, self.ours, strict=True)
        return median(share(sorted(ours), 0.5) / share(sorted(own), 0.5) for own, ours in pairs)
