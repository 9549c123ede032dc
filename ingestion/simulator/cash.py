"""What the cash ledger sends. Deposits come before the open, withdrawals are taken from what was free at the open."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ingestion.simulator.clients import Floats, Population
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.presence import BEAR_TREND, wind_down
from ingestion.simulator.randomness import generator, uniforms
from ingestion.simulator.registrar import Payment
from ingestion.simulator.state import State
from ingestion.simulator.texts import UNIT, decimal_text, instant_text
from ingestion.simulator.timeline import Day

CASH = "transactions.cash.v1"
CENT = 100
MONTHLY_FEE = 3 * UNIT
INTEREST_RATIO, TAX_RATIO = 0.0008, 0.15


@dataclass
class CashDesk:
    """Moves cash in and out of the books."""

    people: Population
    state: State
    seed: int

    def session(
        self, day: Day, present: Floats, trend: float, exits: dict[int, float], dividends: list[Payment]
    ) -> Iterator[Draft]:
        """A session's movements. exits: clients who take this share of all their cash away today."""
        self._numbers = iter(range(1, 10**6))
        self._uniform = uniforms(self.seed, "cash", day.number)
        yield from self._opening_deposits(day)
        for payment in dividends:
            move = self._move(day, payment.account, "dividend", payment.amount, day.before_open(0.2))
            yield move._replace(data={**move.data, "corporate_action_id": payment.action_id})
        if day.date.day <= 7 and (day.number == 0 or day.date.weekday() == 0):
            yield from self._monthly(day)
        yield from self._deposits(day, present)
        yield from self._withdrawals(day, trend, set(exits))
        for client, share in exits.items():
            for account in self.people.accounts[client]:
                yield from self._withdraw(day, account, share)

    def _opening_deposits(self, day: Day) -> Iterator[Draft]:
        joins = self.people.joins
        who = joins <= 0 if day.number == 0 else joins == day.number
        for client in np.flatnonzero(who).tolist():
            accounts = self.people.accounts[client]
            for account in accounts:
                share = (0.75 + 0.25 * next(self._uniform)) / len(accounts)
                yield self._move(
                    day,
                    account,
                    "deposit",
                    _cents(float(self.people.wealth[client]) * share),
                    day.before_open(0.98),
                )

    def _monthly(self, day: Day) -> Iterator[Draft]:
        for account, book in enumerate(self.state.books):
            if not self.state.account_open[account]:
                continue
            interest = int(book.cash * INTEREST_RATIO) // CENT * CENT
            if interest > 0:
                yield self._move(day, account, "interest", interest, day.before_open(0.1))
            tax = int(interest * TAX_RATIO) // CENT * CENT
            if tax > 0:
                yield self._move(day, account, "tax", -tax, day.before_open(0.11))
            if book.cash >= 10 * MONTHLY_FEE:
                yield self._move(day, account, "fee", -MONTHLY_FEE, day.before_open(0.12))

    def _deposits(self, day: Day, present: Floats) -> Iterator[Draft]:
        chance = (
            0.022
            * np.exp(-0.5 * self.people.disloyalty)
            * np.minimum(present, 1.2)
            * ~self.state.has_left
            * (self.state.intends_since < 0)
        )
        drawn = generator(self.seed, "deposits", day.number).random(len(self.people))
        for client in np.flatnonzero(drawn < chance).tolist():
            amount = _cents(float(self.people.wealth[client]) * (0.01 + 0.08 * next(self._uniform)))
            account = self.people.accounts[client][0]
            if self.state.account_open[account]:
                yield self._move(
                    day, account, "deposit", amount, day.before_open(0.3 + 0.6 * next(self._uniform))
                )

    def _withdrawals(self, day: Day, trend: float, exits: set[int]) -> Iterator[Draft]:
        state, people = self.state, self.people
        afraid = (trend < BEAR_TREND) & (people.fear > 0.5)
        chance = (
            0.008 * np.exp(0.6 * people.disloyalty)
            + 0.01 * afraid
            + 0.14 * state.shows * wind_down(state, day.number)
        )
        chance = chance * (state.is_client & ~state.has_left & ~state.frozen & ~people.is_algo)
        drawn = generator(self.seed, "withdrawals", day.number).random(len(people))
        for client in np.flatnonzero(drawn < chance).tolist():
            if client not in exits:
                # A house, a car, a wedding: some take nearly all their cash and stay.
                share = 0.95 if next(self._uniform) < 0.12 else 0.1 + 0.5 * next(self._uniform)
                yield from self._withdraw(day, people.accounts[client][0], share)

    def _withdraw(self, day: Day, account: int, share: float) -> Iterator[Draft]:
        book = self.state.books[account]
        amount = int(book.cash * share) // CENT * CENT
        # What the broker has lent is not taken away; who leaves has repaid it by now, if that was possible.
        if amount > 0 and not book.debt and self.state.account_open[account]:
            yield self._move(day, account, "withdrawal", -amount, day.at(0.75 + 0.2 * next(self._uniform)))

    def _move(self, day: Day, account: int, kind: str, amount: int, at: int) -> Draft:
        self.state.books[account].cash += amount
        movement_id = f"M-{day.compact}-{next(self._numbers):05d}"
        return movement(day, self.people.account_ids[account], movement_id, kind, amount, at)


def movement(day: Day, account_id: str, movement_id: str, kind: str, amount: int, at: int) -> Draft:
    """One movement of the cash ledger; the amount, in ten-thousandths, is signed."""
    data = {
        "session_date": day.text,
        "account_id": account_id,
        "cash_movement_id": movement_id,
        "cash_movement_type": kind,
        "cash_amount": decimal_text(amount),
        "currency_code": "USD",
        "value_date": day.text,
        "booked_at": instant_text(at),
    }
    return draft(at, CASH, data)


def _cents(amount: float) -> int:
    """An amount in ten-thousandths, whole cents, at least one."""
    return max(int(amount * 100), 1) * CENT
