"""Where a value at risk comes from: the sessions in its tail, and each position's share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from jobs.risk.session_positions import BOOK, SessionPositions
from lake.errors import JobError
from models.risk.contributions import (
    historical_component_expected_shortfalls,
    historical_component_values_at_risk,
    incremental_values_at_risk,
)
from models.risk.value_at_risk import Floats, historical_value_at_risk


@dataclass(frozen=True)
class Share:
    """Of one position, currency units: what is held, and its part of the measures; a part that hedges is negative.

    incremental: by how much the value at risk would be smaller without it.
    """

    instrument_id: str
    market_value: float
    value_at_risk: float
    expected_shortfall: float
    incremental: float


@dataclass(frozen=True)
class TailScenario:
    """A past session whose moves would lose `loss` today, and what the positions that lose most would lose, largest first."""

    session: date
    loss: float
    losers: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Explanation:
    """shares: of all positions, largest part of the value at risk first. tail: the worst sessions, the worst first."""

    value_at_risk: float
    expected_shortfall: float
    shares: tuple[Share, ...]
    tail: tuple[TailScenario, ...]


def explain(
    held: SessionPositions, portfolio_id: str, sessions: Sequence[date], confidence: float, n_losers: int = 3
) -> Explanation:
    """Of an account, or of the book. sessions: those of the scenarios, oldest first.

    The tail are the scenarios that the expected shortfall is the mean of. Raises JobError for an account that holds
    nothing at the session.
    """
    instrument_ids, values, profits = _parts(held, portfolio_id)
    at_risk = historical_component_values_at_risk(profits, confidence)
    shortfalls = historical_component_expected_shortfalls(profits, confidence)
    incremental = incremental_values_at_risk(profits, confidence)
    shares = [
        Share(*row)
        for row in zip(
            instrument_ids,
            *(part.tolist() for part in (values, at_risk, shortfalls, incremental)),
            strict=True,
        )
    ]
    return Explanation(
        float(at_risk.sum()),
        float(shortfalls.sum()),
        tuple(sorted(shares, key=lambda share: (-share.value_at_risk, share.instrument_id))),
        tuple(_tail(instrument_ids, profits, sessions, confidence, n_losers)),
    )


def _parts(held: SessionPositions, portfolio_id: str) -> tuple[list[str], Floats, Floats]:
    """Instruments, what is held of each, and what that gains under each scenario."""
    positions = held.positions
    if portfolio_id == BOOK:
        of_portfolio = slice(None)
    elif portfolio_id in held.account_ids:
        account = held.account_ids.index(portfolio_id)
        of_portfolio = slice(*positions.offsets[account : account + 2].tolist())
    else:
        raise JobError(f"account {portfolio_id} holds nothing at the session: there is nothing to explain")
    indices = positions.instrument_indices[of_portfolio]
    n_held = len(held.held_ids)
    values: Floats = np.bincount(
        indices, weights=positions.market_values[of_portfolio], minlength=n_held
    ).astype(np.float64)
    places = np.unique(indices)
    names = [held.held_ids[place] for place in places]
    return names, values[places], values[places, None] * held.moves[places]


def _tail(
    instrument_ids: list[str], profits: Floats, sessions: Sequence[date], confidence: float, n_losers: int
) -> list[TailScenario]:
    whole = profits.sum(axis=0)
    n_beyond = np.count_nonzero(-whole >= historical_value_at_risk(whole, confidence))
    worst = np.argsort(whole, kind="stable")[:n_beyond]
    return [
        TailScenario(
            sessions[scenario],
            float(-whole[scenario]),
            tuple(
                (instrument_ids[part], float(-profits[part, scenario]))
                for part in np.argsort(profits[:, scenario], kind="stable")[:n_losers]
                if profits[part, scenario] < 0
            ),
        )
        for scenario in worst.tolist()
    ]
