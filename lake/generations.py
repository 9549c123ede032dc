"""A stream's checkpoint and the table that it writes belong together: the table remembers the stream's identity.

Spark names a checkpoint by an id of its own. A checkpoint that was deleted or exchanged has another one: it would
read everything again, or skip what it never saw.
"""

from __future__ import annotations

from delta.tables import DeltaTable
from pyspark.sql import DataFrame

from lake.errors import CheckpointError
from lake.store import Store
from schemas.declaration import Table

_PROPERTY = "brokerlake.stream"


def running_query(batch: DataFrame) -> str:
    """The identity of the stream whose batch this is."""
    query_id = batch.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId")
    assert query_id is not None, "only a batch of a running stream has a query"
    return query_id


def claim(store: Store, table: Table, stream: str, query_id: str, adopt: bool = False) -> None:
    """Records the stream as the table's writer, or raises CheckpointError where another checkpoint wrote it.

    With `adopt` a new checkpoint takes over: rows that are there already are recognised by their origin.
    """
    path = store.settings.table_path(table.name)
    properties = DeltaTable.forPath(store.spark, path).detail().select("properties").collect()[0][0]
    recorded = properties.get(_PROPERTY)
    if recorded == query_id:
        return
    if recorded is not None and not adopt:
        raise CheckpointError(
            f"the checkpoint of {stream} ({store.settings.checkpoints}/{stream}) is not the one that wrote "
            f"{table.name} (stream {recorded}, this is {query_id}): restore it, or run "
            f"`python -m ingestion {stream} --once --adopt-checkpoint` to go on with a new one"
        )
    store.spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('{_PROPERTY}' = '{query_id}')")
