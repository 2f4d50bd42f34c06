"""Explanations, exactly as people read them; and the laws that hold for near misses and for what would pass."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import evenhand as ev
from evenhand.building import build_tree
from evenhand.cli import main
from evenhand.compiled import Rule
from evenhand.explain import clause_stamp, explain, near_misses, rule_sentence, says, to_pass, without
from evenhand.explain.removal import merged
from evenhand.explain.says import SAYS
from evenhand.kinds import KINDS
from evenhand.loader import parse
from evenhand.match import matches
from evenhand.matcher import Surroundings
from evenhand.parsed import Review
from evenhand.phrases import read_phrase, read_term
from evenhand.testing import all_rules
from evenhand.testing import run as run_samples
from evenhand.text import Document
from strategies import texts

FOLDER = Path(__file__).parent / "policies" / "explain"
POLICY = ev.load(FOLDER, on=date(2026, 11, 1))
PARSED = parse(FOLDER)
RULES = {rule.id: rule for rule in all_rules(PARSED, POLICY.compiled)}
Snapshot = Callable[[str, str], None]
Run = Callable[..., tuple[int, str, str]]

TEXTS = {
    "near-found": ("telegram me soon or whenever @tomtom99", "x.near"),
    "near-too-far": ("telegram is one good way for it @tomtom99", "x.near"),
    "near-one-missing": ("telegram is a good way", "x.near"),
    "ordered-otherwise": ("the number to call", "x.ordered"),
    "ordered-not": ("call my number, the order is done", "x.ordered"),
    "phrase-in-part": ("please write to my private site", "x.phrase"),
    "phrase-excused": ("text me on signal api and so on, daft man", "x.phrase"),
    "phrase-disguised": ("tеxt me on s1gnal", "x.phrase"),
    "all-two-of-three": ("a.b@gmail.com is my mail", "x.all"),
    "all-shadow": ("a.b@gmail.com is my mail, later", "x.all"),
    "count-two-of-three": ("bla and bla", "x.count"),
    "exception": ("the daft tape held", "x.rude"),
    "exchange-no-give": ("please leave five stars if you like", "x.exchange"),
    "exchange-order": ("leave five stars and 10 off if so", "x.exchange"),
    "exchange-sentences": ("10 off. Leave five stars if so", "x.exchange"),
    "any-none": ("a fine logo", "x.when"),
}
PRAISE = {"author": "client", "rating": 5, "contract": ev.Contract(title="a logo")}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(["explain", *arguments])
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


def _steady(text: str) -> str:
    """The text without the policy's version, which is none of what is tested here."""
    return re.sub(r"\b[0-9a-f]{16}\b", "VERSION", text)


def test_the_rules_pass_their_own_tests() -> None:
    assert [case for case in run_samples(PARSED, POLICY) if case.failure] == []


# --- why and why not ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_explanation(name: str, snapshot: Snapshot) -> None:
    text, rule = TEXTS[name]
    facts: dict[str, Any] = PRAISE if rule == "x.when" else {}
    explanation = explain(POLICY, ev.Feedback(text, **facts), rule, near=True)
    snapshot(f"golden/explain/{name}.txt", _steady("\n".join(explanation.lines())))


def test_facts_that_do_not_hold(snapshot: Snapshot) -> None:
    feedback = ev.Feedback(
        "worst ever", author="freelancer", rating=3, locale="de", contract=ev.Contract(title="a song")
    )
    there = explain(POLICY, feedback, "x.when").rule
    absent = explain(POLICY, "worst ever", "x.when").rule
    snapshot("golden/explain/when.txt", "\n".join([*there, "", *absent]))


def test_near_misses_are_looked_for_where_nothing_was_found() -> None:
    assert explain(POLICY, "bla and bla").near == tuple(near_misses(POLICY, "bla and bla"))
    assert explain(POLICY, "daft bla and bla").near is None
    assert explain(POLICY, "bla and bla", "x.rude").near is None


def test_an_unknown_rule_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        explain(POLICY, "daft", "x.no-such-rule")


def test_what_is_explained_agrees_with_the_verdict() -> None:
    for text, rule in TEXTS.values():
        facts: dict[str, Any] = PRAISE if rule == "x.when" else {}
        explanation = explain(POLICY, ev.Feedback(text, **facts), rule)
        verdict = explanation.verdict
        found = any(finding.rule == rule for finding in (*verdict.findings, *verdict.shadow))
        assert explanation.rule[0] == f"{rule}: {'matches' if found else 'does not match'}"


APPLIED = [rule.id for rule in POLICY.compiled.rules]


@given(texts(), st.sampled_from(APPLIED), st.sampled_from([{}, PRAISE]))
@settings(max_examples=150)
@example("", "x.near", {})
@example("bla " * 3_000, "x.count", {})  # longer than the policy reads
def test_every_text_can_be_explained(text: str, rule: str, facts: dict[str, Any]) -> None:
    explanation = explain(POLICY, ev.Feedback(text, **facts), rule, near=True)
    verdict = explanation.verdict
    found = any(finding.rule == rule for finding in (*verdict.findings, *verdict.shadow))
    assert explanation.rule[0].startswith(f"{rule}: {'matches' if found else ''}") and "\n".join(explanation.lines())
    assert found == (explanation.rule[0] == f"{rule}: matches")
    json.dumps(explanation.plain())


# --- near misses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("fine work", []),
        ("telegram is one good way for it @tomtom99", ["x.near"]),  # 6 words, 3 allowed
        ("telegram is one of the good ways for it @tomtom99", []),  # 8 words
        ("bla", []),  # 1 of 3
        ("bla, the daft tape, bla", ["x.rude", "x.count"]),  # an excused match comes closest
        ("call me later. The number is wrong", ["x.ordered"]),  # a sentence away
        ("five stars", []),  # 1 of 3
        ("text me on signal api", ["x.phrase", "x.near"]),
    ],
)
def test_near_misses(text: str, rules: list[str]) -> None:
    assert [each.rule for each in near_misses(POLICY, text)] == rules


MISSED = st.lists(
    st.sampled_from(
        "telegram @tomtom99 call number order . bla daft tape five stars 10 off if a.b@gmail.com my mail later never again text me on api signal".split()
    ),
    max_size=16,
).map(" ".join)


@given(MISSED)
@settings(max_examples=150)
def test_near_misses_do_not_match_and_are_sorted(text: str) -> None:
    near = near_misses(POLICY, text)
    verdict = POLICY.check(text)
    found = {finding.rule for finding in (*verdict.findings, *verdict.shadow)}
    assert not found & {each.rule for each in near}
    assert len(near) <= 5
    assert [each.share for each in near] == sorted((each.share for each in near), reverse=True)
    assert all(0 < each.share <= 1 and each.found and each.why for each in near)


# --- to pass --------------------------------------------------------------------------------------------------------


@given(st.one_of(MISSED, texts()), st.sampled_from(list(ev.Outcome)[:3]))
@settings(max_examples=200)
@example("daft dim dull dreary drab daft dim dull dreary drab", ev.Outcome.allow)  # too many to try every set
@example("text me daft on signal", ev.Outcome.allow)  # what is left meets and matches
@example("daft\ntape", ev.Outcome.allow)
def test_what_is_said_to_pass_passes(text: str, at_most: ev.Outcome) -> None:
    spans = to_pass(POLICY, text, at_most)
    if POLICY.check(text).outcome <= at_most:
        assert spans == ()
    elif spans is not None:
        assert spans and POLICY.check(without(text, spans)).outcome <= at_most
        assert spans == merged(spans) and all(0 <= start < end <= len(text) for start, end in spans)


@given(MISSED)
@settings(max_examples=100)
def test_no_set_of_findings_with_fewer_characters_passes(text: str) -> None:
    spans = to_pass(POLICY, text)
    findings = sorted({(each.start, each.end) for each in POLICY.check(text).findings})
    if spans is None or len(findings) > 6:
        return
    least = sum(end - start for start, end in spans)
    for count in range(len(findings)):
        for some in combinations(findings, count):
            if sum(end - start for start, end in merged(some)) < least:
                assert POLICY.check(without(text, some)).outcome > ev.Outcome.allow


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a daft man", "a man"),
        ("Good work, text me on signal.", "Good work,."),
        ("daft, but kind", ", but kind"),
        ("so daft", "so"),
        ("text me daft on signal", ""),
        ("daft", ""),
        ("fine", "fine"),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    spans = to_pass(POLICY, text)
    assert spans is not None
    assert without(text, spans) == left


def test_the_fewest_characters_are_found_among_findings_that_overlap() -> None:
    text = "text me on signal or perhaps @tomtom99 is my pal"
    found = sorted((each.start, each.end) for each in POLICY.check(text).findings)
    assert found == [(0, 17), (11, 38), (30, 48)]
    assert to_pass(POLICY, text) == (
        (11, 38),
    )  # 27 characters; without the other two it would pass as well, but they are 35


def test_milder_findings_stay_where_they_may() -> None:
    text = "bla bla bla, daft man"
    assert to_pass(POLICY, text, ev.Outcome.nudge) == ((13, 17),)
    assert to_pass(POLICY, text) == ((0, 11), (13, 17))


def test_unusable_feedback_is_an_input_error() -> None:
    for call in (to_pass, near_misses, explain):
        with pytest.raises(ev.InputError, match="feedback is None"):
            call(POLICY, None)  # type: ignore[arg-type]


# --- rules in words -------------------------------------------------------------------------------------------------


def test_a_long_phrase_is_said_by_one_of_its_spellings() -> None:
    template = "[please] (add|text|message|call|ring|whatsapp) (me|us|him|her|them) ..3 (on|via) tele*"
    assert says(build_tree({"phrase": template}, Surroundings())) == "a phrase like `add me … on tele*`"


def test_rules_in_words(snapshot: Snapshot) -> None:
    said = [f"{name}: {rule_sentence(rule, PARSED.clauses)}" for name, rule in RULES.items()]
    snapshot("golden/explain/rules.txt", "\n".join(said))


FINDS: tuple[dict[str, Any], ...] = (
    {"terms": ["one"]},
    {"list": "app"},
    {"terms": {"lexicon": "rude"}},
    {"phrase": "add (me|him)"},
    {"phrase": ["[please] (add|text|message|call|ring) (me|us|him|her) ..3 on (telegram|signal|viber)", "hi"]},
    {"regex": {"pattern": "a+b", "written": True}},
    {"email": {"disguised": False}},
    {"phone": {}},
    {"link": {}},
    {"link": {"domains": ["a.com", "b.com"], "tlds": ["xxx"], "words": ["cam"], "except": ["c.com"]}},
    {"handle": {"services": ["telegram"]}},
    {"address": {}},
    {"secret": {}},
    {"number": {"types": ["card", "iban"]}},
    {"party": {}},
    {"exchange": {"give": ["cash"], "feedback": ["stars"], "tie": ["if"], "sentences": 2, "direction": "get-first"}},
    {"relevance": {"vocabulary": ["app"], "needs_title": True}},
    {"shape": {"min_words": 3, "max_words": 9, "capitals": 0.5, "repeats": 4}},
    {"any": [{"terms": ["a"]}, {"terms": ["b"]}, {"terms": ["c"]}, {"terms": ["d"]}, {"terms": ["e"]}]},
    {"near": {"within": "2 sentences", "all": [{"any": [{"email": {}}, {"phone": {}}]}, {"terms": ["or"]}]}},
    {"near": {"within": "40 characters", "ordered": True, "all": [{"email": {}}, {"phone": {}}, {"link": {}}]}},
    {"count": {"at_least": 2, "of": {"any": [{"email": {}}, {"phone": {}}]}}},
)


def test_every_kind_and_combinator_in_words(snapshot: Snapshot) -> None:
    apps = [read_phrase(word) for word in ("telegram", "signal")]
    around = Surroundings(lists={"app": apps}, lexicons={"rude": [read_term("daft"), read_term("dim*")]})
    said = []
    for find in FINDS:
        said.append(f"{json.dumps(find)}\n  {says(build_tree(find, around))}")
    snapshot("golden/explain/kinds.txt", "\n".join(said))


def test_kinds_that_say_themselves_exist() -> None:
    assert set(SAYS) <= set(KINDS)


def test_a_kind_says_its_summary_where_it_says_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SAYS, "phone")
    assert says(build_tree({"phone": {}}, Surroundings())) == KINDS["phone"].summary


# --- reviews --------------------------------------------------------------------------------------------------------


def test_the_stamp_ignores_how_lines_are_broken() -> None:
    assert (
        clause_stamp("Contact: no\nnumbers") == clause_stamp("Contact: no numbers") != clause_stamp("Contact: numbers")
    )
    assert re.fullmatch("[0-9a-f]{8}", clause_stamp(""))


def test_a_review_is_read() -> None:
    rule = next(each for each in PARSED.rules if each.id == "x.near")
    assert rule.reviewed == Review(date(2026, 5, 1), "ana", "00000000")
    assert rule.about


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{day: 2026-05-01, by: ana}", "`clause` is missing"),
        ("{day: 2026-02-30, by: ana, clause: 0000000a}", "`2026-02-30` is no date of the calendar"),
        ("{day: May, by: ana, clause: 0000000a}", "`day` is `May`, which has the wrong form"),
        ("{day: 2026-05-01, by: ana, clause: nothing}", "`clause` is `nothing`, which has the wrong form"),
    ],
)
def test_problems_of_a_review(tmp_path: Path, written: str, message: str) -> None:
    for file in FOLDER.rglob("*.*"):
        target = tmp_path / file.relative_to(FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(re.sub(r"reviewed: \{.*\}", f"reviewed: {written}", file.read_text("utf-8")), "utf-8")
    with pytest.raises(ev.PolicyError) as refused:
        parse(tmp_path)
    assert message in [problem.message for problem in refused.value.problems]


# --- the command ----------------------------------------------------------------------------------------------------


def test_a_rule_is_read_back(run: Run, snapshot: Snapshot) -> None:
    for arguments in (["x.phrase"], ["--rule", "x.phrase"]):
        code, out, err = run("--policy", str(FOLDER), *arguments)
        assert code == 0 and not err
        snapshot("golden/explain/rule.txt", out)


def test_a_draft_is_read_back(run: Run) -> None:
    code, out, _ = run("--policy", str(FOLDER), "x.draft")
    assert code == 0 and out.startswith("x.draft: Draft, not applied: rejects feedback")


def test_facts_are_options(run: Run) -> None:
    facts = ["--author", "client", "--rating", "5", "--title", "a logo"]
    code, out, _ = run("--policy", str(FOLDER), "worst ever", *facts)
    assert code == 0 and "hold: x.when" in out


def test_as_json(run: Run) -> None:
    code, out, _ = run("--policy", str(FOLDER), "a daft man, bla bla", "--near-misses", "--format", "json")
    content = json.loads(out)
    assert code == 0 and content["kind"] == "explanation"
    (entry,) = content["entries"]
    assert entry["to_pass"] == [[2, 6]] and [each["rule"] for each in entry["near_misses"]] == ["x.count"]
    assert entry["outcome"] == "reject" and [each["rule"] for each in entry["findings"]] == ["x.rude"]


def test_what_looks_like_a_rule_but_is_none_is_a_text(run: Run) -> None:
    code, out, err = run("--policy", str(FOLDER), "x.nera")
    assert code == 0 and out.startswith("outcome: allow")
    assert err == "evenhand: no rule `x.nera`, so this explains it as a text; did you mean `x.near`?\n"
    assert run("--policy", str(FOLDER), "example.com")[2] == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to explain; give a text"),
        (["text", "--book"], "`--book` takes no text"),
        (["--rule", "x.nera"], "no rule `x.nera`; did you mean `x.near`?"),
        (["a text", "--rule", "x.nera"], "no rule `x.nera`; did you mean `x.near`?"),
        (["--rating", "7", "a text"], "7 is not in the range"),
        (["--book", "-o", "no/such/folder/book.html"], "cannot be written"),
    ],
)
def test_bad_usage(run: Run, arguments: list[str], message: str) -> None:
    code, out, err = run("--policy", str(FOLDER), *arguments)
    assert (code, out) == (2, "") and message in err and "Traceback" not in err


# --- the book -------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """Ids, links, and the words of a page; refuses tags that do not close and anything from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        assert tag not in ("script", "link", "img", "iframe") and "src" not in named
        self.ids += [each for each in [named.get("id")] if each]
        self.links += [each for each in [named.get("href")] if each]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style" and data.strip():
            self.words.append(" ".join(data.split()))


def test_the_book(run: Run, tmp_path: Path, snapshot: Snapshot) -> None:
    file = tmp_path / "book.html"
    code, out, err = run("--policy", str(FOLDER), "--book", "-o", str(file))
    assert (code, out, err) == (0, "", "")
    page = _Page()
    page.feed(file.read_text("utf-8"))
    assert not page.open and len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert all(link.startswith("#") for link in page.links)
    assert {f"rule-{name}" for name in RULES} | {f"clause-{name}" for name in PARSED.clauses} <= set(page.ids)
    snapshot("golden/explain/book.txt", re.sub(r"\S*pack\.yaml", "pack.yaml", _steady("\n".join(page.words))))


def test_a_book_without_jinja2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    code, _, err = run("--policy", str(FOLDER), "--book")
    assert code == 2 and "`jinja2` is not installed; pip install" in err


def test_examples_of_the_book_are_what_rules_find() -> None:
    for rule in PARSED.rules:
        compiled: Rule = RULES[rule.id]
        assert any(matches(compiled, Document(sample.feedback)) for sample in rule.hits)
