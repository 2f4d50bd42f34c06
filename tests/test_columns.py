"""Feedback by the column: the same verdicts as by call, and as the slow engine gives, however it is cut into batches."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenhand as ev
import reference
from evenhand.columns import VERDICTS, judge_batches
from strategies import texts

ENGINE = ev.load(Path(__file__).parent / "policies" / "engine" / "policies.yaml")
ROWS = st.lists(
    st.builds(
        ev.Feedback,
        text=texts(),
        author=st.sampled_from([None, "client", "freelancer"]),
        rating=st.sampled_from([None, 1, 5]),
        locale=st.sampled_from(["en", "es-MX"]),
        contract=st.sampled_from([None, ev.Contract(title="Telegram bot")]),
        counterparty=st.sampled_from([None, ev.Party(name="John Smith", email="john.smith@gmail.com")]),
    ),
    max_size=12,
)


def table(rows: Sequence[ev.Feedback]) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "text": pa.array([row.text for row in rows], pa.string()),
            "author": pa.array([row.author for row in rows], pa.string()),
            "rating": pa.array([row.rating for row in rows], pa.int32()),
            "locale": pa.array([row.locale for row in rows], pa.string()),
            "title": pa.array([row.contract and row.contract.title for row in rows], pa.string()),
            "counterparty_name": pa.array([row.counterparty and row.counterparty.name for row in rows], pa.string()),
            "counterparty_email": pa.array([row.counterparty and row.counterparty.email for row in rows], pa.string()),
        }
    )


def cut(batch: pa.RecordBatch, size: int) -> list[pa.RecordBatch]:
    return [batch.slice(at, size) for at in range(0, batch.num_rows, size)]


def verdicts(batches: Sequence[pa.RecordBatch], policy: ev.Policy = ENGINE) -> list[dict[str, Any]]:
    return [row for batch in judge_batches(batches, policy) for row in batch.to_pylist()]


@given(ROWS, st.integers(1, 12))
@settings(max_examples=120)
def test_by_column_by_call_and_by_the_reference(rows: list[ev.Feedback], size: int) -> None:
    judged = verdicts(cut(table(rows), size))
    assert len(judged) == len(rows)
    for feedback, row in zip(rows, judged, strict=True):
        verdict = ENGINE.check(feedback)
        assert row["outcome"] == str(verdict.outcome)
        shown = [(f["rule"], f["start"], f["end"], f["text"], f["why"], f["message"]) for f in row["findings"]]
        assert shown == [(f.rule, f.start, f.end, f.text, f.why, f.message) for f in verdict.findings]
        assert sorted(found[:3] for found in shown) == reference.findings(ENGINE.compiled, feedback)


def test_the_shipped_policy_by_column() -> None:
    golden = Path(__file__).parent / "golden" / "feedback_dev.jsonl"
    rows = [json.loads(line)["text"] for line in golden.read_text(encoding="utf-8").splitlines()][::4]
    policy = ev.load()
    judged = verdicts(cut(pa.record_batch({"text": rows}), 100), policy)
    for text, row in zip(rows, judged, strict=True):
        verdict = policy.check(text)
        assert (row["outcome"], [(f["rule"], f["start"], f["end"]) for f in row["findings"]]) == (
            str(verdict.outcome),
            [(f.rule, f.start, f.end) for f in verdict.findings],
        )


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        (pa.array([None, "fine"]), "the text is missing"),
        (pa.array([b"caf\xe9", b"fine"]), "the text is not UTF-8"),
        (pa.array([7, None]), "the text is of type `int`; pass a column of strings"),
    ],
)
def test_rows_that_cannot_be_judged_say_why(column: pa.Array, problem: str) -> None:
    first, second = verdicts([pa.record_batch({"text": column})])
    assert (first["outcome"], first["findings"], first["problem"]) == (None, [], problem)
    assert second["outcome"] == (None if column.type == pa.int64() else "allow")


@pytest.mark.parametrize(
    ("rating", "says"),
    [("5", None), (5.0, None), ("", None), ("4.0", None), (7, "`rating` is 7"), ("good", "`rating` is 'good'"), (4.5, "`rating` is 4.5")],
)  # fmt: skip
def test_ratings_however_they_are_stored(rating: object, says: str | None) -> None:
    (row,) = verdicts([pa.record_batch({"text": ["fine"], "rating": [rating]})])
    assert row["outcome"] == ("allow" if says is None else None)
    assert (row["problem"] or "").startswith(says or "")


def test_columns_by_other_names_and_in_structs() -> None:
    batch = pa.record_batch(
        {"body": ["john.smith@gmail.com"], "other": pa.array([{"email": "john.smith@gmail.com"}]), "nr": [17]}
    )
    (judged,) = judge_batches([batch], ENGINE, {"text": "body", "email": "other.email", "id": "nr"})
    assert judged.schema == VERDICTS
    assert judged.column("id").to_pylist() == ["17"]
    assert [f["rule"] for f in judged.column("findings").to_pylist()[0]] == [
        f.rule for f in ENGINE.check(ev.Feedback("john.smith@gmail.com", counterparty=ev.Party(email="john.smith@gmail.com"))).findings
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"txt": "body"}, "`txt` is no field of feedback"),
        ({"text": "bdy"}, "there is no column `bdy` for `text`; columns: body"),
        ({}, "there is no column `text`; columns: body; pass text=COLUMN"),
    ],
)
def test_columns_that_are_not_there(columns: dict[str, str], says: str) -> None:
    with pytest.raises(ev.InputError) as caught:
        list(judge_batches([pa.record_batch({"body": ["fine"]})], ENGINE, columns))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()), pa.binary()]
)
def test_every_way_arrow_stores_texts(kind: pa.DataType) -> None:
    rows = ["text me on telegram", "fine", "añade telegram", ""]
    plain = pa.array([row.encode() for row in rows]) if kind == pa.binary() else pa.array(rows)
    judged = verdicts([pa.record_batch({"text": plain.cast(kind) if kind != pa.binary() else plain})])
    assert [row["outcome"] for row in judged] == [str(ENGINE.check(row).outcome) for row in rows]


def test_a_long_text_is_held_as_by_call() -> None:
    text = " ".join(f"word{number}" for number in range(2_000))
    (row,) = verdicts([pa.record_batch({"text": [text]})])
    assert row["outcome"] == str(ENGINE.check(text).outcome)
    assert [f["rule"] for f in row["findings"]] == [f.rule for f in ENGINE.check(text).findings]
    assert row["findings"][-1]["rule"] == "limit.length"


def test_policies_travel() -> None:
    there = pickle.loads(pickle.dumps(ENGINE))
    assert there.version == ENGINE.version
    for text in ("text me on telegram", "fuuuck", "сука", "fine"):
        assert there.check(text) == ENGINE.check(text)


def test_loading_a_policy_needs_no_arrow() -> None:
    import subprocess
    import sys

    code = "import evenhand, sys; evenhand.load(sys.argv[1]); sys.exit(any(m in sys.modules for m in ('pyarrow', 'numpy', 'rich')))"
    path = str(Path(__file__).parent / "policies" / "engine" / "policies.yaml")
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode == 0
