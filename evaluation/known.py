"""What was known at a session's close about who may be offered what, worked out here from silver, apart from the jobs.

The rule of DOMAIN §5.2: an ordinary client may be offered products up to the own level, an unknown or expired level counts
as the lowest, professionals are not restricted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pandas as pd

LOWEST, HIGHEST = 1, 5
ACCOUNTS = """
    SELECT account_id, client_id, client_type, client_risk_level, risk_level_expires_date, account_event_number,
           effective_at, recorded_at
    FROM silver.accounts
"""
INSTRUMENTS = """
    SELECT instrument_id, product_risk_level, is_tradable, minimum_order_amount, effective_date, recorded_at
    FROM silver.instruments
"""


@dataclass(frozen=True)
class Known:
    """client_levels: the highest product level, 1 to 5, that each client may be offered; of several accounts the strictest.

    product_levels: 1 to 5. tradable: products that clients may trade. smallest_orders: amounts, by product.
    """

    client_levels: dict[str, int]
    product_levels: dict[str, int]
    tradable: frozenset[str]
    smallest_orders: dict[str, Decimal]

    def may_be_offered(self, client_id: str, free_cash: Decimal) -> frozenset[str]:
        """Tradable products within the client's level and cash; who is not known is treated as the lowest."""
        most = self.client_levels.get(client_id, LOWEST)
        return frozenset(
            each
            for each in self.tradable
            if self.product_levels[each] <= most and self.smallest_orders[each] <= free_cash
        )


def known(accounts: pd.DataFrame, instruments: pd.DataFrame, day: date, closes_at: datetime) -> Known:
    """Of versions that were effective and recorded at the close, the newest of each account and instrument.

    accounts, instruments: all versions, columns as in ACCOUNTS and INSTRUMENTS; days are dates, instants aware.
    """
    of_accounts = accounts[(accounts["effective_at"] <= closes_at) & (accounts["recorded_at"] <= closes_at)]
    of_accounts = _newest(of_accounts, ["effective_at", "recorded_at", "account_event_number"], "account_id")
    of_products = instruments[
        (instruments["effective_date"] <= day) & (instruments["recorded_at"] <= closes_at)
    ]
    of_products = _newest(of_products, ["effective_date", "recorded_at"], "instrument_id")
    levels = _allowed(of_accounts, day).groupby(of_accounts["client_id"]).min()
    return Known(
        {str(client): int(level) for client, level in levels.items()},
        dict(
            zip(
                of_products["instrument_id"],
                of_products["product_risk_level"].str[1].astype(int),
                strict=True,
            )
        ),
        frozenset(of_products.loc[of_products["is_tradable"].astype(bool), "instrument_id"]),
        dict(zip(of_products["instrument_id"], of_products["minimum_order_amount"], strict=True)),
    )


def _newest(versions: pd.DataFrame, order: list[str], entity: str) -> pd.DataFrame:
    return versions.sort_values(order).drop_duplicates(entity, keep="last")


def _allowed(accounts: pd.DataFrame, day: date) -> pd.Series[int]:
    return pd.Series(
        [
            HIGHEST if kind == "professional" else _ordinary(level, expires, day)
            for kind, level, expires in zip(
                accounts["client_type"],
                accounts["client_risk_level"],
                accounts["risk_level_expires_date"],
                strict=True,
            )
        ],
        index=accounts.index,
        dtype=int,
    )


def _ordinary(level: str | None, expires: date | None, day: date) -> int:
    has_level = isinstance(level, str) and isinstance(expires, date) and expires >= day
    return int(level[1]) if has_level and level is not None else LOWEST
