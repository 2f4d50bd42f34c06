"""Writes the tables of an audit: a row a verdict, a row a finding, as Parquet, JSON lines or CSV."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from ..columns import FINDING

FORMS = ("parquet", "jsonl", "csv")
_GROUP, _CHARACTERS = 65_536, 4_000_000  # rows of a row group, and characters of their texts, at most

VERDICT_ROWS = pa.schema(
    [
        ("row", pa.int64()),
        ("id", pa.string()),
        ("outcome", pa.string()),
        ("findings", pa.int32()),
        ("author", pa.string()),
        ("rating", pa.int8()),
        ("locale", pa.string()),
        ("created_at", pa.string()),
    ]
)
FINDING_ROWS = pa.schema([("row", pa.int64()), ("id", pa.string()), *FINDING])
UNREAD_ROWS = pa.schema([("row", pa.int64()), ("id", pa.string()), ("place", pa.string()), ("problem", pa.string())])

Row = Mapping[str, Any]


class Writer(Protocol):
    """Writes rows to one file."""

    def write(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


class _Parquet:
    """Row groups end where their rows or their texts are many, so that memory does not grow with either."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[Row] = []
        self._characters = 0

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._rows.append(row)
            self._characters += len(row.get("text") or "")
            if len(self._rows) >= _GROUP or self._characters >= _CHARACTERS:
                self._flush()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
        self._rows.clear()
        self._characters = 0

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()


class _Text:
    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", newline="")

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


class _Jsonl(_Text):
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path)

    def write(self, rows: Sequence[Row]) -> None:
        self._file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


class _Csv(_Text):
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path)
        self._writer = csv.DictWriter(self._file, schema.names, lineterminator="\n")
        self._writer.writeheader()

    def write(self, rows: Sequence[Row]) -> None:
        self._writer.writerows(rows)


def writer(path: Path, schema: pa.Schema, form: str) -> Writer:
    """A writer for rows of a schema; the file is named by its form."""
    forms: Mapping[str, Callable[[Path, pa.Schema], Writer]] = {"parquet": _Parquet, "jsonl": _Jsonl, "csv": _Csv}
    return forms[form](path, schema)


def verdict_rows(part: pa.RecordBatch) -> list[Row]:
    """The rows of verdicts that a part holds: of every row that could be judged."""
    columns = [
        part.column(name).to_pylist() for name in ("row", "id", "outcome", "author", "rating", "locale", "created_at")
    ]
    counts = part.column("findings").value_lengths().to_pylist()
    return [
        {
            "row": row,
            "id": name,
            "outcome": outcome,
            "findings": count,
            "author": author,
            "rating": rating,
            "locale": locale,
            "created_at": created,
        }
        for row, name, outcome, author, rating, locale, created, count in zip(*columns, counts, strict=True)
        if outcome is not None
    ]


def flagged(part: pa.RecordBatch) -> Iterator[Row]:
    """The rows of a part with findings, whole."""
    lengths = part.column("findings").value_lengths().to_numpy(zero_copy_only=False)
    for at in lengths.nonzero()[0].tolist():
        yield part.slice(at, 1).to_pylist()[0]


def finding_rows(row: Row, *, redact: bool) -> list[Row]:
    """The rows of findings that a flagged row gives; without their texts where those are to be kept out."""
    own = {"row": row["row"], "id": row["id"]}
    hidden = {"text": None, "why": None} if redact else {}
    return [{**own, **finding, **hidden} for finding in row["findings"]]


def unread_rows(part: pa.RecordBatch) -> list[Row]:
    """The rows of a part that could not be judged, with their places."""
    if part.column("problem").null_count == part.num_rows:
        return []
    bad = part.filter(part.column("problem").is_valid())
    rows: list[Row] = bad.select(UNREAD_ROWS.names).to_pylist()
    return rows
