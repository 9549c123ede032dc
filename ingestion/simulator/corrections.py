"""Reports about earlier fills: busts and corrections, later the same session or in the next ones, and late fills.

A report never takes what is gone: only what nobody has sold since, and only in the client's favour where cash is concerned.
"""

from dataclasses import dataclass, field

import numpy as np

from ingestion.simulator.clients import Population
from ingestion.simulator.euros import DOLLAR
from ingestion.simulator.market import Market
from ingestion.simulator.messages import Draft, Mark, draft
from ingestion.simulator.order_book import FILLS, Fill
from ingestion.simulator.randomness import generator
from ingestion.simulator.state import State
from ingestion.simulator.texts import MINUTE, decimal_text, instant_text, multiply
from ingestion.simulator.timeline import Day

MOST_SESSIONS = 3
AFTER_CLOSE = 6 * MINUTE
LATE_FROM = 20 * MINUTE


@dataclass
class Corrector:
    """Remembers fills for a few sessions and reports about some of them."""

    people: Population
    market: Market
    state: State
    seed: int
    recent: list[Fill] = field(default_factory=list)
    lows: dict[int, list[int]] = field(default_factory=dict)

    def forget(self, products: set[int]) -> None:
        """No report follows about fills in these: since then a unit is another, or carries a dividend no more."""
        self.recent = [fill for fill in self.recent if fill.product not in products]

    def before_open(self, day: Day, n_busts: int, n_corrections: int) -> list[Draft]:
        """Reports about earlier sessions' fills."""
        random = generator(self.seed, "corrections", day.number)
        return self._reports(day, day.before_open(0.5), n_busts, n_corrections, random)

    def after_close(
        self, day: Day, fills: list[Fill], low: list[int], n_busts: int, n_corrections: int
    ) -> list[Draft]:
        """Reports about the session's own fills, once they are settled and before the venue closes."""
        self.recent = [*(each for each in self.recent if each.session > day.number - MOST_SESSIONS), *fills]
        self.lows = {
            session: prices for session, prices in self.lows.items() if session > day.number - MOST_SESSIONS
        }
        self.lows[day.number] = low
        random = generator(self.seed, "same day corrections", day.number)
        return self._reports(day, day.closes + AFTER_CLOSE, n_busts, n_corrections, random)

    def _reports(
        self, day: Day, at: int, n_busts: int, n_corrections: int, random: np.random.Generator
    ) -> list[Draft]:
        order = random.permutation(len(self.recent)).tolist()
        kinds = ["bust"] * n_busts + ["correction"] * n_corrections
        reports: list[Draft] = []
        gone: set[int] = set()
        for place in order:
            if len(reports) == len(kinds):
                break
            fill = self.recent[place]
            report = self._report(fill, kinds[len(reports)], day, at + len(reports) * 1_000_000, len(reports))
            if report is not None:
                reports.append(report)
                gone.add(place)
        self.recent = [fill for place, fill in enumerate(self.recent) if place not in gone]
        return reports

    def _report(self, fill: Fill, kind: str, day: Day, at: int, number: int) -> Draft | None:
        book = self.state.books[fill.account]
        untouched = book.touched.get(fill.product, -1) < fill.session
        is_held = book.held.get(fill.product, 0) >= fill.quantity
        # What was paid in euros came from an exchange, which no report takes back.
        in_dollars = self.market.products[fill.product].currency == DOLLAR
        is_open = self.state.account_open[fill.account]
        if fill.side != "buy" or not (untouched and is_held and in_dollars and is_open):
            return None
        price = fill.price
        if kind == "bust":
            book.held[fill.product] -= fill.quantity
            if not book.held[fill.product]:
                del book.held[fill.product]
            book.cash += fill.amount + fill.fee
        else:
            price = max(fill.price - max(fill.price // 500, 1), self.lows[fill.session][fill.product])
            if price >= fill.price:
                return None
            book.cash += fill.amount - multiply(fill.quantity, price)
        data = {
            **fill.data,
            "fill_id": f"R-{day.compact}-{at // 1_000_000 % 100_000:05d}{number:03d}",
            "report_type": kind,
            "corrects_fill_id": fill.data["fill_id"],
            "price": decimal_text(price),
            "reported_at": instant_text(at),
        }
        return draft(at, FILLS, data, Mark(kind, "accepted"))


def made_late(report: Draft, day: Day, number: int) -> Draft:
    """A fill that the venue reports only after it has closed the session."""
    at = day.closes + LATE_FROM + number * MINUTE
    return report._replace(
        at=at, data={**report.data, "reported_at": instant_text(at)}, mark=Mark("late_fill", "accepted")
    )
