"""`land`: every topic to bronze.events, as received."""

from __future__ import annotations

import argparse

from ingestion.verbs.one_stream import add_arguments, run_stream
from lake.settings import Settings

__all__ = ["HELP", "add_arguments", "run"]

HELP = "every topic to bronze.events, as received: until stopped, or until caught up"


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.land import start

    return run_stream("land", start, options, settings)
