"""Jobs that die: what they had not recorded is not published, and the next run makes it, once."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from lake.reader import query
from schemas.operations import JOB_RUNS
from schemas.transactions import CASH_DAILY
from tests.faults import processes
from tests.faults.fault import Fault, Outcome
from tests.faults.trial import Trial
from tests.rows import DAY

GROUP = "jobs"
N_NUMBERS = 40
RUN = ("-m", "jobs", "run", "corrected_fills", "cash_daily", "--session", str(DAY), "--no-data-docs")


def killed_at(place: str, is_written: bool) -> Callable[[Trial], Outcome]:
    """A run of two jobs dies at the second one's visit to a kill point."""

    def act(trial: Trial) -> Outcome:
        trial.sent.send(range(N_NUMBERS))
        trial.go_on()
        short = [*processes.killed_at(trial.settings, f"{place}:2", RUN)]
        short += _unlike(trial, is_written, n_recorded=0)
        began = time.monotonic()
        trial.process(RUN)
        seconds = time.monotonic() - began
        short += _unlike(trial, True, n_recorded=2)
        trial.process(RUN)
        short += _unlike(trial, True, n_recorded=4)
        return trial.outcome(seconds, fell_short=tuple(short))

    return act


def _unlike(trial: Trial, is_written: bool, n_recorded: int) -> list[str]:
    """Where closing cash is not what was sent, or not there yet, and where not so many runs are recorded."""
    sent = sum((each.amount for each in trial.sent.messages), Decimal(0)) if is_written else None
    cash = _answer(trial, f"SELECT sum(closing_cash_amount) AS answer FROM {CASH_DAILY.name}")
    recorded = _answer(
        trial, f"SELECT count(*) AS answer FROM {JOB_RUNS.name} WHERE job_status = 'published'"
    )
    short = [] if cash == sent else [f"closing cash is {cash}, and {sent} was expected"]
    return short + ([] if recorded == n_recorded else [f"{recorded} runs are recorded, and not {n_recorded}"])


def _answer(trial: Trial, sql: str) -> object:
    return query(trial.settings, sql)["answer"][0].as_py()


FAULTS = (
    Fault(
        (1, 23),
        "kill-job-before-publication",
        GROUP,
        "A run of jobs dies between the gate's verdict on a table and its publication.",
        killed_at("jobs.before_publication", is_written=False),
    ),
    Fault(
        (1,),
        "kill-job-after-publication",
        GROUP,
        "A run of jobs dies with a table written and its run not recorded.",
        killed_at("jobs.after_publication", is_written=True),
        seeds=(),
    ),
)
