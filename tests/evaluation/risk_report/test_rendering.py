"""The page as HTML: it stands alone, can be read without a script, and is the same each time."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from evaluation.risk_report.drawing import NARROW, WIDE, svg
from evaluation.risk_report.page import (
    Bar,
    Bars,
    Grid,
    Page,
    Points,
    Said,
    Section,
    Spread,
    State,
    ThroughTime,
)
from evaluation.risk_report.rendering import html
from evaluation.risk_report.writing import page_of
from tests.evaluation.risk_report.session_rows import answers

SECTIONS = [
    "summary", "through-time", "composition", "methods", "backtests", "stress", "limits", "accounts", "concentration",
    "margin", "statements", "prices", "caveats", "as-of",
]  # fmt: skip
VOID = {"wbr", "meta", "br", "img", "link", "input", "hr"}


class Read(HTMLParser):
    """Every element with its attributes, and whether all that was opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def values(self, attribute: str) -> list[str]:
        return [value for _, found in self.elements if (value := found.get(attribute)) is not None]

    def with_tag(self, tag: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag]


@pytest.fixture(scope="module")
def text() -> str:
    return html(page_of(answers()))


@pytest.fixture(scope="module")
def page(text: str) -> Read:
    return Read(text)


def test_every_section_is_there_and_linked_in_order(page: Read) -> None:
    assert [found["id"] for found in page.with_tag("section")] == SECTIONS
    assert [found["href"] for found in page.with_tag("a")] == [f"#{name}" for name in SECTIONS]


def test_a_section_without_rows_says_why(text: str) -> None:
    margin = text[text.index('<section id="margin"') : text.index('<section id="statements"')]
    assert '<p class="why">There are no rows.</p>' in margin


def test_it_asks_for_nothing(text: str, page: Read) -> None:
    assert not re.search(r"https?:|//[a-z]|@import|<script|<link|<img|<iframe| on[a-z]+=", text)
    assert {value[0] for value in page.values("href")} == {"#"}
    assert page.values("src") == []
    assert set(re.findall(r"url\((.)", text)) <= {"#"}


def test_ids_are_unique_and_all_that_is_pointed_at_is_there(text: str, page: Read) -> None:
    ids = page.values("id")
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    pointed = [value[1:] for value in page.values("href")] + re.findall(r"url\(#([^)]+)\)", text)
    pointed += page.values("aria-labelledby")
    assert set(pointed) <= set(ids)
    assert len(page.with_tag("svg")) == 10


def test_drawings_say_what_they_show_and_tables_what_they_are(page: Read) -> None:
    drawings = [found for _, found in page.elements if found.get("role") == "img"]
    assert len(drawings) == 10
    assert all(found["aria-label"] for found in drawings)
    assert len(page.with_tag("caption")) == len(page.with_tag("table"))
    assert {found["scope"] for found in page.with_tag("th")} == {"row", "col"}


def test_headings_are_one_and_then_one_a_section(page: Read) -> None:
    assert (len(page.with_tag("h1")), len(page.with_tag("h2"))) == (1, len(SECTIONS))
    assert not page.with_tag("h3")


def test_the_same_answers_give_the_same_bytes(text: str) -> None:
    assert html(page_of(answers())) == text


def test_the_clock_is_not_in_it(text: str) -> None:
    dates = set(re.findall(r"\b20\d\d-\d\d-\d\d\b", text))
    assert dates == {"2022-12-20", "2022-12-21", "2022-12-22", "2022-12-23"}


NASTY = "<b>&\"'$x1$ </text>"


def test_names_are_escaped() -> None:
    section = Section(
        "s",
        NASTY,
        (
            Said(f"{NASTY} `{NASTY}`"),
            Points((State(NASTY, "bad"),)),
            Grid(NASTY, (NASTY, "#n"), ((NASTY, State(NASTY)),)),
            Bars("bars", NASTY, NASTY, NASTY, bars=(Bar(NASTY, 1.0),), marks=((0.5, NASTY),)),
        ),
        NASTY,
    )
    text = html(Page(NASTY, NASTY, (NASTY,), (section,)))
    read = Read(text)
    assert "<b>" not in text
    # Title, heading and its session, note, link, section, why, said and code, point, caption, head, two cells, figure.
    assert sum(each.count(NASTY) for each in read.texts) >= 15
    assert [found["aria-label"] for _, found in read.elements if found.get("role") == "img"] == [
        f"{NASTY}. {NASTY}"
    ] * 2


def test_a_label_is_no_formula() -> None:
    assert ">$x_1$</text>" in svg(Bars("c", "t", "d", "a", bars=(Bar("$x_1$", 1.0),)), WIDE)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(
    "chart",
    [
        pytest.param(Bars("c", "t", "d", "a"), id="no bars"),
        pytest.param(Bars("c", "t", "d", "a", bars=(Bar("flat", 0.0),)), id="a bar of nothing"),
        pytest.param(Bars("c", "t", "d", "a", bars=(Bar("x", -5.0), Bar("y", 1e9, "bad"))), id="both sides"),
        pytest.param(ThroughTime("c", "t", "d", "a", ("2022-12-23",), (1.0,), (True,), (("v", (0.5,)), ("e", (0.7,)))), id="one session"),
        pytest.param(Spread("c", "t", "d", "a", (0.0, 0.0), ((0.0, "VaR"), (0.0, "ES"))), id="no spread"),
    ],
)  # fmt: skip
def test_what_there_is_little_of_is_drawn_too(chart: Bars | ThroughTime | Spread, width: int) -> None:
    text = svg(chart, width)
    assert text.startswith("<svg")
    assert "nan" not in text
    assert f'viewBox="0 0 {width} ' in text
    assert not re.search(r"#[0-9a-f]{6}", text.replace("#ffffff", "").replace("#000000", ""))


def test_a_row_has_as_many_cells_as_the_table_has_heads() -> None:
    with pytest.raises(ValueError, match="Limits: 1 cells under 2 heads"):
        Grid("Limits", ("a", "#b"), (("x",),))


def test_long_names_may_break_and_commands_are_code() -> None:
    section = Section(
        "s",
        "S",
        (),
        "gold.cash_daily was not made <by> 2022-12-23: `python -m jobs run cash_daily` makes it.",
    )
    assert (
        '<p class="why">gold.cash_<wbr>daily was not made &lt;by&gt; <span class="whole">2022-12-23</span>: '
        "<code>python -m jobs run cash_<wbr>daily</code> makes it.</p>"
        in html(Page("t", "s", (), (section,)))
    )


def test_a_percent_sign_stays_with_its_number() -> None:
    bars = Bars("c", "t", "d", "a", bars=(Bar("Three days limit-down at 10 %, no exit", 1.0),))
    section = Section("s", "S", (Said("Index -20 %, each"), Grid("g", ("a", "b"), (("-50 %", "x"),)), bars))
    text = html(Page("t", "s", (), (section,)))
    assert "<p>Index -20\u00a0%, each</p>" in text
    assert '<th scope="row">-50\u00a0%</th>' in text
    assert re.findall(r">[^<]*[^<\u00a0]%[^<]*</text>", text) == []
    assert text.count("10\u00a0%") == 2


@pytest.mark.parametrize(
    ("n_days", "shown"),
    [(1, [0]), (6, [0, 1, 2, 3, 4, 5]), (7, [0, 2, 4, 6]), (250, [49, 99, 149, 199, 249])],
)
def test_days_are_written_equally_far_apart_the_last_one_among_them(n_days: int, shown: list[int]) -> None:
    days = tuple(f"d{place}" for place in range(n_days))
    nothing = (0.0,) * n_days
    chart = ThroughTime(
        "c", "t", "d", "a", days, nothing, (False,) * n_days, (("v", nothing), ("e", nothing))
    )
    found = re.findall(r">(d\d+)</text>", svg(chart, WIDE))
    assert found == [f"d{place}" for place in shown]
