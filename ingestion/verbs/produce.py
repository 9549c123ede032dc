"""`produce`: checks a file of records, puts each into its envelope, sends them."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from lake.settings import Settings

HELP = "check, envelope and send a file of records, one JSON object a line: all of them or none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topic", required=True, help="the declared topic, such as transactions.fills.v1")
    parser.add_argument("--file", required=True, type=Path, help="the records, one JSON object a line")
    parser.add_argument("--source", help="the system that they come from (default: cli:FILE NAME)")


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.publishing import connection, record_files

    event = record_files.event_of(options.topic)
    outgoing = record_files.messages(event, options.file, options.source)
    with closing(connection.connect(settings.brokers, settings.journals, "produce")) as connected:
        record_files.send(event, outgoing, connected)
    print(f"{len(outgoing):,} records sent to {event.topic}, all acknowledged")
    return 0
