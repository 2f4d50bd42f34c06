"""Audits: every input gives the same verdicts; any number of workers, stops and resumptions the same bytes."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import evenhand as ev
from evenhand.audit import Audit, Options, audit

POLICY = Path(__file__).parent / "policies" / "engine" / "policies.yaml"
ENGINE = ev.load(POLICY)
TABLES = ("verdicts.parquet", "findings.parquet", "unread.jsonl")

BAD = "text me on telegram"
TEXTS = [BAD, "all good, thank you", "fuuuck", "añade telegram\nnow, please", 'he said "fine"', "nie wieder", "f u c k"]


def rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Feedback with every fact; some texts come again."""
    chance = random.Random(seed)
    return [
        {
            "id": f"f{number}",
            "text": f"{chance.choice(TEXTS)} {chance.choice(['', str(number)])}".strip(),
            "author": chance.choice(["client", "freelancer", None]),
            "rating": chance.choice([1, 2, 3, 4, 5, None]),
            "locale": chance.choice(["en", "es", None]),
            "created_at": f"2026-{chance.randint(1, 9):02d}-11T10:00:00+00:00",
        }
        for number in range(count)
    ]


def in_jsonl(path: Path, given: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")


def in_csv(path: Path, given: Sequence[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(given[0]))
        writer.writeheader()
        writer.writerows(given)


def in_parquet(path: Path, given: Sequence[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(list(given)), path, row_group_size=40)


def in_sqlite(path: Path, given: Sequence[dict[str, Any]]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE feedback (nr INTEGER PRIMARY KEY, id, text, author, rating INTEGER, locale, created_at)"
        )
        connection.executemany(
            "INSERT INTO feedback (id, text, author, rating, locale, created_at) VALUES (:id, :text, :author, :rating, :locale, :created_at)",
            given,
        )
    connection.close()


def run(inputs: object, out: Path, *, policy: ev.Policy = ENGINE, **options: Any) -> Audit:
    chosen = Options(**{"workers": 1, "rows": 50, **options})
    return audit([str(each) for each in inputs] if isinstance(inputs, list) else [str(inputs)], out, policy, chosen)


def table(out: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(out / f"{name}.parquet").to_pylist()
    return found


def expected(given: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    verdicts = [ENGINE.check(ev.Feedback(r["text"], r["author"], r["rating"], r["locale"] or "en")) for r in given]
    return [(row["id"], str(verdict.outcome)) for row, verdict in zip(given, verdicts, strict=True)]


# --- inputs ---------------------------------------------------------------------------------------------------------

WRITERS: dict[str, Callable[[Path, Sequence[dict[str, Any]]], None]] = {
    "in.jsonl": in_jsonl, "in.csv": in_csv, "in.parquet": in_parquet,
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
def test_every_form_of_file_gives_the_verdicts_of_the_call(name: str, tmp_path: Path) -> None:
    given = rows(130)
    WRITERS[name](tmp_path / name, given)
    done = run(tmp_path / name, tmp_path / "out")
    verdicts = table(tmp_path / "out", "verdicts")
    assert [(v["id"], v["outcome"]) for v in verdicts] == expected(given)
    assert [(v["author"], v["rating"], v["created_at"]) for v in verdicts] == [
        (r["author"], r["rating"], r["created_at"]) for r in given
    ]
    findings = table(tmp_path / "out", "findings")
    texts = {row["id"]: row["text"] for row in given}
    assert findings and all(texts[f["id"]][f["start"] : f["end"]] == f["text"] for f in findings)
    assert done.tally.rows == 130
    assert done.tally.outcomes == {o: sum(v["outcome"] == o for v in verdicts) for o in done.tally.outcomes}
    assert not (tmp_path / "out" / "parts").exists()


def test_folders_patterns_and_packed_files(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "2026"
    folder.mkdir(parents=True)
    in_csv(folder / "b.csv", rows(20, 1))
    in_jsonl(folder / "c.jsonl", rows(20, 2))
    with gzip.open(folder / "a.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows(20, 3))
    (folder / "_SUCCESS").write_text("")
    wanted = [*expected(rows(20, 3)), *expected(rows(20, 1)), *expected(rows(20, 2))]
    run(tmp_path / "in", tmp_path / "whole")
    assert [(v["id"], v["outcome"]) for v in table(tmp_path / "whole", "verdicts")] == wanted
    run(f"{tmp_path}/in/*/*.*", tmp_path / "pattern")
    assert [(v["id"], v["outcome"]) for v in table(tmp_path / "pattern", "verdicts")] == wanted


def test_a_table_and_a_query_of_sqlite(tmp_path: Path) -> None:
    given = rows(120)
    in_sqlite(tmp_path / "in.db", given)
    address = f"sqlite:///{tmp_path}/in.db"
    run(address, tmp_path / "table", table="feedback")
    assert [(v["id"], v["outcome"]) for v in table(tmp_path / "table", "verdicts")] == expected(given)
    query = "SELECT nr, id AS name, text AS body, author, rating, locale FROM feedback WHERE nr <= 60;"
    run(address, tmp_path / "query", query=query, key="nr", columns={"text": "body", "id": "name"})
    assert [(v["id"], v["outcome"]) for v in table(tmp_path / "query", "verdicts")] == expected(given[:60])


def test_postgresql(postgres: str, tmp_path: Path) -> None:
    import psycopg

    given = rows(2_500)
    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE SCHEMA shop")
        connection.execute(
            "CREATE TABLE shop.feedback (nr uuid PRIMARY KEY DEFAULT gen_random_uuid(), id text, text text, author text,"
            " rating int, locale text, created_at timestamptz)"
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO shop.feedback (id, text, author, rating, locale, created_at)"
                " VALUES (%(id)s, %(text)s, %(author)s, %(rating)s, %(locale)s, %(created_at)s)",
                given,
            )
    run(postgres, tmp_path / "out", table="shop.feedback")
    assert sorted((v["id"], v["outcome"]) for v in table(tmp_path / "out", "verdicts")) == sorted(expected(given))
    run(postgres, tmp_path / "query", query="SELECT * FROM shop.feedback WHERE rating = 5", key="nr")
    five = [row for row in given if row["rating"] == 5]
    assert sorted((v["id"], v["outcome"]) for v in table(tmp_path / "query", "verdicts")) == sorted(expected(five))


def test_standard_input(tmp_path: Path) -> None:
    given = rows(30)
    in_jsonl(tmp_path / "in.jsonl", given)
    out = tmp_path / "out"
    with (tmp_path / "in.jsonl").open("rb") as stream:
        done = command(["-", "-o", str(out), "--workers", "1"], stdin=stream)
    assert done.returncode == 1, done.stderr
    assert [(v["id"], v["outcome"]) for v in table(out, "verdicts")] == expected(given)
    assert "could not" not in done.stdout
    again = command(["-", "-o", str(out), "--resume"])
    assert again.returncode == 2
    assert "cannot be read again" in again.stderr


@pytest.mark.parametrize(
    ("write", "options", "says"),
    [
        (None, {}, "there is no such file"),
        ("body\nfine\n", {}, "has no column `text`; columns: body; pass --column text=COLUMN"),
        ("text\nfine\n", {"columns": {"author": "who"}}, "has no column `who` for `author`"),
        ("text\nfine\n", {"columns": {"who": "text"}}, "`who` is no field of feedback"),
        ("", {}, "is empty"),
        ("text\nfine\n", {"input_form": "parquet"}, "cannot be read as Parquet"),
        ("text\nfine\n", {"form": "xls"}, "`xls` is no form of output"),
    ],
)
def test_inputs_that_cannot_be_used(write: str | None, options: dict[str, Any], says: str, tmp_path: Path) -> None:
    if write is not None:
        (tmp_path / "in.csv").write_text(write)
    with pytest.raises(ev.InputError) as caught:
        run(tmp_path / "in.csv", tmp_path / "out", **options)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "needs either --table or --query"),
        ({"table": "feedback", "query": "SELECT 1"}, "needs either --table or --query"),
        ({"table": "elsewhere"}, "no such table"),
        ({"query": "SELECT id, text FROM feedback", "key": "nr"}, "has no column `nr`"),
        ({"query": "SELECT 1 AS nr, text FROM feedback", "key": "nr"}, "is not unique"),
        ({"query": "SELECT NULLIF(nr, 3) AS nr, text FROM feedback", "key": "nr"}, "is null in 1 rows"),
    ],
)
def test_databases_that_cannot_be_used(options: dict[str, Any], says: str, tmp_path: Path) -> None:
    in_sqlite(tmp_path / "in.db", rows(5))
    with pytest.raises(ev.InputError) as caught:
        run(f"sqlite:///{tmp_path}/in.db", tmp_path / "out", **options)
    assert says in str(caught.value)


# --- bad rows -------------------------------------------------------------------------------------------------------


def test_bad_rows_are_listed_with_their_places_and_end_nothing(tmp_path: Path) -> None:
    lines = [
        b'{"text": "fine"}', b"{broken", b'{"text": 5}', b'{"txt": "x"}', b'{"text": "x", "rating": 9}',
        b'{"text": "caf\xe9"}', b'{"text": "\\ud800"}', b'{"text": "x", "author": "robot"}', b"[" * 5 + b"", b'{"text": "fine"}',
    ]  # fmt: skip
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    done = run(tmp_path / "in.jsonl", tmp_path / "out", rows=3)
    unread = [json.loads(line) for line in (tmp_path / "out" / "unread.jsonl").read_text().splitlines()]
    assert [(row["row"], row["place"].rpartition(":")[2], row["problem"].partition(";")[0]) for row in unread] == [
        (1, "2", "the line is not JSON: expecting property name enclosed in double quotes"),
        (2, "3", "the text is of type `int`"),
        (3, "4", "the text is missing"),
        (4, "5", "`rating` is 9"),
        (5, "6", "the line is not UTF-8"),
        (6, "7", "`text` is not UTF-8"),
        (7, "8", "`author` is 'robot'"),
    ]
    assert done.tally.unread == 7
    assert [v["row"] for v in table(tmp_path / "out", "verdicts")] == [0, 8, 9]


def test_bad_rows_of_csv_files(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b'id,text\n1,fine\n2,"two\nlines"\n3\n4,caf\xe9\n5,\n6,a,b\n7,fine\n')
    run(tmp_path / "in.csv", tmp_path / "out")
    unread = [json.loads(line) for line in (tmp_path / "out" / "unread.jsonl").read_text().splitlines()]
    assert [(row["id"], row["place"].rpartition(":")[2], row["problem"].partition(";")[0]) for row in unread] == [
        (None, "5", "the row has 1 values where the header has 2"),
        ("4", "6", "`text` is not UTF-8"),
        ("5", "7", "the text is missing"),
        (None, "8", "the row has 3 values where the header has 2"),
    ]
    assert [v["id"] for v in table(tmp_path / "out", "verdicts")] == ["1", "2", "7"]


def test_a_line_too_long_to_keep_and_a_file_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.audit.inputs.CHARACTERS", 1_000)
    (tmp_path / "in.jsonl").write_text(f'{{"text": "fine"}}\n{"x" * 5_000}\n{{"text": "fine"}}\n')
    assert run(tmp_path / "in.jsonl", tmp_path / "long").tally.problems == {"the line is longer than 1,000 bytes": 1}
    packed = gzip.compress("".join(json.dumps(row) + "\n" for row in rows(20_000)).encode())
    (tmp_path / "in.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    done = run(tmp_path / "in.jsonl.gz", tmp_path / "cut", rows=1_000)
    assert done.tally.rows > 1_000
    assert done.tally.unread == 1
    assert "the rest cannot be read" in next(iter(done.tally.problems))


# --- the same bytes -------------------------------------------------------------------------------------------------


def command(arguments: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "evenhand.cli", "audit", "--policy", str(POLICY), *arguments]
    return subprocess.run(whole, capture_output=True, text=True, check=False, env=environment(), **options)


def environment() -> dict[str, str]:
    engine = str(Path(__file__).parent.parent / "engine")
    return {**os.environ, "PYTHONPATH": engine}


def contents(out: Path) -> list[bytes]:
    return [(out / name).read_bytes() for name in TABLES]


@pytest.mark.parametrize("name", WRITERS)
def test_any_number_of_workers_writes_the_same_bytes(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name, rows(300))
    run(tmp_path / name, tmp_path / "one")
    run(tmp_path / name, tmp_path / "three", workers=3)
    assert contents(tmp_path / "one") == contents(tmp_path / "three")
    first, second = (json.loads((tmp_path / out / "audit.json").read_text()) for out in ("one", "three"))
    assert first == second


@pytest.mark.slow
@pytest.mark.parametrize(("name", "times"), [("in.parquet", 10), ("in.jsonl", 2), ("in.csv", 2), ("in.db", 2)])
def test_killed_and_resumed_again_and_again(name: str, times: int, tmp_path: Path) -> None:
    source = str(tmp_path / name)
    if name == "in.db":
        in_sqlite(tmp_path / name, rows(6_000))
        arguments = [f"sqlite:///{source}", "--table", "feedback"]
    else:
        WRITERS[name](tmp_path / name, rows(6_000))
        arguments = [source]
    arguments += ["--chunk", "100", "--workers", "2"]
    assert command([*arguments, "-o", str(tmp_path / "whole")]).returncode == 1
    out = tmp_path / "out"
    chance = random.Random(name)
    whole = [sys.executable, "-m", "evenhand.cli", "audit", "--policy", str(POLICY), *arguments, "-o", str(out)]
    kills = 0
    for attempt in range(60):
        options = ["--resume"] if attempt else []
        process = subprocess.Popen([*whole, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), start_new_session=True)  # fmt: skip
        wanted = len(list(out.glob("parts/*.arrow"))) + chance.randint(1, 6)
        while process.poll() is None and len(list(out.glob("parts/*.arrow"))) < wanted:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.02)
        if process.poll() is None and kills < times:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            continue
        assert process.wait() == 1
        break
    assert kills >= min(times, 5)
    assert contents(out) == contents(tmp_path / "whole")


def test_resuming_asks_for_the_same_audit(tmp_path: Path) -> None:
    in_jsonl(tmp_path / "in.jsonl", rows(20))
    out = tmp_path / "out"
    run(tmp_path / "in.jsonl", out)
    with pytest.raises(ev.InputError, match="is there already and not empty; pass --resume"):
        run(tmp_path / "in.jsonl", out)
    before = contents(out)
    assert run(tmp_path / "in.jsonl", out, resume=True).tally.rows == 20
    assert contents(out) == before
    for changed, says in (({"form": "csv"}, "form"), ({"rows": 7}, "read"), ({"columns": {"id": "id"}}, "columns")):
        with pytest.raises(ev.InputError, match=f"another `{says}`"):
            run(tmp_path / "in.jsonl", out, resume=True, **changed)
    in_jsonl(tmp_path / "in.jsonl", rows(21))
    with pytest.raises(ev.InputError, match="another `inputs`"):
        run(tmp_path / "in.jsonl", out, resume=True)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_tables_in_other_forms(form: str, tmp_path: Path) -> None:
    given = rows(60)
    in_jsonl(tmp_path / "in.jsonl", given)
    run(tmp_path / "in.jsonl", tmp_path / "out", form=form)
    text = (tmp_path / "out" / f"verdicts.{form}").read_text(encoding="utf-8")
    read = list(map(json.loads, text.splitlines())) if form == "jsonl" else list(csv.DictReader(text.splitlines()))
    assert [(row["id"], row["outcome"]) for row in read] == expected(given)
    assert (tmp_path / "out" / f"findings.{form}").stat().st_size > 100


def test_equal_rows_are_judged_once(tmp_path: Path) -> None:
    given = [{"text": BAD, "rating": 1 + number % 2} for number in range(400)]
    in_jsonl(tmp_path / "in.jsonl", given)
    checked: list[str] = []
    policy = ev.load(POLICY)
    whole = policy.prefilter.in_column

    def counted(texts: Sequence[str], titled: Sequence[bool]) -> Any:
        checked.extend(texts)
        return whole(texts, titled)

    policy.prefilter.in_column = counted  # type: ignore[method-assign]
    done = run(tmp_path / "in.jsonl", tmp_path / "out", policy=policy)
    assert checked == [BAD, BAD]
    assert done.tally.rules["e.list"].rows == 400


# --- audits on top of earlier ones ----------------------------------------------------------------------------------


def edited(folder: Path, *changes: tuple[str, str]) -> ev.Policy:
    shutil.copytree(POLICY.parent, folder)
    for file in folder.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    return ev.load(folder / "policies.yaml")


@pytest.mark.parametrize(
    "change",
    [
        ("never ..3 hire", "good, thank"),
        ("telegram", "fine"),
        ("reject", "hold"),
        ("lexicons:", "regions: [ES]\nlexicons:"),
    ],
    ids=["a phrase", "a word of a list", "an outcome", "regions"],
)
def test_rules_that_did_not_change_are_not_judged_again(change: tuple[str, str], tmp_path: Path) -> None:
    in_parquet(tmp_path / "in.parquet", rows(300))
    run(tmp_path / "in.parquet", tmp_path / "old")
    policy = edited(tmp_path / "policy", change)
    assert policy.version != ENGINE.version
    run(tmp_path / "in.parquet", tmp_path / "full", policy=policy)
    run(tmp_path / "in.parquet", tmp_path / "short", policy=policy, since=tmp_path / "old", workers=2)
    assert contents(tmp_path / "short") == contents(tmp_path / "full")


def test_what_did_not_change_is_kept(tmp_path: Path) -> None:
    from evenhand import digests

    policy = edited(tmp_path / "policy", ("never ..3 hire", "good, thank"))
    old, new = digests.rules(ENGINE.compiled), digests.rules(policy.compiled)
    changed = {name for name in old if old[name] != new[name]}
    assert 0 < len(changed) < len(old) / 2


def test_every_rule_depends_on_shorthand(tmp_path: Path) -> None:
    from evenhand import digests

    policy = ev.load(POLICY)
    before = digests.rules(policy.compiled)
    for rule in policy.compiled.rules:
        rule.words.short["shorthand"] = {"tmrw": "tomorrow"}  # type: ignore[index]
    after = digests.rules(policy.compiled)
    assert all(before[name] != after[name] for name in before)


def test_an_earlier_audit_that_cannot_be_built_on(tmp_path: Path) -> None:
    in_jsonl(tmp_path / "in.jsonl", rows(20))
    in_jsonl(tmp_path / "other.jsonl", rows(20, 2))
    run(tmp_path / "other.jsonl", tmp_path / "other")
    run(tmp_path / "in.jsonl", tmp_path / "csv", form="csv")
    for since, says in (("other", "is of other rows"), ("csv", "must be Parquet"), ("none", "holds no audit")):
        with pytest.raises(ev.InputError, match=says):
            run(tmp_path / "in.jsonl", tmp_path / "out", since=tmp_path / since)


# --- the report -----------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page holds: its texts, the links it follows, and tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.marked: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "action")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._open and self._open[-1] == "mark":
            self.marked.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass


def page(out: Path) -> Page:
    read = Page()
    read.feed((out / "report.html").read_text(encoding="utf-8"))
    return read


def test_the_report_says_what_was_found_and_needs_no_network(tmp_path: Path) -> None:
    given = [*rows(200), {"id": "<b>x</b>", "text": "fuuuck <script>alert(1)</script>", "author": "client", "rating": 5, "locale": "en", "created_at": None}]  # fmt: skip
    in_jsonl(tmp_path / "in.jsonl", given)
    with (tmp_path / "in.jsonl").open("a") as file:
        file.write("{broken\n")
    run(tmp_path / "in.jsonl", tmp_path / "out")
    read = page(tmp_path / "out")
    text = " ".join(" ".join(read.texts).split())
    for said in ("Audit of 201 rows", ENGINE.version, "Rows flagged by category", "Share flagged by month",
                 "Share flagged by rating", "Share flagged by role", "Share flagged by locale", "What the rules cost",
                 "the line is not JSON", "evenhand audit", "in.jsonl -o OUT"):  # fmt: skip
        assert said in text
    assert all(link.startswith("#") for link in read.links)
    assert "fuuuck" in read.marked
    assert "<script" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_redacted_audits_hold_no_text(tmp_path: Path) -> None:
    in_jsonl(tmp_path / "in.jsonl", rows(100))
    run(tmp_path / "in.jsonl", tmp_path / "out", redact=True)
    shown = page(tmp_path / "out")
    assert not any("telegram" in text and "e.list" not in text for text in shown.marked)
    assert any("▒" in text for text in shown.marked)
    assert {f["text"] for f in table(tmp_path / "out", "findings")} == {None}


def test_an_audit_of_nothing_and_one_that_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    assert run(tmp_path / "none.jsonl", tmp_path / "none").tally.rows == 0
    in_jsonl(tmp_path / "in.jsonl", [{"text": "all good"}])
    assert run(tmp_path / "in.jsonl", tmp_path / "out").tally.worst == ev.Outcome.allow
    assert "No row breaks a rule" in " ".join(page(tmp_path / "out").texts)
    done = command([str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "by command"), "--workers", "1"])
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "1 rows judged: 1 allow, 0 nudge, 0 hold, 0 reject")


# --- bounds ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_memory_does_not_grow_with_a_huge_row_group(tmp_path: Path) -> None:
    """A process of its own reads three times as many rows of one row group with hardly more memory."""
    peaks = []
    long = [
        f"The {number}th delivery was fine and on time. " * 50 for number in range(200)
    ]  # equal rows are judged once
    for count in (40_000, 120_000):  # fewer rows end before the allocator has what it needs
        path = tmp_path / f"{count}.parquet"
        texts = [long[number % 200] for number in range(count)]
        pq.write_table(pa.table({"text": texts}), path, row_group_size=count, use_dictionary=False)
        code = (
            "import sys; from evenhand.cli import main\n"
            "try: main(sys.argv[1:])\n"
            "finally: print([line for line in open('/proc/self/status') if line.startswith('VmHWM')][0].split()[1])"
        )
        arguments = ["audit", str(path), "-o", str(tmp_path / f"out{count}"), "--policy", str(POLICY), "--workers", "1", "--exit-zero"]  # fmt: skip
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, env=environment())  # fmt: skip
        peaks.append(int(done.stdout.split()[-1]) / 1024)
    assert peaks[1] < peaks[0] + 80
    assert peaks[1] < 600


@pytest.mark.slow
def test_spark_gives_the_same_verdicts(tmp_path: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not installed here")
    given = rows(200)
    in_parquet(tmp_path / "in.parquet", given)
    code = f"""
import sys
from pyspark.sql import SparkSession
session = SparkSession.builder.master("local-cluster[2,1,1024]").config("spark.ui.enabled", "false").getOrCreate()
import evenhand as ev
from evenhand.spark import audit
frame = session.read.parquet({str(tmp_path / "in.parquet")!r}).repartition(4)
rows = audit(frame, ev.load({str(POLICY)!r})).orderBy("id").collect()
print("verdicts", [(row.id, row.outcome) for row in rows])
session.stop()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**environment(), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(tmp_path)}, cwd=tmp_path,
    )  # fmt: skip
    line = next((line for line in done.stdout.splitlines() if line.startswith("verdicts")), done.stderr[-3_000:])
    assert line == f"verdicts {sorted(expected(given))}"
