"""What sales brought beyond what they cost, by average cost, fees apart.

A fill that makes a position smaller realises what it brings less the cost that it takes out; for a short position, what the
units were sold for less what they are bought back for. It is the amount of the trade and the change of the position's cost
(`jobs/transactions/average_cost.py`), so that profit falls into realised and unrealised to the last place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby

from pyspark.sql import DataFrame

from jobs.transactions.average_cost import NOTHING, Holding, amount_of
from jobs.transactions.holdings import Entry, after, ordered_entries, per_position
from lake.arrow import arrow_fields
from lake.job import Job, opening, whole
from lake.structs import struct_type
from schemas.market import CORPORATE_ACTIONS
from schemas.transactions import CORRECTED_FILLS, POSITIONS_DAILY, REALISED_PROFIT_DAILY

_COLUMNS = REALISED_PROFIT_DAILY.columns

Realised = tuple[date, str, str, Decimal, str]


def realised_profit_daily(
    corrected_fills: DataFrame,
    opening_positions_daily: DataFrame,
    corporate_actions: DataFrame,
    sessions: DataFrame,
) -> DataFrame:
    """One row a session, account and instrument of which something was sold, or bought back."""
    entries = ordered_entries(corrected_fills, opening_positions_daily, corporate_actions, sessions)
    return entries.mapInArrow(per_position(realised_of, arrow_fields(_COLUMNS)), struct_type(_COLUMNS))


def realised_of(entries: Iterable[Entry]) -> Iterator[Realised]:
    """What one position realised, session by session, from its ordered entries."""
    holding = NOTHING
    for day, of_day in groupby(entries, key=lambda entry: entry.session_date):
        realised, has_left, last = Decimal(0), False, None
        for entry in of_day:
            before, holding, last = holding, after(holding, entry), entry
            if entry.cost_amount is None:
                realised += holding.cost - before.cost - amount_of(entry.traded, entry.price)
                has_left |= _is_less(before, holding, entry)
        if last is not None and has_left:
            yield day, last.account_id, last.instrument_id, realised, last.currency_code


def _is_less(before: Holding, holding: Holding, entry: Entry) -> bool:
    """Whether something was sold or bought back, or a split left nothing."""
    return before.quantity * entry.traded < 0 or (before.quantity != 0 and holding.quantity == 0)


JOB = Job(
    writes=REALISED_PROFIT_DAILY,
    reads=(CORRECTED_FILLS, opening(POSITIONS_DAILY), whole(CORPORATE_ACTIONS)),
    transform=realised_profit_daily,
)
