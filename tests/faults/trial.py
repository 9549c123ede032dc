"""One trial of a fault: an empty lake, empty topics, what was sent, and the way on after the fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka.admin import AdminClient

from ingestion import land, topics
from ingestion.streams import catch_up, until_ended
from lake.settings import Settings
from lake.store import Store
from lake.tables import create_missing
from schemas import catalog
from tests.faults import processes
from tests.faults.counting import count
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
        self.sent = Sent(self.settings.brokers, self.seed)

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

    def land(self) -> None:
        """Lands what was sent, and refines nothing."""
        self._run(
            ("-m", "ingestion", "land", "--once"), lambda store: until_ended(land.start(store, once=True))
        )

    def go_on(self) -> float:
        """Lands and refines all that there is; the seconds that it took. Raises StreamFailed, or AssertionError."""
        began = time.monotonic()
        self._run(processes.CATCH_UP, catch_up)
        return time.monotonic() - began

    def _run(self, command: Sequence[str], act: Callable[[Store], None]) -> None:
        if self.spark is not None:
            act(Store(self.spark, self.settings))
        else:
            driver = processes.start(self.settings, command)
            status = driver.end()
            assert status == 0, driver.said()

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
    admin = AdminClient({"bootstrap.servers": brokers})
    there = [name for name in admin.list_topics(timeout=SECONDS).topics if not name.startswith("__")]
    for done in admin.delete_topics(there).values() if there else ():
        done.result(SECONDS)
    topics.reconcile(brokers)
