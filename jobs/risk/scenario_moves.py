"""What each name does under a scenario, at one session.

A name is an instrument with a price history of its own, which funds are looked through to. A move is a fraction of one over
the whole scenario, NaN where the scenario says nothing of the name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, assert_never

import numpy as np

from jobs.risk.price_history import PriceHistory
from jobs.risk.stress_scenarios import (
    CurrencyMove,
    Episode,
    IndexMove,
    LargestName,
    LimitDown,
    Move,
    RateMove,
    StressedCovariances,
)
from models.risk import stress
from models.risk.parametric import Moments, normal_value_at_risk
from models.risk.revaluation import simple_returns
from models.risk.value_at_risk import Floats

DAYS_A_YEAR = 365.25
BPS = 10_000

Closes = Mapping[date, Mapping[str, float]]
"""By session, the close of each instrument that has one, in the book's currency."""
Masters = Mapping[str, Mapping[str, Any]]
"""instrument_type, maturity_date and currency_code of each instrument, as known at the session."""


@dataclass(frozen=True)
class Names:
    """types: of instruments, None where nothing is known of one. years: to maturity, NaN where there is none.

    betas: against the mean of the stocks; NaN where the window has no move of the name, or too few sessions.
    covariances: of the names that `has_moved`, in their order, divisor n. is_foreign: in another currency than the book's.
    is_money: a currency itself, held as cash or deposits.
    """

    ids: Sequence[str]
    types: Sequence[str | None]
    years: Floats
    has_moved: np.ndarray
    betas: Floats
    covariances: Floats
    is_foreign: np.ndarray
    is_money: np.ndarray


@dataclass(frozen=True)
class Seen:
    """The window that betas and covariances are taken of: the last so many sessions, none where there are too few."""

    history: PriceHistory
    window_sessions: int
    min_scenarios: int

    def names(self, session: date, ids: Sequence[str], masters: Masters) -> Names:
        """These names at a session."""
        stocks = sorted(each for each, known in masters.items() if known["instrument_type"] == "stock")
        currencies = {each: known["currency_code"] for each, known in masters.items()}
        moves, has_moved = self._moves(session, ids, currencies)
        stock_moves, have_moved = self._moves(session, stocks, currencies)
        index = stock_moves[:, have_moved].mean(axis=1) if have_moved.any() else np.zeros(len(stock_moves))
        known = [masters.get(each, {}) for each in ids]
        money = self.history.money
        told_in = self.history.currencies_of(session, self.window_sessions, ids, currencies)
        return Names(
            ids=ids,
            types=[each.get("instrument_type") for each in known],
            years=np.array([_years(session, each.get("maturity_date")) for each in known], np.float64),
            has_moved=has_moved,
            betas=_betas(moves, has_moved, index),
            covariances=_covariances(moves[:, has_moved]),
            is_foreign=np.array([each != money.book_currency for each in told_in], bool),
            is_money=money.is_money(ids),
        )

    def _moves(
        self, session: date, ids: Sequence[str], currencies: Mapping[str, str]
    ) -> tuple[Floats, np.ndarray]:
        """scenarios x ids, and which of them the window has a move of."""
        window = self.history.window(session, self.window_sessions, ids, currencies)
        if window.n_scenarios < self.min_scenarios:
            return np.empty((0, len(ids))), np.zeros(len(ids), bool)
        return simple_returns(window.closes), window.n_missing < window.n_scenarios


def moves_under(shock: Move, names: Names, exposures: Floats, episode_closes: Closes) -> Floats:
    """One move a name or, where each portfolio has its own, portfolios x names. exposures: portfolios x names.

    Of stressed covariances only what has none is said, by NaN; what portfolios lose is `loss_under`.
    """
    match shock:
        case Episode():
            return stress.episode_moves(
                *(_closes(episode_closes, day, names.ids) for day in (shock.first, shock.last))
            )
        case IndexMove():
            return names.betas * shock.move_ratio
        case LargestName():
            # A currency is nobody's name.
            return stress.largest_name_moves(np.where(names.is_money, 0.0, exposures), shock.move_ratio)
        case LimitDown():
            return _of_type(names, "stock", stress.limit_down(shock.daily_limit_ratio, shock.n_days))
        case RateMove():
            at_most = stress.bond_moves_at_most(names.years, shock.move_bps / BPS)
            return _of_type(names, "bond", at_most)
        case CurrencyMove():
            return np.where(names.is_foreign, shock.move_ratio, np.nan)
        case StressedCovariances():
            return np.where(names.has_moved, 0.0, np.nan)
    assert_never(shock)


def losses_under(shock: Move, names: Names, exposures: Floats, moves: Floats) -> Floats:
    """What each portfolio loses, a loss positive; moves: of `moves_under`."""
    if not isinstance(shock, StressedCovariances):
        return 0.0 - stress.portfolio_profits(exposures, moves)
    factor, correlation = shock.volatility_factor, shock.correlation
    covariances = (
        names.covariances * factor**2
        if correlation is None
        else stress.correlated(names.covariances, correlation, factor)
    )
    deviations = stress.stressed_deviations(exposures[:, names.has_moved], covariances)
    return np.array([normal_value_at_risk(Moments(0.0, each), shock.confidence_ratio) for each in deviations])


def _closes(closes: Closes, session: date, ids: Sequence[str]) -> list[float]:
    known = closes.get(session, {})
    return [known.get(each, np.nan) for each in ids]


def _of_type(names: Names, kind: str, moves: Floats | float) -> Floats:
    return np.where(np.array([each == kind for each in names.types], bool), moves, np.nan)


def _years(session: date, maturity: date | None) -> float:
    return np.nan if maturity is None else (maturity - session).days / DAYS_A_YEAR


def _betas(moves: Floats, has_moved: np.ndarray, index: Floats) -> Floats:
    found = np.full(len(has_moved), np.nan)
    if has_moved.any() and np.ptp(index) > 0:
        found[has_moved] = stress.betas(moves[:, has_moved], index)
    return found


def _covariances(moves: Floats) -> Floats:
    apart = moves - moves.mean(axis=0) if len(moves) else moves
    return apart.T @ apart / max(len(moves), 1)
