"""The report of an audit: one HTML page that needs nothing else, for people who decide what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from ..errors import InputError
from ..pages import page
from ..policy import Policy
from .charts import bars, columns
from .inputs import command
from .outputs import Row
from .tally import OUTCOMES, UNKNOWN, Tally

_FLAGGED = OUTCOMES[1:]
_TOP = 15  # rules, locales
_SHOWN = 40  # rules with samples; the others are a table
_MONTHS = 36
_AROUND = 90  # characters shown before and behind a span
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class _Picture:
    """A chart with the table that says the same."""

    title: str
    svg: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def write_report(
    path: Path,
    manifest: Mapping[str, Any],
    tally: Tally,
    policy: Policy,
    spent: Mapping[str, tuple[int, int]],
    *,
    redact: bool,
) -> None:
    """Writes the report; raises `InputError` when it cannot be written."""
    page = report(manifest, tally, policy, spent, redact=redact)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"`{path}` cannot be written: {error.strerror}; name another folder") from None


def report(
    manifest: Mapping[str, Any],
    tally: Tally,
    policy: Policy,
    spent: Mapping[str, tuple[int, int]],
    *,
    redact: bool,
) -> str:
    """The page. With `redact`, letters and digits of samples are masked."""
    rules = _rules(tally, policy, redact=redact)
    flagged = sum(tally.outcomes[outcome] for outcome in _FLAGGED)
    return page(
        "evenhand.audit",
        "report.html",
        manifest=manifest,
        tally=tally,
        flagged=flagged,
        shares={outcome: _share(tally.outcomes[outcome], tally.rows) for outcome in OUTCOMES},
        flagged_share=_share(flagged, tally.rows),
        pictures=[Markup(_picture_html(each)) for each in _pictures(tally)],
        rules=rules[:_SHOWN],
        quiet=rules[_SHOWN:],
        costs=_costs(spent),
        command=_command(manifest),
        redact=redact,
        number=lambda value: f"{value:,}",
    )


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    share = part / whole
    return "0 %" if not part else "< 0.01 %" if share < 0.0001 else f"{share:.2%}".replace("%", " %")


# --- pictures -------------------------------------------------------------------------------------------------------


def _pictures(tally: Tally) -> Iterable[_Picture]:
    found = {name: counts for name, counts in tally.categories.items() if counts}
    yield _counted("Category", "by category", _hardest_first(found), "rows")
    rules = {name: {"rows": rule.rows} for name, rule in tally.rules.items() if rule.rows}
    top = dict(sorted(rules.items(), key=lambda item: (-item[1]["rows"], item[0]))[:_TOP])
    if top:
        table = [[name, f"{counts['rows']:,}", _share(counts["rows"], tally.rows)] for name, counts in top.items()]
        title = f"Rows by rule{f', the first {_TOP} of {len(rules)}' if len(rules) > _TOP else ''}"
        yield _Picture(title, bars(title, top, "rows", order=["rows"]), ["rule", "rows", "share"], table)
    for name, said in (("rating", "by rating"), ("role", "by role"), ("locale", "by locale")):
        table_of = tally.slices[name]
        if set(table_of) - {UNKNOWN}:
            yield _shared(name, f"Share flagged {said}", _most(table_of) if name == "locale" else _sorted(table_of))
    months = {month: tally.slices["month"][month] for month in sorted(tally.slices["month"]) if month != UNKNOWN}
    if months:
        kept = dict(list(months.items())[-_MONTHS:])
        title = "Share flagged by month"
        shares = {month: _shares(counts) for month, counts in kept.items()}
        yield _Picture(title, columns(title, shares, "% of rows", order=_FLAGGED), *_slice_table("month", kept))


def _counted(what: str, said: str, rows: Mapping[str, Mapping[str, int]], unit: str) -> _Picture:
    title = f"Rows flagged {said}"
    table = [[name, *(f"{counts.get(outcome, 0):,}" for outcome in _FLAGGED)] for name, counts in rows.items()]
    shown = rows or {"nothing found": {}}
    return _Picture(title, bars(title, shown, unit, order=_FLAGGED), [what.lower(), *_FLAGGED], table)


def _shared(what: str, title: str, rows: Mapping[str, Mapping[str, int]]) -> _Picture:
    shares = {name: _shares(counts) for name, counts in rows.items()}
    return _Picture(title, bars(title, shares, "% of rows", order=_FLAGGED), *_slice_table(what, rows))


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    whole = sum(counts.values())
    return {outcome: 100 * counts.get(outcome, 0) / whole for outcome in _FLAGGED}


def _slice_table(what: str, rows: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[list[str]]]:
    table = []
    for name, counts in rows.items():
        whole = sum(counts.values())
        table.append([name, f"{whole:,}", *(_share(counts.get(outcome, 0), whole) for outcome in _FLAGGED)])
    return [what, "rows", *_FLAGGED], table


def _hardest_first(rows: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    return dict(sorted(rows.items(), key=lambda item: -sum(item[1].values())))


def _sorted(rows: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    return dict(sorted(rows.items(), key=lambda item: (item[0] == UNKNOWN, item[0])))


def _most(rows: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    return dict(sorted(rows.items(), key=lambda item: (-sum(item[1].values()), item[0]))[:_TOP])


_FIGURE = """<figure><figcaption>{title}</figcaption>{svg}<details><summary>as a table</summary>
<div class="wide"><table><caption class="hidden">{title}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>
</details></figure>"""


def _picture_html(picture: _Picture) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in picture.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(each)}</td>" for each in rest)}</tr>'
        for first, *rest in picture.rows
    )
    return _FIGURE.format(title=escape(picture.title), svg=picture.svg, head=head, rows=rows)


# --- rules and samples ----------------------------------------------------------------------------------------------


def _rules(tally: Tally, policy: Policy, *, redact: bool) -> list[dict[str, Any]]:
    """The rules that found something, the busiest first, each with marked samples."""
    clauses = policy.compiled.clauses
    ordered = sorted(tally.rules.items(), key=lambda item: (-item[1].rows, item[0]))
    return [
        {
            "id": name,
            "category": rule.category,
            "clause": clauses.get(rule.clause, rule.clause).split(":")[0],
            "rows": rule.rows,
            "findings": rule.findings,
            "shadow": rule.shadow,
            "share": _share(rule.rows, tally.rows),
            "samples": [_sample(row, name, redact=redact) for row in rule.samples],
        }
        for name, rule in ordered
    ]


def _sample(row: Row, rule: str, *, redact: bool) -> dict[str, Any]:
    findings = [each for each in row["findings"] if each["rule"] == rule and not each["shadow"]]
    first = findings[0]
    begin = max(0, first["start"] - _AROUND)
    end = min(len(row["text"]), first["end"] + _AROUND)
    pieces, at = [Markup("… " if begin else "")], begin
    for finding in findings:
        start, stop = max(at, finding["start"]), min(finding["end"], end)
        if start < stop:
            pieces += [escape(_shown(row["text"][at:start], redact)), Markup("<mark>")]
            pieces += [escape(_shown(row["text"][start:stop], redact)), Markup("</mark>")]
            at = stop
    pieces += [escape(_shown(row["text"][at:end], redact)), Markup(" …" if end < len(row["text"]) else "")]
    why = "" if redact else first["why"]
    return {
        "row": row["row"],
        "id": row["id"],
        "html": Markup("").join(pieces),
        "why": why,
        "outcome": first["outcome"],
    }


def _shown(text: str, redact: bool) -> str:
    masked = _WORD.sub("▒", text) if redact else text
    return "".join(char if char.isprintable() or char.isspace() else "\ufffd" for char in masked)


def _costs(spent: Mapping[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """The rules that took longest, in milliseconds."""
    whole = sum(taken for _, taken in spent.values()) or 1
    ordered = sorted(spent.items(), key=lambda item: (-item[1][1], item[0]))[:_TOP]
    return [
        {
            "id": name,
            "texts": f"{texts:,}",
            "ms": f"{taken / 1e6:,.1f}",
            "each": f"{taken / texts / 1e3:,.0f}",
            "share": _share(taken, whole),
        }
        for name, (texts, taken) in ordered
        if texts
    ]


def _command(manifest: Mapping[str, Any]) -> str:
    """The command that makes the same tables."""
    redacted = ["--redact"] if manifest["redacted"] else []
    return command("audit", manifest, f"--format {manifest['form']}", *redacted)
