"""Every check of `evenhand lint` on small policies that deserve its remarks and on some that do not: tests/lint/ID.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

import evenhand as ev
from evenhand.cli.main import cli
from evenhand.lint import CHECKS, Advice, collisions, lint, page, severity
from evenhand.loader import parse

CASES = Path(__file__).parent / "lint"
DAY = date(2026, 1, 1)
OUTCOMES = dict.fromkeys(
    "abuse discrimination explicit_content explicit_link contact confidential reciprocity incentive off_topic".split(),
    "reject",
)


def write(folder: Path, case: dict[str, Any]) -> None:
    policy = {
        "policy": "a policy to advise on",
        "guidelines": "guidelines.md",
        "packs": ["pack.yaml"],
        "outcomes": OUTCOMES,
        **case.get("policy", {}),
    }
    files = {"pack.yaml": {"pack": "p", "category": "abuse", **case["pack"]}}
    if "lexicon" in case:
        policy["lexicons"] = ["lexicon.yaml"]
        files["lexicon.yaml"] = case["lexicon"]
    files["policies.yaml"] = policy
    for name, value in files.items():
        (folder / name).write_text(yaml.dump(value, sort_keys=False, Dumper=Plain, allow_unicode=True), "utf-8")
    (folder / "guidelines.md").write_text(case.get("guidelines", "## Rude\nDo not be rude.\n"), "utf-8")


class Plain(yaml.SafeDumper):
    """Writes no anchors, which policies do not need."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(file.read_text(encoding="utf-8")):
            yield pytest.param(file.stem, case, id=f"{file.stem}: {case['name']}")


def advice_on(folder: Path, case: dict[str, Any]) -> list[Advice]:
    write(folder, case)
    day = date.fromisoformat(case["day"]) if "day" in case else DAY
    return lint(parse(folder), ev.load(folder, on=day, cache=False), case.get("benign", ()), day)


@pytest.mark.parametrize(("check", "case"), list(cases()))
def test_a_check_says_what_it_should(check: str, case: dict[str, Any], tmp_path: Path) -> None:
    found = sorted([advice.about, advice.witness] for advice in advice_on(tmp_path, case) if advice.check == check)
    assert found == sorted(case["says"])


def test_every_check_has_a_hit_a_miss_and_a_page() -> None:
    assert {file.stem for file in CASES.glob("*.yaml")} == set(CHECKS)
    for name, check in CHECKS.items():
        own = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
        assert any(case["says"] for case in own), name
        assert any(not case["says"] for case in own), name
        assert page(name).startswith(f"# {name} ({check.severity})\n")
        assert "\nMend it: " in page(name)


def test_an_unknown_check_has_no_page() -> None:
    with pytest.raises(ev.InputError, match="did you mean `shadowed`"):
        page("shadowd")


def test_remarks_have_the_voice_of_messages(tmp_path: Path) -> None:
    case = yaml.safe_load((CASES / "wide-exception.yaml").read_text(encoding="utf-8"))[0]
    for advice in advice_on(tmp_path, case):
        assert advice.message[0].islower() or advice.message[0] == "`"
        assert not advice.message.endswith(".")
        assert advice.hint and severity(advice) in ("error", "warning", "note")
        assert str(advice).startswith(str(advice.place))


@pytest.mark.parametrize(
    ("benign", "found"),
    [
        ([], []),
        (["St Oat", "sto at"], ["stoat"]),
        (["bothc"], ["botch"]),  # not a word, but the dictionary decides
        (["bremay", "barmy", "bamrey"], ["barmey"]),
    ],
)
def test_collisions_name_the_terms_that_find_ordinary_words(
    tmp_path: Path, benign: list[str], found: list[str]
) -> None:
    group = {"tolerate": ["leet", "typos", "split"], "terms": ["botch", "barmey", "stoat"]}
    rule = {"id": "p.a", "clause": "rude", "find": {"terms": {"lexicon": "rude"}}}
    write(tmp_path, {"pack": {"rules": [rule]}, "lexicon": {"lexicon": "rude", "groups": [group]}})
    advice = list(collisions(parse(tmp_path), benign))
    assert [each.message.split("`")[1] for each in advice] == found
    assert all(each.place.file.endswith("lexicon.yaml") for each in advice)


def test_the_command_explains_checks_and_takes_a_day(tmp_path: Path) -> None:
    shown = CliRunner().invoke(cli, ["lint", "--explain", "swallowed"])
    assert shown.exit_code == 0 and shown.output.startswith("# swallowed (error)")
    case = yaml.safe_load((CASES / "expired-exception.yaml").read_text(encoding="utf-8"))[0]
    write(tmp_path, case)
    arguments = ["lint", "--policy", str(tmp_path), "--select", "expired", "--format", "github"]
    late = CliRunner().invoke(cli, [*arguments, "--on", "2026-02-01"])
    assert late.exit_code == 1 and late.output.startswith("::error ")
    assert CliRunner().invoke(cli, [*arguments, "--on", "2026-01-31"]).exit_code == 0
    assert CliRunner().invoke(cli, [*arguments, "--on", "soon"]).exit_code == 2
