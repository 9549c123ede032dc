"""Real logs and real bars, with the defects that they have, through Flume and Kafka to silver."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from csv import DictReader
from decimal import Decimal
from pathlib import Path

import pytest

from infra.demo.flume_delivery import wait_for_flume
from infra.local import servers
from infra.local.server_profile import REPOSITORY, Ports, Profile
from ingestion import topics
from ingestion.ledger.reading import ledger
from ingestion.publishing.connection import connect
from lake.envelope import HEADERS, message_key, wrap
from lake.reader import query
from lake.settings import Settings
from schemas.market import BAR

pytestmark = pytest.mark.real_data

# Two verbs in one process: Spark starts once, with the memory that it has outside of tests.
TAKE_IN = """
from ingestion import streams
from lake.settings import Settings
with streams.only_process(Settings.from_environment(), "real data") as store:
    streams.catch_up(store)
"""
N_LINES = 10_000
N_BARS = 619_040
PRICES = ("open", "high", "low", "close")

# The README of the data counts these and names one of them; the rest is what looking at the file gives.
OUT_OF_ORDER = {
    ("AOS", "2014-05-19"),
    ("BBY", "2016-03-14"),
    ("CHD", "2014-05-19"),
    ("CHK", "2014-06-30"),
    ("DHR", "2014-11-06"),
    ("IP", "2014-07-01"),
    ("LNT", "2016-05-19"),
    ("O", "2014-08-27"),
    ("O", "2014-11-06"),
    ("SPG", "2014-05-28"),
    ("UA", "2016-06-10"),
    ("WRK", "2016-05-13"),
}


@pytest.fixture(scope="module")
def taken_in(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A lake with the Apache log and every bar."""
    profile = Profile(root=tmp_path_factory.mktemp("real"), ports=Ports.free())
    with servers.running(profile, ["kafka", "flume"]):
        topics.reconcile(profile.brokers)
        shutil.copy(real_data / "weblogs_elastic" / "apache_logs", profile.app_logs / "web" / "apache.log")
        publish_bars(profile, real_data / "market_us_daily" / "sp500_5yr_daily.csv.gz")
        wait_for_flume(profile, lambda _: None)
        environment = {**os.environ, **profile.environment()}
        subprocess.run([sys.executable, "-c", TAKE_IN], cwd=REPOSITORY, env=environment, check=True)
        yield Settings.from_environment(profile.environment())


def publish_bars(profile: Profile, path: Path) -> None:
    """Every bar as it is: prices have at most four decimals, and an empty one travels as null."""
    journals = Settings.from_environment(profile.environment()).journals
    publishing = closing(connect(profile.brokers, journals, "bars"))
    with gzip.open(path, "rt", newline="") as lines, publishing as publisher:
        for number, row in enumerate(DictReader(lines), start=1):
            data: dict[str, object] = {
                "mic_code": "XNYS",
                "session_date": row["date"],
                "instrument_id": row["Name"],
                **{f"{name}_price": row[name] or None for name in PRICES},
                "traded_quantity": row["volume"],
                "currency_code": "USD",
                "published_at": f"{row['date']}T21:05:00Z",
            }
            value = wrap(BAR, data, source="sp500-5yr", sequence=number)
            publisher.publish(BAR.topic, message_key(BAR, data), value, HEADERS)


def test_every_line_of_the_access_log_is_a_request_of_its_own(taken_in: Settings) -> None:
    rows = query(taken_in, "SELECT status_code, count(*) AS n FROM silver.web_requests GROUP BY status_code")
    found = {int(row["status_code"]): row["n"] for row in rows.to_pylist()}
    assert found == {200: 9_126, 304: 445, 404: 213, 301: 164, 206: 45, 500: 3, 403: 2, 416: 2}
    assert sum(found.values()) == N_LINES


def test_equal_lines_are_kept_apart(taken_in: Settings, real_data: Path) -> None:
    lines = (real_data / "weblogs_elastic" / "apache_logs").read_bytes().splitlines()
    answer = query(taken_in, "SELECT count(DISTINCT line_hash) AS n FROM silver.web_requests").to_pylist()
    assert answer == [{"n": len(set(lines))}]
    assert len(set(lines)) < len(lines) == N_LINES


def test_bars_that_break_a_promise_are_quarantined_with_the_reason_and_nothing_else(
    taken_in: Settings,
) -> None:
    rows = query(
        taken_in,
        "SELECT event_key, reasons, raw FROM quarantine.events WHERE origin_topic = 'market.bars.v1'",
        for_service=True,
    ).to_pylist()
    reasons = Counter((each["code"], each["subject"]) for row in rows for each in row["reasons"])
    assert reasons == {
        ("promise", "prices_in_order"): 12,
        ("missing", "open_price"): 11,
        ("missing", "high_price"): 8,
        ("missing", "low_price"): 8,
    }
    assert len(rows) == 12 + 11
    disordered = {
        (bytes(row["event_key"]).decode(), session_of(row["raw"]))
        for row in rows
        if row["reasons"][0]["code"] == "promise"
    }
    assert disordered == OUT_OF_ORDER
    assert query(taken_in, "SELECT count(*) AS n FROM silver.bars").to_pylist() == [{"n": N_BARS - 23}]
    assert query(taken_in, "SELECT count(*) AS n FROM quarantine.events").to_pylist() == [{"n": 23}]


def session_of(raw: bytes) -> str:
    return raw.split(b'"session_date":"')[1][:10].decode()


def test_a_bar_says_in_silver_what_the_file_says(taken_in: Settings) -> None:
    sql = "SELECT * FROM silver.bars WHERE instrument_id = 'AAL' AND session_date = DATE '2013-02-08'"
    [row] = query(taken_in, sql).to_pylist()
    found = [row[f"{name}_price"] for name in PRICES] + [row["traded_quantity"]]
    assert found == [Decimal(text) for text in ("15.07", "15.12", "14.63", "14.75", "8407500")]


def test_everything_is_accounted_for(taken_in: Settings) -> None:
    found = ledger(taken_in, settled=True)
    assert found.differences == ()
    assert sum(each.n_landed for each in found.accounts) == N_LINES + N_BARS
