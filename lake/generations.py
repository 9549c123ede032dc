"""A stream's checkpoint and the table that it writes belong together: the table remembers the stream's identity.

Spark names a checkpoint by an id of its own. A checkpoint that was deleted or exchanged has another one: it would
read everything again, or skip what it never saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame

from lake.checkpoints import clear_beginning, damage, put_aside, refuse_damage
from lake.errors import CheckpointError
from lake.reader import open_table
from lake.store import Store
from schemas.declaration import Table

_PROPERTY = "brokerlake.stream"
_FIRST_BATCH = "brokerlake.stream.first_batch"
_READ_AGAIN = "brokerlake.stream.read_again_up_to"


@dataclass(frozen=True)
class Generation:
    """A checkpoint in the life of a table.

    first_batch: the number that its batch 0 has in the rows. Spark counts from 0 with each new checkpoint; what asks for
    batches after a number must not meet an old number again. read_again_up_to: the last landing batch that was there
    when this checkpoint took over, which it reads once more; -1 where it is the table's first.
    """

    first_batch: int = 0
    read_again_up_to: int = -1


def running_query(batch: DataFrame) -> str:
    """The identity of the stream whose batch this is."""
    query_id = batch.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId")
    assert query_id is not None, "only a batch of a running stream has a query"
    return query_id


def claim(
    store: Store, table: Table, stream: str, query_id: str, adopt: Callable[[], Generation] | None = None
) -> Generation:
    """Records the stream as the table's writer, or raises CheckpointError where another checkpoint wrote it.

    With `adopt` a new checkpoint takes over, as the generation that it gives: rows that are there already are
    recognised by their origin.
    """
    properties = open_table(store.settings, table).metadata().configuration
    recorded = properties.get(_PROPERTY)
    if recorded == query_id:
        return _generation(properties)
    if recorded is None:
        return _record(store, table, query_id, Generation())
    if adopt is not None:
        return _record(store, table, query_id, adopt())
    raise CheckpointError(
        f"the checkpoint of {stream} ({store.settings.checkpoints}/{stream}) is not the one that wrote "
        f"{table.name} (stream {recorded}, this is {query_id}): restore it, or run {_adopting(stream)} to go on with a new one"
    )


def mend_or_refuse(store: Store, stream: str, adopt: bool) -> None:
    """Raises CheckpointError where Spark could not read the checkpoint; with `adopt` puts such a one aside instead."""
    clear_beginning(store, stream)
    if not adopt:
        refuse_damage(
            store, stream, f"restore it, or run {_adopting(stream)} to put it aside and begin a new one"
        )
    elif damage(store, stream) is not None:
        put_aside(store, stream)


def _adopting(stream: str) -> str:
    """The command that goes on with a checkpoint that is not the table's own."""
    return f"`python -m ingestion {stream} --once --adopt-checkpoint`"


def _generation(properties: Mapping[str, str]) -> Generation:
    return Generation(int(properties.get(_FIRST_BATCH, "0")), int(properties.get(_READ_AGAIN, "-1")))


def _record(store: Store, table: Table, query_id: str, generation: Generation) -> Generation:
    properties = {
        _PROPERTY: query_id,
        _FIRST_BATCH: str(generation.first_batch),
        _READ_AGAIN: str(generation.read_again_up_to),
    }
    with store.writing(table):
        store.set_properties(table, properties)
    return generation
