"""One of several processes that write a table at the same time: `python -m tests.faults.writer ROLE N SEED`.

Makes one write that warms it up, leaves a file READY, waits for a file GO, and makes N writes with pauses that the seed
chooses. Of each it says, as a line of JSON, how it ended.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from lake.settings import Settings
from schemas.recommendation import INTERACTIONS_DAILY

if TYPE_CHECKING:
    from lake.store import Store

TABLE = INTERACTIONS_DAILY
MERGED, REPLACED, APPENDED = date(2022, 12, 21), date(2022, 12, 22), date(2022, 12, 23)
"""The session that each of them writes."""
REPLACED_CLIENTS = ("client-1", "client-2", "client-3")
READY, GO = "ready", "go"
_LONGEST_PAUSES = {"merge": 0.5, "replace": 0.5, "compaction": 4.0, "append": 4.0}
"""In seconds: those that start no jobs of Spark would be done before the others have begun."""
Write = Callable[[int], int]
"""Makes the write of a number; gives how many commits it made."""


def append(settings: Settings) -> Write:
    """A row a number, without a JVM."""
    from lake import rows
    from tests.rows import arrow_table

    def write(number: int) -> int:
        case = {"session_date": APPENDED, "client_id": f"append-{number}", "n_interactions": number}
        rows.append(settings, TABLE, arrow_table(TABLE, case))
        return 1

    return write


def compaction(settings: Settings) -> Write:
    from lake.compaction import compact

    return lambda number: int(compact(settings, TABLE).n_files_removed > 0)


def merge(settings: Settings) -> Write:
    """One more in the one row of a session: a merge that is swallowed is missing in the sum."""
    from pyspark.sql import functions as F

    from tests.rows import frame

    store = _store(settings)

    def write(number: int) -> int:
        _mark(store, f"merge-{number}")
        source = frame(store.spark, TABLE, {"session_date": MERGED})
        same = F.col("row.session_date") == F.col("source.session_date")
        literal = F.col("row.session_date") == F.lit(MERGED)
        store.update_matching(
            TABLE, source, literal & same, {"n_interactions": F.expr("row.n_interactions + 1")}
        )
        return 1

    return write


def replace(settings: Settings) -> Write:
    """Three rows of a session, which carry the number."""
    from tests.rows import frame

    store = _store(settings)

    def write(number: int) -> int:
        cases = [
            {"session_date": REPLACED, "client_id": client, "n_interactions": number}
            for client in REPLACED_CLIENTS
        ]
        metadata = {"mark": f"replace-{number}"}
        store.replace_sessions(TABLE, frame(store.spark, TABLE, *cases), [REPLACED], metadata)
        return 1

    return write


ROLES: dict[str, Callable[[Settings], Write]] = {
    "merge": merge,
    "replace": replace,
    "compaction": compaction,
    "append": append,
}


def main(role: str, n_writes: int, seed: int) -> None:
    settings = Settings.from_environment()
    write = ROLES[role](settings)
    choices = random.Random(f"{role}-{seed}")
    _say(0, write)
    (settings.root / READY).touch()
    while not (settings.root / GO).exists():
        time.sleep(0.05)
    for number in range(1, n_writes + 1):
        time.sleep(choices.uniform(0, _LONGEST_PAUSES[role]))
        _say(number, write)


def _say(number: int, write: Write) -> None:
    print(json.dumps({"number": number, **_made(write, number)}), flush=True)


def _made(write: Write, number: int) -> dict[str, object]:
    try:
        return {"n_commits": write(number), "error": None}
    except Exception as error:
        # Whatever it is: the count says whether it may have been raised.
        return {"n_commits": 0, "error": f"{type(error).__name__}: {error}"}


def _store(settings: Settings) -> Store:
    from lake.spark import spark_session
    from lake.store import Store

    return Store(spark_session(settings, "writer"), settings)


def _mark(store: Store, mark: str) -> None:
    metadata = json.dumps({"mark": mark})
    store.spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", metadata)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
