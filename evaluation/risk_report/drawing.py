"""Charts as SVG that stands in the page: its colours are the page's, its text is text, its ids belong to one chart.

The same chart gives the same bytes: ids come from the chart's name, nothing from the clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from math import ceil
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evaluation.risk_report import formats as say
from evaluation.risk_report.page import Bars, Chart, Spread, ThroughTime, Tone

WIDE, NARROW = 860, 340
"""Widths in CSS pixels: a figure for each, as text that is scaled down to a telephone's width cannot be read."""

# Drawn in these colours, which nothing else has, and shown in the page's, which follow the reader's light or dark.
_INK, _FAINT, _GRID = "#0a0b01", "#0a0b02", "#0a0b03"
_TONES: dict[Tone, str] = {
    "plain": "#0a0b04",
    "muted": "#0a0b05",
    "good": "#0a0b06",
    "watch": "#0a0b07",
    "bad": "#0a0b08",
}
_SECOND = "#0a0b09"
_VARIABLES = {
    _INK: "var(--ink)",
    _FAINT: "var(--faint)",
    _GRID: "var(--grid)",
    _SECOND: "var(--second)",
    **{colour: f"var(--{tone})" for tone, colour in _TONES.items()},
}
_SETTINGS = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _FAINT,
    "axes.titlesize": 12,
    "xtick.color": _FAINT,
    "ytick.color": _FAINT,
    "text.color": _INK,
    "grid.color": _GRID,
    "axes.axisbelow": True,
    "legend.frameon": False,
}
_ROW = 26
"""Height of a bar's row, CSS pixels."""


def svg(chart: Chart, width: int) -> str:
    """One chart at one width, for `role="img"`: the page says its title and description."""
    draw, height = _drawn(chart, width)
    name = f"{chart.name}-{width}"
    settings: dict[str, Any] = {**_SETTINGS, "svg.hashsalt": name}
    with matplotlib.rc_context(settings):  # type: ignore[arg-type]
        figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
        draw(figure.add_subplot(), width)
        out = StringIO()
        figure.savefig(out, format="svg", transparent=True)
    return _inline(out.getvalue(), name)


def _drawn(chart: Chart, width: int) -> tuple[Callable[[Axes, int], None], float]:
    if isinstance(chart, Bars):
        rows = sum(_lines_of(bar.label, width) for bar in chart.bars)
        return lambda axes, _: _bars(axes, chart, width), max(110, _ROW * rows + 70)
    if isinstance(chart, ThroughTime):
        return lambda axes, _: _through_time(axes, chart, width), 340 if width > 500 else 300
    assert isinstance(chart, Spread)
    return lambda axes, _: _spread(axes, chart), 260


def _through_time(axes: Axes, chart: ThroughTime, width: int) -> None:
    places = list(range(len(chart.days)))
    tones = [_TONES["bad"] if hit else _TONES["muted"] for hit in chart.hits]
    axes.bar(places, chart.losses, width=0.85, color=tones, label="_losses")
    for (label, values), colour, style in zip(
        chart.steps, (_TONES["plain"], _SECOND), ("-", "--"), strict=True
    ):
        axes.step(places, values, where="mid", color=colour, linestyle=style, linewidth=1.6, label=label)
    beyond = [place for place, hit in zip(places, chart.hits, strict=True) if hit]
    if beyond:
        axes.plot(
            beyond,
            [chart.losses[place] for place in beyond],
            linestyle="none",
            marker="v",
            markersize=7,
            color=_TONES["bad"],
            label="hit: loss beyond value at risk",
        )
    axes.axhline(0, color=_FAINT, linewidth=0.8)
    ticks = _evenly(len(places), 6 if width > 500 else 3)
    axes.set_xticks(ticks, [chart.days[place] for place in ticks])
    axes.set_xlim(-1, max(len(places), 2))
    axes.set_title(chart.axis, loc="left", color=_FAINT)
    _money_axis(axes.yaxis)
    axes.grid(axis="y")
    low, high = axes.get_ylim()
    # Room for the legend, which would lie on the lines.
    axes.set_ylim(low, high + (high - low) * (0.14 if width > 500 else 0.34))
    axes.legend(
        loc="upper left", ncols=3 if width > 500 else 1, fontsize=12, borderaxespad=0, labelcolor=_INK
    )


def _bars(axes: Axes, chart: Bars, width: int) -> None:
    heights = [_lines_of(bar.label, width) for bar in chart.bars]
    places = [sum(heights[:n]) + heights[n] / 2 for n in range(len(heights))]
    values = [bar.value for bar in chart.bars]
    axes.barh(places, values, height=0.62, color=[_TONES[bar.tone] for bar in chart.bars])
    axes.set_yticks(places, [_wrapped(bar.label, width) for bar in chart.bars])
    axes.tick_params(axis="y", length=0, labelcolor=_INK)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(max(sum(heights), 1), 0)
    low, high = min([0.0, *values]), max([0.0, *values, *[at for at, _ in chart.marks]])
    room = (high - low or 1.0) * (0.14 if width > 500 else 0.36)
    # To the left are the bars' names, which nothing may lie on.
    axes.set_xlim(low - (room * 1.4 if low < 0 else 0), high + room)
    for place, value in zip(places, values, strict=True):
        text = say.percent(value) if chart.is_share else say.short(value)
        axes.annotate(
            text,
            (value, place),
            xytext=(4 if value >= 0 else -4, 0),
            textcoords="offset points",
            va="center",
            ha="left" if value >= 0 else "right",
            fontsize=12,
        )
    for place, (at, label) in enumerate(chart.marks):
        is_last = place == len(chart.marks) - 1
        axes.axvline(at, color=_TONES["bad" if is_last else "watch"], linestyle="--", linewidth=1.2)
        if width > 500 or place == 0 or is_last:
            axes.annotate(
                label, (at, 0), xytext=(0, 4), textcoords="offset points", va="bottom", fontsize=12,
                ha="left" if is_last else "right" if place == 0 else "center",
            )  # fmt: skip
    axes.axvline(0, color=_FAINT, linewidth=0.8)
    axes.set_xlabel(chart.axis)
    axes.xaxis.set_major_locator(MaxNLocator(6 if width > 500 else 3, integer=chart.axis == "accounts"))
    shown = (
        (lambda value, _: say.percent(value, 0)) if chart.is_share else (lambda value, _: say.short(value))
    )
    axes.xaxis.set_major_formatter(FuncFormatter(shown))
    axes.grid(axis="x")


def _spread(axes: Axes, chart: Spread) -> None:
    axes.hist(chart.losses, bins=40, color=_TONES["muted"])
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.18)
    # Value at risk is the smaller of the two, so that its label finds room to the left of its line.
    for (at, label), colour, side in zip(chart.marks, (_TONES["plain"], _SECOND), (-1, 1), strict=True):
        axes.axvline(at, color=colour, linewidth=1.6, linestyle="--")
        axes.annotate(
            f"{label} {say.short(at)}", (at, 0.98), xycoords=axes.get_xaxis_transform(), xytext=(5 * side, 0),
            textcoords="offset points", ha="left" if side > 0 else "right", va="top", fontsize=12,
        )  # fmt: skip
    axes.set_xlabel(chart.axis)
    axes.set_title("number of sessions", loc="left", color=_FAINT)
    _money_axis(axes.xaxis)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.grid(axis="y")


def _money_axis(axis: Any) -> None:
    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: say.short(value)))


def _evenly(count: int, most: int) -> list[int]:
    """At most so many places, all equally far apart, the last one among them."""
    step = max(1, ceil((count - 1) / (most - 1)))
    return list(range((count - 1) % step, count, step)) if count else []


def _wrapped(label: str, width: int) -> str:
    """A label in lines that leave room for bars."""
    most = 48 if width > 500 else 18
    lines: list[str] = []
    for part in say.together(label).split("\n"):
        line = ""
        for word in part.split(" "):
            if line and len(line) + 1 + len(word) > most:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        lines.append(line)
    return "\n".join(lines)


def _lines_of(label: str, width: int) -> float:
    """How many rows a bar takes: each further line of its label is two thirds of one."""
    return 1 + (_wrapped(label, width).count("\n")) * 0.66


def _inline(text: str, name: str) -> str:
    """The svg element alone, with no address of another file in it."""
    text = text[text.index("<svg") :]
    # Among them the time of drawing.
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    # Sizes are the page's; the view box keeps the proportions.
    return re.sub(
        r'(<svg[^>]*?) width="[^"]*"',
        r"\1",
        re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1),
        count=1,
    ).strip()
