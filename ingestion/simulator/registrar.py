"""Announces corporate actions, moves the books on their ex-dates, and knows which dividends are due."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ingestion.simulator.corporate_actions import Action
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.products import TICKERS, stock_id
from ingestion.simulator.state import State
from ingestion.simulator.texts import MINUTE, UNIT, decimal_text, instant_text, multiply
from ingestion.simulator.timeline import Timeline
from lake.sessions import book_calendar

CORPORATE_ACTIONS = "market.corporate_actions.v1"
CENT = 100
ANNOUNCED_BEFORE, CHANGED_BEFORE, PAID_AFTER = 3, 1, 3
"""Sessions before the ex-date, and after it."""


class Payment(NamedTuple):
    """A dividend that is due to an account, in ten-thousandths."""

    account: int
    amount: int
    action_id: str


@dataclass
class Registrar:
    """Rows are places of sessions among all with prices."""

    actions: tuple[Action, ...]
    state: State
    times: Timeline
    due: dict[int, list[Payment]] = field(default_factory=dict)

    def announced(self, row: int) -> Iterator[Draft]:
        """What becomes known in the session at a row."""
        at = self.times.close_us[row] - 30 * MINUTE
        for action in self.actions:
            if action.ex_row - ANNOUNCED_BEFORE == row:
                yield self._version(action, 1, at)
            if action.change and action.ex_row - CHANGED_BEFORE == row:
                yield self._version(action, 2, at)

    def before_open(self, row: int) -> set[int]:
        """Moves the books at the beginning of a session; returns the products that something happened to."""
        found = [each for each in self.actions if each.ex_row == row and each.change != "cancelled"]
        for action in found:
            if action.is_split:
                self._split(action)
            else:
                self._entitle(action)
        return {action.product for action in found}

    def payments(self, row: int) -> list[Payment]:
        """Dividends that are paid in a session; they are owed no more."""
        paid = self.due.pop(row, [])
        for payment in paid:
            self.state.books[payment.account].owed -= payment.amount
        return paid

    def _split(self, action: Action) -> None:
        for book in self.state.books:
            if action.product in book.held:
                book.held[action.product] *= action.new_units

    def _entitle(self, action: Action) -> None:
        payments = self.due.setdefault(action.ex_row + PAID_AFTER, [])
        for account, book in enumerate(self.state.books):
            amount = multiply(book.held.get(action.product, 0), action.dividend)
            if amount:
                book.owed += amount
                payments.append(Payment(account, amount, self._id(action)))

    def _version(self, action: Action, number: int, at: int) -> Draft:
        ex_date = self.times.dates[action.ex_row]
        dividend = action.dividend + (5 * CENT if action.change == "amount" and number == 1 else 0)
        data = {
            "ex_date": ex_date.isoformat(),
            "corporate_action_id": self._id(action),
            "corporate_action_version": number,
            "corporate_action_status": "cancelled"
            if number == 2 and action.change == "cancelled"
            else "announced",
            "instrument_id": stock_id(TICKERS[action.product]),
            "corporate_action_type": "split" if action.is_split else "cash_dividend",
            "new_units_per_unit": decimal_text(action.new_units * UNIT) if action.is_split else None,
            "dividend_per_unit": None if action.is_split else decimal_text(dividend),
            "currency_code": "USD",
            "announced_date": self.times.dates[action.ex_row - ANNOUNCED_BEFORE].isoformat(),
            "record_date": _later(ex_date, 1),
            "payment_date": _later(ex_date, 0 if action.is_split else PAID_AFTER),
            "recorded_at": instant_text(at),
        }
        return draft(at, CORPORATE_ACTIONS, data)

    def _id(self, action: Action) -> str:
        day = self.times.dates[action.ex_row].strftime("%Y%m%d")
        return f"CA-{day}-{TICKERS[action.product]}"


def _later(day: date, n_sessions: int) -> str:
    return book_calendar().shift(day, n_sessions).isoformat()
