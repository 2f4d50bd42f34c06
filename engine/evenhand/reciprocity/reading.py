"""What the search reads: the inputs of an audit, as the table `feedback` in DuckDB; rows that cannot be used are listed.

Parquet is read by DuckDB where it lies, everything else by the readers of audits. A damaged Parquet file goes their way too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass

import duckdb

from ..audit.inputs import Asked, Parquet, Source
from ..columns import PLACE, PROBLEM
from ..errors import InputError
from ..model import ROLES
from .tables import Duck

# What a column can say about a row of feedback, and the names under which it is looked for; a dot steps into a struct.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "author": ("author_id", "author"),
    "recipient": ("recipient_id", "recipient"),
    "rating": ("rating",),
    "time": ("created_at", "submitted_at", "time"),
    "contract": ("contract_id", "contract.id", "contract"),
    "ended": ("ended_at", "contract_ended_at", "contract.ended_at", "contract_end"),
    "value": ("value", "contract_value", "contract.value", "amount"),
    "role": ("role", "author_role"),
    "client": ("client_id", "contract.client", "client"),  # the id of the client, from which the roles follow
    "text": ("text",),
}
NEEDED = ("author", "recipient", "rating", "time")
ROLE_BESIDE_ID = "author"  # where `author_id` names the author, this column holds the role, as it does in audits
READ = {**FIELDS, "role": (*FIELDS["role"], ROLE_BESIDE_ID)}  # what the readers keep


@dataclass(frozen=True)
class Read:
    """What was read: rows that can be used and rows that cannot; of the former those with a role, a contract, a text."""

    rows: int = 0
    unread: int = 0
    roles: int = 0
    contracts: int = 0
    texts: int = 0

    def plus(self, other: Read) -> Read:
        """Both together."""
        return Read(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


COUNTED = """
    SELECT count(*) - count(problem), count(problem),
        count(CASE WHEN problem IS NULL THEN role END), count(CASE WHEN problem IS NULL THEN contract END),
        count(CASE WHEN problem IS NULL THEN text END)
    FROM """


def read(duck: Duck, inputs: Sequence[Source], asked: Asked) -> Read:
    """Makes `feedback` and `unread` of the inputs; raises `InputError` for what cannot be read at all."""
    whole = Read()
    for at, source in enumerate(inputs):
        whole = whole.plus(_part(duck, f"part_{at}", source, asked))
    every = " UNION ALL ".join(f"SELECT * FROM part_{at}" for at in range(len(inputs)))
    duck.connection.execute(f"CREATE OR REPLACE VIEW every_row AS {every}")
    good = "SELECT * EXCLUDE (problem) FROM every_row WHERE problem IS NULL"
    duck.connection.execute(f"CREATE OR REPLACE VIEW feedback AS {good}")
    bad = "SELECT line AS place, problem FROM every_row WHERE problem IS NOT NULL ORDER BY line"
    duck.make("unread", bad if whole.unread else "SELECT '' AS place, '' AS problem LIMIT 0")
    if not whole.rows:
        first = next(iter(duck.rows("SELECT place, problem FROM unread LIMIT 1")), None)
        said = f"no row can be used; the first one, {first[0]}: {first[1]}" if first else "the inputs hold no rows"
        raise InputError(said)
    return whole


def _part(duck: Duck, name: str, source: Source, asked: Asked) -> Read:
    """Makes a view of one source in the shape of `feedback`, with what is wrong with each row."""
    if isinstance(source, Parquet) and (counted := _where_it_lies(duck, name, source, asked)):
        return counted
    raw = f"raw_{name}"
    _copied(duck, raw, source, asked)
    _view(duck, name, raw, _types(duck, f"SELECT * FROM {raw} LIMIT 0"), asked, f'"{PLACE}"', f'"{PROBLEM}"')
    return Read(*duck.rows(COUNTED + name)[0])


def _where_it_lies(duck: Duck, name: str, source: Parquet, asked: Asked) -> Read | None:
    """Makes the view of a Parquet file; None when DuckDB cannot read all of it."""
    file = source.name.replace("'", "''")
    relation = f"read_parquet('{file}', file_row_number = true)"
    try:
        types = _types(duck, f"SELECT * FROM {relation} LIMIT 0")
        place = f"'{file} row ' || CAST(file_row_number + 1 AS VARCHAR)"
        _view(duck, name, relation, types, asked, place, "NULL")
        return Read(*duck.connection.execute(COUNTED + name).fetchall()[0])
    except duckdb.Error:
        duck.connection.execute(f"DROP VIEW IF EXISTS {name}")
        return None


def _copied(duck: Duck, name: str, source: Source, asked: Asked) -> None:
    """Copies a source into a table, chunk by chunk."""
    made = False
    for chunk in source.chunks(None):
        columns = {**{each: None for each in asked.paths}, **dict.fromkeys(chunk.batch.schema.names)}
        batch = chunk.batch
        known = [each for each in columns if each in batch.schema.names]
        if not made:
            names = ", ".join(f"{_quoted(each)} VARCHAR" for each in columns if "." not in each or each in known)
            duck.connection.execute(f"CREATE TABLE {name} ({names})")
            made = True
        duck.connection.register("chunk", batch)
        listed = ", ".join(map(_quoted, known))
        written = ", ".join(f"CAST({_quoted(each)} AS VARCHAR)" for each in known)
        duck.connection.execute(f"INSERT INTO {name} ({listed}) SELECT {written} FROM chunk")
        duck.connection.unregister("chunk")
    if not made:
        duck.connection.execute(
            f"CREATE TABLE {name} (author_id VARCHAR, {_quoted(PLACE)} VARCHAR, {_quoted(PROBLEM)} VARCHAR)"
        )


def _types(duck: Duck, query: str) -> dict[str, str]:
    """The columns of a query and their types."""
    return {name: kind for name, kind, *_ in duck.connection.execute(f"DESCRIBE {query}").fetchall()}


# --- one row --------------------------------------------------------------------------------------------------------


def _view(
    duck: Duck, name: str, relation: str, types: Mapping[str, str], asked: Asked, place: str, problem: str
) -> None:
    """A view in the shape of `feedback`, and `problem`."""
    fields = {field: [*_columns(field, types, asked)] for field in FIELDS}
    author = _first(fields["author"], _id)
    recipient, contract, text = (_first(fields[each], _text) for each in ("recipient", "contract", "text"))
    numbers = {each: _first(fields[each], _number) for each in ("rating", "value")}
    times = {each: _first(fields[each], _instant) for each in ("time", "ended")}
    given = {each: _given(fields[each]) for each in FIELDS}
    inner = f"""
        SELECT {place} AS line, {author} AS author, {recipient} AS recipient, {numbers["rating"]} AS rating,
            {times["time"]} AS sent, {times["ended"]} AS ended, {contract} AS contract, {numbers["value"]} AS value,
            {_role(fields, types, author)} AS role, {text} AS text, {problem} AS unread,
            {given["rating"]} AS rating_given, {given["time"]} AS time_given, {given["ended"]} AS ended_given,
            {given["value"]} AS value_given, {_first(fields["role"], _text)} AS role_given
        FROM {relation}"""
    wrong = " ".join(f"WHEN {condition} THEN '{message}'" for condition, message in _WRONG)
    duck.connection.execute(f"""
        CREATE OR REPLACE VIEW {name} AS
        SELECT line, author, recipient, CAST(round(rating * 1000) AS BIGINT) AS rating, sent, ended, contract,
            CAST(round(value * 1000) AS BIGINT) AS value, role, text,
            CASE WHEN unread IS NOT NULL THEN unread {wrong} END AS problem
        FROM ({inner})""")


# The first that holds is what is said of a row.
_WRONG: Sequence[tuple[str, str]] = (
    ("author IS NULL", "`author` is missing; give the id of who wrote"),
    ("recipient IS NULL", "`recipient` is missing; give the id of who was rated"),
    ("author = recipient", "`author` and `recipient` are the same; leave out feedback on oneself"),
    ("NOT rating_given", "`rating` is missing; leave out feedback without stars"),
    ("rating IS NULL OR abs(rating) > 1000000", "`rating` is no number; write it as 5 or 4.5"),
    ("NOT time_given", "`time` is missing; give the instant at which it was written"),
    ("sent IS NULL", "`time` is no instant; write it as 2026-03-01T15:00:00Z or in seconds since 1970"),
    ("ended_given AND ended IS NULL", "`ended` is no instant; write it as 2026-03-01T15:00:00Z or in seconds since 1970"),
    ("value_given AND (value IS NULL OR abs(value) > 1e12)", "`value` is no number; write it as 120 or 99.50, without a currency"),
    ("role IS NULL AND role_given IS NOT NULL", "`role` is neither client nor freelancer; write one of them, that of the author"),
)  # fmt: skip


def _columns(field: str, types: Mapping[str, str], asked: Asked) -> Iterator[tuple[str, str]]:
    """(expression, type) of the columns that may hold a field."""
    for name in (asked.columns[field],) if field in asked.columns else FIELDS[field]:
        if name in types:
            yield _quoted(name), types[name]
        elif "." in name and (kind := types.get(name.split(".")[0], "")).startswith("STRUCT"):
            if name.split(".", 1)[1] in kind:
                yield ".".join(map(_quoted, name.split("."))), "VARCHAR"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _first(columns: Sequence[tuple[str, str]], read: object) -> str:
    """The first value that is there, as `read` takes it."""
    if not columns:
        return "NULL"
    return f"coalesce({', '.join(read(*each) for each in columns)})"  # type: ignore[operator]


def _given(columns: Sequence[tuple[str, str]]) -> str:
    """Whether anything is written in one of the columns."""
    return "(" + " OR ".join(f"{_text(*each)} IS NOT NULL" for each in columns) + ")" if columns else "FALSE"


def _text(column: str, kind: str) -> str:
    return f"nullif({column}, '')" if kind == "VARCHAR" else f"CAST({column} AS VARCHAR)"


def _id(column: str, kind: str) -> str:
    """An id; where ids stand in another column, this one holds roles, and a role is nobody's id."""
    known = ", ".join(f"'{role}'" for role in ROLES)
    return f"CASE WHEN lower({_text(column, kind)}) NOT IN ({known}) THEN {_text(column, kind)} END"


def _number(column: str, kind: str) -> str:
    read = f"TRY_CAST({column} AS DOUBLE)"
    return f"CASE WHEN isfinite({read}) THEN {read} END"


def _instant(column: str, kind: str) -> str:
    """Microseconds since 1970, from a time, a text, or seconds, milliseconds or microseconds."""
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        return f"epoch_us({column})"
    if kind.startswith(("TIMESTAMP", "DATE")):
        return f"epoch_us(CAST({column} AS TIMESTAMP))"
    number = _number(column, kind)
    seconds = f"""
        CASE WHEN abs({number}) < 1e11 THEN CAST(round({number} * 1e6) AS BIGINT)
            WHEN abs({number}) < 1e14 THEN CAST(round({number} * 1e3) AS BIGINT)
            WHEN abs({number}) < 1e17 THEN CAST(round({number}) AS BIGINT) END"""
    if kind == "VARCHAR":
        return f"coalesce(epoch_us(TRY_CAST({column} AS TIMESTAMPTZ)), {seconds})"
    return seconds


def _role(fields: Mapping[str, Sequence[tuple[str, str]]], types: Mapping[str, str], author: str) -> str:
    """client or freelancer: as a column says, or as the id of the client has it."""
    said_so = [f"lower({_text(*each)})" for each in fields["role"]]
    if ROLE_BESIDE_ID in types and "author_id" in types and types[ROLE_BESIDE_ID] == "VARCHAR":
        said_so.append(f"CASE WHEN author_id IS NOT NULL THEN lower({_quoted(ROLE_BESIDE_ID)}) END")
    known = ", ".join(f"'{role}'" for role in ROLES)
    choices = [f"CASE WHEN {each} IN ({known}) THEN {each} END" for each in said_so]
    if fields["client"]:
        client = _first(fields["client"], _text)
        choices.append(f"CASE WHEN {client} = {author} THEN 'client' WHEN {client} IS NOT NULL THEN 'freelancer' END")
    return f"coalesce({', '.join(choices)})" if choices else "CAST(NULL AS VARCHAR)"
