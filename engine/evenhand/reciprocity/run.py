"""From a history to the folder of findings: reads, searches, sets against chance, and writes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from ..audit.inputs import Reading, sources
from ..errors import InputError
from ..policy import Policy, load
from . import outputs
from .calibration import Estimate, estimate
from .findings import Finding, findings
from .population import Population
from .reading import NEEDED, READ, Read, read
from .search import search
from .tables import Duck, Tables

# (rows read, how much is done from 0 to 1): called after every step
Progress = Callable[[int, float], None]
_STEPS = 7


@dataclass(frozen=True)
class Options(Reading):
    """How to read the history and how to write; every field has the default of the command line.

    `columns` maps fields (see `reading.FIELDS`) to columns. `memory` is what DuckDB may use, such as `1GB`; what does not fit
    goes to the disk. `form` is that of the table of findings: jsonl or parquet. `redact` keeps texts out of all files.
    """

    memory: str = "1GB"
    threads: int = 0  # 0: as many as there are cores
    form: str = "jsonl"
    redact: bool = False


@dataclass(frozen=True)
class Rings:
    """What was found: the findings, those of tier A first, the market they were found in, and what chance explains of them."""

    findings: tuple[Finding, ...]
    market: Population
    estimate: Estimate
    rows: int
    unread: int
    contracts: int
    without_role: int
    policy_version: str
    folder: Path | None = None

    def tier(self, name: str) -> list[Finding]:
        """The findings of one tier."""
        return [each for each in self.findings if each.tier == name]


def rings(
    history: str | Path | Sequence[str | Path],
    out: str | Path | None = None,
    policy: Policy | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Rings:
    """Looks in past feedback for pairs and groups who trade good feedback.

    `history` is what an audit reads: files, folders, patterns, database addresses, `-`. `out`, when given, is a folder that gets
    `findings.jsonl` (or `.parquet`), `unread.jsonl` (rows that could not be used, with their places), `rings.json` (counts, base
    rates, thresholds, how to reproduce) and `report.html`. The thresholds are `policy.reciprocity`. The same history and policy
    give the same bytes, whatever the number of threads. Raises `InputError` for inputs, options or a folder that cannot be used.
    """
    chosen, judging = options or Options(), policy or load()
    inputs = [str(each) for each in ([history] if isinstance(history, str | Path) else history)]
    folder = outputs.made(out, chosen.form) if out is not None else None
    with _workshop(folder, chosen) as duck:
        told = _Told(progress)
        told("reading")
        asked = chosen.asked(fields=READ, needed=NEEDED)
        found = sources(inputs, asked)
        got = read(duck, found, asked)
        told.rows = got.rows
        whole = concluded(duck, got, judging, chosen, folder, told)
        if folder is not None:
            told("writing")
            identities = [dict(each.identity) for each in found]
            outputs.write(
                folder,
                whole,
                judging,
                chosen,
                identities,
                duck.rows("SELECT place, problem FROM unread ORDER BY place"),
            )
        told.done()
    return whole


def concluded(
    tables: Tables, got: Read, policy: Policy, chosen: Options, folder: Path | None, step: Callable[[str], None]
) -> Rings:
    """What is found in the table `feedback`, wherever it is."""
    limits = policy.reciprocity
    result = search(tables, limits, hire=got.roles > 0, named=got.contracts > 0, step=step)
    step("putting the evidence together")
    return Rings(
        findings=tuple(findings(tables, result.groups, policy, texts=got.texts > 0 and not chosen.redact)),
        market=result.market,
        estimate=estimate(result.groups, limits.calibration.null_runs),
        rows=got.rows,
        unread=got.unread,
        contracts=result.contracts,
        without_role=got.rows - got.roles if got.roles else 0,
        policy_version=policy.version,
        folder=folder,
    )


class _Told:
    """Says how far it is, a step at a time."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._begun = progress, -1
        self.rows = 0

    def __call__(self, step: str) -> None:
        self._begun += 1
        if self._progress is not None:
            self._progress(self.rows, min(1.0, self._begun / _STEPS))

    def done(self) -> None:
        if self._progress is not None:
            self._progress(self.rows, 1.0)


@contextmanager
def _workshop(folder: Path | None, chosen: Options) -> Iterator[Duck]:
    """DuckDB in a folder of its own, beside what is written, which is gone afterwards."""
    try:
        place = Path(mkdtemp(prefix=".work-", dir=folder))
    except OSError as error:
        raise InputError(f"no folder can be made to work in: {error.strerror}; set TMPDIR") from None
    duck: Duck | None = None
    try:
        duck = Duck(place, chosen.memory, chosen.threads or os.cpu_count() or 1)
        yield duck
    finally:
        if duck is not None:
            duck.close()
        shutil.rmtree(place, ignore_errors=True)
