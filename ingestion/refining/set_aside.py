"""Which messages of a batch are in quarantine or among the duplicates already: of a batch that is done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingestion.refining.decoded import ORIGIN, TopicFacts
from lake.store import Store
from schemas.declaration import Table


@dataclass(frozen=True)
class SetAside:
    """Topics with messages that are set aside, and where these came from."""

    topics: frozenset[str]
    _origins: DataFrame

    @classmethod
    def of(cls, facts: Mapping[str, TopicFacts], store: Store, tables: Sequence[Table]) -> SetAside:
        """Looks for offsets between the batch's first and last one."""
        nothing = store.spark.createDataFrame(
            [], "origin_topic string, origin_partition bigint, origin_offset bigint"
        )
        if not tables:
            return cls(frozenset(), nothing)
        first = min(fact.first_offset for fact in facts.values())
        last = max(fact.last_offset for fact in facts.values())
        is_near = F.col("origin_topic").isin(*facts) & F.col("origin_offset").between(first, last)
        found = [store.read(table).where(is_near).select(*ORIGIN) for table in tables]
        origins = reduce(DataFrame.unionByName, found, nothing).localCheckpoint()
        topics = {row["origin_topic"] for row in origins.select("origin_topic").distinct().collect()}
        return cls(frozenset(topics), origins)

    def of_topic(self, topic: str) -> DataFrame:
        """Columns: origin_partition, origin_offset, each once, and was_set_aside, which is true."""
        own = self._origins.where(F.col("origin_topic") == topic).select(*ORIGIN[1:]).distinct()
        return own.withColumn("was_set_aside", F.lit(True))
