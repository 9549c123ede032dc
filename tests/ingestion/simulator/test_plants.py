"""Planted abuse reaches its rule's threshold, near misses do not, and nothing else does; planted faults are there."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from ingestion.simulator import SIZES, SMALL
from ingestion.simulator.faults import KINDS
from models.risk.rules import failed_logins, order_rate, price_deviation
from schemas import catalog
from tests.ingestion.simulator.recording import APP, Recording, record

ORDERS = "transactions.orders.v1"
Found = dict[tuple[str, str], float]


def instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def counts(rows: list[dict[str, Any]], entity: str, at: str, seconds: int) -> Counter[tuple[str, int]]:
    width = seconds * 1_000_000
    return Counter((row[entity], instant(row[at]) // width * width) for row in rows)


def found(recording: Recording) -> set[tuple[str, str, int]]:
    """Rule, entity and window of every alert that the rules' definitions give, counted plainly."""
    orders = recording.data(ORDERS)
    entries = [row for row in orders if row["order_event_type"] in ("new", "replaced") and row["limit_price"]]
    far = {("R02", row["order_id"], instant(row["order_event_at"])) for row in entries if is_far(row)}
    rated = [row for row in orders if row["order_event_type"] in ("new", "cancel_requested")]
    rates = counts(rated, "account_id", "order_event_at", 1)
    failed = [row for row in recording.data(APP) if row["app_event_type"] == "log_in_failed"]
    failures = counts(failed, "client_id", "occurred_at", 300)
    fast = {("R07", *key) for key, count in rates.items() if count >= 20}
    attacked = {("R30", *key) for key, count in failures.items() if count >= 5}
    return far | fast | attacked


def is_far(row: dict[str, Any]) -> bool:
    limit, reference = Decimal(row["limit_price"]), Decimal(row["reference_price"])
    beyond = limit - reference if row["side"] == "buy" else reference - limit
    return beyond * 10 >= reference


@pytest.mark.parametrize("name", ["tiny", "small"])
def test_what_is_planted_is_what_there_is_to_find(name: str, recording: Recording) -> None:
    played = recording if name == "tiny" else record(SMALL)
    planted = {
        (each.rule_id, each.entity_id, instant(each.window_started_at)) for each in played.truth.alerts
    }
    assert found(played) == planted
    assert {rule for rule, _, _ in planted} == {"R02", "R07", "R30"}


def test_there_are_near_misses_of_each_rule_and_they_are_near(recording: Recording) -> None:
    misses = recording.truth.near_misses
    assert {each.rule_id for each in misses} == {"R02", "R07", "R30"}
    assert {each.observed_value for each in misses if each.why == "one too few"} == {19.0, 4.0}
    assert all(each.why for each in misses)


def test_the_session_played_live_has_several_of_each_rule(recording: Recording) -> None:
    last = Counter(each.rule_id for each in recording.truth.alerts if each.session_date == "2022-12-23")
    assert min(last.values()) >= 2
    assert set(last) == {"R02", "R07", "R30"}


def test_without_abuse_there_is_nothing_to_find(honest_recording: Recording) -> None:
    assert found(honest_recording) == set()
    assert honest_recording.truth.alerts == honest_recording.truth.near_misses == ()


def test_sizes_know_the_thresholds_of_the_rules() -> None:
    thresholds = {name: size.order_rate_threshold for name, size in SIZES.items()}
    small = order_rate.SMALL.warning_per_second
    assert thresholds == {"standard": order_rate.STANDARD.warning_per_second, "small": small, "tiny": small}
    assert failed_logins.STANDARD.threshold == 5
    assert price_deviation.STANDARD.threshold_bps == 1_000


def test_ordinary_limits_stay_within_three_percent(honest_recording: Recording) -> None:
    for row in honest_recording.data(ORDERS):
        if row["limit_price"] and row["order_event_type"] in ("new", "replaced"):
            distance = abs(Decimal(row["limit_price"]) / Decimal(row["reference_price"]) - 1)
            assert distance <= Decimal("0.0301"), row


def test_every_kind_of_fault_is_planted_and_found_by_its_bytes(recording: Recording) -> None:
    faults = recording.truth.faults
    assert {fault.kind for fault in faults} == {*KINDS, "future", "misplaced_point"}
    assert Counter(fault.kind for fault in faults)["future"] == 1
    times: Counter[str] = Counter(fault.raw_sha256 for fault in faults)
    for fault in faults:
        expected = 1 + times[fault.raw_sha256] if fault.outcome == "duplicate" else 1
        assert recording.digests[fault.raw_sha256] == expected, fault


def test_equal_messages_are_planted_duplicates(recording: Recording) -> None:
    copies = {each.digest for each in recording.sent if recording.digests[each.digest] > 1}
    assert copies == {fault.raw_sha256 for fault in recording.truth.faults if fault.outcome == "duplicate"}


def test_conflicting_records_follow_the_ones_whose_keys_they_bear(recording: Recording) -> None:
    conflicting = {f.raw_sha256 for f in recording.truth.faults if f.kind.endswith("key_conflict")}
    keys: dict[tuple[str, ...], str] = {}
    n_met = 0
    accepted = set(recording.clean)
    for each in recording.sent:
        if each.digest in conflicting:
            key = _key(catalog.event(each.topic), each.envelope["data"])
            assert keys[key] not in conflicting
            n_met += 1
        elif each in accepted:
            keys.setdefault(_key(catalog.event(each.topic), each.envelope["data"]), each.digest)
    assert n_met == len(conflicting)


def _key(event: Any, data: dict[str, Any]) -> tuple[str, ...]:
    return (event.topic, *(str(data[column.name]) for column in event.key))


def test_natural_keys_are_borne_once(recording: Recording) -> None:
    keys = Counter(_key(catalog.event(each.topic), each.envelope["data"]) for each in recording.clean)
    assert keys.most_common(1)[0][1] == 1


def test_without_faults_nothing_is_wrong(honest_recording: Recording) -> None:
    assert honest_recording.truth.faults == ()
    assert set(honest_recording.digests.values()) <= {1, 2}


def test_a_broken_promise_is_broken(recording: Recording) -> None:
    """A swap of two equal prices would be no fault, and a second bar of the session."""
    planted = {fault.raw_sha256 for fault in recording.truth.faults if fault.kind == "promise"}
    broken = [each.envelope["data"] for each in recording.sent if each.digest in planted]
    assert len(broken) == len(planted)
    for data in broken:
        low, high = ("low_price", "open_price") if "low_price" in data else ("bid_price", "ask_price")
        assert Decimal(data[low]) > Decimal(data[high])
