"""An impact as people and build servers read it: lines, JSON, annotations of a pull request, a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import Place
from ..model import Finding, Verdict
from ..report import Remark, to_github, to_json
from .compare import Flip
from .edits import Edit
from .run import Impact
from .tally import SLICES, Effect

_SHOWN = 12  # edits, slices: in lines


def shown(impact: Impact, form: str, command: Sequence[str] = ()) -> str:
    """The impact in one of the forms `text`, `json`, `github` and `html`."""
    match form:
        case "json":
            return to_json("impact", [_effect_json(each) for each in impact.effects], **_facts(impact))
        case "github":
            return to_github(_remarks(impact))
        case "html":
            return _page(impact, command)
    return "\n".join(_lines(impact))


# --- plain values ---------------------------------------------------------------------------------------------------


def _facts(impact: Impact) -> dict[str, Any]:
    sides = {
        name: {"name": side.name, "policy_version": side.version, "rules": list(side.rules)}
        for name, side in (("old", impact.old), ("new", impact.new))
    }
    budgets = [
        {"budget": each.budget.written, "used": each.used, "allowed": each.allowed, "exceeded": each.exceeded}
        for each in impact.budgets
    ]
    return {**sides, "counts": impact.tally.plain(), "budgets": budgets, "idle": [_edit_json(e) for e in impact.idle]}


def _edit_json(edit: Edit) -> dict[str, Any]:
    place = {"file": edit.place.file, "line": edit.place.line, "column": edit.place.column}
    return {**place, "done": edit.done, "old": edit.old, "new": edit.new}


def _effect_json(effect: Effect) -> dict[str, Any]:
    return {
        **_edit_json(effect.edit),
        "rows": effect.rows,
        "directions": dict(effect.outcomes.most_common()),
        "rules": dict(effect.rules.most_common()),
        "samples": [flip_json(flip, [effect.edit]) for flip in effect.samples],
    }


def flip_json(flip: Flip, edits: Iterable[Edit]) -> dict[str, Any]:
    """Feedback that differs, as plain values: both verdicts with their findings, and the edited lines behind it."""
    facts = flip.feedback
    return {
        "row": flip.row,
        "id": flip.id,
        "text": facts.text,
        "rating": facts.rating,
        "author": facts.author,
        "locale": facts.locale,
        "old": _verdict_json(flip.old, flip.rules),
        "new": _verdict_json(flip.new, flip.rules),
        "causes": [str(edit.place) for edit in edits],
    }


def _verdict_json(verdict: Verdict, rules: Sequence[str]) -> dict[str, Any]:
    found = [(each, False) for each in verdict.findings] + [(each, True) for each in verdict.shadow]
    return {
        "outcome": str(verdict.outcome),
        "findings": [_finding_json(each, trial) for each, trial in found if each.rule in rules],
    }


def _finding_json(finding: Finding, trial: bool) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "start": finding.start,
        "end": finding.end,
        "outcome": str(finding.outcome),
        "shadow": trial,
        "why": finding.why,
    }


# --- lines ----------------------------------------------------------------------------------------------------------


def _lines(impact: Impact) -> Iterator[str]:
    tally = impact.tally
    rules = sorted({*impact.old.rules, *impact.new.rules})
    yield f"{impact.old.name} ({impact.old.version}) to {impact.new.name} ({impact.new.version})"
    if not rules:
        yield "no rule differs: no verdict can change"
        return
    yield f"{len(rules)} rules differ: {', '.join(rules[:_SHOWN])}" + f" and {len(rules) - _SHOWN} more" * (
        len(rules) > _SHOWN
    )
    yield f"{tally.rows:,} feedback judged" + f", {tally.unread:,} could not be" * bool(tally.unread)
    yield f"{tally.changed:,} verdicts change ({_share(tally.changed, tally.rows)}), {tally.other:,} keep their outcome with other findings"
    yield from (f"  {count:>9,}  {way}" for way, count in tally.directions.most_common())
    for name in SLICES:
        counted = {value: counts.total() for value, counts in tally.slices[name].items()}
        if counted and set(counted) != {"unknown"}:
            each = ", ".join(f"{value} {count:,}" for value, count in sorted(counted.items())[:_SHOWN])
            yield f"  by {name}: {each}"
    if impact.effects:
        yield ""
        yield "the edits behind it, the largest first"
        for effect in impact.effects[:_SHOWN]:
            yield from _effect_lines(effect)
        if len(impact.effects) > _SHOWN:
            yield f"  and {len(impact.effects) - _SHOWN} more edits"
    if impact.idle:
        yield ""
        yield "edits that change nothing on this feedback"
        yield from (f"  {edit}" for edit in impact.idle[:_SHOWN])
        if len(impact.idle) > _SHOWN:
            yield f"  and {len(impact.idle) - _SHOWN} more"
    if impact.budgets:
        yield ""
        yield from map(str, impact.budgets)


def _effect_lines(effect: Effect) -> Iterator[str]:
    yield f"  {effect.edit}"
    rules = ", ".join(f"{rule} {count:,}" for rule, count in effect.rules.most_common(3))
    ways = ", ".join(f"{count:,} {way}" for way, count in effect.outcomes.most_common(3))
    yield f"      {ways} ({rules})"
    for flip in effect.samples[:2]:
        for side, verdict in (("was", flip.old), ("is", flip.new)):
            yield f"      {side:>3} {verdict.outcome!s:<6} {_text(flip, verdict)}"


def _text(flip: Flip, verdict: Verdict, around: int = 60) -> str:
    """The text around what the rules that differ found, on one line, the spans marked."""
    line = "".join(f"[[{piece}]]" if on else piece for on, piece in _pieces(flip, verdict, around))
    return "".join(char if char.isprintable() else " " for char in line)


def _pieces(flip: Flip, verdict: Verdict, around: int = 120) -> list[tuple[bool, str]]:
    """The same in pieces, each with whether it is marked."""
    text = flip.feedback.text
    every = [*flip.old.findings, *flip.old.shadow, *flip.new.findings, *flip.new.shadow]
    spans = [(each.start, each.end) for each in every if each.rule in flip.rules]
    start, end = max(0, min(a for a, _ in spans) - around), min(len(text), max(b for _, b in spans) + around)
    pieces = [(False, "\u2026")] * (start > 0)
    at = start
    for finding in sorted((*verdict.findings, *verdict.shadow), key=lambda each: (each.start, each.end)):
        if finding.rule in flip.rules and finding.end > at:
            pieces += [(False, text[at : finding.start]), (True, text[max(at, finding.start) : finding.end])]
            at = finding.end
    pieces += [(False, text[at:end])] + [(False, "\u2026")] * (end < len(text))
    return [(on, piece) for on, piece in pieces if piece]


def _share(count: int, rows: int) -> str:
    return f"{100 * count / rows:.3g} %" if rows else "none"


# --- annotations of a pull request ----------------------------------------------------------------------------------


def _remarks(impact: Impact) -> Iterator[Remark]:
    rows = impact.tally.rows
    level = "error" if impact.exceeded else "warning"
    for effect in impact.effects:
        ways = ", ".join(f"{count:,} {way}" for way, count in effect.outcomes.most_common(4))
        sample = effect.samples[0]
        message = f"on {rows:,} past feedback this edit changes {ways}; such as: {_text(sample, sample.new)}"
        yield Remark(effect.edit.place, "impact", level, message)
    for edit in impact.idle:
        yield Remark(edit.place, "impact", "note", f"on {rows:,} past feedback this edit changes no verdict")
    for spent in impact.budgets:
        yield Remark(Place("policies.yaml"), "impact-budget", "error" if spent.exceeded else "note", str(spent))


# --- the page -------------------------------------------------------------------------------------------------------


def _page(impact: Impact, command: Sequence[str]) -> str:
    from ..pages import page

    return page(
        "evenhand.impact",
        "report.html",
        impact=impact,
        tally=impact.tally,
        rules=sorted({*impact.old.rules, *impact.new.rules}),
        ways=impact.tally.directions.most_common(),
        slices={name: _table(impact.tally.slices[name]) for name in SLICES},
        categories=_table({name: c for name, c in impact.tally.categories.items() if c}),
        by_rule=_table(impact.tally.rules),
        share=_share,
        pieces=_pieces,
        command=" ".join(["evenhand", *command]),
    )


def _table(counted: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Heads, and rows with a number for each."""
    heads = sorted({way for counts in counted.values() for way in counts})
    return heads, [(name, [counts.get(way, 0) for way in heads]) for name, counts in sorted(counted.items())]
