"""`ledger`: the verdict by topic, without a JVM."""

from __future__ import annotations

import argparse

from lake.settings import Settings

HELP = "account for every message by topic; 1 where something is lost, doubled, invented or stuck"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settled", action="store_true", help="nothing is under way: what is pending is stuck"
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    from rich.console import Console

    from ingestion.ledger.reading import ledger

    found = ledger(settings, options.settled)
    console = Console()
    found.show(console if console.is_terminal else Console(width=140))
    return 0 if found.is_closed else 1
