"""Which sessions are pending: on tables of a few rows, without Spark."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jobs.__main__ import main
from jobs.catalog import JOBS, find
from jobs.pending import Pending, pending
from lake.errors import SessionError
from lake.job import Input, Job
from lake.sessions import book_calendar
from lake.settings import Settings
from schemas.operations import JOB_RUNS, SESSION_CLOSES, TOUCHED_SESSIONS
from tests.written import new_lake, write

CALENDAR = book_calendar()
WED, THU, FRI = (date(2022, 12, day) for day in (21, 22, 23))
CHAIN = find(["corrected_fills", "positions_daily"])


def ran(
    job: str, day: date, status: str = "published", version: int = 1, inputs: str = "{}", **case: object
) -> dict[str, object]:
    """How a job ended for a session, having seen refine's batches up to number 4 and each input's version 1."""
    layer = "silver" if job == "corrected_fills" else "gold"
    return {
        "job_name": job, "table_name": f"{layer}.{job}", "session_date": day, "job_status": status,
        "refine_batch": 4, "table_version": version,
        "input_versions_json": '{"silver.corrected_fills": 1}' if inputs == "{}" else inputs, **case,
    }  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """Three sessions have closed."""
    settings = new_lake(tmp_path)
    write(settings, SESSION_CLOSES, *[{"session_date": day} for day in (WED, THU, FRI)])
    return settings


def all_published(lake: Settings) -> None:
    write(lake, JOB_RUNS, *[ran(job.name, day) for job in CHAIN for day in (WED, THU, FRI)])


def found(settings: Settings, up_to: date = FRI) -> Mapping[str, Sequence[date]]:
    return pending(settings, CHAIN, up_to, CALENDAR).sessions


def both(*days: date) -> Mapping[str, Sequence[date]]:
    return {job.name: list(days) for job in CHAIN}


def test_all_that_closed_is_pending_before_the_first_run(lake: Settings) -> None:
    assert found(lake) == both(WED, THU, FRI)
    assert found(lake, THU) == both(WED, THU)


def test_nothing_is_pending_once_every_job_has_published(lake: Settings) -> None:
    all_published(lake)
    write(lake, TOUCHED_SESSIONS, {"table_name": "silver.fills", "session_date": WED, "refine_batch": 4})
    assert found(lake) == both()


def test_a_session_that_was_not_published_is_pending_with_those_that_open_with_it(lake: Settings) -> None:
    write(lake, JOB_RUNS, *[ran("corrected_fills", day) for day in (WED, THU, FRI)])
    failed = ran("positions_daily", THU, "failed_gate")
    write(lake, JOB_RUNS, ran("positions_daily", WED), failed, ran("positions_daily", FRI))
    assert found(lake) == {"corrected_fills": [], "positions_daily": [THU, FRI]}


def test_the_last_status_counts(lake: Settings) -> None:
    all_published(lake)
    write(lake, JOB_RUNS, ran("positions_daily", FRI, "failed", ended_at="2022-12-24T15:00:00Z"))
    assert found(lake) == {"corrected_fills": [], "positions_daily": [FRI]}


def test_rows_that_came_since_spread_as_far_as_they_are_read(lake: Settings) -> None:
    all_published(lake)
    write(lake, TOUCHED_SESSIONS, {"table_name": "silver.fills", "session_date": THU, "refine_batch": 5})
    assert found(lake) == {"corrected_fills": [THU], "positions_daily": [THU, FRI]}


def test_rows_of_a_table_that_nobody_reads_change_nothing(lake: Settings) -> None:
    all_published(lake)
    write(lake, TOUCHED_SESSIONS, {"table_name": "silver.bars", "session_date": THU, "refine_batch": 5})
    assert found(lake) == both()


def test_a_table_that_was_made_again_outdates_its_readers(lake: Settings) -> None:
    all_published(lake)
    write(lake, JOB_RUNS, ran("corrected_fills", FRI, version=2, ended_at="2022-12-24T15:00:00Z"))
    assert found(lake) == {"corrected_fills": [], "positions_daily": [FRI]}


def test_rows_of_a_session_that_is_read_by_name_spread_however_old_it_is(lake: Settings) -> None:
    stress = find(["stress_daily"])
    write(lake, JOB_RUNS, *[ran("stress_daily", day, inputs='{"silver.bars": 1}') for day in (WED, THU, FRI)])
    read, another = date(2008, 9, 12), date(2008, 9, 15)
    touched = {"table_name": "silver.bars", "session_date": another, "refine_batch": 5}
    write(lake, TOUCHED_SESSIONS, touched)
    assert pending(lake, stress, FRI, CALENDAR) == Pending({"stress_daily": []}, ())
    write(lake, TOUCHED_SESSIONS, {**touched, "session_date": read})
    seen = pending(lake, stress, FRI, CALENDAR)
    # Its books are long closed.
    assert seen.sessions == {"stress_daily": []}
    assert [str(each) for each in seen.waiting] == ["silver.bars 2008-09-12: not read by stress_daily"]
    still_open = replace(lake, books_close_after=10_000)
    assert pending(still_open, stress, FRI, CALENDAR).sessions == {"stress_daily": [WED, THU, FRI]}


def test_nothing_has_closed(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no session has closed up to 2022-12-23"):
        found(new_lake(tmp_path))


# Books that are closed.


def with_closed_books(lake: Settings) -> Settings:
    """WED's books are closed on FRI; a correction of WED and one of THU have come since."""
    all_published(lake)
    write(
        lake, TOUCHED_SESSIONS,
        *[{"table_name": "silver.fills", "session_date": day, "refine_batch": 5} for day in (WED, THU)],
    )  # fmt: skip
    return replace(lake, books_close_after=1)


def test_a_correction_of_closed_books_waits_and_spreads_to_nothing(lake: Settings) -> None:
    seen = pending(with_closed_books(lake), CHAIN, FRI, CALENDAR)
    assert seen.sessions == {"corrected_fills": [THU], "positions_daily": [THU, FRI]}
    assert [str(each) for each in seen.waiting] == ["silver.fills 2022-12-21: not read by corrected_fills"]


def test_what_a_backfill_has_read_waits_no_longer_and_what_follows_is_outdated(lake: Settings) -> None:
    settings = with_closed_books(lake)
    again = {"refine_batch": 5, "ended_at": "2022-12-24T15:00:00Z"}
    write(settings, JOB_RUNS, ran("corrected_fills", WED, version=2, **again))
    seen = pending(settings, CHAIN, FRI, CALENDAR)
    assert seen.waiting == ()
    assert seen.sessions == {"corrected_fills": [THU], "positions_daily": [WED, THU, FRI]}


def test_a_session_that_was_never_made_is_made_however_old_it_is(lake: Settings) -> None:
    assert pending(replace(lake, books_close_after=0), CHAIN, FRI, CALENDAR).sessions == both(WED, THU, FRI)


def test_the_verb_lists_what_is_to_be_made_and_what_waits(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_closed_books(lake)
    monkeypatch.setenv("BROKERLAKE_ROOT", str(lake.root))
    monkeypatch.setenv("BROKERLAKE_BOOKS_CLOSE_AFTER", "1")
    assert main(["pending", "corrected_fills", "positions_daily", "--to", "2022-12-23"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "corrected_fills: 1 sessions, 2022-12-22 to 2022-12-22",
        "positions_daily: 2 sessions, 2022-12-22 to 2022-12-23",
        "1 corrections of closed books wait for a backfill:",
        "  silver.fills 2022-12-21: not read by corrected_fills",
        "  python -m jobs run corrected_fills --session 2022-12-21 --to 2022-12-23",
    ]


# Against a world of numbers: whatever changes, exactly what reads it is pending, and once that is made nothing differs
# from a world that is made from the beginning.

SESSIONS = CALENDAR.last(FRI, 14)
SILVER = sorted({each.table.name for job in JOBS for each in job.inputs} - {job.writes.name for job in JOBS})


@dataclass
class World:
    """Numbers instead of tables: of silver how often a session was touched, of a job a digest of what it read."""

    settings: Settings
    silver: dict[tuple[str, date], int] = field(default_factory=dict)
    made: dict[tuple[str, date], int] = field(default_factory=dict)
    versions: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys([job.writes.name for job in JOBS], 0)
    )
    batch: int = 0
    clock: int = 0

    def touch(self, places: Sequence[tuple[str, date]]) -> None:
        self.batch += 1
        for table, day in places:
            self.silver[table, day] = self.batch
        rows = [{"table_name": name, "session_date": day, "refine_batch": self.batch} for name, day in places]
        write(self.settings, TOUCHED_SESSIONS, *rows)

    def make(self, wanted: Pending) -> None:
        """As the jobs would, one after the other."""
        rows = []
        for job in JOBS:
            days = wanted.sessions[job.name]
            if not days:
                continue
            inputs = {each.table.name: self.versions.get(each.table.name, 0) for each in job.inputs}
            self.versions[job.writes.name] += 1
            for day in days:
                self.clock += 1
                self.made[job.writes.name, day] = self.answer(job, day, self.made)
                rows.append(
                    {
                        "job_name": job.name, "table_name": job.writes.name, "session_date": day,
                        "job_status": "published", "refine_batch": self.batch,
                        "table_version": self.versions[job.writes.name],
                        "input_versions_json": json.dumps(inputs),
                        "ended_at": f"2023-01-01T{self.clock // 3600:02}:{self.clock // 60 % 60:02}:{self.clock % 60:02}Z",
                    }
                )  # fmt: skip
        write(self.settings, JOB_RUNS, *rows)

    def anew(self) -> dict[tuple[str, date], int]:
        made: dict[tuple[str, date], int] = {}
        for job in JOBS:
            for day in SESSIONS[: len(SESSIONS) - matures_after(job)]:
                made[job.writes.name, day] = self.answer(job, day, made)
        return made

    def answer(self, job: Job, day: date, made: Mapping[tuple[str, date], int]) -> int:
        values = {**self.silver, **made}
        return hash(tuple(values.get((each.table.name, read), 0) for each in job.inputs for read in days_read(job, each, day)))  # fmt: skip


def days_read(job: Job, each: Input, day: date) -> list[date]:
    if each.kind == "named":
        return [known for known in each.named_sessions(job.params_of("small")) if known in SESSIONS]
    place, length = SESSIONS.index(day), each.length(job.params_of("small"))
    late = (
        matures_after(*[made for made in JOBS if made.writes is each.table]) if each.kind == "lookback" else 0
    )
    first, last = {
        "sessions": (place, place), "opening": (place - 1, place - 1), "lookback": (place - length, place - late),
        "following": (place, place + length), "as_of": (0, place), "whole": (0, place + matures_after(job)),
    }[each.kind]  # fmt: skip
    return [SESSIONS[n] for n in range(max(first, 0), min(last, len(SESSIONS) - 1) + 1)]


def matures_after(*jobs: Job) -> int:
    return max((job.matures_after(job.params_of("small")) for job in jobs), default=0)


@hypothesis_settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(SILVER), st.sampled_from(SESSIONS)), min_size=1, max_size=3),
        min_size=1,
        max_size=3,
    )
)
def test_exactly_what_changed_is_made_again(changes: list[list[tuple[str, date]]]) -> None:
    with TemporaryDirectory() as folder:
        settings = new_lake(Path(folder), BROKERLAKE_PARAMS="small", BROKERLAKE_BOOKS_CLOSE_AFTER="99")
        write(settings, SESSION_CLOSES, *[{"session_date": day} for day in SESSIONS])
        world = World(settings)
        world.touch([(table, day) for table in SILVER for day in SESSIONS])
        world.make(pending(settings, JOBS, FRI, CALENDAR))
        assert world.made == world.anew()
        for places in changes:
            world.touch(places)
            to_be_made = pending(settings, JOBS, FRI, CALENDAR)
            wanted = {(job.writes.name, day) for job in JOBS for day in to_be_made.sessions[job.name]}
            before, after = world.made, world.anew()
            assert wanted == {place for place in after if after[place] != before[place]}
            world.make(to_be_made)
            assert world.made == after
        assert not any(pending(settings, JOBS, FRI, CALENDAR).sessions.values())
