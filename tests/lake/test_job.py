"""A job that is declared wrongly is refused when it is declared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from pyspark.sql import DataFrame

from lake.errors import JobError
from lake.job import Job, as_of, following, lookback, named, opening
from schemas.clients import ACCOUNTS
from schemas.market import BARS
from schemas.transactions import CASH_DAILY


def misnamed(bar: DataFrame) -> DataFrame:
    return bar


def well_named(
    bars: DataFrame, opening_cash_daily: DataFrame, accounts: DataFrame, sessions: DataFrame
) -> DataFrame:
    return bars


def with_params(following_bars: DataFrame, params: object) -> DataFrame:
    return following_bars


def test_parameters_are_the_names_of_what_is_read() -> None:
    job = Job(writes=CASH_DAILY, reads=(BARS, opening(CASH_DAILY), as_of(ACCOUNTS)), transform=well_named)
    assert [each.parameter for each in job.inputs] == ["bars", "opening_cash_daily", "accounts"]
    assert job.wants_sessions


def test_another_name_is_refused() -> None:
    with pytest.raises(JobError, match=r"cash_daily: its transform takes \(bar\), its reads give \(bars\)"):
        Job(writes=CASH_DAILY, reads=(BARS,), transform=misnamed)


def test_params_without_sets_are_refused() -> None:
    with pytest.raises(JobError, match="has named sets"):
        Job(writes=CASH_DAILY, reads=(following(BARS, sessions=5),), transform=with_params)


def test_a_set_that_is_missing_is_refused() -> None:
    with pytest.raises(JobError, match="standard and small"):
        Job(writes=CASH_DAILY, reads=(following(BARS, 5),), transform=with_params, params={"standard": 1})


def by_name(bars: DataFrame, named_bars: DataFrame, params: object) -> DataFrame:
    return bars


@dataclass(frozen=True)
class Named:
    old_sessions: tuple[date, ...]


def test_sessions_that_the_params_list() -> None:
    each = named(BARS, sessions="old_sessions")
    both = {name: Named((date(2008, 9, 12),)) for name in ("standard", "small")}
    assert Job(CASH_DAILY, (lookback(BARS, 5), each), by_name, both).inputs == (lookback(BARS, 5), each)
    assert each.named_sessions(both["small"]) == (date(2008, 9, 12),)
    for lists_none in (Named(()), None):
        with pytest.raises(JobError, match=r"old_sessions of .* lists no session"):
            each.named_sessions(lists_none)
    with pytest.raises(JobError, match=r"silver\.accounts cannot be read by name"):
        named(ACCOUNTS, sessions="old_sessions")


def test_rows_mature_after_the_longest_future_that_is_read() -> None:
    job = Job(
        writes=CASH_DAILY,
        reads=(following(BARS, sessions=25),),
        transform=with_params,
        params={"standard": object(), "small": object()},
    )
    assert job.matures_after(None) == 25
    assert lookback(BARS, 25).length(None) == 25
