"""The same search where Spark holds the history: the same SQL makes contracts, pairs and the trimmed graph; groups come here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..columns import checked_columns
from ..errors import InputError
from ..model import ROLES
from ..policy import Policy, load
from . import outputs
from .reading import COUNTED, FIELDS, NEEDED, ROLE_BESIDE_ID, Read
from .run import Options, Rings, concluded

try:
    from pyspark.sql import functions as f
    from pyspark.sql.types import ArrayType, MapType, StringType, StructField, StructType
except ModuleNotFoundError:
    raise InputError("pyspark is not installed; pip install 'evenhand[spark]'") from None

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


class Spark:
    """Tables as temporary views of one session, kept where Spark keeps what was computed."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self._held: dict[str, DataFrame] = {}

    def make(self, name: str, query: str) -> None:
        frame = self.session.sql(query).localCheckpoint()  # what was computed, without how: plans do not grow
        old = self._held.pop(name, None)
        self._held[name] = frame
        frame.createOrReplaceTempView(name)
        if old is not None:
            old.unpersist()

    def put(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        schema = StructType([StructField(each, StringType()) for each in columns])
        self.session.createDataFrame([tuple(row) for row in rows], schema).createOrReplaceTempView(name)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.session.sql(query).collect()]

    def drop(self, name: str) -> None:
        self.session.catalog.dropTempView(name)
        if (held := self._held.pop(name, None)) is not None:
            held.unpersist()


def rings(
    df: DataFrame, out: str | Path | None = None, policy: Policy | None = None, options: Options | None = None
) -> Rings:
    """Looks in a frame of past feedback for people who trade it: `evenhand.rings` for data beyond one machine.

    `options.columns` maps fields to the frame's columns where those differ. Only people on closed paths, in triangles or with
    many quick partners come to the driver, with their pairs. Raises `InputError` for a frame that cannot be used.
    """
    chosen, judging = options or Options(), policy or load()
    folder = outputs.made(out, chosen.form) if out is not None else None
    session = df.sparkSession
    with _zone(session):
        every = _shaped(df, checked_columns(chosen.columns, FIELDS)).persist()
        every.createOrReplaceTempView("every_row")
        tables = Spark(session)
        session.sql("SELECT * FROM every_row WHERE problem IS NULL").drop("problem").createOrReplaceTempView("feedback")
        got = Read(*tables.rows(COUNTED + "every_row")[0])
        unread = tables.rows("SELECT line, problem FROM every_row WHERE problem IS NOT NULL ORDER BY line")
        if not got.rows:
            raise InputError("no row of the frame can be used; " + (f"{unread[0][0]}: {unread[0][1]}" if unread else "it is empty"))  # fmt: skip
        whole = concluded(tables, got, judging, chosen, folder, lambda _: None)
        every.unpersist()
    if folder is not None:
        outputs.write(folder, whole, judging, chosen, [{"name": "a Spark frame"}], unread)
    return whole


@contextmanager
def _zone(session: SparkSession) -> Iterator[None]:
    """Instants without a zone are in UTC, as everywhere in evenhand."""
    before = session.conf.get("spark.sql.session.timeZone")
    session.conf.set("spark.sql.session.timeZone", "UTC")
    try:
        yield
    finally:
        session.conf.set("spark.sql.session.timeZone", before or "UTC")


def _shaped(df: DataFrame, named: Mapping[str, str]) -> DataFrame:
    """The frame in the shape of `feedback`, and what is wrong with each row."""
    known = {field: [*_columns(df, field, named)] for field in FIELDS}
    for field in NEEDED:
        if not known[field]:
            name = named.get(field, FIELDS[field][0])
            raise InputError(f"the frame has no column `{name}`; columns: {', '.join(df.columns)}; pass {field}=COLUMN")
    author, recipient = _first(known["author"], _id), _first(known["recipient"], _text)
    rating, value = _first(known["rating"], _number), _first(known["value"], _number)
    sent, ended = _first(known["time"], _instant), _first(known["ended"], _instant)
    role = _role(df, known, author)
    given = {field: f.coalesce(*(_text(*each) for each in known[field])).isNotNull() if known[field] else f.lit(False) for field in FIELDS}  # fmt: skip
    wrong = (
        (author.isNull(), "`author` is missing; give the id of who wrote"),
        (recipient.isNull(), "`recipient` is missing; give the id of who was rated"),
        (author == recipient, "`author` and `recipient` are the same; leave out feedback on oneself"),
        (rating.isNull() | (f.abs(rating) > 1_000_000), "`rating` is missing or no number; write it as 5 or 4.5"),
        (sent.isNull(), "`time` is missing or no instant; write it as 2026-03-01T15:00:00Z or in seconds since 1970"),
        (
            given["ended"] & ended.isNull(),
            "`ended` is no instant; write it as 2026-03-01T15:00:00Z or in seconds since 1970",
        ),
        (
            given["value"] & (value.isNull() | (f.abs(value) > 1e12)),
            "`value` is no number; write it as 120 or 99.50, without a currency",
        ),
        (
            given["role"] & role.isNull(),
            "`role` is neither client nor freelancer; write one of them, that of the author",
        ),
    )
    problem = f.coalesce(*(f.when(condition, message) for condition, message in wrong))
    return df.select(
        f.format_string("row %d", f.monotonically_increasing_id() + 1).alias("line"),
        author.alias("author"),
        recipient.alias("recipient"),
        f.round(rating * 1_000).cast("bigint").alias("rating"),
        sent.alias("sent"),
        ended.alias("ended"),
        _first(known["contract"], _text).alias("contract"),
        f.round(value * 1_000).cast("bigint").alias("value"),
        role.alias("role"),
        _first(known["text"], _text).alias("text"),
        problem.alias("problem"),
    )


def _columns(df: DataFrame, field: str, named: Mapping[str, str]) -> Iterator[tuple[Column, str]]:
    """The columns that may hold a field, with their types; a dot steps into a struct."""
    for name in (named[field],) if field in named else FIELDS[field]:
        outer, _, inner = name.partition(".")
        if name in df.columns:
            kind = df.schema[name].dataType
            path = f"`{name}`"
        elif inner and outer in df.columns and isinstance(kind := df.schema[outer].dataType, StructType):
            if inner not in kind.names:
                continue
            kind, path = kind[inner].dataType, f"`{outer}`.`{inner}`"
        else:
            continue
        if not isinstance(kind, StructType | ArrayType | MapType):
            yield df[path], kind.simpleString()


def _first(columns: Sequence[tuple[Column, str]], read: Any) -> Column:
    return f.coalesce(*(read(*each) for each in columns)) if columns else f.lit(None)


def _text(column: Column, kind: str) -> Column:
    return f.nullif(column, f.lit("")) if kind == "string" else column.cast("string")


def _id(column: Column, kind: str) -> Column:
    """An id; where ids stand in another column, this one holds roles, and a role is nobody's id."""
    return f.when(~f.lower(_text(column, kind)).isin(*ROLES), _text(column, kind))


def _number(column: Column, kind: str) -> Column:
    read = column.try_cast("double")
    return f.when(~f.isnan(read) & (f.abs(read) < float("inf")), read)


def _instant(column: Column, kind: str) -> Column:
    """Microseconds since 1970, from a time, a text, or seconds, milliseconds or microseconds."""
    if kind.startswith("timestamp") or kind == "date":
        return f.unix_micros(column.cast("timestamp"))
    number = _number(column, kind)
    size = f.abs(number)
    seconds = (
        f.when(size < 1e11, f.round(number * 1e6))
        .when(size < 1e14, f.round(number * 1e3))
        .when(size < 1e17, f.round(number))
    ).cast("bigint")
    return f.coalesce(seconds, f.unix_micros(column.try_cast("timestamp"))) if kind == "string" else seconds


def _role(df: DataFrame, known: Mapping[str, Sequence[tuple[Column, str]]], author: Column) -> Column:
    """client or freelancer: as a column says, or as the id of the client has it."""
    said_so = [f.lower(_text(*each)) for each in known["role"]]
    if ROLE_BESIDE_ID in df.columns and "author_id" in df.columns:
        said_so.append(f.when(df["author_id"].isNotNull(), f.lower(df[ROLE_BESIDE_ID].cast("string"))))
    choices = [f.when(each.isin(*ROLES), each) for each in said_so]
    if known["client"]:
        client = _first(known["client"], _text)
        choices.append(f.when(client == author, "client").when(client.isNotNull(), "freelancer"))
    return f.coalesce(*choices) if choices else f.lit(None).cast("string")


# --- the command ----------------------------------------------------------------------------------------------------


def rings_of_paths(inputs: Sequence[str], output: Path, policy: Policy, options: Options) -> Rings:
    """Reads what Spark reads and writes the findings here; raises `InputError` for what Spark cannot read."""
    from ..spark import reading

    with reading("evenhand rings", inputs, options.input_form) as frame:
        return rings(frame, output, policy, options)
