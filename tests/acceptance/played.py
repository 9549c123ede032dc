"""A broker of sixty clients, played over eight sessions with its faults, and the lakes that are made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession

from infra.demo.flume_delivery import wait_for_flume
from infra.local import servers
from infra.local.server_profile import Ports, Profile
from ingestion import land, topics
from ingestion.publishing.connection import connect
from ingestion.refining import refine
from ingestion.simulator import TINY, Truth, simulate
from ingestion.simulator.log_files import LogFiles
from ingestion.simulator.play import Outlets, play_fast, send_closes
from jobs.catalog import JOBS
from jobs.pending import of_range
from jobs.risk import alert_stream
from jobs.running import run_jobs
from lake.digests import Digest, digests
from lake.job import Job
from lake.run import Run
from lake.sessions import book_calendar
from lake.settings import Settings
from lake.store import Store
from lake.tables import create_missing
from schemas import catalog

SESSIONS = tuple(date(2022, 12, day) for day in (14, 15, 16, 19, 20, 21, 22, 23))


@dataclass(frozen=True)
class Played:
    """Servers that hold all that the broker sent, and what was planted in it."""

    profile: Profile
    truth: Truth

    def lake(self, spark: SparkSession, root: Path, address: str | None = None) -> Store:
        """A new lake over the same broker, its tables empty; at another address than `root` where one is given."""
        variables = {**self.profile.environment(), "BROKERLAKE_ROOT": str(root), "BROKERLAKE_PARAMS": "small"}
        variables["BROKERLAKE_JOURNALS"] = str(journals(self.profile))
        variables["BROKERLAKE_LAKE"] = address or root.joinpath("lake").as_uri()
        settings = Settings.from_environment(variables)
        create_missing(settings, catalog.TABLES)
        return Store(spark, settings)


@contextmanager
def playing(root: Path, *, abuse: bool = True) -> Iterator[Played]:
    """Kafka and Flume with the whole play in them, for as long as the block runs. abuse: whether clients do any."""
    with servers.running(
        Profile(root=root, ports=Ports.free(), params="small"), ["kafka", "flume"]
    ) as profile:
        topics.reconcile(profile.brokers)
        yield Played(profile, play(profile, abuse=abuse))


def play(profile: Profile, *, abuse: bool = True) -> Truth:
    """The broker's whole play into servers that run. Played again, it sends the same bytes again."""
    simulation = simulate(TINY, abuse=abuse)
    with closing(connect(profile.brokers, journals(profile), "simulator")) as publisher:
        waiting = play_fast(simulation, Outlets(publisher, LogFiles(profile.app_logs)))
        wait_for_flume(profile, lambda _: None)
        send_closes(waiting, publisher)
    return simulation.truth()


def journals(profile: Profile) -> Path:
    """Where the play's producers write down what they sent; beside no lake, because several are made of one play."""
    return profile.root / "journals"


def take_in(
    store: Store, max_offsets: int = land.MAX_OFFSETS_A_BATCH, max_bytes: str = refine.MAX_BYTES_A_BATCH
) -> None:
    """Lands what the broker has and refines it, in batches of at most so many messages and bytes of bronze."""
    land.start(store, once=True, max_offsets=max_offsets).awaitTermination()
    refine.start(store, once=True, max_bytes=max_bytes).awaitTermination()


def raise_alerts(store: Store) -> None:
    """Publishes the alerts of all that the broker has."""
    alert_stream.start(store, once=True, params_set="small").awaitTermination()


def make(store: Store, sessions: Sequence[date], jobs: Sequence[Job] = JOBS) -> None:
    """Runs jobs over the sessions as one range; each must publish every session."""
    wanted = of_range(store.settings, jobs, sessions, book_calendar())
    results = run_jobs(store, jobs, wanted, Run.begin("small"), second_opinion=None)
    assert [result.line() for result in results if not result.is_good] == []


def answers(store: Store) -> dict[str, Digest]:
    """What silver and gold say."""
    return digests(store.settings)
