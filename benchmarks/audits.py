"""Audits beside their floors, and how they grow with terms and rows; each run in a process of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import evenhand as ev
from corpus import made_up
from evenhand.columns import Judge
from evenhand.compiled import Scratches
from floor import folded, scans_of_signs

Figures = dict[str, Any]
BATCH = 4_096

PROGRAM = """
import json, resource, sys, time
import evenhand as ev
from evenhand.audit import Options, audit
if __name__ == "__main__":
    source, out, policy, workers, warm = sys.argv[1:]
    loaded = ev.load(policy or None)
    times = []
    begin = time.perf_counter()
    done = audit([source], out, loaded, Options(workers=int(workers), rows=1_024), lambda rows, share: times.append((time.perf_counter(), rows)))
    end = time.perf_counter()
    # what `getrusage` says of a process itself counts what its parent had before it began
    own = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    # from the end of the chunks that warm the workers up
    (then, had) = times[min(int(warm), len(times) - 1)]
    print(json.dumps({"seconds": end - begin, "rows": done.tally.rows, "rate": (done.tally.rows - had) / (end - then) if end > then else 0,
                      "own MB": own, "worker MB": others}))
"""


def audited(source: Path, policy: str, workers: int, warm: int = 0) -> Figures:
    """One audit in a new process: seconds, rows a second once `warm` chunks are done, and memory at its peak."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program.py"
        program.write_text(PROGRAM)
        run = subprocess.run(
            [sys.executable, str(program), str(source), f"{folder}/out", policy, str(workers), str(warm)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    figures: Figures = json.loads(run.stdout)
    return figures


# --- beside the floors ----------------------------------------------------------------------------------------------


def beside_floors(policy: ev.Policy, policy_path: str, texts: Sequence[str], rows: int, rounds: int = 3) -> Figures:
    """Microseconds a text: columns in memory, calls, and the bare scans of the same buffers, interleaved; then whole audits."""
    ascii_texts = [text for text in texts if text.isascii()]
    figures: Figures = {}
    for name, chosen in (("ASCII", ascii_texts), ("as they are", list(texts))):
        batches = [pa.record_batch({"text": chosen[at : at + BATCH]}) for at in range(0, len(chosen), BATCH)]
        buffers = [list(zip(*map(folded, chosen[at : at + BATCH]), strict=True)) for at in range(0, len(chosen), BATCH)]
        joined = [(b"\x01".join(words), b"\n".join(raw)) for words, raw in buffers]
        taken: dict[str, list[float]] = {"columns": [], "calls": [], "scans": []}
        list(map(policy.check, chosen))  # what is built at first use
        for _ in range(rounds):
            taken["scans"].append(_timed(lambda joined=joined: _scan(policy, joined)) / len(chosen))
            taken["columns"].append(_timed(lambda batches=batches: _judge(policy, batches)) / len(chosen))
            taken["calls"].append(_timed(lambda chosen=chosen: list(map(policy.check, chosen))) / len(chosen))
        figures[name] = {
            **{what: median(each) * 1e6 for what, each in taken.items()},
            "times the scans": median(a / b for a, b in zip(taken["columns"], taken["scans"], strict=True)),
        }
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "feedback.parquet"
        repeated = [f"{texts[at % len(texts)]} {at}" for at in range(rows)]  # equal rows would be judged once
        pq.write_table(pa.table({"text": repeated}), source, compression="zstd")
        figures["read"] = _timed(lambda: pq.read_table(source)) / rows * 1e6
        figures["one worker"] = audited(source, policy_path, 1, warm=4)
        figures["two workers"] = audited(source, policy_path, 2, warm=8)
    return figures


def _timed(work: Any) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def _nothing(*_: object) -> None:
    """The floor pays for the callback, not for what follows from a hit."""


def _scan(policy: ev.Policy, buffers: Sequence[tuple[bytes, bytes]]) -> None:
    compiled = policy.compiled
    own = Scratches(compiled)
    others = scans_of_signs(compiled, own)
    for words, raw in buffers:
        compiled.literals.scan(words, _nothing, 0, None, own.literals)
        for scan, scratch in others:
            scan(raw, _nothing, 0, None, scratch)


def _judge(policy: ev.Policy, batches: Sequence[pa.RecordBatch]) -> None:
    judge = Judge(policy)
    for batch in batches:
        judge.judge(batch)


# --- as terms and rows grow -----------------------------------------------------------------------------------------


def by_terms(counts: Sequence[int], rows: int = 20_000) -> Iterator[Figures]:
    """Audits of made-up feedback with policies of so many made-up terms."""
    with tempfile.TemporaryDirectory() as folder:
        source = written(Path(folder) / "feedback.parquet", rows)
        for count in counts:
            policy = policy_of(Path(folder) / str(count), count)
            yield {"terms": count, **audited(source, str(policy), 1)}


def by_rows(counts: Sequence[int], policy_path: str) -> Iterator[Figures]:
    """Audits of so many rows of made-up feedback."""
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            source = written(Path(folder) / f"{count}.parquet", count)
            yield {"count": count, **audited(source, policy_path, min(2, os.cpu_count() or 1))}
            source.unlink()


def written(path: Path, rows: int) -> Path:
    """A Parquet file of made-up feedback; no two rows are equal."""
    texts = made_up(min(rows, 20_000))
    schema = pa.schema([("text", pa.string())])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for first in range(0, rows, 100_000):
            chunk = [f"{texts[at % len(texts)]} Order {at}." for at in range(first, min(rows, first + 100_000))]
            writer.write_table(pa.table({"text": chunk}, schema=schema))
    return path


POLICY = """policy: made up
guidelines: guidelines.md
packs: [pack.yaml]
outcomes: {abuse: reject, discrimination: reject, explicit_content: reject, explicit_link: reject, contact: reject,
  confidential: reject, reciprocity: hold, incentive: hold, off_topic: nudge}
"""


def policy_of(folder: Path, terms: int) -> Path:
    """A policy with so many made-up words in one list, none of which is in the feedback."""
    chance = random.Random(terms)
    letters = "bcdfghjklmnprstvz"
    words: set[str] = set()
    while len(words) < terms:
        words.add("".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(4)) + chance.choice(letters))
    folder.mkdir(parents=True)
    (folder / "guidelines.md").write_text("# Guidelines\n## Rules {#rules}\nNo made-up words.\n")
    rule = "rules:\n  - {id: made.up, clause: rules, find: {terms: [" + ", ".join(sorted(words)) + "]}}\n"
    (folder / "pack.yaml").write_text(f"pack: made\ncategory: abuse\n{rule}")
    (folder / "policies.yaml").write_text(POLICY)
    return folder / "policies.yaml"


# --- shown ----------------------------------------------------------------------------------------------------------


def show_audits(figures: Figures) -> Figures:
    print(
        f"\n{'audit, us a text':<24}{'scans':>10}{'columns':>10}{'calls':>10}   columns, scans = 1 (wanted: 2.0; 2.5)"
    )
    for name in ("ASCII", "as they are"):
        row = figures[name]
        print(
            f"{name:<24}{row['scans']:>10.1f}{row['columns']:>10.1f}{row['calls']:>10.1f}   {row['times the scans']:.1f}"
        )
    print(f"zstd Parquet, read alone {figures['read']:.2f} us a row")
    for name in ("one worker", "two workers"):
        run = figures[name]
        print(
            f"{name:<24}{run['rate']:>10,.0f} rows/s of {run['rows']:,}, Parquet to report;"
            f" memory at its peak {run['own MB']:.0f} MB and {run['worker MB']:.0f} MB a worker"
        )
    ratio = figures["two workers"]["rate"] / figures["one worker"]["rate"]
    print(f"two workers are {ratio:.2f} times as fast as one (wanted: 1.7)")
    return figures


def show_growth(name: str, rows: Sequence[Figures]) -> list[Figures]:
    print(f"\n{name:>12}{'seconds':>12}{'rows/s':>12}{'MB':>8}")
    for row in rows:
        count = row.get("terms") or row["count"]
        memory = max(row["own MB"], row["worker MB"])
        print(f"{count:>12,}{row['seconds']:>12.1f}{row['rows'] / row['seconds']:>12,.0f}{memory:>8.0f}")
    return list(rows)


def draw(path: Path, terms: Sequence[Figures], rows: Sequence[Figures]) -> None:
    """Both curves as one SVG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    rates = [row["rate"] for row in terms]
    left.plot([row["terms"] for row in terms], rates, marker="o", color="#5a6b7b")
    left.set(
        xscale="log", xlabel="terms of the policy", ylabel="rows a second, one worker", ylim=(0, 1.15 * max(rates))
    )
    right.plot([row["count"] for row in rows], [row["seconds"] for row in rows], marker="o", color="#994455")
    right.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds, two workers")
    right.margins(0.08)
    for axes in (left, right):
        axes.grid(color="#d1d9e0", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})
