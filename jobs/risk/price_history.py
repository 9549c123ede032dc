"""Closes of all instruments over consecutive book sessions, what happened to their units, and each session's window of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from lake.sessions import SessionCalendar
from models.risk.adjusted_closes import UnitChange, adjusted_closes
from models.risk.revaluation import carry_forward
from models.risk.value_at_risk import Floats


@dataclass(frozen=True)
class Window:
    """Closes without gaps (n_scenarios + 1 x instruments, oldest first), in the units of the last session, and each
    instrument's moves that were missing."""

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
    changes: Mapping[str, Sequence[UnitChange]] = field(default_factory=dict)

    def window(self, session: date, lookback_sessions: int, instrument_ids: Sequence[str]) -> Window:
        """The window that ends with a session: at most `lookback_sessions` moves, from the first session with a close on.

        A missing close takes the last known one, one before the first known takes that: both moves are zero. An
        instrument without any close does not move. All of it depends on nothing outside the window, so a session's
        answer is the same in any run.
        """
        last = self.sessions.index(session) + 1
        first = max(0, last - lookback_sessions - 1)
        begun = np.flatnonzero(~np.isnan(self.closes[first:last]).all(axis=1))
        first = first + int(begun[0]) if begun.size else last
        chosen = self._adjusted(self._columns(self.closes[first:last], instrument_ids), instrument_ids, first)
        n_missing = np.minimum(np.isnan(chosen).sum(axis=0), max(len(chosen) - 1, 0))
        carried, _ = carry_forward(chosen)
        return Window(pd.DataFrame(carried).bfill().fillna(1.0).to_numpy(dtype=np.float64), n_missing)

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


def price_history(closes: pa.Table, actions: pa.Table, last: date, calendar: SessionCalendar) -> PriceHistory:
    """From rows of session_date, instrument_id, close_price and of the actions that stand; up to the session `last`."""
    rows = closes.to_pandas()
    first = rows["session_date"].min() if len(rows) else last
    sessions = tuple(calendar.between(min(first, last), last))
    rows["close_price"] = rows["close_price"].astype("float64")
    wide = rows.pivot(index="session_date", columns="instrument_id", values="close_price")
    wide = wide.reindex(pd.Index(sessions, name="session_date")).sort_index(axis=1)
    closes_known = wide.to_numpy(dtype=np.float64)
    return PriceHistory(sessions, tuple(wide.columns), closes_known, unit_changes(actions, sessions))


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
