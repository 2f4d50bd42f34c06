"""Loading: every problem of every file in one go, in one voice; and the schema and the loader agree."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import evenhand as ev
from evenhand.kinds import KINDS
from evenhand.loader import parse
from evenhand.schema import language, schema_of
from evenhand.source import Source, read
from evenhand.structure import structure_problems

HERE = Path(__file__).parent / "policies"


def problems_of(folder: Path) -> list[ev.Problem]:
    with pytest.raises(ev.PolicyError) as error:
        ev.load(folder)
    return list(error.value.problems)


def shown(folder: Path) -> str:
    return "\n".join(str(problem).replace(f"{folder}/", "") for problem in problems_of(folder))


def test_every_problem_shows_in_one_go(snapshot: Any) -> None:
    snapshot("policies/broken.txt", shown(HERE / "broken"))


def test_structure_and_sense_show_together(snapshot: Any, tmp_path: Path) -> None:
    """With the wrong keys mended, what only the loader can know is shown, each at its place."""
    for file in (HERE / "broken").rglob("*.*"):
        target = tmp_path / file.relative_to(HERE / "broken")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8")
        for wrong, right in [
            ("outcome:\n  abuse: reject\n", ""), ("rejected", "reject"), ('"no"', "hold"), ("dayz", "days"), ("list:\n", "lists:\n"),
            ("phrse", "phrase"), (', terms: [x]}\n  - id: contact.c', "}\n  - id: contact.c"), ("six words", "6 words"),
            ("term: [moron]", "terms: [moron]"), ("leat", "leet"), ("[no]", "[nope]"), (", rules/absent.yaml", ""),
        ]:  # fmt: skip
            text = text.replace(wrong, right)
        target.write_text(text, encoding="utf-8")
    snapshot("policies/broken-sense.txt", shown(tmp_path))


def test_a_pattern_that_is_too_large_in_unicode_is_a_problem_at_its_place(tmp_path: Path) -> None:
    """Bytes leave it room that Unicode does not: it must not wait for the compiler to fail."""
    shutil.copytree(HERE / "engine", tmp_path, dirs_exist_ok=True)
    pack = tmp_path / "rules" / "pack.yaml"
    rule = "rules:\n  - {id: e.large, clause: rules, find: {regex: '(a|b)[^x]{0,40}(c|d)[^y]{0,40}(e|f)q'}}\n"
    pack.write_text(pack.read_text(encoding="utf-8").replace("rules:\n", rule, 1), encoding="utf-8")
    (problem,) = problems_of(tmp_path)
    assert problem.place.line == 9 and "too large" in problem.message and "shorten its repeats" in problem.hint


@pytest.mark.parametrize(
    "find",
    [
        r"{regex: '(a)\1'}",
        r"{any: [{phrase: zebra}, {regex: '(a)\1'}]}",
        r"{near: {within: sentence, all: [{regex: '(a)\1'}, {phrase: zebra}]}}",
        r"{all: [{phrase: zebra}, {not: {regex: '(a)\1'}}]}",
        r"{phrase: zebra}, unless: [{regex: '(a)\1'}]",
        r"{regex: '(a)\1'}, status: draft",
    ],
)
def test_a_pattern_that_cannot_run_in_linear_time_is_refused_wherever_it_stands(tmp_path: Path, find: str) -> None:
    """Also where nothing scans for it, because another part of the rule is rarer."""
    shutil.copytree(HERE / "engine", tmp_path, dirs_exist_ok=True)
    pack = tmp_path / "rules" / "pack.yaml"
    rule = f"rules:\n  - {{id: e.back, clause: rules, find: {find}}}\n"
    pack.write_text(pack.read_text(encoding="utf-8").replace("rules:\n", rule, 1), encoding="utf-8")
    (problem,) = problems_of(tmp_path)
    assert problem.place.line == 9 and "Back-references" in problem.message


def test_messages_keep_the_voice() -> None:
    for problem in problems_of(HERE / "broken"):
        assert re.match(r"[a-z`(]", problem.message), problem
        assert not problem.message.endswith("."), problem
        assert problem.place.line >= 1 and problem.place.column >= 1


def test_broken_rule_does_not_hide_others() -> None:
    rules = {problem.place.file for problem in problems_of(HERE / "broken")}
    assert len(rules) == 6 - 1  # every file but the guidelines


def test_policy_in_force_stays_in_force(tmp_path: Path) -> None:
    policy = ev.load(HERE / "engine")
    with pytest.raises(ev.PolicyError):
        ev.load(HERE / "broken")
    assert policy.check("text me on telegram").findings


def test_place_of_a_large_file_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    with file.open("wb") as out:
        out.truncate(50 << 20)
    (problem,) = problems_of(file)
    assert "larger than 8 MiB" in problem.message


def test_paths_stay_in_the_folder(tmp_path: Path) -> None:
    text = (HERE / "engine" / "policies.yaml").read_text().replace("rules/pack.yaml", "../../etc/passwd")
    (tmp_path / "policies.yaml").write_text(text)
    assert any("leads out of the policy's folder" in problem.message for problem in problems_of(tmp_path))


# --- the schema -----------------------------------------------------------------------------------------------------

PACK: dict[str, Any] = yaml.safe_load((HERE / "engine" / "rules" / "pack.yaml").read_text())
POLICY: dict[str, Any] = yaml.safe_load((HERE / "engine" / "policies.yaml").read_text())
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 9), st.sampled_from(["", "word", "6 words", "es", "reject", "draft"]),
    st.lists(st.sampled_from(["word", ""]), max_size=2), st.dictionaries(st.sampled_from([*KINDS, "all", "where", "x"]), st.just("a"), max_size=2),
)  # fmt: skip


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, each in inner for deeper in paths(each, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any, rename: str | None) -> Any:
    result = copy.deepcopy(value)
    if not path:
        return new
    owner = result
    for part in path[:-1]:
        owner = owner[part]
    if rename is not None and isinstance(owner, dict):
        owner[rename] = owner.pop(path[-1])
    else:
        owner[path[-1]] = new
    return result


@given(st.sampled_from(paths(PACK)), VALUES, st.sampled_from([None, None, "x", "find", "message"]))
def test_schema_and_loader_agree_on_packs(path: tuple[Any, ...], new: Any, rename: str | None) -> None:
    value = changed(PACK, path, new, rename)
    valid = Draft202012Validator(schema_of("pack")).is_valid(value)
    refused = structure_problems(Source("pack.yaml", "", value, {}, {}), "pack")
    assert valid == (not refused)
    if not valid:
        return
    load_pack(value)  # whatever the schema takes, the loader takes, or says what is wrong with its sense


@given(st.sampled_from(paths(POLICY)), VALUES)
def test_schema_and_loader_agree_on_policies(path: tuple[Any, ...], new: Any) -> None:
    value = changed(POLICY, path, new, None)
    valid = Draft202012Validator(schema_of("policy")).is_valid(value)
    assert valid == (not structure_problems(Source("p.yaml", "", value, {}, {}), "policy"))


def load_pack(value: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules").mkdir()
        for file in (HERE / "engine").rglob("*.*"):
            (folder / file.relative_to(HERE / "engine")).write_bytes(file.read_bytes())
        text = yaml.safe_dump(value, allow_unicode=True)
        (folder / "rules" / "pack.yaml").write_text(text, encoding="utf-8")
        try:
            parse(folder)
        except ev.PolicyError as error:
            assert error.problems


def test_schema_file_for_editors_is_current(root: Path) -> None:
    written = json.loads((root / "rules" / "schema.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(language())), "run `evenhand schema -o rules/schema.json`"


def test_language_schema_is_a_schema_and_takes_every_file(root: Path) -> None:
    Draft202012Validator.check_schema(language())
    validator = Draft202012Validator(language())
    rules = [file for file in (root / "rules").rglob("*.yaml") if file.name != "statement.yaml"]  # no part of a policy
    files = [root / "policies.yaml", *rules]
    for file in files:
        source, problems = read(file.read_text(encoding="utf-8"), file.name)
        assert source is not None and not problems
        assert not [error.message for error in validator.iter_errors(source.value)], file
