"""Writes what was found: the findings as JSON lines or Parquet, what could not be read, the counts, and the report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cache import ENGINE_VERSION
from ..errors import InputError
from ..policy import Policy
from ..thresholds import Thresholds, spoken
from .findings import Finding

if TYPE_CHECKING:
    from .run import Options, Rings

VERSION = 1
FORMS = ("jsonl", "parquet")


def made(folder: str | Path, form: str) -> Path:
    """The folder, made anew; raises `InputError` when it cannot be, or holds something."""
    if form not in FORMS:
        raise InputError(f"`{form}` is no form of output; known: {', '.join(FORMS)}")
    path = Path(folder)
    if path.exists() and (not path.is_dir() or any(not each.name.startswith(".") for each in path.iterdir())):
        raise InputError(f"`{folder}` is there already and not empty; name another folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"`{folder}` cannot be written: {error.strerror}; name another folder") from None
    return path


def write(
    folder: Path,
    whole: Rings,
    policy: Policy,
    chosen: Options,
    inputs: Sequence[Mapping[str, Any]],
    unread: Iterable[tuple[str, str]],
) -> None:
    """Writes all files; raises `InputError` when the disk is full or the folder gone."""
    from .report import as_html

    manifest = as_plain(whole, policy, chosen, inputs)
    try:
        _write_findings(folder, whole.findings, chosen.form)
        bad = [json.dumps({"place": place, "problem": problem}, ensure_ascii=False) + "\n" for place, problem in unread]
        (folder / "unread.jsonl").write_text("".join(bad), encoding="utf-8")
        (folder / "report.html").write_text(as_html(whole, manifest), encoding="utf-8")
        (folder / "rings.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"`{folder}` cannot be written: {error.strerror}; name another folder") from None


def _write_findings(folder: Path, found: Sequence[Finding], form: str) -> None:
    rows = [each.plain() for each in found]
    if form == "jsonl":
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / "findings.jsonl").write_text(lines, encoding="utf-8")
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows, schema_of_findings()), folder / "findings.parquet", compression="zstd")


def schema_of_findings() -> Any:
    """The Arrow schema of findings, from their types."""
    import types
    import typing

    import pyarrow as pa

    plain = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_()}

    def of(kind: Any) -> Any:
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin is tuple:
            return pa.list_(of(inner[0]))
        if origin in (typing.Union, types.UnionType):
            return of(next(each for each in inner if each is not type(None)))
        if origin is typing.Literal:
            return pa.string()
        return (
            plain[kind]
            if kind in plain
            else pa.struct([(name, of(each)) for name, each in typing.get_type_hints(kind).items()])
        )

    return pa.schema([(name, of(kind)) for name, kind in typing.get_type_hints(Finding).items()])


def as_plain(whole: Rings, policy: Policy, chosen: Options, inputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What there is to say beside the findings, as plain values."""
    market = whole.market
    return {
        "evenhand": VERSION,
        "kind": "rings",
        "version": ENGINE_VERSION,
        "policy": policy.name,
        "policy_version": policy.version,
        "inputs": [*inputs],
        "columns": dict(chosen.columns),
        "read": chosen.plain(),
        "form": chosen.form,
        "redacted": chosen.redact,
        "thresholds": written(policy.reciprocity),
        "rows": whole.rows,
        "unread": whole.unread,
        "without_role": whole.without_role,
        "contracts": whole.contracts,
        "roles_known": market.hire,
        "people": market.users,
        "pairs": market.pairs,
        "base_rates": {
            "hire_and_hired": _rounded(market.dual_share.value),
            "hired_each_other": _rounded(market.swap_share.value),
            "on_a_closed_path": _rounded(market.cycle_share.value),
            "fast": _rounded(market.overall(market.fast)),
            "low_value": _rounded(market.overall(market.low)),
            "low_value_below": None if market.low_value is None else market.low_value / 1_000,
        },
        "found": {tier: len(whole.tier(tier)) for tier in ("A", "B")},
        "estimated_false": {
            "findings": round(whole.estimate.false, 2),
            "share": round(whole.estimate.share, 3),
            "above_limit": whole.estimate.share > policy.reciprocity.calibration.max_estimated_fdr,
        },
    }


def written(limits: Thresholds) -> dict[str, Any]:
    """The thresholds as a policy writes them."""

    def plain(value: Any) -> Any:
        if isinstance(value, timedelta):
            return spoken(value)
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        return [plain(each) for each in value] if isinstance(value, list | tuple) else value

    return {name: plain(value) for name, value in asdict(limits).items()}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
