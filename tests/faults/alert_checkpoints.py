"""A checkpoint of the alert stream that is damaged: the exact alerts all the same, or a refusal that says what to remove."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

from ingestion.errors import StreamFailed
from jobs.risk.alert_stream import STREAM
from lake.errors import CheckpointError
from schemas.risk import ALERT
from tests.faults import alerts, checkpoints
from tests.faults.checkpoints import Damage
from tests.faults.fault import Fault, Outcome
from tests.faults.places import as_path
from tests.faults.trial import Trial
from tests.ingestion import broker
from tests.streams.planted import EVERYTHING

GROUP = "checkpoint"
CUTS = (len(EVERYTHING) // 3, 2 * len(EVERYTHING) // 3)
REFUSAL = re.compile(
    r"the checkpoint of alerts \((\S+)\) is damaged, .*: restore it, or remove it to publish again .*"
)


def damaged(damage: Damage, is_refused: bool) -> Callable[[Trial], Outcome]:
    """A third of what is planted each before, between and after two runs of the stream; windows reach over the cuts."""

    def act(trial: Trial) -> Outcome:
        folder = as_path(trial.settings.checkpoints) / STREAM
        earlier = trial.settings.root / "earlier"
        alerts.send(trial, EVERYTHING[: CUTS[0]])
        trial.raise_alerts()
        shutil.copytree(folder, earlier)
        alerts.send(trial, EVERYTHING[CUTS[0] : CUTS[1]])
        trial.raise_alerts()
        damage(folder, earlier)
        alerts.send(trial, EVERYTHING[CUTS[1] :])
        sentence, short = _refused(trial) if is_refused else (None, ())
        return alerts.went_on(trial, short, sentence)

    return act


def _refused(trial: Trial) -> tuple[str, tuple[str, ...]]:
    """What the stream says when it will not go on, after removing what it names; and what was wrong with that."""
    n_before = _n_published(trial)
    try:
        trial.raise_alerts()
    except (CheckpointError, StreamFailed) as error:
        sentence = str(error)
    else:
        return "", ("it went on with a damaged checkpoint",)
    if _n_published(trial) != n_before:
        return sentence, ("it published something though it refused",)
    named = REFUSAL.search(sentence)
    if named is None:
        return sentence, (f"it refuses and does not say what to remove: {sentence}",)
    shutil.rmtree(as_path(named[1]))
    return sentence, ()


def _n_published(trial: Trial) -> int:
    return len(broker.read(trial.settings.brokers, ALERT.topic))


def _fault(name: str, sentence: str, damage: Damage, is_refused: bool) -> Fault:
    """Only deep: those of landing and refining are tried in the first tier, by the same code of the lake's."""
    return Fault((15,), f"alerts-{name}", GROUP, sentence, damaged(damage, is_refused), seeds=())


FAULTS = (
    _fault("deleted", "The checkpoint of the alert stream is deleted.", checkpoints.delete, False),
    _fault("emptied", "Every file of the alert stream's checkpoint is emptied.", checkpoints.empty, True),
    _fault(
        "offsets-cut", "The alert stream's last file of offsets loses its end.", checkpoints.cut_offsets, True
    ),
    _fault(
        "commits-removed",
        "The alert stream's folder of commits is removed.",
        checkpoints.remove_commits,
        False,
    ),
    _fault(
        "rolled-back",
        "An earlier copy of the alert stream's checkpoint is restored.",
        checkpoints.roll_back,
        False,
    ),
)
