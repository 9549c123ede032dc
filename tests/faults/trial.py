"""One trial of a fault: an empty lake, empty topics, what was sent, and the way on after the fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka.admin import AdminClient

from ingestion import land, topics
from ingestion.errors import StreamFailed
from ingestion.refining import refine
from ingestion.streams import WRITTEN, catch_up, until_ended
from lake.fence import raise_fence
from lake.settings import Settings
from lake.storage_errors import plain_storage_errors
from lake.store import Store
from lake.tables import create_missing
from schemas import catalog
from tests.faults import processes
from tests.faults.counting import count
from tests.faults.driver import raise_alerts
from tests.faults.fault import Outcome
from tests.faults.sent import Sent

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SECONDS = 20.0


@dataclass
class Trial:
    """With a session the trial goes on in it, which spares a start of Spark; without, in a process of its own."""

    settings: Settings
    seed: int
    spark: SparkSession | None = None
    sent: Sent = field(init=False)

    def __post_init__(self) -> None:
        self.sent = Sent(self.settings, self.seed)

    @staticmethod
    def fresh(root: Path, brokers: str, seed: int, spark: SparkSession | None = None) -> Trial:
        """An empty lake under a folder, and a broker whose declared topics are empty."""
        _empty_topics(brokers)
        variables = {
            "BROKERLAKE_ROOT": str(root),
            "BROKERLAKE_BROKERS": brokers,
            "BROKERLAKE_PARAMS": "small",
        }
        settings = Settings.from_environment({**variables, "BROKERLAKE_DRIVER_MEMORY": "1g"})
        create_missing(settings, catalog.TABLES)
        return Trial(settings, seed, spark)

    def go_on(self) -> float:
        """Lands and refines all that there is; the seconds that it took. Raises StreamFailed, StorageError or CheckpointError."""
        began = time.monotonic()
        if self.spark is None:
            self.process(processes.CATCH_UP)
        else:
            with plain_storage_errors(self.settings):
                catch_up(self._store())
        return time.monotonic() - began

    def run(self, stream: str) -> None:
        """Lands or refines until caught up, as its command does. Raises StreamFailed or CheckpointError."""
        self.command([stream, "--once"])

    def command(self, words: Sequence[str]) -> None:
        """`python -m ingestion …`, in the trial's own session where it has one."""
        if self.spark is None:
            self.process(("-m", "ingestion", *words))
            return
        adopt = "--adopt-checkpoint" in words
        until_ended({"land": land, "refine": refine}[words[0]].start(self._store(), once=True, adopt=adopt))

    def raise_alerts(self) -> None:
        """Runs the alert stream until caught up."""
        if self.spark is None:
            self.process(("-m", "tests.faults.driver", "alerts"))
        else:
            raise_alerts(self._store())

    def _store(self) -> Store:
        """As the one process of the streams has it, which shuts all earlier ones out."""
        assert self.spark is not None
        return Store(self.spark, self.settings, raise_fence(self.settings, WRITTEN))

    def process(self, command: Sequence[str]) -> str:
        """Runs Python with these arguments, and gives the last line that it wrote. Raises StreamFailed with it."""
        driver = processes.start(self.settings, command)
        if driver.end() != 0:
            raise StreamFailed(" ".join(command), driver.said())
        return driver.said()

    def outcome(
        self, seconds: float | None = None, refused: str | None = None, fell_short: tuple[str, ...] = ()
    ) -> Outcome:
        """The independent count as it is now."""
        now = count(self.settings, self.sent.messages)
        return Outcome(
            lost=now.lost,
            doubled=now.doubled,
            money_difference=now.money_difference,
            recovered_seconds=seconds,
            refused=refused,
            fell_short=(*fell_short, *now.disagreements),
        )


def _empty_topics(brokers: str) -> None:
    """A broker says that a topic is deleted, or made, before all of it knows."""
    admin = AdminClient({"bootstrap.servers": brokers})
    there = _topics(admin)
    for done in admin.delete_topics(there).values() if there else ():
        done.result(SECONDS)
    _until(lambda: not _topics(admin))
    topics.reconcile(brokers)
    _until(lambda: set(_topics(admin)) == {event.topic for event in catalog.EVENTS})


def _topics(admin: AdminClient) -> list[str]:
    return [name for name in admin.list_topics(timeout=SECONDS).topics if not name.startswith("__")]


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the broker's topics did not settle within {SECONDS:.0f} s")
        time.sleep(0.1)
