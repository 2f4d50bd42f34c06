"""An audit from its inputs to its outputs: plans, goes on where it was stopped, judges, and puts the parts together."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from .. import digests
from ..cache import ENGINE_VERSION
from ..columns import Rows
from ..errors import InputError
from ..policy import Policy
from .earlier import NAME, Earlier, read_manifest
from .inputs import ROWS, Chunk, Reading, Source, sources
from .outputs import (
    FINDING_ROWS,
    FORMS,
    UNREAD_ROWS,
    VERDICT_ROWS,
    finding_rows,
    flagged,
    unread_rows,
    verdict_rows,
    writer,
)
from .parts import Behind, Parts
from .report import write_report
from .tally import Tally
from .workers import Done, Work, judged

MANIFEST_VERSION = 1

# (rows judged so far, how much is done from 0 to 1): called after every chunk
Progress = Callable[[int, float], None]


@dataclass(frozen=True)
class Options(Reading):
    """How to audit; every field has the default of the command line.

    `since` is the folder of an earlier audit of the same rows: rules that did
    not change since are not judged again. `form` is that of the tables: parquet, jsonl or csv.
    """

    workers: int = 0  # 0: as many as there are cores
    form: str = "parquet"
    resume: bool = False
    redact: bool = False
    since: Path | None = None
    rows: int = ROWS  # judged in one go


@dataclass(frozen=True)
class Audit:
    """A finished audit: where it is, and what it counted."""

    folder: Path
    tally: Tally


def audit(
    inputs: Sequence[str | Path],
    out: str | Path,
    policy: Policy,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Judges everything in the inputs (files, folders, patterns, database addresses, `-`) and writes the folder `out`.

    The folder gets `verdicts` and `findings` (tables), `unread.jsonl` (rows that could not be judged, with their places),
    `audit.json` (counts, policy version, how to reproduce) and `report.html`. Raises `InputError` for inputs, options or a
    folder that cannot be used; a bad row is counted and never ends the run.
    """
    chosen = options or Options()
    if chosen.form not in FORMS:
        raise InputError(f"`{chosen.form}` is no form of output; known: {', '.join(FORMS)}")
    asked = chosen.asked(chosen.rows)
    found = sources([str(each) for each in inputs], asked)
    manifest = _manifest(found, policy, chosen)
    folder = Path(out)
    earlier = Earlier(chosen.since, manifest) if chosen.since is not None else None
    if earlier is not None:
        manifest["since"] = earlier.version
    parts = Parts(folder / "parts")
    if (tally := _begun(folder, manifest, found, resume=chosen.resume)) is not None:
        parts.remove()  # of a run that was stopped right before its end
        return Audit(folder, tally)
    spent = _judge(parts, found, policy, chosen, earlier, progress)
    tally = _put_together(folder, parts, manifest, chosen, policy, spent)
    return Audit(folder, tally)


# --- planning -------------------------------------------------------------------------------------------------------


def _manifest(found: Sequence[Source], policy: Policy, chosen: Options) -> dict[str, Any]:
    """What decides the outputs, as plain values: two audits with the same manifest give the same bytes."""
    return {
        "evenhand": MANIFEST_VERSION,
        "kind": "audit",
        "version": ENGINE_VERSION,
        "engine": digests.engine(),
        "policy": policy.name,
        "policy_version": policy.version,
        "text_limit": policy.compiled.text_limit,
        "inputs": [dict(source.identity) for source in found],
        "columns": dict(chosen.columns),
        "read": {**chosen.plain(), "rows": chosen.rows},
        "form": chosen.form,
        "redacted": chosen.redact,
        "since": None,
        "rules": digests.rules(policy.compiled),
    }


def _begun(folder: Path, manifest: Mapping[str, Any], found: Sequence[Source], *, resume: bool) -> Tally | None:
    """Makes the folder ready; gives the counts when it holds the finished audit already."""
    if resume and (folder / NAME).exists():
        old = read_manifest(folder)
        for name, value in manifest.items():
            if old.get(name) != value:
                raise InputError(
                    f"the audit in `{folder}` was begun with another `{name}`; begin anew in another folder"
                )
        if unseekable := [source.name for source in found if not source.resumable]:
            raise InputError(f"`{unseekable[0]}` cannot be read again, so its audit cannot be resumed; begin anew")
        if old["state"] == "done":
            return Tally.of_plain(old["counts"])
        return None
    if folder.exists() and (not folder.is_dir() or any(not file.name.startswith(".") for file in folder.iterdir())):
        raise InputError(f"`{folder}` is there already and not empty; pass --resume to go on, or name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / NAME, {**manifest, "state": "running"})
    except OSError as error:
        raise InputError(f"`{folder}` cannot be written: {error.strerror}; name another folder") from None
    return None


def _write_json(file: Path, value: Mapping[str, Any]) -> None:
    unfinished = file.with_name(f".{file.name}.unfinished")
    with unfinished.open("w", encoding="utf-8") as opened:
        opened.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    unfinished.replace(file)


# --- judging --------------------------------------------------------------------------------------------------------


@dataclass
class _Queue:
    """Chunks on their way through the workers: those read and not yet written."""

    found: Sequence[Source]
    row: int
    source: int
    position: list[Any] | None
    waiting: list[tuple[int, Chunk]] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, pa.RecordBatch]]:
        for at in range(self.source, len(self.found)):
            for chunk in self.found[at].chunks(self.position if at == self.source else None):
                if not chunk.batch.num_rows:
                    continue
                self.waiting.append((at, chunk))
                first, self.row = self.row, self.row + chunk.batch.num_rows
                yield first, chunk.batch


def _judge(
    parts: Parts,
    found: Sequence[Source],
    policy: Policy,
    chosen: Options,
    earlier: Earlier | None,
    progress: Progress | None,
) -> dict[str, tuple[int, int]]:
    """Writes the parts that are not there yet; gives what each rule took (texts and nanoseconds)."""
    parts.folder.mkdir(exist_ok=True)
    number = len(parts)
    spent: dict[str, tuple[int, int]] = {}
    for at in range(number):
        _add(spent, parts.behind(at).spent)
    last = parts.behind(number - 1) if number else None
    queue = _Queue(found, last.row, last.source, list(last.position)) if last else _Queue(found, 0, 0, None)
    row = queue.row
    only = None
    if earlier is not None:
        numbered = enumerate(policy.compiled.rules)
        only = frozenset(at for at, rule in numbered if rule.id not in earlier.kept)
    work = Work(policy, chosen.columns, only)
    workers = chosen.workers or os.cpu_count() or 1
    with closing(judged(work, queue, workers)) as all_done:
        for done, part in _completed(all_done, queue, earlier, row, chosen.columns):
            at, chunk = queue.waiting.pop(0)
            row += part.num_rows
            parts.add(number, part, Behind(row, at, chunk.position, done.spent))
            number += 1
            _add(spent, done.spent)
            if progress is not None:
                progress(row, (at + chunk.done) / len(found))
    return spent


def _completed(
    all_done: Iterator[Done], queue: _Queue, earlier: Earlier | None, row: int, columns: Mapping[str, str]
) -> Iterator[tuple[Done, pa.RecordBatch]]:
    """Each judged chunk with the part it makes."""
    if earlier is None:
        yield from ((done, done.part) for done in all_done)
        return
    held: list[Done] = []

    def parts() -> Iterator[tuple[pa.RecordBatch, Sequence[str | None]]]:
        for done in all_done:
            held.append(done)
            yield done.part, Rows(queue.waiting[0][1].batch, columns).texts

    for part in earlier.merged(parts(), row):
        yield held.pop(0), part


def _add(spent: dict[str, tuple[int, int]], more: Mapping[str, Sequence[int]]) -> None:
    for name, (texts, taken) in more.items():
        before = spent.get(name, (0, 0))
        spent[name] = before[0] + texts, before[1] + taken


# --- putting together -----------------------------------------------------------------------------------------------


def _put_together(
    folder: Path,
    parts: Parts,
    manifest: Mapping[str, Any],
    chosen: Options,
    policy: Policy,
    spent: Mapping[str, tuple[int, int]],
) -> Tally:
    """Writes the outputs from the parts, under other names first, and removes the parts at the very end."""
    tally = Tally()
    tables = {
        "verdicts": (VERDICT_ROWS, chosen.form),
        "findings": (FINDING_ROWS, chosen.form),
        "unread": (UNREAD_ROWS, "jsonl"),
    }
    unfinished = {name: folder / f".{name}.{form}.unfinished" for name, (_, form) in tables.items()}
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(closing(writer(unfinished[name], schema, form)))
            for name, (schema, form) in tables.items()
        }
        for part in parts.read():
            rows = verdict_rows(part)
            writers["verdicts"].write(rows)
            tally.add_verdicts(rows)
            for row in flagged(part):
                writers["findings"].write(finding_rows(row, redact=chosen.redact))
                tally.add_flagged(row)
            bad = unread_rows(part)
            writers["unread"].write(bad)
            tally.add_unread(bad)
    for name, (_, form) in tables.items():
        unfinished[name].replace(folder / f"{name}.{form}")
    write_report(folder / "report.html", manifest, tally, policy, spent, redact=chosen.redact)
    _write_json(folder / NAME, {**manifest, "state": "done", "counts": tally.plain()})
    parts.remove()
    return tally
