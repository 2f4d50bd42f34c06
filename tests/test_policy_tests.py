"""What `evenhand test` says beside passed and failed: coverage, mutation score, failures marked in the text, watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import evenhand as ev
from evenhand.cli.main import cli
from evenhand.cli.watching import Watch, reports
from evenhand.coverage import Part, coverage, share
from evenhand.loader import parse
from evenhand.mutants import alternatives, changed_trees, covered_entries
from evenhand.mutation import Score, _chosen, _Trial, mutants, mutate

POLICY = """\
policy: a policy to test
guidelines: guidelines.md
packs: [pack.yaml]
lexicons: [lexicon.yaml]
outcomes:
  {abuse: reject, discrimination: reject, explicit_content: reject, explicit_link: reject, contact: reject,
  confidential: reject, reciprocity: hold, incentive: hold, off_topic: nudge}
"""
GUIDELINES = "## Rude\nDo not be rude.\n"
LEXICON = "lexicon: coarse\ngroups:\n  - terms: [botch, stoat]\n"
PACK = """\
pack: p
category: abuse
lists:
  app: [whatsapp, telegram, tele*]
macros:
  me: (me|us)
rules:
  - id: p.app
    clause: rude
    find: {phrase: "(add|text|find) <me> [now] on {app}"}
    unless: [{phrase: "on telegram bots"}]
    tests:
      hits: ["please [[add me on telegram]]", "[[text us now on teleport]] a"]
      misses: [telegram, text us on telegram bots]
  - id: p.near
    clause: rude
    find: {near: {within: 3 words, all: [{terms: [pay]}, {terms: [five]}], ordered: true}}
    tests:
      hits: ["[[pay me for five]]"]
      misses: [five to pay, pay for that and this and five]
  - id: p.loose
    clause: rude
    find: {near: {within: 3 words, all: [{terms: [pay]}, {terms: [six]}], ordered: true}}
    tests: {hits: ["[[pay six]]"], misses: [fine]}
  - id: p.rude
    clause: rude
    find: {any: [{terms: {lexicon: coarse}}, {count: {at_least: 2, of: {terms: [ha]}}}]}
    tests: {hits: ["a [[b0tch]]"], misses: [ha]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "policies.yaml": POLICY,
        "guidelines.md": GUIDELINES,
        "lexicon.yaml": LEXICON,
        "pack.yaml": PACK,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def silent(parts: list[Part]) -> set[tuple[str, str]]:
    return {(part.owner, part.what) for part in parts if not part.fired}


def test_coverage_names_what_never_fires(folder: Path) -> None:
    parts = coverage(parse(folder), ev.load(folder))
    assert silent(parts) == {
        ("p.app", "alternative `find`"),
        ("list app", "entry `whatsapp`"),
        ("p.rude", "word `ha`"),
        ("lexicon coarse", "term `stoat`"),
    }
    assert all(part.place.line > 1 for part in parts)
    assert 80 < share(parts) < 100


def test_coverage_of_one_rule_holds_its_lists_only(folder: Path) -> None:
    parts = coverage(parse(folder), ev.load(folder), lambda name: name == "p.app")
    assert {part.owner for part in parts} == {"p.app", "list app", "macro me"}


def survivors(score: Score, prefix: str) -> set[str]:
    return {mutant.what for mutant in score.survivors if any(rule.startswith(prefix) for rule in mutant.rules)}


def test_mutation_shows_what_no_test_notices(folder: Path) -> None:
    score = mutate(parse(folder), ev.load(folder))
    assert survivors(score, "p.near") == set()
    assert survivors(score, "p.loose") == {"`within: 3 words` widened to `6 words`", "`ordered` dropped"}
    assert survivors(score, "p.app") == {"alternative `find` dropped", "`whatsapp` dropped, in list app"}
    assert survivors(score, "p.rude") == {
        "`stoat` dropped, in lexicon coarse",
        "branch `count` of `any` dropped",
    }
    assert score.equivalent == 1  # `telegram`, which `tele*` finds too
    assert 0 < score.percent < 100


def test_mutation_is_the_same_each_time_and_a_sample_has_an_interval(folder: Path) -> None:
    parsed, policy = parse(folder), ev.load(folder)
    first = mutate(parsed, policy, sample=20, seed=3)
    again = mutate(parsed, policy, sample=20, seed=3)
    assert [m.what for m in first.survivors] == [m.what for m in again.survivors]
    low, high = first.interval
    assert first.tried == 20 < first.total
    assert all(share.tried for share in first.shares.values())
    assert low < first.percent < high
    whole = mutate(parsed, policy)
    assert whole.interval == (whole.percent, whole.percent)
    assert low <= whole.percent <= high


def test_a_sample_takes_some_of_each_sort_and_most_of_the_largest() -> None:
    chosen = _chosen({"alternative": 900, "entry": 90, "order": 2}, 100, 1)
    sizes = {sort: len(numbers) for sort, numbers in chosen.items()}
    assert sum(sizes.values()) == 100 and sizes["order"] == 2
    assert sizes["alternative"] > 60 and sizes["entry"] > 24
    assert chosen == _chosen({"order": 2, "entry": 90, "alternative": 900}, 100, 1)
    assert sum(map(len, _chosen({"alternative": 9, "entry": 3}, None, 1).values())) == 12


def test_a_mutant_is_tried_against_all_tests_that_may_notice(folder: Path) -> None:
    """The look at the letters of a text may only leave out tests that cannot notice."""
    parsed, policy = parse(folder), ev.load(folder)
    looked = {(m.place, m.what) for m in mutate(parsed, policy).survivors}
    every = mutants(parsed, policy)
    trial = _Trial(parsed, policy)
    slow = {(m.place, m.what) for m in every if not m.same and not trial.notices(replace(m, text="") if m.rules else m)}
    assert looked == slow


def test_an_equivalent_entry_is_covered_by_one_with_a_star() -> None:
    assert covered_entries(["tele*", "telegram", "on b", "on b*", "a"], as_terms=True) == {1: "tele*", 2: "on b*"}
    assert covered_entries(["same", "same"], as_terms=True) == {1: "same"}
    assert covered_entries(["tele* x", "telegram x"], as_terms=False) == {}


@pytest.mark.parametrize(
    ("template", "left"),
    [
        ("(a|b) c", ["(b) c", "(a) c"]),
        ("x (a|(b|d) e)", ["x (a|(d) e)", "x (a|(b) e)", "x ((b|d) e)", "x (a)"]),
        ("x [a]", []),
    ],
)
def test_alternatives_are_cut_out_of_templates(template: str, left: list[str]) -> None:
    assert [template[:start] + template[end:] for start, end, _, _ in alternatives(template)] == left


def test_an_alternative_is_covered_only_where_a_star_is_an_open_end() -> None:
    assert [by for *_, by in alternatives("(ins*|insult|a) them")] == ["", "ins*", ""]
    assert [by for *_, by in alternatives("(ins*|insult)ing them")] == ["", ""]


@pytest.mark.parametrize(
    ("find", "changed"),
    [
        ({"all": [{"terms": ["a"]}, {"not": {"terms": ["b"]}}]}, [{"all": [{"terms": ["a"]}]}]),
        ({"count": {"at_least": 2, "of": {"terms": ["a"]}}}, [{"count": {"at_least": 1, "of": {"terms": ["a"]}}}]),
        ({"phrase": "sev* ..3 x"}, [{"phrase": "sev ..3 x"}, {"phrase": "sev* ..6 x"}]),
        ({"terms": {"words": ["abc*"], "tolerate": []}}, [{"terms": {"words": ["abc"], "tolerate": []}}]),
        ({"regex": "a"}, []),
    ],
)
def test_changed_trees(find: dict[str, object], changed: list[object]) -> None:
    assert [change.new for change in changed_trees(find)] == changed


# --- the command ----------------------------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(folder: Path) -> Run:
    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["test", "--policy", str(folder), *arguments])
        return result.exit_code, result.output

    return run


def test_failures_are_marked_in_the_text(folder: Path, run: Run) -> None:
    edited = PACK.replace("please [[add me on telegram]]", "please [[add me]] on telegram")
    (folder / "pack.yaml").write_text(edited, encoding="utf-8")
    code, out = run()
    assert code == 1
    assert "    expected  please [[add me]] on telegram\n    found     please [[add me on telegram]]\n" in out
    assert "<failure" in run("--format", "junit")[1]


def test_shares_below_the_limit_fail(run: Run) -> None:
    assert run("--coverage")[0] == 0
    assert run("--coverage", "--fail-under", "99")[0] == 1
    assert run("--coverage", "--fail-under", "10")[0] == 0
    code, out = run("--mutate", "--select", "p.near", "--fail-under", "100")
    assert code == 0 and "mutation score 100.0 %" in out
    code, out = run("--mutate", "--select", "p.loose", "--fail-under", "100")
    assert code == 1 and "(add a miss with the parts in another order)" in out


@pytest.mark.parametrize("arguments", [["--sample", "3"], ["--fail-under", "3"], ["--watch", "--mutate"]])
def test_options_that_do_not_go_together(run: Run, arguments: list[str]) -> None:
    code, out = run(*arguments)
    assert (code == 2 and "add `--" in out) or "leave out" in out


# --- watching -------------------------------------------------------------------------------------------------------


def test_watching_runs_what_changed(folder: Path) -> None:
    steps: Iterator[Callable[[], object]] = iter(
        [
            lambda: None,  # nothing changes: no report
            lambda: (folder / "pack.yaml").write_text(PACK.replace("misses: [ha]", "misses: [ha, botch]"), "utf-8"),
            lambda: (folder / "pack.yaml").write_text("pack: p\n", "utf-8"),
            lambda: (folder / "lexicon.yaml").write_text(LEXICON + "    tolerate: []\n", "utf-8"),
            lambda: (folder / "pack.yaml").write_text(PACK, "utf-8"),
        ]
    )

    def edit() -> None:
        next(steps)()

    watched = reports(Watch(str(folder), lambda name: True), edit)
    assert next(watched).endswith("11 tests, 0 failed; 4 rules tested anew")
    second = next(watched)
    assert "p.rude: miss 'botch'" in second and second.endswith("12 tests, 1 failed; 1 rules tested anew")
    assert "`category` is missing" in next(watched)
    assert "`category` is missing" in next(watched)
    last = next(watched)
    assert "p.rude: hit 'a b0tch': nothing was found" in last and last.endswith(
        "11 tests, 1 failed; 1 rules tested anew"
    )
