"""What cannot be beaten: reading the broker, parsing each message once, and writing silver's bytes, one after the other.

Each on all cores, with the quickest tool that there is for it, and nothing else done.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Consumer, TopicPartition

from benchmarks.ingestion.backlog import SHARES
from lake.reader import read_batches
from lake.settings import Settings
from schemas import catalog

_POLL_SECONDS = 10.0


@dataclass(frozen=True)
class Limits:
    """Seconds of each; `serial` is their sum."""

    read: float
    parse: float
    write: float

    @property
    def serial(self) -> float:
        return self.read + self.parse + self.write


def limits(brokers: str, drained: Settings) -> Limits:
    """Of the backlog at a broker, and of the lake that it was drained into."""
    began = time.perf_counter()
    raw = _read(brokers)
    read = time.perf_counter() - began
    parts = [raw[place :: drained.cores] for place in range(drained.cores)]
    with ProcessPoolExecutor(drained.cores) as pool:
        list(pool.map(_no_work, range(drained.cores)))  # they start before the clock does
        began = time.perf_counter()
        list(pool.map(_parse, parts))
    parse = time.perf_counter() - began
    tables = [
        pa.Table.from_batches(read_batches(drained, table, [column.name for column in table.all_columns]))
        for table in (catalog.silver_of(event) for event in SHARES)
    ]
    began = time.perf_counter()
    _write(tables)
    return Limits(read, parse, time.perf_counter() - began)


def _read(brokers: str) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "limits", "enable.auto.commit": False})
    found: list[bytes] = []
    partitions = [TopicPartition(event.topic, n, 0) for event in SHARES for n in range(event.n_partitions)]
    left = 0
    for each in partitions:
        _, high = consumer.get_watermark_offsets(each, timeout=_POLL_SECONDS)
        left += high
    consumer.assign(partitions)
    while left:
        for message in consumer.consume(min(left, 10_000), timeout=_POLL_SECONDS):
            found.append(message.value() or b"")
            left -= 1
    consumer.close()
    return found


def _no_work(_: int) -> None:
    time.sleep(0.2)


def _parse(raw: Sequence[bytes]) -> int:
    n_good = 0
    for each in raw:
        try:
            orjson.loads(each)
            n_good += 1
        except orjson.JSONDecodeError:
            continue
    return n_good


def _write(tables: Sequence[pa.Table]) -> None:
    folder = tempfile.mkdtemp()
    for number, table in enumerate(tables):
        pq.write_table(table, f"{folder}/{number}.parquet", compression="snappy")
    shutil.rmtree(folder)
