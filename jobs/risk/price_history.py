"""Closes of all instruments over consecutive book sessions, and each session's window of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from lake.sessions import SessionCalendar
from models.risk.revaluation import carry_forward
from models.risk.value_at_risk import Floats


@dataclass(frozen=True)
class Window:
    """Closes without gaps (n_scenarios + 1 x instruments, oldest first), and each instrument's moves that were missing."""

    closes: Floats
    n_missing: np.ndarray

    @property
    def n_scenarios(self) -> int:
        return max(len(self.closes) - 1, 0)


@dataclass(frozen=True)
class PriceHistory:
    """closes: sessions x instruments, NaN where there is none. Sessions are consecutive, instruments sorted."""

    sessions: tuple[date, ...]
    instrument_ids: tuple[str, ...]
    closes: Floats

    def window(self, session: date, lookback_sessions: int, instrument_ids: Sequence[str]) -> Window:
        """The window that ends with a session: at most `lookback_sessions` moves, from the first session with a close on.

        A missing close takes the last known one, one before the first known takes that: both moves are zero. An
        instrument without any close does not move. All of it depends on nothing outside the window, so a session's
        answer is the same in any run.
        """
        last = self.sessions.index(session) + 1
        asked = self.closes[max(0, last - lookback_sessions - 1) : last]
        begun = np.flatnonzero(~np.isnan(asked).all(axis=1))
        known = asked[begun[0] :] if begun.size else asked[:0]
        chosen = self._columns(known, instrument_ids)
        n_missing = np.minimum(np.isnan(chosen).sum(axis=0), max(len(chosen) - 1, 0))
        carried, _ = carry_forward(chosen)
        return Window(pd.DataFrame(carried).bfill().fillna(1.0).to_numpy(dtype=np.float64), n_missing)

    def _columns(self, closes: Floats, instrument_ids: Sequence[str]) -> Floats:
        place = {instrument_id: column for column, instrument_id in enumerate(self.instrument_ids)}
        unknown = len(self.instrument_ids)
        padded = np.hstack([closes, np.full((len(closes), 1), np.nan)])
        return padded[:, [place.get(instrument_id, unknown) for instrument_id in instrument_ids]]


def price_history(closes: pa.Table, last: date, calendar: SessionCalendar) -> PriceHistory:
    """From rows of session_date, instrument_id, close_price; up to the session `last`."""
    rows = closes.to_pandas()
    first = rows["session_date"].min() if len(rows) else last
    sessions = tuple(calendar.between(min(first, last), last))
    rows["close_price"] = rows["close_price"].astype("float64")
    wide = rows.pivot(index="session_date", columns="instrument_id", values="close_price")
    wide = wide.reindex(pd.Index(sessions, name="session_date")).sort_index(axis=1)
    return PriceHistory(sessions, tuple(wide.columns), wide.to_numpy(dtype=np.float64))
