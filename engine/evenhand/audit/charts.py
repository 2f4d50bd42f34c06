"""Pictures of counts, drawn by matplotlib as SVG that stands in a page by itself."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Told apart by eye, by those who see fewer colours, and in grey print.
COLOURS = {"allow": "#d9dee4", "nudge": "#6699cc", "hold": "#e0b030", "reject": "#994455"}
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and copied
    "font.family": "sans-serif",
    "font.size": 10,
    "text.parse_math": False,  # a dollar is a dollar
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#59636e",
    "axes.labelcolor": "#1f2328",
    "xtick.color": "#1f2328",
    "ytick.color": "#1f2328",
}
_PLAIN = "#5a6b7b"  # where nothing is told apart
LONGEST = 26  # characters of a label
_WIDTH, _BAR = 5.2, 0.3  # inches; inches a bar


def bars(title: str, rows: Mapping[str, Mapping[str, float]], unit: str, *, order: Sequence[str]) -> str:
    """Lying bars, a row each, stacked from the parts named in `order`; an SVG element with its title."""
    names = list(rows)
    with styled(title):
        figure = Figure(figsize=(_WIDTH, 1.1 + _BAR * max(1, len(names))), layout="constrained")
        axes = figure.add_subplot()
        before = [0.0] * len(names)
        for part in order:
            widths = [rows[name].get(part, 0) for name in names]
            if any(widths):
                axes.barh(
                    range(len(names)), widths, left=before, color=COLOURS.get(part, _PLAIN), label=part, height=0.7
                )
                before = [a + b for a, b in zip(before, widths, strict=True)]
        axes.set_yticks(range(len(names)), [shortened(name) for name in names])
        axes.invert_yaxis()
        axes.set_xlabel(unit)
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=max([*before, 0]) >= 5))
        axes.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(_number))
        if len(order) > 1 and any(before):
            figure.legend(loc="outside upper right", ncols=len(order), frameon=False)
        return svg_of(figure, title)


def columns(title: str, rows: Mapping[str, Mapping[str, float]], unit: str, *, order: Sequence[str]) -> str:
    """Standing bars along time, stacked from the parts named in `order`; an SVG element with its title."""
    names = list(rows)
    with styled(title):
        figure = Figure(figsize=(_WIDTH, 2.9), layout="constrained")
        axes = figure.add_subplot()
        below = [0.0] * len(names)
        for part in order:
            heights = [rows[name].get(part, 0) for name in names]
            if any(heights):
                axes.bar(range(len(names)), heights, bottom=below, color=COLOURS[part], label=part, width=0.8)
                below = [a + b for a, b in zip(below, heights, strict=True)]
        step = max(1, -(-len(names) // 6))
        axes.set_xticks(range(0, len(names), step), names[::step])
        axes.set_ylabel(unit)
        axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
        axes.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(_number))
        if any(below):
            figure.legend(loc="outside upper right", ncols=len(order), frameon=False)
        return svg_of(figure, title)


def whiskers(
    title: str, rows: Mapping[str, tuple[float, float, float]], unit: str, *, even: float | None = None
) -> str:
    """A dot a row with the interval around it (value, low, high); an SVG element with its title.

    `even` is the ratio at which nothing differs: it is marked, and the scale is that of ratios.
    """
    names = list(rows)
    with styled(title):
        figure = Figure(figsize=(_WIDTH, 1.1 + _BAR * max(1, len(names))), layout="constrained")
        axes = figure.add_subplot()
        for at, (value, low, high) in enumerate(rows.values()):
            axes.plot([low, high], [at, at], color=_PLAIN, linewidth=2, solid_capstyle="butt")
            axes.plot([value], [at], color=COLOURS["reject"], marker="o", markersize=6)
        if even is not None:
            axes.set_xscale("log")
            axes.axvline(even, color="#59636e", linewidth=1, linestyle="--")
            axes.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        else:
            axes.set_xlim(left=0)
            axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
        axes.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(_number))
        axes.set_yticks(range(len(names)), [shortened(name) for name in names])
        axes.invert_yaxis()
        axes.set_xlabel(unit)
        return svg_of(figure, title)


def styled(title: str) -> AbstractContextManager[None]:
    """The style of all pictures."""
    settings: Any = {**_STYLE, "svg.hashsalt": title}  # the same picture has the same bytes
    return mpl.rc_context(settings)


def shortened(name: str, most: int = LONGEST) -> str:
    """A name that fits beside a bar or a dot."""
    return name if len(name) <= most else name[: most - 1] + "…"


def _number(value: float, _: object = None) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2g}"


def svg_of(figure: Figure, title: str) -> str:
    """A figure as an SVG element; the page says in words what it shows."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # letters that the font has not: the reader's font may have them
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Title": title}, transparent=True)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' width="[\d.]+pt" height="[\d.]+pt"', "", svg, count=1)
    return svg.replace("<svg", '<svg role="img" aria-hidden="true"', 1)
