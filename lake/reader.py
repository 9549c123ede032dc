"""SQL over the lake's tables without a JVM: what analysts ask, and what the ledger and the demo count with.

Tables go by their full names, silver and gold also by their short ones where these are unique. A table of revisions is
also there as `<name>_latest`: each session's last revision. What sources sent, byte for byte, is for the service only:
analysts cannot name bronze, and see no column that holds bytes as received or a person's data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError, TableNotFoundError

from lake.errors import LakeError, OlderTable, QueryError
from lake.names import Named, known
from lake.query_errors import said_plainly
from lake.settings import Settings
from lake.statement import check_query, names
from lake.storage_errors import storage_error
from lake.table_logs import damage_of, refuse_damage
from schemas.declaration import LAYERS, Column, Table, Type

_WRITES = ("WRITE", "MERGE", "UPDATE", "STREAMING UPDATE")
_SCRATCH = "being_registered"


def query(settings: Settings, sql: str, *, for_service: bool = False, limit: int | None = None) -> pa.Table:
    """The answer to one SELECT or WITH, at most `limit` rows of it. Raises QueryError with one sentence.

    Only tables that the text names are opened. `for_service` is the pipeline's own way in: bronze and all columns.
    """
    check_query(sql)
    with _plain_errors(settings, for_service):
        reader = pa.RecordBatchReader.from_stream(_engine(settings, names(sql), for_service).execute(sql))
        batches = list(_first(reader, limit))
    return _plain(pa.Table.from_batches(batches, reader.schema))


def query_batches(settings: Settings, sql: str) -> Iterator[pa.RecordBatch]:
    """The answer to one SELECT of the service, batch by batch, in no order; for what is too large to hold."""
    with _plain_errors(settings, for_service=True):
        for batch in pa.RecordBatchReader.from_stream(_engine(settings, names(sql), True).execute(sql)):
            yield from _plain(pa.Table.from_batches([batch])).to_batches()


def read_batches(settings: Settings, table: Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Some columns of every row of a table, batch by batch, in no order. Raises QueryError."""
    sql = f"SELECT {', '.join(columns)} FROM {table.name}"
    with _plain_errors(settings, for_service=True):
        yield from pa.RecordBatchReader.from_stream(_engine(settings, {table.name}, True).execute(sql))


def open_table(settings: Settings, table: Table, version: int | None = None) -> DeltaTable:
    """A table's log, as it is now or as it was at a version.

    Raises QueryError when the table was never created, LogError where a commit is missing, empty or cut.
    """
    path = settings.table_path(table.name)
    refuse_damage(settings, table)
    try:
        return DeltaTable(path, version)
    except TableNotFoundError:
        raise QueryError(
            f"{table.name} was never created at {path}: `make up` and `make demo` create the tables"
        ) from None
    except DeltaError as error:
        if (damaged := damage_of(settings, table)) is None:
            raise
        raise damaged from error


def last_write_at(settings: Settings, table: Table) -> datetime | None:
    """When rows were last written to a table; None if there never were any. Compactions do not count."""
    for commit in open_table(settings, table).history():
        if commit["operation"] in _WRITES:
            return datetime.fromtimestamp(commit["timestamp"] / 1000, UTC)
    return None


@contextmanager
def _plain_errors(settings: Settings, for_service: bool) -> Iterator[None]:
    try:
        yield
    except LakeError:
        raise
    except Exception as error:  # the engine raises plain Exception for what fails on the data
        raise storage_error(error, settings) or said_plainly(error, for_service) from None


def _engine(settings: Settings, mentioned: Collection[str], for_service: bool) -> QueryBuilder:
    """An engine that knows the tables that are mentioned, and no others."""
    engine = QueryBuilder()
    for layer in LAYERS:
        engine.execute(f"CREATE SCHEMA {layer}")
    for name, named in known(for_service).items():
        if name in mentioned:
            _register(engine, settings, name, named, for_service)
    return engine


def _register(engine: QueryBuilder, settings: Settings, name: str, named: Named, for_service: bool) -> None:
    """Makes a view over the table. The table under it loses its name, so that nothing gets round the view."""
    table = named.table
    shown = [column.name for column in table.all_columns if for_service or not _is_hidden(column)]
    rows = f"SELECT {', '.join(shown)} FROM {_SCRATCH}"
    if named.is_latest:
        newest = (
            f"SELECT *, max(revision) OVER (PARTITION BY session_date) AS newest_revision FROM {_SCRATCH}"
        )
        rows = f"SELECT {', '.join(shown)} FROM ({newest}) WHERE revision = newest_revision"
    there = open_table(settings, table)
    _refuse_older(there, table, shown)
    engine.register(_SCRATCH, there)
    engine.execute(f"CREATE VIEW {name} AS {rows}")
    engine.execute(f"DROP TABLE {_SCRATCH}")


def _refuse_older(there: DeltaTable, table: Table, shown: Sequence[str]) -> None:
    found = {field.name for field in there.schema().fields}
    missing = [name for name in shown if name not in found]
    if missing:
        raise OlderTable(
            f"{table.name} was created before {', '.join(missing)} was declared: the streams of `make up` add what is missing"
        )


def _is_hidden(column: Column) -> bool:
    return column.data_class == "personal" or _holds_bytes(column.type)


def _holds_bytes(kind: Type) -> bool:
    parts = [of for _, of in kind.fields] + ([kind.element] if kind.element is not None else [])
    return kind.name == "binary" or any(_holds_bytes(part) for part in parts)


def _first(reader: pa.RecordBatchReader, limit: int | None) -> Iterator[pa.RecordBatch]:
    left = limit
    for batch in reader:
        if left is None:
            yield batch
            continue
        yield batch.slice(0, left)
        left -= min(left, batch.num_rows)
        if left == 0:
            return


def _plain(table: pa.Table) -> pa.Table:
    """The engine's view types as the plain ones, which every library takes."""
    fields = [pa.field(field.name, _plain_type(field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(pa.field(kind.value_field.name, _plain_type(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _plain_type(field.type)) for field in kind])
    if pa.types.is_string_view(kind):
        return pa.string()
    return pa.binary() if pa.types.is_binary_view(kind) else kind
