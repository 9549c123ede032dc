"""Drivers that die: at named places of the streams, and at moments that only a look at the disk can find."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults import processes
from tests.faults.fault import Fault, Outcome
from tests.faults.trial import Trial

GROUP = "streams"
N_BEFORE, N_AFTER = 60, 40


def killed_at(place: str, n_visits: int = 1) -> Callable[[Trial], Outcome]:
    """A driver dies at a place, the seed says on which visit; more is sent; another one goes on."""

    def act(trial: Trial) -> Outcome:
        trial.sent.send(range(N_BEFORE))
        visit = 1 + (trial.seed - 1) % n_visits
        status = processes.start_to_be_killed(trial.settings, f"{place}:{visit}").end()
        trial.sent.send(range(N_BEFORE, N_BEFORE + N_AFTER))
        seconds = trial.go_on()
        short = () if status == processes.KILLED else (f"the driver ended with {status} and not at {place}",)
        return trial.outcome(seconds, fell_short=short)

    return act


FAULTS = (
    Fault(
        (1,),
        "kill-land-after-commit",
        GROUP,
        "Landing dies after Delta's commit, before the checkpoint's.",
        killed_at("land.after_commit"),
    ),
    Fault(
        (1,),
        "kill-refine-between-tables",
        GROUP,
        "Refine dies after duplicates and quarantine are written, before silver is.",
        killed_at("refine.between_tables"),
    ),
)
