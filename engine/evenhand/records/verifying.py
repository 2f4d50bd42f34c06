"""Whether records are as they were written: every change, gap, double and forgery, with its file and line."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..errors import InputError, Place, Problem
from ..model import Outcome
from .journal import SEGMENT, TORN, segment_file, segments
from .record import KEYED, PLAIN, START, canonical, chain_hash, secret

_LONGEST = 32 << 20  # bytes of a line; what is longer was not written by us
_MOST = 1_000  # problems that are told
_FOUND = {"rule", "category", "start", "end", "outcome"}
_POLICY = {"name", "version", "day"}
_FIELDS: Mapping[str, tuple[type, ...]] = {
    "id": (str,), "at": (str,), "outcome": (str,), "findings": (list,), "shadow": (list,), "policy": (dict,),
    "engine": (str,), "versions": (dict,), "input": (str,), "ms": (int, float), "gate": (str, type(None)),
    "seq": (int,), "previous": (str,), "seal": (str,), "hash": (str,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: `problems` are faults, `remarks` are not. `seq` and `head` are those of the last record."""

    records: int
    seq: int
    head: str
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


@dataclass
class _Walk:
    """How far the chain was followed."""

    key: bytes | None
    anchor: str | None = None
    after: str | None = None
    anchored: bool = False
    records: int = 0
    seq: int = 0
    head: str = START
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)

    def fault(self, place: Place, message: str, hint: str = "") -> None:
        if len(self.problems) < _MOST:
            self.problems.append(Problem(place, message, hint))


def verify(
    folder: Path | str,
    *,
    key: bytes | str | None = None,
    head: str | None = None,
    count: int | None = None,
    after: str | None = None,
) -> Verification:
    """Follows the chain through all segments of a folder, changing nothing.

    That records are missing at the very end shows only against something kept elsewhere: `head` is the hash of a record
    that must be there (the last one, when it was noted), `count` how many records there must be at least. `after` is the
    hash of the last record that was removed with the oldest segments on purpose, such as for their age. Raises `InputError`
    for a folder without records.
    """
    path = Path(folder)
    walk = _Walk(None if key is None else secret(key, "key"), head, after)
    for place, line in lines_of(path, walk.fault, walk.remarks.append, first=after is None):
        _follow(walk, place, line)
    return _concluded(walk, Place(str(path)), count)


def verify_lines(
    lines: Iterable[tuple[Place, bytes]],
    *,
    key: bytes | str | None = None,
    head: str | None = None,
    count: int | None = None,
) -> Verification:
    """As `verify`, for records that are kept elsewhere, such as in a table: each a line, in the order of `seq`."""
    walk = _Walk(None if key is None else secret(key, "key"), head)
    place = Place("records")
    for place, line in lines:
        _follow(walk, place, line.rstrip(b"\n"))
    return _concluded(walk, place, count)


def _concluded(walk: _Walk, place: Place, count: int | None) -> Verification:
    if walk.anchor is not None and not walk.anchored and walk.anchor != START:
        walk.fault(
            place, f"no record has the hash `{walk.anchor}`", "records behind it were cut off, or all were written anew"
        )
    if count is not None and walk.records < count:
        walk.fault(place, f"there are {walk.records:,} records, not {count:,}", "records were cut off at the end")
    return Verification(walk.records, walk.seq, walk.head, tuple(walk.problems), tuple(walk.remarks))


# --- lines ----------------------------------------------------------------------------------------------------------

_Fault = Callable[[Place, str, str], None]


def lines_of(
    folder: Path, fault: _Fault, remark: Callable[[Problem], None], *, first: bool = True
) -> Iterator[tuple[Place, bytes]]:
    """The whole lines of all segments in order, without their line breaks; what is wrong with the files is told.

    `first` says whether the first segment has to be there.
    """
    files = _files(folder)
    before = 0 if first else files[0][0] - 1
    for at, (number, file) in enumerate(files, 1):
        if number != before + 1:
            missing = segment_file(folder, before + 1)
            fault(Place(str(file)), f"segment `{missing.name}` is missing before this one", "it was removed or renamed")
        before = number
        yield from _segment_lines(file, at == len(files), fault, remark)
    for other in sorted(folder.iterdir()):
        if other.suffix == TORN:
            remark(Problem(Place(str(other)), "a half-written line was set aside here after a power loss"))
        elif other.suffix == ".jsonl" and not SEGMENT.fullmatch(other.name):
            remark(Problem(Place(str(other)), "this file is no segment and was not read", "see whether it was renamed"))


def _files(folder: Path) -> list[tuple[int, Path]]:
    try:
        files = segments(folder)
    except OSError as error:
        raise InputError(
            f"`{folder}` cannot be read: {(error.strerror or str(error)).lower()}; name the folder of a `JsonlSink`"
        ) from None
    if not files:
        raise InputError(f"`{folder}` holds no records; name the folder that a `JsonlSink` writes to")
    return files


def _segment_lines(
    file: Path, last: bool, fault: _Fault, remark: Callable[[Problem], None]
) -> Iterator[tuple[Place, bytes]]:
    try:
        with file.open("rb") as opened:
            for number in range(1, 1 << 62):
                line = opened.readline(_LONGEST)
                place = Place(str(file), number)
                if not line:
                    return
                if line.endswith(b"\n"):
                    yield place, line[:-1]
                elif last and len(line) < _LONGEST:
                    said = "the last line was not written to its end; the record it was to hold is lost"
                    remark(Problem(place, said, "the next record sets it aside"))
                else:
                    fault(place, "this line has no end", "the segment was cut")
    except OSError as error:
        raise InputError(f"`{file}` cannot be read: {(error.strerror or str(error)).lower()}; mend that") from None


# --- the chain ------------------------------------------------------------------------------------------------------


def _follow(walk: _Walk, place: Place, line: bytes) -> None:
    linked = read_record(line)
    if linked is None:
        walk.fault(place, "this line is no record as evenhand writes them", "it was changed or put in")
        return
    walk.records += 1
    seq, own = linked["seq"], linked["hash"]
    sound = _sealed_so(walk, place, linked)
    if walk.after is not None and walk.records == 1:
        walk.seq, walk.head = seq - 1, walk.after
    if seq != walk.seq + 1:
        walk.fault(place, *_out_of_turn(walk.seq, seq))
    elif linked["previous"] != walk.head:
        walk.fault(place, f"record {seq} does not follow record {walk.seq}", "one of the two was changed or put in")
    if sound and own == walk.anchor:
        walk.anchored = True
    if sound or seq == walk.seq + 1:  # a line that was put in is not what the next one is held against
        walk.seq, walk.head = seq, own


def _out_of_turn(before: int, seq: int) -> tuple[str, str]:
    if seq > before + 1:
        which = f"record {before + 1} is" if seq == before + 2 else f"records {before + 1} to {seq - 1} are"
        return f"{which} missing before record {seq}", "lines or whole segments were removed or moved"
    return f"record {seq} stands behind record {before}", "lines were doubled or moved"


def _sealed_so(walk: _Walk, place: Place, linked: dict[str, Any]) -> bool:
    """Whether the hash of a record is right; where it is not, why."""
    seal, seq = linked["seal"], linked["seq"]
    if seal != (KEYED if walk.key else PLAIN):
        if seal == KEYED:
            walk.fault(place, f"record {seq} was sealed with a key", "pass the key")
        else:
            walk.fault(place, f"record {seq} was not sealed with a key", "it was put in by somebody without the key")
        return False
    if not hmac.compare_digest(chain_hash(linked, walk.key).encode(), linked["hash"].encode()):
        hint = "it was changed or put in, or the key is another" if walk.key else "it was changed or put in"
        walk.fault(place, f"the hash of record {seq} does not fit what it says", hint)
        return False
    return True


def read_record(line: bytes) -> dict[str, Any] | None:
    """The record that a line holds, with its place in the chain; None when a single byte is not as it was written."""
    try:
        linked = json.loads(line)
        if not isinstance(linked, dict) or linked.keys() != _FIELDS.keys() or canonical(linked) != line:
            return None
        if b"\\ud" in line:  # half a pair of surrogates is no text, and raises a `ValueError`
            json.dumps(linked, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return linked if _shaped(linked) else None


def _shaped(linked: dict[str, Any]) -> bool:
    """Whether every value is of the kind it should be: what a forger made up must not trip who reads it."""
    if not all(type(linked[name]) in kinds for name, kinds in _FIELDS.items()) or not 0 < linked["seq"] < 1 << 63:
        return False
    try:
        date.fromisoformat(linked["policy"]["day"])
        datetime.fromisoformat(linked["at"])
        Outcome(linked["outcome"])
        texts = [*linked["policy"].values(), *linked["versions"].values()]
        for each in (*linked["findings"], *linked["shadow"]):
            Outcome(each["outcome"])
            if each.keys() != _FOUND or type(each["start"]) is not int or type(each["end"]) is not int:
                return False
            texts += [each["rule"], each["category"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return linked["policy"].keys() == _POLICY and all(type(each) is str for each in texts)
