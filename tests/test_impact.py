"""What an edit changes on past feedback: the flips of two full audits, each with the line that was edited."""

from __future__ import annotations

import json
import random
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import evenhand as ev
from evenhand.errors import InputError
from evenhand.impact import Impact, Options, impact, read_budgets
from evenhand.impact.compare import Flip

ON = date(2026, 6, 1)
FILES = {
    "policies.yaml": """\
policy: small
guidelines: rules/guidelines.md
packs: [rules/pack.yaml]
words: [rules/words.yaml]
lexicons: [rules/rude.yaml]
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
  abuse: {en: Be kind.}
""",
    "rules/guidelines.md": "# Guidelines\n\n## X {#x}\n\nBe kind.\n",
    "rules/words.yaml": """\
lists:
  app: [telegram, viber]
  trap: [snare]
macros:
  reach: "(add|text) me"
""",
    "rules/rude.yaml": """\
lexicon: rude
groups:
  - terms: [crude, oaf]
    tolerate: [leet]
""",
    "rules/pack.yaml": """\
pack: p
category: contact
message: {en: Leave it out.}
rules:
  - id: p.app
    clause: x
    find:
      any:
        - phrase: "<reach> on {app}"
        - near:
            within: 2 words
            all: [{list: app}, {phrase: "my name"}]
    unless:
      - phrase: "{app} bot"
  - id: p.rude
    category: abuse
    clause: x
    find: {terms: {lexicon: rude}}
  - id: p.cheap
    category: off_topic
    clause: x
    when: {author: client}
    find: {phrase: ["cheap and cheerful", "buy now"]}
  - id: p.draft
    status: draft
    clause: x
    find: {phrase: "ring me"}
""",
}
# The edit (file, old, new), texts whose verdict changes, and the line that is to blame.
EDITS: list[tuple[str, str, str, dict[str, str], str]] = [
    ("rules/pack.yaml", "within: 2 words", "within: 6 words",
     {"viber is where you will find my name": "allow to reject"}, "rules/pack.yaml:11"),
    ("rules/pack.yaml", '"buy now"]', '"buy now", "order today"]', {"order today folks": "allow to nudge"}, "rules/pack.yaml:23"),
    ("rules/pack.yaml", '["cheap and cheerful", "buy now"]', '["buy now"]',
     {"cheap and cheerful work": "nudge to allow"}, "rules/pack.yaml:23"),
    ("rules/pack.yaml", "status: draft", "status: nudge", {"ring me soon": "allow to nudge"}, "rules/pack.yaml:25"),
    ("rules/pack.yaml", '"{app} bot"', '"{app} (bot|api)"', {"text me on viber api": "reject to allow"}, "rules/pack.yaml:14"),
    ("rules/pack.yaml", "author: client", "author: freelancer", {"buy now": "nudge to allow"}, "rules/pack.yaml:22"),
    ("rules/words.yaml", "[telegram, viber]", "[telegram, viber, signal]", {"add me on signal": "allow to reject"}, "rules/words.yaml:2"),
    ("rules/words.yaml", "[telegram, viber]", "[viber]", {"add me on telegram": "reject to allow"}, "rules/words.yaml:2"),
    ("rules/words.yaml", '"(add|text) me"', '"(add|text|ping) me"', {"ping me on viber": "allow to reject"}, "rules/words.yaml:5"),
    ("rules/rude.yaml", "[crude, oaf]", "[crude, oaf, lout]", {"what a lout": "allow to reject"}, "rules/rude.yaml:3"),
    ("rules/rude.yaml", "tolerate: [leet]", "tolerate: []", {"cr4de 0af": "reject to allow"}, "rules/rude.yaml:4"),
    ("policies.yaml", "off_topic: nudge", "off_topic: hold", {"buy now": "nudge to hold"}, "policies.yaml:7"),
    ("policies.yaml", "expires: 2027-01-01", "expires: 2026-05-01", {"crude dudes play": "allow to reject"}, "policies.yaml:12"),
    ("policies.yaml", "exceptions:\n", "limits: {characters: 200}\nexceptions:\n", {"fine " * 60: "allow to hold"}, "policies.yaml:8"),
    ("policies.yaml", '"crude dudes"', '"crude duo"', {"crude dudes play": "allow to reject"}, "policies.yaml:14"),
]  # fmt: skip
WORDS = """cheap and cheerful buy now order today ring me soon text add ping on viber telegram signal bot api my name is crude
    dudes duo oaf 0af lout nice work thanks the best where you will find""".split()


def write(folder: Path, edits: list[tuple[str, str, str]] | None = None) -> Path:
    """The policy, with edits, as files of a folder."""
    for name, content in FILES.items():
        changed = content
        for file, old, new in edits or ():
            if file == name:
                assert old in changed
                changed = changed.replace(old, new)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(changed, encoding="utf-8")
    return folder


def history(folder: Path, texts: list[str]) -> Path:
    file = folder / "history.jsonl"
    rows = [
        {"id": f"r{n}", "text": text, "author": "client", "rating": n % 5 + 1, "locale": "en"}
        for n, text in enumerate(texts)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def compared(
    tmp_path: Path, edits: list[tuple[str, str, str]], texts: list[str], **options: Any
) -> tuple[Impact, list[Any]]:
    old, new = write(tmp_path / "old"), write(tmp_path / "new", edits)
    seen: list[tuple[Flip, list[str]]] = []
    found = impact(
        old, new, [history(tmp_path, texts)], Options(workers=1, on=ON, **options),
        on_flip=lambda flip, behind: seen.append((flip, [f"{e.place.file}:{e.place.line}" for e in behind])),
    )  # fmt: skip
    return found, seen


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit[4]} {edit[2]}")
def test_an_edit_is_blamed_for_what_it_changes(tmp_path: Path, edit: Any) -> None:
    file, old, new, texts, line = edit
    found, seen = compared(tmp_path, [(file, old, new)], [*texts, "nice work, thanks"])
    assert {flip.feedback.text: f"{flip.old.outcome} to {flip.new.outcome}" for flip, _ in seen} == texts
    for _, behind in seen:
        assert [each.removeprefix(f"{tmp_path}/").split("/", 1)[1] for each in behind] == [line]
    assert found.tally.changed == len(texts) and not found.idle


def test_every_edit_of_several_is_blamed_for_its_own(tmp_path: Path) -> None:
    chosen = [EDITS[0], EDITS[1], EDITS[6], EDITS[9]]
    wanted = {text: line for *_, texts, line in chosen for text in texts}
    _, seen = compared(tmp_path, [each[:3] for each in chosen], [*wanted, "nice"])
    assert {flip.feedback.text: [each.split("new/")[1] for each in behind] for flip, behind in seen} == {
        text: [line] for text, line in wanted.items()
    }


def test_edits_that_need_each_other_are_blamed_together(tmp_path: Path) -> None:
    edits = [
        ("rules/words.yaml", "trap: [snare]", "trap: [snare]\n  wired: [wire, cable]"),
        ("rules/pack.yaml", '"buy now"]', '"buy now", "by {wired}"]'),
    ]
    _, ((flip, behind),) = compared(tmp_path, edits, ["pay by cable", "nice"])
    assert flip.feedback.text == "pay by cable"
    assert sorted(each.split("new/")[1] for each in behind) == ["rules/pack.yaml:23", "rules/words.yaml:4"]


def found(verdict: ev.Verdict) -> list[tuple[str, int, int, str]]:
    return [(each.rule, each.start, each.end, str(each.outcome)) for each in verdict.findings]


def test_flips_are_those_of_two_full_checks(tmp_path: Path) -> None:
    draw = random.Random(5)
    flips = 0
    for number in range(12):
        folder = tmp_path / str(number)
        edits = [each[:3] for each in draw.sample(EDITS, 3)]
        try:
            old, new = write(folder / "old"), write(folder / "new", edits)
        except AssertionError:
            continue  # two edits of the same words
        texts = [" ".join(draw.choices(WORDS, k=draw.randint(2, 12))) for _ in range(150)]
        _, seen = compared(folder, edits, texts)
        before, after = ev.load(old, on=ON), ev.load(new, on=ON)
        differ = {}
        for text in texts:
            a, b = (policy.check(ev.Feedback(text, author="client")) for policy in (before, after))
            if found(a) != found(b):
                differ[text] = a.outcome, a.findings, b.outcome, b.findings
        assert {
            f.feedback.text: (f.old.outcome, f.old.findings, f.new.outcome, f.new.findings) for f, _ in seen
        } == differ
        assert all(behind for _, behind in seen)
        flips += len(seen)
    assert flips > 100


def test_whole_verdicts_know_the_ids_by_which_other_rules_choose(tmp_path: Path) -> None:
    rollout = ("rules/pack.yaml", "  - id: p.rude\n", "  - id: p.rude\n    rollout: 50\n")
    old, new = write(tmp_path / "old", [rollout]), write(tmp_path / "new", [rollout, EDITS[1][:3]])
    seen: list[Flip] = []
    file = history(tmp_path, ["order today oaf"] * 60)
    impact(old, new, [file], Options(workers=1, on=ON), on_flip=lambda flip, _: seen.append(flip))
    policy = ev.load(new, on=ON)
    whole = [policy.check(ev.Feedback("order today oaf", author="client", id=f"r{n}")).outcome for n in range(60)]
    assert {flip.id: flip.new.outcome for flip in seen} == {f"r{n}": outcome for n, outcome in enumerate(whole)}
    assert len(set(whole)) == 2


def test_workers_do_not_matter(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old"), write(tmp_path / "new", [EDITS[1][:3]])
    texts = ["order today folks", "nice work"] * 5_000
    file = history(tmp_path, texts)
    one, two = (impact(old, new, [file], Options(workers=workers, on=ON)).tally.plain() for workers in (1, 2))
    assert one == two and one["changed"] == 5_000


def test_the_same_policy_changes_nothing(tmp_path: Path) -> None:
    found, seen = compared(tmp_path, [], ["buy now"])
    assert not seen and not found.effects and not found.idle and not found.old.rules


def test_a_message_is_no_edit_of_a_verdict_and_a_broken_edit_is_refused(tmp_path: Path) -> None:
    found, seen = compared(
        tmp_path, [("rules/pack.yaml", "Leave it out.", "Please leave it out.")], ["add me on viber"]
    )
    assert not seen and [edit.unit for edit in found.idle] == [("pack", "p")]
    with pytest.raises(ev.PolicyError, match="unknown list `ap`"):
        compared(tmp_path / "x", [("rules/pack.yaml", "on {app}", "on {ap}")], ["x"])


BUDGETS = [
    ("new-flags=1", 2, True), ("new-flags=2", 2, False), ("five-star-new-flags=0", 0, False), ("1-star-nudges=0", 1, True),
    ("new-rejects=0", 0, False), ("changes=50%", 2, False), ("changes=10%", 2, True), ("client-new-flags=1", 2, True),
    ("freelancer-new-flags=0", 0, False),
]  # fmt: skip


@pytest.mark.parametrize(("written", "used", "exceeded"), BUDGETS)
def test_budgets(tmp_path: Path, written: str, used: int, exceeded: bool) -> None:
    texts = ["order today", "order today folks", "nice", "good"]
    found, _ = compared(tmp_path, [EDITS[1][:3]], texts, budgets=read_budgets([written]))
    (spent,) = found.budgets
    assert (spent.used, spent.exceeded, found.exceeded) == (used, exceeded, exceeded)


@pytest.mark.parametrize("written", ["rejects", "new-rejcts=1", "six-star-rejects=0", "new-rejects=-1", "=1"])
def test_budgets_that_mean_nothing_are_refused(written: str) -> None:
    with pytest.raises(InputError, match=r"budget|counts nothing"):
        read_budgets([written])


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    from evenhand.cli import main

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


def test_the_command_in_a_repository(tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch, snapshot: Any) -> None:
    write(tmp_path)
    file = history(tmp_path, ["order today folks", "add me on signal", "ring me", "nice work"])
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for arguments in (["init", "-q"], ["add", "policies.yaml", "rules"], ["commit", "-q", "-m", "begin"]):
        subprocess.run([*git, *arguments], check=True)
    write(tmp_path, [EDITS[1][:3], EDITS[7][:3]])
    code, out, err = run("impact", "HEAD", ".", "--on", str(file), "--workers", "1", "--flips", "flips.jsonl")
    assert (code, err) == (1, "")
    versions = [word for word in out.split() if word.startswith("(") and len(word) == 18]
    for version in versions:
        out = out.replace(version, "(VERSION)")
    snapshot("golden/impact.txt", out)
    (flip,) = map(json.loads, Path("flips.jsonl").read_text(encoding="utf-8").splitlines())
    assert flip["causes"] == ["rules/pack.yaml:23:54"] and flip["new"]["outcome"] == "nudge"
    code, out, _ = run("impact", "HEAD", ".", "--on", str(file), "--workers", "1", "--format", "github")
    first, second = out.splitlines()
    assert first.startswith("::warning file=rules/pack.yaml,line=23,")
    assert second.startswith("::notice file=HEAD%3Arules/words.yaml,line=2,")
    code, out, _ = run(
        "impact", "HEAD", ".", "--on", str(file), "--workers", "1", "--budget", "new-flags=1", "--format", "json"
    )
    assert code == 0 and json.loads(out)["counts"]["directions"] == {"allow to nudge": 1}
    code, out, _ = run(
        "impact", "HEAD", ".", "--on", str(file), "--workers", "1", "--budget", "new-flags=0", "--format", "html"
    )
    assert code == 1 and "over budget new-flags=0: 1 of 0" in out and "<mark>order today</mark>" in out


WRONG = [
    (["nowhere", "."], "no file, no folder and no git revision"),
    ([".", "."], "cannot be read"),
]


@pytest.mark.parametrize(("names", "says"), WRONG)
def test_wrong_use(tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch, names: list[str], says: str) -> None:
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, _, err = run("impact", *names, "--on", str(history(tmp_path, ["x"]) if "no git" in says else "absent.jsonl"))
    assert code == 2 and says in err and "Traceback" not in err
