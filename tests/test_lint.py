"""Every check of `evenhand lint` on a policy that deserves its advice, and on the shipped one."""

from __future__ import annotations

from pathlib import Path

import pytest

import evenhand as ev
from evenhand.lint import CHECKS, collisions, lint
from evenhand.loader import parse

POLICY = """\
policy: a policy to advise on
guidelines: guidelines.md
packs: [pack.yaml]
lexicons: [lexicon.yaml]
outcomes:
  {abuse: reject, discrimination: reject, explicit_content: reject, explicit_link: reject, contact: reject,
  confidential: reject, reciprocity: hold, incentive: hold, off_topic: nudge}
"""
GUIDELINES = """\
## Rude
Do not be rude.

## Late
Do not be late.
"""
LEXICON = """\
lexicon: rude
groups:
  - severity: strong
    tolerate: [leet, typos, split]
    terms: [botch, barmey, stoat]
"""
PACK = r"""
pack: p
category: abuse
lists:
  unused: [one, two]
rules:
  - id: p.wide
    clause: rude
    find: {terms: {lexicon: rude}}
    message: {en: Be kind.}
    tests:
      hits: ["[[botch]]", "[[stoat]]"]
      misses: ["fine"]
  - id: p.narrow
    clause: rude
    find: {terms: [botch]}
    message: {en: Be kind.}
    tests: {hits: ["[[botch]]"], misses: ["fine"]}
  - id: p.slow
    clause: rude
    find: {regex: '(a|b)[^x]{0,30}(c|d)[^y]{0,30}(e|f)q'}
    message: {es: Sé amable.}
    tests: {hits: ["[[aceq]]"]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lint")
    for name, text in {
        "policies.yaml": POLICY,
        "guidelines.md": GUIDELINES,
        "lexicon.yaml": LEXICON,
        "pack.yaml": PACK,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_check_gives_its_advice(folder: Path) -> None:
    advice = lint(parse(folder), ev.load(folder), ["batch", "Barney", "boat"])
    assert {(each.check, each.message.split("`")[1]) for each in advice} == {
        ("untested", "p.slow"),
        ("unused-clause", "late"),
        ("dead-list", "unused"),
        ("slow-pattern", "(a|b)[^x]{0,30}(c|d)[^y]{0,30}(e|f)q"),
        ("shadowed", "p.wide"),
        ("no-message", "p.slow"),
    }
    assert {each.check for each in advice} == set(CHECKS)


@pytest.mark.parametrize(
    ("benign", "found"),
    [
        ([], []),
        (["St Oat", "sto at"], ["stoat"]),
        (["bothc"], ["botch"]),  # not a word, but the dictionary decides
        (["bremay", "barmy", "bamrey"], ["barmey"]),
    ],
)
def test_collisions_name_the_terms_that_find_ordinary_words(folder: Path, benign: list[str], found: list[str]) -> None:
    advice = list(collisions(parse(folder), benign))
    assert [each.message.split("`")[1] for each in advice] == found
    assert all(each.place.file.endswith("lexicon.yaml") and each.place.line == 5 for each in advice)
