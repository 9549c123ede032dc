"""Detection without Spark: what an event makes the rules say, and that batches do not matter."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.risk.alert_detection import PARAMS, Alert, Detector, Watched, Windows
from lake.sessions import Closes
from schemas.risk import ALERT

SECOND = 1_000_000
TEN_US = 1_671_807_600 * SECOND  # 2022-12-23T15:00:00Z
# The sessions of the 22nd and the 23rd close at 21:00 UTC.
CLOSES = Closes(
    np.array(["2022-12-22", "2022-12-23"], dtype="datetime64[D]"),
    np.array([1_671_742_800 * SECOND, 1_671_829_200 * SECOND]),
)
DETECTOR = Detector(PARAMS["small"], CLOSES)


def seen(number: int, happened_us: int, counted_by: str | None = "R07", landed: int | None = None) -> Watched:
    is_order = counted_by != "R30"
    return Watched(
        entity_id="entity", event_key=f"event-{number:03}", happened_us=happened_us,
        session_date=date(2022, 12, 23) if is_order else None, counted_by=counted_by, is_far_priced=False,
        order_id="order", side="buy", limit_price=Decimal("100"), reference_price=Decimal("100"),
        received_us=TEN_US, origin_partition=0, origin_offset=number if landed is None else landed,
    )  # fmt: skip


def test_an_alert_has_the_columns_of_its_event() -> None:
    assert [field.name for field in fields(Alert)] == [column.name for column in ALERT.columns]


@pytest.mark.parametrize(("count", "n_alerts"), [(19, 0), (20, 1), (21, 1)])
def test_the_threshold_of_the_order_rate(count: int, n_alerts: int) -> None:
    events = [seen(number, TEN_US) for number in range(count)]
    assert len(list(DETECTOR.alerts(events, {}))) == n_alerts


@pytest.mark.parametrize(
    ("starts_at_us", "session"),
    [
        pytest.param(1_671_742_500 * SECOND, "2022-12-22", id="the window that ends with the close"),
        pytest.param(1_671_742_800 * SECOND, "2022-12-23", id="the window that begins with it"),
    ],
)
def test_a_burst_of_failures_lies_in_the_session_in_which_its_window_ends(
    starts_at_us: int, session: str
) -> None:
    events = [seen(number, starts_at_us + number, "R30") for number in range(5)]
    (alert,) = DETECTOR.alerts(events, {})
    assert str(alert.session_date) == session


def test_a_far_price() -> None:
    far = seen(1, TEN_US, None)._replace(is_far_priced=True, limit_price=Decimal("112.5"))
    (alert,) = DETECTOR.alerts([far], {})
    assert (alert.entity_id, alert.observed_value, alert.evidence) == ("order", 1250.0, ["event-001"])


@given(st.lists(st.integers(0, 60), max_size=6), st.permutations(range(60)))
@example([20], list(range(60)))
def test_cuts_change_nothing_and_order_only_the_evidence(cuts: list[int], order: list[int]) -> None:
    """Three windows: 25 events, 19, and 16."""
    events = [seen(n, TEN_US + SECOND * ((n >= 25) + (n >= 44)), landed=order[n]) for n in range(60)]
    landed = sorted(events, key=lambda event: event.origin_offset)
    windows: Windows = {}
    bounds = [0, *sorted(cuts), 60]
    found = [
        alert
        for first, end in pairwise(bounds)
        for alert in DETECTOR.alerts(reversed(landed[first:end]), windows)
    ]
    (alert,) = found
    assert alert.window_started_at.timestamp() * SECOND == TEN_US
    in_window = [event.event_key for event in landed if event.happened_us == TEN_US]
    assert alert.evidence == sorted(in_window[:20])
