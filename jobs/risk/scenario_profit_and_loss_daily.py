"""What each account would gain under the price moves of each of the last sessions, in whole cents.

The vectors that historical simulation takes its quantiles of (`jobs/risk/value_at_risk_daily.py`, the same positions,
prices and params). Whole cents add up exactly: the vectors of any accounts, added element by element, are the vector of
the group that they form, and its risk follows without valuing anything again. Element n of N, from the left, is the move into
the session that lies N - n sessions back. Only the newest sessions are kept: a vector has as many numbers as the window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.market.suspect_prices_daily import trusted
from jobs.risk import value_at_risk_daily
from jobs.risk.account_blocks import blocks, laid_out
from jobs.risk.held_positions import Market, held_positions, moves_of_sessions
from jobs.risk.session_moves import MovesOfSessions
from jobs.risk.session_positions import GROUPED_BY, session_positions
from jobs.risk.value_at_risk_daily import Params
from jobs.session_days import days_of
from lake.arrow import arrow_fields
from lake.job import Job
from lake.structs import struct_type
from models.risk.portfolios import loss_tiles
from schemas.risk import SCENARIO_PROFIT_AND_LOSS_DAILY

COLUMNS = SCENARIO_PROFIT_AND_LOSS_DAILY.columns
ROWS = arrow_fields(COLUMNS)
# Of twenty positions an account, a thousand vectors of some hundred numbers.
_ROWS_A_BLOCK = 20_000


def scenario_profit_and_loss_daily(
    position_values_daily: DataFrame,
    cash_daily: DataFrame,
    bars: DataFrame,
    suspect_prices_daily: DataFrame,
    corporate_actions: DataFrame,
    exchange_rates: DataFrame,
    instruments: DataFrame,
    accounts: DataFrame,
    sessions: DataFrame,
    params: Params,
) -> DataFrame:
    """One row a session that is kept and an account that holds something."""
    kept = days_of(sessions)[-(SCENARIO_PROFIT_AND_LOSS_DAILY.keep_sessions or 0) :]
    is_kept = F.col("session_date").isin(*kept)
    prices = trusted(bars, suspect_prices_daily)
    market = Market(prices, corporate_actions, exchange_rates, params.book_currency)
    held = held_positions(
        position_values_daily.where(is_kept),
        cash_daily.where(is_kept),
        market,
        accounts.where(is_kept),
        sessions.where(is_kept),
        params.rate_age_days,
    )
    moves_of = moves_of_sessions(market, instruments, sessions, params.lookback_sessions)
    return laid_out(held).mapInArrow(_vectors(moves_of, params), struct_type(COLUMNS))


def _vectors(
    moves_of: MovesOfSessions, params: Params
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def vectors(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for session, block in blocks(batches, _ROWS_A_BLOCK):
            yield from rows(session, block, moves_of, params).to_batches()

    return vectors


def rows(session: date, block: pa.Table, moves_of: MovesOfSessions, params: Params) -> pa.Table:
    """Rows of COLUMNS, accounts sorted; none where the window has too few sessions."""
    held = session_positions(session, block, moves_of)
    n_accounts, n_scenarios = len(held.account_ids), held.under.n_scenarios
    if n_scenarios < params.min_scenarios or not n_accounts:
        return ROWS.empty_table()
    cents = [(0.0 - losses).astype(np.int64) for losses in loss_tiles(held.positions, held.moves)]
    offsets = pa.array(np.arange(n_accounts + 1) * n_scenarios, pa.int32())
    columns = {
        "session_date": pa.repeat(pa.scalar(session), n_accounts),
        "account_id": pa.array(held.account_ids, pa.string()),
        **{name: pa.array(held.labels[name], pa.string()) for name in GROUPED_BY},
        "currency_code": pa.repeat(pa.scalar(params.book_currency), n_accounts),
        "n_scenarios": pa.repeat(pa.scalar(n_scenarios, pa.int64()), n_accounts),
        "scenario_profits": pa.ListArray.from_arrays(offsets, pa.array(np.concatenate(cents).ravel())),
    }
    return pa.table([columns[field.name].cast(field.type) for field in ROWS], schema=ROWS)


JOB = Job(
    writes=SCENARIO_PROFIT_AND_LOSS_DAILY,
    reads=value_at_risk_daily.JOB.reads,
    transform=scenario_profit_and_loss_daily,
    params=value_at_risk_daily.JOB.params,
)
