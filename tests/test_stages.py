"""The life of a rule: stages with evidence, days, rollouts; and the walk in the docs, as written."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import evenhand as ev
from evenhand.errors import InputError
from evenhand.loader import parse
from evenhand.stages import Ledger, Move, ledger_problems, read_ledger, with_status

HERE = Path(__file__).parent
WALK = HERE / "policies" / "walk"
STEP = re.compile(r"^\$ (.*)$")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(WALK, tmp_path / "policy")
    return tmp_path / "policy"


def steps() -> list[tuple[str, str]]:
    """The commands of the walk, each with what it prints."""
    found: list[tuple[str, list[str]]] = []
    text = (HERE.parent / "docs" / "policy-work.md").read_text(encoding="utf-8")
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for line in block.splitlines():
            if match := STEP.match(line):
                found.append((match[1], []))
            else:
                found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


@pytest.mark.slow
def test_the_walk_in_the_docs(folder: Path) -> None:
    environment = {**os.environ, "COLUMNS": "200"}
    for command, wanted in steps():
        name, *arguments = shlex.split(command)
        whole = [sys.executable, "-m", "evenhand.cli", *arguments] if name == "evenhand" else [name, *arguments]
        done = subprocess.run(whole, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        printed = (done.stdout + done.stderr).rstrip("\n") + f"\n[exit {done.returncode}]" * bool(done.returncode)
        assert re.sub(r"\([0-9a-f]{16}\)", "(VERSION)", printed.strip("\n")) == wanted, command


STATUS = [
    ("  - id: contact.messenger\n", None, "  - id: contact.messenger\n    status: nudge\n"),
    ("    status: shadow # on trial\n", "shadow", "    status: nudge # on trial\n"),
]


@pytest.mark.parametrize(("line", "was", "wanted"), STATUS)
def test_a_status_is_written_and_nothing_else_changes(folder: Path, line: str, was: str | None, wanted: str) -> None:
    file = folder / "rules" / "contact.yaml"
    text = file.read_text(encoding="utf-8")
    if was is None:
        text = text.replace("    status: shadow # on trial\n", "")
        file.write_text(text, encoding="utf-8")
    parsed = parse(folder)
    _, changed = with_status(parsed, parsed.rules[0], "nudge")
    assert changed == text.replace(line, wanted)
    file.write_text(changed, encoding="utf-8")
    assert parse(folder).rules[0].status == "nudge"


def test_a_damaged_ledger_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    move = {"rule": "a", "was": "draft", "now": "shadow", "on": "2026-05-01", "by": ["x"], "form": "f", "evidence": {}}
    file.write_text(json.dumps(move) + '\n{"rule": "a"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"ledger\.jsonl:2: this is no move"):
        read_ledger(file, "ledger.jsonl")


LEDGERS: list[tuple[str, list[tuple[str, str, str]], str]] = [
    ("shadow", [], ""),
    ("enforce", [], "the ledger knows no move of it"),
    ("enforce", [("contact.messenger", "shadow", "f")], "where the ledger has `shadow`"),
    ("enforce", [("contact.messenger", "enforce", "f")], ""),
    ("enforce", [("contact.messenger", "enforce", "g")], "finds something else than when it was promoted"),
    ("shadow", [("contact.gone", "enforce", "f")], "the ledger has rule `contact.gone`, which is gone"),
]


@pytest.mark.parametrize(("status", "moves", "says"), LEDGERS)
def test_what_the_ledger_does_not_account_for(folder: Path, status: str, moves: Any, says: str) -> None:
    file = folder / "rules" / "contact.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("status: shadow", f"status: {status}"), encoding="utf-8")
    ledger = Ledger(
        "ledger.jsonl", tuple(Move(rule, "draft", now, "2026-05-01", ("x",), form) for rule, now, form in moves)
    )
    found = [problem.message for problem in ledger_problems(parse(folder), ledger, {"contact.messenger": "f"})]
    assert len(found) == bool(says) and all(says in each for each in found)


def with_keys(folder: Path, keys: str) -> Path:
    file = folder / "rules" / "contact.yaml"
    text = file.read_text(encoding="utf-8").replace("    status: shadow # on trial\n", keys)
    file.write_text(text, encoding="utf-8")
    return folder


DAYS = [("2026-05-31", False), ("2026-06-01", True), ("2026-06-30", True), ("2026-07-01", False)]


@pytest.mark.parametrize(("day", "applies"), DAYS)
def test_a_rule_applies_on_its_days(folder: Path, day: str, applies: bool) -> None:
    with_keys(folder, "    from: 2026-06-01\n    until: 2026-06-30\n")
    policy = ev.load(folder, on=date.fromisoformat(day))
    assert bool(policy.check("add me on telegram").findings) is applies


def test_a_day_that_is_none_is_a_problem(folder: Path) -> None:
    with pytest.raises(ev.PolicyError, match=r"contact\.yaml:10:11: `2026-06-31` is no date of the calendar"):
        ev.load(with_keys(folder, "    from: 2026-06-31\n"))


def test_a_rollout_takes_in_its_share_and_keeps_it(folder: Path) -> None:
    taken = {}
    for share in (10, 30, 100):
        shutil.copytree(folder, folder.parent / str(share))
        policy = ev.load(with_keys(folder.parent / str(share), f"    rollout: {share}\n"))
        verdicts = {n: policy.check(ev.Feedback("add me on telegram", id=f"f{n}")) for n in range(2_000)}
        taken[share] = {n for n, verdict in verdicts.items() if verdict.findings}
        assert all(bool(v.findings) != bool(v.shadow) for v in verdicts.values())
    assert abs(len(taken[10]) - 200) < 45 and abs(len(taken[30]) - 600) < 65 and len(taken[100]) == 2_000
    assert taken[10] < taken[30]


def test_a_rollout_in_a_column_is_that_of_the_call(folder: Path) -> None:
    import pyarrow as pa

    policy = ev.load(with_keys(folder, "    rollout: 40\n"))
    ids = [f"f{n}" for n in range(300)]
    (batch,) = ev.judge_batches([pa.record_batch({"id": ids, "text": ["add me on telegram"] * 300})], policy)
    assert batch.column("outcome").to_pylist() == [
        str(policy.check(ev.Feedback("add me on telegram", id=name)).outcome) for name in ids
    ]


def test_what_an_exception_excuses_is_said(folder: Path) -> None:
    file = folder / "policies.yaml"
    file.write_text(
        file.read_text(encoding="utf-8")
        + "exceptions:\n  - {id: band, owner: kim, reason: a band, expires: 2099-01-01, rules: [contact.messenger],\n"
        "     find: {phrase: telegram band}, test: add me on telegram band}\n",
        encoding="utf-8",
    )
    verdict = ev.load(with_keys(folder, "")).check("add me on telegram band")
    assert verdict.outcome == "allow" and not verdict.findings
    (excused,) = verdict.excused
    would = excused.finding
    assert (would.rule, would.outcome, would.text) == ("contact.messenger", "reject", "add me on telegram")
    assert excused.exception == "band"


def test_a_rollout_chooses_by_the_id_of_a_record(folder: Path) -> None:
    from evenhand.records import Recorder

    policy = ev.load(with_keys(folder, "    rollout: 40\n"))
    kept: list[Any] = []

    class Kept:
        def append(self, record: Any) -> None:
            kept.append(record)

    recorder = Recorder(policy, Kept(), b"sixteen bytes of salt")
    for number in range(200):
        verdict = recorder.check("add me on telegram", id=number)
        assert verdict == policy.check(ev.Feedback("add me on telegram", id=str(number)))
    assert 40 < sum(record.outcome == "reject" for record in kept) < 120


def test_a_refused_promotion_writes_nothing_and_a_rollback_cannot_promote(folder: Path) -> None:
    from click.testing import CliRunner

    from evenhand.cli import cli

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, [*arguments, "--policy", str(folder), "--day", "2026-05-10"])
        return done.exit_code, done.output + str(done.exception or "")

    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert run("promote", "contact.messenger", "enforce", "--by", "kim")[0] == 1
    assert before == {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert run("promote", "contact.messenger", "draft", "--by", "kim")[0] == 0
    code, said = run("rollback", "contact.messenger", "--by", "kim")
    assert code == 1 and "was no promotion" in said


@pytest.mark.parametrize("name", [0, 7, b"x"])
def test_an_id_that_is_no_text_is_refused(folder: Path, name: Any) -> None:
    with pytest.raises(InputError, match=r"`feedback\.id` is of type"):
        ev.load(folder).check(ev.Feedback("fine", id=name))
