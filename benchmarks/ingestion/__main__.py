"""`python -m benchmarks.ingestion --events 300000 --pairs 7`: a backlog drained by us and by a stock job, side by side."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from confluent_kafka import Producer

from benchmarks.ingestion import backlog, report
from benchmarks.ingestion.freshness import Freshness, measure
from benchmarks.ingestion.limits import limits
from benchmarks.pairs import Cost, compare
from infra.local import servers
from infra.local.server_profile import REPOSITORY, Ports, Profile
from ingestion import topics
from lake.settings import Settings

AIM, AIM_OF_LIMIT, AIM_FRESH = 2.5, 0.5, 0.25


def main() -> int:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        profile = Profile(root=Path(folder) / "servers", ports=Ports.free())
        with servers.running(profile, ["kafka"]):
            topics.reconcile(profile.brokers)
            n_sent = fill(profile.brokers, options.events)
            print(f"{n_sent} messages of {options.events} events are at the broker", flush=True)
            run = Runs(profile, Path(folder))
            drained = run.keep()
            compared = compare(run.ours, run.stock, options.pairs, lambda line: print(line, flush=True))
            serial = [limits(profile.brokers, drained) for _ in range(3)]
            fresh = [
                run.freshness(side, options.rate, options.seconds, options.events * (number + 1))
                for number in range(options.rounds)
                for side in ("ours", "stock")
            ]
    print(report.text(n_sent, compared, serial, AIM, AIM_OF_LIMIT))
    if fresh:
        print(report.freshness(fresh[::2], fresh[1::2], options.rate, AIM_FRESH))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingestion", description=__doc__)
    parser.add_argument("--events", type=int, default=300_000, metavar="N")
    parser.add_argument("--pairs", type=int, default=7, metavar="N")
    parser.add_argument(
        "--rate", type=int, default=200, metavar="N", help="messages a second of the steady load"
    )
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="how long the steady load lasts")
    parser.add_argument(
        "--rounds",
        type=int,
        default=3,
        metavar="N",
        help="of the steady load, for each side; 0 leaves it out",
    )
    return parser


def fill(brokers: str, n_events: int) -> int:
    """Sends the backlog; how many messages that were."""
    producer = Producer(
        {"bootstrap.servers": brokers, "linger.ms": 50, "queue.buffering.max.messages": 500_000}
    )
    n_sent = 0
    for each in backlog.messages(n_events):
        producer.produce(each.event.topic, each.value, each.key)
        n_sent += 1
        if n_sent % 1000 == 0:
            producer.poll(0)
            if len(producer) > 400_000:
                producer.flush()
    producer.flush()
    return n_sent


class Runs:
    """Drains in processes of their own, each into a lake of its own; all must give the same answer."""

    def __init__(self, profile: Profile, folder: Path) -> None:
        self._profile, self._folder = profile, folder
        self._n = 0
        self._answer: object = None

    def ours(self) -> Cost:
        return self._drain("ours")

    def stock(self) -> Cost:
        return self._drain("stock")

    def keep(self) -> Settings:
        """A drain that is not measured, and the lake that it leaves."""
        self._drain("ours", "--keep")
        return Settings.from_environment(self._environment())

    def freshness(self, side: str, a_second: int, seconds: int, first: int) -> Freshness:
        """Under steady load, from topics that are empty."""
        self._n += 1
        with servers.running(
            Profile(root=self._folder / f"servers-{self._n}", ports=Ports.free()), ["kafka"]
        ) as own:
            topics.reconcile(own.brokers)
            environment = {**self._environment(), "BROKERLAKE_BROKERS": own.brokers}
            found = measure(side, environment, a_second, seconds, first)
        print(f"{side}: {found}", flush=True)
        return found

    def _environment(self) -> dict[str, str]:
        root = self._folder / f"run-{self._n}"
        return {
            **os.environ,
            **self._profile.environment(),
            "BROKERLAKE_ROOT": str(root),
            "BROKERLAKE_LAKE": root.joinpath("lake").as_uri(),
            "BROKERLAKE_PARAMS": "standard",
        }

    def _drain(self, *words: str) -> Cost:
        self._n += 1
        command = [sys.executable, "-m", "benchmarks.ingestion.drain", *words]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self._environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr[-3000:]}")
        found = json.loads(done.stdout.splitlines()[-1])
        if self._answer is None:
            self._answer = found["answer"]
        if found["answer"] != self._answer:
            raise SystemExit(f"{words[0]} gives another answer: {found['answer']} and not {self._answer}")
        return Cost(**found["cost"])


if __name__ == "__main__":
    sys.exit(main())
