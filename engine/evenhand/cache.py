"""Compiled policies on disk: one file each, written atomically, and as good as absent when it is damaged."""

from __future__ import annotations

import gc
import hashlib
import marshal
import mmap
import os
import platform
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

ENGINE_VERSION = "0.1.0"
_FORMAT = 14
# Folders of this package that have no say in how a policy is compiled, nor in its verdicts.
APART = ("audit", "cli", "explain", "hooks", "impact", "neutrality", "reciprocity", "records")
_PATIENCE = 300  # seconds that a process waits for another one to compile the same policy
LATE = 4  # so many databases are loaded when they are needed; hyperscan checks the others as it loads them
_NUMBER = 4  # bytes
_HEADER = 5 * _NUMBER
_TAIL = 16  # bytes: hyperscan does not check the last ones of a database


def cache_folder() -> Path | None:
    """Where compiled policies are kept: `EVENHAND_CACHE`, else the user's cache folder; None when it is `off`."""
    wished = os.environ.get("EVENHAND_CACHE")
    if wished in ("off", "0", ""):
        return None
    if wished:
        return Path(wished)
    return user_cache_path("evenhand")


def _processor() -> str:
    """What a database is built for: the machine and its processor's features."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = next((line for line in file if line.startswith(("flags", "Features"))), "")
    except OSError:
        flags = platform.processor()
    return platform.machine() + hashlib.sha256(flags.encode()).hexdigest()[:8]


@cache
def _engine() -> str:
    """What else decides how a policy is compiled: this package's own files and the libraries' versions."""
    files = [file for file in sorted(Path(__file__).parent.rglob("*.py")) if file.parent.name not in APART]
    own = [(file.name, (status := file.stat()).st_size, status.st_mtime_ns) for file in files]
    libraries = [library_version(name) for name in ("hyperscan", "regex", "better-profanity", "phonenumbers")]
    return str((_FORMAT, ENGINE_VERSION, platform.python_version(), own, libraries, _processor()))


def cache_file(folder: Path, texts: Sequence[tuple[str, bytes]]) -> Path:
    """The file of the policy that these files (name, content) make, compiled by this engine on this machine."""
    digest = hashlib.sha256(_engine().encode())
    for name, text in texts:
        digest.update(f"{name}\0{len(text)}\0".encode() + text)
    return folder / f"{digest.hexdigest()[:32]}.policy"


@dataclass(frozen=True)
class Cached:
    """The artifact in a cache file. What is loaded late is still being looked through: `whole` says whether it is sound."""

    artifact: dict[str, Any]
    _whole: Future[bool]

    def whole(self) -> bool:
        """Whether nothing is damaged; waits until that is known."""
        return self._whole.result()


def _header(payload: bytes, tables: int, late: int) -> bytes:
    """Lengths and checksums, against damage, not against malice: whoever may write the user's cache may do worse."""
    numbers = (len(payload), tables, zlib.crc32(payload[:tables]), late, _of_late(payload, tables, late))
    return b"".join(number.to_bytes(_NUMBER, "big") for number in numbers)


def _of_late(payload: bytes | memoryview, tables: int, late: int) -> int:
    return zlib.crc32(payload[-_TAIL:], zlib.crc32(payload[tables : tables + late]))


def read_cache(file: Path) -> Cached | None:
    """What a cache file holds; None when there is none, or it is damaged."""
    try:
        with file.open("rb") as opened:
            content = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    payload = content[_HEADER:]
    size, tables, checksum, late, late_checksum = (
        int.from_bytes(content[at : at + _NUMBER], "big") for at in range(0, _HEADER, _NUMBER)
    )
    if size != len(payload) or zlib.crc32(payload[:tables]) != checksum:
        return None
    pool = ThreadPoolExecutor(1)  # checksums are made without the interpreter's lock
    whole = pool.submit(lambda: _of_late(payload, tables, late) == late_checksum)
    pool.shutdown(wait=False)
    artifact = _loaded(payload[:tables])
    end = len(payload)
    for number, each in reversed(list(enumerate(artifact["databases"]))):
        if each is not None:
            artifact["databases"][number], end = payload[end - each : end], end - each
    return Cached(artifact, whole)


def _loaded(tables: memoryview) -> dict[str, Any]:
    with not_collecting():
        artifact: dict[str, Any] = marshal.loads(tables)
        return artifact


@contextmanager
def not_collecting() -> Iterator[None]:
    """While hundreds of thousands of small values come in, of which none is garbage."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def compiling(file: Path) -> Iterator[None]:
    """While one process compiles for a cache file the others wait, and then find it there."""
    lock = FileLock(file.with_suffix(".lock"))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=_PATIENCE)
    except (OSError, Timeout):  # a folder that takes no files; whoever holds the lock does not get on
        pass
    try:
        yield
    finally:
        lock.release()


def write_cache(file: Path, artifact: Mapping[str, Any]) -> None:
    """Writes beside the file and renames, so that no reader ever sees half of it; a full disk is no error."""
    databases = [database for database in artifact["databases"] if database is not None]
    sizes = [None if database is None else len(database) for database in artifact["databases"]]
    # version 2 leaves out references, so equal artifacts give equal bytes
    tables = marshal.dumps({**artifact, "databases": sizes}, 2)
    late = sum(size or 0 for size in sizes[:LATE])
    payload = b"".join([tables, *databases])
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            part.write(_header(payload, len(tables), late) + payload)
        os.replace(part.name, file)
    except OSError:
        return
