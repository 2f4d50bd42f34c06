"""Shorthand: what is read, what stands for itself, where a finding lies, and what a bad table says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given

import evenhand as ev
from evenhand.shorthand import Shorthand, spellings
from evenhand.text import Document
from strategies import SHORTHAND, texts

ENGINE = Path(__file__).parent / "policies" / "engine"
TABLE = Shorthand(
    {"u": "you", "ur": "your", "rvw": "review", "gonna": "going to", "b4": "before", "w/": "with", "4 u": "for you", "5*": "5 stars"},
    {"n": "and", "r": "are", "y": "why"},
    ("u bolts", "4 u bolts", "b4 paper"),
    ("review", "invoice", "bonus"),
)  # fmt: skip


def read(text: str, table: Shorthand = TABLE) -> str:
    written = table.of_document(Document(ev.Feedback(text)))
    return written.view.string if written else "-"


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("RVW ur work", "review your work"),
        ("gonna, u!", "going to, you!"),
        ("i pay 4 u", "i pay for you"),
        ("i pay 4-u", "i pay for you"),
        ("y r u n me", "why are you and me"),
        ("n r y", "-"),  # letters alone are letters
        ("n, u", "n, you"),
        ("5* w/ u", "5 stars with you"),
        ("U rate me", "you rate me"),
        ("RATE ME U", "rate me you"),
        ("ｕ u\u0301", "you you"),
        ("u'll", "you'll"),
    ],
)
def test_reading(text: str, long: str) -> None:
    assert read(text) == long


@pytest.mark.parametrize(
    "text",
    [
        "size 4 U bolts", "4 u bolts", "u-bolts", "a U-turn", "u.s. and U.K.", "C++ r&d", "the R script", "vitamin C", "type U",
        "u_id", "urgent", "x4 u2", "4.5* hotel", "5** and 5*5", "s/w/h", "on B4 paper", "b4-paper", "option n", "$r",
    ],
)  # fmt: skip
def test_what_stands_for_itself(text: str) -> None:
    assert read(text) == "-"


def test_figures_of_a_number_are_no_shorthand() -> None:
    assert read("$4 u") == "$4 you" and read("1.4 u") == "1.4 you"


@pytest.mark.parametrize(
    "text",
    [
        "re view",
        "re.view",
        "r-eview",
        "rev🙂iew",
        "rev*ew",
        "r##view",
        "rev_ew",
        "reveiw",
        "revew",
        "ＲＥＶＥＩＷ",
        "weiver",
    ],
)
def test_garbled_words_are_read(text: str) -> None:
    assert read(f"my {text} helps") == "my review helps"
    assert read("a b on us, a b#nus") == "a b on us, a bonus"


@pytest.mark.parametrize(
    ("text", "read"),
    [("diskount", "discount"), ("dizcownt", ""), ("payment", ""), ("paymint", "payment"), ("depozit", "deposit"), ("fone", ""),
     ("revyoo", ""), ("akount", "account"), ("acounts", "")],
)  # fmt: skip
def test_words_spelled_by_ear_are_read(text: str, read: str) -> None:
    heard = {name: word for word in ("discount", "payment", "deposit", "account") for name in spellings(word)}
    assert heard.get(text, "") == read


@pytest.mark.parametrize(
    "text",
    [
        "in voice over",
        "in-voice",
        "review",
        "re  view",
        "re (view",
        "rev ew",
        "rev, ew",
        "they're view",
        "preveiw",
        "bons",
        "re v iew",
    ],
)
def test_what_is_not_garbled(text: str) -> None:
    assert read(text) == "-"


@given(texts(SHORTHAND))
def test_each_replacement_maps_back(text: str) -> None:
    document = Document(ev.Feedback(text))
    written = TABLE.of_document(document)
    if written is None:
        return
    assert len(written.view.string) == len(written.view.starts or ()) == len(written.view.ends or ())
    for start, end, short, long in written.replaced:
        assert 0 <= start < end <= len(text)
        assert long in written.view.string and (TABLE.meanings.get(short) == long or long in TABLE.garbled)


@pytest.fixture(scope="module")
def engine() -> ev.Policy:
    return ev.load(ENGINE)


def found(policy: ev.Policy, text: str, rule: str) -> list[tuple[str, str]]:
    verdict = policy.check(text)
    assert all(text[f.start : f.end] == f.text for f in verdict.findings)
    return [(f.text, f.why) for f in verdict.findings if f.rule == rule]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Hey — gonna  PAY u!", "gonna  PAY u"),
        ("🙂 gonna pay it to ｕ", "gonna pay it to ｕ"),
        ("a 5*, really", "5*"),
        ("how r u", "r u"),
        ("w/ great", "w/ great"),
        ("rv\u200bw me", "rv\u200bw me"),
    ],
)
def test_span_is_in_the_authors_characters(engine: ev.Policy, text: str, marked: str) -> None:
    assert [span for span, _ in found(engine, text, "e.shorthand")] == [marked]


def test_reason_names_the_shorthand(engine: ev.Policy) -> None:
    ((_, why),) = found(engine, "rvw me", "e.shorthand")
    assert why == "phrase `review <me>` in shorthand (rvw -> review)"
    ((_, why),) = found(engine, "ＲＶＷ me", "e.shorthand")
    assert "in shorthand (rvw -> review), folded (" in why
    ((_, why),) = found(engine, "a review me", "e.shorthand")
    assert "shorthand" not in why


def test_words_of_one_reading_may_stand_beside_those_of_the_other(engine: ev.Policy) -> None:
    assert found(engine, "4 u a rating", "e.shorthand-near")
    assert found(engine, "pay for rvw, plz", "e.shorthand-exchange")


def test_excuses_read_shorthand_too(engine: ev.Policy) -> None:
    assert found(engine, "a rvw", "e.shorthand-unless")
    assert not found(engine, "a rvw n u", "e.shorthand-unless")


def test_shorthand_is_part_of_the_version(engine: ev.Policy, tmp_path: Path) -> None:
    shutil.copytree(ENGINE, tmp_path, dirs_exist_ok=True)
    table = tmp_path / "rules" / "shorthand.yaml"
    assert ev.load(tmp_path).version == engine.version
    table.write_text(table.read_text(encoding="utf-8").replace("plz: please", "plz: pleased"), encoding="utf-8")
    assert ev.load(tmp_path).version != engine.version


def test_policy_without_a_table(tmp_path: Path) -> None:
    shutil.copytree(ENGINE, tmp_path, dirs_exist_ok=True)
    policy = tmp_path / "policies.yaml"
    policy.write_text(policy.read_text().replace("shorthand: [rules/shorthand.yaml]\n", ""))
    loaded = ev.load(tmp_path)
    assert not found(loaded, "rvw me", "e.shorthand") and found(loaded, "review me", "e.shorthand")


@pytest.mark.parametrize(
    ("table", "problems"),
    [
        ("shorthand: [rvw]\n", ["1:12: `shorthand` is a list, not a mapping"]),
        ("shorthand: {}\n", ["1:12: `shorthand` is empty (fill it in, or take it out)"]),
        ("unsure: {r: are}\n", ["1:1: `shorthand` is missing (add `shorthand:`)"]),
        ("shorthand:\n  rvw: ''\n", ["2:8: `rvw` is empty (fill it in, or take it out)"]),
        ("shorthand:\n  rvw: [review]\n", ["2:8: `rvw` is a list, not text"]),
        ("shorthand:\n  rvw: Rvw\n", ["2:8: `rvw` stands for itself (write the words it is short for, or take it out)"]),
        ("shorthand:\n  '*': star\n", ["2:3: `*` holds no word at its start (begin it with a letter or digit)"]),
        ("shorthand:\n  rvw: '!!'\n", ["2:8: `!!` holds no word (write the words it stands for)"]),
        ("shorthand:\n  rvw: a review\n  rvw: review\n", ["3:3: the key `rvw` stands here a second time (the first stands on line 2; keep one of them)"]),
        ("shorthand:\n  rvw: review\n  RVW: review\n", ["3:3: `RVW` stands at rules/shorthand.yaml:2:3 too (keep one of them)"]),
        ("shorthand:\n  r: are\nunsure:\n  r: our\n", ["4:3: `r` stands at rules/shorthand.yaml:2:3 too (keep one of them)"]),
        ("shorthand:\n  u: you\n  ull: u will\n", ["3:8: `u will` holds `u`, which is shorthand itself (write that out too)"]),
        ("shorthand:\n  u: you\nallowed: [big bolts]\n", ["3:11: `big bolts` holds no shorthand (write the words beside which a shorthand stands for itself, such as `u bolts`)"]),
        ("shorthand:\n  u: you\ngarbled: [rate, five stars]\n", [
            "3:11: `rate` is no word that can be read garbled (write single words of 5 letters or more)",
            "3:17: `five stars` is no word that can be read garbled (write single words of 5 letters or more)",
        ]),
        ("shorthand:\n  u: you\ngarbled: [review, review]\n", ["3:19: `review` stands here twice (keep one of them)"]),
        ("shorthand:\n  u: you\nalowed: [u bolts]\n", ["3:1: unknown key `alowed` (did you mean `allowed`?)"]),
    ],
)  # fmt: skip
def test_bad_tables_are_problems_at_their_places(tmp_path: Path, table: str, problems: list[str]) -> None:
    shutil.copytree(ENGINE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "rules" / "shorthand.yaml").write_text(table, encoding="utf-8")
    with pytest.raises(ev.PolicyError) as error:
        ev.load(tmp_path)
    shown = [str(each).replace(f"{tmp_path}/", "") for each in error.value.problems]
    assert shown == [f"rules/shorthand.yaml:{problem}" for problem in problems]


# For each shorthand that is also something else: the sentence that taught it.
INNOCENT = [
    "Ordered size 4 U bolts and M8 bolts, both arrived on time.",
    "Great R script, and the C++ port is fast.",
    "Vitamin C label design, print on B4 paper, perfect.",
    "The U.S. client and the U.K. client both got their files.",
    "Our DM loved the maps you drew for the campaign.",
    "He fixed the robots.txt and sent me the txt file the same day.",
    "Acc to the brief it should have taken a week; it took two.",
    "He stayed within 2 rounds and 4 sure steps.",
    "We booked a 5* hotel site with him, it looks great.",
    "She translated the W-8 form and the w8 form instructions.",
    "The lead singer re-viewed the signal chart, and the in-voice prompts were fixed.",
    "VC pitch deck, 1 TB of raw video, no complaints.",
    "The pwd command printed the wrong folder until he fixed it.",
    "He made a U-turn on the design and it got better.",
    "Plan B worked, plan A did not.",
    "Le client dit: dis-lui que c'est parfait.",
    "Siete u ocho entregas, todas a tiempo.",
    "Von u nach v in der Formel, sauber gesetzt.",
    "u shaped desk render, 4 u rack drawing, all to scale.",
    "I'm gonna recommend him, gotta love the colours.",
    "thx u r gr8, will work w/ u again",
    "plz keep up the gud wrk, ppl like u r rare",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_sentences(policy: ev.Policy, text: str) -> None:
    assert not policy.check(text).findings


TEXTED = [
    "he wants a refnd or 1* rvw",
    "he wants a re.fund or a bad rev*ew",
    "c u next tuesday",
    "i will giv u a gud rvw if u giv me 5 stars",
]


@pytest.mark.parametrize("text", TEXTED)
def test_texted_trades_are_found(policy: ev.Policy, text: str) -> None:
    assert policy.check(text).findings
