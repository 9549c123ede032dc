"""Closes of all instruments over consecutive book sessions, what happened to their units, and each session's window of them.

A window is in the book's currency: a close in another is taken at its session's rate, so that a move is
(1 + own move)(1 + move of the rate) - 1. Where all is in one currency nothing is multiplied but by 1.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.risk.currency_history import CurrencyHistory, currency_history
from lake.sessions import SessionCalendar
from models.risk.adjusted_closes import UnitChange, adjusted_closes
from models.risk.revaluation import carry_forward
from models.risk.value_at_risk import Floats


@dataclass(frozen=True)
class Window:
    """Closes without gaps in the book's currency (n_scenarios + 1 x instruments, oldest first), in the units of the last
    session, and each instrument's moves that were missing."""

    closes: Floats
    n_missing: np.ndarray

    @property
    def n_scenarios(self) -> int:
        return max(len(self.closes) - 1, 0)


@dataclass(frozen=True)
class PriceHistory:
    """closes: sessions x instruments, as they were published, NaN where there is none. Sessions are consecutive, instruments
    sorted. changes: by instrument, rows by the session of the ex-date, in order.
    """

    sessions: tuple[date, ...]
    instrument_ids: tuple[str, ...]
    closes: Floats
    money: CurrencyHistory
    changes: Mapping[str, Sequence[UnitChange]] = field(default_factory=dict)

    def window(
        self,
        session: date,
        lookback_sessions: int,
        instrument_ids: Sequence[str],
        currencies: Mapping[str, str] | None = None,
    ) -> Window:
        """The window that ends with a session: at most `lookback_sessions` moves, from the first session with a close on.

        A missing close or rate takes the last known one, one before the first known takes that: both moves are zero. An
        instrument without any close does not move, but with its currency. All of it depends on nothing outside the window,
        so a session's answer is the same in any run. currencies: of instruments, where no close says it. A currency among
        the instruments is money held in it.
        """
        rows = self._rows(session, lookback_sessions)
        closes = self._columns(self.closes[rows], instrument_ids)
        own = self._adjusted(closes, instrument_ids, rows.start)
        rates = self.money.rates_of(self._currencies(rows, instrument_ids, currencies or {}), rows)
        own[:, self.money.is_money(instrument_ids)] = 1.0
        n_missing = np.minimum(np.isnan(own * rates).sum(axis=0), max(len(own) - 1, 0))
        return Window(_without_gaps(own) * _without_gaps(rates), n_missing)

    def currencies_of(
        self, session: date, lookback_sessions: int, names: Sequence[str], known: Mapping[str, str]
    ) -> list[str]:
        """Of each name in the window that ends with a session."""
        return self._currencies(self._rows(session, lookback_sessions), names, known)

    def _rows(self, session: date, lookback_sessions: int) -> slice:
        last = self.sessions.index(session) + 1
        first = max(0, last - lookback_sessions - 1)
        begun = np.flatnonzero(~np.isnan(self.closes[first:last]).all(axis=1))
        return slice(first + int(begun[0]) if begun.size else last, last)

    def _currencies(self, rows: slice, names: Sequence[str], known: Mapping[str, str]) -> list[str]:
        return [self.money.currency_of(name, rows, known.get(name)) for name in names]

    def _adjusted(self, chosen: Floats, instrument_ids: Sequence[str], first: int) -> Floats:
        """The chosen closes, of sessions from place `first` on, in the units of their last session."""
        for column, instrument_id in enumerate(instrument_ids):
            within = [
                change._replace(row=change.row - first)
                for change in self.changes.get(instrument_id, ())
                if first < change.row < first + len(chosen)
            ]
            if within:
                chosen[:, column] = adjusted_closes(chosen[:, column], within)
        return chosen

    def _columns(self, closes: Floats, instrument_ids: Sequence[str]) -> Floats:
        place = {instrument_id: column for column, instrument_id in enumerate(self.instrument_ids)}
        unknown = len(self.instrument_ids)
        padded = np.hstack([closes, np.full((len(closes), 1), np.nan)])
        return padded[:, [place.get(instrument_id, unknown) for instrument_id in instrument_ids]]


def _without_gaps(prices: Floats) -> Floats:
    """Each takes the last known one, those before the first known take that, and 1 where none is known."""
    carried, _ = carry_forward(prices)
    return pd.DataFrame(carried).bfill().fillna(1.0).to_numpy(dtype=np.float64)


def price_history(
    closes: pa.Table,
    actions: pa.Table,
    exchange_rates: pa.Table,
    book_currency: str,
    last: date,
    calendar: SessionCalendar,
) -> PriceHistory:
    """Up to the session `last`: from rows of session_date, instrument_id, close_price, currency_code, of the actions that
    stand, and of session_date, base_currency_code, exchange_rate into the book's currency."""
    rows = closes.to_pandas()
    first = rows["session_date"].min() if len(rows) else last
    sessions = tuple(calendar.between(min(first, last), last))
    rows["close_price"] = rows["close_price"].astype("float64")
    wide = rows.pivot(index="session_date", columns="instrument_id", values="close_price")
    wide = wide.reindex(pd.Index(sessions, name="session_date")).sort_index(axis=1)
    closes_known = wide.to_numpy(dtype=np.float64)
    money = currency_history(closes, exchange_rates, sessions, book_currency)
    return PriceHistory(sessions, tuple(wide.columns), closes_known, money, unit_changes(actions, sessions))


def unit_changes(actions: pa.Table, sessions: Sequence[date]) -> dict[str, list[UnitChange]]:
    """By instrument, in the order in which they act; an ex-date that is none of the sessions counts in the next one of them.

    After the last of them a row is as large as there are sessions. actions: as `standing` gives them.
    """
    found: dict[str, list[UnitChange]] = {}
    by_order = [
        ("ex_date", "ascending"),
        ("corporate_action_type", "ascending"),
        ("corporate_action_id", "ascending"),
    ]
    for action in actions.sort_by(by_order).to_pylist():
        change = UnitChange(
            bisect_left(sessions, action["ex_date"]),
            float(action["dividend_per_unit"]),
            float(action["new_units_per_unit"]),
        )
        found.setdefault(action["instrument_id"], []).append(change)
    return found
