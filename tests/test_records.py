"""Records of decisions: what a line holds, the chain, what verify finds, what replay names, the reasons for the author."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import evenhand as ev
from evenhand.cli import main
from evenhand.reasons import read_sentences
from evenhand.records import (
    JsonlSink,
    Record,
    Recorder,
    Ruled,
    input_digest,
    record_of,
    replay,
    sealed,
    verify,
    verify_lines,
)
from evenhand.records.metrics import MeteredSink
from evenhand.records.record import START, canonical, chain_hash

SMALL = Path(__file__).parent / "policies" / "small"
SALT, KEY = b"a salt of sixteen", b"a key of sixteen b"
RECORDER: Any = Recorder  # for wrong use
AT = datetime(2026, 11, 5, 12, 30, tzinfo=UTC)
TEXTS = {"1": "Great work.", "2": "Add me on telegram, lazy idiot.", "3": "The secret passphrase is swordfish."}


@pytest.fixture(scope="module")
def small() -> ev.Policy:
    return ev.load(SMALL)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(["records", *map(str, arguments)])
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


class Kept:
    """A sink that keeps records as they are."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def append(self, record: Record) -> None:
        self.records.append(record)


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_bytes().splitlines()]


def _record(id: str = "1") -> Record:
    found = (Ruled("small.rude", "abuse", 3, 8, "reject"),)
    return Record(
        id, AT, "reject", found, (), {"name": "n", "version": "v", "day": "2026-11-05"}, "e", {"regex": "1"}, "00", 0.5
    )


# --- what a record holds --------------------------------------------------------------------------------------------


def test_a_line_holds_the_decision_and_nothing_of_the_text(small: ev.Policy, tmp_path: Path) -> None:
    recorder = Recorder(small, JsonlSink(tmp_path, key=KEY), SALT)
    party = ev.Party(name="Swordfish Ltd", email="sword@fish.example")
    for id, text in TEXTS.items():
        verdict = recorder.check(ev.Feedback(text, counterparty=party), id=id, at=AT)
        assert verdict == small.check(ev.Feedback(text, counterparty=party))
    first, second, _ = _lines(tmp_path)
    assert first["outcome"] == "allow" and first["previous"] == START and first["seq"] == 1 and not first["findings"]
    assert second["previous"] == first["hash"] and second["seal"] == "hmac-sha256"
    assert second["at"] == "2026-11-05T12:30:00.000000Z"
    assert second["findings"] == [
        {"rule": "small.messenger", "category": "contact", "start": 10, "end": 18, "outcome": "reject"},
        {"rule": "small.rude", "category": "abuse", "start": 25, "end": 30, "outcome": "reject"},
    ]
    assert [each["rule"] for each in second["shadow"]] == ["small.trial"]
    assert second["policy"]["version"] == small.version and second["ms"] > 0
    assert {
        "phonenumbers",
        "regex",
        "hyperscan",
        "publicsuffixlist",
        "python-stdnum",
        "better-profanity",
        "unicode",
    } <= {*second["versions"]}
    written = (tmp_path / "records-000001.jsonl").read_text(encoding="utf-8").lower()
    assert not [each for each in ("telegram", "idiot,", "lazy", "swordfish", "sword@", "great work") if each in written]


def test_an_admission_says_what_the_gate_said(small: ev.Policy) -> None:
    kept = Kept()
    contract = ev.Contract(id="c", client="a", freelancer="b", ended_at=AT)
    feedback = ev.Feedback("on telegram", author="client", contract=contract)
    late = AT.replace(month=12)
    admission = Recorder(small, kept, SALT).admit(feedback, id=7, now=late)
    (record,) = kept.records
    assert (record.id, record.at, record.outcome, record.gate) == ("7", late, "reject", admission.ruling.reason)
    assert [each.rule for each in record.findings] == ["small.messenger"]


def test_a_watched_policy_is_recorded_by_the_version_in_force() -> None:
    kept = Kept()
    with ev.watch(SMALL, every=None) as watched:
        Recorder(watched, kept, SALT).check("fine", id=1, at=AT)
        assert kept.records[0].policy["version"] == watched.policy.version


CHANGED = {
    "text": ev.Feedback("text "),
    "author": ev.Feedback("text", author="client"),
    "rating": ev.Feedback("text", rating=1),
    "locale": ev.Feedback("text", locale="es"),
    "title": ev.Feedback("text", contract=ev.Contract(title="t")),
    "counterparty": ev.Feedback("text", counterparty=ev.Party(name="t")),
    "counterparty's field": ev.Feedback("text", counterparty=ev.Party(company="t")),
    "known": ev.Feedback("text", known=["t"]),
}


def test_the_digest_covers_every_fact_and_the_salt() -> None:
    digests = [input_digest(feedback, SALT) for feedback in CHANGED.values()]
    digests += [input_digest("text", SALT), input_digest("text", SALT + b"!")]
    assert len(set(digests)) == len(digests)
    assert input_digest("text", SALT) == input_digest(ev.Feedback("text"), SALT.decode())


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda policy: RECORDER(policy, Kept(), "short"), "16 bytes or more"),
        (lambda policy: RECORDER(policy, Kept(), 17), "16 bytes or more"),
        (lambda policy: RECORDER("policy", Kept(), SALT), r"evenhand\.load"),
        (lambda policy: RECORDER(policy, Kept(), SALT).check("x", id=""), "id under which"),
        (lambda policy: RECORDER(policy, Kept(), SALT).check("x", id=None), "id under which"),
        (lambda policy: RECORDER(policy, Kept(), SALT).check("x", id="\ud800"), "lone surrogate"),
        (lambda policy: RECORDER(policy, Kept(), SALT).check("x", id=1, at=AT.replace(tzinfo=None)), "offset"),
        (lambda policy: RECORDER(policy, Kept(), SALT).check(b"x", id=1), "pass a `str`"),
        (lambda policy: JsonlSink("/dev/null/x"), "not a directory"),
        (lambda policy: JsonlSink("x", max_bytes=0), "`max_bytes` is 0"),
        (lambda policy: JsonlSink("x", key=b""), "`key` is too short"),
    ],
)
def test_wrong_use_is_told(small: ev.Policy, call: Callable[[Any], object], says: str) -> None:
    with pytest.raises(ev.InputError, match=says):
        call(small)


def test_no_record_no_verdict(small: ev.Policy) -> None:
    class Full:
        def append(self, record: Record) -> None:
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        Recorder(small, Full(), SALT).check("fine", id=1)


# --- the chain on disk ----------------------------------------------------------------------------------------------


def test_segments_turn_over_and_the_chain_goes_on(tmp_path: Path) -> None:
    for number in range(20):  # a sink each, as processes that start anew have
        JsonlSink(tmp_path, max_bytes=1_500, head_file=tmp_path / "head").append(_record(str(number)))
    sizes = [file.stat().st_size for file in tmp_path.glob("*.jsonl")]
    assert len(sizes) > 4 and max(sizes) <= 1_500
    found = verify(tmp_path)
    assert not found.problems and not found.remarks and found.records == found.seq == 20
    assert json.loads((tmp_path / "head").read_bytes()) == {"hash": found.head, "seq": 20}


def test_every_torn_end_loses_one_record_and_no_more(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    sink = JsonlSink(whole, sync=False)
    for number in range(3):
        sink.append(_record(str(number)))
    content = (whole / "records-000001.jsonl").read_bytes()
    start = content.rindex(b"\n", 0, -1) + 1
    file = tmp_path / "torn" / "records-000001.jsonl"
    file.parent.mkdir()
    for end in [*range(start + 1, len(content), 37), len(content) - 1]:
        file.write_bytes(content[:end])
        found = verify(file.parent)
        assert not found.problems and found.records == 2 and "not written to its end" in str(found.remarks[0])
        JsonlSink(file.parent, sync=False).append(_record("new"))
        found = verify(file.parent)
        assert not found.problems and found.records == 3 and "set aside" in str(found.remarks[0])
        torn = file.with_suffix(".torn")
        assert torn.read_bytes() == content[start:end] + b"\n"
        torn.unlink()


RECORDING = """
from datetime import UTC, datetime
from evenhand.records import JsonlSink, Record
def _record(id):
    policy = {"name": "n", "version": "v", "day": "2026-11-05"}
    return Record(id, datetime.now(UTC), "allow", (), (), policy, "e", {"regex": "1"}, "00", 0.5)
"""
WRITER = """
import os, signal, sys
from evenhand.records import journal
folder, key, name, many, how = sys.argv[1:]
many = int(many)
sink = JsonlSink(folder, key=key, max_bytes=4000, sync=how == "sync")
for number in range(many or 1 << 30):
    if how == "tear" and number == 3:
        write = os.write
        def tear(opened, line):
            write(opened, line[: len(line) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        journal.os.write = tear
    sink.append(_record(f"{name} {number}"))
    print(f"{name} {number}", flush=True)
"""


def _writer(folder: Path, name: str, many: int, how: str = "sync") -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", RECORDING + WRITER, str(folder), KEY.decode(), name, str(many), how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)


def test_kill_9_in_the_middle_of_a_write(tmp_path: Path) -> None:
    with _writer(tmp_path, "torn", 0, "tear") as writer:
        assert writer.stdout
        told = writer.stdout.read().splitlines()
    assert writer.returncode == -signal.SIGKILL
    found = verify(tmp_path, key=KEY)
    assert not found.problems and len(found.remarks) == 1
    assert [each["id"] for each in _whole_lines(tmp_path)] == told == ["torn 0", "torn 1", "torn 2"]
    with _writer(tmp_path, "next", 2) as writer:
        writer.wait()
    found = verify(tmp_path, key=KEY)
    assert not found.problems and found.records == 5


def test_kill_9_at_any_time_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    with _writer(tmp_path, "a", 0) as first, _writer(tmp_path, "b", 0) as second:
        told: list[str] = []
        for writer in (first, second):
            assert writer.stdout
            told += [writer.stdout.readline().strip() for _ in range(25)]
            writer.kill()
            told += [line.strip() for line in writer.stdout if line.endswith("\n")]
    found = verify(tmp_path, key=KEY)
    assert not found.problems
    assert {each["id"] for each in _whole_lines(tmp_path)} >= set(told) and len(told) >= 50


def _whole_lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines(True) if line.endswith(b"\n")]


def test_processes_and_threads_write_one_chain(tmp_path: Path) -> None:
    sink = JsonlSink(tmp_path, key=KEY, max_bytes=4_000, sync=False)

    def write(name: str) -> None:
        for number in range(60):
            sink.append(_record(f"{name} {number}"))

    writers = [_writer(tmp_path, name, 60, "fast") for name in "abc"]
    for each in writers:
        assert each.stdout and each.stdout.readline()
    threads = [threading.Thread(target=write, args=(name,)) for name in "de"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in writers:
        each.communicate()
        assert each.returncode == 0
    found = verify(tmp_path, key=KEY, count=300)
    assert not found.problems and not found.remarks and found.records == 300
    names = Counter(each["id"] for each in _lines(tmp_path))
    assert set(names.values()) == {1}
    for name in "abcde":  # each writer's own order is kept
        own = [int(id.split()[1]) for id in names if id.startswith(name)]
        assert own == sorted(own)


FORKED = """
import os, sys, threading
sink = JsonlSink(sys.argv[1], key=sys.argv[2], sync=False)
stop = threading.Event()
def write():
    while not stop.is_set():
        sink.append(_record("parent"))
thread = threading.Thread(target=write)
thread.start()
children = []
for name in range(10):
    if (child := os.fork()) == 0:
        for number in range(10):
            sink.append(_record(f"child {name} {number}"))
        os._exit(0)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
stop.set()
thread.join()
sys.exit(any(codes))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
def test_a_sink_may_be_made_before_a_fork(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", RECORDING + FORKED, str(tmp_path), KEY.decode()]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not verify(tmp_path, key=KEY).problems
    assert sum(each["id"].startswith("child") for each in _lines(tmp_path)) == 100


def test_a_folder_whose_end_is_no_record_takes_no_more(tmp_path: Path) -> None:
    (tmp_path / "records-000001.jsonl").write_bytes(b"garbage\n")
    with pytest.raises(ev.InputError, match="is no record"):
        JsonlSink(tmp_path).append(_record())


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = JsonlSink(tmp_path)
    sink.append(_record("1"))
    write = os.write

    def fill(opened: int, line: bytes) -> int:
        if len(line) > 100:
            return write(opened, line[:100])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("evenhand.records.journal.os.write", lambda opened, line: fill(opened, line[:150]))
        with pytest.raises(ev.InputError, match="no space left on device"):
            sink.append(_record("2"))
    sink.append(_record("3"))
    assert [each["id"] for each in _lines(tmp_path)] == ["1", "3"]
    assert not verify(tmp_path).problems and not verify(tmp_path).remarks


# --- attacks --------------------------------------------------------------------------------------------------------

Files = dict[str, bytes]


def _at(dice: random.Random, files: Files) -> tuple[str, list[bytes], int]:
    name = dice.choice(sorted(files))
    lines = files[name].splitlines(True)
    return name, lines, dice.randrange(len(lines))


def _flip(dice: random.Random, files: Files) -> None:
    name = dice.choice(sorted(files))
    content = bytearray(files[name])
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    files[name] = bytes(content)


def _delete(dice: random.Random, files: Files) -> None:
    name, lines, at = _at(dice, files)
    files[name] = b"".join([*lines[:at], *lines[at + 1 :]])


def _swap(dice: random.Random, files: Files) -> None:
    (one, first, at), (other, second, to) = _at(dice, files), _at(dice, files)
    if one == other:
        second = first
    if (one, at) == (other, to):
        to = (to + 1) % len(second)
    first[at], second[to] = second[to], first[at]
    files[one], files[other] = b"".join(first), b"".join(second)


def _double(dice: random.Random, files: Files) -> None:
    _, lines, at = _at(dice, files)
    name, target, to = _at(dice, files)
    target.insert(to + dice.randrange(2), lines[at])
    files[name] = b"".join(target)


def _forge(dice: random.Random, files: Files) -> None:
    """Changes a record or puts one in, with a hash made without the key (or the right one, where there is none)."""
    name, lines, at = _at(dice, files)
    linked = {**json.loads(lines[at]), "outcome": "allow", "findings": []}
    seal = dice.choice(["sha256", "hmac-sha256"])
    linked["seal"] = seal
    linked["hash"] = chain_hash(linked, None if seal == "sha256" else b"another key of the forger")
    lines[at : at + dice.randrange(2)] = [canonical(linked) + b"\n"]
    files[name] = b"".join(lines)


def _rebuild(dice: random.Random, files: Files) -> None:
    """Changes a record and makes all hashes behind it anew, without the key."""
    target = dice.randrange(sum(content.count(b"\n") for content in files.values()))
    previous, seen = START, 0
    for name in sorted(files):
        made = []
        for line in files[name].splitlines():
            linked = {**json.loads(line), "previous": previous, "seal": "sha256"}
            if seen == target:
                linked["outcome"] = "nudge"
            linked["hash"] = previous = chain_hash(linked, None)
            made.append(canonical(linked) + b"\n")
            seen += 1
        files[name] = b"".join(made)


def _cut(dice: random.Random, files: Files) -> None:
    name = dice.choice(sorted(files))
    files[name] = files[name][: dice.randrange(len(files[name]))]


def _drop(dice: random.Random, files: Files) -> None:
    del files[dice.choice(sorted(files))]


def _rename(dice: random.Random, files: Files) -> None:
    name = dice.choice(sorted(files))
    free = [f"records-{number:06}.jsonl" for number in range(12)] + ["records-000003.bak", "old.jsonl"]
    other = dice.choice([each for each in free if each not in files])
    files[other] = files.pop(name)


ATTACKS = (_flip, _delete, _swap, _double, _forge, _rebuild, _cut, _drop, _rename)


@pytest.fixture(scope="module", params=[None, KEY], ids=["plain", "keyed"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Files, Any]]:
    folder = tmp_path_factory.mktemp("written")
    sink = JsonlSink(folder, key=request.param, max_bytes=3_000, sync=False)
    for number in range(24):
        sink.append(_record(str(number)))
    files = {file.name: file.read_bytes() for file in folder.glob("*.jsonl")}
    assert len(files) >= 4
    yield files, request.param


def test_a_thousand_attacks_are_found_out(written: tuple[Files, Any], tmp_path: Path) -> None:
    """500 on records with a key and 500 on records without one; the head was noted elsewhere."""
    files, key = written
    folder = tmp_path / "attacked"
    head = json.loads(files[max(files)].splitlines()[-1])["hash"]
    dice = random.Random(20261105)
    missed = []
    for number in range(-1, 500):
        attack = ATTACKS[number % len(ATTACKS)]
        attacked = dict(files)
        if number >= 0:
            attack(dice, attacked)
            assert attacked != files, attack.__name__
        _place(folder, attacked)
        if bool(verify(folder, key=key, head=head).problems) != (number >= 0):
            missed.append((number, attack.__name__))
    assert not missed


def test_attacks_before_the_end_are_found_out_without_a_head(written: tuple[Files, Any], tmp_path: Path) -> None:
    files, key = written
    dice = random.Random(20261106)
    last = max(files)
    missed = []
    for number in range(200):
        attack = (_flip, _delete, _swap, _cut, _drop)[number % 5]
        attacked = {name: content for name, content in files.items() if name != last}
        attack(dice, attacked)
        _place(tmp_path / "attacked", {**attacked, last: files[last]})
        if not verify(tmp_path / "attacked", key=key).problems:
            missed.append((number, attack.__name__))
    assert not missed


def _place(folder: Path, files: Files) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def test_verify_names_the_line_and_what_is_wrong(written: tuple[Files, Any], tmp_path: Path) -> None:
    files, key = written
    first = "records-000001.jsonl"
    lines = files[first].splitlines(True)
    swapped = lines[1].replace(b'"outcome":"reject","policy"', b'"outcome":"allow","policy"')
    for changed, place, says in (
        ([lines[0], swapped, *lines[2:]], ":2:1", "the hash of record 2 does not fit what it says"),
        ([lines[0], *lines[2:]], ":2:1", "record 2 is missing before record 3"),
        ([lines[0], *lines], ":2:1", "record 1 stands behind record 1"),
        ([lines[0], b"{}\n", *lines[1:]], ":2:1", "this line is no record"),
    ):
        _place(tmp_path / "x", {**files, first: b"".join(changed)})
        problems = verify(tmp_path / "x", key=key).problems
        assert len(problems) == 1
        assert str(problems[0]).startswith(f"{tmp_path / 'x' / first}{place}: {says}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"id":', b'"id": '),
        (b'"id":', b'"id":"9","id":'),
        (b"small", b"\\u0073mall"),
        (b"0.5", b"5e-1"),
        (b"}\n", b"}\r\n"),
    ],
)
def test_the_same_in_other_bytes_is_a_change(
    written: tuple[Files, Any], tmp_path: Path, old: bytes, new: bytes
) -> None:
    files, key = written
    first = "records-000001.jsonl"
    assert json.loads(files[first].splitlines()[0]) == json.loads(files[first].replace(old, new, 1).splitlines()[0])
    _place(tmp_path / "x", {**files, first: files[first].replace(old, new, 1)})
    assert "is no record as evenhand writes them" in str(verify(tmp_path / "x", key=key).problems[0])


ODD: list[object] = [None, True, -1, 0, 1e308, "x", "\ud800", [], {}, [1], [{"rule": 1}], 10**400]


def test_nothing_a_forger_makes_up_ends_in_a_traceback(small: ev.Policy, tmp_path: Path) -> None:
    """Without a key anybody can make hashes that fit, around any value."""
    file = tmp_path / "records-000001.jsonl"
    whole = sealed(_record(), seq=1, previous=START)
    inner = [("policy", name) for name in whole["policy"]] + [("versions", "regex")]
    inner += [("findings", name) for name in whole["findings"][0]]
    for path in [*((name, None) for name in whole), *inner]:
        for odd in ODD:
            forged = json.loads(canonical(whole))
            if path[1] is None:
                forged[path[0]] = odd
            else:
                (forged[path[0]][0] if path[0] == "findings" else forged[path[0]])[path[1]] = odd
            forged = {**forged, "hash": chain_hash(forged, None)} if path[0] != "hash" else forged
            file.write_bytes(canonical(forged) + b"\n")
            if not verify(tmp_path).problems:
                replay(tmp_path, _rows(_texts(tmp_path)), lambda day: small, salt=SALT)
    for raw in (b"[" * 100_000, b"", b"null", b"\xff", b"\0" * 100, b'{"a":NaN}', b"1" * 5_000):
        file.write_bytes(raw + b"\n")
        assert verify(tmp_path).problems


def test_a_cut_at_the_end_shows_against_head_or_count(written: tuple[Files, Any], tmp_path: Path) -> None:
    files, key = written
    last = max(files)
    lines = files[last].splitlines(True)
    head = json.loads(lines[-1])["hash"]
    _place(tmp_path / "x", {**files, last: b"".join(lines[:-1])})
    assert not verify(tmp_path / "x", key=key).problems
    assert "no record has the hash" in str(verify(tmp_path / "x", key=key, head=head).problems[0])
    assert "there are 23 records, not 24" in str(verify(tmp_path / "x", key=key, count=24).problems[0])


def test_old_segments_may_be_removed_on_purpose(written: tuple[Files, Any], tmp_path: Path) -> None:
    files, key = written
    removed, *kept = sorted(files)
    after = json.loads(files[removed].splitlines()[-1])["hash"]
    _place(tmp_path / "x", {name: files[name] for name in kept})
    assert "`records-000001.jsonl` is missing" in str(verify(tmp_path / "x", key=key).problems)
    assert not verify(tmp_path / "x", key=key, after=after).problems
    assert verify(tmp_path / "x", key=key, after=START).problems
    _place(tmp_path / "x", {name: files[name] for name in kept[1:]})
    assert verify(tmp_path / "x", key=key, after=after).problems


# --- the command line -----------------------------------------------------------------------------------------------


def test_verify_command(run: Any, tmp_path: Path) -> None:
    folder, key, head = tmp_path / "records", tmp_path / "key", tmp_path / "head"
    key.write_bytes(KEY + b"\n")
    sink = JsonlSink(folder, key=KEY, head_file=head)
    for number in range(3):
        sink.append(_record(str(number)))
    code, out, err = run("verify", folder, "--key-file", key, "--head-file", head, "--count", 3)
    assert (code, err) == (0, "") and out.startswith("3 records: all as they were written   head: ")
    assert run("verify", folder)[0] == 1
    assert "sealed with a key" in run("verify", folder)[1]
    file = folder / "records-000001.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"id":"1"', b'"id":"9"'))
    code, out, _ = run("verify", folder, "--key-file", key)
    assert code == 1 and f"{file}:2:1: the hash of record 2 does not fit" in out
    for form in ("json", "jsonl", "sarif", "junit", "github"):
        code, out, _ = run("verify", folder, "--key-file", key, "--format", form)
        assert code == 1 and "the hash of record 2 does not fit" in out


def test_wrong_use_of_the_commands_is_told(run: Any, tmp_path: Path) -> None:
    for arguments, says in (
        (("verify", tmp_path / "none"), "no such file"),
        (("verify", tmp_path), "holds no records"),
        (("verify", tmp_path, "--key-file", tmp_path / "none"), "cannot be read"),
        (("verify", tmp_path, "--head", "a", "--head-file", "b"), "give one of them"),
        (("replay", tmp_path), "--texts"),
    ):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "") and says in err and "Traceback" not in err


def _recorded(by: ev.Policy, folder: Path, **changes: Any) -> None:
    sink = JsonlSink(folder, sync=False)
    for id, text in TEXTS.items():
        feedback = ev.Feedback(text)
        sink.append(replace(record_of(by, feedback, by.check(feedback), id=id, at=AT, salt=SALT), **changes))


def _texts(folder: Path, **texts: str) -> Path:
    file = folder / "texts.jsonl"
    rows = {**TEXTS, **{id.removeprefix("id"): text for id, text in texts.items()}}
    file.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in rows.items()), encoding="utf-8")
    return file


def test_replay_command(run: Any, small: ev.Policy, tmp_path: Path) -> None:
    folder, salt = tmp_path / "records", tmp_path / "salt"
    salt.write_bytes(SALT)
    _recorded(small, folder)
    texts = _texts(tmp_path)
    common = (folder, "--salt-file", salt, "--texts", texts, "--policy")
    assert run("replay", *common, SMALL)[:2] == (0, "3 judged again: 0 differences\n")
    other = tmp_path / "policy"
    shutil.copytree(SMALL, other)
    pack = other / "rules" / "pack.yaml"
    pack.write_text(pack.read_text(encoding="utf-8").replace("telegram", "whatsapp"), encoding="utf-8")
    code, out, _ = run("replay", *common, other)
    assert code == 1 and f"policy version: {small.version} -> {ev.load(other).version}" in out
    assert f"{folder / 'records-000001.jsonl'}:2:1: 2: reject -small.messenger[10:18]=reject" in out
    for form in ("json", "jsonl", "sarif", "junit", "github"):
        code, out, _ = run("replay", *common, other, "--format", form)
        assert code == 1 and "policy version" in out


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"engine": "0.0.1+old"}, "engine: 0.0.1+old -> "),
        ({"versions": {"regex": "2019.1"}}, "regex: 2019.1 -> "),
        ({"policy": {"name": "n", "version": "v", "day": "2026-11-05"}}, "policy version: v -> "),
    ],
)
def test_replay_names_what_drifted(small: ev.Policy, tmp_path: Path, changes: Any, cause: str) -> None:
    _recorded(small, tmp_path, findings=(), outcome="allow", **changes)
    found = replay(tmp_path, _rows(_texts(tmp_path)), lambda day: small, salt=SALT)
    assert found.judged == 3 and [each.id for each in found.differences] == ["2"]
    assert any(each.startswith(cause) for each in found.differences[0].causes)
    assert found.drifted[cause.partition(":")[0]] == 3


def test_replay_tells_another_input(small: ev.Policy, tmp_path: Path) -> None:
    _recorded(small, tmp_path)
    changed = _rows(_texts(tmp_path, id1="Great work!"))
    (found,) = replay(tmp_path, changed, lambda day: small, salt=SALT).differences
    assert (found.id, found.was, found.now) == ("1", "allow", "allow")
    assert found.causes == ("input: the text or a fact is another",)
    assert not replay(tmp_path, changed, lambda day: small).differences  # nobody can tell without the salt
    assert replay(tmp_path, changed[1:], lambda day: small, salt=SALT).without_text == 1
    with pytest.raises(ev.InputError, match="do not verify"):
        replay(tmp_path, changed, lambda day: small, salt=SALT, key=KEY)


def _rows(file: Path) -> list[Any]:
    from evenhand.rows import read_rows

    return list(read_rows(file.read_bytes().splitlines(), str(file)))


# --- elsewhere ------------------------------------------------------------------------------------------------------


def test_the_example_of_the_docs(small: ev.Policy, root: Path) -> None:
    """The table of records is written in the transaction of the feedback, and verifies."""
    example = next(
        block
        for block in re.findall(
            r"```python\n(.*?)```", (root / "docs" / "records.md").read_text(encoding="utf-8"), re.S
        )
        if "class TableSink" in block
    )
    names: dict[str, Any] = {}
    exec(compile(example, "docs/records.md", "exec"), names)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    names["prepare"](connection)
    for id, text in TEXTS.items():
        names["save"](connection, small, id, text, SALT, KEY)
    with pytest.raises(sqlite3.IntegrityError):
        names["save"](connection, small, "1", "given twice", SALT, KEY)
    lines = [(ev.Place("records", seq), line.encode()) for seq, line in connection.execute(names["EVERY_RECORD"])]
    found = verify_lines(lines, key=KEY)
    assert found.records == 3 and not found.problems
    assert verify_lines([lines[0], lines[2]], key=KEY).problems
    connection.close()


def test_metrics_count_what_was_recorded(small: ev.Policy) -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.metrics")
    export = pytest.importorskip("opentelemetry.sdk.metrics.export")
    reader = export.InMemoryMetricReader()
    provider = sdk.MeterProvider(metric_readers=[reader])
    kept = Kept()
    recorder = Recorder(small, MeteredSink(kept, provider.get_meter("test")), SALT)
    for id, text in TEXTS.items():
        recorder.check(text, id=id, at=AT)
    read = json.loads(reader.get_metrics_data().to_json())
    provider.shutdown()
    metrics = {each["name"]: each for each in read["resource_metrics"][0]["scope_metrics"][0]["metrics"]}
    points = {name: each["data"]["data_points"] for name, each in metrics.items()}
    assert {each["attributes"]["outcome"]: each["value"] for each in points["evenhand.decisions"]} == {
        "allow": 2,
        "reject": 1,
    }
    by_rule = {(each["attributes"]["rule"], each["attributes"]["shadow"]) for each in points["evenhand.findings"]}
    assert by_rule == {("small.messenger", False), ("small.rude", False), ("small.trial", True)}
    durations = points["evenhand.decision.duration"]
    assert sum(each["count"] for each in durations) == 3 == len(kept.records)
    assert sum(each["sum"] for each in durations) == pytest.approx(sum(each.ms for each in kept.records) / 1000)


def test_metrics_without_their_library_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    with pytest.raises(ev.InputError, match=r"pip install 'evenhand\[otel\]'"):
        MeteredSink(Kept())


def test_sealing_is_what_the_docs_say() -> None:
    first = sealed(_record(), seq=1, previous=START)
    assert verify_lines([(ev.Place("x"), canonical(first))]).head == first["hash"]
    assert sealed(_record(), seq=1, previous=START, key=KEY)["hash"] != first["hash"]


# --- reasons for the author -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["en", "es-MX", "fr"])
@pytest.mark.parametrize("text", ["Great work.", "Add me on telegram,\nlazy idiot. Telegram!"])
def test_statement(small: ev.Policy, snapshot: Any, locale: str, text: str) -> None:
    feedback = ev.Feedback(text, locale=locale)
    person = "fr" in locale
    said = ev.statement(
        small,
        feedback,
        small.check(feedback),
        decided_by="person" if person else "automated",
        appeal="" if locale == "en" and "Great" in text else "Write to appeals@example.com within 30 days.",
    )
    snapshot(f"golden/statement/{locale}-{'clean' if 'Great' in text else 'found'}.txt", said)


def test_statement_refuses_what_does_not_belong_together(small: ev.Policy) -> None:
    verdict = small.check("on telegram")
    calls: list[tuple[Callable[[], str], str]] = [
        (lambda: ev.statement(small, "on whatsapp", verdict), "another text"),
        (lambda: ev.statement(small, "on telegram", replace(verdict, policy_version="x")), "the policy that judged"),
        (lambda: ev.statement(small, "on telegram", verdict, decided_by="cat"), '"automated" or "person"'),  # type: ignore[arg-type]
    ]
    for call, says in calls:
        with pytest.raises(ev.InputError, match=says):
            call()


def test_own_sentences_come_first(small: ev.Policy, root: Path, tmp_path: Path) -> None:
    shipped = (root / "rules" / "statement.yaml").read_text(encoding="utf-8")
    own = tmp_path / "own.yaml"
    own.write_text(
        re.sub("(?m)^es:", "de:", shipped).replace("Tu valoración no se ha", "Ihr Feedback {{}}"), encoding="utf-8"
    )
    feedback = ev.Feedback("on telegram", locale="de-AT")
    with pytest.raises(ev.PolicyError):
        read_sentences(SMALL / "policies.yaml")
    read = read_sentences(own)
    assert set(read) == {"en", "de"}
    assert ev.statement(small, feedback, small.check(feedback), sentences=own).startswith("Ihr Feedback")
    spanish = ev.Feedback("on telegram", locale="es")
    assert ev.statement(small, spanish, small.check(spanish), sentences=own).startswith("Tu valoración no")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  nudge: We", "  nadge: We", "unknown key `nadge`"),
        ("  nudge: We", "  nadge: We", "`en` has no `nudge`"),
        ("{start}", "{begin}", "`span` has no blank `{begin}`"),
        ("{start}", "{start!r}", "`span` has no blank `{start}`"),
        ("{start}", "{start", "a brace is not closed"),
        ("{start}", "{0.__class__}", "`span` has no blank"),
        ("Your feedback was published.", "[a]", "`allow` is no sentence"),
    ],
)
def test_sentences_that_cannot_be_used(root: Path, tmp_path: Path, old: str, new: str, says: str) -> None:
    file = tmp_path / "own.yaml"
    shipped = (root / "rules" / "statement.yaml").read_text(encoding="utf-8")
    file.write_text(shipped.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ev.PolicyError, match=re.escape(says)):
        read_sentences(file)
