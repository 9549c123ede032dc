"""`python -m jobs VERB`: makes tables, and lists what makes them."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from lake.errors import LakeError, LogError, RaceLost, StorageError
from lake.settings import Settings
from lake.storage_errors import plain_storage_errors

if TYPE_CHECKING:
    from jobs.pending import Pending


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stdout
    )
    for noisy in ("py4j", "great_expectations"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        if options.verb == "catalog":
            return catalog(options)
        settings = Settings.from_environment()
        with plain_storage_errors(settings):
            verbs = {"run": run, "pending": list_pending, "reproduce": reproduce, "explain": explain}
            return verbs[options.verb](options, settings)
    except LakeError as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, (LogError, RaceLost, StorageError)) else 2


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m jobs", description=__doc__)
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")
    verb = verbs.add_parser("run", help="run jobs over sessions, in the order that reads and writes give")
    verb.add_argument("names", nargs="+", metavar="NAME", help="a job, named for the table that it writes")
    when = verb.add_mutually_exclusive_group(required=True)
    when.add_argument("--session", type=_day, metavar="D", help="the first session, such as 2022-12-23")
    when.add_argument("--pending", action="store_true", help="all sessions that are not made yet, up to --to")
    verb.add_argument("--to", type=_day, metavar="D2", help="the last session; without it --session alone")
    verb.add_argument(
        "--no-data-docs", action="store_true", help="leave Great Expectations' second opinion out"
    )
    verb = verbs.add_parser("pending", help="list what is to be made, and the corrections of closed books")
    verb.add_argument("names", nargs="*", metavar="NAME", help="jobs; all of them without a name")
    verb.add_argument("--to", type=_day, required=True, metavar="D", help="the last session")
    verb = verbs.add_parser(
        "reproduce", help="make a published session again, as it was known then, and compare"
    )
    _add_looked_back_at(verb)
    verb.add_argument(
        "--this-code", action="store_true", help="with this code, though another one made what was published"
    )
    verb = verbs.add_parser(
        "explain", help="where a value at risk comes from: positions, sessions in the tail"
    )
    _add_looked_back_at(verb)
    verb.add_argument("--account", default="book", metavar="A", help="an account; without it the whole book")
    verb.add_argument(
        "--confidence", type=Decimal, default=Decimal("0.99"), metavar="C", help="a fraction of one; 0.99"
    )
    verb = verbs.add_parser("catalog", help="list the jobs: what each reads and writes")
    verb.add_argument("--json", action="store_true", help="as jobs/catalog.json has it")
    return root


def _add_looked_back_at(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("name", metavar="NAME", help="a job, named for the table that it writes")
    verb.add_argument(
        "--session", type=_day, required=True, metavar="D", help="the session, such as 2022-12-23"
    )
    verb.add_argument(
        "--as-known", type=_instant, metavar="T", help="what was published up to an instant; without it, last"
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 where every session was published, 1 where one was not."""
    from jobs.catalog import find
    from jobs.pending import of_range, pending
    from jobs.running import run_jobs
    from lake.errors import SessionError
    from lake.expectations import SecondOpinion
    from lake.run import Run
    from lake.sessions import book_calendar
    from lake.spark import spark_session
    from lake.store import Store

    chosen = find(options.names)
    calendar = book_calendar()
    if options.pending:
        if options.to is None:
            raise SessionError("--pending needs --to: the last session that is to be made")
        found = pending(settings, chosen, calendar.session(options.to).day, calendar)
        _say_what_waits(found, options.to)
        sessions = found.sessions
    else:
        asked = calendar.between(options.session, options.to or options.session)
        sessions = of_range(settings, chosen, asked, calendar)
    chosen = tuple(job for job in chosen if sessions[job.name])
    if not chosen:
        print(f"nothing to do: every session up to {options.to} is published and none got new rows")
        return 0
    days = sorted({day for name in sessions for day in sessions[name]})
    print(f"{len(chosen)} jobs over {len(days)} sessions, {days[0]} to {days[-1]}", flush=True)
    opinion = None if options.no_data_docs else SecondOpinion(settings.data_docs)
    with ThreadPoolExecutor(1) as beside:
        # Python has nothing to do while the JVM starts.
        ready = beside.submit(opinion.prepare) if opinion is not None else None
        store = Store(spark_session(settings, "jobs"), settings)
        if ready is not None:
            ready.result()
    results = run_jobs(store, chosen, sessions, Run.begin(settings.params), opinion)
    return 0 if all(result.is_good for result in results) else 1


def list_pending(options: argparse.Namespace, settings: Settings) -> int:
    """Prints what `run --pending` would make, and what waits."""
    from jobs.catalog import JOBS, find
    from jobs.pending import pending
    from lake.sessions import book_calendar

    chosen = find(options.names) if options.names else JOBS
    calendar = book_calendar()
    found = pending(settings, chosen, calendar.session(options.to).day, calendar)
    for job in chosen:
        for run in calendar.runs(list(found.sessions[job.name])):
            print(f"{job.name}: {len(run)} sessions, {run[0]} to {run[-1]}")
    if not any(found.sessions.values()):
        print("nothing is to be made")
    _say_what_waits(found, options.to)
    return 0


def _say_what_waits(found: Pending, up_to: date) -> None:
    """Corrections of closed books, and the command that takes them in."""
    if not found.waiting:
        return
    print(f"{len(found.waiting)} corrections of closed books wait for a backfill:")
    for each in found.waiting:
        print(f"  {each}")
    names = " ".join(dict.fromkeys(name for each in found.waiting for name in each.jobs))
    first = min(each.session_date for each in found.waiting)
    print(f"  python -m jobs run {names} --session {first} --to {up_to}", flush=True)


def reproduce(options: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 where the rows are the published ones byte for byte, 1 where they are not."""
    from jobs.looking_back import reproduce_session

    return reproduce_session(options, settings)


def explain(options: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 where the shares add up to what was published, 1 where they do not."""
    from jobs.looking_back import explain_session

    return explain_session(options, settings)


def catalog(options: argparse.Namespace) -> int:
    """Prints the jobs."""
    from jobs.catalog import JOBS, as_json

    if options.json:
        print(as_json(), end="")
        return 0
    for job in JOBS:
        reads = ", ".join(sorted({each.table.name for each in job.inputs}))
        print(f"{job.name}\n  {job.sentence.splitlines()[0]}\n  writes {job.writes.name}\n  reads {reads}")
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: give YYYY-MM-DD") from None


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no instant: give one such as 2022-12-23T22:00:00+00:00")


if __name__ == "__main__":
    sys.exit(main())
