from datetime import UTC, datetime

import pytest

from evaluation.alerts import Raised, judge, told
from ingestion.simulator.truth import Plant

BURST = Plant("R07", "2022-12-23", "account-1", "2022-12-23T15:00:01.000000Z", 24.0)
LOG_INS = Plant("R30", "2022-12-23", "client-1", "2022-12-23T15:05:00.000000Z", 5.0)
ALMOST = Plant("R30", "2022-12-23", "client-2", "2022-12-23T15:10:00.000000Z", 4.0, "one too few")


def raised(rule_id: str, entity_id: str, minute: int, second: int = 0) -> Raised:
    return Raised(rule_id, entity_id, datetime(2022, 12, 23, 15, minute, second, tzinfo=UTC))


def test_what_was_planted_is_found_and_near_misses_are_silent() -> None:
    found = [raised("R07", "account-1", 0, 1), raised("R30", "client-1", 5)]
    rules = judge([BURST, LOG_INS], [ALMOST], found)
    assert [(rule.rule_id, rule.n_planted, rule.n_found, rule.n_near_misses) for rule in rules] == [
        ("R07", 1, 1, 0),
        ("R30", 1, 1, 1),
    ]
    assert [fact.holds for fact in told(rules).facts] == [True, True, True]


@pytest.mark.parametrize(
    ("found", "missing", "extra", "near_misses", "facts"),
    [
        pytest.param([], 1, 0, 0, [False, True, True], id="missing"),
        pytest.param([raised("R30", "client-1", 10)], 1, 1, 0, [False, False, True], id="another window"),
        pytest.param(
            [raised("R30", "client-1", 5), raised("R30", "client-9", 5)],
            0, 1, 0, [True, False, True], id="nobody planted it",
        ),
        pytest.param(
            [raised("R30", "client-1", 5), raised("R30", "client-2", 10)],
            0, 1, 1, [True, False, False], id="a near miss raised",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong(
    found: list[Raised], missing: int, extra: int, near_misses: int, facts: list[bool]
) -> None:
    rules = judge([LOG_INS], [ALMOST], found)
    (rule,) = rules
    assert (len(rule.missing), len(rule.extra), len(rule.raised_near_misses)) == (missing, extra, near_misses)
    assert [fact.holds for fact in told(rules).facts] == facts


def test_a_rule_that_nobody_planted_for_is_listed() -> None:
    (rule,) = judge([], [], [raised("R02", "order-1", 0)])
    assert (rule.rule_id, rule.n_planted, [str(each) for each in rule.extra]) == (
        "R02", 0, ["R02 order-1 2022-12-23T15:00:00.000000Z"],
    )  # fmt: skip
