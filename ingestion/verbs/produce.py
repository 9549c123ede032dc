"""`produce`: checks a file of records, puts each into its envelope, sends them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from lake.envelope import HEADERS
from lake.settings import Settings

if TYPE_CHECKING:
    from ingestion.publishing.record_files import Outgoing
    from schemas.declaration import Event

HELP = "check, envelope and send a file of records, one JSON object a line: all of them or none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topic", required=True, help="the declared topic, such as transactions.fills.v1")
    parser.add_argument("--file", required=True, type=Path, help="the records, one JSON object a line")
    parser.add_argument("--source", help="the system that they come from (default: cli:FILE NAME)")
    parser.add_argument(
        "--spool",
        action="store_true",
        help="keep on disk what no broker takes; the next `produce --spool` sends it first",
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.publishing import connection, record_files

    event = record_files.event_of(options.topic)
    outgoing = record_files.messages(event, options.file, options.source)
    if options.spool:
        return _run_spooled(event, outgoing, settings)
    with closing(connection.connect(settings.brokers, settings.journals, "produce")) as connected:
        record_files.send(event, outgoing, connected)
    print(f"{len(outgoing):,} records sent to {event.topic}, all acknowledged")
    return 0


def _run_spooled(event: Event, outgoing: Sequence[Outgoing], settings: Settings) -> int:
    from ingestion.publishing.spooled_publisher import SpooledPublisher

    with closing(
        SpooledPublisher(settings.brokers, settings.journals, "produce", settings.spools)
    ) as publisher:
        for each in outgoing:
            publisher.publish(event.topic, each.key, each.value, HEADERS)
        n_waiting = publisher.send()
    if n_waiting:
        print(
            f"{n_waiting:,} records wait on disk and are sent by the next `produce --spool`: {publisher.last_error}"
        )
        return 1
    print(f"{len(outgoing):,} records sent to {event.topic}, all acknowledged")
    return 0
