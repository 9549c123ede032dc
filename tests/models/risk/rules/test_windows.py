from collections import defaultdict
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.risk.alert_identity import alert_id
from models.risk.rules import ALL, failed_logins, order_rate
from models.risk.rules.rule import Rule, utc_text
from models.risk.rules.windows import EMPTY, Windowed, WindowState, observe

LOGINS = failed_logins.windowed(failed_logins.STANDARD)
ORDERS = order_rate.windowed(order_rate.SMALL)
MINUTE_US = 60_000_000

events = st.lists(
    st.tuples(st.sampled_from(["c1", "c2"]), st.integers(0, 15 * MINUTE_US), st.integers(0, 9)), max_size=60
)


def raised(windowed: Windowed, arrivals: list[tuple[str, int, int]], at_once: int) -> list[str]:
    """Ids of the alerts of a stream of (entity, instant, number), `at_once` events to a micro-batch."""
    states: dict[tuple[str, int], WindowState] = defaultdict(lambda: EMPTY)
    ids = []
    for start in range(0, len(arrivals), at_once):
        batch: dict[tuple[str, int], list[str]] = defaultdict(list)
        for entity, instant, number in arrivals[start : start + at_once]:
            batch[entity, windowed.window_start(instant)].append(f"{instant}/{number}")
        for key, event_keys in batch.items():
            states[key], crossed = observe(windowed, states[key], event_keys)
            if crossed:
                ids.append(alert_id(windowed.rule.id, windowed.rule.version, *key))
    return ids


def oracle(arrivals: list[tuple[str, int, int]]) -> set[tuple[str, int]]:
    """Entities and five-minute windows (as a number) with five distinct failures, by counting a set."""
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for entity, instant, _ in set(arrivals):
        counts[entity, instant // (5 * MINUTE_US)] += 1
    return {key for key, count in counts.items() if count >= 5}


@given(events, st.randoms(use_true_random=False), st.integers(1, 7))
@example([("c1", second, 0) for second in range(5)] * 2, Random(1), 3)
def test_alerts_do_not_depend_on_order_repetition_or_micro_batches(
    arrivals: list[tuple[str, int, int]], generator: Random, at_once: int
) -> None:
    shuffled = arrivals + arrivals[: len(arrivals) // 2]
    generator.shuffle(shuffled)
    once, again = raised(LOGINS, arrivals, len(arrivals) or 1), raised(LOGINS, shuffled, at_once)
    assert sorted(once) == sorted(again)
    assert len(set(again)) == len(again)
    expected = {alert_id("R30", 1, entity, window * 5 * MINUTE_US) for entity, window in oracle(arrivals)}
    assert set(again) == expected


@pytest.mark.parametrize(("n_failures", "n_alerts"), [(4, 0), (5, 1), (6, 1), (50, 1)])
def test_the_fifth_failure_raises_once(n_failures: int, n_alerts: int) -> None:
    assert len(raised(LOGINS, [("c1", second, 0) for second in range(n_failures)], 1)) == n_alerts


@pytest.mark.parametrize(("n_orders", "n_alerts"), [(19, 0), (20, 1), (21, 1)])
def test_the_twentieth_order_of_a_second_raises_once(n_orders: int, n_alerts: int) -> None:
    assert len(raised(ORDERS, [("a1", 0, number) for number in range(n_orders)], 1)) == n_alerts


@pytest.mark.parametrize(
    ("instant_us", "start_us"), [(0, 0), (299_999_999, 0), (300_000_000, 300_000_000), (-1, -300_000_000)]
)
def test_a_window_holds_its_start_and_not_its_end(instant_us: int, start_us: int) -> None:
    assert LOGINS.window_start(instant_us) == start_us


def test_a_burst_across_the_border_of_two_windows_counts_in_two_parts() -> None:
    border = 5 * MINUTE_US
    assert raised(LOGINS, [("c1", border + second, 0) for second in (-2, -1, 0, 1, 2)], 1) == []


def test_a_window_that_raised_remembers_nothing_else() -> None:
    state, crossed = observe(ORDERS, EMPTY, [str(number) for number in range(30)])
    assert crossed
    assert state == WindowState(frozenset(), has_raised=True)
    assert observe(ORDERS, state, ["another"]) == (state, False)


def test_the_legal_warning_stands_at_seventy_percent() -> None:
    assert order_rate.windowed(order_rate.STANDARD).threshold == 210 == 300 * 70 // 100


def test_sql_of_a_windowed_rule() -> None:
    assert LOGINS.window_start_sql("at_us") == "(at_us - pmod(at_us, 300000000L))"
    assert ORDERS.counts_sql == "order_event_type IN ('new', 'cancel_requested')"


def test_sentences() -> None:
    window = 1671805801 * 1_000_000
    assert order_rate.explain("a-9", window, 20, order_rate.SMALL) == (
        "Account a-9 sent 20 orders and cancels in the second from 2022-12-23T14:30:01Z "
        "(warned from 20, limit 28 a second)."
    )
    assert failed_logins.explain("c-9", window, 5, failed_logins.STANDARD) == (
        "Client c-9 failed to log in 5 times in the 5 minutes from 2022-12-23T14:30:01Z (reported from 5)."
    )
    assert utc_text(1_500_000) == "1970-01-01T00:00:01.500000Z"


def test_each_rule_has_its_own_id() -> None:
    assert [rule.id for rule in ALL] == ["R02", "R07", "R30", "R20", "R21", "R23"]


def test_declarations_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="expected R and two digits"):
        Rule("7", 1, "high", "account", "Too fast.", "nowhere")
    with pytest.raises(ValueError, match="must lie between 1 and the limit of 300"):
        order_rate.OrderRateParams(warning_per_second=301)
    with pytest.raises(ValueError, match="must both be at least 1"):
        Windowed(LOGINS.rule, 0, 5, "true", ())
