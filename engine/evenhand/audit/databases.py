"""Feedback in a database, page by page in the order of a key: the last key is where to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..errors import InputError
from .inputs import Asked, Chunk, Collected, Position

_PAGE = 1_024
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

# Keys come back from a position, which is JSON, as what they were.
_KEYS: Mapping[str, Callable[[str], Any]] = {
    "int": int,
    "str": str,
    "float": float,
    "UUID": UUID,
    "Decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}


class Table:
    """A table, or what a query gives, of one database."""

    resumable = True

    def __init__(self, address: str, asked: Asked) -> None:
        if (asked.table is None) == (asked.query is None):
            raise InputError("a database needs either --table or --query; say which feedback to read")
        self.asked = asked
        self._url = _url(address)
        self.name = f"{self._url.render_as_string(hide_password=True)} {asked.table or 'query'}"
        self._engine = sa.create_engine(self._url, poolclass=sa.NullPool)  # closed connections stay closed
        if self._url.drivername.startswith("sqlite"):
            sa.event.listen(self._engine, "connect", _read_any_text)
        try:
            self._key, self._names = self._looked_up()
        except sa.exc.SQLAlchemyError as error:
            raise InputError(f"`{self.name}` cannot be read: {_said(error)}") from None

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"name": self.name, "query": self.asked.query, "key": self._key}

    def _looked_up(self) -> tuple[str, list[str]]:
        """The column to go by, and those to read."""
        with self._engine.connect() as connection:
            given = list(connection.execute(sa.select(sa.text("*")).select_from(self._from()).limit(0)).keys())
        key = self.asked.key or self._primary() or "id"
        if key not in given:
            raise InputError(f"`{self.name}` has no column `{key}` to read by; pass --key with a unique column")
        self.asked.check(self.name, given)
        return key, [name for name in self.asked.paths if name in given]

    def _primary(self) -> str | None:
        """The primary key of a table, where it is one column."""
        if self.asked.table is None:
            return None
        schema, _, name = self.asked.table.rpartition(".")
        columns = sa.inspect(self._engine).get_pk_constraint(name, schema or None)["constrained_columns"]
        return columns[0] if len(columns) == 1 else None

    def _from(self) -> Any:
        if self.asked.query is not None:
            return sa.text(f"({self.asked.query.rstrip().rstrip(';')}) AS feedback_asked_for")
        schema, _, name = (self.asked.table or "").rpartition(".")
        return sa.table(name, schema=schema or None)

    def chunks(self, position: Position | None) -> Iterator[Chunk]:
        try:
            yield from self._chunks(position)
        except sa.exc.SQLAlchemyError as error:
            raise InputError(f"`{self.name}` cannot be read on: {_said(error)}; pass --resume once it can be") from None

    def _chunks(self, position: Position | None) -> Iterator[Chunk]:
        size = min(_PAGE, self.asked.rows)
        key: Any = sa.column(self._key)
        wanted: list[Any] = [sa.column(name) for name in dict.fromkeys([self._key, *self._names])]
        query = sa.select(*wanted).select_from(self._from()).order_by(key).limit(size + 1)
        last = _KEYS[position[0]](position[1]) if position else None
        done = position[2] if position else 0
        collected = Collected(self._names, self.asked.texts)
        with self._engine.connect() as connection:
            total = self._counted(connection)
            while page := connection.execute(query if last is None else query.where(key > last)).all():
                for row in page[:size]:
                    facts = dict(row._mapping)
                    collected.add(f"{self.name} {self._key}={facts[self._key]}", facts)
                self._check_unique([row._mapping[self._key] for row in page])
                last = page[:size][-1]._mapping[self._key]
                done += len(page[:size])
                if collected.full(self.asked.rows - size + 1):
                    yield Chunk(collected.taken(), _position(last, done), done / max(1, total))
        if len(collected):
            yield Chunk(collected.taken(), _position(last, done), 1.0)

    def _counted(self, connection: sa.Connection) -> int:
        key: Any = sa.column(self._key)
        counts = sa.select(sa.func.count(), sa.func.count(key)).select_from(self._from())
        rows, keys = connection.execute(counts).one()
        if rows != keys:
            raise InputError(
                f"`{self._key}` is null in {rows - keys:,} rows of `{self.name}`; pass --key with a column that is unique"
            )
        return int(rows)

    def _check_unique(self, keys: list[Any]) -> None:
        for one, next_one in pairwise(keys):
            if one == next_one:
                raise InputError(
                    f"`{self._key}` is not unique in `{self.name}` ({one} comes twice); pass --key with a column that is"
                )


def _position(key: Any, done: int) -> Position:
    kind = type(key).__name__
    if kind not in _KEYS:
        raise InputError(f"a key of type `{kind}` cannot be gone by; pass --key with a column of numbers or texts")
    return [kind, key.isoformat() if isinstance(key, date) else str(key), done]


def _url(address: str) -> sa.URL:
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError:
        raise InputError(
            f"`{address}` is no database address; write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.drivername.startswith("sqlite") and url.database and not Path(url.database).is_file():
        raise InputError(f"`{url.database}` cannot be read: there is no such file; check the path")
    return url


def _read_any_text(connection: Any, _: object) -> None:
    """SQLite stores whatever it is given; what is not UTF-8 is told apart later, row by row."""
    connection.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")


def _said(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
