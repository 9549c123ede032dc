"""Real closes of the stocks at the ends of past episodes of stress, long before the first session that is played."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.market_events import BARS
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.prices import stock_closes
from ingestion.simulator.products import TICKERS, stock_id
from ingestion.simulator.texts import MINUTE, UNIT, decimal_text, instant_text, microseconds
from lake.sessions import book_calendar

# Whoever keeps old prices for stress tests has these: peaks and troughs of the S&P 500 by closes, and the sessions
# around two single days. What plays here need not know what they are used for.
EPISODE_SESSIONS = tuple(
    date.fromisoformat(day)
    for day in (
        "1990-07-16", "1990-10-11", "1997-10-24", "1997-10-27", "1998-07-17", "1998-08-31", "2000-03-24", "2001-09-10",
        "2001-09-21", "2002-03-19", "2002-10-09", "2007-10-09", "2008-09-12", "2008-11-20", "2009-03-09", "2010-04-23",
        "2010-07-02", "2011-07-22", "2011-08-08", "2015-08-17", "2015-08-25", "2018-09-20", "2018-12-24", "2020-02-19",
        "2020-03-13", "2020-03-16", "2020-03-23",
    )
)  # fmt: skip


def episode_bars(before: date, raised_by: NDArray[np.float64]) -> Iterator[Draft]:
    """A bar a stock and session of an episode's end before a day; all of its prices are the close, its volume nothing.

    raised_by: by what later splits and dividends raise the closes, stocks first.
    """
    days = tuple(day for day in EPISODE_SESSIONS if day < before)
    real = stock_closes(days).to_numpy(dtype=np.float64)
    closes = np.rint(real * raised_by[: len(TICKERS)] * UNIT).astype(np.int64).tolist()
    for day, prices in zip(days, closes, strict=True):
        closed = microseconds(book_calendar().session(day).closes_at)
        for number, (ticker, close) in enumerate(zip(TICKERS, prices, strict=True)):
            yield _bar(stock_id(ticker), day, decimal_text(close), closed + 2 * MINUTE + number * 40_000)


def _bar(instrument_id: str, day: date, close: str, at: int) -> Draft:
    prices = {f"{name}_price": close for name in ("open", "high", "low", "close")}
    data = {
        "mic_code": "XNYS",
        "session_date": day.isoformat(),
        "instrument_id": instrument_id,
        **prices,
        "traded_quantity": "0",
        "currency_code": "USD",
        "published_at": instant_text(at),
    }
    return draft(at, BARS, data)
