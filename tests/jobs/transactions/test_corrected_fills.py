from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from jobs.transactions.corrected_fills import corrected_fills, unmatched_reports
from lake.conform import conform
from schemas.transactions import CORRECTED_FILLS, FILLS
from tests.rows import frame, only

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NOON, LATER, LATEST = "2022-12-23T12:00", "2022-12-23T13:00", "2022-12-23T14:00"


def fill(name: str, **case: object) -> dict[str, object]:
    told = {"quantity": 10, "price": 100, "fee_amount": 1, "reported_at": NOON, "executed_at": NOON}
    return {"fill_id": name, **told, **case}


def amendment(kind: str, name: str, of: str, **case: object) -> dict[str, object]:
    return fill(
        name, report_type=kind, corrects_fill_id=of, executed_at=LATER, **{"reported_at": LATER, **case}
    )


CASES = (
    fill("alone"),
    fill("corrected", order_id="its-order"),
    amendment("correction", "corrected.1", "corrected", quantity=7, price=101, fee_amount="0.5", order_id="other"),
    fill("busted"),
    amendment("bust", "busted.1", "busted"),
    fill("chained"),
    amendment("correction", "chained.1", "chained", quantity=2),
    amendment("correction", "chained.2", "chained.1", quantity=3, reported_at=LATEST),
    fill("corrected_then_busted"),
    amendment("correction", "ctb.1", "corrected_then_busted"),
    amendment("bust", "ctb.2", "ctb.1", reported_at=LATEST),
    # The later report landed first.
    fill("out_of_order"),
    amendment("correction", "ooo.2", "out_of_order", quantity=5, reported_at=LATEST, origin_offset=1),
    amendment("correction", "ooo.1", "out_of_order", quantity=4, origin_offset=2),
    fill("same_instant"),
    amendment("correction", "si.1", "same_instant", quantity=6, origin_offset=8),
    amendment("correction", "si.2", "same_instant", quantity=5, origin_offset=7),
    # One trade of two clients: the sides are two fills, and a bust of one is not the other's.
    fill("both_sides", side="buy"),
    fill("both_sides", side="sell"),
    amendment("bust", "both_sides.1", "both_sides", side="sell"),
    fill("next_day", session_date="2022-12-22"),
    amendment("bust", "next_day.1", "next_day"),
    amendment("correction", "of_nothing", "never_reported"),
    amendment("bust", "of_that", "of_nothing"),
    amendment("correction", "of_itself", "of_itself"),
)  # fmt: skip


def test_the_last_report_decides(spark: SparkSession) -> None:
    found = only(
        conform(corrected_fills(frame(spark, FILLS, *CASES)), CORRECTED_FILLS), "fill_id", "side", "quantity"
    )
    assert {(row["fill_id"], row["side"]): int(row["quantity"]) for row in found} == {
        ("alone", "buy"): 10,
        ("corrected", "buy"): 7,
        ("chained", "buy"): 3,
        ("out_of_order", "buy"): 5,
        ("same_instant", "buy"): 6,
        ("both_sides", "buy"): 10,
        ("next_day", "buy"): 10,
    }


def test_a_correction_gives_quantity_price_and_fee_and_nothing_else(spark: SparkSession) -> None:
    corrected = corrected_fills(frame(spark, FILLS, *CASES)).where("fill_id = 'corrected'")
    (row,) = only(corrected, "quantity", "price", "fee_amount", "order_id", "executed_at")
    assert row["executed_at"].isoformat() == "2022-12-23T12:00:00+00:00"
    assert [row["quantity"], row["price"], row["fee_amount"]] == [Decimal(7), Decimal(101), Decimal("0.5")]
    assert row["order_id"] == "its-order"


def test_reports_that_lead_to_no_fill_are_shown(spark: SparkSession) -> None:
    found = only(unmatched_reports(frame(spark, FILLS, *CASES)), "fill_id")
    assert [row["fill_id"] for row in found] == ["next_day.1", "of_itself", "of_nothing", "of_that"]


def test_no_reports_no_fills(spark: SparkSession) -> None:
    assert only(conform(corrected_fills(frame(spark, FILLS)), CORRECTED_FILLS)) == []
