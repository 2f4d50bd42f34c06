"""Both policies judged at once: what an impact finds is what two full checks of every row find, whatever the rows are like."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import evenhand as ev
from evenhand.columns import Facts
from evenhand.compile import Together, compile_together
from evenhand.impact import Options, impact
from evenhand.impact.compare import Flip
from evenhand.impact.halves import Depends, Settled
from evenhand.loader import parse

ON = date(2026, 6, 1)
POLICY = """\
policy: small
guidelines: guidelines.md
packs: [pack.yaml]
lexicons: [rude.yaml]
limits: {characters: 300}
outcomes: {abuse: reject, discrimination: reject, explicit_content: reject, explicit_link: reject, contact: reject,
  confidential: reject, reciprocity: hold, incentive: hold, off_topic: nudge}
exceptions:
  - id: band
    owner: trust
    reason: a band is called so
    expires: 2027-01-01
    rules: [p.rude]
    find: {phrase: "crude dudes"}
    test: crude dudes play well
messages:
  contact: {en: Leave it out.}
"""
PACK = """\
pack: p
category: contact
message: {en: Leave it out., de: Bitte nicht.}
lists:
  app: [telegram, viber]
rules:
  - id: p.app
    clause: x
    find:
      near: {within: 2 words, all: [{list: app}, {phrase: "my name"}]}
    unless:
      - phrase: "{app} bot"
  - id: p.rude
    clause: x
    find: {terms: {lexicon: rude}}
  - id: p.cheap
    clause: x
    when: {author: client}
    find: {phrase: ["cheap and cheerful", "buy now"]}
  - id: p.short
    clause: x
    find: {shape: {max_words: 3}}
  - id: p.named
    clause: x
    find: {party: {fields: [name]}}
  - id: p.mail
    clause: x
    find: {email: {}}
  - id: p.same
    clause: x
    find: {phrase: "nice work"}
"""
RUDE = """\
lexicon: rude
groups:
  - terms: [crude, oaf]
    tolerate: [leet]
"""
SHORT = "shorthand: {tdy: today, nao: now}\n"
# Edits of the pack and of the policy, each with what it stands instead of.
EDITS = {
    "distance": ("within: 2 words", "within: 6 words"),
    "phrase": ('"buy now"]', '"buy now", "order today"]'),
    "role": ("{author: client}", "{author: freelancer}"),
    "rating": ("when: {author: client}", "ground: a test\n    when: {rating: {max: 2}}"),
    "locale": ("when: {author: client}", "when: {locale: [de]}"),
    "words": ("[telegram, viber]", "[viber, signal]"),
    "leet": ("tolerate: [leet]", "tolerate: []"),
    "shape": ("max_words: 3", "max_words: 5"),
    "party": ("find: {party: {fields: [name]}}", "find: {party: {fields: [name]}}\n    status: nudge"),
    "pattern": ("find: {email: {}}", "find: {email: {}}\n    status: nudge"),
    "rollout": ("  - id: p.rude\n", "  - id: p.rude\n    rollout: 40\n"),
    "exception": ("2027-01-01", "2026-05-01"),
    "limit": ("characters: 300", "characters: 200"),
    "scope": ("expires: 2027-01-01", "expires: 2027-01-01\n    scope: {authors: [u1]}"),
    "shorthand": ("limits:", "shorthand: [short.yaml]\nlimits:"),
}
# Policies of which one cannot be read with the scans of the other.
READ_OTHERWISE = {"limit", "shorthand"}
WORDS = [
    *"cheap buy now order today nao viber telegram signal bot my name crude cr\u00fbde cr4de c.r.u.d.e oaf 0\u0430f".split(),
    *"nice work \u201ethanks\u201d caf\u00e9 \U0001f600 \uff42\uff55\uff59 vib\u0435r na\u00efve \u2026 buy\u00a0nao".split(
        " "
    ),
    *(
        "cheap and cheerful",
        "buy now",
        "order today",
        "buy nao",
        "my name",
        "crude dudes",
        "nice work",
        "Ann Lee",
        "ann@lee.example.com",
    ),
]


def write(folder: Path, edits: list[str]) -> Path:
    """The policy with some of the edits, as files of a folder."""
    content = {
        "policies.yaml": POLICY,
        "pack.yaml": PACK,
        "rude.yaml": RUDE,
        "short.yaml": SHORT,
        "guidelines.md": "# G\n\n## X {#x}\n\nBe kind.\n",
    }
    folder.mkdir(parents=True)
    for name, before in content.items():
        edited = before
        for edit in edits:
            edited = edited.replace(*EDITS[edit])
        (folder / name).write_text(edited, encoding="utf-8")
    return folder / "policies.yaml"


def rows(draw: random.Random, count: int) -> list[dict[str, Any]]:
    """Rows of which some have the same text, and some the same facts too."""
    texts = [" ".join(draw.choices(WORDS, k=draw.choice([1, 2, 4, 6, 9, 14, 70]))) for _ in range(count // 3)]
    return [
        {
            "id": f"r{number}",
            "text": draw.choice(texts),
            "author": draw.choice(["client", "freelancer", None]),
            "rating": draw.choice([1, 2, 5, None]),
            "locale": draw.choice(["en", "de", None]),
            "contract_title": draw.choice([None, None, "Logo for a cafe"]),
            "counterparty_name": draw.choice([None, None, "Ann Lee"]),
            "author_id": draw.choice([None, "u1", "u2"]),
        }
        for number in range(count)
    ]


def feedback(row: dict[str, Any]) -> ev.Feedback:
    """The feedback that a row is."""
    contract = None
    if row["contract_title"] or row["author_id"]:
        sides = {row["author"]: row["author_id"]} if row["author"] else {}
        contract = ev.Contract(title=row["contract_title"], **sides)
    party = ev.Party(name=row["counterparty_name"]) if row["counterparty_name"] else None
    return ev.Feedback(
        row["text"], row["author"], row["rating"], row["locale"] or "en", contract, party, id=row["id"]
    )  # fmt: skip


def found(verdict: ev.Verdict) -> tuple[Any, ...]:
    """What a verdict says, but for its words."""
    several = (verdict.findings, verdict.shadow)
    return str(verdict.outcome), *([(e.rule, e.start, e.end, str(e.outcome)) for e in each] for each in several)


@pytest.mark.parametrize(
    "names", [[name] for name in EDITS] + [["phrase", "shape", "leet"], ["words", "rollout", "role"]]
)
def test_an_impact_is_what_two_full_checks_of_every_row_say(
    tmp_path: Path, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenhand.impact.run.ROWS", 64)  # texts come again in other chunks
    old, new = write(tmp_path / "old", []), write(tmp_path / "new", names)
    every = rows(random.Random(" ".join(names)), 400)
    file = tmp_path / "history.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in every), encoding="utf-8")
    seen: dict[int, Flip] = {}
    counted = impact(
        old, new, [file], Options(workers=1, on=ON), on_flip=lambda flip, _: seen.update({flip.row: flip})
    ).tally  # fmt: skip
    before, after = ev.load(old, on=ON), ev.load(new, on=ON)
    differ = {}
    for number, row in enumerate(every):
        a, b = (found(policy.check(feedback(row))) for policy in (before, after))
        if a != b:
            differ[number] = a, b
    assert {number: (found(flip.old), found(flip.new)) for number, flip in seen.items()} == differ
    assert differ and len(differ) == counted.changed + counted.other and counted.rows == len(every)
    assert all((flip.id, flip.feedback.rating) == (every[n]["id"], every[n]["rating"]) for n, flip in seen.items())


@pytest.mark.parametrize("name", EDITS)
def test_policies_that_read_a_text_alike_share_their_scans(tmp_path: Path, name: str) -> None:
    parsed = [parse(write(tmp_path / folder, edits)) for folder, edits in (("old", []), ("new", [name]))]
    together = compile_together(parsed, {"p.app", "p.rude"}, ON)
    assert isinstance(together, Together) is (name not in READ_OTHERWISE)
    if together is not None:
        assert [rule.id for rule in together.united().rules] == ["p.app", "p.rude"] * 2


DEPENDS = [([], {"rating", "author"}), (["role"], {"rating"}), (["rating"], {"author"}), (["scope"], {"rating"})]


@pytest.mark.parametrize(("edits", "unread"), DEPENDS)
def test_only_facts_that_a_rule_reads_make_a_text_another(tmp_path: Path, edits: list[str], unread: set[str]) -> None:
    rules = {"p.cheap"} if edits in (["role"], ["rating"]) else {"p.rude"}
    together = compile_together([parse(write(tmp_path / "p", edits))], rules, ON)
    assert together is not None
    facts = Facts(author="client", rating=3, locale="de", title="x", name="Ann")
    kept = Depends(together.parts).on(facts)
    assert {name for name in Facts._fields if getattr(kept, name) != getattr(facts, name)} == unread


def test_settled_texts_are_forgotten_when_they_are_too_many() -> None:
    settled = Settled(10)
    keys = [(f"text {number}", Facts()) for number in range(100)]
    for key in keys:
        settled.add(settled.new([key]).values())
    again = [key for key in keys if not settled.new([key])]
    assert again == keys[-len(again) :] and 1 <= len(again) <= 20


def test_a_settled_text_with_other_facts_is_new() -> None:
    settled = Settled()
    settled.add(settled.new([("a", Facts(title="b"))]).values())
    assert not settled.new([("a", Facts(title="b"))])
    assert list(settled.new([("a", Facts(title="c")), ("b", Facts(title="b"))])) == [
        ("a", Facts(title="c")),
        ("b", Facts(title="b")),
    ]
