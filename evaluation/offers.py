"""What each client was offered at each cut, could have been offered, and chose afterwards."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain

import pandas as pd

from evaluation.known import Known
from evaluation.recommendation import Offer, popular_first
from evaluation.weekly import last_of_each_week


@dataclass(frozen=True)
class Params:
    """horizon_sessions: over how many sessions after a cut choices count. 20: about a month, as for churn's outcome.

    not_now_days: calendar days after a sale in which a product is not offered (DOMAIN §5.1).
    """

    horizon_sessions: int = 20
    not_now_days: int = 30


PARAMS = {"standard": Params(), "small": Params(horizon_sessions=5)}


BySession = Mapping[date, pd.DataFrame]


@dataclass(frozen=True)
class Record:
    """What the lake says, by session, so that no cut looks through all of it.

    recommendations: client_id, rank, revision, instrument_id. interactions, purchases, sales, holdings: client_id,
    instrument_id. cash: client_id, free_cash_amount.
    """

    recommendations: BySession
    interactions: BySession
    purchases: BySession
    sales: BySession
    holdings: BySession
    cash: BySession


def by_session(rows: pd.DataFrame) -> BySession:
    """The rows of each session_date, which are dates; sessions without rows are not there."""
    return {day: group for day, group in rows.groupby("session_date") if isinstance(day, date)}


def cuts(recommended_on: Iterable[date], sessions: Sequence[date], params: Params) -> tuple[date, ...]:
    """One session a week with recommendations and a whole horizon of sessions after it. sessions: all, ascending."""
    if len(sessions) <= params.horizon_sessions:
        return ()
    latest = sessions[-params.horizon_sessions - 1]
    return last_of_each_week(day for day in recommended_on if day <= latest)


def offers_at(
    cut: date, record: Record, sessions: Sequence[date], known_at: Callable[[date], Known], params: Params
) -> list[Offer]:
    """One offer a client with recommendations at the cut, by client. Nothing after the cut enters the lists."""
    known = known_at(cut)
    after = sessions[bisect_right(sessions, cut) :][: params.horizon_sessions]
    before = sessions[: bisect_right(sessions, cut)]
    held = _by_client(record.holdings, [cut])
    sold = _by_client(record.sales, [day for day in before if (cut - day).days <= params.not_now_days])
    cash = _cash(record.cash, cut)
    interest = Counter(chain.from_iterable(_by_client(record.interactions, before).values()))
    bought, turned_to = (_by_client(rows, after) for rows in (record.purchases, record.interactions))
    made = []
    for client, ranked in sorted(_published_first(record.recommendations[cut]).items()):
        own = held.get(client, set())
        may_choose = (
            known.may_be_offered(client, cash.get(client, Decimal(0))) - own - sold.get(client, set())
        )
        made.append(
            Offer(
                client,
                cut,
                ranked,
                popular_first(interest, may_choose),
                may_choose,
                bought=frozenset(bought.get(client, set()) - own),
                turned_to=frozenset(turned_to.get(client, set()) - own),
            )
        )
    return made


def _published_first(rows: pd.DataFrame) -> Mapping[str, tuple[str, ...]]:
    first = rows[rows["revision"] == rows["revision"].min()].sort_values("rank")
    lists: dict[str, list[str]] = {}
    for client, product in zip(first["client_id"], first["instrument_id"], strict=True):
        lists.setdefault(client, []).append(product)
    return {client: tuple(ranked) for client, ranked in lists.items()}


def _by_client(rows: BySession, days: Iterable[date]) -> Mapping[str, set[str]]:
    """The products of each client over some days."""
    found: dict[str, set[str]] = {}
    for day in days:
        if day in rows:
            for client, product in zip(rows[day]["client_id"], rows[day]["instrument_id"], strict=True):
                found.setdefault(client, set()).add(product)
    return found


def _cash(rows: BySession, day: date) -> Mapping[str, Decimal]:
    """The free cash of each client."""
    if day not in rows:
        return {}
    return dict(zip(rows[day]["client_id"], rows[day]["free_cash_amount"], strict=True))
