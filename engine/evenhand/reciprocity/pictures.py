"""Pictures of one finding: who hired whom, and when; drawn by matplotlib as SVG that stands in a page by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from math import cos, pi, sin
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib import dates
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from ..audit.charts import COLOURS, LONGEST, shortened, styled, svg_of
from .findings import Contract, Finding

_FAST, _OTHER = COLOURS["reject"], "#5a6b7b"
_DATE: Any = dates.DateFormatter  # neither has types
_NUMBER: Any = dates.date2num
_PAPER = {"boxstyle": "round,pad=0.15", "facecolor": "#ffffff", "edgecolor": "none"}  # behind a label
_PAIRS = 24  # rows of a time line; the busiest pairs
VALUES = 14  # pairs up to which each arrow has its value


def network(found: Finding, *, hire: bool) -> str:
    """Members on a circle; an arrow from who hires to who is hired, as thick as contracts are many, and their middle value.

    Where nobody knows who hired whom (`hire` is false), a line.
    """
    title = f"Who hired whom in {found.id}"
    place = _places(found)
    hires = hires_of(found.contracts)
    with styled(title):
        figure = Figure(figsize=(5.2, 4.4))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(-1.65, 1.65)
        axes.set_ylim(-1.4, 1.4)
        for (client, freelancer), held in hires.items():
            both_ways = (freelancer, client) in hires
            _arrow(
                axes,
                place[client],
                place[freelancer],
                held,
                bent=0.18 if both_ways else 0.0,
                head="-|>" if hire else "-",
            )
            if len(hires) <= VALUES:
                _value(axes, place[client], place[freelancer], held, aside=0.1 if both_ways else 0.0)
        for one, (x, y) in place.items():
            axes.plot([x], [y], "o", color="#ffffff", markeredgecolor="#1f2328", markersize=9)
            side = "left" if x > 0.2 else "right" if x < -0.2 else "center"
            level = "center" if abs(x) > 0.2 else "bottom" if y > 0 else "top"
            axes.text(
                x * 1.13, y * 1.13 if y or x else -0.1, shortened(one, 18), ha=side, va=level,
                fontsize=9 if len(place) <= 16 else 7, bbox=_PAPER, zorder=3,
            )  # fmt: skip
        return svg_of(figure, title)


def _places(found: Finding) -> dict[str, tuple[float, float]]:
    """Where the members stand: on a circle, in the order of the closed path, the others behind; of a star the centre within."""
    order = [*found.cycle, *(each for each in found.members if each not in set(found.cycle))]
    middle: dict[str, tuple[float, float]] = {}
    if found.shape == "star":
        ends = Counter(end for each in found.contracts for end in {each.client, each.freelancer})
        centre = max(order, key=lambda one: (ends[one], one))
        order.remove(centre)
        middle = {centre: (0.0, 0.0)}
    return {**{one: _point(at, len(order)) for at, one in enumerate(order)}, **middle}


def _point(at: int, of: int) -> tuple[float, float]:
    angle = pi / 2 - 2 * pi * at / of
    return cos(angle), sin(angle)


def hires_of(contracts: Sequence[Contract]) -> dict[tuple[str, str], list[Contract]]:
    """Contracts by (client, freelancer), in order."""
    found: dict[tuple[str, str], list[Contract]] = {}
    for each in contracts:
        found.setdefault((each.client, each.freelancer), []).append(each)
    return dict(sorted(found.items()))


def _mostly_fast(held: Sequence[Contract]) -> bool:
    return 2 * sum(each.fast for each in held) >= len(held)


def _arrow(
    axes: mpl.axes.Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    held: Sequence[Contract],
    bent: float,
    head: str,
) -> None:
    colour, style = (_FAST, "solid") if _mostly_fast(held) else (_OTHER, (0, (4, 2)))
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=head, mutation_scale=11, shrinkA=7, shrinkB=7, color=colour, linestyle=style,
            linewidth=min(4.0, 0.8 + 0.5 * len(held)), connectionstyle=f"arc3,rad={bent}",
        )
    )  # fmt: skip


def _value(
    axes: mpl.axes.Axes, start: tuple[float, float], end: tuple[float, float], held: Sequence[Contract], aside: float
) -> None:
    values = [each.value for each in held if each.value is not None]
    if not values:
        return
    x, y = (0.55 * start[0] + 0.45 * end[0], 0.55 * start[1] + 0.45 * end[1])
    across = (end[1] - start[1], start[0] - end[0])
    axes.text(
        x + aside * across[0], y + aside * across[1], f"{median(values):,.0f}", fontsize=8, ha="center", va="center",
        bbox=_PAPER,
    )  # fmt: skip


def time_line(found: Finding) -> str:
    """A row a pair, a mark a contract, at its end."""
    title = f"When, in {found.id}"
    hires = hires_of(found.contracts)
    shown = sorted(hires, key=lambda pair: (-len(hires[pair]), pair))[:_PAIRS]
    shown.sort(key=lambda pair: (_at(hires[pair][0]), pair))
    with styled(title):
        figure = Figure(figsize=(5.2, 1.0 + 0.24 * len(shown)))
        axes = figure.add_axes((0.42, 0.55 / (1.0 + 0.24 * len(shown)), 0.5, 1 - 0.65 / (1.0 + 0.24 * len(shown))))
        for row, pair in enumerate(shown):
            times = [_at(each) for each in hires[pair]]
            axes.plot([times[0], times[-1]], [row, row], color="#d1d9e0", linewidth=1)
            for fast, mark in ((True, "o"), (False, "D")):
                chosen = [at for at, each in zip(times, hires[pair], strict=True) if each.fast is fast]
                axes.plot(
                    chosen, [row] * len(chosen), mark, color=_FAST if fast else _OTHER, markersize=5, linestyle="none"
                )
        axes.set_yticks(range(len(shown)), [shortened(f"{one} → {other}", LONGEST) for one, other in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        ends = [_at(each) for held in hires.values() for each in held]
        axes.set_xticks(sorted({min(ends), max(ends)}) if max(ends) - min(ends) > 1 else [min(ends)])
        axes.xaxis.set_major_formatter(_DATE("%Y-%m-%d"))
        return svg_of(figure, title)


def _at(contract: Contract) -> float:
    written = contract.ended or contract.client_wrote or contract.freelancer_wrote
    return float(_NUMBER(datetime.fromisoformat(written))) if written else 0.0
