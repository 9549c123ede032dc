"""`ledger`: the verdict by topic, and every broken law, without a JVM."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, time

from lake.settings import Settings

HELP = "account for every message by topic; 1 where something is lost, doubled, invented, altered or stuck"
BEGINNING = "beginning"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settled", action="store_true", help="nothing is under way: what is pending is stuck"
    )
    parser.add_argument(
        "--since",
        type=_since,
        metavar="DAY",
        help=f"go on from the last closed look before this day, such as 2022-12-23, or read all from the {BEGINNING} "
        "(default: from the last closed look)",
    )
    parser.add_argument(
        "--without-gold",
        action="store_true",
        help="only what has come in, not what jobs have made of it: books and shown alerts",
    )
    parser.add_argument(
        "--accept",
        metavar="ID",
        help="answer for a break, by the first letters of its id: looks do not fail for it any more unless it grows",
    )
    parser.add_argument("--by", metavar="NAME", help="with --accept: who answers")
    parser.add_argument("--reason", metavar="TEXT", help="with --accept: why it is right to go on")


def run(options: argparse.Namespace, settings: Settings) -> int:
    from rich.console import Console

    from ingestion.errors import Misuse
    from ingestion.ledger.accounts import LAWS, LAWS_OF_GOLD
    from ingestion.ledger.breaks import accept
    from ingestion.ledger.history import record, to_go_on_from
    from ingestion.ledger.looks import NOTHING_BEFORE
    from ingestion.ledger.reading import look
    from lake.reader import open_table
    from schemas.operations import BRONZE_EVENTS

    open_table(settings, BRONZE_EVENTS)  # says so where there is no lake
    if options.accept:
        if not (options.by and options.reason):
            raise Misuse("--accept needs --by NAME and --reason TEXT: they are kept with the break")
        print(f"accepted {accept(settings, options.accept, options.by, options.reason)}")
        return 0
    now = datetime.now(UTC)
    before = to_go_on_from(settings, options.since if options.since != BEGINNING else None)
    begin = NOTHING_BEFORE if options.since == BEGINNING else before
    laws = LAWS - LAWS_OF_GOLD if options.without_gold else LAWS
    seen = look(settings, options.settled, begin, now, laws)
    record(settings, seen)
    console = Console()
    seen.ledger.show(console if console.is_terminal else Console(width=140))
    return 0 if seen.ledger.is_closed else 1


def _since(text: str) -> datetime | str:
    if text == BEGINNING:
        return text
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a day such as 2022-12-23 nor the {BEGINNING}"
        ) from None
