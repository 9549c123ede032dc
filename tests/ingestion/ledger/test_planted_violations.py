"""Violations planted into a consistent lake: each is found, by its law and its name, with what proves it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.ledger.looks import NOTHING_BEFORE
from ingestion.ledger.reading import look
from schemas import catalog
from schemas.operations import BRONZE_EVENTS, DUPLICATES, PARKED, QUARANTINE_EVENTS, TOUCHED_SESSIONS
from schemas.risk import ALERT, ALERTS
from schemas.transactions import (
    CASH_DAILY,
    CASH_MOVEMENT,
    CASH_MOVEMENTS,
    CORRECTED_FILLS,
    FILL,
    FILLS,
    ORDER_EVENTS,
    POSITIONS_DAILY,
)
from tests.ingestion.ledger.consistent import Broker, Row, broker
from tests.ingestion.ledger.test_clean_runs import A_WEEK_LATER

CENT = Decimal("0.01")
PLANTS: dict[str, tuple[Callable[[Broker], None], set[str]]] = {}
Plant = Callable[[Broker], None]


def plant(*found: str) -> Callable[[Plant], Plant]:
    """`found`: the laws and verdicts that the ledger names, no more and no less."""

    def keep(act: Plant) -> Plant:
        PLANTS[act.__name__] = (act, set(found))
        return act

    return keep


def at(rows: list[Row], topic: str, offset: int, partition: int = 0) -> Row:
    wanted = {"origin_topic": topic, "origin_partition": partition, "origin_offset": offset}
    return next(row for row in rows if wanted.items() <= row.items())


def drop(broker: Broker, topic: str, offset: int, *, everywhere: bool) -> None:
    """Bronze loses a message; `everywhere`: as if it had never come."""
    tables = broker.rows.values() if everywhere else [broker.of(BRONZE_EVENTS)]
    for rows in tables:
        rows[:] = [
            row
            for row in rows
            if (row.get("origin_topic"), row.get("origin_partition"), row.get("origin_offset"))
            != (topic, 0, offset)
        ]


@plant("conservation lost", "books phantom")
def a_fill_is_not_in_silver(broker: Broker) -> None:
    kept = next(row for row in broker.of(FILLS) if row["report_type"] == "fill" and stands(broker, row))
    broker.of(FILLS).remove(kept)


@plant("conservation lost", "sequences lost", "books altered")
def a_cash_movement_is_not_in_silver(broker: Broker) -> None:
    broker.of(CASH_MOVEMENTS).remove(at(broker.of(CASH_MOVEMENTS), CASH_MOVEMENT.topic, 3))


@plant("conservation duplicate", "books altered")
def a_cash_movement_is_in_silver_twice(broker: Broker) -> None:
    broker.of(CASH_MOVEMENTS).append(dict(at(broker.of(CASH_MOVEMENTS), CASH_MOVEMENT.topic, 3)))


@plant("conservation phantom", "sets lost")
def a_message_is_not_in_bronze(broker: Broker) -> None:
    drop(broker, CASH_MOVEMENT.topic, 3, everywhere=False)


@plant("offsets lost", "sets lost", "sequences lost", "books altered")
def the_first_batch_never_landed(broker: Broker) -> None:
    for offset in range(3):
        drop(broker, CASH_MOVEMENT.topic, offset, everywhere=True)


@plant("sets stuck")
def the_last_message_never_landed(broker: Broker) -> None:
    """No offset and no sequence shows that it is missing; the producer knows that it was acknowledged."""
    broker.send(ALERT, "alert-stream", {"alert_id": "alert-99", "session_date": "2022-12-30"})
    broker.of(catalog.silver_of(ALERT)).pop()
    broker.of(BRONZE_EVENTS).pop()


@plant("sets duplicate", "books altered")
def a_message_was_stored_twice_and_accepted_twice(broker: Broker) -> None:
    """A retry that the broker did not recognise, and a refine that did not either."""
    once = broker.of(CASH_MOVEMENTS)[0]
    place = {name: once[name] for name in ("origin_topic", "origin_partition", "origin_offset")}
    message = next(row for row in broker.of(BRONZE_EVENTS) if place.items() <= row.items())
    offset = broker.offsets[CASH_MOVEMENT.topic, once["origin_partition"]]
    broker.of(BRONZE_EVENTS).append({**message, "origin_offset": offset})
    broker.of(CASH_MOVEMENTS).append({**once, "origin_offset": offset})


@plant("offsets duplicate")
def a_message_landed_twice(broker: Broker) -> None:
    broker.of(BRONZE_EVENTS).append(dict(at(broker.of(BRONZE_EVENTS), FILL.topic, 2)))


@plant("sets misrouted")
def a_message_was_put_into_another_topic(broker: Broker) -> None:
    """Both topics' offsets are whole: only the producer knows where it was sent to."""
    at_line(broker, at(broker.of(BRONZE_EVENTS), FILL.topic, 2))["topic"] = CASH_MOVEMENT.topic


@plant("conservation misrouted")
def a_row_is_in_another_topic_s_table(broker: Broker) -> None:
    row = at(broker.of(FILLS), FILL.topic, 2)
    broker.send(ALERT, "alert-stream", {"alert_id": "alert-99", "session_date": "2022-12-30"})
    stray = broker.of(catalog.silver_of(ALERT)).pop()
    origin = {name: value for name, value in stray.items() if name.startswith("origin") or name == "sequence"}
    broker.of(ORDER_EVENTS).append({**origin, "source_name": "alert-stream"})
    assert row in broker.of(FILLS)


@plant("amounts altered", "books altered")
def one_cent_is_changed_in_silver(broker: Broker) -> None:
    at(broker.of(CASH_MOVEMENTS), CASH_MOVEMENT.topic, 3)["cash_amount"] += CENT


@plant("amounts altered")
def two_changes_cancel_in_the_sum(broker: Broker) -> None:
    """Of one account and session: no total shows it."""
    first, second = same_account(broker)
    first["cash_amount"] += CENT
    second["cash_amount"] -= CENT


@plant("conservation lost", "conservation duplicate", "sequences lost")
def a_loss_and_a_repetition_cancel_in_the_count(broker: Broker) -> None:
    alerts = broker.of(catalog.silver_of(ALERT))
    broker.send(ALERT, "alert-stream", {"alert_id": "alert-1", "session_date": "2022-12-30"})
    broker.send(ALERT, "alert-stream", {"alert_id": "alert-2", "session_date": "2022-12-30"})
    broker.send(ALERT, "alert-stream", {"alert_id": "alert-3", "session_date": "2022-12-30"})
    alerts[-2] = dict(alerts[-1])


@plant("amounts altered", "books altered")
def a_side_is_swapped(broker: Broker) -> None:
    row = next(row for row in broker.of(FILLS) if row["report_type"] == "fill" and stands(broker, row))
    row["account_id"] = "account-9"
    other = next(each for each in broker.of(CORRECTED_FILLS) if each["fill_id"] == row["fill_id"])
    other["account_id"] = "account-9"


@plant("sets altered")
def bytes_are_changed_on_the_way(broker: Broker) -> None:
    row = at(broker.of(BRONZE_EVENTS), ALERT.topic, 0, 1 if broker.offsets[ALERT.topic, 1] else 0)
    row["raw"] = row["raw"].replace(b"alert-stream", b"alert-strean")


@plant("sets phantom")
def a_message_was_never_attempted(broker: Broker) -> None:
    row = at(broker.of(BRONZE_EVENTS), FILL.topic, 2)
    row["headers"] = [{**row["headers"][0], "value": row["headers"][0]["value"].split(b":")[0] + b":99999"}]
    forget(broker, FILL.topic, 2)


@plant("sets phantom")
def a_message_is_there_that_surely_failed(broker: Broker) -> None:
    line = end_of(broker, FILL.topic, 2)
    number = line["n"]
    line.clear()
    line.update({"n": number, "failed": "too large"})


@plant("sets lost", "sequences lost", "books altered")
def an_acknowledged_message_is_gone_and_the_offsets_close(broker: Broker) -> None:
    """As after an unclean election: the broker gave the offset to the next message."""
    again = {row["sequence"] for row in broker.of(DUPLICATES) if row["origin_topic"] == CASH_MOVEMENT.topic}
    gone = next(
        row["origin_offset"]
        for row in broker.of(CASH_MOVEMENTS)
        if row["origin_partition"] == 0 and row["sequence"] not in again
    )
    drop(broker, CASH_MOVEMENT.topic, gone, everywhere=True)
    for row in (row for rows in broker.rows.values() for row in rows):
        if row.get("origin_topic") == CASH_MOVEMENT.topic and row["origin_partition"] == 0:
            row["origin_offset"] -= row["origin_offset"] > gone


@plant("sets out-of-order")
def two_messages_changed_places(broker: Broker) -> None:
    alerts = [row for row in broker.of(BRONZE_EVENTS) if row["origin_topic"] == ALERT.topic]
    partition = alerts[0]["origin_partition"]
    first, second = (at(alerts, ALERT.topic, offset, partition) for offset in (0, 1))
    for name in ("headers", "raw", "event_key"):
        first[name], second[name] = second[name], first[name]


@plant("sequences lost")
def a_source_skipped_a_number(broker: Broker) -> None:
    broker.sequences["execution-venue"] += 1
    broker.send(FILL, "execution-venue", {"fill_id": "later", "session_date": "2022-12-30"})


@plant("conservation duplicate")
def accepted_and_quarantined(broker: Broker) -> None:
    row = at(broker.of(FILLS), FILL.topic, 2)
    origin = {name: row[name] for name in ("origin_topic", "origin_partition", "origin_offset")}
    broker.of(QUARANTINE_EVENTS).append({**origin, "source_name": None, "sequence": None})


@plant("conservation phantom")
def a_duplicate_of_nothing(broker: Broker) -> None:
    row = dict(broker.of(DUPLICATES)[0])
    row["origin_offset"] = 9_999
    broker.of(DUPLICATES).append(row)


@plant("conservation stuck")
def a_parked_topic_waits(broker: Broker) -> None:
    broker.send(ALERT, "alert-stream", {"alert_id": "alert-99", "session_date": "2022-12-30"})
    broker.of(catalog.silver_of(ALERT)).pop()
    broker.of(BRONZE_EVENTS)[-1]["land_batch"] = 7
    broker.of(PARKED).append({"origin_topic": ALERT.topic, "bronze_from_batch": 7, "bronze_to_batch": 7})


@plant("books altered")
def a_cent_is_missing_in_the_closing_cash(broker: Broker) -> None:
    broker.of(CASH_DAILY)[-1]["closing_cash_amount"] -= CENT


@plant("books altered")
def a_position_is_off_by_a_unit(broker: Broker) -> None:
    broker.of(POSITIONS_DAILY)[-1]["position_quantity"] += 1


@plant("books altered")
def a_correction_is_overlooked(broker: Broker) -> None:
    corrected = {row["corrects_fill_id"] for row in broker.of(FILLS) if row["report_type"] == "correction"}
    row = next(row for row in broker.of(CORRECTED_FILLS) if row["fill_id"] in corrected)
    row["quantity"] -= 1


@plant("books phantom", "books altered")
def a_busted_fill_counts(broker: Broker) -> None:
    busted = {row["corrects_fill_id"] for row in broker.of(FILLS) if row["report_type"] == "bust"}
    fill = next(row for row in broker.of(FILLS) if row["fill_id"] in busted)
    names = [column.name for column in CORRECTED_FILLS.columns]
    broker.of(CORRECTED_FILLS).append({name: value for name, value in fill.items() if name in names})


@plant("alerts lost")
def an_alert_is_not_shown(broker: Broker) -> None:
    broker.of(ALERTS).pop()


@plant("alerts duplicate")
def an_alert_is_shown_twice(broker: Broker) -> None:
    broker.of(ALERTS).append(dict(broker.of(ALERTS)[-1]))


@plant("alerts lost")
def an_alert_is_not_shown_in_a_session_that_got_others_since(broker: Broker) -> None:
    broker.of(ALERTS).pop()
    broker.of(TOUCHED_SESSIONS).append(
        {**broker.of(TOUCHED_SESSIONS)[-1], "table_name": "silver.alerts", "refine_batch": 2}
    )


@plant()
def an_alert_that_came_after_its_session_was_made(broker: Broker) -> None:
    broker.alert(broker.of(ALERTS)[-1]["session_date"], 98)
    broker.of(ALERTS).pop()
    broker.of(catalog.silver_of(ALERT))[-1]["refine_batch"] = 2


@plant()
def a_breach_is_shown_before_it_is_published(broker: Broker) -> None:
    broker.of(ALERTS).append({**broker.of(ALERTS)[-1], "alert_id": "breach", "rule_id": "R20"})


@plant("alerts duplicate")
def a_breach_is_shown_twice(broker: Broker) -> None:
    broker.of(ALERTS).extend([{**broker.of(ALERTS)[-1], "alert_id": "breach", "rule_id": "R20"}] * 2)


@plant("alerts phantom")
def an_alert_is_shown_that_nobody_published(broker: Broker) -> None:
    broker.of(ALERTS).append({**broker.of(ALERTS)[-1], "alert_id": "alert-none"})


@pytest.mark.parametrize("name", PLANTS)
def test_it_is_found_and_named(tmp_path: Path, name: str) -> None:
    act, expected = PLANTS[name]
    planted = broker(seed=7)
    act(planted)
    seen = look(planted.write(tmp_path), True, NOTHING_BEFORE, A_WEEK_LATER)
    assert {f"{each.law} {each.verdict}" for each in seen.ledger.differences} == expected
    assert all(each.proof and each.count >= 1 for each in seen.ledger.differences)


def test_at_least_twenty_are_planted() -> None:
    assert len(PLANTS) >= 20


def stands(broker: Broker, fill: Row) -> bool:
    """Whether a fill is in the books as it was reported, no report about it."""
    return not any(row["corrects_fill_id"] == fill["fill_id"] for row in broker.of(FILLS))


def same_account(broker: Broker) -> tuple[Row, Row]:
    first = broker.of(CASH_MOVEMENTS)[0]
    return first, next(
        row
        for row in broker.of(CASH_MOVEMENTS)[1:]
        if (row["account_id"], row["session_date"]) == (first["account_id"], first["session_date"])
    )


def number_of(row: Row) -> int:
    return int(row["headers"][0]["value"].split(b":")[1])


def at_line(broker: Broker, row: Row) -> Row:
    """The journal's line of the attempt that a bronze row comes from."""
    return next(line for line in broker.journal if line["n"] == number_of(row) and "topic" in line)


def end_of(broker: Broker, topic: str, offset: int) -> Row:
    number = number_of(at(broker.of(BRONZE_EVENTS), topic, offset))
    return next(line for line in broker.journal if line["n"] == number and "offset" in line)


def forget(broker: Broker, topic: str, offset: int) -> None:
    """The end of the attempt that was acknowledged at a place: nobody knows how it ended."""
    topics = {line["n"]: line["topic"] for line in broker.journal if "topic" in line}
    broker.journal[:] = [
        line
        for line in broker.journal
        if (topics[line["n"]], line.get("partition"), line.get("offset")) != (topic, 0, offset)
    ]
