"""`refine`: bronze.events to silver, duplicates and quarantine."""

from __future__ import annotations

import argparse

from lake.settings import Settings

HELP = "bronze.events to silver, duplicates and quarantine: until stopped, or until caught up"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="end once caught up")
    parser.add_argument(
        "--adopt-checkpoint", action="store_true", help="go on with a checkpoint that is not the tables' own"
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion import refine, streams

    with streams.only_process(settings, refine.STREAM) as store:
        query = refine.start(store, once=options.once, adopt=options.adopt_checkpoint)
        (streams.until_ended if options.once else streams.until_stopped)(query)
    return 0
