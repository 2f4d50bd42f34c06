"""An earlier audit of the same rows: what its rules found that did not change need not be looked for again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..columns import FINDING
from ..decide import LENGTH_RULE
from ..errors import InputError
from ..model import Outcome
from .parts import PART

NAME = "audit.json"


def read_manifest(folder: Path) -> dict[str, Any]:
    """What an audit says of itself; raises `InputError` where there is none."""
    try:
        facts = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(
            f"`{folder}` holds no audit: `{NAME}` is not there or damaged; name the folder of one"
        ) from None
    if not isinstance(facts, dict) or facts.get("kind") != "audit":
        raise InputError(f"`{folder / NAME}` is not of an audit; name the folder of one")
    return facts


class Earlier:
    """The findings of an earlier audit, and which rules have to be judged again."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        """`manifest` is that of the audit to be made; raises `InputError` when the earlier one is of other rows."""
        old = read_manifest(folder)
        if old.get("state") != "done":
            raise InputError(f"the audit in `{folder}` is not finished; finish it with --resume first")
        for name in ("inputs", "columns", "read"):
            if old[name] != manifest[name]:
                raise InputError(
                    f"the audit in `{folder}` is of other rows: `{name}` differs; audit in full, without --since"
                )
        if old["form"] != "parquet" or old["redacted"]:
            raise InputError(f"the audit in `{folder}` cannot be built on; it must be Parquet and not redacted")
        self.folder = folder
        self.version: str = old["policy_version"]
        same = old["engine"] == manifest["engine"] and old["text_limit"] == manifest["text_limit"]
        self.kept = frozenset(
            name for name, digest in manifest["rules"].items() if same and old["rules"].get(name) == digest
        )

    def findings(self, behind: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """(row, findings of kept rules), for rows from number `behind` on, in their order."""
        row = -1
        held: list[dict[str, Any]] = []
        with pq.ParquetFile(self.folder / "findings.parquet", pre_buffer=False, buffer_size=1 << 20) as file:
            for batch in file.iter_batches(4_096, use_threads=False):
                for finding in batch.to_pylist():
                    number = finding.pop("row")
                    del finding["id"]
                    if number < behind or finding["rule"] not in self.kept:
                        continue
                    if number != row and held:
                        yield row, held
                        held = []
                    row = number
                    held.append(finding)
        if held:
            yield row, held

    def merged(
        self, parts: Iterable[tuple[pa.RecordBatch, Sequence[str | None]]], behind: int
    ) -> Iterator[pa.RecordBatch]:
        """Parts judged by the other rules alone, with the texts of their rows, completed by what was kept."""
        earlier = self.findings(behind)
        pending = next(earlier, None)
        for part, texts in parts:
            first, count = part.column("row")[0].as_py(), part.num_rows
            kept: dict[int, list[dict[str, Any]]] = {}
            while pending is not None and pending[0] < first + count:
                kept[pending[0] - first] = pending[1]
                pending = next(earlier, None)
            yield _completed(part, kept, texts) if kept else part


def _completed(
    part: pa.RecordBatch, kept: Mapping[int, list[dict[str, Any]]], texts: Sequence[str | None]
) -> pa.RecordBatch:
    columns = {name: part.column(name) for name in PART.names}
    findings = columns["findings"].to_pylist()
    outcomes, held = columns["outcome"].to_pylist(), columns["text"].to_pylist()
    for row, added in kept.items():
        findings[row] = in_order([*findings[row], *added])
        outcomes[row] = hardest(findings[row])
        held[row] = texts[row]
    columns["findings"] = pa.array(findings, pa.list_(FINDING))
    columns["outcome"], columns["text"] = pa.array(outcomes, pa.string()), pa.array(held, pa.string())
    return pa.record_batch([columns[name] for name in PART.names], schema=PART)


def in_order(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings in the order of a verdict: those on trial last, and the remark about length behind its like."""
    return sorted(findings, key=lambda f: (f["shadow"], f["rule"] == LENGTH_RULE, f["start"], f["end"], f["rule"]))


def hardest(findings: Sequence[Mapping[str, Any]]) -> str:
    """The outcome that findings make."""
    return str(max((Outcome(each["outcome"]) for each in findings if not each["shadow"]), default=Outcome.allow))
