"""Messages that the broker deletes before they have landed: landing refuses with the gap, and the ledger names it."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ingestion.errors import IngestionError
from ingestion.ledger.accounts import Difference
from ingestion.ledger.reading import ledger
from lake.reader import open_table
from schemas import catalog
from schemas.transactions import CASH_MOVEMENT
from tests.faults.fault import Fault, Outcome
from tests.faults.inputs import cash
from tests.faults.kills import LAND
from tests.faults.leases import asleep
from tests.faults.processes import Driver
from tests.faults.trial import Trial
from tests.ingestion import broker

GROUP = "kafka"
TOPIC = CASH_MOVEMENT.topic
N_LANDED, N_IN_DANGER, N_AFTER = 20, 60, 20


@dataclass(frozen=True)
class Deleted:
    """Of a partition the offset that landing wants, the first that there is, and the messages between them."""

    partition: int
    wanted: int
    first: int
    values: tuple[bytes, ...]


def overtaken(has_landed: bool, is_in_a_batch: bool = False) -> Callable[[Trial], Outcome]:
    """Messages are deleted, the oldest that have not landed. Landing refuses, and goes on once it is told to.

    Where it has a batch planned already, it ends with a word about it, and refuses when it is started again.
    """

    def act(trial: Trial) -> Outcome:
        if has_landed:
            _send(trial, range(N_LANDED))
            trial.go_on()
        _send(trial, range(N_LANDED, N_LANDED + N_IN_DANGER))
        driver = asleep(trial, "land.before_write", LAND) if is_in_a_batch else None
        deleted = _delete(trial, has_landed)
        said = _woken(driver) if driver is not None else ()
        _send(trial, range(N_LANDED + N_IN_DANGER, N_LANDED + N_IN_DANGER + N_AFTER))
        sentence, short = _refused(trial, deleted)
        trial.command(["land", "--once", "--adopt-checkpoint"])
        seconds = trial.go_on()
        told = ledger(trial.settings, settled=True).differences
        lost_offsets = {f"{TOPIC} partition {d.partition}": d.first - d.wanted for d in deleted}
        # What nobody here ever saw of a partition is no offset of ours; the producer knows its messages all the same.
        short += _told(told, lost_offsets if has_landed else {}, sum(lost_offsets.values()))
        found = trial.outcome(seconds, sentence)
        others = [each for each in found.fell_short if each not in map(str, told)]
        return replace(found, fell_short=(*said, *short, *others))

    return act


def _woken(driver: Driver) -> tuple[str, ...]:
    """What is wrong with how a driver ends whose batch was deleted while it slept."""
    try:
        driver.signal(signal.SIGCONT)
        status = driver.end()
    finally:
        driver.signal(signal.SIGKILL)
    is_told = status == 1 and "the broker has deleted messages that it was about to read" in driver.said()
    return () if is_told else (f"the driver ended with {status}: {driver.said()}",)


def _send(trial: Trial, numbers: Iterable[int]) -> None:
    trial.sent.send_these([cash(f"movement-{number}", Decimal(number + 1) / 100) for number in numbers])


def _delete(trial: Trial, has_landed: bool) -> list[Deleted]:
    """Of each partition some of what has not landed, at least one; the trial does not expect it any more."""
    choices = random.Random(trial.seed)
    there = [
        (each.partition() or 0, each.value() or b"") for each in broker.read(trial.settings.brokers, TOPIC)
    ]
    landed = _landed(trial) if has_landed else Counter[int]()
    found = []
    for partition in sorted({each for each, _ in there}):
        values = [value for each, value in there if each == partition]
        first = choices.randrange(landed[partition] + 1, len(values) + 1)
        found.append(Deleted(partition, landed[partition], first, tuple(values[landed[partition] : first])))
    admin = AdminClient({"bootstrap.servers": trial.settings.brokers})
    for done in admin.delete_records([TopicPartition(TOPIC, d.partition, d.first) for d in found]).values():
        done.result(20)
    gone = {value for each in found for value in each.values}
    trial.sent.messages = [each for each in trial.sent.messages if each.value not in gone]
    return found


def _landed(trial: Trial) -> Counter[int]:
    rows = open_table(trial.settings, catalog.table("bronze.events")).to_pyarrow_table()
    return Counter(rows["origin_partition"].to_pylist())


def _refused(trial: Trial, deleted: list[Deleted]) -> tuple[str, tuple[str, ...]]:
    """What landing says, and what is wrong with that."""
    try:
        trial.run("land")
    except IngestionError as error:
        sentence = str(error)
    else:
        return "", ("landing went on over a gap",)
    gaps = [
        f"{TOPIC} partition {each.partition} (offset {each.wanted} is wanted, {each.first} is the first there is, "
        f"{each.first - each.wanted} messages are gone)"
        for each in deleted
    ]
    return sentence, tuple(f"{gap} is not in: {sentence}" for gap in gaps if gap not in sentence)


def _told(differences: Iterable[Difference], offsets: dict[str, int], n_messages: int) -> tuple[str, ...]:
    """What is wrong with what the ledger says: these offsets of each partition, and as many acknowledged messages."""
    differences = list(differences)
    of_offsets = {
        each.subject: each.count for each in differences if (each.law, each.verdict) == ("offsets", "lost")
    }
    of_messages = sum(each.count for each in differences if (each.law, each.verdict) == ("sets", "lost"))
    others = [
        str(each) for each in differences if each.verdict != "lost" or each.law not in ("offsets", "sets")
    ]
    if (of_offsets, of_messages, others) == (offsets, n_messages, []):
        return ()
    return (f"the ledger says {of_offsets}, {of_messages} and {others}, not {offsets} and {n_messages}",)


FAULTS = (
    Fault(
        (28,),
        "retention-overtakes-landing",
        GROUP,
        "The broker deletes messages before landing has read them.",
        overtaken(has_landed=True),
    ),
    # Only deep: it needs a driver of its own.
    Fault(
        (28,),
        "retention-overtakes-a-batch",
        GROUP,
        "The broker deletes messages of a batch that landing has planned and not read.",
        overtaken(has_landed=True, is_in_a_batch=True),
        seeds=(),
    ),
    Fault(
        (28,),
        "retention-before-any-landing",
        GROUP,
        "The broker deletes messages before anything has landed.",
        overtaken(has_landed=False),
        seeds=(),
    ),
)
