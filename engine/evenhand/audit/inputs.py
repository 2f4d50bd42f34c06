"""What an audit reads: files, folders and databases become Arrow batches of bounded size; a bad row never ends the run."""

from __future__ import annotations

import csv
import io
import json
import shlex
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from glob import glob
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

from ..columns import FIELDS, PLACE, PROBLEM, checked_columns
from ..errors import InputError

ROWS = 8_192  # rows of a chunk, at most: what is done in one go, and lost when a run is killed
CHARACTERS = 16_000_000  # of a chunk, roughly, and of one line or value, at most
_STEP = 1_024  # rows read from a Parquet file at a time
_NAMED = 5  # inputs in a command line

Position = list[Any]  # where to go on in a source; plain values


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a source: their columns, where to go on behind them, and how much of the source is done (0 to 1)."""

    batch: pa.RecordBatch
    position: Position
    done: float


class Source(Protocol):
    """One file, table or query. `identity` changes when what it holds may have changed."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> Mapping[str, Any]: ...

    @property
    def resumable(self) -> bool: ...

    def chunks(self, position: Position | None) -> Iterator[Chunk]: ...


@dataclass(frozen=True)
class Asked:
    """What the inputs hold and how to read them, as far as it cannot be told from them."""

    columns: Mapping[str, str] = field(default_factory=dict)
    form: str | None = None  # csv, jsonl or parquet
    table: str | None = None
    query: str | None = None
    key: str | None = None
    rows: int = ROWS
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: FIELDS)
    needed: tuple[str, ...] = ("text",)  # fields without which an input is of no use

    @property
    def paths(self) -> list[str]:
        """The names under which columns are looked for, dots and all."""
        return list(dict.fromkeys(name for each in self.fields for name in self.names_of(each)))

    def names_of(self, wanted: str) -> tuple[str, ...]:
        """The names under which a field is looked for."""
        return (self.columns[wanted],) if wanted in self.columns else self.fields[wanted]

    @property
    def texts(self) -> tuple[str, ...]:
        """The names under which the text is looked for: the one value that must be a string."""
        return self.names_of("text")

    def check(self, source: str, given: Sequence[str]) -> None:
        """Raises `InputError` when columns that were named, or that are needed, are not among those given."""

        def there(name: str) -> bool:
            return name in given or name.split(".", maxsplit=1)[0] in given

        for wanted, name in self.columns.items():
            if not there(name):
                raise InputError(f"`{source}` has no column `{name}` for `{wanted}`; columns: {', '.join(given)}")
        for wanted in self.needed:
            if not any(map(there, self.names_of(wanted))):
                name = self.names_of(wanted)[0]
                raise InputError(
                    f"`{source}` has no column `{name}`; columns: {', '.join(given)}; pass --column {wanted}=COLUMN"
                )


@dataclass(frozen=True)
class Reading:
    """How to read inputs, as whoever asks for an audit says it: `columns` maps fields to columns where those differ."""

    columns: Mapping[str, str] = field(default_factory=dict)
    input_form: str | None = None
    table: str | None = None
    query: str | None = None
    key: str | None = None

    def asked(
        self, rows: int = ROWS, fields: Mapping[str, tuple[str, ...]] = FIELDS, needed: tuple[str, ...] = ("text",)
    ) -> Asked:
        """What the readers need to know; raises `InputError` for a field that there is not."""
        named = checked_columns(self.columns, fields)
        return Asked(named, self.input_form, self.table, self.query, self.key, rows, fields, needed)

    def plain(self) -> dict[str, Any]:
        """As plain values, for a manifest."""
        return {"form": self.input_form, "table": self.table, "query": self.query, "key": self.key}


def command(name: str, plain: Mapping[str, Any], *more: str) -> str:
    """The command line that reads the same inputs again, from a manifest with `inputs`, `columns` and `read`."""
    inputs = [shlex.quote(str(each["name"]).split(" ")[0]) for each in plain["inputs"]]
    if len(inputs) > _NAMED:
        inputs[_NAMED:] = [f"... ({len(inputs) - _NAMED} more)"]
    words = ["evenhand", name, *inputs, "-o OUT"]
    words += [f"--column {name}={shlex.quote(column)}" for name, column in plain["columns"].items()]
    read = {
        "input-format": plain["read"].get("form"),
        **{each: plain["read"].get(each) for each in ("table", "query", "key")},
    }
    words += [f"--{name} {shlex.quote(value)}" for name, value in read.items() if value]
    return " ".join([*words, *more])


def sources(inputs: Sequence[str], asked: Asked) -> list[Source]:
    """The sources that inputs name: files, folders, globs, `-`, database addresses; raises `InputError`."""
    found = [source for each in inputs for source in _sources(each, asked)]
    if not found:
        raise InputError("there is nothing to audit; name a file, a folder, a pattern, a database address, or `-`")
    return found


def _sources(name: str, asked: Asked) -> Iterator[Source]:
    if "://" in name:
        from .databases import Table

        yield Table(name, asked)
    elif name == "-":
        yield Lines("-", asked) if (asked.form or "jsonl") == "jsonl" else Csv("-", asked)
    else:
        yield from (_file(path, asked) for path in _files(name))


def _files(name: str) -> Iterable[Path]:
    path = Path(name)
    if path.is_dir():
        held = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path)))
        if not (known := [file for file in held if _form_of_name(file)]):
            raise InputError(f"`{name}` holds no CSV, JSONL or Parquet file; name files, or pass --input-format")
        return known
    if path.exists():
        return [path]
    if any(char in name for char in "*?["):
        if found := sorted(glob(name, recursive=True)):
            return map(Path, found)
        raise InputError(f"no file is named like `{name}`; check the pattern and the folder")
    raise InputError(f"`{name}` cannot be read: there is no such file; check the path")


def _hidden(path: Path) -> bool:
    """Spark and others leave such files beside their output."""
    return any(part.startswith((".", "_")) for part in path.parts)


_FORMS = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".txt": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_COMPRESSED = {".gz", ".bz2", ".zst", ".lz4"}


def _form_of_name(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in _COMPRESSED]
    return _FORMS.get(suffixes[-1]) if suffixes else None


def _file(path: Path, asked: Asked) -> Source:
    try:
        with path.open("rb") as opened:
            first = opened.read(4)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {error.strerror}; check the path and its permissions") from None
    form = (
        asked.form
        or _form_of_name(path)
        or ("parquet" if first == b"PAR1" else "jsonl" if first[:1] == b"{" else "csv")
    )
    kinds: Mapping[str, Callable[[str, Asked], Source]] = {"csv": Csv, "jsonl": Lines, "parquet": Parquet}
    return kinds[form](str(path), asked)


class _File(ABC):
    """A file, read from its beginning to its end."""

    def __init__(self, name: str, asked: Asked) -> None:
        self.name = name
        self.asked = asked
        self.resumable = name != "-"

    @property
    def identity(self) -> Mapping[str, Any]:
        if not self.resumable:
            return {"name": self.name}
        status = Path(self.name).stat()
        return {"name": self.name, "bytes": status.st_size, "modified": status.st_mtime_ns}

    @abstractmethod
    def chunks(self, position: Position | None) -> Iterator[Chunk]:
        """The rows, from a position on."""


# --- text files -----------------------------------------------------------------------------------------------------


class _Opened:
    """A file's bytes, unpacked, and how much of it is read."""

    def __init__(self, name: str) -> None:
        self.size = 0
        if name == "-":
            self.stream: BinaryIO = sys.stdin.buffer
            return
        self.size = Path(name).stat().st_size
        self._raw = pa.OSFile(name)
        packed = Path(name).suffix.lower() in _COMPRESSED
        unpacked = pa.CompressedInputStream(self._raw, _codec(name)) if packed else self._raw
        self.stream = cast(BinaryIO, io.BufferedReader(cast(Any, _Readable(unpacked)), 1 << 20))

    def done(self) -> float:
        return min(1.0, self._raw.tell() / self.size) if self.size else 0.0


def _codec(name: str) -> str:
    suffix = Path(name).suffix.lower()[1:]
    return {"gz": "gzip", "zst": "zstd"}.get(suffix, suffix)


_BLOCK = 1 << 16


class _Readable(io.RawIOBase):
    """An Arrow stream as a raw stream of the standard library."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._stream.read(min(len(buffer), _BLOCK))  # where a file is damaged, so much of it is lost
        buffer[: len(content)] = content
        return len(content)


class Collected:
    """Rows of plain values on their way into a chunk; everything but the text becomes text too."""

    def __init__(self, names: Sequence[str], text: Sequence[str]) -> None:
        self.names = names
        self._texts = set(text)
        self.clear()

    def clear(self) -> None:
        self.values: dict[str, list[str | None]] = {name: [] for name in self.names}
        self.places: list[str] = []
        self.problems: list[str | None] = []
        self.characters = 0

    def __len__(self) -> int:
        return len(self.places)

    def add(self, place: str, facts: Mapping[str, Any]) -> None:
        problem = None
        for name, values in self.values.items():
            value = facts.get(name)
            if value is None or isinstance(value, str):
                written = value
            elif name in self._texts:
                written, problem = None, f"the text is of type `{type(value).__name__}`; write a string"
            else:
                written = value.isoformat() if isinstance(value, date | datetime) else str(value)
            if written is not None and not _encodable(written):
                written, problem = None, f"`{name}` is not UTF-8; save the rows as UTF-8"
            self.characters += len(written or "")
            values.append(written)
        self.places.append(place)
        self.problems.append(problem)

    def bad(self, place: str, problem: str) -> None:
        for values in self.values.values():
            values.append(None)
        self.places.append(place)
        self.problems.append(problem)

    def full(self, rows: int) -> bool:
        return len(self) >= rows or self.characters >= CHARACTERS

    def taken(self) -> pa.RecordBatch:
        """What was collected, as a batch; begins anew."""
        columns = {name: pa.array(values, pa.large_string()) for name, values in self.values.items()}
        columns[PLACE] = pa.array(self.places, pa.string())
        columns[PROBLEM] = pa.array(self.problems, pa.string())
        self.clear()
        return pa.record_batch(columns)


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _TextFile(_File):
    """A file of rows that are counted; a position is the number of rows behind which to go on."""

    def chunks(self, position: Position | None) -> Iterator[Chunk]:
        behind = position[0] if position else 0
        opened = _Opened(self.name)
        rows = 0
        collected: Collected | None = None
        for names, place, facts in self._readable(opened.stream):
            if collected is None:
                collected = Collected(names, self.asked.texts)
            rows += 1
            if rows <= behind:
                continue
            if isinstance(facts, str):
                collected.bad(place, facts)
            else:
                collected.add(place, facts)
            if collected.full(self.asked.rows):
                yield Chunk(collected.taken(), [rows], opened.done())
        if collected is not None and len(collected):
            yield Chunk(collected.taken(), [rows], 1.0)

    def _readable(self, stream: BinaryIO) -> Iterator[tuple[Sequence[str], str, Mapping[str, Any] | str]]:
        """The rows up to where the file is damaged, and a bad row there."""
        names: Sequence[str] = ()
        place = "its beginning"
        try:
            for names, place, facts in self.rows(stream):
                yield names, place, facts
        except (OSError, pa.ArrowInvalid) as error:
            yield names or self.asked.texts, f"{self.name} behind {place}", f"the rest cannot be read: {error}"

    @abstractmethod
    def rows(self, stream: BinaryIO) -> Iterator[tuple[Sequence[str], str, Mapping[str, Any] | str]]:
        """(names of columns, place, values or what is wrong) of each row."""


class Csv(_TextFile):
    """Rows of a CSV file with a header; values may hold line breaks."""

    def rows(self, stream: BinaryIO) -> Iterator[tuple[Sequence[str], str, Mapping[str, Any] | str]]:
        csv.field_size_limit(CHARACTERS)
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        tabs = Path(self.name).name.lower().removesuffix(".gz").endswith(".tsv")
        reader = csv.reader(lines, delimiter="\t" if tabs else ",")
        header = next(reader, None)
        if header is None:
            raise InputError(f"`{self.name}` is empty; the first line of a CSV file names its columns")
        wanted = [name for name in self.asked.paths if name in header]
        self.asked.check(self.name, header)
        while True:
            line = reader.line_num + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield wanted, f"{self.name}:{line}", f"the row cannot be read: {error}"
                continue
            if not values:
                continue
            place = f"{self.name}:{line}"
            if len(values) != len(header):
                yield wanted, place, f"the row has {len(values)} values where the header has {len(header)}"
                continue
            yield wanted, place, {name: value or None for name, value in zip(header, values, strict=True)}


class Lines(_TextFile):
    """One JSON object a line, or one text a line, told apart by the first character."""

    def rows(self, stream: BinaryIO) -> Iterator[tuple[Sequence[str], str, Mapping[str, Any] | str]]:
        names = self.asked.paths
        for number, line in enumerate(_lines(stream), 1):
            if line is not None and not line.strip():
                continue
            yield names, f"{self.name}:{number}", self._row(names, line)

    def _row(self, names: Sequence[str], line: bytes | None) -> Mapping[str, Any] | str:
        if line is None:
            return f"the line is longer than {CHARACTERS:,} bytes"
        try:
            text = line.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            return "the line is not UTF-8; save the file as UTF-8"
        if not text.startswith("{"):
            return {self.asked.texts[0]: text}
        try:
            facts = json.loads(text)
        except json.JSONDecodeError as error:
            return f"the line is not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        except RecursionError:
            return "the JSON is nested too deeply"
        return {name: value for name in names if (value := _within(facts, name)) is not None}


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines of a stream; None for one that is too long to keep."""
    while line := stream.readline(CHARACTERS):
        if len(line) < CHARACTERS or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(CHARACTERS)) and not rest.endswith(b"\n"):
            pass
        yield None


def _within(facts: Any, path: str) -> Any:
    """The value under a key, or under keys with dots between."""
    if isinstance(facts, dict) and path in facts:
        return facts[path]
    for step in path.split("."):
        facts = facts.get(step) if isinstance(facts, dict) else None
    return facts


# --- Parquet --------------------------------------------------------------------------------------------------------


class Parquet(_File):
    """A Parquet file, row group by row group and a few rows at a time, however large the groups are."""

    def __init__(self, name: str, asked: Asked) -> None:
        super().__init__(name, asked)
        with self._opened() as file:
            self.total = file.metadata.num_rows
            names = file.schema_arrow.names
        self.names = [
            name for name in names if any(path == name or path.startswith(f"{name}.") for path in asked.paths)
        ]
        asked.check(name, names)

    def _opened(self) -> pq.ParquetFile:
        try:
            # without these two, a large row group is read as a whole
            return pq.ParquetFile(self.name, pre_buffer=False, buffer_size=1 << 20)
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(f"`{self.name}` cannot be read as Parquet: {error}; is it complete?") from None

    def chunks(self, position: Position | None) -> Iterator[Chunk]:
        group, behind = position or (0, 0)
        with self._opened() as file:
            counts = [file.metadata.row_group(at).num_rows for at in range(file.metadata.num_row_groups)]
            for at in range(group, len(counts)):
                before = row = sum(counts[:at])
                done = (before + counts[at]) / max(1, self.total)
                try:
                    for first, batch in self._steps(file, at, behind if at == group else 0):
                        row = before + first + batch.num_rows
                        place = [at, first + batch.num_rows]
                        yield Chunk(self._placed(batch, before + first), place, row / max(1, self.total))
                except (pa.ArrowInvalid, OSError) as error:
                    yield Chunk(
                        self._damaged(row, f"the rest of row group {at} cannot be read: {error}"), [at + 1, 0], done
                    )

    def _steps(self, file: pq.ParquetFile, group: int, behind: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Batches of a row group, each with the number of its first row."""
        step = min(_STEP, self.asked.rows)
        held: list[pa.RecordBatch] = []
        first = row = 0
        for batch in file.iter_batches(step, row_groups=[group], columns=self.names, use_threads=False):
            if row + batch.num_rows <= behind:
                row += batch.num_rows
                first = row
                continue
            held.append(batch.slice(max(0, behind - row)))
            first = max(first, behind)
            row += batch.num_rows
            if row - first + step > self.asked.rows or sum(each.nbytes for each in held) >= CHARACTERS:
                yield first, pa.concat_batches(held)
                held, first = [], row
        if held:
            yield first, pa.concat_batches(held)

    def _damaged(self, row: int, problem: str) -> pa.RecordBatch:
        """A batch of one row that says what is wrong."""
        name = self.asked.texts[0]
        values = {name: pa.nulls(1, pa.string()), PLACE: [f"{self.name} row {row + 1}"], PROBLEM: [problem]}
        return pa.record_batch(values)

    def _placed(self, batch: pa.RecordBatch, row: int) -> pa.RecordBatch:
        places = [f"{self.name} row {number}" for number in range(row + 1, row + 1 + batch.num_rows)]
        with_places = batch.append_column(PLACE, pa.array(places, pa.string()))
        return with_places.append_column(PROBLEM, pa.nulls(batch.num_rows, pa.string()))
