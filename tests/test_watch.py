"""A policy that follows its files: edits, bad edits, days, threads."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

import evenhand as ev
from evenhand.watched import Watched

SMALL = Path(__file__).parent / "policies" / "small"
BOTH = "telegram or whatsapp, idiot"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    shutil.copytree(SMALL, tmp_path / "policy")
    return tmp_path / "policy" / "policies.yaml"


@pytest.fixture
def watched(file: Path) -> Iterator[Watched]:
    with ev.watch(file, every=None) as watched:
        yield watched


def _edit(file: Path, old: str, new: str) -> None:
    """Replaces the pack as a whole, as editors do."""
    pack = file.parent / "rules" / "pack.yaml"
    part = pack.with_suffix(".part")
    part.write_text(pack.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    os.replace(part, pack)


def _until(true: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if true():
            return
        time.sleep(0.005)
    pytest.fail("nothing happened")


def test_an_edit_of_an_included_file_is_put_in_force(file: Path, watched: Watched) -> None:
    before = watched.policy
    assert not watched.reload() and watched.policy is before
    _edit(file, "telegram", "whatsapp")
    assert watched.check("telegram").findings and not watched.check("whatsapp").findings
    assert watched.reload()
    assert watched.check("whatsapp").findings and not watched.check("telegram").findings
    assert watched.check("fine").policy_version == watched.policy.version != before.version


def test_an_edit_that_changes_no_verdict_is_no_other_policy(file: Path, watched: Watched) -> None:
    _edit(file, "pack: small", "# a remark\npack: small")
    assert not watched.reload()


def test_a_bad_edit_leaves_in_force_what_was_and_tells_every_problem(file: Path) -> None:
    told: list[Sequence[ev.Problem]] = []
    with ev.watch(file, every=None, on_problems=told.append) as watched:
        before = watched.policy
        _edit(file, "{terms: [idiot]}", "{phrases: [idiot]}")
        _edit(file, "{terms: [telegram]}", "{termz: [telegram]}")
        assert not watched.reload() and not watched.reload()
        assert watched.policy is before and watched.check("telegram").findings
        assert len(told) == 1 and told[0] == watched.problems
        assert {"phrases" in str(each) or "termz" in str(each) for each in watched.problems} == {True}
        assert len(watched.problems) == 2
        _edit(file, "termz", "terms")
        _edit(file, "phrases", "terms")
        assert not watched.reload() and not watched.problems


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"policy: [", b"policy: x\npolicy: y\n", None])
def test_no_content_of_the_file_ends_the_watch(file: Path, watched: Watched, content: bytes | None) -> None:
    good = file.read_bytes()
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    assert not watched.reload() and watched.problems
    assert watched.check("telegram").findings
    file.write_bytes(good)
    assert not watched.reload() and not watched.problems


def test_two_bad_edits_in_a_row_are_two(file: Path) -> None:
    told: list[Sequence[ev.Problem]] = []
    with ev.watch(file, every=None, on_problems=told.append) as watched:
        for bad in ("policy: [", "policy: [a"):
            file.write_text(bad, encoding="utf-8")
            watched.reload()
    assert len(told) == 2


def test_a_failure_that_passes_by_itself_is_told_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Sequence[ev.Problem]] = []

    def fail(path: object) -> ev.Policy:
        raise OSError("no space left")

    with ev.watch(file, every=None, on_problems=told.append) as watched:
        _edit(file, "telegram", "whatsapp")
        with monkeypatch.context() as patch:
            patch.setattr("evenhand.watched.load", fail)
            assert not watched.reload() and not watched.reload()
        assert len(told) == 1 and "no space left" in str(told[0][0])
        assert watched.reload() and watched.check("whatsapp").findings and not watched.problems


def test_what_listens_may_fail(file: Path) -> None:
    def fail(problems: Sequence[ev.Problem]) -> None:
        raise RuntimeError("no")

    with ev.watch(file, every=None, on_problems=fail) as watched:
        file.write_text("policy: [", encoding="utf-8")
        assert not watched.reload() and watched.problems


def test_the_thread_notices_and_ends(file: Path) -> None:
    with ev.watch(file, every=0.005) as watched:
        _edit(file, "telegram", "whatsapp")
        _until(lambda: bool(watched.check("whatsapp").findings))
        _edit(file, "{terms: [whatsapp]}", "{termz: [whatsapp]}")
        _until(lambda: bool(watched.problems))
        assert watched.check("whatsapp").findings
    _until(lambda: not _watching())
    dropped = ev.watch(SMALL, every=0.005)
    assert _watching()
    del dropped
    gc.collect()
    _until(lambda: not _watching())


def _watching() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "evenhand watch"]


def test_a_new_day_is_an_edit(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Tomorrow:
            return cls(2999, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("evenhand.watched.datetime", Tomorrow)
    monkeypatch.setattr("evenhand.policy.datetime", Tomorrow)
    before = watched.policy
    assert watched.reload() and watched.policy.compiled.on.year == 2999
    assert watched.policy.version == before.version


def test_admit_is_forwarded(watched: Watched) -> None:
    ended = datetime(2026, 3, 1, 15, tzinfo=UTC)
    contract = ev.Contract(id="c", client="a", freelancer="b", ended_at=ended)
    feedback = ev.Feedback("on telegram", author="client", contract=contract)
    admission = watched.admit(feedback, now=ended.replace(day=2))
    assert admission.ruling.allowed and not admission.accepted


@pytest.mark.parametrize("every", [0, -1.0, float("nan")])
def test_no_pause_is_refused(every: float) -> None:
    with pytest.raises(ev.InputError, match="pass seconds above 0"):
        ev.watch(SMALL, every=every)


def test_a_policy_that_never_loaded_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ev.PolicyError, match="no such file"):
        ev.watch(tmp_path / "policies.yaml")


@pytest.mark.slow
def test_sixteen_threads_through_a_thousand_reloads(file: Path) -> None:
    """Every verdict names the version it is by, and holds the findings of that version and no other."""
    with ev.watch(file, every=None) as watched:
        expected = {}
        for old, new in (("telegram", "whatsapp"), ("whatsapp", "telegram")):
            expected[watched.policy.version] = watched.check(BOTH)
            _edit(file, old, new)
            watched.reload()
        assert len(expected) == 2
        stop = threading.Event()
        wrong: list[object] = []
        seen: list[set[str]] = []

        def check() -> None:
            mine: set[str] = set()
            seen.append(mine)
            while not stop.wait(0.005):
                try:
                    verdict = watched.check(BOTH)
                    mine.add(verdict.policy_version)
                    if verdict != expected[verdict.policy_version]:
                        wrong.append(verdict)
                except Exception as error:
                    wrong.append(error)

        threads = [threading.Thread(target=check) for _ in range(16)]
        for thread in threads:
            thread.start()
        replaced = 0
        for number in range(1_000):
            _edit(file, *(("telegram", "whatsapp") if number % 2 == 0 else ("whatsapp", "telegram")))
            replaced += watched.reload()
        stop.set()
        for thread in threads:
            thread.join()
    assert replaced == 1_000
    assert not wrong
    assert set().union(*seen) == expected.keys()


FORKED = """
import os, sys, time, pathlib
import evenhand as ev
watched = ev.watch(sys.argv[1], every=0.01)
if (child := os.fork()) == 0:
    pack = pathlib.Path(sys.argv[1]).parent / "rules" / "pack.yaml"
    pack.write_text(pack.read_text().replace("telegram", "whatsapp"))
    for _ in range(1000):
        if watched.check("whatsapp").findings:
            os._exit(0)
        time.sleep(0.01)
    os._exit(1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
def test_a_fork_goes_on_watching(file: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", FORKED, str(file)], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
