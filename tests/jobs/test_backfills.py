"""Thirty sessions, made again in any cut and order and twice: gold says what one run in order makes it say.

The history of each table is held against its rows: every publication that was recorded is a commit, and a commit has as
many rows as its sessions.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.pending import of_range, pending
from jobs.running import run_jobs
from lake.digests import Digest, digest
from lake.reader import open_table, query
from lake.run import Run
from lake.sessions import book_calendar
from lake.store import Store
from schemas.market import BARS
from schemas.operations import JOB_RUNS, SESSION_CLOSES, TOUCHED_SESSIONS
from schemas.transactions import CASH_MOVEMENTS, FILLS
from tests.jobs.making import jobs_up_to, made
from tests.rows import Row
from tests.written import new_lake, write

CALENDAR = book_calendar()
SESSIONS = CALENDAR.last(date(2022, 12, 23), 30)
JOBS = jobs_up_to("profit_and_loss_daily")


def in_silver(root: Path, spark: SparkSession) -> Store:
    """Three accounts that pay in, buy and sell on every session; nothing is made of it."""
    settings = new_lake(root, BROKERLAKE_PARAMS="small")
    store = Store(spark, settings)
    chance = random.Random(1)
    fills: list[Row] = []
    payments: list[Row] = []
    for number, (day, account) in enumerate((day, f"account-{n}") for day in SESSIONS for n in range(3)):
        place = {"session_date": day, "account_id": account, "origin_offset": number, "sequence": number}
        payments.append(
            {**place, "cash_movement_id": f"movement-{number}", "cash_amount": chance.randint(1, 10_000)}
        )
        for side in ("buy", "sell"):
            fills.append(
                {
                    **place, "fill_id": f"fill-{number}-{side}", "side": side, "report_type": "fill",
                    "corrects_fill_id": None, "quantity": chance.randint(1, 100), "price": chance.randint(1, 500),
                }
            )  # fmt: skip
    write(settings, FILLS, *fills)
    write(settings, CASH_MOVEMENTS, *payments)
    write(settings, BARS, *[{"session_date": day, "close_price": n + 1} for n, day in enumerate(SESSIONS)])
    write(settings, SESSION_CLOSES, *[{"session_date": day} for day in SESSIONS])
    write(settings, TOUCHED_SESSIONS, *[{"table_name": table.name, "session_date": day, "refine_batch": 1}
                                        for day in SESSIONS for table in (FILLS, CASH_MOVEMENTS, BARS)])  # fmt: skip
    return store


@pytest.fixture(scope="module")
def in_order(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Digest]:
    """What one run over all thirty says."""
    store = in_silver(tmp_path_factory.mktemp("in_order"), spark)
    assert make(store, SESSIONS) == 30 * len(JOBS)
    return gold(store)


@pytest.mark.parametrize("seed", [1])
def test_any_cut_in_any_order_twice_is_as_one_in_order(
    spark: SparkSession, tmp_path: Path, in_order: dict[str, Digest], seed: int
) -> None:
    store = in_silver(tmp_path, spark)
    chance = random.Random(seed)
    edges = [0, *sorted(chance.sample(range(1, 30), 2)), 30]
    ranges = [SESSIONS[start:end] for start, end in pairwise(edges)]
    for _ in range(2):
        chance.shuffle(ranges)
        for each in ranges:
            make(store, each)
    make_pending(store)
    assert gold(store) == in_order
    for each in sorted(
        ranges, reverse=True
    ):  # the newest first, of which each opens with what an older one made
        assert make(store, each) == len(each) * len(JOBS)
    assert gold(store) == in_order
    make_pending(store)
    assert not any(pending(store.settings, JOBS, SESSIONS[-1], CALENDAR).sessions.values())
    assert gold(store) == in_order
    assert unwritten(store) == []


def test_a_first_run_that_begins_in_the_middle_is_refused_where_it_opens_with_the_session_before(
    spark: SparkSession, tmp_path: Path
) -> None:
    store = in_silver(tmp_path, spark)
    assert (
        make(store, SESSIONS[10:12]) == 4
    )  # corrected_fills and suspect_prices_daily, which open with nothing
    said = query(store.settings, f"SELECT DISTINCT error FROM {JOB_RUNS.name} WHERE job_name = 'cash_daily'")
    assert said["error"].to_pylist() == [
        f"the opening of {SESSIONS[10]} is missing: gold.cash_daily is not published for {SESSIONS[9]}"
    ]


def make(store: Store, sessions: Sequence[date]) -> int:
    """Makes a range as it was asked for; how many sessions of how many jobs were published."""
    wanted = of_range(store.settings, JOBS, sessions, CALENDAR)
    results = run_jobs(store, JOBS, wanted, Run.begin("small"), second_opinion=None)
    return sum(each.job_status == "published" for result in results for each in result.outcomes)


def make_pending(store: Store) -> None:
    found = pending(store.settings, JOBS, SESSIONS[-1], CALENDAR)
    assert [result.line() for result in made(store, JOBS, found) if not result.is_good] == []


def gold(store: Store) -> dict[str, Digest]:
    return {job.writes.name: digest(store.settings, job.writes) for job in JOBS}


def unwritten(store: Store) -> list[str]:
    """Publications that are no commit, and commits that do not have the rows of their sessions."""
    found = []
    for job in JOBS:
        commits = Counter[tuple[str, str, str]]()
        for commit in open_table(store.settings, job.writes).history():
            if "userMetadata" not in commit:
                continue
            told = json.loads(commit["userMetadata"])
            first, last = told["sessions"]
            commits[told["run_id"], first, last] += 1
            rows = store.read(job.writes, commit["version"])
            n_there = rows.where(f"session_date BETWEEN DATE'{first}' AND DATE'{last}'").count()
            metrics = commit["operationMetrics"]
            # Rows of other sessions that lay in the same files are written again.
            n_written = int(metrics["numOutputRows"]) - int(metrics.get("numCopiedRows", 0))
            if n_there != n_written:
                found.append(f"{job.name} {commit['version']}: {n_written} written, {n_there} there")
        runs = query(
            store.settings,
            f"SELECT run_id, session_date FROM {JOB_RUNS.name} WHERE job_name = '{job.name}' AND job_status = 'published'",
        ).to_pylist()
        # Where there is nothing before and nothing after, nothing is committed.
        days = query(store.settings, f"SELECT DISTINCT session_date FROM {job.writes.name}")
        filled = {str(day) for day in days["session_date"].to_pylist()}
        for run in runs:
            day = str(run["session_date"])
            if day in filled and sum(n for (run_id, first, last), n in commits.items() if run_id == run["run_id"] and first <= day <= last) != 1:  # fmt: skip
                found.append(f"{job.name} {day}: no commit of run {run['run_id']}")
    return found
