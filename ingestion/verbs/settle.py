"""`settle`: waits until a session is complete and refined."""

from __future__ import annotations

import argparse
from datetime import date

from lake.settings import Settings

HELP = "wait until a session is complete and refined; land and refine here if no stream runs"
DEADLINE_SECONDS = 60.0
TIMEOUT_SECONDS = 600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", required=True, type=day, help="the session, such as 2022-12-23")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT_SECONDS,
        help="give up after so many seconds (default: 600)",
    )
    parser.add_argument(
        "--deadline",
        type=_seconds,
        default=DEADLINE_SECONDS,
        help="go on with an incomplete session so many seconds after its first close was received (default: 60)",
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.settle import Settling
    from lake.sessions import book_calendar

    book_calendar().session(options.session)
    found = Settling(settings, options.session, options.deadline, options.timeout, _say).settle()
    if found.is_complete:
        print(f"session {options.session} is complete and refined")
        return 0
    print(
        f"session {options.session} goes on incomplete, {options.deadline:.0f} seconds after its first close:"
    )
    for sentence in found.sentences:
        print(f"  {sentence}")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2022-12-23") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 on")
    return seconds
