"""What other currencies cost in the book's over consecutive sessions, and which of them each instrument's closes are in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from models.risk.value_at_risk import Floats


@dataclass(frozen=True)
class CurrencyHistory:
    """rates: by currency, one a session, NaN where none was published. listed: of each instrument that has a close in
    another currency than the book's, the currency of its close by session, None where it has none.
    """

    book_currency: str
    rates: Mapping[str, Floats] = field(default_factory=dict)
    listed: Mapping[str, Sequence[str | None]] = field(default_factory=dict)

    def currency_of(self, name: str, rows: slice, known: str | None) -> str:
        """Of an instrument: that of its last close in these sessions, without one what is `known` of it, else the book's.

        A currency is its own: money in it is held like an instrument that always costs 1.
        """
        if name in self.rates:
            return name
        closed_in = [each for each in self.listed.get(name, ())[rows] if each is not None]
        return closed_in[-1] if closed_in else known or self.book_currency

    def is_money(self, names: Sequence[str]) -> np.ndarray:
        """Which of the names are currencies themselves, held as cash or deposits."""
        return np.array([name in self.rates for name in names], bool)

    def rates_of(self, currencies: Sequence[str], rows: slice) -> Floats:
        """sessions x currencies: 1 for the book's own, NaN where no rate was published."""
        found = np.ones((rows.stop - rows.start, len(currencies)))
        for column, currency in enumerate(currencies):
            if currency != self.book_currency:
                found[:, column] = self.rates[currency][rows] if currency in self.rates else np.nan
        return found


def currency_history(
    closes: pa.Table, exchange_rates: pa.Table, sessions: Sequence[date], book_currency: str
) -> CurrencyHistory:
    """From rows of session_date, instrument_id, currency_code, and of session_date, base_currency_code, exchange_rate."""
    days = pd.Index(sessions, name="session_date")
    rates = exchange_rates.to_pandas()
    rates["exchange_rate"] = rates["exchange_rate"].astype("float64")
    by_currency = rates.pivot(index="session_date", columns="base_currency_code", values="exchange_rate")
    quoted = by_currency.reindex(days)
    return CurrencyHistory(
        book_currency,
        {name: quoted[name].to_numpy(dtype=np.float64) for name in sorted(quoted.columns)},
        _listed(closes, sessions, book_currency),
    )


def _listed(
    closes: pa.Table, sessions: Sequence[date], book_currency: str
) -> dict[str, Sequence[str | None]]:
    rows = closes.select(["session_date", "instrument_id", "currency_code"]).to_pandas()
    elsewhere = set(rows.loc[rows["currency_code"] != book_currency, "instrument_id"])
    place = {day: number for number, day in enumerate(sessions)}
    found: dict[str, list[str | None]] = {name: [None] * len(sessions) for name in sorted(elsewhere)}
    for row in rows[rows["instrument_id"].isin(elsewhere)].itertuples():
        found[row.instrument_id][place[row.session_date]] = row.currency_code
    return dict(found)
