"""What each client was offered at each cut, could have been offered, and chose afterwards."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from evaluation.known import Known
from evaluation.recommendation import Offer, popular_first
from evaluation.weekly import last_of_each_week


@dataclass(frozen=True)
class Params:
    """horizon_sessions: over how many sessions after a cut choices count. 20: about a month, as for churn's outcome."""

    horizon_sessions: int = 20


PARAMS = {"standard": Params(), "small": Params(horizon_sessions=5)}


@dataclass(frozen=True)
class Record:
    """What the lake says; days are dates.

    recommendations: session_date, client_id, rank, revision, instrument_id. interactions, purchases, holdings: session_date,
    client_id, instrument_id.
    """

    recommendations: pd.DataFrame
    interactions: pd.DataFrame
    purchases: pd.DataFrame
    holdings: pd.DataFrame


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
    lists = _published_first(record.recommendations[record.recommendations["session_date"] == cut])
    held = _by_client(record.holdings[record.holdings["session_date"] == cut])
    seen = record.interactions[record.interactions["session_date"] <= cut]
    interest = Counter(seen.drop_duplicates(["client_id", "instrument_id"])["instrument_id"])
    after = sessions[bisect_right(sessions, cut) :][: params.horizon_sessions]
    bought, turned_to = (_by_client(_within(rows, after)) for rows in (record.purchases, record.interactions))
    made = []
    for client, ranked in sorted(lists.items()):
        own = held.get(client, frozenset())
        may_choose = known.may_be_offered(client) - own
        made.append(
            Offer(
                client,
                cut,
                ranked,
                popular_first(interest, may_choose),
                may_choose,
                bought.get(client, frozenset()) - own,
                turned_to.get(client, frozenset()) - own,
            )
        )
    return made


def _published_first(rows: pd.DataFrame) -> Mapping[str, tuple[str, ...]]:
    first = rows[rows["revision"] == rows.groupby("session_date")["revision"].transform("min")]
    ranked = first.sort_values(["client_id", "rank"])
    return {str(client): tuple(group) for client, group in ranked.groupby("client_id")["instrument_id"]}


def _within(rows: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    return rows[rows["session_date"].isin(days)]


def _by_client(rows: pd.DataFrame) -> Mapping[str, frozenset[str]]:
    return {str(client): frozenset(group) for client, group in rows.groupby("client_id")["instrument_id"]}
