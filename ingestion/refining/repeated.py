"""Which keys of a batch are not new: those that are in it twice, and those that silver holds.

They are found by their hashes: keys whose hashes meet by chance are only looked at for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingestion.refining.decoded import Frames, TopicFacts, is_good
from lake.decoding.decode import key_hash
from lake.store import Store
from schemas import catalog


@dataclass(frozen=True)
class Repeated:
    """Topics with keys that are not new, those of them whose silver holds such a key, and the keys' hashes."""

    topics: frozenset[str]
    held_topics: frozenset[str]
    _numbers: Mapping[str, int]
    _hashes: DataFrame

    @classmethod
    def of(cls, decoded: Frames, facts: Mapping[str, TopicFacts], store: Store) -> Repeated:
        """Looks at the good rows of a batch, and at silver's rows of the same days."""
        # A topic is a number here: Spark counts by numbers much quicker than by texts.
        numbers = {topic: number for number, topic in enumerate(decoded)}
        arriving = {
            topic: _numbered(frame.where(is_good()), numbers[topic]) for topic, frame in decoded.items()
        }
        frames = [
            reduce(DataFrame.unionAll, arriving.values())
            .groupBy("topic_number", "key_hash")
            .count()
            .where("count > 1")
            .select("topic_number", "key_hash", F.lit(False).alias("is_held"))
        ]
        for topic, rows in earlier(facts, store):
            held = _numbered(rows.withColumn("key_hash", key_hash(catalog.event(topic))), numbers[topic])
            new = F.broadcast(arriving[topic].select("key_hash"))
            frames.append(held.join(new, "key_hash", how="left_semi")
                          .select("topic_number", "key_hash", F.lit(True).alias("is_held")))  # fmt: skip
        hashes = reduce(DataFrame.unionAll, frames).localCheckpoint()
        topics = list(numbers)
        found = hashes.select("topic_number", "is_held").distinct().collect()
        return cls(
            topics=frozenset(topics[number] for number, _ in found),
            held_topics=frozenset(topics[number] for number, is_held in found if is_held),
            _numbers=numbers,
            _hashes=hashes,
        )

    def of_topic(self, topic: str) -> DataFrame:
        """Columns: key_hash, each once, and is_repeated, which is true."""
        own = self._hashes.where(F.col("topic_number") == self._numbers[topic])
        return own.select("key_hash", F.lit(True).alias("is_repeated")).distinct()


def earlier(facts: Mapping[str, TopicFacts], store: Store) -> Iterator[tuple[str, DataFrame]]:
    """Silver's rows for the days of a batch, topic by topic, read with literal dates so that files are skipped."""
    for topic, fact in facts.items():
        event = catalog.event(topic)
        table = catalog.silver_of(event)
        if fact.key_dates and store.may_hold(table, event.dated_by, fact.key_dates):
            yield topic, store.read_days(table, event.dated_by, fact.key_dates)


def _numbered(rows: DataFrame, number: int) -> DataFrame:
    return rows.select(F.lit(number).alias("topic_number"), "key_hash")
