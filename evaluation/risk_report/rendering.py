"""The page as one HTML file that asks nothing of a network and needs no script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from evaluation.risk_report import formats as say
from evaluation.risk_report.drawing import NARROW, WIDE, svg
from evaluation.risk_report.page import (
    Bars,
    Cards,
    Cell,
    Chart,
    Facts,
    Grid,
    Page,
    Points,
    Said,
    Spread,
    State,
    ThroughTime,
)

TEMPLATE = Path(__file__).parent / "page.html.jinja"
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_KINDS = {
    Said: "said",
    Points: "points",
    Cards: "cards",
    Facts: "facts",
    Grid: "grid",
    Bars: "chart",
    ThroughTime: "chart",
    Spread: "chart",
}


@dataclass(frozen=True)
class _Drawn:
    """A chart at both widths."""

    wide: Markup
    narrow: Markup


def html(page: Page) -> str:
    """The same page gives the same text. Names and sentences are escaped, drawings are ours."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        page=page, kind=lambda part: _KINDS[type(part)], states=_states, drawn=_drawn, marked=_marked
    )


def _states(cell: Cell) -> tuple[State, ...]:
    """The coloured words of a cell; none where it is plain text."""
    if isinstance(cell, State):
        return (cell,)
    return cell if isinstance(cell, tuple) else ()


def _marked(text: str) -> Markup:
    """A sentence, escaped, with what stands between backticks as code. Names of tables are long: a line may break them
    after an underscore, and not within a day.
    """
    parts = [_broken_well(part) for part in say.together(text).split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _broken_well(text: str) -> Markup:
    broken = escape(text).replace("_", Markup("_<wbr>"))
    return Markup(_DAY.sub(r'<span class="whole">\g<0></span>', str(broken)))


def _drawn(chart: Chart) -> _Drawn:
    # matplotlib has escaped the text that stands in the drawings.
    return _Drawn(Markup(svg(chart, WIDE)), Markup(svg(chart, NARROW)))
