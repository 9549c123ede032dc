"""What each account holds at the end of a session, and what it cost.

Quantity is opening, split where an action's ex-date came, plus buys less sells (`jobs/transactions/holdings.py`). Cost is
average cost (`jobs/transactions/average_cost.py`). A position is carried through sessions without fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.transactions.average_cost import NOTHING, Holding
from jobs.transactions.holdings import Entry, after, ordered_entries, per_position
from lake.arrow import arrow_fields
from lake.job import Job, opening, whole
from lake.structs import struct_type
from schemas import fields as f
from schemas import ledger_fields as ledger
from schemas.market import CORPORATE_ACTIONS
from schemas.transactions import CORRECTED_FILLS, POSITIONS_DAILY

_HELD = (f.ACCOUNT_ID, f.INSTRUMENT_ID, f.POSITION_QUANTITY, ledger.COST_AMOUNT, f.CURRENCY_CODE)
_SPELL = struct_type(_HELD).add("held_from_date", "date").add("held_before_date", "date")
_ARROW_SPELL = pa.schema(
    [*arrow_fields(_HELD), pa.field("held_from_date", pa.date32()), pa.field("held_before_date", pa.date32())]
)

Spell = tuple[str, str, Decimal, Decimal, str, date, date | None]


def positions_daily(
    corrected_fills: DataFrame,
    opening_positions_daily: DataFrame,
    corporate_actions: DataFrame,
    sessions: DataFrame,
) -> DataFrame:
    """One row a session, account and instrument that is held at its end."""
    entries = ordered_entries(corrected_fills, opening_positions_daily, corporate_actions, sessions)
    spells = entries.mapInArrow(per_position(spells_of, _ARROW_SPELL), _SPELL)
    has_begun = F.col("held_from_date") <= F.col("session_date")
    lasts = F.col("held_before_date").isNull() | (F.col("session_date") < F.col("held_before_date"))
    return spells.join(F.broadcast(sessions.select("session_date")), has_begun & lasts, how="inner").select(
        *[column.name for column in POSITIONS_DAILY.columns]
    )


def spells_of(entries: Iterable[Entry]) -> Iterator[Spell]:
    """The spells during which one position stays as it is, from its ordered entries; none while nothing is held."""
    holding, since, last = NOTHING, date.min, None
    for day, of_day in groupby(entries, key=lambda entry: entry.session_date):
        if last is not None and holding.quantity:
            yield _spell(last, holding, since, day)
        for entry in of_day:
            holding, last = after(holding, entry), entry
        since = day
    if last is not None and holding.quantity:
        yield _spell(last, holding, since, None)


def _spell(last: Entry, holding: Holding, since: date, before: date | None) -> Spell:
    owner = (last.account_id, last.instrument_id)
    return (*owner, holding.quantity, holding.cost, last.currency_code, since, before)


JOB = Job(
    writes=POSITIONS_DAILY,
    reads=(CORRECTED_FILLS, opening(POSITIONS_DAILY), whole(CORPORATE_ACTIONS)),
    transform=positions_daily,
)
