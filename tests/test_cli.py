"""The command line as people use it: output, formats, exit codes, and what it says to wrong use."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from jsonschema import Draft4Validator
from junitparser import JUnitXml

from evenhand.cli import main

HERE = Path(__file__).parent
ENGINE = str(HERE / "policies" / "engine" / "policies.yaml")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("NO_COLOR", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


def test_check_text(run: Any, snapshot: Any) -> None:
    code, out, err = run("check", "--policy", ENGINE, "--text", "text me on te1egram", "--text", "fine")
    assert code == 1 and not err
    snapshot("golden/check.txt", re.sub(r"engine [0-9a-f]{16}", "engine VERSION", out))


def test_explain(run: Any, snapshot: Any) -> None:
    code, out, _ = run("explain", "--policy", ENGINE, "tеxt me on te1egram bot", "--rule", "e.unless")
    assert code == 0
    snapshot("golden/explain.txt", re.sub(r"engine [0-9a-f]{16}", "engine VERSION", out))


def test_help(run: Any, snapshot: Any) -> None:
    code, out, _ = run("--help")
    assert code == 0
    snapshot("golden/help.txt", out.replace("\b", ""))


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "junit", "github"])
@pytest.mark.parametrize("text", ["text me on telegram", "fine", "weird \u0001 <&> ]]> \"'\n% telegram"])
def test_formats_hold_what_was_found(run: Any, form: str, text: str) -> None:
    code, out, _ = run("check", "--policy", ENGINE, "--format", form, "--text", text)
    assert code == ("telegram" in text)
    if form == "json":
        content = json.loads(out)
        assert content["evenhand"] == 1 and len(content["entries"]) == 1
        for finding in content["entries"][0]["findings"]:
            assert text[finding["start"] : finding["end"]] == finding["text"]
    elif form == "jsonl":
        assert [json.loads(line)["outcome"] for line in out.splitlines()] == [
            "reject" if "telegram" in text else "allow"
        ]
    elif form == "github":
        assert all(line.startswith("::error file=--text,line=1") for line in out.splitlines() if line)


def test_sarif_fits_its_schema(run: Any) -> None:
    schema = json.loads((HERE / "schemas" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    for arguments in (["check", "--text", "text me on telegram"], ["test"], ["lint"]):
        _, out, _ = run(arguments[0], "--policy", ENGINE, "--format", "sarif", *arguments[1:])
        content = json.loads(out)
        Draft4Validator(schema).validate(content)
        assert content["version"] == "2.1.0"


def test_junit_is_read_by_others(run: Any) -> None:
    code, out, _ = run("test", "--policy", ENGINE, "--format", "junit")
    suites = JUnitXml.fromstring(out.encode())
    assert code == 0 and suites.failures == 0
    code, out, _ = run("check", "--policy", ENGINE, "--format", "junit", "--text", "text me on telegram \u0001<&")
    assert JUnitXml.fromstring(out.encode()).failures == 1


def test_junit_fits_its_schema(run: Any) -> None:
    # the schema of the Jenkins plugin xunit, MIT licence
    schema = xmlschema.XMLSchema(str(HERE / "schemas" / "junit-10.xsd"))
    for arguments in (["check", "--text", "text me on telegram \u0001<&"], ["test"], ["lint"]):
        _, out, _ = run(arguments[0], "--policy", ENGINE, "--format", "junit", *arguments[1:])
        schema.validate(out)


def test_output_file_and_exit_zero(run: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    code, out, _ = run(
        "check", "--policy", ENGINE, "--text", "telegram", "--format", "json", "-o", str(target), "--exit-zero"
    )
    assert code == 0 and not out
    assert json.loads(target.read_text(encoding="utf-8"))["kind"] == "check"


def test_select_ignore_and_fail_on(run: Any) -> None:
    assert run("check", "--policy", ENGINE, "--text", "telegram", "--ignore", "e.")[0] == 0
    assert run("check", "--policy", ENGINE, "--text", "telegram", "--select", "e.list")[0] == 1
    assert run("check", "--policy", ENGINE, "--text", "telegram", "--select", "x.")[0] == 0


def test_bad_lines_are_told_and_the_rest_is_checked(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(
        b'{"text": "telegram", "id": "a"}\n{"txt": 1}\n{broken\n\xff\xfe\n{"text": "fine", "rating": 9}\n\nplain telegram\n{"text": "x \\ud800"}\n'
    )
    code, out, err = run("check", "--policy", ENGINE, "--format", "jsonl", str(file))
    assert code == 2
    assert [json.loads(line)["place"].rsplit(":", 2)[1] for line in out.splitlines()] == ["1", "7"]
    lines = re.findall(r"rows\.jsonl:(\d+):", err)
    assert lines == ["2", "3", "4", "5", "8"]


WRONG = [
    (["check"], "nothing to check"),
    (["check", "absent.jsonl"], "cannot be read"),
    (["nonsense"], "No such command"),
    (["check", "--format", "xml", "--text", "x"], "--format"),
    (["check", "--policy", "absent.yaml", "--text", "x"], "no such file"),
    (["check", "--policy", str(HERE / "policies" / "broken"), "--text", "x"], "the policy was not loaded"),
    (["check", "--policy", ENGINE, "--text", "x", "-o", "/nonexistent/out"], "cannot be written"),
    (["explain", "--policy", ENGINE, "x", "--rule", "e.lst"], "did you mean `e.list`"),
    (["new", "rule", "Bad Id", "--clause", "x"], "is no rule id"),
    (["new", "rule", "a.b", "--clause", "x", "--kind", "phrse"], "did you mean `phrase`"),
    (["gate", "--policy", ENGINE, "absent.jsonl"], "cannot be read"),
    (["measure", "--policy", ENGINE, "absent.jsonl"], "cannot be read"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_wrong_use_exits_with_two_and_says_why(run: Any, arguments: list[str], says: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert says in err
    assert "Traceback" not in err


def test_problems_show_their_lines(run: Any) -> None:
    _, _, err = run("check", "--policy", str(HERE / "policies" / "broken"), "--text", "x")
    assert "unknown key `phrse`" in err and "^" in err and 'find: {phrse: "add me"}' in err


def test_gate(run: Any, tmp_path: Path) -> None:
    line = {
        "contract": {"id": "c", "client": "a", "freelancer": "b", "ended_at": "2026-03-01T15:00:00Z"},
        "author": "a",
    }
    file = tmp_path / "gate.jsonl"
    file.write_text(json.dumps(line) + "\n" + json.dumps({**line, "now": "2026-03-05"}) + "\n")
    code, out, err = run("gate", "--policy", ENGINE, "--now", "2026-03-15T23:59:59Z", "--format", "jsonl", str(file))
    assert code == 0 and json.loads(out.splitlines()[0])["closes_at"] == "2026-03-16T00:00:00+00:00"
    code, _, err = run("gate", "--policy", ENGINE, str(file))
    assert code == 2 and "`now` is missing" in err


def test_measure_counts_and_compares(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    rows = [
        {"id": "1", "text": "telegram", "labels": ["abuse"], "difficulty": "plain"},
        {"id": "2", "text": "nothing here", "labels": ["abuse"], "difficulty": "evasive"},
        {"id": "3", "text": "telegram", "labels": [], "difficulty": "hard_negative"},
        {"id": "4", "text": "telegram", "labels": [], "gray": True},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    code, out, _ = run("measure", "--policy", ENGINE, str(file), "--show", "all", "--against", ENGINE)
    assert code == 0
    assert "1/2 0.50" in out and "precision 1/2 0.50" in out and "flagged 1/1 1.00" in out and "no case changed" in out
    code, out, _ = run("measure", "--policy", ENGINE, str(file), "--format", "json")
    assert json.loads(out)["recall"]["abuse"] == {"plain": [1, 1], "evasive": [0, 1]}


def test_init_copies_a_policy_that_works(run: Any, tmp_path: Path) -> None:
    target = tmp_path / "ours"
    code, _out, _ = run("init", str(target))
    assert code == 0 and (target / "rules" / "schema.json").is_file()
    assert run("check", "--policy", str(target), "--text", "what a fucking joke")[0] == 1
    code, _, err = run("init", str(target))
    assert code == 2 and "nothing was written" in err


def test_scaffolds_load(run: Any, tmp_path: Path) -> None:
    import yaml

    from evenhand.kinds import KINDS
    from evenhand.scaffold import kind_scaffold

    for kind in KINDS:
        _, out, _ = run("new", "rule", "a.b", "--clause", "rules", "--kind", kind)
        (rule,) = yaml.safe_load(out)
        assert list(rule["find"]) == [kind]
    code, out, _ = run("new", "kind", "shout", "--into", str(tmp_path))
    assert code == 0 and (tmp_path / "tests" / "kinds" / "shout.yaml").is_file()
    for path, content in kind_scaffold("shout").items():
        compile(content, path, "exec") if path.endswith(".py") else yaml.safe_load(content)


@pytest.mark.parametrize(("colour", "escapes"), [("", True), ("1", False)])
def test_no_color(colour: str, escapes: bool) -> None:
    script = (
        "import sys, click; from evenhand.cli import cli; "
        f"cli.main(['check', '--policy', {ENGINE!r}, '--text', 'telegram'], color=None if {bool(colour)} else True, standalone_mode=False)"
    )
    env = {**os.environ, "PYTHONPATH": str(HERE.parent / "engine"), "NO_COLOR": colour}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, check=False)
    assert ("\x1b[" in done.stdout) == escapes, done.stderr
