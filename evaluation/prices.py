"""Were the wrong prices that were planted kept from being used, and no others?"""

from __future__ import annotations

from collections.abc import Collection

from evaluation.section import Fact, Section, listed
from ingestion.simulator.truth import SuspectPrice, Truth
from lake.reader import query
from lake.settings import Settings

FOUND = """
    SELECT CAST(session_date AS VARCHAR) AS session_date, instrument_id, CAST(close_price AS VARCHAR) AS close_price
    FROM gold.suspect_prices_daily
"""


def section(settings: Settings, truth: Truth) -> Section:
    """Reads gold.suspect_prices_daily."""
    return told(truth.suspect_prices, [SuspectPrice(**row) for row in query(settings, FOUND).to_pylist()])


def told(planted: Collection[SuspectPrice], found: Collection[SuspectPrice]) -> Section:
    """The answer as a section."""
    missing = sorted(_said(each) for each in set(planted) - set(found))
    extra = sorted(_said(each) for each in set(found) - set(planted))
    return Section(
        name="prices",
        title="Prices: wrong closes that were planted",
        facts=(
            Fact(
                f"{len(planted) - len(missing)} of {len(planted)} wrong closes were named before anything was valued at them",
                not missing,
            ),
            Fact(f"{len(extra)} closes were held back that nobody planted", not extra),
        ),
        notes=(*listed("missing", missing), *listed("extra", extra)),
        figures={"n_planted": len(planted), "missing": missing, "extra": extra},
    )


def _said(each: SuspectPrice) -> str:
    return f"{each.session_date} {each.instrument_id} {each.close_price}"
