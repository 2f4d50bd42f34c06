"""The figures of `measure` as lines for people and as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .explain import marked
from .measure import Figures, Judged, differences, labels_of


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {part / whole:.2f}" if whole else "-"


def figures_lines(figures: Figures, show: set[str]) -> list[str]:
    """The table of recall, then precision and the clean cases; with `show`, misses, false hits and rules."""
    difficulties = figures.difficulties
    rows = [["recall", *difficulties, "all"]]
    for label in [*labels_of(figures), "all"]:
        cells = [_share(*figures.recall(label, difficulty)) for difficulty in difficulties]
        rows.append([label, *cells, _share(*figures.recall(label))])
    lines = table(rows)
    flagged, rejected, clean = figures.clean()
    lines += [
        "",
        f"precision {_share(*figures.precision)}",
        f"clean: flagged {_share(flagged, clean)}, rejected {_share(rejected, clean)}",
    ]
    if figures.gray:
        flagged = sum(bool(case.findings) for case in figures.gray)
        lines.append(f"gray cases, counted nowhere above: {len(figures.gray)}, flagged {flagged}")
    if show & {"rules", "all"}:
        lines += ["", *rule_lines(figures)]
    if show & {"misses", "all"}:
        lines += ["", "missed:", *(line for case in figures.cases if case.missed for line in case_lines(case))]
    if show & {"false", "all"}:
        lines += ["", "false:", *(line for case in figures.cases if case.false for line in case_lines(case))]
    return lines


def rule_lines(figures: Figures) -> list[str]:
    """A line a rule: right and false hits, the interval of its precision, and how many cases only it finds."""
    rows = [["rule", "hits", "false", "precision (95 %)", "only"]]
    for each in figures.rules():
        low, high = each.interval
        only = f"{len(each.only)}" + (f": {' '.join(each.only[:6])}" if each.only else "")
        rows.append([each.rule, str(each.hits), str(each.false_hits), f"{low:.2f}-{high:.2f}", only])
    return table(rows)


def case_lines(case: Judged) -> list[str]:
    """A case with its labels, what is missing, and the spans that were found."""
    labels = ", ".join(sorted(case.labels)) or "clean"
    missing = f"   missed: {', '.join(sorted(case.missed))}" if case.missed else ""
    lines = [
        f"{case.row.id} [{labels}; {case.difficulty}]{missing}",
        f"  {marked(case.row.feedback.text, case.findings)}",
    ]
    false = set(case.false)
    for finding in case.findings:
        lines.append(f"    {'FALSE ' * (finding in false)}{finding.rule} [[{finding.text}]] {finding.why}")
    return lines


def comparison_lines(before: Figures, after: Figures) -> list[str]:
    """What changed from one policy to another on the same cases."""
    lines = ["", "compared with the other policy:"]
    for change, old, new in differences(before, after):
        lines.append(
            f"{change}: {old.row.id}: {', '.join(sorted(old.found)) or 'clean'} -> {', '.join(sorted(new.found)) or 'clean'}"
        )
        lines.append(f"  {marked(new.row.feedback.text, new.findings)}")
    if len(lines) == 2:
        lines.append("no case changed")
    return lines


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns padded to the width of their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def figures_json(figures: Figures) -> dict[str, Any]:
    """All figures as plain values."""
    flagged, rejected, clean = figures.clean()
    return {
        "evenhand": 1,
        "kind": "measure",
        "recall": {
            label: {difficulty: figures.recall(label, difficulty) for difficulty in figures.difficulties}
            for label in [*labels_of(figures), "all"]
        },
        "precision": figures.precision,
        "clean": {"flagged": flagged, "rejected": rejected, "all": clean},
        "rules": [
            {"rule": r.rule, "hits": r.hits, "false_hits": r.false_hits, "interval": r.interval, "only": r.only}
            for r in figures.rules()
        ],
    }
