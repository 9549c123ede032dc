"""Where tables live: read, append, replace sessions, append a revision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from delta.exceptions import (
    ConcurrentAppendException,
    ConcurrentDeleteDeleteException,
    ConcurrentDeleteReadException,
    ConcurrentWriteException,
    DeltaConcurrentModificationException,
    MetadataChangedException,
)
from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, DataFrameWriter, SparkSession, Window
from pyspark.sql import functions as F

from lake.errors import LakeError
from lake.fence import APPLICATION, Fence, set_properties
from lake.files import files_of, files_with_days
from lake.lease import lease
from lake.races import refused_if_lost, until_won
from lake.reader import open_table
from lake.settings import Settings
from lake.structs import row_hash, struct_type
from lake.table_logs import refuse_damage
from schemas.declaration import DATE, Table
from schemas.declaration import Column as Declared
from schemas.fields import SESSION_DATE

_LEASE_WAIT_SECONDS = 300
# A property changed in between, no row: a compaction has begun, or the fence says that this driver lost its lease.
_PROPERTIES_CHANGED = (MetadataChangedException,)
# Rows may have come or gone too.
_CHANGED = (
    *_PROPERTIES_CHANGED,
    ConcurrentAppendException,
    ConcurrentDeleteDeleteException,
    ConcurrentDeleteReadException,
    ConcurrentWriteException,
)


@dataclass(frozen=True)
class Store:
    """Reads and writes declared tables at their places in the lake. Writing a table takes its lease.

    A write that another machine's came before raises RaceLost, or is made again where that comes to the same.
    With a fence, a write raises LeaseError once another driver has taken over.
    """

    spark: SparkSession
    settings: Settings
    fence: Fence | None = None

    def read(self, table: Table, version: int | None = None) -> DataFrame:
        """The declared columns of a table, as it is now or as it was at a version."""
        return self._rows(table, files_of(self.settings, table, version))

    def read_days(
        self, table: Table, column: Declared, days: Sequence[date], version: int | None = None
    ) -> DataFrame:
        """Rows whose `column` is one of the days or, being an instant, lies on one; from the files that may hold them."""
        files = files_with_days(self.settings, table, column, days, version)
        day = column.name if column.type == DATE else f"to_date({column.name})"
        return self._rows(table, files).where(sessions_sql(day, days))

    def may_hold(self, table: Table, column: Declared, days: Sequence[date]) -> bool:
        """Whether there may be rows whose `column` is one of the days; asked of the table's log."""
        return bool(files_with_days(self.settings, table, column, days))

    def _rows(self, table: Table, files: Sequence[str]) -> DataFrame:
        """What a table's files hold. No file has rows that were deleted: tables have no deletion vectors."""
        schema = struct_type(table.all_columns)
        return (
            self.spark.read.schema(schema).parquet(*files)
            if files
            else self.spark.createDataFrame([], schema)
        )

    def stream(self, table: Table, **options: str) -> DataFrame:
        """A table's rows as a stream, from its first version on."""
        reader = self.spark.readStream.format("delta").options(**options)
        return reader.load(self.settings.table_path(table.name)).select(*_names(table))

    def version(self, table: Table) -> int:
        """The newest version of a table."""
        return open_table(self.settings, table).version()

    def append(
        self,
        table: Table,
        frame: DataFrame,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        """Adds rows."""
        writer = frame.select(*_names(table)).write.format("delta").mode("append")
        if metadata is not None:
            writer = writer.option("userMetadata", json.dumps(metadata))
        with self.writing(table):
            until_won(table, _PROPERTIES_CHANGED, lambda: self._save(table, writer))

    def replace_sessions(
        self,
        table: Table,
        frame: DataFrame,
        sessions: Sequence[date],
        metadata: Mapping[str, object],
        keep_from: date | None = None,
    ) -> None:
        """Makes `frame` the only rows of a run of sessions; others stay as they are, but those before `keep_from` go.

        Where two machines do so at once, the later commit's rows are the ones that stay.
        """
        if table.second_answer != "replace":
            raise LakeError(
                f"{table.name} is declared to {table.second_answer}: its sessions are not replaced"
            )
        writer = (
            frame.select(*_names(table)).write.format("delta").option("userMetadata", json.dumps(metadata))
        )

        def replace() -> None:
            if self.settings.is_shared or keep_from or self.may_hold(table, SESSION_DATE, sessions):
                where = sessions_sql("session_date", sessions)
                if keep_from is not None:
                    where = f"({where}) OR session_date < DATE'{keep_from}'"
                self._save(table, writer.mode("overwrite").option("replaceWhere", where))
            else:
                # The first answer, and no machine that may give one too: there is nothing to look for and to take out.
                self._save(table, writer.mode("append"))

        with self.writing(table):
            until_won(table, _CHANGED, replace)

    def replace_all(self, table: Table, frame: DataFrame) -> None:
        """Makes `frame` the only rows of a small table."""
        writer = frame.select(*_names(table)).write.format("delta").mode("overwrite")
        with self.writing(table):
            until_won(table, _PROPERTIES_CHANGED, lambda: self._save(table, writer))

    def update_matching(
        self, table: Table, source: DataFrame, condition: Column, values: Mapping[str, Column]
    ) -> None:
        """Sets columns of the rows that a source row matches, and of no others.

        The condition names the table's columns `row.…` and the source's `source.…`; a literal condition on the day
        that the table is pruned by spares reading all of it.
        """

        def update() -> None:
            target = DeltaTable.forPath(self.spark, self.settings.table_path(table.name)).alias("row")
            merge = target.merge(source.alias("source"), condition).whenMatchedUpdate(set=dict(values))
            with self._numbered(table):
                merge.execute()

        with self.writing(table):
            until_won(table, _CHANGED, update)

    def append_revision(
        self, table: Table, frame: DataFrame, sessions: Sequence[date], metadata: Mapping[str, object]
    ) -> list[date]:
        """Publishes a session's first answer as revision 1, and a different later answer as the next revision.

        What was published stays. `frame` has no revision yet. Returns the sessions that were written.
        """
        if not self.may_hold(table, SESSION_DATE, sessions):
            self.append(table, frame.withColumn("revision", F.lit(1).cast("bigint")), metadata)
            return list(sessions)
        answers = _answers(frame, table)
        published = latest(self.read_days(table, SESSION_DATE, sessions))
        before = _answers(published, table).withColumnRenamed("answer", "published_answer")
        last = published.groupBy("session_date").agg(F.max("revision").alias("last_revision"))
        changed = (
            answers.join(before, "session_date", how="left")
            .join(last, "session_date", how="left")
            .where("published_answer IS NULL OR answer <> published_answer")
            .select("session_date", F.expr("coalesce(last_revision, 0) + 1").alias("next_revision"))
            .collect()
        )
        if not changed:
            return []
        numbers = self.spark.createDataFrame(changed, "session_date date, next_revision bigint")
        rows = frame.join(F.broadcast(numbers), "session_date").withColumn("revision", F.col("next_revision"))
        self.append(table, rows, metadata)
        return sorted(row["session_date"] for row in changed)

    def set_properties(self, table: Table, properties: dict[str, str]) -> None:
        """Sets properties of a table; the caller holds its lease."""
        if self.fence is None:
            set_properties(open_table(self.settings, table), properties)
        else:
            self.fence.set_properties(table, properties)

    def _save(self, table: Table, writer: DataFrameWriter) -> None:
        """The end of every write but a merge; the caller holds the table's lease."""
        path = self.settings.table_path(table.name)
        if self.fence is None:
            writer.save(path)
            return
        with self.fence.write(table) as number:
            writer.option("txnAppId", APPLICATION).option("txnVersion", number).save(path)

    @contextmanager
    def _numbered(self, table: Table) -> Iterator[None]:
        """A merge takes its number from the session."""
        if self.fence is None:
            yield
            return
        with self.fence.write(table) as number:
            self.spark.conf.set("spark.databricks.delta.write.txnAppId", APPLICATION)
            self.spark.conf.set("spark.databricks.delta.write.txnVersion", str(number))
            try:
                yield
            finally:
                self.spark.conf.unset("spark.databricks.delta.write.txnAppId")
                self.spark.conf.unset("spark.databricks.delta.write.txnVersion")

    @contextmanager
    def writing(self, table: Table) -> Iterator[None]:
        """Holds the table's lease. Raises RaceLost for a write that somebody came before, LogError on a damaged log."""
        with (
            lease(self.settings.leases, f"table.{table.name}", _LEASE_WAIT_SECONDS),
            refused_if_lost(table, (DeltaConcurrentModificationException,)),
        ):
            refuse_damage(self.settings, table)
            yield


def sessions_sql(column: str, sessions: Sequence[date]) -> str:
    """A condition with literal dates, which prunes files; of many dates the range says it for the statistics."""
    listed = ", ".join(f"DATE'{day}'" for day in sessions)
    exact = f"{column} IN ({listed})"
    if len(sessions) <= 20:
        return exact
    return f"{column} BETWEEN DATE'{min(sessions)}' AND DATE'{max(sessions)}' AND {exact}"


def _names(table: Table) -> list[str]:
    return [column.name for column in table.all_columns]


def latest(rows: DataFrame) -> DataFrame:
    """Of rows of a table of revisions, each session's last revision."""
    newest = F.max("revision").over(Window.partitionBy("session_date"))
    return (
        rows.withColumn("newest_revision", newest).where("revision = newest_revision").drop("newest_revision")
    )


def _answers(frame: DataFrame, table: Table) -> DataFrame:
    """One fingerprint a session of everything but the revision and provenance."""
    said = [column for column in table.columns if column.name != "revision"]
    row = row_hash(said).cast("decimal(38,0)")
    return frame.groupBy("session_date").agg(F.concat_ws("/", F.count("*"), F.sum(row)).alias("answer"))
