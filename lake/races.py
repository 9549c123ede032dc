"""Writes that lose a race to another writer: tried again where that comes to the same, else refused in one sentence.

A lease keeps writers of one machine apart. On HDFS there are other machines, and the table's log decides: whoever commits
second is told by Delta what came in between, and has written nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from lake.errors import RaceLost
from schemas.declaration import Table

Lost = tuple[type[Exception], ...]
"""What a library raises for a write that another one came before."""
T = TypeVar("T")

ATTEMPTS = 10
_LONGEST_PAUSE_SECONDS = 2.0


def until_won(table: Table, lost: Lost, write: Callable[[], T]) -> T:
    """What `write` returns once no other writer comes in between; for writes that look at the table anew each time.

    Raises RaceLost where others come in between each time.
    """
    attempts = Retrying(
        retry=retry_if_exception_type(lost),
        wait=wait_random_exponential(max=_LONGEST_PAUSE_SECONDS),
        stop=stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    with refused_if_lost(table, lost, ATTEMPTS):
        return attempts(write)


@contextmanager
def refused_if_lost(table: Table, lost: Lost, n_attempts: int = 1) -> Iterator[None]:
    """For writes whose rows follow from what the table held before: whoever asked has to look again."""
    try:
        yield
    except lost as error:
        times = "" if n_attempts == 1 else f", {n_attempts} times in a row"
        raise RaceLost(
            f"another writer changed {table.name} while this one was about to commit{times}: "
            "nothing of it was written; run the same command again"
        ) from error
