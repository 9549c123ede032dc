"""What the verbs of one stream share: their options, and running it alone."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from lake.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql.streaming import StreamingQuery

    from lake.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="end once caught up")
    parser.add_argument(
        "--adopt-checkpoint",
        action="store_true",
        help="go on with a checkpoint that is not the tables' own, or over what the broker has deleted",
    )


def run_stream(
    name: str,
    start: Callable[[Store, bool, bool], StreamingQuery],
    options: argparse.Namespace,
    settings: Settings,
) -> int:
    """Runs what `start` starts as the one process of the streams: until stopped, or until caught up."""
    from ingestion import streams

    with streams.only_process(settings, name) as store:
        query = start(store, options.once, options.adopt_checkpoint)
        (streams.until_ended if options.once else streams.until_stopped)(query)
    return 0
