"""`python -m benchmarks.ingestion.drain ours|stock`: drains the broker into a new lake, and prints what it took as JSON.

Measured from the start of the streams to their end, in a Spark session that is there; with `--keep` nothing is removed.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import asdict

from benchmarks.ingestion import stock
from benchmarks.ingestion.backlog import SHARES
from benchmarks.ingestion.same import Answer, answer
from benchmarks.pairs import Cost
from benchmarks.processor_time import of_tree
from ingestion import land
from ingestion.refining import refine
from ingestion.streams import only_process, until_ended
from lake.settings import Settings
from lake.store import Store


def ours(store: Store) -> None:
    until_ended(land.start(store, once=True))
    until_ended(refine.start(store, once=True))


def theirs(store: Store) -> None:
    until_ended(stock.start_landing(store.spark, store.settings, list(SHARES), once=True))
    queries = [stock.start_refining(store.spark, store.settings, event, once=True) for event in SHARES]
    for query in queries:
        until_ended(query)


SIDES = {"ours": ours, "stock": theirs}


def main(side: str) -> None:
    settings = Settings.from_environment()
    with only_process(settings, f"drain {side}") as store:
        cpu, began = of_tree(), time.perf_counter()
        SIDES[side](store)
        cost = Cost(wall=time.perf_counter() - began, cpu=of_tree() - cpu)
        found: Answer = answer(settings)
        store.spark.stop()
    print(json.dumps({"cost": asdict(cost), "answer": asdict(found)}))
    if "--keep" not in sys.argv:
        shutil.rmtree(settings.root, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
