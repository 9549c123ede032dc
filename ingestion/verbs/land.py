"""`land`: every topic to bronze.events, as received."""

from __future__ import annotations

import argparse

from lake.settings import Settings

HELP = "every topic to bronze.events, as received: until stopped, or until caught up"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="end once caught up")
    parser.add_argument(
        "--adopt-checkpoint", action="store_true", help="go on with a checkpoint that is not the tables' own"
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion import land, streams

    with streams.only_process(settings, land.STREAM) as store:
        query = land.start(store, once=options.once, adopt=options.adopt_checkpoint)
        (streams.until_ended if options.once else streams.until_stopped)(query)
    return 0
