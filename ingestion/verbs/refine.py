"""`refine`: bronze.events to silver, duplicates and quarantine."""

from __future__ import annotations

import argparse

from ingestion.verbs.one_stream import add_arguments, run_stream
from lake.settings import Settings

__all__ = ["HELP", "add_arguments", "run"]

HELP = "bronze.events to silver, duplicates and quarantine: until stopped, or until caught up"


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.refining.refine import start

    return run_stream("refine", start, options, settings)
