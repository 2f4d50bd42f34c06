"""Strict YAML: what is typed, what is refused and how that is said, and that every value knows its place."""

from __future__ import annotations

import json
import os
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from evenhand.errors import Place, Problem
from evenhand.source import MAX_DEPTH, MAX_PROBLEMS, Source, composing, excerpt, read, read_file

CASES = Path(__file__).parent / "source"
Snapshot = Callable[[str, str], None]


def value_of(text: str) -> Any:
    source, problems = read(text, "p.yaml")
    assert source is not None
    assert not problems
    return source.value


def problems_of(text: str, **limits: int) -> list[Problem]:
    return read(text, "p.yaml", **limits)[1]


# --- scalars --------------------------------------------------------------------------------------------------------

TYPED = [
    ("true", True), ("false", False), ("null", None), ("~", None), ("", None),
    ("0", 0), ("7", 7), ("-12", -12), ("999999999999999999", 10**18 - 1),
    ("1.5", 1.5), ("-0.25", -0.25), ("10.0", 10.0),
]  # fmt: skip


@pytest.mark.parametrize(("written", "value"), TYPED)
def test_typed(written: str, value: object) -> None:
    read_value = value_of(f"a: {written}\n")["a"]
    assert (read_value, type(read_value)) == (value, type(value))


@pytest.mark.parametrize("written", [written for written, _ in TYPED])
def test_quoted_text_is_text(written: str) -> None:
    assert value_of(f"[\"{written}\", '{written}']") == [written, written]


TEXT = """
yesterday|nope|onto|offer|Norway|trueish|nullify|2026-12-31|2026-03-01T12:00:00Z|2026-03-01 15:00Z|1,000|1.2.3|v1
10/10|5 stars|+1 more|word*|a|C#|50%|24/7|12:99|1:2:3:x|0x|0xzz|1e|e3|..|-|+|--|.|1-2|10-|١٢|½|(a|a=b|<-|<<<
""".replace("\n", "|").strip("|").split("|")  # fmt: skip


@pytest.mark.parametrize("written", [text for text in TEXT if text not in ("-",)])
def test_text_stays_text(written: str) -> None:
    assert value_of(f"a: {written}\n") == {"a": written}


def test_blocks_are_text() -> None:
    assert value_of("a: |\n  no\nb: >-\n  010\n  020\n") == {"a": "no\n", "b": "010 020"}


SURPRISES = [
    ("yes", "true"), ("Yes", "true"), ("YES", "true"), ("y", "true"), ("Y", "true"), ("on", "true"), ("ON", "true"),
    ("no", "false"), ("No", "false"), ("n", "false"), ("off", "false"), ("Off", "false"),
    ("True", "true"), ("TRUE", "true"),
    ("False", "false"), ("FALSE", "false"), ("Null", "null"), ("NULL", "null"),
    ("010", "8"), ("-017", "-15"), ("0o17", "15"),
    ("08", "8"), ("007.5", "7.5"), ("0x1f", "31"), ("0b101", "5"), ("1_000", "1000"), ("1_000.5", "1000.5"),
    ("+5", "5"),
    ("12:30", "750"), ("190:20:30", "685230"), ("-1:30", "-90"), ("1e3", "1000"), ("1.5e3", "1500"), ("1e-2", "0.01"),
    (".5", "0.5"), ("5.", "5"), ("+.5", "0.5"), (".inf", "a number"), ("-.INF", "a number"), (".nan", "a number"),
    ("1e999", "a number"), ("0x_", "a number"), ("4111111111111111111", "a number"), ("2026-3-1 10:00:00", "a time"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "other"), SURPRISES)
def test_surprises(written: str, other: str) -> None:
    for text, column in ((f"a: {written}\n", 4), (f"- {written}\n", 3), (f"[{written}]", 2), (f"{{{written}: x}}", 2)):
        source, problems = read(text, "p.yaml")
        assert source is not None
        assert [problem.place for problem in problems] == [Place("p.yaml", 1, column)]
        assert problems[0].message == f"`{written}` is text here, but other YAML readers take it for {other}"
        assert problems[0].hint.startswith(f'write "{written}" in quotes')
    assert value_of(f'a: "{written}"') == {"a": written}


@pytest.mark.parametrize("written", ["=", "<<"])
def test_signs_with_a_sense(written: str) -> None:
    assert len(problems_of(f"- {written}\n")) == 1
    assert value_of(f'{{"{written}": "{written}"}}') == {written: written}


def test_hints_tell_the_way_out() -> None:
    assert [problem.hint for problem in problems_of("[no, Null, 010, .inf]")] == [
        'write "no" in quotes if you mean the word, `false` if you mean the truth value',
        'write "Null" in quotes if you mean the word, `null` if you mean no value',
        'write "010" in quotes if you mean the text, `8` if you mean the number',
        'write ".inf" in quotes',
    ]


@given(
    st.from_regex(r"\A(?:[-+.0-9:_eExobXinfINFaAyYsSTtZ]{1,12}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[ Tt0-9:.Z+-]{0,12})\Z")
)
def test_nothing_differs_from_other_readers_in_silence(word: str) -> None:
    text = f"a: {word}\n"
    try:
        theirs = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return
    source, problems = read(text, "p.yaml")
    if source is None or problems or re.fullmatch(r"\d{4}-\d\d-\d\d([Tt ].*)?", word.strip()):
        return
    assert repr(source.value) == repr(theirs)


# --- structure ------------------------------------------------------------------------------------------------------


def test_places() -> None:
    text = "# a pack\r\npack: 😀 x\r\nrules:\n  - {id: a, 'find me': [x,  yy]}\n  -\n    id: b\n"
    source, problems = read(text, "rules/p.yaml")
    assert source is not None
    assert not problems
    at = {path: (place.line, place.column) for path, place in source.places.items()}
    assert at == {
        (): (2, 1),
        ("pack",): (2, 7),
        ("rules",): (4, 3),
        ("rules", 0): (4, 5),
        ("rules", 0, "id"): (4, 10),
        ("rules", 0, "find me"): (4, 24),
        ("rules", 0, "find me", 0): (4, 25),
        ("rules", 0, "find me", 1): (4, 29),
        ("rules", 1): (6, 5),
        ("rules", 1, "id"): (6, 9),
    }
    assert source.key_place(("rules", 0, "find me")) == Place("rules/p.yaml", 4, 13)
    assert source.place(["rules", 0, "gone", "deeper"]) == source.place(("rules", 0)) == Place("rules/p.yaml", 4, 5)
    assert source.key_place(["rules", 1]) == source.place(["rules", 1])
    assert source.place(()) == Place("rules/p.yaml", 2, 1)


def test_aliases_are_values_of_their_own() -> None:
    source, problems = read("a: &x {b: [1]}\nc: *x\n", "p.yaml")
    assert source is not None
    assert not problems
    assert source.value == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert source.value["a"] is not source.value["c"]
    assert source.place(("c",)) == Place("p.yaml", 2, 4)
    assert source.place(("c", "b", 0)) == Place("p.yaml", 1, 12)


def test_the_first_of_two_keys_counts() -> None:
    source, problems = read("a: 1\nb: 2\na: {c: no}\n", "p.yaml")
    assert source is not None
    assert source.value == {"a": 1, "b": 2}
    assert source.place(("a",)) == Place("p.yaml", 1, 4)
    assert [str(problem.place) for problem in problems] == ["p.yaml:3:1", "p.yaml:3:8"]
    assert problems[0].hint == "the first stands on line 1; keep one of them"


def test_reading_goes_on_behind_what_is_refused() -> None:
    source, problems = read("a: no\n1: x\nb: !tag [z]\n", "p.yaml")
    assert source is not None
    assert source.value == {"a": "no", "1": "x", "b": ["z"]}
    assert [problem.place.line for problem in problems] == [1, 2, 3]


def test_a_byte_order_mark_is_no_text() -> None:
    source, _ = read("\ufeffa: b", "p.yaml")
    assert source is not None
    assert (source.text, source.place(("a",))) == ("a: b", Place("p.yaml", 1, 4))


def test_limits() -> None:
    items = "[" + ", ".join(["x"] * 9) + "]"
    assert not problems_of(items, max_values=10)
    assert str(problems_of(items, max_values=9)[0]).startswith("p.yaml:1:26: the file comes to more than 9 values here")
    assert not problems_of("[é]", max_bytes=4)
    assert str(problems_of("[é]", max_bytes=3)[0]).startswith("p.yaml:1:1: the file is larger than 3 bytes")
    assert not problems_of("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert len(problems_of("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))) == 1


def test_aliases_count_each_time_and_nest() -> None:
    deep = "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40
    assert problems_of(deep)[0].message == f"nested more than {MAX_DEPTH} levels deep"
    twice = "a: &a [x, x]\nb: *a\n"
    assert not problems_of(twice, max_values=7)
    assert problems_of(twice, max_values=6)[0].place == Place("p.yaml", 2, 4)
    assert problems_of("&k a: [*k, *k]", max_values=3)


def test_a_file_full_of_problems_is_told_once() -> None:
    problems = problems_of("- no\n" * 5_000)
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].message == "and more problems in this file"


# Each of these once made some reader of YAML recurse, explode, or count for ever.
HOSTILE = {
    "brackets": "[" * 100_000,
    "dashes": "- " * 100_000,
    "questions": "? " * 100_000,
    "mappings": "{a: " * 100_000,
    "stairs": "".join(f"{' ' * depth}a:\n" for depth in range(1_000)),
    "bomb": "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 200)),
    "tower": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [[[*a{n - 1}]]]\n" for n in range(1, 5_000)),
    "circle": "&a [*a]",
    "sixties": "1:" * 50_000 + "1",
    "digits": "9" * 100_000,
    "swallowed items": "- a\n  - b\n" * 10_000,
    "controls": "\n" * 100_000 + "\x01" * 100_000,
    "surrogates": "\ud800" * 1_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_at_once(name: str) -> None:
    start = time.process_time()
    assert problems_of(HOSTILE[name])
    assert time.process_time() - start < 2


def test_a_large_pack_is_read() -> None:
    rule = """
  - id: contact.rule-{n}
    clause: private-contact
    status: enforce                 # draft | shadow
    find:
      any:
        - phrase: "(add|text|find|reach) me on {{messenger}}"
        - near: {{within: 6 words, all: [{{list: messenger}}, {{handle: {{}}}}]}}
    tests:
      hits: ["great guy, [[add me on tele gram]]"]
      misses: [Built our Telegram bot in two weeks.]
"""
    text = "rules:" + "".join(rule.format(n=n) for n in range(1_800))
    assert len(text) > 650 * 1024
    assert len(value_of(text)["rules"]) == 1_800


# --- mistakes -------------------------------------------------------------------------------------------------------


def mistakes() -> list[dict[str, str]]:
    source, problems = read_file(CASES / "mistakes.yaml", "mistakes.yaml")
    assert source is not None
    assert not problems
    cases: list[dict[str, str]] = source.value
    return cases


def told(text: str) -> Iterator[str]:
    for problem in problems_of(text):
        yield f"{problem.place}: {problem.message}\n{excerpt(text, problem.place)}\n  hint: {problem.hint}\n"


def test_what_people_are_told(snapshot: Snapshot) -> None:
    parts = [f"--- {case['case']} ---\n" + "\n".join(told(case["text"])) for case in mistakes()]
    snapshot("source/mistakes.txt", "\n".join(parts))


@pytest.mark.parametrize("case", [pytest.param(case["text"], id=case["case"]) for case in mistakes()])
def test_every_mistake_has_a_problem_in_our_voice(case: str) -> None:
    problems = problems_of(case)
    assert problems == sorted(set(problems))
    for problem in problems:
        check_voice(problem)
        assert "this is not YAML" not in problem.message


@pytest.mark.parametrize("case", [pytest.param(case["text"], id=case["case"]) for case in mistakes()])
def test_mistakes_are_found_without_libyaml(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = problems_of(case)
    monkeypatch.setattr(composing, "_Loader", yaml.SafeLoader)
    plain = problems_of(case)
    if not case.startswith(("%off", "words: [re:")):  # which PyYAML reads in its own way
        assert plain[0].place.line == ours[0].place.line


def check_voice(problem: Problem) -> None:
    for said in (problem.message, problem.hint):
        assert said[0].islower() or said[0] in "`&*" or said.startswith("NUL")
        assert not said.endswith((".", "!"))
        assert said.count("`") % 2 == 0
        assert "\n" not in said
        assert len(said) < 160


# --- any text, any value --------------------------------------------------------------------------------------------

TOKENS = [
    *"a b no on 1 010 12:30 - : ? , [ ] { } # & * ! | > ' \" % @ ` << = --- ... %YAML &a *a !t !!str key:".split(),
    *(" ", "  ", "    ", ": ", "- ", "\n", "\n  ", "\r\n", "\r", "\t", "\\", "\\d", "\\u", "\ufeff", "é", "界", "😀"),
    *("\x00", "\x85", "\u2028", "\ud800"),
]
yamlish = st.lists(st.sampled_from(TOKENS), max_size=30).map("".join)


def check_any(text: str) -> None:
    source, problems = read(text, "p.yaml")
    assert source is not None or problems
    lines = re.split(r"\r\n|\r|\n", text)
    for problem in problems:
        check_voice(problem)
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert "^" in excerpt(text, problem.place)


@given(st.one_of(yamlish, st.text(), st.text(alphabet=st.characters())))
@example("a: &a\n  *a : b")
@example("'\n---")
@example('"\\UFFFFFFFF"')
@example("%TAG ! x\n--- !y")
@example("[a]: b")
@example("&a a: *a")
@example("a: |0\n")
@example("a: !<\n")
def test_no_text_raises(text: str) -> None:
    check_any(text)


@given(yamlish)
@example('"\\UFFFFFFFF"')
@example('"\\ud800"')
def test_no_text_raises_without_libyaml(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composing, "_Loader", yaml.SafeLoader)
        check_any(text)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.sampled_from([*TEXT, "no", "010", "1e3"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(TEXT), inner, max_size=4),
)


@given(values, st.sampled_from([None, True, False]), st.booleans())
def test_what_others_write_is_read_the_same_or_refused(value: object, flow: bool | None, raw: bool) -> None:
    written = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=raw, sort_keys=False)
    source, problems = read(written, "p.yaml")
    assert problems or (source is not None and repr(source.value) == repr(value))


visible = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), max_size=20)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.integers(-(10**6), 10**6).map(lambda n: n / 4)
    | visible,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(visible, inner, max_size=4),
)


@given(plain, st.sampled_from([None, 2]))
def test_json_is_read_with_the_place_of_every_value(value: object, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    source, problems = read(text, "p.yaml")
    if value is None:  # a file that says only `null`
        return
    assert source is not None
    assert not problems
    assert repr(source.value) == repr(value)
    check_places(source, text.split("\n"))


def check_places(source: Source, lines: list[str]) -> None:
    for path, inner in walk(source.value, ()):
        place = source.places[path]
        start = (
            "["
            if isinstance(inner, list)
            else "{"
            if isinstance(inner, dict)
            else json.dumps(inner, ensure_ascii=False)
        )
        assert lines[place.line - 1][place.column - 1 :].startswith(start)
        if path and isinstance(path[-1], str):
            key = source.key_places[path]
            assert lines[key.line - 1][key.column - 1 :].startswith(json.dumps(path[-1], ensure_ascii=False))
    assert len(source.places) == len(list(walk(source.value, ())))


def walk(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, (*path, index))


# --- files ----------------------------------------------------------------------------------------------------------

FILES = [
    (b"pack: contact\n", ""),
    (b"\xef\xbb\xbfpack: contact\r\n", ""),
    (b"a: b\nc: caf\xe9\n", "p.yaml:2:7: byte 12 of the file (0xE9) is not UTF-8 (save the file as UTF-8)"),
    ("a: é\r\nb: ".encode() + b"\xff", "p.yaml:2:4: byte 11 of the file (0xFF) is not UTF-8 (save the file as UTF-8)"),
    ("a: b\n".encode("utf-16"), "p.yaml:1:1: the file is in UTF-16 (save the file as UTF-8)"),
    (b"a: b\n\x00\x00\x00", "p.yaml:2:1: a NUL character (U+0000) (save the file as plain text in UTF-8)"),
    (b"", "p.yaml:1:1: the file is empty (write the policy in it, or delete it)"),
]


@pytest.mark.parametrize(("content", "said"), FILES)
def test_files(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_bytes(content)
    source, problems = read_file(file, "p.yaml")
    assert "\n".join(map(str, problems)) == said
    assert (source is None) == bool(said)


def test_a_file_is_called_by_its_path(tmp_path: Path) -> None:
    assert read_file(tmp_path / "no.yaml")[1][0].place == Place(str(tmp_path / "no.yaml"))


def test_what_is_no_file(tmp_path: Path) -> None:
    said = [str(read_file(tmp_path / name, "p")[1][0]) for name in ("no.yaml", ".", "a\0b", "x" * 300)]
    assert said == [
        "p:1:1: there is no such file (check the spelling of the path)",
        "p:1:1: this is a folder (name a file in it)",
        "p:1:1: the file cannot be read: embedded null byte (check its permissions)",
        "p:1:1: the file cannot be read: file name too long (check its permissions)",
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_file(tmp_path / "pipe", "p")[1][0].message == "this is not a regular file"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "p.yaml").write_text("a: b", encoding="utf-8")
    monkeypatch.setattr(Path, "open", refuse)  # tests may run as root
    problem = read_file(tmp_path / "p.yaml", "p.yaml")[1][0]
    assert problem == Problem(Place("p.yaml"), "the file cannot be read: permission denied", "check its permissions")


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    with file.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    start = time.process_time()
    source, problems = read_file(file, "p.yaml")
    assert source is None
    assert [str(each) for each in problems] == [
        "p.yaml:1:1: the file is larger than 8 MiB (split it into several files)"
    ]
    assert time.process_time() - start < 0.5


def test_files_in_archives_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("rules/p.yaml", "pack: contact\n")
    root = zipfile.Path(tmp_path / "pack.zip")
    source, problems = read_file(root / "rules" / "p.yaml", "p.yaml")
    assert source is not None
    assert source.value == {"pack": "contact"}
    assert not problems
    assert read_file(root / "rules/", "p")[1][0].message == "this is a folder"
    assert read_file(root / "gone.yaml", "p")[1][0].message == "there is no such file"


# --- excerpts -------------------------------------------------------------------------------------------------------


def test_excerpts(snapshot: Snapshot) -> None:
    text = "\n".join(f"line {number}" for number in range(1, 12)) + "\n"
    wide = "名前: [テスト, e\u0301, 👍 no]"
    long = "words: [" + ", ".join(f"word{number}" for number in range(80)) + "]"
    shown = [
        excerpt(text, Place("p", 1, 1)),
        excerpt(text, Place("p", 10, 6)),
        excerpt(text, Place("p", 12, 1)),
        excerpt(text, Place("p", 99, 99)),
        excerpt(text, Place("p", 5, 3), context=0),
        excerpt("", Place("p", 1, 1)),
        excerpt("a:\n\tb:\tno\n", Place("p", 2, 5)),
        excerpt(wide, Place("p", 1, wide.index("no") + 1)),
        excerpt(f"{long}\n{long}\n{long}", Place("p", 2, 400)),
        excerpt(long, Place("p", 1, len(long))),
        excerpt("words: " + "界" * 200 + "x", Place("p", 1, 208)),
        excerpt("a: \x1b[31mred\x07 \u202eabc\r\nb: c\rd", Place("p", 2, 4)),
        excerpt("\ufeffa: no", Place("p", 1, 4)),
    ]
    snapshot("source/excerpts.txt", "\n\n".join(shown))


@given(st.text(st.sampled_from("ab ,"), max_size=400), st.integers(1, 420))
def test_the_caret_stands_below_its_character(line: str, column: int) -> None:
    shown, caret = excerpt(f"{line}|", Place("p", 1, column), context=0).split("\n")
    assert len(shown) <= 110
    assert caret.endswith("^")
    at = min(column, len(line) + 2) - 1
    below = shown.ljust(len(caret))[len(caret) - 1]
    assert below == f"{line}| "[at]


@given(st.text(max_size=300), st.integers(-5, 400), st.integers(-5, 400))
def test_no_excerpt_raises(text: str, line: int, column: int) -> None:
    assert "^" in excerpt(text, Place("p", line, column))
