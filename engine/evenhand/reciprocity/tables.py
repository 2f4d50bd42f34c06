"""Where the SQL runs: DuckDB in this process, within bounds of memory and threads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import InputError

if TYPE_CHECKING:
    import duckdb


class Tables(Protocol):
    """Named tables, made by SQL of each other."""

    def make(self, name: str, query: str) -> None:
        """Makes a table, in place of an older one of that name."""

    def put(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Makes a table of texts."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives."""

    def drop(self, name: str) -> None:
        """Forgets a table."""


class Duck:
    """Tables in DuckDB, which go to the disk where they do not fit into memory (a size such as `1GB`)."""

    def __init__(self, folder: Path, memory: str, threads: int) -> None:
        try:
            import duckdb
        except ModuleNotFoundError:
            raise InputError("`duckdb` is not installed; pip install 'evenhand[audit]'") from None
        settings: dict[str, Any] = {
            "threads": threads,
            "temp_directory": str(folder),
            "preserve_insertion_order": False,
        }
        try:
            self.connection: duckdb.DuckDBPyConnection = duckdb.connect(str(folder / "tables.duckdb"), config={**settings, "memory_limit": memory})  # fmt: skip
        except duckdb.Error as error:
            raise InputError(f"DuckDB does not start with `{memory}` of memory: {said(error)}; write a size such as `1GB`") from None  # fmt: skip
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET enable_progress_bar = false")  # it writes where the report goes
        self._failures = (duckdb.OutOfMemoryException, duckdb.IOException)

    def make(self, name: str, query: str) -> None:
        self._run(f"CREATE OR REPLACE TABLE {name} AS {query}")

    def put(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        import pyarrow as pa

        held = [*rows]
        given = pa.table({each: pa.array([row[at] for row in held], pa.string()) for at, each in enumerate(columns)})
        self.connection.register("given", given)
        self.make(name, "SELECT * FROM given")
        self.connection.unregister("given")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._run(query).fetchall()
        return found

    def drop(self, name: str) -> None:
        self._run(f"DROP TABLE IF EXISTS {name}")

    def close(self) -> None:
        """Closes the database; its file can be removed then."""
        with suppress(Exception):
            self.connection.close()

    def _run(self, query: str) -> Any:
        try:
            return self.connection.execute(query)
        except self._failures as error:
            raise InputError(f"the history does not fit: {said(error)}; pass more --memory, or a folder on a larger disk") from None  # fmt: skip


def said(error: Exception) -> str:
    """The first line of a message, as ours are written."""
    line = str(error).strip().splitlines()[0].rstrip(".")
    return line[:1].lower() + line[1:]
