"""Specimens: texts made from the rules, what they show, and what `evenhand test` says when they do not hold any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import evenhand as ev
from evenhand.cli.main import cli
from evenhand.covering import specimens
from evenhand.mutation import mutate
from evenhand.policy import load_with_files
from evenhand.specimens import marked, read_specimens

POLICY = """\
policy: a policy to test
guidelines: guidelines.md
packs: [pack.yaml]
lexicons: [lexicon.yaml]
specimens: made
outcomes:
  {abuse: reject, discrimination: reject, explicit_content: reject, explicit_link: reject, contact: reject,
  confidential: reject, reciprocity: hold, incentive: hold, off_topic: nudge}
"""
GUIDELINES = "## Rude\nDo not be rude.\n"
LEXICON = "lexicon: coarse\ngroups:\n  - {terms: [botch, sto*], allowed: [stone wall]}\n"
HEAD = "pack: p\ncategory: abuse\nlists:\n  app: [whatsapp, telegram, 'signal (one|two)']\nmacros:\n  me: (me|us)\nrules:\n"
RULE = "  - {{id: p.rule, clause: rude, find: {find}{unless}}}\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(find: str, unless: str = "") -> Path:
        files = {"policies.yaml": POLICY, "guidelines.md": GUIDELINES, "lexicon.yaml": LEXICON}
        for name, text in {
            **files,
            "pack.yaml": HEAD + RULE.format(find=find, unless=unless and f", unless: {unless}"),
        }.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return written


@pytest.mark.parametrize(
    ("find", "unless", "texts"),
    [
        ("{phrase: '(add|text [now]) (me|us|them)'}", "", ["[[add me]]", "[[text now us]]", "[[add them]]"]),
        ("{phrase: '[please] call'}", "", ["[[please call]]"]),
        ("{phrase: 'call* me'}", "", ["[[calls me]]"]),
        ("{phrase: 'слон* дом'}", "", ["[[слонс дом]]"]),
        ("{phrase: 'call ..1 me'}", "", ["[[call me]]", "call the other me"]),
        ("{terms: [cat, fish hook*]}", "", ["[[cat]]", "[[fish hooks]]"]),
        ("{terms: {lexicon: coarse}}", "", ["[[botch]]", "[[stos]]", "stone wall"]),
        ("{all: [{phrase: (a|b) cat}, {phrase: dog}]}", "", ["[[a cat]] dog", "[[b cat]] dog"]),
        (
            "{near: {within: 1 words, ordered: true, all: [{terms: [cat]}, {terms: [dog]}]}}",
            "",
            ["[[cat dog]]", "cat the other dog", "dog cat"],
        ),
        ("{near: {within: sentence, all: [{terms: [cat]}, {terms: [dog]}]}}", "", ["[[cat dog]]", "cat. dog"]),
        ("{count: {at_least: 2, of: {terms: [cat]}}}", "", ["[[cat. cat]]", "cat"]),
        (
            "{exchange: {give: [tip|bonus], feedback: [stars], tie: [if], direction: get-first}}",
            "",
            ["[[stars if tip]]", "[[stars if bonus]]"],
        ),
        ("{phrase: cat nap}", "[{phrase: the cat nap}]", ["[[cat nap]]", "the cat nap"]),
        ("{phrase: cat nap}", "[{phrase: (no|not), where: sentence}]", ["[[cat nap]]", "no cat nap", "not cat nap"]),
        ("{any: [{regex: c4t}, {phrase: cat}]}", "", ["[[cat]]"]),
        ("{phrase: cat}", "[{phrase: cat}]", ["cat"]),
    ],
)
def test_every_part_is_shown_once(write: Callable[..., Path], find: str, unless: str, texts: list[str]) -> None:
    made = specimens(*load_with_files(write(find, unless)))
    assert [marked(each.text, each.spans) for each in made] == texts


def test_each_entry_of_a_list_and_each_alternative_of_a_macro_is_shown_somewhere(write: Callable[..., Path]) -> None:
    folder = write("{any: [{phrase: 'add <me> on {app}'}, {phrase: 'find <me>'}]}")
    made = " | ".join(each.text for each in specimens(*load_with_files(folder)))
    for shown in ("add me on", "add us on", "whatsapp", "telegram", "signal one", "signal two", "find"):
        assert shown in made


def test_the_same_policy_has_the_same_specimens_in_the_same_order(write: Callable[..., Path]) -> None:
    phrases = ", ".join(f"{{phrase: '{verb} <me> on {{app}} or {{more}}'}}" for verb in ("add", "text", "find"))
    folder = write(f"{{any: [{phrases}]}}")
    pack = folder / "pack.yaml"
    pack.write_text(
        pack.read_text().replace("lists:\n", "lists:\n  more: [a, b, c, d, e, f, g, h]\n"), encoding="utf-8"
    )
    first, again = (list(specimens(*load_with_files(folder))) for _ in range(2))
    assert first == again and len(first) == 8  # as many as the longer list has entries


def test_specimens_notice_what_no_other_test_does(write: Callable[..., Path], run: Callable[..., Result]) -> None:
    folder = write("{any: [{phrase: '(add|text) <me> [now] on {app}'}, {terms: {lexicon: coarse}}]}")
    assert mutate(*load_with_files(folder)).percent == 0
    assert run("specimens", "--write").exit_code == 0
    assert mutate(*load_with_files(folder)).percent > 90


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    def command(*arguments: str) -> Result:
        return CliRunner().invoke(cli, [*arguments, "--policy", str(tmp_path / "policies.yaml")])

    return command


def test_a_change_shows_until_it_is_written_down(write: Callable[..., Path], run: Callable[..., Result]) -> None:
    folder = write("{phrase: '(add|text) me'}")
    counted = run("specimens")
    assert counted.exit_code == 0 and "2 new, 0 gone" in counted.output and not (folder / "made").exists()
    run("specimens", "--write")
    assert (folder / "made" / "p.txt").read_text(encoding="utf-8").splitlines()[1:] == [
        "p.rule",
        "  [[add me]]",
        "  [[text me]]",
    ]
    assert run("test").exit_code == 0

    write("{phrase: '(add|textt) me'}")
    failed = run("test")
    assert failed.exit_code == 1
    assert "made/p.txt:4:1: p.rule: specimen 'text me': nothing was found, expected [[text me]]" in failed.output
    assert "evenhand specimens --write" in failed.output
    assert "1 new, 1 gone" in run("specimens", "--write").output
    assert run("test").exit_code == 0
    again = run("specimens", "--write")
    assert "0 new, 0 gone" in again.output


def test_lines_that_cannot_be_used_are_named_all_at_once(
    write: Callable[..., Path], run: Callable[..., Result]
) -> None:
    folder = write("{phrase: add me}")
    (folder / "made").mkdir()
    (folder / "made" / "p.txt").write_text("p.rule\n  [[add me\np.other\n  x\n", encoding="utf-8")
    with pytest.raises(ev.PolicyError) as refused:
        read_specimens(load_with_files(folder)[0])
    assert [problem.place.line for problem in refused.value.problems] == [2, 3]
    assert isinstance(run("test").exception, ev.PolicyError)


def test_a_policy_without_a_folder_is_told_to_name_one(write: Callable[..., Path], run: Callable[..., Result]) -> None:
    folder = write("{phrase: add me}")
    (folder / "policies.yaml").write_text(POLICY.replace("specimens: made\n", ""), encoding="utf-8")
    assert "specimens: rules/specimens" in str(run("specimens").exception)


def test_the_shipped_policy_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(cli, ["specimens", "--write"])
    assert "begin with `evenhand init`" in str(refused.exception)
