"""The public calls: what they give, and what they say to wrong input."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import evenhand as ev

NOW = datetime(2026, 3, 5, tzinfo=UTC)
CONTRACT = ev.Contract(id="c-1", client="u-1", freelancer="u-2", ended_at=datetime(2026, 3, 1, 15, tzinfo=UTC))

WRONG = [
    (None, "feedback is None"),
    (7, "feedback is of type `int`"),
    (b"bytes", "feedback is of type `bytes`"),
    (["text"], "feedback is of type `list`"),
    ("lone \ud800 surrogate", "holds a lone surrogate at character 5"),
    (ev.Feedback(text=None), "`feedback.text` is None"),  # type: ignore[arg-type]
    (ev.Feedback("x", author="admin"), "`feedback.author` is 'admin'"),  # type: ignore[arg-type]
    (ev.Feedback("x", rating=7), "`feedback.rating` is 7"),
    (ev.Feedback("x", rating=True), "`feedback.rating` is True"),
    (ev.Feedback("x", rating=4.5), "`feedback.rating` is 4.5"),  # type: ignore[arg-type]
    (ev.Feedback("x", locale=""), "`feedback.locale` is ''"),
    (ev.Feedback("x", contract={}), "`feedback.contract` is of type `dict`"),  # type: ignore[arg-type]
    (ev.Feedback("x", counterparty="Ann"), "`feedback.counterparty` is of type `str`"),  # type: ignore[arg-type]
    (ev.Feedback("x", counterparty=ev.Party(phone=123)), "`feedback.counterparty.phone` is of type `int`"),  # type: ignore[arg-type]
    (ev.Feedback("x", known="a@b.co"), "`feedback.known` is of type `str`"),
    (ev.Feedback("x", known=[None]), "`feedback.known` is None"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("feedback", "says"), WRONG)
def test_wrong_feedback_is_told_apart(policy: ev.Policy, feedback: Any, says: str) -> None:
    with pytest.raises(ev.InputError, match=says.replace("(", r"\(")) as error:
        policy.check(feedback)
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize("path", [7, b"policies.yaml", object()])
def test_wrong_path_is_told(path: Any) -> None:
    with pytest.raises(ev.InputError, match="pass the path of a policy file"):
        ev.load(path)


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "\ufeff", "👍", "."])
def test_texts_without_words_are_allowed(policy: ev.Policy, text: str) -> None:
    assert policy.check(text) == ev.Verdict(ev.Outcome.allow, (), (), policy.version)


def test_feedback_and_its_text_give_the_same_verdict(policy: ev.Policy) -> None:
    text = "Add me on Telegram: @pixel_forge9"
    assert policy.check(text) == policy.check(ev.Feedback(text))


def test_nothing_is_changed(policy: ev.Policy) -> None:
    feedback = ev.Feedback("Add me on Telegram: @pixel_forge9", counterparty=ev.Party(name="Ann"), known=["x"])
    before = dataclasses.astuple(feedback)
    policy.check(feedback)
    assert dataclasses.astuple(feedback) == before


def test_outcomes_sort_by_hardness() -> None:
    assert sorted(ev.Outcome, reverse=True) == ["reject", "hold", "nudge", "allow"]
    assert ev.Outcome.hold > ev.Outcome.nudge and ev.Outcome.hold <= ev.Outcome.hold and ev.Outcome.allow < "hold"


def test_long_texts_are_held_and_say_so(policy: ev.Policy) -> None:
    verdict = policy.check("fine words. " * 3000)
    (finding,) = (f for f in verdict.findings if f.rule == "limit.length")
    assert verdict.outcome is ev.Outcome.hold
    assert finding.text == ("fine words. " * 3000)[finding.start : finding.end]
    assert "5,000" in finding.why


@pytest.mark.parametrize("text", ["a at b dot c ", "see (dot) you "], ids=["said mail", "hidden dots"])
def test_a_search_that_gives_up_is_held(policy: ev.Policy, text: str) -> None:
    whole = text * (policy.compiled.text_limit // len(text))
    verdict = policy.check(whole)
    assert verdict.outcome >= ev.Outcome.hold
    assert all(finding.text == whole[finding.start : finding.end] for finding in verdict.findings)


def test_messages_come_in_the_authors_language(policy: ev.Policy) -> None:
    text = "what a fucking joke"
    messages = {
        locale: policy.check(ev.Feedback(text, locale=locale)).findings[0].message
        for locale in ("en", "es", "es-MX", "fi")
    }
    assert messages["es"] == messages["es-MX"] != messages["en"] == messages["fi"]


def test_admit_joins_gate_and_content(policy: ev.Policy) -> None:
    fine = ev.Feedback("Clear brief, quick answers.", author="freelancer", contract=CONTRACT)
    rude = dataclasses.replace(fine, text="what a fucking joke")
    assert policy.admit(fine, now=NOW).accepted
    assert not policy.admit(rude, now=NOW).accepted
    late = policy.admit(fine, now=NOW.replace(month=5))
    assert not late.accepted and late.outcome is ev.Outcome.reject and late.ruling.reason == "window_closed"
    twice = policy.admit(fine, now=NOW, given=[ev.Submission("u-2", NOW)])
    assert twice.ruling.reason == "already_given"


@pytest.mark.parametrize(
    ("feedback", "says"),
    [
        (ev.Feedback("x", author="client"), "`feedback.contract` is missing"),
        (ev.Feedback("x", contract=CONTRACT), "`feedback.author` is missing"),
    ],
)
def test_admit_says_what_is_missing(policy: ev.Policy, feedback: ev.Feedback, says: str) -> None:
    with pytest.raises(ev.InputError, match=says):
        policy.admit(feedback, now=NOW)


def test_admit_refuses_naive_instants(policy: ev.Policy) -> None:
    feedback = ev.Feedback("x", author="client", contract=CONTRACT)
    with pytest.raises(ev.InputError, match="now"):
        policy.admit(feedback, now=datetime(2026, 3, 5))


def test_known_details_of_the_other_side(policy: ev.Policy) -> None:
    party = ev.Party(name="Colby Rusk", phone="+1 303 555 0143")
    text = "Ask for room 303, floor 555, desk 0143."
    assert not policy.check(text).findings
    assert policy.check(ev.Feedback(text, counterparty=party)).findings


def test_missing_policy_is_a_problem_with_a_place(tmp_path: Path) -> None:
    with pytest.raises(ev.PolicyError) as error:
        ev.load(tmp_path / "absent.yaml")
    (problem,) = error.value.problems
    assert problem.place.file.endswith("absent.yaml")
