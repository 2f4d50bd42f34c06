"""The fast engine against the slow, obvious one; and the laws that hold for every finding."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import evenhand as ev
import reference
from strategies import CODES, SHORTHAND, sentences, texts

ENGINE_POLICY = Path(__file__).parent / "policies" / "engine" / "policies.yaml"
PARTIES = (None, ev.Party(name="John Smith", email="john.smith@gmail.com", phone="+1 503 555 0121"))
FEEDBACK = st.builds(
    ev.Feedback,
    text=texts(),
    author=st.sampled_from([None, "client", "freelancer"]),
    locale=st.sampled_from(["en", "es", "es-MX"]),
    counterparty=st.sampled_from(PARTIES),
)


@pytest.fixture(scope="module")
def engine() -> ev.Policy:
    return ev.load(ENGINE_POLICY)


ENGINE = ev.load(ENGINE_POLICY)


OTHERS = [
    st.builds(ev.Feedback, text=texts(more), counterparty=st.sampled_from(PARTIES)) for more in (SHORTHAND, CODES)
]


@given(st.one_of(FEEDBACK, *OTHERS))
@settings(max_examples=400)
@example(ev.Feedback("fuuuck f u c k fcuk f*ck fu ck piece, of shit"))
@example(ev.Feedback("find me on tele gram. Telegram bot, call telegram"))
@example(ev.Feedback("a" * 70 + " " + "five stars " * 20))
@example(ev.Feedback("add me on te1egram", counterparty=PARTIES[1]))
@example(ev.Feedback("read it backwards: margelet no em dda, shpx"))
@example(ev.Feedback("gonna pay u 4 u rvw me plz 5* rvw n u, r u"))
@example(ev.Feedback("gonna text u on telegram. SIZE 4 U BOLTS rvw. a U rvw"))
@example(ev.Feedback("5  ⭐ review 4-u, uि rvw me"))
def test_fast_engine_equals_the_reference(feedback: ev.Feedback) -> None:
    verdict = ENGINE.check(feedback)
    found = sorted((f.rule, f.start, f.end) for f in verdict.findings)
    assert found == reference.findings(ENGINE.compiled, feedback)


@given(sentences())
@settings(max_examples=400)
@example("Pay. Me on. A feedback")
@example("stars five a b c me x a")
def test_parts_in_reach_of_each_other(text: str) -> None:
    """Where few words of many sentences decide, none may be ruled out that the slow engine finds."""
    found = sorted((f.rule, f.start, f.end) for f in ENGINE.check(text).findings)
    assert found == reference.findings(ENGINE.compiled, ev.Feedback(text))


@given(st.one_of(FEEDBACK, *OTHERS))
def test_every_finding_maps_back(feedback: ev.Feedback) -> None:
    for finding in ENGINE.check(feedback).findings:
        assert feedback.text[finding.start : finding.end] == finding.text
        assert finding.start < finding.end
        assert finding.why


@given(texts(), texts())
def test_verdicts_do_not_depend_on_what_was_checked_before(first: str, second: str) -> None:
    alone = ENGINE.check(second)
    ENGINE.check(first)
    assert ENGINE.check(second) == alone == ENGINE.check(ev.Feedback(second))


def test_threads_agree(engine: ev.Policy) -> None:
    samples = [f"text me on telegram {n} fuuuck {n} sh1t" for n in range(200)]
    expected = [engine.check(text) for text in samples]
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(text for text, verdict in zip(samples, expected, strict=True) if engine.check(text) != verdict)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.slow
def test_cache_is_used_and_rebuilt_when_damaged(tmp_path: Path) -> None:
    text = "text me on telegram"
    cold = ev.load(ENGINE_POLICY, cache=tmp_path)
    (file,) = tmp_path.glob("*.policy")
    content = file.read_bytes()
    assert ev.load(ENGINE_POLICY, cache=tmp_path).check(text) == cold.check(text)
    middle = len(content) - 2_000  # of the database that comes last
    garbled = content[:middle] + b"garbage" + content[middle + 7 :]
    late = int.from_bytes(content[4:8], "big") + 500  # in the databases that are loaded late
    unread = content[:late] + b"garbage" + content[late + 7 :]
    for damage in (b"", content[:100], content[:-7] + b"garbage", b"\0" * len(content), garbled, unread):
        file.write_bytes(damage)
        assert ev.load(ENGINE_POLICY, cache=tmp_path).check(text) == cold.check(text)
        assert file.read_bytes() == content


def test_foreign_database_is_rebuilt(tmp_path: Path) -> None:
    from evenhand.cache import read_cache, write_cache

    ev.load(ENGINE_POLICY, cache=tmp_path)
    (file,) = tmp_path.glob("*.policy")
    cached = read_cache(file)
    assert cached is not None
    cached.artifact["databases"][-1] = b"made on another machine"
    write_cache(file, cached.artifact)
    assert ev.load(ENGINE_POLICY, cache=tmp_path).check("text me on telegram").findings


def test_unwritable_cache_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert ev.load(ENGINE_POLICY, cache=blocked / "below").check("text me on telegram").findings


def test_version_is_that_of_the_content(engine: ev.Policy, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for file in ENGINE_POLICY.parent.rglob("*.*"):
        target = copy / file.relative_to(ENGINE_POLICY.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    assert ev.load(copy).version == engine.version
    rules = copy / "rules" / "pack.yaml"
    rules.write_text(rules.read_text().replace("never ..3 hire", "never ..4 hire"))
    assert ev.load(copy).version != engine.version


def test_exceptions_excuse_until_they_expire(tmp_path: Path) -> None:
    copy = tmp_path
    for file in ENGINE_POLICY.parent.rglob("*.*"):
        target = copy / file.relative_to(ENGINE_POLICY.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    (copy / "policies.yaml").write_text(
        (copy / "policies.yaml").read_text()
        + """
exceptions:
  - id: telegram-campaign
    owner: trust@marketplace.example
    reason: the contracts of this campaign are about the messenger itself
    expires: 2027-01-31
    rules: [e.list]
    find: {phrase: "telegram campaign"}
    test: our telegram campaign
"""
    )
    text = "our telegram campaign"

    def rules(on: date) -> set[str]:
        return {finding.rule for finding in ev.load(copy, on=on).check(text).findings}

    assert "e.list" not in rules(date(2027, 1, 31))
    assert "e.list" in rules(date(2027, 2, 1))
