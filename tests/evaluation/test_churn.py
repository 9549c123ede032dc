from datetime import date, timedelta

import pandas as pd
import pytest

from evaluation.churn import ChurnResult, judge, told
from ingestion.simulator.truth import Leaver
from models.intervals import Resampling

RESAMPLING = Resampling(n_draws=20)
FRIDAY = date(2022, 10, 7)
WINDOW = (date(2022, 10, 17), date(2022, 11, 11))


def leaver(client_id: str, left_date: str | None) -> Leaver:
    return Leaver(client_id, "2022-09-01", 1.0, left_date, left_date, None, "assets_moved_out")


def scores(*rows: tuple[date, str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(
        list(rows), columns=["session_date", "client_id", "revision", "churn_probability_ratio"]
    )


def labels(*rows: tuple[date, str, bool]) -> pd.DataFrame:
    columns = ["session_date", "client_id", "has_left", "outcome_from_date", "outcome_to_date"]
    return pd.DataFrame([(*row, *WINDOW) for row in rows], columns=columns)


def four_clients() -> tuple[pd.DataFrame, pd.DataFrame]:
    """From the riskiest down: left, stayed, left, stayed."""
    ranked = [("a", 0.9, True), ("b", 0.6, False), ("c", 0.4, True), ("d", 0.1, False)]
    return (
        scores(*[(FRIDAY, client, 1, chance) for client, chance, _ in ranked]),
        labels(*[(FRIDAY, client, has_left) for client, _, has_left in ranked]),
    )


def test_measures_by_hand() -> None:
    result = judge(*four_clients(), [leaver("a", "2022-10-20")], RESAMPLING)
    assert result.by_label is not None
    assert result.by_truth is not None
    # Three of the four pairs of a leaver and a stayer are in order; precision 1 at a, 2/3 at c.
    assert result.by_label.roc_auc.value == pytest.approx(0.75)
    assert result.by_label.average_precision.value == pytest.approx(5 / 6)
    assert result.by_label.brier.value == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    # The truth knows of a alone, who is first.
    assert result.by_truth.roc_auc.value == 1.0
    assert (result.n_left_samples_by_label, result.n_left_samples_by_truth, result.n_agreed) == (2, 1, 1)


@pytest.mark.parametrize(
    ("left_date", "counts"),
    [
        pytest.param("2022-10-14", 0, id="in the gap"),
        pytest.param("2022-10-17", 1, id="first session of the window"),
        pytest.param("2022-11-11", 1, id="last session of the window"),
        pytest.param("2022-11-14", 0, id="after the window"),
        pytest.param(None, 0, id="never"),
    ],
)
def test_who_left_by_the_truth(left_date: str | None, counts: int) -> None:
    result = judge(*four_clients(), [leaver("d", left_date)], RESAMPLING)
    assert result.n_leavers_by_truth == counts


def test_one_session_a_week_and_what_was_published_first() -> None:
    thursday, monday = FRIDAY - timedelta(days=1), FRIDAY + timedelta(days=3)
    found = judge(
        scores(
            (thursday, "a", 1, 0.1),
            (FRIDAY, "a", 2, 0.2),
            (FRIDAY, "a", 1, 0.9),
            (FRIDAY, "b", 1, 0.5),
            (monday, "a", 1, 0.3),
        ),
        labels((thursday, "a", False), (FRIDAY, "a", True), (FRIDAY, "b", False)),
        [],
        RESAMPLING,
    )
    assert (found.n_scored_sessions, found.sessions, found.n_samples) == (3, (FRIDAY,), 2)
    assert found.by_label is not None
    # By the first revision a is above b; by the second it would be below.
    assert found.by_label.roc_auc.value == 1.0


def many(n_leavers: int, n_misplaced: int) -> ChurnResult:
    """Leavers above all stayers, but for some that are below all; as many stayers as leavers."""
    chances = [0.1 if number < n_misplaced else 0.9 for number in range(n_leavers)]
    left = [(FRIDAY, f"l{number}", 1, chance) for number, chance in enumerate(chances)]
    stayed = [(FRIDAY, f"s{number}", 1, 0.5) for number in range(n_leavers)]
    return judge(
        scores(*left, *stayed),
        labels(*[(FRIDAY, row[1], True) for row in left], *[(FRIDAY, row[1], False) for row in stayed]),
        [leaver(row[1], "2022-10-20") for row in left],
        RESAMPLING,
    )


@pytest.mark.parametrize(
    ("n_leavers", "n_misplaced", "holds"),
    [
        pytest.param(20, 1, [True], id="0.95 is not beyond 0.95"),
        pytest.param(20, 0, [False], id="too good"),
        pytest.param(19, 0, [], id="too few leavers to tell"),
    ],
)
def test_the_alarm_for_a_leak(n_leavers: int, n_misplaced: int, holds: list[bool]) -> None:
    assert [fact.holds for fact in told(many(n_leavers, n_misplaced)).facts] == holds


def test_too_few_leavers_are_said() -> None:
    assert told(many(19, 0)).notes[1].startswith("too few leavers to tell: 19 clients by our labels")


def test_no_ended_window_is_said() -> None:
    scored, _ = four_clients()
    found = told(judge(scored, labels(), [], RESAMPLING))
    assert found.facts == ()
    assert found.notes == (
        "nothing to judge yet: 1 sessions have scores, and none of them has an outcome window that has ended",
    )


def test_no_scores_are_said() -> None:
    found = told(judge(scores(), labels(), [], RESAMPLING))
    assert found.notes[0].startswith("no session has scores")
