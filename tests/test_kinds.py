"""Every kind against its case file: exact spans, silence on misses, and a trigger that no hit escapes."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hyperscan as hs
import pytest
import yaml
from jsonschema import Draft202012Validator

from evenhand import kinds
from evenhand.errors import Place
from evenhand.kinds import KINDS
from evenhand.matcher import Literal, Trigger
from evenhand.prefilter import one_byte
from evenhand.samples import read_sample, unmark
from evenhand.schema import schema_of
from evenhand.text import Document, WrittenOut
from evenhand.views import Flat
from evenhand.words import WordStore

FOLDER = Path(__file__).parent / "kinds"
CASE_KEYS = {"options", "given", "lists", "macros", "lexicons", "shorthand", "hits", "misses"}
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "PL", "TR", "IN", "PK", "PH", "ID", "BR", "RU", "UA", "NG", "AU", "CH")


def cases() -> Iterator[Any]:
    for file in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for number, case in enumerate(content["cases"]):
            for kind in ("hits", "misses"):
                for index, text in enumerate(case.get(kind, ())):
                    yield pytest.param(content["kind"], case, kind, text, id=f"{file.stem}-{number}-{kind}-{index}")


def surroundings(case: Any) -> Any:
    short = {"shorthand": case.get("shorthand", {}), "unsure": {}, "allowed": [], "garbled": []}
    return WordStore(
        {"": case.get("lists", {})}, {"": case.get("macros", {})}, case.get("lexicons", {}), REGIONS, short
    ).surroundings("")


@pytest.mark.parametrize(("kind", "case", "sort", "written"), list(cases()))
def test_case(kind: str, case: Any, sort: str, written: str) -> None:
    options = case.get("options", {})
    within = surroundings(case)
    matcher = KINDS[kind].build(options, within)
    text, spans = unmark(written) if sort == "hits" else (written, ())
    document = Document(read_sample({"text": text, **case.get("given", {})}, Place("case"), marks=False).feedback)
    found = sorted({(match.start, match.end) for match in matcher.find(document)})
    assert [text[a:b] for a, b in found] == [text[a:b] for a, b in spans]
    assert found == sorted(spans)
    if sort == "hits":
        assert spans, "a hit marks what is found"
        assert pulled(matcher.trigger, document, within.shorthand and within.shorthand.of_document(document))


def pulled(trigger: Trigger | None, document: Document, written: WrittenOut | None) -> bool:
    """Whether a trigger asks for a document: the slow way, a part at a time."""
    if trigger is None or (trigger.known and (document.feedback.counterparty or document.feedback.known)):
        return True
    if trigger.titled and not (document.feedback.contract and document.feedback.contract.title):
        return False
    if trigger.longer is not None and (len(document.text) >= trigger.longer or not document.text.isascii()):
        return True
    long = written.flat if written else Flat([])
    looked_for = (
        (trigger.literals, document.flat.string),
        (trigger.literals | trigger.written_out, long.string),
        (trigger.bare, document.bare_flat.string),
    )
    for literals, flat in looked_for:
        for each in literals:
            wanted = " " * (not each.open_start) + each.words + " " * (not each.open_end)
            if (
                wanted in flat
                and all(words & {*flat.split(), *long.set} for words in each.beside)
                and near(each, flat.split())
            ):
                return True
    if not all(words & document.flat.set for words in trigger.beside):
        return False
    return any(scan(pattern, one_byte(document.folded.string)) for pattern in trigger.patterns | trigger.regexes)


def near(literal: Literal, words: list[str]) -> bool:
    """Whether its words stand somewhere with a word of each set around it where it must be."""
    if not literal.around:
        return True
    last = literal.words.split()[-1]
    ends = [at for at, word in enumerate(words) if word == last or (literal.open_end and word.startswith(last))]
    return any(
        all(side & set(words[max(0, at + first) : max(0, at + last + 1)]) for side, first, last in literal.around)
        for at in ends
    )


def scan(pattern: str, content: bytes) -> bool:
    database = hs.Database(mode=hs.HS_MODE_BLOCK)
    database.compile(expressions=[pattern.encode()], ids=[0], flags=hs.HS_FLAG_SINGLEMATCH)
    hits: list[int] = []
    database.scan(content, lambda number, *rest: hits.append(number), 0, hits, hs.Scratch(database))
    return bool(hits)


def test_every_kind_has_a_case_file() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(KINDS)
    assert {module.name for module in pkgutil.iter_modules(kinds.__path__)} <= set(KINDS)


@pytest.mark.parametrize("file", sorted(FOLDER.iterdir()), ids=lambda file: file.stem)
def test_case_file_leaves_nothing_out(file: Path) -> None:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(content) == {"kind", "cases"} and content["kind"] == file.stem
    check = Draft202012Validator({"$defs": schema_of("pack")["$defs"], **KINDS[file.stem].schema})
    for case in content["cases"]:
        assert set(case) <= CASE_KEYS, "a key that no test reads"
        assert case.get("hits") or case.get("misses")
        check.validate(case.get("options", {}))
    assert any(case.get("hits") for case in content["cases"])
    assert any(case.get("misses") for case in content["cases"])


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=lambda kind: kind.name)
def test_example_fits_the_schema(kind: Any) -> None:
    Draft202012Validator({"$defs": schema_of("pack")["$defs"], "$ref": "#/$defs/node"}).validate(
        yaml.safe_load(kind.example)
    )
