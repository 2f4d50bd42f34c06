"""The parts of an audit under way: one file a chunk, whole or not there at all, each with the place to go on behind it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..columns import FINDING, Judged, plain

# `row` counts through all inputs; `text` is kept of rows with findings only, `place` of those that could not be judged.
PART = pa.schema(
    [
        ("row", pa.int64()),
        ("id", pa.string()),
        ("outcome", pa.string()),
        ("findings", pa.list_(FINDING)),
        ("problem", pa.string()),
        ("place", pa.string()),
        ("author", pa.string()),
        ("rating", pa.int8()),
        ("locale", pa.string()),
        ("created_at", pa.string()),
        ("text", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind a part: the next row, where to go on, and what judging took by rule (texts and nanoseconds)."""

    row: int
    source: int
    position: Sequence[Any]
    spent: Mapping[str, Sequence[int]]


def part_of(judged: Judged, first: int, places: Sequence[str]) -> pa.RecordBatch:
    """The part that judged rows make, the first of which has number `first`."""
    count = len(judged.ids)
    found = [judged.findings(row) for row in range(count)]
    sound = [None if row in judged.problems else facts for row, facts in enumerate(judged.facts)]
    return pa.record_batch(
        [
            pa.array(range(first, first + count), pa.int64()),
            pa.array(judged.ids, pa.string()),
            pa.array(judged.outcomes(), pa.string()),
            pa.array([[plain(*each) for each in findings] for findings in found], pa.list_(FINDING)),
            pa.array([judged.problems.get(row) for row in range(count)], pa.string()),
            pa.array([places[row] if row in judged.problems else None for row in range(count)], pa.string()),
            pa.array([facts and facts.author for facts in sound], pa.string()),
            pa.array([facts and facts.rating for facts in sound], pa.int8()),
            pa.array([facts and facts.locale for facts in sound], pa.string()),
            pa.array(map(_written, judged.created), pa.string()),
            pa.array([judged.texts[row] if found[row] else None for row in range(count)], pa.string()),
        ],
        schema=PART,
    )


def _written(instant: Any) -> str | None:
    if instant is None or isinstance(instant, str):
        return instant
    return instant.isoformat() if isinstance(instant, date | datetime) else str(instant)


class Parts:
    """The folder of parts; numbers go up without a gap."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __len__(self) -> int:
        count = 0
        while self._file(count).exists():
            count += 1
        return count

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:08d}.arrow"

    def add(self, number: int, part: pa.RecordBatch, behind: Behind) -> None:
        """Writes a part; it is there as a whole, on the disk, or not at all."""
        facts = {
            "row": behind.row,
            "source": behind.source,
            "position": list(behind.position),
            "spent": dict(behind.spent),
        }
        schema = PART.with_metadata({"behind": json.dumps(facts)})
        file = self._file(number)
        unfinished = file.with_suffix(".unfinished")
        with unfinished.open("wb") as opened:
            with pa.ipc.new_file(opened, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
                writer.write_batch(part.replace_schema_metadata(schema.metadata))
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(file)
        _sync(self.folder)

    def behind(self, number: int) -> Behind:
        """What is behind a part."""
        with pa.ipc.open_file(pa.OSFile(str(self._file(number)))) as reader:
            return Behind(**json.loads(reader.schema.metadata[b"behind"]))

    def read(self) -> Iterator[pa.RecordBatch]:
        """The parts in their order."""
        for number in range(len(self)):
            with pa.ipc.open_file(pa.OSFile(str(self._file(number)))) as reader:
                yield reader.get_batch(0)

    def remove(self) -> None:
        """Removes the folder and all parts in it."""
        if self.folder.is_dir():
            for file in self.folder.iterdir():
                file.unlink()
            self.folder.rmdir()


def _sync(folder: Path) -> None:
    """Puts the folder's own entries on the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
