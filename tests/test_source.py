"""Strict YAML: text stays text, what readers disagree on is a problem with a place, nothing raises."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import Place
from evenhand.source import excerpt, read, read_file

SURPRISES = ["no", "Yes", "on", "OFF", "y", "True", "NULL", "010", "0x1f", "0b11", "1_000", "1e3", "12:30", "190:20:30", ".inf", ".5", "+1", "=", "<<"]


@pytest.mark.parametrize("written", SURPRISES)
def test_surprises_are_problems_with_a_place(written: str) -> None:
    _, problems = read(f"a: 1\nb: {written}\n", "f.yaml")
    assert [str(problem.place) for problem in problems] == ["f.yaml:2:4"]
    assert "quotes" in problems[0].hint


@pytest.mark.parametrize("written", SURPRISES)
def test_in_quotes_they_are_text(written: str) -> None:
    source, problems = read(f"a: '{written}'", "f.yaml")
    assert not problems and source is not None and source.value == {"a": written}


def test_plain_values() -> None:
    source, problems = read("[1, -2, 1.5, true, false, null, ~, word, 2026-03-01, 1.2.3, 00x]", "f.yaml")
    assert not problems and source is not None
    assert source.value == [1, -2, 1.5, True, False, None, None, "word", "2026-03-01", "1.2.3", "00x"]


BROKEN = [
    ("a: 1\na: 2\nb: 3\nb: 4", ["f.yaml:2:1: `a` stands twice in this mapping", "f.yaml:4:1: `b` stands twice in this mapping"]),
    ("", ["f.yaml:1:1: the file is empty"]),
    ("a:\n\t- x", ["f.yaml:2:1: this character cannot start a value"]),
    ("a: b: c", ["f.yaml:1:5: a colon inside plain text"]),
    ("a: 'x", ["a quote that is not closed"]),
    ("a: [1, 2", ["a list in brackets that goes wrong here"]),
    ("a: @x", ["f.yaml:1:4: this character cannot start a value"]),
    ("---\na: 1\n---\nb: 2", ["f.yaml:3:1: a second document"]),
    ("a: !!python/object:os.system {}", ["is not part of the language"]),
    ("a: !secret x", ["is not part of the language"]),
    ("&a [*a]", ["this alias stands inside what it names"]),
    ("a: *b", ["an alias that names nothing"]),
    ("<<: {a: 1}", ["merge keys are not part of the language"]),
    ("1: x", ["the key `1` is no text"]),
    ("[a]: x", ["a key is a list or a mapping"]),
    ("a: \x07", ["a character that YAML does not allow"]),
    ("a: \0", ["a NUL character"]),
    ("[" * 100_000, ["nested too deeply"]),
    ("- " * 5_000, ["nested too deeply"]),
    ("".join(" " * depth + "a:\n" for depth in range(900)), ["nested too deeply"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), BROKEN)
def test_broken_files(text: str, says: list[str]) -> None:
    _, problems = read(text, "f.yaml")
    assert len(problems) == len(says)
    for problem, words in zip(problems, says, strict=True):
        assert words in str(problem)


def test_alias_bomb_is_refused() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    source, problems = read("\n".join(levels), "f.yaml")
    assert source is None
    assert "more than 200,000 values" in str(problems[0])


def test_places_of_values_and_keys() -> None:
    source, _ = read("a:\n  - b: 1\n    c: [x, y]\n", "f.yaml")
    assert source is not None
    assert source.place(("a", 0, "c", 1)) == Place("f.yaml", 3, 12)
    assert source.key_place(("a", 0, "c")) == Place("f.yaml", 3, 5)
    assert source.place(("a", 0, "c", 9)) == Place("f.yaml", 3, 8)
    assert source.place(("nowhere",)) == Place("f.yaml", 1, 1)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: é".encode("latin-1"))
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(50 << 20)
    for path, says in [
        (tmp_path / "absent.yaml", "no such file"),
        (tmp_path, "this is a folder"),
        (latin, "latin.yaml:2:4: not UTF-8 from here on"),
        (large, "larger than 8 MiB"),
    ]:
        source, problems = read_file(path)
        assert source is None
        assert says in str(problems[0])


def test_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1")
    source, problems = read_file(file)
    assert not problems and source is not None and source.value == {"a": 1}


def test_excerpt_points_at_the_column() -> None:
    text = "first: 1\nsecond: 日本 word\nthird: 3\nfourth: 4"
    assert excerpt(text, Place("f", 2, 12), context=1) == (
        "  1 | first: 1\n  2 | second: 日本 word\n    |              ^\n  3 | third: 3"
    )


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-999, 999), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=12,
)


@given(VALUES)
def test_what_another_writer_wrote_reads_back_or_is_a_problem(value: object) -> None:
    source, problems = read(yaml.safe_dump(value, allow_unicode=True), "f.yaml")
    assert problems or (source is not None and source.value == value)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    source, problems = read(text, "f.yaml")
    assert (source is None) <= bool(problems)
