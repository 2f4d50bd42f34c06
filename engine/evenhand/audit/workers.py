"""Judges chunks in order, in this process or in several: what comes out does not depend on how many."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from ..columns import PLACE, Judge
from ..errors import EvenhandError
from ..policy import Policy
from .parts import part_of

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Job(Protocol[T_co]):
    """What is done with chunks: goes to every process once, where it makes a worker (first row, batch -> what comes out)."""

    def worker(self) -> Callable[[int, pa.RecordBatch], T_co]: ...


@dataclass(frozen=True, slots=True)
class Work:
    """How to judge: by which policy, which columns mean what, and which rules alone are asked (None: all)."""

    policy: Policy
    columns: Mapping[str, str]
    only: frozenset[int] | None = None

    def worker(self) -> _Worker:
        """What judges chunks."""
        return _Worker(self)


@dataclass(frozen=True, slots=True)
class Done:
    """A judged chunk and what each rule took (texts and nanoseconds)."""

    part: pa.RecordBatch
    spent: Mapping[str, tuple[int, int]]


class _Worker:
    def __init__(self, work: Work) -> None:
        self._judge = Judge(work.policy, work.columns, work.only)
        self._rules = work.policy.compiled.rules

    def __call__(self, first: int, batch: pa.RecordBatch) -> Done:
        judge = self._judge
        judge.spent.clear()
        judged = judge.judge(batch)
        spent = {self._rules[number].id: taken for number, taken in judge.spent.items()}
        return Done(part_of(judged, first, batch.column(PLACE).to_pylist()), spent)


_here: list[Callable[[int, pa.RecordBatch], Any]] = []  # the one worker of a process that has no other work


def _begin(work: Job[Any]) -> None:
    _here[:] = [work.worker()]


def _go(first: int, batch: pa.RecordBatch) -> Any:
    return _here[0](first, batch)


def judged(work: Job[T], chunks: Iterable[tuple[int, pa.RecordBatch]], workers: int) -> Generator[T, None, None]:
    """What becomes of the chunks in so many processes, in their order; raises `EvenhandError` when one was killed."""
    if workers == 1:
        worker = work.worker()
        for first, batch in chunks:
            yield worker(first, batch)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(work,))
    waiting: deque[Future[T]] = deque()
    try:
        for first, batch in chunks:
            waiting.append(pool.submit(_go, first, batch))
            if len(waiting) > workers + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise EvenhandError(
            "a worker was killed, perhaps for want of memory; pass fewer --workers, and --resume to go on"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
