"""The judge of a race is checked: each of these differs in one way from a race in which all went well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.faults.race import Commit, Row, Written, judged
from tests.faults.writer import APPENDED, MERGED, REPLACED, REPLACED_CLIENTS

SPARK, NO_JVM = "Apache-Spark/4.2.0", "delta-rs:py-1.6.6"


def commit(operation: str, mark: str | None = None) -> Commit:
    return Commit(0, operation, mark, NO_JVM if mark is None else SPARK)


def numbered(commits: Sequence[Commit]) -> list[Commit]:
    return [replace(each, version=number) for number, each in enumerate(commits)]


LOG = numbered(
    [
        commit("CREATE TABLE"),
        commit("WRITE"),
        *[commit("WRITE"), commit("MERGE", "merge-0"), commit("OPTIMIZE"), commit("WRITE", "replace-0")],
        *[commit("WRITE"), commit("MERGE", "merge-1"), commit("OPTIMIZE"), commit("WRITE", "replace-1")],
    ]
)
WRITTEN = [
    Written(role, number, 1, None)
    for number in (0, 1)
    for role in ("append", "merge", "compaction", "replace")
]
FOUND: Counter[Row] = Counter(
    [
        *[(APPENDED, "append-0", 0), (APPENDED, "append-1", 1), (MERGED, "client-1", 2)],
        *[(REPLACED, client, 1) for client in REPLACED_CLIENTS],
    ]
)
LOST = Written("merge", 2, 0, "RaceLost: another writer changed gold.interactions_daily")


def test_a_race_in_which_all_went_well() -> None:
    assert judged([*WRITTEN, LOST], LOG, FOUND, 1.0, []).is_ok


@pytest.mark.parametrize(
    ("found", "lost", "doubled"),
    [
        pytest.param(FOUND - Counter([(APPENDED, "append-1", 1)]), 1, 0, id="an append is lost"),
        pytest.param(FOUND + Counter([(APPENDED, "append-1", 1)]), 0, 1, id="an append is doubled"),
        pytest.param(
            FOUND - Counter([(MERGED, "client-1", 2)]) + Counter([(MERGED, "client-1", 1)]),
            1,
            1,
            id="a merge is swallowed",
        ),
        pytest.param(FOUND + Counter([(REPLACED, "client-1", 0)]), 0, 1, id="a replaced row is still there"),
    ],
)
def test_rows_that_do_not_add_up(found: Counter[Row], lost: int, doubled: int) -> None:
    outcome = judged(WRITTEN, LOG, found, 1.0, [])
    assert (outcome.lost, outcome.doubled) == (lost, doubled)


@pytest.mark.parametrize(
    ("written", "commits", "sentence"),
    [
        pytest.param(WRITTEN, LOG[:4] + LOG[5:], "versions are not contiguous", id="a gap"),
        pytest.param(
            WRITTEN, numbered([*LOG, commit("MERGE", "merge-1")]), "merge-1 is in the log and", id="twice"
        ),
        pytest.param(
            [*WRITTEN, replace(LOST, n_commits=1, error=None)], LOG, "merge-2 was told to be", id="swallowed"
        ),
        pytest.param(WRITTEN, numbered([*LOG, commit("WRITE")]), "3 commits of append", id="one more append"),
        pytest.param(
            WRITTEN, numbered([*LOG, commit("OPTIMIZE")]), "3 commits of compaction", id="one more compaction"
        ),
        pytest.param(
            [*WRITTEN, replace(LOST, error="Py4JJavaError: …")], LOG, "merge 2 raised Py4J", id="no sentence"
        ),
        pytest.param(
            WRITTEN, numbered(sorted(LOG, key=lambda each: each.mark or "")), "did not meet", id="in turn"
        ),
    ],
)
def test_a_log_that_says_something_else(written: list[Written], commits: list[Commit], sentence: str) -> None:
    outcome = judged(written, commits, FOUND, 1.0, [])
    assert any(sentence in each for each in outcome.fell_short), outcome.fell_short
