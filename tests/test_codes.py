"""Codes: what announces them, what is read in them, and where a finding lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evenhand as ev
from evenhand.codes import ANNOUNCEMENTS, in_code, readings
from evenhand.text import Document
from evenhand.views import Flat, fold, split_words
from strategies import CODES, texts

POLICY = ev.load(Path(__file__).parent / "policies" / "engine" / "policies.yaml")


def read(text: str) -> dict[str, str]:
    return {reading.name: reading.document.text for reading in readings(Document(ev.Feedback(text)))}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Read it BACKWARDS: kcuf", ["back to front"]),
        ("Léelo al revés, olob", ["back to front"]),
        ("Lis ça à l’envers", ["back to front"]),
        ("Читай задом наперёд", ["back to front"]),
        ("shpx, that is rot-13", ["as rot13"]),
        ("Decode this: shpx", ["back to front", "as rot13"]),
        ("kcuf", []),
        ("The backwardness of it, rot 14", []),
    ],
)
def test_codes_are_announced(text: str, names: list[str]) -> None:
    assert list(read(text)) == names


def test_announcements_are_written_as_folded_words() -> None:
    assert {Flat(split_words(fold(row).string)).string for row in ANNOUNCEMENTS} == ANNOUNCEMENTS


def test_how_codes_read() -> None:
    assert read("kcuf, backwards") == {"back to front": "sdrawkcab ,fuck"}
    assert read("shpx rot13") == {"as rot13": "fuck ebg13"}


@pytest.mark.parametrize(
    ("text", "rule", "found"),
    [
        ("Backwards: margelet no em dda, please", "e.phrase", "margelet no em dda"),
        ("nqq zr ba gryrtenz (rot13)", "e.phrase", "nqq zr ba gryrtenz"),
        ("He is an elohssa in reverse", "e.lexicon", "elohssa"),
        ("moc.liamg@nhoj.htims in the mirror", "e.kinds", "moc.liamg@nhoj.htims"),
    ],
)
def test_rules_read_codes(text: str, rule: str, found: str) -> None:
    findings = [each for each in POLICY.check(text).findings if each.rule == rule]
    assert [each.text for each in findings] == [found]
    assert ", read " in findings[0].why
    plain = (
        text.replace("Backwards", "So")
        .replace("rot13", "so")
        .replace("in reverse", "so")
        .replace("in the mirror", "so")
    )
    assert not [each for each in POLICY.check(plain).findings if ", read " in each.why]


@pytest.mark.parametrize(
    "written", ["spin", "maps and gals", "was", "on", "the liar", "4111 1111 1111", "level", "kcuf the"]
)
def test_ordinary_words_are_no_code(written: str) -> None:
    assert not in_code(written, written[::-1])


@pytest.mark.parametrize("written", ["kcuf", "ecaf ym no tis", "shpx", "moc.elpmaxe@nesral", "moc.elpmaxe@anna"])
def test_strange_words_may_be_one(written: str) -> None:
    assert in_code(written, written[::-1])


def test_what_nobody_could_say_is_no_reading() -> None:
    assert not in_code("stupidity", "fghcvqvgl") and in_code("fghcvqvgl", "stupidity")


@given(texts(CODES), st.data())
def test_a_reading_leads_back_to_the_text(text: str, data: st.DataObject) -> None:
    for reading in readings(Document(ev.Feedback(text))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        first, last = reading.span(start, end)
        assert sorted(text[first:last].translate(_ROT13)) == sorted(reading.document.text[start:end].translate(_ROT13))


# Letters that rot13 changes into each other are one letter here.
_ROT13 = {
    ord(a): b
    for pair in zip("nopqrstuvwxyzNOPQRSTUVWXYZ", "abcdefghijklmABCDEFGHIJKLM", strict=True)
    for a, b in [pair]
}


def test_a_search_that_gives_up_in_a_reading_says_so() -> None:
    """Three letters back to front are no code, but that not all of them were looked at is for a human to know."""
    few, many = (POLICY.check("Backwards: " + "xbaax " * times) for times in (3, 2_000))
    assert not [each for each in few.findings if ", read " in each.why]
    told = [each for each in many.findings if ", read back to front" in each.why]
    assert told and all("limit" in each.why and each.outcome is ev.Outcome.hold for each in told)
