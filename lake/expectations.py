"""The second opinion of the gate: a table's promises as a Great Expectations suite, and its pages (Data Docs).

The suite follows from the same declaration as the gate, and is judged by another engine: where the two disagree, one
of them is wrong and nothing is published. Importing Great Expectations takes seconds, so it is imported when needed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.data_docs import open_context, write_index
from schemas.checks import END_OF_TEXT, Above, AtLeast, AtMost, Check, Matches, OneOf
from schemas.declaration import DOUBLE, Column, Promise, Table

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite, ValidationDefinition
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.datasource.fluent import PandasDatasource, SparkDatasource
    from great_expectations.expectations.expectation import Expectation

# A session of so few rows is judged in memory: each expectation on Spark is a plan of its own, which costs more than they do.
MOST_ROWS_IN_MEMORY = 200_000
_VERDICT = {"result_format": "BOOLEAN_ONLY"}
# Counts of what is wrong, and none of a client's values: everybody who looks at the pages would see them.
_DETAIL = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


def suite_of(table: Table) -> ExpectationSuite:
    """What the gate promises of a session's rows, before they have a revision. Provenance is left out.

    The first expectation counts rows: all others hold of no rows at all.
    """
    from great_expectations import ExpectationSuite

    columns = [column for column in table.columns if column.name != "revision"]
    expectations = [_enough_rows(table), _unique_key(table)]
    for column in columns:
        expectations += _of_column(column)
    expectations += [_of_promise(promise) for promise in table.promises]
    return ExpectationSuite(name=table.name, expectations=expectations, meta={"notes": table.doc})


def _enough_rows(table: Table) -> Expectation:
    from great_expectations.expectations import ExpectTableRowCountToBeBetween

    words = f"at least {table.min_rows} rows a session"
    return ExpectTableRowCountToBeBetween(min_value=table.min_rows, description=words)


def _unique_key(table: Table) -> Expectation:
    from great_expectations.expectations import ExpectColumnValuesToBeUnique, ExpectCompoundColumnsToBeUnique

    key = [column.name for column in table.key if column.name != "revision"]
    words = f"{', '.join(key)}: the key is unique"
    if len(key) == 1:
        return ExpectColumnValuesToBeUnique(column=key[0], description=words)
    return ExpectCompoundColumnsToBeUnique(column_list=key, description=words)


def _of_column(column: Column) -> Iterator[Expectation]:
    from great_expectations.expectations import ExpectColumnValuesToBeBetween, ExpectColumnValuesToNotBeNull

    name = column.name
    if column.required:
        yield ExpectColumnValuesToNotBeNull(column=name, description=f"{name} is present")
    if column.type == DOUBLE:
        # Spark holds NaN for larger than any number, so the largest one keeps NaN and infinities out.
        largest = sys.float_info.max
        words = f"{name} is a finite number"
        yield ExpectColumnValuesToBeBetween(
            column=name, min_value=-largest, max_value=largest, description=words
        )
    for check in column.checks:
        yield _of_check(name, check)


def _of_check(name: str, check: Check) -> Expectation:
    from great_expectations.expectations import (
        ExpectColumnValuesToBeBetween,
        ExpectColumnValuesToBeInSet,
        ExpectColumnValuesToMatchRegex,
    )

    said: dict[str, Any] = {"column": name, "description": check.words(name)}
    match check:
        case Above(bound):
            return ExpectColumnValuesToBeBetween(min_value=float(bound), strict_min=True, **said)
        case AtLeast(bound):
            return ExpectColumnValuesToBeBetween(min_value=float(bound), **said)
        case AtMost(bound):
            return ExpectColumnValuesToBeBetween(max_value=float(bound), **said)
        case OneOf(values):
            return ExpectColumnValuesToBeInSet(value_set=list(values), **said)
        case Matches(pattern):
            return ExpectColumnValuesToMatchRegex(regex=f"^(?:{pattern}){END_OF_TEXT}", **said)


def _of_promise(promise: Promise) -> Expectation:
    from great_expectations.expectations import ExpectColumnValuesToBeInSet

    return ExpectColumnValuesToBeInSet(
        column=_kept_column(promise), value_set=[True], description=promise.doc
    )


def _kept_column(promise: Promise) -> str:
    return f"keeps_{promise.name}"


def _judged(frame: DataFrame, table: Table, session: date) -> DataFrame:
    """The session's rows as the suite looks at them: a column for each promise, which is SQL, says whether it is kept,
    and NaN, which would count as a value that is not there, is infinite."""
    rows = frame.where(F.col("session_date") == F.lit(session))
    columns = [_finite_or_infinite(column) for column in table.columns if column.name in frame.columns]
    return rows.select(*columns, *[F.expr(each.sql).alias(_kept_column(each)) for each in table.promises])


def _finite_or_infinite(column: Column) -> Expression:
    value = F.col(column.name)
    if column.type != DOUBLE:
        return value
    return F.when(F.isnan(value), F.lit(float("inf"))).otherwise(value).alias(column.name)


def _now() -> datetime:
    return datetime.now(UTC)


class SecondOpinion:
    """Looks at sessions with their tables' suites, and shows suites and results under `folder` as pages.

    Sessions of up to `most_in_memory` rows are judged by pandas, larger ones by Spark. Pages of earlier processes
    stay. `now` dates the results, which the pages list newest first.
    """

    def __init__(
        self, folder: Path, now: Callable[[], datetime] = _now, most_in_memory: int = MOST_ROWS_IN_MEMORY
    ) -> None:
        self.folder = folder
        self.now = now
        self.most_in_memory = most_in_memory
        self._one_at_a_time = Lock()
        self._suites: dict[str, ExpectationSuite] = {}
        self._validations: dict[tuple[str, str], ValidationDefinition] = {}
        self._unwritten: list[Any] = []

    def prepare(self) -> None:
        """Does what takes seconds and needs no rows, so that it can be done before there are any."""
        import great_expectations.expectations  # noqa: F401

        _ = self._context

    def examine(self, frame: DataFrame, table: Table, session: date) -> bool:
        """Whether the frame's rows of the session meet the table's suite; the result goes into the pages.

        On Spark each expectation reads the frame again: give one that is persisted.
        """
        on_spark = _judged(frame, table, session)
        in_memory = on_spark.limit(self.most_in_memory + 1).toPandas()
        with self._one_at_a_time:
            source, rows = (
                (self._in_memory, in_memory)
                if len(in_memory) <= self.most_in_memory
                else (self._on_spark, on_spark)
            )
            validation, run = self._validation(source, table), self._run(session)
            kept = _validate(validation, rows, run, _VERDICT)
            if not kept:
                # The same run of the same suite: what is kept of it is the detail.
                _validate(validation, rows, run, _DETAIL)
            self._note(source, table, run)
        return kept

    def write_docs(self) -> Path:
        """Writes the pages of what was examined since, and the page that lists all. Returns the path of that one."""
        if self._unwritten:
            self._context.build_data_docs(resource_identifiers=self._unwritten, build_index=False)
            self._unwritten = []
        return write_index(self.folder)

    @cached_property
    def _context(self) -> EphemeralDataContext:
        return open_context(self.folder)

    @cached_property
    def _in_memory(self) -> PandasDatasource:
        return self._context.data_sources.add_pandas("memory")

    @cached_property
    def _on_spark(self) -> SparkDatasource:
        # It would otherwise cache every frame and never let go of it.
        return self._context.data_sources.add_spark("spark", persist=False)

    def _run(self, session: date) -> RunIdentifier:
        from great_expectations.core.run_identifier import RunIdentifier

        return RunIdentifier(run_name=str(session), run_time=self.now())

    def _validation(self, source: PandasDatasource | SparkDatasource, table: Table) -> ValidationDefinition:
        from great_expectations import ValidationDefinition

        known = (source.name, table.name)
        if known not in self._validations:
            asset = source.add_dataframe_asset(table.name)
            batch = asset.add_batch_definition_whole_dataframe("session")
            made = ValidationDefinition(name=" ".join(known), data=batch, suite=self._suite(table))
            self._validations[known] = self._context.validation_definitions.add(made)
        return self._validations[known]

    def _suite(self, table: Table) -> ExpectationSuite:
        if table.name not in self._suites:
            self._suites[table.name] = self._context.suites.add_or_update(suite_of(table))
        return self._suites[table.name]

    def _note(self, source: PandasDatasource | SparkDatasource, table: Table, run: RunIdentifier) -> None:
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        suite = ExpectationSuiteIdentifier(name=table.name)
        batch = f"{source.name}-{table.name}"
        self._unwritten += [suite, ValidationResultIdentifier(suite, run, batch)]


def _validate(
    validation: ValidationDefinition, rows: Any, run: RunIdentifier, result_format: dict[str, Any]
) -> bool:
    result = validation.run(batch_parameters={"dataframe": rows}, run_id=run, result_format=result_format)
    return bool(result.success)
