"""Records on disk: segment files of JSON lines, written by any number of threads and processes into one chain."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from weakref import WeakSet

from filelock import FileLock, Timeout

from ..errors import InputError
from .record import START, Record, canonical, sealed, secret

SEGMENT = re.compile(r"records-(\d{6,})\.jsonl")
TORN = ".torn"  # what is set aside lies beside its segment under this ending
_LOOK = 0.002  # seconds between two tries to get the lock
_BLOCK = 1 << 16  # bytes


class Sink(Protocol):
    """Where records go; `append` returns when the record is safe, and raises otherwise."""

    def append(self, record: Record) -> None: ...


@dataclass(frozen=True, slots=True)
class _End:
    """Where the chain ends: in which segment, how long that is in bytes, and the record it ends with."""

    segment: int = 1
    size: int = 0
    seq: int = 0
    hash: str = START


class JsonlSink:
    """Appends records to `records-000001.jsonl` and so on in a folder, each on the disk before `append` returns.

    Threads and processes may share a folder. `key` makes the hashes HMACs; `max_bytes` is the size at which the next
    segment begins; `head_file`, best on another disk, always names a recent end of the chain, for `verify`; `sync=False`
    leaves it to the system when to write, so that a power loss may take several records. A half-written last line, left by
    a power loss, is set aside. Raises `InputError` where the folder cannot be used or written to.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        key: bytes | str | None = None,
        max_bytes: int = 64 << 20,
        head_file: Path | str | None = None,
        sync: bool = True,
        patience: float = 30.0,
    ) -> None:
        if max_bytes < 1:
            raise InputError(f"`max_bytes` is {max_bytes}; pass how many bytes a segment may have")
        self._folder, self._max_bytes, self._sync, self._patience = Path(folder), max_bytes, sync, patience
        self._key = None if key is None else secret(key, "key")
        self._head_file = None if head_file is None else Path(head_file)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._head_file is not None:
                self._head_file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(self._folder, error) from None
        self._end = _End()
        self._inherited: list[FileLock] = []
        self._guard = threading.Lock()
        self._lock = FileLock(self._folder / ".lock", thread_local=False)
        _SINKS.add(self)

    def append(self, record: Record) -> None:
        """Writes one record behind all others."""
        try:
            with self._locked():
                end = self._current()
                line = canonical(sealed(record, seq=end.seq + 1, previous=end.hash, key=self._key)) + b"\n"
                self._end = self._written(line, end)
                self._tell_head(self._end)
        except OSError as error:
            raise _unusable(self._folder, error) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._guard:  # threads wait for each other here, which is quicker than at the file
            try:
                self._lock.acquire(timeout=self._patience, poll_interval=_LOOK)
            except Timeout:
                raise InputError(
                    f"another writer has held `{self._lock.lock_file}` for {self._patience:g} s; see which one hangs"
                ) from None
            try:
                yield
            finally:
                self._lock.release()

    def _current(self) -> _End:
        """The end of the chain, looked up anew where another process has written since."""
        known = self._end
        if known.seq and _size(self._file(known.segment)) == known.size and not self._file(known.segment + 1).exists():
            return known
        return _end_of(self._folder)

    def _file(self, segment: int) -> Path:
        return segment_file(self._folder, segment)

    def _written(self, line: bytes, end: _End) -> _End:
        full = end.size > 0 and end.size + len(line) > self._max_bytes
        segment, size = (end.segment + 1, 0) if full else (end.segment, end.size)
        file = self._file(segment)
        fresh = size == 0
        opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            _write_whole(opened, line, size)
            if self._sync:
                os.fsync(opened)
        finally:
            os.close(opened)
        if fresh and self._sync:
            _sync_folder(self._folder)
        placed = json.loads(line)
        return _End(segment, size + len(line), placed["seq"], placed["hash"])

    def _tell_head(self, end: _End) -> None:
        if self._head_file is not None:
            part = self._head_file.with_name(f"{self._head_file.name}.{os.getpid()}.part")
            part.write_bytes(canonical({"seq": end.seq, "hash": end.hash}) + b"\n")
            os.replace(part, self._head_file)

    def forked(self) -> None:
        """A child of a fork must not wait for a thread of its parent, nor release its parent's lock by dropping it."""
        self._inherited.append(self._lock)
        self._guard = threading.Lock()
        self._lock = FileLock(self._folder / ".lock", thread_local=False)


def _write_whole(opened: int, line: bytes, size: int) -> None:
    """All of the line or, on a full disk, nothing of it."""
    try:
        done = 0
        while done < len(line):
            done += os.write(opened, line[done:])
    except OSError:
        os.ftruncate(opened, size)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _unusable(folder: Path, error: OSError) -> InputError:
    reason = (error.strerror or str(error)).lower()
    return InputError(
        f"records cannot be written to `{error.filename or folder}`: {reason}; mend that, since no decision may go unrecorded"
    )


# --- segments -------------------------------------------------------------------------------------------------------


def segment_file(folder: Path, segment: int) -> Path:
    """The file of a segment; segments count from 1."""
    return folder / f"records-{segment:06}.jsonl"


def segments(folder: Path) -> list[tuple[int, Path]]:
    """The segments of a folder with their numbers, in order."""
    found = [(int(named[1]), file) for file in folder.iterdir() if (named := SEGMENT.fullmatch(file.name))]
    return sorted(found)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _end_of(folder: Path) -> _End:
    """The end of the chain in a folder, once a half-written line is set aside."""
    found = segments(folder)
    if not found:
        return _End()
    segment, file = found[-1]
    _set_aside(file)
    size = _size(file)
    for _, each in reversed(found):
        if line := _last_line(each):
            try:
                placed = json.loads(line)
                return _End(segment, size, int(placed["seq"]), str(placed["hash"]))
            except (ValueError, KeyError, TypeError):
                raise InputError(
                    f"the last line of `{each}` is no record; see `evenhand records verify {folder}`, and begin a new folder"
                ) from None
    return _End(segment, size)


def _set_aside(file: Path) -> None:
    """Moves what follows the last line break into a file of its own: a line that was never finished."""
    size = _size(file)
    whole = _after_last_break(file, size)
    if whole == size:
        return
    with file.open("r+b") as opened:
        opened.seek(whole)
        rest = opened.read()
        with file.with_suffix(TORN).open("ab") as torn:
            torn.write(rest + b"\n")
            torn.flush()
            os.fsync(torn.fileno())
        opened.truncate(whole)
        os.fsync(opened.fileno())


def _after_last_break(file: Path, end: int) -> int:
    """Where the last whole line of the first `end` bytes ends."""
    with file.open("rb") as opened:
        while end > 0:
            start = max(0, end - _BLOCK)
            opened.seek(start)
            at = opened.read(end - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
            end = start
    return 0


def _last_line(file: Path) -> bytes:
    """The last line of a file of whole lines; empty when there is none."""
    end = _after_last_break(file, _size(file))
    start = _after_last_break(file, end - 1) if end else 0
    with file.open("rb") as opened:
        opened.seek(start)
        return opened.read(end - start)


# --- forks ----------------------------------------------------------------------------------------------------------


def _after_fork() -> None:
    for sink in list(_SINKS):
        sink.forked()


_SINKS: WeakSet[JsonlSink] = WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
