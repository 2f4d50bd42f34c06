"""The report: one HTML page that needs nothing else, for a reviewer who decides whom to ask about what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from ..audit.inputs import command
from ..pages import page, part
from .findings import Finding, Told
from .pictures import VALUES, hires_of, network, time_line
from .sentences import share

if TYPE_CHECKING:
    from .run import Rings

_DRAWN = {"A": 20, "B": 5}  # findings shown whole, of each tier
_LISTED = 500  # more of them in a table, of each tier
_CONTRACTS = 60  # of a finding, in its table
_SAID = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SHAPES = {
    "pair": "who hired each other",
    "cycle": "who hire each other in a circle",
    "clique": "nearly all of whom worked with each other",
    "star": "around one person",
    "group": "who work with each other more than with the rest",
}


def as_html(whole: Rings, plain: Mapping[str, Any]) -> str:
    """The page; it needs nothing else and no network. The same findings give the same bytes."""
    tiers = {tier: whole.tier(tier) for tier in ("A", "B")}
    shown = {tier: found[: _DRAWN[tier]] for tier, found in tiers.items()}
    rest = {tier: found[_DRAWN[tier] :] for tier, found in tiers.items()}
    return page(
        "evenhand.reciprocity",
        "report.html",
        plain=plain,
        a=shown["A"],
        b=shown["B"],
        rest_a=rest["A"][:_LISTED],
        rest_b=rest["B"][:_LISTED],
        unlisted=sum(max(0, len(found) - _LISTED) for found in rest.values()),
        people={tier: len({one for each in found for one in each.members}) for tier, found in tiers.items()},
        one=partial(_one, hire=whole.market.hire),
        table=_table,
        command=command("rings", plain, *(["--redact"] if plain["redacted"] else [])),
        thresholds=json.dumps({name: each for name, each in plain["thresholds"].items() if name != "exempt_groups"}),
        number=lambda value: f"{value:,}",
        percent=share,
    )


def _one(each: Finding, number: int, *, hire: bool) -> Markup:
    """One finding, whole."""
    return part(
        "evenhand.reciprocity",
        "finding.html",
        each=each,
        number=number,
        heading=heading(each),
        evidence=sorted(each.evidence, key=lambda line: -line.points),
        texts=[{**text.__dict__, "marked": _marked(text)} for text in each.texts],
        network=Markup(network(each, hire=hire)),
        hire=hire,
        line=Markup(time_line(each)),
        hires="; ".join(
            f"{one.client} {'hired' if hire else 'and'} {one.freelancer}" for one in each.contracts[:_CONTRACTS]
        ),
        last=max(
            (row.ended or row.client_wrote or row.freelancer_wrote or "" for row in each.contracts), default=each.last
        ),
        valued=len(hires_of(each.contracts)) <= VALUES,
        shown=_CONTRACTS,
        short=lambda instant: "–" if instant is None else instant[:16].replace("T", " "),
        stars=lambda value: "–" if value is None else f"{value:g}",
    )


def heading(each: Finding) -> str:
    """Who they are, in words."""
    size = len(each.members)
    return f"{_SAID[size].capitalize() if size < len(_SAID) else size} people {_SHAPES[each.shape]}"


def _marked(text: Told) -> Markup:
    before, span, behind = text.text[: text.start], text.text[text.start : text.end], text.text[text.end :]
    return Markup("{}<mark>{}</mark>{}").format(before, span, behind)


def _table(rows: Sequence[Finding], caption: str) -> Markup:
    """The findings that are not shown whole, a row each."""
    head = ("finding", "people", "points", "contracts", "strongest evidence")
    cells = "".join(
        Markup("<tr><th scope='row'>{}</th><td>{}</td><td>{:.1f}</td><td>{}</td><td class='left'>{}</td></tr>").format(
            each.id,
            len(each.members),
            each.points,
            len(each.contracts),
            max(each.evidence, key=lambda line: line.points).sentence,
        )
        for each in rows
    )
    names = Markup("").join(Markup("<th scope='col'{}>{}</th>").format(Markup(" class='left'" if name == head[-1] else ""), name) for name in head)  # fmt: skip
    return Markup(
        f"<div class='wide'><table><caption>{escape(caption)}</caption><thead><tr>{names}</tr></thead><tbody>{cells}</tbody></table></div>"
    )
