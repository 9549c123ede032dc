"""Faults of the list that other tests prove than trials do: they pass or the build fails, and there is nothing to count."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.fault import THE_LIST


@dataclass(frozen=True)
class Proof:
    """What tests show of a fault, and what they do not: with `missing` it stays an open hole.

    Tests go by their path and name, as pytest takes them.
    """

    number: int
    shows: str
    tests: tuple[str, ...]
    missing: str = ""

    def __post_init__(self) -> None:
        if self.number not in THE_LIST or not self.tests:
            raise ValueError(f"a proof of {self.number} is of a fault on the list, and has tests")


PROOFS = (
    Proof(
        18,
        "thirty sessions made in pieces in any order, all of it twice, and once more newest first, end with the rows of one "
        "run in order",
        ("tests/jobs/test_backfills.py::test_any_cut_in_any_order_twice_is_as_one_in_order",),
    ),
    Proof(
        19,
        "a platform's process that dies under a task is started again, one that has answered is not",
        (
            "tests/dags/test_spark.py::test_a_process_that_dies_may_be_started_again",
            "tests/dags/test_spark.py::test_an_answer_is_final_and_its_last_line_is_told",
        ),
        missing="the scheduler and the metadata database, which no test kills",
    ),
    Proof(
        23,
        "a gate that fails or raises publishes nothing, stops what depends on it and leaves the last good rows; no rows fail it",
        (
            "tests/lake/test_refresh.py::test_a_failed_gate_stops_that_session_and_what_depends_on_it",
            "tests/lake/test_refresh.py::test_readers_keep_the_last_good_rows",
            "tests/lake/test_expectations.py::test_both_fail",
            "tests/jobs/test_running.py::test_a_gate_that_raises_publishes_nothing_and_stops_what_depends_on_it",
            "tests/infra/test_end_of_day.py::test_after_a_failed_gate_the_run_has_failed_and_says_why",
        ),
    ),
    Proof(
        25,
        "a text that is no model or lacks a part is refused, and so are other features and a model that is not the one that was "
        "fitted under its identifier; sessions keep the newest model that was known at their close",
        (
            "tests/models/churn/test_model.py::test_other_json_is_refused",
            "tests/models/churn/test_model.py::test_other_columns_are_refused_by_name",
            "tests/jobs/churn/test_churn_scores_daily.py::test_a_model_that_is_not_the_one_that_was_fitted_scores_nobody",
            "tests/jobs/churn/test_churn_scores_daily.py::test_the_newest_accepted_model_known_at_the_close_scores",
        ),
    ),
    Proof(
        33,
        "half days, holidays, both changes of the clock and a leap day have their sessions and closes; a session on which "
        "nothing happened goes through all jobs",
        (
            "tests/lake/test_sessions.py::test_a_half_day_closes_at_one_in_new_york",
            "tests/lake/test_sessions.py::test_an_instant_belongs_to_the_session_that_closes_at_or_after_it",
            "tests/lake/test_sessions.py::test_a_day_without_trading_is_refused_with_its_neighbours",
            "tests/dags/test_sessions.py::test_each_session_after_its_close",
            "tests/jobs/test_quiet_session.py::test_every_table_is_published_and_says_that_nothing_changed",
        ),
    ),
)
