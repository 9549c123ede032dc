"""The sides that are compared, on one book: our job, its half in Python, the kernel alone, and a tutorial's job.

The frames that the job reads are in memory, and what it makes is not kept, so that no side reads or writes files.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession

from benchmarks.pairs import Cost
from benchmarks.processor_time import of_tree
from benchmarks.value_at_risk.book import Book, Size, book
from benchmarks.value_at_risk.kernel import CONFIDENCES, Arrays, Found, kernel
from benchmarks.value_at_risk.tutorial import tutorial
from jobs.risk.account_blocks import laid_out
from jobs.risk.account_risk import AccountRisk
from jobs.risk.group_parts import PARTS_TYPE
from jobs.risk.held_positions import Market, held_positions, moves_of_sessions
from jobs.risk.risk_rows import RiskRows
from jobs.risk.session_moves import MovesOfSessions
from jobs.risk.session_positions import session_positions
from jobs.risk.value_at_risk_daily import Params, value_at_risk_daily
from lake.conform import conform
from lake.settings import Settings
from models.risk.portfolios import Positions, measure_accounts
from schemas.risk import VALUE_AT_RISK_DAILY

_ROWS_A_BATCH = 10_000
_AMOUNT = pa.decimal128(20, 4)


def cost_of(act: Callable[[], object]) -> Cost:
    cpu, began = of_tree(), time.perf_counter()
    act()
    return Cost(wall=time.perf_counter() - began, cpu=of_tree() - cpu)


def without_keeping(frame: DataFrame) -> None:
    frame.write.format("noop").mode("overwrite").save()


class Sides:
    """settings: as many processes as Spark has cores; the book is written under the root."""

    def __init__(self, spark: SparkSession, size: Size, settings: Settings) -> None:
        self.spark, self.size, self._n = spark, size, settings.cores
        self.book = Book(*_in_memory(book(spark, size).frames, settings.root))
        self.params = replace(Params(), lookback_sessions=size.scenarios)

    def frame(self) -> DataFrame:
        return conform(value_at_risk_daily(*self.book.frames, self.params), VALUE_AT_RISK_DAILY)

    def job(self) -> Cost:
        """The whole job: history, accounts, groups and the book, all methods."""
        return cost_of(lambda: without_keeping(self.frame()))

    def accounts(self) -> Cost:
        """The job's half of accounts alone, with given moves: what the tutorial does, and the parts of groups beside it."""
        return cost_of(lambda: without_keeping(laid_out(self.held()).mapInArrow(self.risk, PARTS_TYPE)))

    @property
    def market(self) -> Market:
        return Market(
            self.book.bars,
            self.book.corporate_actions,
            self.book.exchange_rates,
            self.params.book_currency,
        )

    def held(self) -> DataFrame:
        return held_positions(
            self.book.position_values_daily,
            self.book.cash_daily,
            self.market,
            self.book.accounts,
            self.book.sessions,
            self.params.rate_age_days,
        )

    @cached_property
    def moves_of(self) -> MovesOfSessions:
        return moves_of_sessions(self.market, self.book.instruments, self.book.sessions, self.size.scenarios)

    @cached_property
    def risk(self) -> AccountRisk:
        return AccountRisk(
            self.moves_of,
            RiskRows(self.params.convention, self.params.book_currency),
            self.params.min_scenarios,
        )

    @cached_property
    def rows(self) -> pa.Table:
        """What crosses into Python, all partitions after one another, in their order."""
        return laid_out(self.held()).toArrow().sort_by("place")

    @cached_property
    def arrays(self) -> Arrays:
        positions = self._positions.positions
        return Arrays(
            positions.offsets, positions.instrument_indices, positions.market_values, self._positions.moves
        )

    @cached_property
    def _positions(self):  # type: ignore[no-untyped-def]
        return session_positions(self.size.days[-1], self.rows, self.moves_of)

    def arithmetic(self) -> Cost:
        """What the job's kernel makes of the same arrays, accounts and the book, a process a part of the accounts."""
        return self._in_processes(_only_arithmetic, self._split())

    def python(self) -> Cost:
        """Our half in Python: Arrow batches in, Arrow batches out, a process a partition, without Spark."""
        parts = _parts(self.rows, self._n)
        return self._in_processes(_measured, [(self.risk, part) for part in parts])

    def kernel(self) -> Cost:
        """The arithmetic alone, a process a part of the accounts."""
        return self._in_processes(_only_kernel, self._split())

    def tutorial(self) -> Cost:
        """By account with `applyInPandas`: valued positions, and given moves."""
        return cost_of(lambda: without_keeping(self._tutorial()))

    def _tutorial(self) -> DataFrame:
        held = self.held().where("instrument_id IS NOT NULL")
        return tutorial(held, self._positions.held_ids, self.arrays.moves)

    def _split(self) -> list[Arrays]:
        n = len(self.arrays.offsets) - 1
        cuts = [n * part // self._n for part in range(self._n + 1)]
        return [self.arrays.part(first, last) for first, last in pairwise(cuts)]

    def _in_processes(self, act: Callable[[int], int], given: list[object]) -> Cost:
        """Forked, so that what they are given is there when the clock starts; they have started by then, too."""
        _GIVEN[:] = given
        with multiprocessing.get_context("fork").Pool(len(given)) as pool:
            pool.map(_awake, range(4 * len(given)), 1)
            return cost_of(lambda: pool.map(act, range(len(given)), 1))

    def same_as_kernel(self) -> str:
        """The digest of all accounts' measures. Raises SystemExit where the kernel gives another one."""
        rows = self.frame().where("portfolio_type = 'account'").toArrow()
        ours = rows.sort_by([("portfolio_id", "ascending"), ("confidence_ratio", "ascending")])
        names = ("value_at_risk_amount", "expected_shortfall_amount", "tail_loss_amount")
        theirs = kernel(self.arrays).measures
        expected = [pa.array(theirs[:, :, place].ravel()).cast(_AMOUNT) for place in range(len(names))]
        digests = {
            _digest([ours[name].cast(_AMOUNT) for name in names]),
            _digest([pa.chunked_array([each]) for each in expected]),
        }
        if len(digests) > 1:
            raise SystemExit("the kernel gives another answer")
        return digests.pop()

    def same_as_tutorial(self) -> float:
        """The largest difference in any measure, currency units; numpy's quantile rounds in another order."""
        rows = self._tutorial().toArrow()
        theirs = rows.sort_by([("account_id", "ascending"), ("confidence", "ascending")])
        ours = kernel(self.arrays).measures
        return max(
            float(np.abs(theirs[name].to_numpy() - ours[:, :, place].ravel()).max())
            for place, name in enumerate(("value_at_risk", "expected_shortfall"))
        )


def _in_memory(frames: Sequence[DataFrame], folder: Path) -> list[DataFrame]:
    """The same rows as tables would be read: without the plan that invented them, which each step of a job goes through."""
    kept = []
    for frame in frames:
        place = tempfile.mkdtemp(dir=folder)
        frame.write.parquet(place, mode="overwrite")
        kept.append(frame.sparkSession.read.parquet(place).persist())
        kept[-1].count()
    return kept


_GIVEN: list[object] = []
"""What the forked processes find there."""


def _awake(_: int) -> None:
    time.sleep(0.05)


def _measured(place: int) -> int:
    risk, batches = _GIVEN[place]  # type: ignore[misc]
    return sum(batch.num_rows for batch in risk(iter(batches)))


def _only_kernel(place: int) -> int:
    found: Found = kernel(_GIVEN[place])  # type: ignore[arg-type]
    return len(found.measures) * len(CONFIDENCES)


def _only_arithmetic(place: int) -> int:
    of: Arrays = _GIVEN[place]  # type: ignore[assignment]
    found = measure_accounts(Positions(of.offsets, of.instruments, of.values), of.moves, CONFIDENCES)
    return found.accounts.value_at_risk.size


def _parts(rows: pa.Table, n: int) -> list[list[pa.RecordBatch]]:
    """Whole accounts, so many rows a part, cut between two places."""
    places = rows["place"].to_numpy()
    cuts = [int(np.searchsorted(places, places[len(places) * part // n])) for part in range(n)]
    ends = [*cuts[1:], len(places)]
    return [
        rows.slice(first, last - first).combine_chunks().to_batches(max_chunksize=_ROWS_A_BATCH)
        for first, last in zip(cuts, ends, strict=True)
    ]


def _digest(columns: list[pa.ChunkedArray]) -> str:
    said = hashlib.sha256()
    for column in columns:
        said.update("\n".join(pc.cast(column, pa.string()).to_pylist()).encode())
    return said.hexdigest()
