"""Rings: groups that trade feedback are found, honest people are not, and the same history gives the same bytes."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import evenhand as ev
from evenhand.cli import cli
from evenhand.reciprocity import Options, Rings, rings
from evenhand.reciprocity.chance import above, at_least, at_least_of, at_least_rare, at_least_uneven, points, within
from evenhand.reciprocity.graph import connected_parts, fallen_apart, longest_found_cycle, shortest_cycle, strong_parts
from evenhand.thresholds import ExemptGroup, Thresholds, duration, spoken, thresholds
from market import Making, Market, People, everyday, market, name

POLICY = Path(__file__).parent / "policies" / "engine" / "policies.yaml"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def policy() -> ev.Policy:
    return ev.load(POLICY)


def exempting(policy: ev.Policy, made: Market) -> ev.Policy:
    """The policy that knows the agencies of a market."""
    known = ev.Policy(policy.compiled)
    groups = tuple(ExemptGroup(f"agency {at}", tuple(map(name, each))) for at, each in enumerate(made.agencies))
    known.reciprocity = replace(policy.reciprocity, exempt_groups=groups)
    return known


def found_in(made: Market, policy: ev.Policy, folder: Path) -> Rings:
    file = folder / "market.parquet"
    made.write(file)
    return rings(file, None, exempting(policy, made))


# --- histories by hand ----------------------------------------------------------------------------------------------


def hired(
    client: str, freelancer: str, day: float, *, contract: str, value: float = 10.0, minutes: Sequence[float] = (5, 9), stars: Sequence[int] = (5, 5),
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The two rows of a contract."""
    ended = START + timedelta(days=day)
    for author, other, role, after, rating in (
        (client, freelancer, "client", minutes[0], stars[0]), (freelancer, client, "freelancer", minutes[1], stars[1]),
    ):  # fmt: skip
        yield {
            "author_id": author, "recipient_id": other, "author": role, "rating": rating, "contract_id": contract, "value": value,
            "created_at": (ended + timedelta(minutes=after)).isoformat(), "ended_at": ended.isoformat(), "text": None,
        }  # fmt: skip


def ordinary(count: int = 400) -> list[dict[str, Any]]:
    """Clients who hire freelancers: nobody does both."""
    found: list[dict[str, Any]] = []
    for at in range(count):
        stars = (5, 5) if at % 5 else (3, 5)
        found += hired(
            f"c{at % 97}", f"f{at * 7 % 61}", (at * 1.7) % 600, contract=f"n{at}", value=50 + at % 211, minutes=(900 + at, 2_000 + 3 * at), stars=stars,
        )  # fmt: skip
    return found


def ring(members: Sequence[str], *, first: float = 100) -> list[dict[str, Any]]:
    """Each member hires the next one, fast and for little, within a few days."""
    found: list[dict[str, Any]] = []
    for at, one in enumerate(members):
        found += hired(one, members[(at + 1) % len(members)], first + at, contract=f"r{one}")
    return found


def as_jsonl(folder: Path, rows: Sequence[dict[str, Any]], file: str = "history.jsonl") -> Path:
    path = folder / file
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_ring_is_found_with_evidence_a_person_can_check(tmp_path: Path, policy: ev.Policy) -> None:
    path = as_jsonl(tmp_path, ordinary() + ring(["ann", "bob", "cem", "dot"]))
    done = rings(path, None, policy)
    (found,) = done.findings
    assert (found.tier, found.shape, found.members) == ("A", "cycle", ("ann", "bob", "cem", "dot"))
    assert found.cycle == ("ann", "bob", "cem", "dot")
    assert [(each.client, each.freelancer, each.fast, each.value) for each in found.contracts] == [
        ("ann", "bob", True, 10.0), ("bob", "cem", True, 10.0), ("cem", "dot", True, 10.0), ("dot", "ann", True, 10.0),
    ]  # fmt: skip
    assert (found.pairs_inside, found.pairs_possible, found.days) == (4, 6, 3.0)
    said = {each.family: each.sentence for each in found.evidence}
    assert said["timing"].startswith("4 of 4 pairs wrote fast: both within 1 h of each other and 6 h of the end")
    assert "(ann → bob → cem → dot → ann)" in said["cycle"]
    assert all(each.points <= policy.reciprocity.points_cap.group for each in found.evidence)
    assert found.would_clear and found.policy_version == policy.version


def test_the_same_people_who_work_in_turn_for_others_are_not_found(tmp_path: Path, policy: ev.Policy) -> None:
    rows = ordinary()
    for at, (client, freelancer) in enumerate([("ann", "bob"), ("ann", "cem"), ("dot", "bob"), ("dot", "cem")]):
        rows += hired(client, freelancer, 100 + at, contract=f"r{at}")  # fast and cheap, but nobody is on both sides
    assert not rings(as_jsonl(tmp_path, rows), None, policy).findings


def test_what_a_group_wrote_joins_its_evidence(tmp_path: Path, policy: ev.Policy) -> None:
    rows = ordinary() + ring(["ann", "bob", "cem", "dot"])
    rows[-1]["text"] = "good work, I will leave you five stars if you leave me five stars"
    shipped = ev.load()
    (found,) = rings(as_jsonl(tmp_path, rows), None, shipped).findings
    assert {each.rule.split(".")[0] for each in found.texts} == {"reciprocity"}
    assert all(each.text[each.start : each.end] == each.span for each in found.texts)
    (silent,) = rings(as_jsonl(tmp_path, rows), None, shipped, Options(redact=True)).findings
    assert not silent.texts


def test_a_registered_agency_is_left_alone(tmp_path: Path, policy: ev.Policy) -> None:
    path = as_jsonl(tmp_path, ordinary() + ring(["ann", "bob", "cem", "dot"]))
    agency = ev.Policy(policy.compiled)
    agency.reciprocity = replace(policy.reciprocity, exempt_groups=(ExemptGroup("a", ("ann", "bob", "cem", "dot")),))
    assert not rings(path, None, agency).findings


# --- markets --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made() -> Market:
    return market(250_000, 8, rings=3, hard=3)


@pytest.fixture(scope="module")
def whole(made: Market, policy: ev.Policy, tmp_path_factory: pytest.TempPathFactory) -> Rings:
    return found_in(made, policy, tmp_path_factory.mktemp("market"))


def test_planted_rings_are_found_and_honest_groups_are_not_accused(made: Market, whole: Rings) -> None:
    planted = [{name(user) for user in each.members} for each in made.planted]
    open_ = [
        each for each in made.planted if each.shape != "hub" and each.hidden in ("nothing", "value")
    ]  # what hides more is for the benchmark, which has enough of them to say
    assert len(open_) >= 8
    first = [set(each.members) for each in whole.tier("A")]
    missed = [each for each in open_ if not any(2 * len({name(u) for u in each.members} & group) >= len(each.members) for group in first)]  # fmt: skip
    assert len(missed) <= len(open_) // 10
    false = [group for group in first if not any(2 * len(group & ring) >= len(group) for ring in planted)]
    assert len(false) <= max(1, len(first) // 20)


@pytest.mark.parametrize(("camouflage", "looks"), [(0, "deal with nobody else"), (1, "hire and are hired")])
def test_a_seller_with_made_up_clients_is_watched(
    camouflage: int, looks: str, tmp_path: Path, policy: ev.Policy
) -> None:
    """Neither fast nor cheap nor at once; but the clients deal with nobody else, or work for others, too."""
    making = Making(People(np.random.default_rng(5), 40_000), 80_000)
    making.parts.append(everyday(making.people, 36_000))
    planted = making.ring("hub", "timing", camouflage, size=16)
    found = [
        each
        for each in found_in(making.finished(), policy, tmp_path).findings
        if name(planted.members[0]) in each.members
    ]
    (star,) = [each for each in found if each.shape == "star"]
    assert star.tier == "B"
    assert 2 * len({name(user) for user in planted.members} & set(star.members)) >= len(planted.members)
    said = next(each.sentence for each in star.evidence if each.family == "hub")
    assert f" partners of {name(planted.members[0])} {looks}; " in said


def test_agencies_and_long_pairs_are_in_no_finding(made: Market, whole: Rings) -> None:
    agencies = {name(user) for each in made.agencies for user in each}
    pairs = [{name(one), name(other)} for one, other in made.long_pairs]
    assert agencies and pairs
    for each in whole.findings:
        assert not agencies & set(each.members)
        assert not any(pair <= set(each.members) for pair in pairs)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 999),
    contracts=st.integers(1, 500),
    days=st.floats(0.01, 700),
    value=st.sampled_from([0.5, 5.0, 100.0, 10_000.0]),
    clients=st.integers(0, 3),
)
def test_an_honest_long_pair_is_never_flagged(
    seed: int, contracts: int, days: float, value: float, clients: int, policy: ev.Policy, tmp_path_factory: pytest.TempPathFactory
) -> None:  # fmt: skip
    """All five stars, minutes apart, of any value, in a market with rings and hard negatives around them."""
    making = Making(People(np.random.default_rng(seed), 4_000), 8_000)
    making.parts.append(everyday(making.people, 3_000))
    making.hard_negatives(2)
    making.rings(20)
    client, freelancer = making.long_pair(contracts, days, value, clients)
    found = found_in(making.finished(), policy, tmp_path_factory.mktemp("pair"))
    assert not any({name(client), name(freelancer)} <= set(each.members) for each in found.findings)


def test_the_estimate_of_false_findings_is_not_below_the_truth_by_much(policy: ev.Policy, tmp_path: Path) -> None:
    estimated = true = 0.0
    for seed in (11, 12, 13, 14):
        made = market(100_000, seed, rings=1, hard=6)
        done = found_in(made, policy, tmp_path)
        planted = [{name(user) for user in each.members} for each in made.planted]
        true += sum(
            not any(2 * len(set(each.members) & ring) >= len(each.members) for ring in planted)
            for each in done.tier("A")
        )
        estimated += done.estimate.false
    assert true <= 2 * estimated + 2
    assert estimated <= 6 * true + 6


# --- the same history, however it is stored -------------------------------------------------------------------------


def stored(folder: Path, table: pa.Table) -> dict[str, tuple[str, Options]]:
    """One history as files and in a database."""
    plain = pa.table({each: table[each].cast(pa.string()) if pa.types.is_dictionary(table[each].type) else table[each] for each in table.column_names})  # fmt: skip
    rows = [{key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()} for row in plain.to_pylist()]  # fmt: skip
    pq.write_table(table, folder / "h.parquet")
    pq.write_table(table, folder / "groups.parquet", row_group_size=1_000)
    as_jsonl(folder, rows, "h.jsonl")
    with (folder / "h.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with sqlite3.connect(folder / "h.db") as database:
        names = list(rows[0])
        database.execute(f"CREATE TABLE feedback ({', '.join(names)}, PRIMARY KEY (id))")
        database.executemany(f"INSERT INTO feedback VALUES ({', '.join('?' * len(names))})", [tuple(row.values()) for row in rows])  # fmt: skip
    return {
        "parquet": (str(folder / "h.parquet"), Options()),
        "one thread": (str(folder / "h.parquet"), Options(threads=1)),
        "little memory": (str(folder / "h.parquet"), Options(memory="128MB")),
        "row groups": (str(folder / "groups.parquet"), Options(threads=3)),
        "csv": (str(folder / "h.csv"), Options()),
        "jsonl": (str(folder / "h.jsonl"), Options()),
        "sqlite": (f"sqlite:///{folder / 'h.db'}", Options(table="feedback")),
    }


@pytest.mark.slow
def test_every_input_and_any_number_of_threads_give_the_same_bytes(policy: ev.Policy, tmp_path: Path) -> None:
    made = market(12_000, 3, rings=12)
    written = {}
    for at, (label, (address, options)) in enumerate(stored(tmp_path, made.rows).items()):
        rings(address, tmp_path / f"out{at}", policy, options)
        written[label] = (tmp_path / f"out{at}" / "findings.jsonl").read_bytes()
    assert written["parquet"]
    assert {label for label, content in written.items() if content != written["parquet"]} == set()
    again = rings(tmp_path / "h.parquet", tmp_path / "again", policy)
    assert again.folder is not None
    for file in ("findings.jsonl", "rings.json", "report.html", "unread.jsonl"):
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "out0" / file).read_bytes()


def test_the_seed_of_hashes_changes_nothing(tmp_path: Path) -> None:
    pq.write_table(market(12_000, 3, rings=12).rows, tmp_path / "h.parquet")
    for seed in ("1", "2"):
        arguments = [
            "rings",
            str(tmp_path / "h.parquet"),
            "-o",
            str(tmp_path / seed),
            "--policy",
            str(POLICY),
            "--exit-zero",
        ]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, "-m", "evenhand.cli", *arguments], check=True, capture_output=True, env=environment
        )
    for file in ("findings.jsonl", "rings.json", "report.html"):
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()


def test_postgresql_gives_the_same(postgres: str, policy: ev.Policy, tmp_path: Path) -> None:
    import psycopg

    made = market(12_000, 3, rings=12)
    pq.write_table(made.rows, tmp_path / "h.parquet")
    rows = [tuple(row.values()) for row in made.rows.to_pylist()]
    with psycopg.connect(postgres) as connection:
        connection.execute(
            "CREATE TABLE history (id bigint PRIMARY KEY, author_id text, recipient_id text, author text, rating int,"
            " created_at timestamptz, contract_id bigint, ended_at timestamptz, value numeric)"
        )
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO history VALUES ({', '.join(['%s'] * 9)})", rows)
    here, there = (
        rings(address, None, policy, options)
        for address, options in ((tmp_path / "h.parquet", Options()), (postgres, Options(table="history")))
    )
    assert here.findings
    assert here.findings == there.findings


def test_a_parquet_table_of_findings_holds_the_same(policy: ev.Policy, tmp_path: Path) -> None:
    path = as_jsonl(tmp_path, ordinary() + ring(["ann", "bob", "cem", "dot"]))
    done = rings(path, tmp_path / "out", policy, Options(form="parquet"))
    (row,) = pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist()
    assert row == json.loads(json.dumps(done.findings[0].plain()))


def test_a_market_without_contracts_values_or_ends_still_works(policy: ev.Policy, tmp_path: Path) -> None:
    rows = [
        {key: row[key] for key in ("author_id", "recipient_id", "author", "rating", "created_at")}
        for row in ordinary() + ring(["ann", "bob", "cem", "dot"])
    ]
    (found,) = rings(as_jsonl(tmp_path, rows), None, policy).findings
    assert found.members == ("ann", "bob", "cem", "dot")
    assert {each.family for each in found.evidence} == {"density", "roles", "cycle", "timing", "burst"}


def test_without_roles_it_says_that_closed_paths_are_not_looked_for(policy: ev.Policy, tmp_path: Path) -> None:
    rows = [
        {key: value for key, value in row.items() if key != "author"}
        for row in ordinary() + ring(["ann", "bob", "cem"])
    ]
    done = rings(as_jsonl(tmp_path, rows), tmp_path / "out", policy)
    assert not done.market.hire
    assert "Nobody knows who hired whom" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_who_the_client_was_can_be_said_by_id(policy: ev.Policy, tmp_path: Path) -> None:
    rows = []
    for row in ordinary() + ring(["ann", "bob", "cem", "dot"]):
        client = row["author_id"] if row["author"] == "client" else row["recipient_id"]
        rows.append({**{key: value for key, value in row.items() if key != "author"}, "client_id": client})
    (found,) = rings(as_jsonl(tmp_path, rows), None, policy).findings
    assert found.cycle == ("ann", "bob", "cem", "dot")


# --- bad input ------------------------------------------------------------------------------------------------------

GOOD = {"author_id": "a", "recipient_id": "b", "rating": 5, "created_at": "2026-03-01T15:00:00Z", "author": "client"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({**GOOD, "author_id": None}, "`author` is missing"),
        ({**GOOD, "recipient_id": ""}, "`recipient` is missing"),
        ({**GOOD, "recipient_id": "a"}, "`author` and `recipient` are the same"),
        ({**GOOD, "rating": None}, "`rating` is missing"),
        ({**GOOD, "rating": "five"}, "`rating` is no number; write it as 5 or 4.5"),
        ({**GOOD, "rating": float("nan")}, "`rating` is no number"),
        ({**GOOD, "created_at": None}, "`time` is missing"),
        ({**GOOD, "created_at": "soon"}, "`time` is no instant; write it as 2026-03-01T15:00:00Z"),
        ({**GOOD, "created_at": "2026-02-30"}, "`time` is no instant"),
        ({**GOOD, "ended_at": "soon"}, "`ended` is no instant"),
        ({**GOOD, "value": "$12"}, "`value` is no number; write it as 120 or 99.50, without a currency"),
        ({**GOOD, "role": "boss", "author": None}, "`role` is neither client nor freelancer"),
    ],
)
def test_a_bad_row_is_listed_with_its_place_and_ends_nothing(row: dict[str, Any], problem: str, policy: ev.Policy, tmp_path: Path) -> None:  # fmt: skip
    path = as_jsonl(tmp_path, [*ordinary(40), row])
    done = rings(path, tmp_path / "out", policy)
    (listed,) = [
        json.loads(line) for line in (tmp_path / "out" / "unread.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert (done.rows, done.unread) == (80, 1)
    assert listed["place"] == f"{path}:81"
    assert listed["problem"].startswith(problem)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T15:00:00Z",
        "2026-03-01 15:00:00",
        "2026-03-01T20:30:00+05:30",
        1772377200,
        "1772377200",
        1772377200000,
        1772377200000000,
        1772377200.0,
    ],
)
def test_instants_are_read_however_they_are_written(written: Any, policy: ev.Policy, tmp_path: Path) -> None:
    first, *others = [
        [*hired("ann", "bob", 100, contract="first")],
        *([row] for row in ordinary() + ring(["bob", "cem", "ann"])),
    ]
    rows = [{**row, "ended_at": written} for row in first] + [row for each in others for row in each]
    (found,) = rings(as_jsonl(tmp_path, rows), None, policy).findings
    assert "2026-03-01T15:00:00Z" in {each.ended for each in found.contracts if each.contract == "first"}


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([{"text": "nice"}], {}, "no row can be used"),
        ([GOOD], {"columns": {"who": "author_id"}}, "`who` is no field of feedback"),
        ([GOOD], {"memory": "lots"}, "write a size such as `1GB`"),
        ([GOOD], {"form": "xlsx"}, "`xlsx` is no form of output; known: jsonl, parquet"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(rows: list[dict[str, Any]], options: dict[str, Any], said: str, policy: ev.Policy, tmp_path: Path) -> None:  # fmt: skip
    with pytest.raises(ev.InputError) as raised:
        rings(as_jsonl(tmp_path, rows), tmp_path / "out", policy, Options(**options))
    assert said in str(raised.value)


def test_a_csv_without_a_needed_column_is_refused(policy: ev.Policy, tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text("author_id,recipient_id,created_at\na,b,2026-03-01\n", encoding="utf-8")
    with pytest.raises(ev.InputError, match=r"has no column `rating`; columns: author_id, recipient_id, created_at; pass --column rating=COLUMN"):  # fmt: skip
        rings(path, None, policy)


def test_a_damaged_parquet_file_gives_what_can_be_read(policy: ev.Policy, tmp_path: Path) -> None:
    made = market(12_000, 3, rings=12)
    path = tmp_path / "h.parquet"
    pq.write_table(made.rows, path, row_group_size=2_000, compression="zstd")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + len(content) // 6] = b"\xff" * (len(content) // 6)
    path.write_bytes(bytes(content))
    done = rings(path, tmp_path / "out", policy)
    assert 0 < done.rows < made.rows.num_rows
    assert done.unread


def test_a_folder_that_holds_something_is_not_written_to(policy: ev.Policy, tmp_path: Path) -> None:
    path = as_jsonl(tmp_path, ordinary(4))
    with pytest.raises(ev.InputError, match="is there already and not empty; name another folder"):
        rings(path, tmp_path, policy)


def test_nothing_is_left_behind_when_a_run_fails(policy: ev.Policy, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(ev.InputError):
        rings(as_jsonl(tmp_path / "in", [{"text": "x"}]), tmp_path / "out", policy)
    assert [*(tmp_path / "out").iterdir()] == []


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_found_and_exits_with_1(tmp_path: Path) -> None:
    path = as_jsonl(tmp_path, ordinary() + ring(["ann", "bob", "cem", "dot"]))
    arguments = ["rings", str(path), "-o", str(tmp_path / "out"), "--policy", str(POLICY)]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1, done.output
    assert "808 rows, 404 contracts: 1 to review first (tier A), 0 to watch (tier B)" in done.output
    assert "4 people" in done.output
    assert f"report: {tmp_path / 'out' / 'report.html'}" in done.output
    clean = as_jsonl(tmp_path, ordinary(), "clean.jsonl")
    done = CliRunner().invoke(cli, ["rings", str(clean), "-o", str(tmp_path / "out2"), "--policy", str(POLICY)])
    assert done.exit_code == 0, done.output


def test_the_report_shows_findings_whole_and_escapes_what_people_wrote(policy: ev.Policy, tmp_path: Path) -> None:
    members = ["<b>ann</b>", "bob", "cem", "dot"]
    rings(as_jsonl(tmp_path, ordinary() + ring(members)), tmp_path / "out", policy)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<b>ann</b>" not in page
    assert page.count("<svg") == 2
    assert "What would clear them" in page
    assert "http" not in page.replace("http://www.w3.org", "")


# --- Spark ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_spark_makes_the_same_tables_and_findings(policy: ev.Policy, tmp_path: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not installed here")
    made = market(8_000, 3, rings=12)
    made.write(tmp_path / "h.parquet")
    code = f"""
from pyspark.sql import SparkSession
session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2").getOrCreate()
import duckdb
import evenhand as ev
from evenhand.reciprocity import on_spark, run
from evenhand.reciprocity.tables import Duck
policy = ev.load({str(POLICY)!r})
kept = {{}}
def keep(made, place):
    drop = made.drop
    def dropping(self, name):
        if name in ("cyclic_0", "contracts"): kept.setdefault((place, name), sorted(map(str, self.rows(f"SELECT * FROM {{name}}"))))
        drop(self, name)
    made.drop = dropping
    making = made.make
    def making_too(self, name, query):
        making(self, name, query)
        if name in ("contracts", "pairs", "traded", "users"): kept[place, name] = sorted(map(str, self.rows(f"SELECT * FROM {{name}}")))
    made.make = making_too
keep(on_spark.Spark, "spark"); keep(Duck, "duck")
there = on_spark.rings(session.read.parquet({str(tmp_path / "h.parquet")!r}), None, policy)
here = run.rings({str(tmp_path / "h.parquet")!r}, None, policy)
same = [name for name in ("contracts", "pairs", "traded", "users", "cyclic_0") if kept["spark", name] and kept["spark", name] == kept["duck", name]]
print("same", same, here.findings == there.findings, here.market == there.market, len(here.findings) > 0)
session.stop()
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(tmp_path)}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)  # fmt: skip
    line = next((line for line in done.stdout.splitlines() if line.startswith("same")), done.stderr[-3_000:])
    assert line == "same ['contracts', 'pairs', 'traded', 'users', 'cyclic_0'] True True True"


# --- parts ----------------------------------------------------------------------------------------------------------


def hires(written: str) -> list[tuple[str, str]]:
    return [(each[0], each[1]) for each in written.split()]


@pytest.mark.parametrize(
    ("edges", "parts"),
    [
        ("", []),
        ("ab", []),
        ("ab ba", ["ab"]),
        ("ab bc ca", ["abc"]),
        ("ab bc ca cd", ["abc"]),
        ("ab ba cd dc bc", ["ab", "cd"]),
        ("ab bc cd da bd", ["abcd"]),
        ("ab bc ca cd de ec", ["abcde"]),
    ],
)
def test_strong_parts(edges: str, parts: list[str]) -> None:
    assert ["".join(part) for part in strong_parts(hires(edges))] == parts


@given(
    st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")).filter(lambda edge: edge[0] != edge[1]))
)
def test_strong_parts_are_those_who_reach_each_other(edges: set[tuple[str, str]]) -> None:
    people = sorted({each for edge in edges for each in edge})
    reach = {one: {one} for one in people}
    for _ in people:
        for one, other in edges:
            reach[one] |= reach[other]
    expected = {tuple(other for other in people if other in reach[one] and one in reach[other]) for one in people}
    assert {tuple(part) for part in strong_parts(edges)} == {part for part in expected if len(part) > 1}


def test_a_long_path_needs_no_deep_stack() -> None:
    people = [f"{at:06d}" for at in range(20_000)]
    edges = [(one, people[(at + 1) % len(people)]) for at, one in enumerate(people)]
    assert [len(part) for part in strong_parts(edges)] == [20_000]


def test_cycles_are_closed_paths() -> None:
    edges = hires("ab bc cd da bd db")
    assert shortest_cycle(edges) == ["a", "b", "d"]
    assert longest_found_cycle(edges) == ["a", "b", "c", "d"]
    assert shortest_cycle(edges, least=2) == ["b", "d"]
    assert longest_found_cycle([("a", "b"), ("b", "c")]) == []


def test_a_large_part_falls_apart_at_its_weakest_edges() -> None:
    ring_ = {(f"{side}{at}", f"{side}{(at + 1) % 4}"): 5.0 for side in "xy" for at in range(4)}
    bridge = {("x0", "y0"): 0.0, ("y1", "x1"): 0.0}
    parts = sorted(fallen_apart({**ring_, **bridge}, 5, strong=True))
    assert parts == [["x0", "x1", "x2", "x3"], ["y0", "y1", "y2", "y3"]]
    assert connected_parts({**ring_, **bridge}) == [sorted(each for side in "xy" for each in (f"{side}0", f"{side}1", f"{side}2", f"{side}3"))]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (at_least(0, [0.5]), 1.0),
        (at_least(2, [0.5]), 0.0),
        (at_least(2, [0.5, 0.5, 0.5]), 0.5),
        (at_least(3, [0.1, 0.2, 0.3]), 0.006),
        (at_least_of(2, 3, 0.5), 0.5),
        (at_least_of(1, 200_000, 1e-6), 0.18126933),
        (at_least(12, [0.05] * 300), 1.0),
        (at_least(40, [0.05] * 300), at_least_of(40, 300, 0.05)),
        (at_least_uneven(3, 5, 0.3, 0.0), at_least_of(3, 5, 0.3)),
        (at_least_uneven(2, 2, 0.5, 0.5), 0.375),
        (at_least_rare(0, 1.0), 1.0),
        (at_least_rare(1, 1.0), 0.6321205588),
        (at_least_rare(3, 0.001), 1.66541717e-10),
        (at_least_rare(2, 0.0), 0.0),
        (above(0.0), 0.5),
        (above(1.6448536), 0.05),
        (within(2, 1.0), 1.0),
        (points(0.01), 2.0),
        (points(1.0), 0.0),
        (points(0.0), 300.0),
    ],
)
def test_chance(found: float, expected: float) -> None:
    assert found == pytest.approx(expected, rel=1e-6)


def test_within_is_what_drawing_gives() -> None:
    chance = np.random.default_rng(1)
    drawn = np.sort(chance.random((200_000, 4)), axis=1)
    assert within(4, 0.1) == pytest.approx(float((drawn[:, 3] - drawn[:, 0] <= 0.1).mean()), rel=0.1)


# --- thresholds -----------------------------------------------------------------------------------------------------


def test_thresholds_that_are_left_out_keep_their_defaults() -> None:
    chosen = thresholds({"fast_turnaround": "30 min", "tier_a": {"points": 20}, "exempt_groups": [{"name": "a", "members": ["x", "y"]}], "group_size": [3, 20]})  # fmt: skip
    assert chosen.fast_turnaround == timedelta(minutes=30)
    assert (chosen.tier_a.points, chosen.tier_a.families) == (20.0, Thresholds().tier_a.families)
    assert chosen.exempt_groups == (ExemptGroup("a", ("x", "y")),)
    assert chosen.group_size == (3, 20)


@pytest.mark.parametrize(("written", "seconds"), [("1 h", 3_600), ("90 d", 7_776_000), ("45s", 45), ("30 min", 1_800)])
def test_durations(written: str, seconds: int) -> None:
    assert duration(written) == timedelta(seconds=seconds)
    assert duration(spoken(duration(written))) == duration(written)


def test_no_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="`soon` is no duration; write a whole number and a unit: s, min, h, d"):
        duration("soon")


@pytest.mark.parametrize(
    ("audit", "said"),
    [
        ("  reciprocity: {fast_turnaround: soon}", "policies.yaml:{line}:"),
        ("  reciprocity: {tier_a: {point: 3}}", "points"),
        ("  reciprocity: {group_size: [9, 3]}", "the least size 9 is above the largest 3"),
        (
            "  reciprocity: {exempt_groups: [{name: a, members: [x1, x2]}, {name: b, members: [x3, x1]}]}",
            "`x1` is in `a` already",
        ),
        ("  rings: {}", "reciprocity"),
    ],
)
def test_a_wrong_threshold_is_a_problem_at_its_place(audit: str, said: str, tmp_path: Path) -> None:
    shutil.copytree(POLICY.parent, tmp_path / "p")
    file = tmp_path / "p" / "policies.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\naudit:\n{audit}\n", encoding="utf-8")
    with pytest.raises(ev.PolicyError) as raised:
        ev.load(file)
    line = len(text.splitlines()) + 3
    (problem,) = raised.value.problems
    assert problem.place.line == line
    assert said.format(line=line) in f"{problem.place}: {problem.message} {problem.hint}"
