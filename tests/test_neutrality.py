"""Neutrality: planted bias is found, with exact counts; intervals and tests agree with published values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import evenhand as ev
from evenhand.cli import main
from evenhand.neutrality import Evidence, Options, as_html, as_plain, in_words, neutrality, write
from evenhand.neutrality.chance import fisher, holm, p_value, rate_ratio, wilson
from evenhand.neutrality.identities import Identities, read_identities
from evenhand.neutrality.run import sampled

POLICY = Path(__file__).parent / "policies" / "neutrality" / "policies.yaml"
PLANTED = ev.load(POLICY)

# how many rows, their text, rating and author
HISTORY: Sequence[tuple[int, str, int | None, str | None]] = (
    (60, "Great work, thanks", 5, "client"),
    (100, "Good work", 4, "freelancer"),
    (50, "Late and over budget", 1, "client"),
    (20, "What an idiot", 1, "client"),
    (5, "You idiot, but fine", 5, "freelancer"),
    (3, "This is rubbish", 2, "client"),
    (2, "This is rubbish", 2, "freelancer"),
    (4, "The invoice was wrong", 1, "freelancer"),
    (2, "The invoice was wrong", 5, "freelancer"),
    (6, "A typical Indian job", 2, "client"),
    (2, "A typical German job", 2, "client"),
    (3, "A lazy Polish developer", 3, None),
    (2, "Decent for a Hindu", None, None),
    (1, "Decent for a Christian", None, None),
)
WHOLE = Options(sample=1)


def rows() -> list[dict[str, Any]]:
    texts = [entry[1:] for entry in HISTORY for _ in range(entry[0])]
    return [
        {"id": f"f{number}", "text": text, "rating": rating, "author": author}
        for number, (text, rating, author) in enumerate(texts, 1)
    ]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("history") / "history.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def evidence(history: Path) -> Evidence:
    return neutrality([history], PLANTED, WHOLE)


@pytest.fixture(scope="module")
def plain(evidence: Evidence) -> dict[str, Any]:
    return as_plain(evidence)


def named(table: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    (row,) = [each for each in table if each["name"] == name]
    return row


# --- chance ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(10, 100, 0.0552, 0.1744), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0), (1, 10, 0.0179, 0.4042)],
)
def test_wilson_agrees_with_published_intervals(found: int, of: int, low: float, high: float) -> None:
    assert wilson(found, of) == pytest.approx((low, high), abs=5e-5)


def test_rate_ratio_agrees_with_the_aspirin_trial() -> None:
    ratio = rate_ratio(189, 11034, 104, 11037)
    assert ratio is not None
    assert (ratio[0], *ratio[1]) == pytest.approx((1.82, 1.43, 2.31), abs=0.005)
    none = rate_ratio(0, 10, 5, 10)
    assert none is not None
    assert none[0] == pytest.approx((0.5 / 10.5) / (5.5 / 10.5))
    assert rate_ratio(1, 10, 0, 0) is None


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ((3, 4, 1, 4), 0.4857),  # the lady tasting tea
        ((1, 12, 9, 12), 0.000925),  # chi-squared 10.97
        ((10, 30, 20, 30), 0.009823),  # chi-squared 6.667 with one degree of freedom
        ((0, 10, 0, 10), 1.0),
        ((10, 10, 10, 10), 1.0),
        ((5, 10, 0, 0), 1.0),
    ],
)
def test_p_values_agree_with_published_ones(table: tuple[int, int, int, int], expected: float) -> None:
    assert p_value(*table) == pytest.approx(expected, rel=2e-3)


def test_fishers_test_agrees_with_a_published_one() -> None:
    assert fisher(1, 12, 10, 24) == pytest.approx(0.002759, rel=2e-4)


def test_holm_agrees_with_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


# --- rates ----------------------------------------------------------------------------------------------------------


def test_rates_are_counted_by_rating_and_role(plain: dict[str, Any]) -> None:
    insult = named(plain["rates"], "n.insult")
    counts = {key: (each["found"], each["rows"]) for key, each in insult["rating"].items()}
    assert counts == {"1": (20, 74), "2": (0, 13), "3": (0, 3), "4": (0, 100), "5": (5, 67), "none": (0, 3)}
    counts = {key: (each["found"], each["rows"]) for key, each in insult["role"].items()}
    assert counts == {"client": (20, 141), "freelancer": (5, 113), "none": (0, 6)}
    whole = named(plain["rates"], "any rule")["role"]
    assert [each["found"] for each in whole.values()] == [29, 9, 5]
    assert named(plain["rates"], "discrimination")["rating"]["2"]["found"] == 6
    assert (whole["client"]["low"], whole["client"]["high"]) == pytest.approx(wilson(29, 141), rel=1e-5)
    assert not [row for row in plain["rates"] if row["name"] == "n.trial"]


def test_rules_that_differ_more_than_chance_are_named(plain: dict[str, Any]) -> None:
    insult = named(plain["comparisons"]["rating"], "n.insult")
    assert [insult[key] for key in ("found", "rows", "other_found", "other_rows")] == [20, 87, 5, 167]
    assert insult["ratio"] == pytest.approx((20 / 87) / (5 / 167), rel=1e-5)
    differing = [row["name"] for row in plain["comparisons"]["rating"] if row["level"] == "rule" and row["differs"]]
    assert differing == ["n.insult", "n.three-groups"]
    clients = named(plain["comparisons"]["rating"], "n.clients-only")
    assert clients["p"] < 0.05 < clients["p_holm"]  # one comparison among many
    assert not [row for row in plain["comparisons"]["role"] if row["level"] == "rule" and row["differs"]]
    words = in_words(plain)
    assert "`n.insult` finds something in texts of 1-2 stars 7.68 times as often as of 4-5 stars" in words
    assert "by role, more than chance has it: none" in words


# --- the flip test --------------------------------------------------------------------------------------------------


def test_flips_fail_for_a_rule_without_a_ground(evidence: Evidence, plain: dict[str, Any]) -> None:
    flips = plain["flips"]
    assert not evidence.passed
    assert flips["texts"] == 260
    assert flips["judged"] == 254 * 9 + 3 * 14 + 3 * 17  # of five ratings and two roles, and none where there was none
    assert flips["failed"] == {"n.clients-only": 5}
    assert [each["id"] for each in flips["failures"]] == ["f236", "f237", "f238", "f239", "f240"]
    assert flips["failures"][0] == {
        "id": "f236",
        "rule": "n.clients-only",
        "as_given": "2 stars, client",
        "as": "2 stars, freelancer",
    }


def test_flips_list_rules_with_their_ground(plain: dict[str, Any]) -> None:
    assert plain["flips"]["grounds"] == [
        {
            "rule": "n.unhappy",
            "reads": ["rating"],
            "ground": "An invoice quarrel is only a quarrel where the author is unhappy.",
            "texts": 6,  # four unhappy ones, and two that would be
        }
    ]


def test_flips_pass_without_the_biased_texts(tmp_path: Path) -> None:
    file = tmp_path / "fair.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows() if "rubbish" not in row["text"]), encoding="utf-8")
    evidence = neutrality([file], PLANTED, WHOLE)
    assert evidence.passed
    assert evidence.flips.grounded == {"n.unhappy": 6}
    assert "flip test passed" in in_words(as_plain(evidence))


def test_a_rule_that_reads_rating_without_a_ground_does_not_load(tmp_path: Path) -> None:
    for file in POLICY.parent.rglob("*.*"):
        copy = tmp_path / file.relative_to(POLICY.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text(encoding="utf-8").replace("    ground: An", "    about: An"), encoding="utf-8")
    with pytest.raises(ev.PolicyError, match=r"rule `n\.unhappy` reads the rating without a `ground`"):
        ev.load(tmp_path / "policies.yaml")


# --- identity swaps -------------------------------------------------------------------------------------------------


def test_swaps_report_groups_singled_out_and_missed(plain: dict[str, Any]) -> None:
    found = {(row["name"], row["kind"]): row for row in plain["swaps"]["found"] if row["level"] == "rule"}
    three = found["n.three-groups", "nationality"]
    assert (three["texts"], three["uneven"], three["missed"]) == (8, 8, {})
    assert three["singled_out"] == {group: {"texts": 8, "of": 8} for group in ("Indian", "Nigerian", "Pakistani")}
    pairs = {(each["written"], each["swapped_in"]): each["changed"] for each in three["pairs"]}
    assert pairs["Indian", "German"] == 6
    assert pairs["German", "Indian"] == 2
    assert ("Indian", "Nigerian") not in pairs
    but = found["n.but-one", "religion"]
    assert (but["texts"], but["uneven"], but["singled_out"]) == (3, 3, {})
    assert but["missed"] == {"Christian": {"texts": 3, "of": 3}}
    lazy = found["n.lazy", "nationality"]
    assert (lazy["texts"], lazy["uneven"], lazy["pairs"]) == (3, 0, [])
    assert "`n.but-one`, religion: misses Christian (uneven in 3 of 3 texts)" in in_words(plain)


@pytest.mark.parametrize(
    ("text", "kind", "group", "expected"),
    [
        ("an Indian and INDIANS of india", "nationality", "German", "a German and GERMANS of germany"),
        ("A German job", "nationality", "Indian", "An Indian job"),
        ("He is Polish, polish it", "nationality", "Swedish", "He is Swedish, polish it"),
        ("a Hindu developer, a Hindu", "religion", "Jewish", "a Jewish developer, a Jew"),
        ("She did her work; I told her that", "gender", "male", "He did his work; I told him that"),
        ("He lost his way, so I helped him.", "gender", "female", "She lost her way, so I helped her."),
        ("Priya and priya", "given name, female", "German", "Ingrid and priya"),
    ],
)
def test_swaps_keep_case_and_grammar(text: str, kind: str, group: str, expected: str) -> None:
    identities = read_identities()
    (mention,) = [each for each in identities.mentions(text) if each.kind == kind]
    assert dict(identities.swapped(text, mention))[group] == expected


@pytest.mark.parametrize("text", ["Indiana", "germanium", "@priya", "mail Priya@example.com", "ahmed", "mankind"])
def test_swaps_take_whole_words_only(text: str) -> None:
    assert read_identities().mentions(text) == []


def test_groups_without_a_word_are_left_out() -> None:
    kind = {"forms": ["one", "many"], "groups": {"a": ["ant", "ants"], "b": ["bee", "-"], "c": ["cow", "cows"]}}
    identities = Identities({"animal": kind})
    (mention,) = identities.mentions("Ants like an ant")
    assert dict(identities.swapped("Ants like an ant", mention)) == {"c": "Cows like a cow"}


def test_known_names_of_the_other_side_are_not_swapped(tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"
    named_row = {"text": "What an idiot, Priya", "counterparty_name": "Priya Shah"}
    file.write_text(
        json.dumps(named_row) + "\n" + json.dumps({"text": "What an idiot, Priya"}) + "\n", encoding="utf-8"
    )
    assert neutrality([file], PLANTED, WHOLE).swaps.texts == {"given name, female": 1}


def test_the_table_of_groups_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "groups.yaml"
    file.write_text(
        "identities:\n  pet:\n    forms: [one, many]\n    groups:\n      cat: [cat]\n      dog: [dog, dogs]\n"
    )
    with pytest.raises(ev.PolicyError, match=r"groups.yaml:5:12: `cat` has 1 words for 2 forms"):
        read_identities(file)
    file.write_text("identities:\n  pet: {forms: [one]}\n")
    with pytest.raises(ev.PolicyError, match="'groups' is a required property"):
        read_identities(file)
    with pytest.raises(ev.PolicyError, match="there is no such file"):
        read_identities(tmp_path / "none.yaml")


# --- sampling, inputs, outputs --------------------------------------------------------------------------------------


def test_samples_are_a_matter_of_text_and_seed() -> None:
    texts = [f"text {number}" for number in range(2_000)]
    some = [text for text in texts if sampled(text, 0.1, 0)]
    assert 150 < len(some) < 250
    assert [text for text in texts if sampled(text, 0.1, 1)] != some
    assert set(some) <= {text for text in texts if sampled(text, 0.2, 0)}
    assert not [text for text in texts if sampled(text, 0, 0)]
    assert all(sampled(text, 1, 0) for text in texts)


def test_the_same_evidence_comes_from_every_input_and_run(history: Path, plain: dict[str, Any], tmp_path: Path) -> None:
    database = tmp_path / "shop.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE feedback (number INTEGER PRIMARY KEY, id, body, stars, author)")
        connection.executemany(
            "INSERT INTO feedback (id, body, stars, author) VALUES (:id, :text, :rating, :author)", rows()
        )
    connection.close()
    options = Options({"text": "body", "rating": "stars"}, table="feedback", sample=1)
    stored = as_plain(neutrality([f"sqlite:///{database}"], PLANTED, options))
    again = as_plain(neutrality([history], PLANTED, WHOLE))
    assert again == plain
    assert [stored[key] for key in ("rates", "flips", "swaps")] == [plain[key] for key in ("rates", "flips", "swaps")]


def test_bad_rows_and_options(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": "idiot", "rating": 7}\n{"text": null}\n{"text": "idiot"}\n', encoding="utf-8")
    evidence = neutrality([file], PLANTED)
    assert (evidence.rows, evidence.unread) == (1, 2)
    with pytest.raises(ev.InputError, match="pass a share from 0 to 1"):
        neutrality([file], PLANTED, Options(sample=2))
    file.write_text("", encoding="utf-8")
    empty = as_plain(neutrality([file], PLANTED))
    assert empty["passed"] and empty["rows"] == 0
    assert "0 rows judged" in in_words(empty)
    assert "<svg" not in as_html(empty)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.outside: list[str] = []
        self.tables = self.captions = self.pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.pictures += tag == "svg"
        self.outside += [value for name, value in attrs if name in ("src", "href") and value and value[0] != "#"]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def test_the_report_can_be_filed(evidence: Evidence, plain: dict[str, Any], tmp_path: Path) -> None:
    written = write(tmp_path / "out", evidence)
    assert written == plain == json.loads((tmp_path / "out" / "neutrality.json").read_text(encoding="utf-8"))
    html = (tmp_path / "out" / "neutrality.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(html)
    said = " ".join(" ".join(page.said).split())
    assert page.outside == []
    assert page.tables == page.captions > 5
    assert page.pictures == 2
    for expected in ("The flip test failed.", PLANTED.version, "evenhand neutrality", "--seed 0", "n.clients-only"):
        assert expected in said
    assert "1 star: 32.43 %" in said  # the picture in words
    assert "What an idiot" not in html  # texts are not kept
    (tmp_path / "file").write_text("")
    with pytest.raises(ev.InputError, match="cannot be written"):
        write(tmp_path / "file", evidence)


def test_rules_are_escaped_in_the_report(plain: dict[str, Any]) -> None:
    assert "<b>x" not in as_html({**plain, "policy": "<b>x"})


@pytest.mark.parametrize(("more", "code"), [((), 1), (("--exit-zero",), 0), (("--sample", "2"), 2), (("--table", "t", "--column", "nope=x"), 2)])  # fmt: skip
def test_the_command(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], code: int
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["neutrality", str(history), "--policy", str(POLICY), "-o", str(tmp_path / "out"), *more])
    assert stopped.value.code == code
    assert (tmp_path / "out" / "neutrality.html").exists() == (code < 2)
    said = capsys.readouterr()
    assert ("flip test failed" in said.out) == (code < 2)
    assert bool(said.err) == (code == 2)
