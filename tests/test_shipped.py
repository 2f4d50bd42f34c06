"""The shipped policy: its own tests, what it finds of the labelled cases, and the README's example."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import evenhand as ev
from evenhand.lint import untested
from evenhand.measure import Figures, measure
from evenhand.model import CATEGORIES
from evenhand.parsed import ParsedPolicy
from evenhand.policy import load_with_files
from evenhand.rows import Row, read_rows
from evenhand.testing import run

CASES = Path(__file__).parent / "golden" / "feedback_dev.jsonl"


@pytest.fixture(scope="module")
def parsed(root: Path) -> ParsedPolicy:
    return load_with_files(root / "policies.yaml")[0]


@pytest.fixture(scope="module")
def figures(policy: ev.Policy) -> Figures:
    with CASES.open("rb") as lines:
        return measure(policy, [row for row in read_rows(lines, CASES.name) if isinstance(row, Row)])


def test_rules_keep_their_own_tests(parsed: ParsedPolicy, policy: ev.Policy) -> None:
    """Specimens apart: `.ci/run` runs these with the mutations."""
    cases = run(replace(parsed, specimens={}), policy)
    assert not [f"{case.place} {case.name}: {case.failure}" for case in cases if case.failure]


def test_every_rule_has_a_hit_and_a_miss(parsed: ParsedPolicy, policy: ev.Policy) -> None:
    assert not list(untested(parsed, policy))


def test_every_category_has_rules_and_messages_in_english_and_spanish(parsed: ParsedPolicy) -> None:
    assert {rule.category for rule in parsed.rules} == set(CATEGORIES)
    for rule in parsed.rules:
        assert {"en", "es"} <= set(rule.message), rule.id


@pytest.mark.parametrize("category", CATEGORIES)
def test_plain_cases_are_found(figures: Figures, category: str) -> None:
    found, labelled = figures.recall(category, "plain")
    assert labelled >= 20 and found / labelled >= 0.6


def test_clean_cases_are_left_alone(figures: Figures) -> None:
    flagged, rejected, clean = figures.clean()
    assert clean > 400 and flagged / clean <= 0.05 and rejected / clean <= 0.03


def test_precision(figures: Figures) -> None:
    right, found = figures.precision
    assert right / found >= 0.9


def test_readme_example_runs(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.S)
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert out.startswith("reject\n") and "@pixel_forge9" in out


def test_samples_show_every_outcome(root: Path, policy: ev.Policy) -> None:
    with (root / "rules" / "samples.jsonl").open("rb") as lines:
        verdicts = [policy.check(row.feedback) for row in read_rows(lines, "samples") if isinstance(row, Row)]
    assert {verdict.outcome for verdict in verdicts} == set(ev.Outcome)
