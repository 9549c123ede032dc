"""Which keys of a batch are not new: those that are in it twice, and those that silver holds.

They are found by their hashes: keys whose hashes meet by chance are only looked at for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingestion.refining.decoded import Frames, TopicFacts
from lake.decoding.decode import is_good, key_hash
from lake.store import Store
from schemas import catalog


@dataclass(frozen=True)
class Repeated:
    """Topics with keys that are not new, and the hashes of these; of the topics whose silver holds such keys, silver's
    rows of the batch's days."""

    topics: frozenset[str]
    silver: Mapping[str, DataFrame]
    _hashes: DataFrame

    @classmethod
    def of(cls, decoded: Frames, facts: Mapping[str, TopicFacts], store: Store) -> Repeated:
        """Looks at the good rows of a batch, and at silver's rows of the same days."""
        arriving = {
            topic: frame.where(is_good()).select("origin_topic", "key_hash")
            for topic, frame in decoded.items()
        }
        twice = (
            reduce(DataFrame.unionAll, arriving.values())
            .groupBy("origin_topic", "key_hash")
            .count()
            .where("count > 1")
            .select("origin_topic", "key_hash", F.lit(False).alias("is_held"))
        )
        silver = dict(_silver(facts, store))
        held = [_held(rows, topic, arriving[topic]) for topic, rows in silver.items()]
        hashes = reduce(DataFrame.unionAll, held, twice).localCheckpoint()
        found = hashes.select("origin_topic", "is_held").distinct().collect()
        return cls(
            topics=frozenset(topic for topic, _ in found),
            silver={topic: silver[topic] for topic, is_held in found if is_held},
            _hashes=hashes,
        )

    def of_topic(self, topic: str) -> DataFrame:
        """Columns: key_hash, each once, and is_repeated, which is true."""
        own = self._hashes.where(F.col("origin_topic") == topic)
        return own.select("key_hash", F.lit(True).alias("is_repeated")).distinct()


def _silver(facts: Mapping[str, TopicFacts], store: Store) -> Iterator[tuple[str, DataFrame]]:
    """Silver's rows for the days of a batch, topic by topic, read with literal dates so that files are skipped."""
    for topic, fact in facts.items():
        event = catalog.event(topic)
        table = catalog.silver_of(event)
        if fact.key_dates and store.may_hold(table, event.dated_by, fact.key_dates):
            yield topic, store.read_days(table, event.dated_by, fact.key_dates)


def _held(silver: DataFrame, topic: str, arriving: DataFrame) -> DataFrame:
    rows = silver.select("origin_topic", key_hash(catalog.event(topic)).alias("key_hash"))
    same = rows.join(F.broadcast(arriving.select("key_hash")), "key_hash", how="left_semi")
    return same.select("origin_topic", "key_hash", F.lit(True).alias("is_held"))
