"""`python -m benchmarks.ingestion.follow ours|stock FILE`: streams until stopped; writes FILE once they run."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from pyspark.sql.streaming import StreamingQuery

from benchmarks.ingestion import stock
from benchmarks.ingestion.backlog import SHARES
from ingestion import land
from ingestion.refining import refine
from ingestion.streams import only_process
from lake.settings import Settings
from lake.store import Store


def _start(side: str, store: Store) -> list[StreamingQuery]:
    if side == "ours":
        return [land.start(store, once=False), refine.start(store, once=False)]
    landing = stock.start_landing(store.spark, store.settings, list(SHARES), once=False)
    return [
        landing,
        *(stock.start_refining(store.spark, store.settings, event, once=False) for event in SHARES),
    ]


def main(side: str, ready: Path) -> None:
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_over.set())
    with only_process(Settings.from_environment(), f"follow {side}") as store:
        queries = _start(side, store)
        ready.touch()
        while not is_over.wait(0.5):
            for query in queries:
                if not query.isActive:
                    raise SystemExit(f"a stream ended: {query.exception()}")
        for query in queries:
            query.stop()
        store.spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
