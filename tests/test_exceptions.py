"""Exceptions as objects: what each did on past feedback, and what is to be done about it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import evenhand as ev
from evenhand.exceptions import Use, uses
from evenhand.loader import parse
from evenhand.testing import run

POLICY = """\
policy: small
guidelines: rules/guidelines.md
packs: [rules/pack.yaml]
outcomes: {abuse: reject, discrimination: reject, explicit_content: reject, explicit_link: reject, contact: reject,
  confidential: reject, reciprocity: hold, incentive: hold, off_topic: nudge}
exceptions:
"""
PACK = """\
pack: p
category: abuse
message: {en: Be kind.}
rules:
  - {id: p.rude, clause: x, find: {phrase: oaf}}
  - {id: p.ruder, clause: x, find: {phrase: clod}}
"""
EXCEPTION = "  - {{id: {id}, owner: kim, reason: r, expires: {expires}, rules: [p.rude], find: {{phrase: {find}}}, test: oaf}}\n"
DAY = date(2026, 6, 1)
TEXTS = ["oaf cake"] * 3 + ["oaf cake, clod"] * 2 + ["you oaf"] * 20 + ["nice"] * 5
CASES: list[tuple[dict[str, str], tuple[int, int], list[str]]] = [
    ({"find": "oaf cake"}, (5, 3), []),
    ({"find": "oaf pie"}, (0, 0), ["dead"]),
    ({"find": "oaf"}, (25, 23), ["too-wide"]),
    ({"find": "oaf cake", "expires": "2026-05-31"}, (0, 0), ["expired"]),
    ({"find": "oaf cake", "expires": "2026-06-20"}, (5, 3), ["expiring"]),
    ({"find": "oaf pie", "expires": "2026-06-01"}, (0, 0), ["expiring", "dead"]),
]


def written(folder: Path, **facts: str) -> Path:
    (folder / "rules").mkdir()
    (folder / "rules" / "guidelines.md").write_text("# G\n\n## X {#x}\n\nBe kind.\n", encoding="utf-8")
    (folder / "rules" / "pack.yaml").write_text(PACK, encoding="utf-8")
    exception = EXCEPTION.format(**{"id": "cake", "expires": "2027-06-01", **facts})
    (folder / "policies.yaml").write_text(POLICY + exception, encoding="utf-8")
    (folder / "history.jsonl").write_text(
        "".join(json.dumps({"text": each}) + "\n" for each in TEXTS), encoding="utf-8"
    )
    return folder


def use_of(folder: Path, *, history: bool = True) -> Use:
    looked_at = [folder / "history.jsonl"] if history else []
    (use,) = uses(parse(folder), ev.load(folder, on=DAY), DAY, looked_at, workers=1)
    return use


@pytest.mark.parametrize(("facts", "counts", "codes"), CASES)
def test_what_an_exception_did(
    tmp_path: Path, facts: dict[str, str], counts: tuple[int, int], codes: list[str]
) -> None:
    use = use_of(written(tmp_path, **facts))
    assert (use.excused, use.changed) == counts
    assert [code for code, _ in use.remarks()] == codes


def test_without_history_only_the_calendar_speaks(tmp_path: Path) -> None:
    assert use_of(written(tmp_path, find="oaf pie"), history=False).remarks() == []


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand.cli import main

    monkeypatch.chdir(written(tmp_path, find="oaf pie"))

    def run(*arguments: str) -> tuple[Any, str]:
        with pytest.raises(SystemExit) as stop:
            main(["exceptions", "--day", "2026-06-01", *arguments])
        return stop.value.code, capsys.readouterr().out

    assert run("--on", "history.jsonl", "--workers", "1") == (
        1,
        "policies.yaml:7:5: cake, for p.rude, by kim; on 30 feedback: 0 excused, 0 verdicts changed\n"
        "    dead: it changed no verdict on 30 past feedback; delete it\n1 exceptions, 1 to look at\n",
    )
    code, out = run("--format", "json")
    assert code == 0 and json.loads(out)["entries"][0]["owner"] == "kim"


SCOPES: list[tuple[str, dict[str, Any], bool]] = [
    ("{contracts: [c1, c2]}", {"contract": ev.Contract(id="c2")}, True),
    ("{contracts: [c1, c2]}", {"contract": ev.Contract(id="c3")}, False),
    ("{contracts: [c1]}", {}, False),
    ("{authors: [ana]}", {"author": "client", "contract": ev.Contract(client="ana", freelancer="bo")}, True),
    ("{authors: [ana]}", {"author": "freelancer", "contract": ev.Contract(client="ana", freelancer="bo")}, False),
    ("{authors: [ana]}", {"contract": ev.Contract(client="ana", freelancer="bo")}, False),
    (
        "{authors: [ana], contracts: [c1]}",
        {"author": "client", "contract": ev.Contract(id="c1", client="ana", freelancer="bo")},
        True,
    ),
]


@pytest.mark.parametrize(("scope", "facts", "excused"), SCOPES)
def test_an_exception_is_for_its_contracts_and_authors(
    tmp_path: Path, scope: str, facts: dict[str, Any], excused: bool
) -> None:
    folder = written(tmp_path, find="oaf cake")
    file = folder / "policies.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("test: oaf", f"test: oaf cake, scope: {scope}"), "utf-8")
    policy = ev.load(folder, on=DAY)
    verdict = policy.check(ev.Feedback("oaf cake", **facts))
    assert (verdict.outcome == "allow", bool(verdict.excused)) == (excused, excused)
    contract = facts.get("contract") or ev.Contract()
    author = facts.get("author")
    row = {
        "text": "oaf cake", "author": author, "contract_id": contract.id,
        "author_id": contract.client if author == "client" else contract.freelancer if author else None,
    }  # fmt: skip
    (batch,) = ev.judge_batches(
        [pa.record_batch({name: pa.array([value], pa.string()) for name, value in row.items()})], policy
    )
    assert batch.column("outcome").to_pylist() == [str(verdict.outcome)]
    (case,) = (case for case in run(parse(folder), policy) if case.kind == "exception")
    assert not case.failure


def test_a_test_that_does_not_fit_its_exception_fails(tmp_path: Path) -> None:
    folder = written(tmp_path, find="oaf pie")
    (case,) = (case for case in run(parse(folder), ev.load(folder, on=DAY)) if case.kind == "exception")
    assert case.failure == "the exception does not excuse what its rules find here"
