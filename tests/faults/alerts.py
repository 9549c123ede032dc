"""The alert stream dies: what it was to publish is published, at least once, and shown once."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing

from ingestion.ledger.reading import ledger
from ingestion.publishing.connection import connect
from lake.reader import query
from schemas.risk import ALERT
from tests.faults import processes
from tests.faults.brokers import asleep, own_brokers
from tests.faults.fault import Fault, Outcome
from tests.faults.places import as_path
from tests.faults.trial import Trial
from tests.ingestion import broker
from tests.streams.planted import EVERYTHING, EXPECTED, Sent

ALERTS = ("-m", "tests.faults.driver", "alerts")
SECONDS_AWAY = 15.0


def killed_at(place: str, n_visits: int) -> Callable[[Trial], Outcome]:
    """The stream dies at a place, the seed says on which visit of a Python worker."""

    def act(trial: Trial) -> Outcome:
        send(trial)
        visit = 1 + (trial.seed - 1) % n_visits
        return went_on(trial, processes.killed_at(trial.settings, f"{place}:{visit}", ALERTS))

    return act


def killed_before_the_commit(trial: Trial) -> Outcome:
    """The stream dies from outside once a part of its state is kept, before the checkpoint's commit."""
    send(trial)
    checkpoint = as_path(trial.settings.checkpoints) / "alerts"
    driver = processes.start(trial.settings, ALERTS)
    was_killed = driver.killed_when(lambda: any(checkpoint.glob("state/*/*/*.changelog")))
    is_between = was_killed and not (checkpoint / "commits" / "0").exists()
    return went_on(trial, () if is_between else ("it did not die between state and commit",))


def broker_away(trial: Trial) -> Outcome:
    """The broker sleeps once a batch is planned or, with an even seed, once some of its alerts are out.

    Who reads alerts comes after it all, and finds each.
    """
    with own_brokers(trial) as (own, profile):
        send(own)
        checkpoint = as_path(own.settings.checkpoints) / "alerts"
        moment = "offsets/0" if own.seed % 2 else "state/*/*/*.changelog"
        driver = processes.start(own.settings, ALERTS)
        is_under_way = driver.runs_until(lambda: any(checkpoint.glob(moment)))
        asleep(SECONDS_AWAY)(profile, "kafka")
        short = [] if is_under_way else ["no batch was under way when the broker fell asleep"]
        short += [] if driver.end() == 0 else [f"the stream ended: {driver.said()}"]
        return went_on(own, tuple(short))


def send(trial: Trial, messages: Sequence[Sent] = EVERYTHING) -> None:
    """What is planted, or a part of it."""
    with closing(connect(trial.settings.brokers, trial.settings.journals, "trial")) as publisher:
        for message in messages:
            publisher.publish(message.topic, message.key, message.value)


def went_on(trial: Trial, short: tuple[str, ...], refused: str | None = None) -> Outcome:
    """What came of it once the stream has gone on: all that is expected published, and each shown once."""
    began = time.monotonic()
    trial.raise_alerts()
    seconds = time.monotonic() - began
    trial.go_on()
    published = {json.loads(each.value())["id"] for each in broker.read(trial.settings.brokers, ALERT.topic)}
    shown = Counter(query(trial.settings, "SELECT alert_id FROM silver.alerts")["alert_id"].to_pylist())
    expected = Counter(EXPECTED.keys())
    unpublished = [f"alert {each} was not published" for each in sorted(EXPECTED.keys() - published)]
    differences = ledger(trial.settings, settled=True).differences
    return Outcome(
        lost=(expected - shown).total(),
        doubled=(shown - expected).total(),
        recovered_seconds=seconds,
        refused=refused,
        fell_short=(*short, *unpublished, *map(str, differences)),
    )


def _fault(name: str, sentence: str, act: Callable[[Trial], Outcome], seeds: tuple[int, ...] = (1,)) -> Fault:
    return Fault((1,), name, "streams", sentence, act, seeds)


FAULTS = (
    _fault(
        "kill-alerts-in-a-batch",
        "The alert stream dies with some of a batch's alerts made.",
        killed_at("alerts.after_entity", n_visits=8),
        seeds=(),
    ),
    _fault(
        "kill-alerts-before-commit",
        "The alert stream dies after it kept state, before the checkpoint's commit.",
        killed_before_the_commit,
    ),
    Fault(
        (24,),
        "alerts-broker-asleep",
        "kafka",
        f"The broker sleeps for {SECONDS_AWAY:.0f} s while alerts are raised, and who reads them comes later.",
        broker_away,
        seeds=(),
    ),
)
