"""Audits on Spark: the same verdicts, for data beyond one machine. The compiled policy travels once to each worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .columns import FIELDS, FINDING, Judge, checked_columns
from .errors import InputError
from .model import Outcome
from .policy import Policy, load

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_TYPES = {"string": "string", "int32": "int", "bool": "boolean"}
# What `audit` gives, as Spark writes types: `columns.VERDICTS`.
SCHEMA = (
    "id string, outcome string, findings array<struct<"
    + ", ".join(f"`{each.name}`: {_TYPES[str(each.type)]}" for each in FINDING)
    + ">>, problem string, policy_version string"
)

_judges: dict[tuple[str, tuple[tuple[str, str], ...]], Judge] = {}  # of this worker process, by policy and columns


def audit(df: DataFrame, policy: Policy | None = None, columns: Mapping[str, str] | None = None) -> DataFrame:
    """Judges each row of a frame: `id`, `outcome`, `findings`, `problem` and `policy_version`, a row for each.

    `columns` maps fields of feedback (see `columns.FIELDS`) to the frame's columns where those differ. Rows that cannot be
    judged have a `problem` and no outcome. Needs `evenhand[audit]` on every worker, of the same processor as here.
    """
    chosen = policy if policy is not None else load()
    named = checked_columns(columns)
    if wanted := [name for name in named.values() if name.split(".")[0] not in df.columns and name not in df.columns]:
        raise InputError(f"the frame has no column `{wanted[0]}`; columns: {', '.join(df.columns)}")
    if "text" not in named and not any(name in df.columns for name in FIELDS["text"]):
        raise InputError(f"the frame has no column `text`; columns: {', '.join(df.columns)}; pass text=COLUMN")
    kept = _needed(df, named)
    sent = df.sparkSession.sparkContext.broadcast(chosen)
    version = chosen.version

    def judge(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        key = version, tuple(sorted(named.items()))
        if key not in _judges:
            _judges[key] = Judge(sent.value, named)
        for batch in batches:
            yield _judges[key].judge(batch).batch()

    return df.select(*kept).mapInArrow(judge, SCHEMA)


def _needed(df: DataFrame, named: Mapping[str, str]) -> list[str]:
    """The columns that say something about feedback; the others need not travel."""
    paths = [named[name] if name in named else path for name, known in FIELDS.items() for path in known]
    first = {path.split(".")[0] for path in paths} | set(paths)
    return [f"`{name}`" for name in df.columns if name in first]


# --- the command ----------------------------------------------------------------------------------------------------


def audit_paths(
    inputs: Sequence[str],
    output: Path,
    policy: Policy,
    columns: Mapping[str, str],
    form: str,
    input_form: str | None,
) -> Outcome:
    """Reads what Spark reads, writes `verdicts` and `findings` below `output`; gives the hardest outcome.

    Raises `InputError` for what Spark cannot read or write.
    """
    with reading("evenhand audit", inputs, input_form) as frame:
        return _written(audit(frame, policy, columns), output, form)


@contextmanager
def reading(name: str, inputs: Sequence[str], form: str | None) -> Iterator[DataFrame]:
    """What Spark reads from paths, in an application of that name; raises `InputError` for what Spark cannot do."""
    try:
        from pyspark.errors import AnalysisException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise InputError("pyspark is not installed; pip install 'evenhand[spark]'") from None
    session = SparkSession.builder.appName(name).getOrCreate()
    try:
        yield _read(session, inputs, form)
    except AnalysisException as error:
        said = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"Spark cannot do this: {said}; check the names of the inputs and of the output") from None


def _written(judged: DataFrame, output: Path, form: str) -> Outcome:
    """Writes the tables; gives the hardest outcome."""
    from pyspark.sql import functions as f

    judged = judged.persist()
    findings = judged.select("id", f.explode("findings").alias("finding")).select("id", "finding.*")
    verdicts = judged.select("id", "outcome", f.size("findings").alias("findings"), "problem", "policy_version")
    for name, frame in (("verdicts", verdicts), ("findings", findings)):
        frame.write.format("json" if form == "jsonl" else form).save(f"{output}/{name}", header=True)
    outcomes = [row.outcome for row in judged.select("outcome").where("outcome is not null").distinct().collect()]
    judged.unpersist()
    return max(map(Outcome, outcomes), default=Outcome.allow)


def _read(session: SparkSession, inputs: Sequence[str], form: str | None) -> DataFrame:
    chosen = form or _form(inputs[0])
    options: dict[str, Any] = {"header": True, "multiLine": True, "escape": '"'} if chosen == "csv" else {}
    return session.read.format("json" if chosen == "jsonl" else chosen).load(list(inputs), **options)


def _form(name: str) -> str:
    suffixes = set(Path(name).suffixes)
    return "csv" if suffixes & {".csv", ".tsv"} else "jsonl" if suffixes & {".json", ".jsonl", ".ndjson"} else "parquet"
