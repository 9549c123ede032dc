"""`quarantine list | show | replay | discard`: what becomes of messages that broke a promise."""

from __future__ import annotations

import argparse
import getpass
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from ingestion.errors import Misuse
from lake.settings import Settings
from schemas import catalog
from schemas.reasons import REASONS

if TYPE_CHECKING:
    from ingestion.quarantine.replay import Verdict
    from ingestion.quarantine.selection import Origin, Wanted

HELP = "list, show, replay or discard messages that broke a promise; none is ever deleted"
ROWS_SHOWN = 50
LEASE = "quarantine"  # one decides at a time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    act = acts.add_parser("list", help="which there are, by topic, reason and state; no JVM")
    _add_conditions(act)
    act.add_argument("--state", choices=("open", "replayed", "discarded", "all"), default="open")
    act.add_argument(
        "--limit", type=int, default=ROWS_SHOWN, help=f"at most so many rows (default: {ROWS_SHOWN})"
    )
    act = acts.add_parser(
        "show", help="one in full: its bytes, what can be decoded, the broken promises in words"
    )
    act.add_argument("message", type=_origin, metavar="TOPIC/PARTITION/OFFSET")
    act = acts.add_parser(
        "replay", help="put open ones through refine once more; the streams must not run meanwhile"
    )
    _add_conditions(act)
    act.add_argument(
        "--dry-run", action="store_true", help="say what today's contract makes of them; write nothing"
    )
    act.add_argument("--repair", metavar="NAME", help="mend the bytes first; see ingestion/repairs/")
    act.add_argument("--by", default=getpass.getuser(), help="who decides (default: you)")
    act.add_argument("--reason-text", metavar="TEXT", help="why, for those who read the decision later")
    act = acts.add_parser("discard", help="mark open ones as of no use; they stay, and count as quarantined")
    _add_conditions(act)
    act.add_argument("--by", required=True, help="who decides")
    act.add_argument("--reason-text", required=True, metavar="TEXT", help="why")


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "messages", nargs="*", type=_origin, metavar="TOPIC/PARTITION/OFFSET", help="only these"
    )
    parser.add_argument(
        "--topic",
        action="append",
        default=[],
        choices=[each.topic for each in catalog.EVENTS],
        metavar="TOPIC",
    )
    parser.add_argument(
        "--reason",
        action="append",
        default=[],
        choices=sorted(REASONS),
        metavar="CODE",
        help=f"one of {', '.join(REASONS)}",
    )
    parser.add_argument(
        "--contract",
        action="append",
        default=[],
        help="the version it was held against, such as brokerlake:transactions.fills.v1",
    )
    parser.add_argument(
        "--from",
        dest="since",
        type=_instant,
        metavar="TIME",
        help="received at or after, such as 2022-12-23T15:00:00Z",
    )
    parser.add_argument("--to", dest="until", type=_instant, metavar="TIME", help="received before")


def run(options: argparse.Namespace, settings: Settings) -> int:
    return {"list": _list, "show": _show, "replay": _replay, "discard": _discard}[options.act](
        options, settings
    )


def _list(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.quarantine import showing
    from ingestion.quarantine.selection import STATES, select
    from lake import printing

    states = STATES if options.state == "all" else (options.state,)
    found = select(settings, _wanted(options, states))
    if not found:
        print("no such message is in quarantine")
        return 0
    printing.table(showing.counted(found))
    printing.table(showing.listed(found[: options.limit]))
    printing.footer(min(len(found), options.limit), is_cut=len(found) > options.limit)
    return 0


def _show(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.quarantine import showing
    from ingestion.quarantine.selection import STATES, Wanted, select

    [kept] = select(settings, Wanted(origins=(options.message,), states=STATES))
    print("\n".join(showing.told(kept)))
    return 0


def _replay(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion import streams
    from ingestion.quarantine.decisions import Decision
    from ingestion.quarantine.replay import rehearse, replay
    from ingestion.quarantine.selection import OPEN, select
    from ingestion.repairs import named
    from lake.lease import lease
    from lake.spark import spark_session
    from lake.store import Store

    repair = named(options.repair) if options.repair else None
    wanted = _wanted(options, (OPEN,))
    kept = select(settings, wanted)
    if not kept:
        print("no such message is open: nothing to replay")
        return 0
    if options.dry_run:
        _tell(rehearse(Store(spark_session(settings, "quarantine"), settings), kept, repair), "would be")
        return 0
    with lease(settings.leases, LEASE), streams.only_process(settings, "quarantine") as store:
        decision = Decision(uuid4().hex, options.by, options.reason_text, datetime.now(UTC))
        _tell(replay(store, select(settings, wanted), repair, decision), "are")
    return 0


def _discard(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.quarantine import decisions
    from ingestion.quarantine.selection import OPEN, select
    from lake.lease import lease

    if not options.by.strip() or not options.reason_text.strip():
        raise Misuse(
            "a discard needs a name (--by) and a reason (--reason-text) that say something: nothing was discarded"
        )
    with lease(settings.leases, LEASE):
        kept = select(settings, _wanted(options, (OPEN,)))
        decision = decisions.Decision(uuid4().hex, options.by, options.reason_text, datetime.now(UTC))
        decisions.record(settings, [decision.row(each.origin, decisions.DISCARDED) for each in kept])
    print(f"{len(kept):,} messages are discarded; they stay in quarantine.events")
    return 0


def _wanted(options: argparse.Namespace, states: Sequence[str]) -> Wanted:
    from ingestion.quarantine.selection import Wanted

    return Wanted(
        topics=tuple(options.topic),
        reasons=tuple(options.reason),
        contracts=tuple(options.contract),
        since=options.since,
        until=options.until,
        origins=tuple(options.messages),
        states=tuple(states),
    )


def _tell(verdicts: Sequence[Verdict], verb: str) -> None:
    """How many messages end where, and of those that stay, which promises they still break."""
    for outcome, n in sorted(Counter(each.outcome for each in verdicts).items()):
        print(f"{n:,} {verb} {outcome}")
    for each in [each for each in verdicts if each.reasons][:ROWS_SHOWN]:
        print(
            f"  {each.origin} {each.outcome}: {', '.join(f'{code} {subject}' for code, subject in each.reasons)}"
        )


def _origin(text: str) -> Origin:
    from ingestion.quarantine.selection import Origin

    parts = text.rsplit("/", 2)
    if len(parts) != 3 or not parts[1].isdecimal() or not parts[2].isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} names no message: write TOPIC/PARTITION/OFFSET")
    return Origin(parts[0], int(parts[1]), int(parts[2]))


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no instant: write it as 2022-12-23T15:00:00Z"
        ) from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
