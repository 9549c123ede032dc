"""The demo from the first server to the last line."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

from rich.console import Console

from evaluation.errors import EvaluationError
from infra import starting
from infra.demo import summary
from infra.demo.alert_watch import watching
from infra.demo.errors import DemoFailed
from infra.demo.flume_delivery import wait_for_flume
from infra.demo.memory import watched
from infra.demo.steps import Steps
from infra.errors import InfraError, Misuse
from infra.local import servers
from infra.local.airflow_client import AirflowClient
from infra.local.server_profile import Profile
from ingestion.errors import IngestionError
from ingestion.publishing.connection import connect
from ingestion.simulator import SIZES, SessionPlay, Size, simulate
from ingestion.simulator.log_files import LogFiles
from ingestion.simulator.play import Outlets, play_fast, play_live, send_closes
from lake.errors import LakeError
from lake.settings import PARAMS_FILE, Settings

Tell = Callable[[str], None]
SECONDS_LIVE = 15.0
SECONDS_FOR_A_RUN = 1200.0
TRUTH_FOLDER = "truth"


def run(size_name: str) -> int:
    """Plays everything; the last line says how it ended. Exit status 0, 1, or 2 for misuse."""
    # Into a file the tables keep their width.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    try:
        _demo(size_name, console)
    except (InfraError, IngestionError, LakeError, EvaluationError) as error:
        console.print(f"demo: failed: {error}", style="red", markup=False, soft_wrap=True)
        return 2 if isinstance(error, Misuse) else 1
    console.print("demo: ok", style="green")
    return 0


def _demo(size_name: str, console: Console) -> None:
    size = _size(size_name)
    profile = _of_size(Profile.from_environment(), size)
    os.environ.update(profile.environment())
    settings = Settings.from_environment()
    steps = Steps(console)
    with watched(profile) as peak:
        _play_and_compute(size, profile, settings, steps)
        with steps.step("Look at what came out"):
            found = summary.collect(settings, profile)
    summary.show(console, found, steps.seconds, peak)
    if found.problems:
        raise DemoFailed("; ".join(found.problems))


def _of_size(profile: Profile, size: Size) -> Profile:
    """The set of params follows the size, for every process that reads this root from now on.

    Raises Misuse where an earlier demo of another size has left its lake.
    """
    kept = profile.root / PARAMS_FILE
    if kept.exists() and kept.read_text().strip() != size.name:
        raise Misuse(
            f"{profile.root} holds a demo of SIZE={kept.read_text().strip()} and this one is {size.name}: "
            "`make clean` removes it, or choose another folder with BROKERLAKE_ROOT"
        )
    profile.root.mkdir(parents=True, exist_ok=True)
    kept.write_text(f"{size.name}\n")
    return replace(profile, params=size.name)


def _play_and_compute(size: Size, profile: Profile, settings: Settings, steps: Steps) -> None:
    """Everything between the first server and the last table."""
    with ThreadPoolExecutor(1) as pool:
        readers = _start(profile, steps, pool)
        simulation = simulate(size)
        with closing(connect(profile.brokers, settings.journals, "simulator")) as publisher:
            outlets = Outlets(publisher, LogFiles(profile.app_logs))
            plays = iter(simulation)
            with steps.step(f"Play {size.n_sessions - 1} sessions and their history") as tell:
                waiting = play_fast(
                    _all_but_last(plays, size), outlets, lambda day, n: tell(f"{day}: {n:,} sent")
                )
                wait_for_flume(profile, tell)
                send_closes(waiting, publisher)
            with steps.step("The streams and Airflow come up"):
                readers.result()
            days = [day.text for day in simulation.times.days]
            _end_of_day(profile, steps, days[-2], f"{len(days) - 1} sessions")
            _play_last(profile, steps, next(plays), outlets, SECONDS_LIVE)
            _end_of_day(profile, steps, days[-1], "the last session")
    simulation.truth().write(settings.root / TRUTH_FOLDER)


def _size(name: str) -> Size:
    sizes = {size: SIZES[size] for size in ("standard", "small")}
    if name not in sizes:
        raise Misuse(f"SIZE is {name!r} and can be {' or '.join(sizes)}")
    return sizes[name]


def _start(profile: Profile, steps: Steps, pool: ThreadPoolExecutor) -> Future[None]:
    """Brings up what sources send to; what reads it comes up while they send."""
    with steps.step("Start Kafka and Flume") as tell:
        starting.start_storage(profile, tell)
        servers.start(profile, ["flume"], tell)
    return pool.submit(servers.start, profile, ["streams", "airflow"])


def _all_but_last(plays: Iterator[SessionPlay], size: Size) -> Iterator[SessionPlay]:
    """The history and every session but the last."""
    for _ in range(size.n_sessions):
        yield next(plays)


def _end_of_day(profile: Profile, steps: Steps, session: str, what: str) -> None:
    with steps.step(f"Airflow runs end_of_day for {what}") as tell, AirflowClient(profile) as airflow:
        run_id = airflow.trigger("end_of_day", {"session": session})
        ended = airflow.wait("end_of_day", run_id, SECONDS_FOR_A_RUN, lambda tasks: tell(_states(tasks)))
        if not ended.succeeded:
            logs = [str(airflow.log_of("end_of_day", run_id, task)) for task in ended.failed_tasks]
            raise DemoFailed(
                f"end_of_day for {session} ended {ended.state}: see {', '.join(logs) or 'Airflow'}"
            )


def _states(tasks: Mapping[str, str]) -> str:
    return ", ".join(f"{task} {state}" for task, state in tasks.items() if state != "none")


def _play_last(profile: Profile, steps: Steps, play: SessionPlay, outlets: Outlets, seconds: float) -> None:
    with steps.step(f"Play the last session live, in {seconds:.0f} seconds") as tell:
        with watching(profile.brokers, steps.console) as seen:
            closes = play_live(play, outlets, seconds)
            wait_for_flume(profile, tell)
            send_closes(closes, outlets.publisher)
            _let_alerts_come(seen)
        steps.console.print(f"   {len(seen)} alerts")


def _let_alerts_come(seen: Sequence[str], quiet_seconds: float = 4.0) -> None:
    """Until no alert has come for a while."""
    n_seen, since = len(seen), time.monotonic()
    while time.monotonic() - since < quiet_seconds:
        time.sleep(0.2)
        if len(seen) != n_seen:
            n_seen, since = len(seen), time.monotonic()
