"""`topics`: makes the broker's topics what the events declare."""

from __future__ import annotations

import argparse

from lake.settings import Settings

HELP = "create and grow the declared topics on the broker; leave others alone"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="change nothing, say what would be done")


def run(options: argparse.Namespace, settings: Settings) -> int:
    """0, or 1 where the broker has something that may not be changed."""
    from ingestion import topics

    changes = topics.reconcile(settings.brokers, dry_run=options.dry_run)
    for sentence in changes.sentences:
        print(f"would be: {sentence}" if options.dry_run else sentence)
    if not changes.sentences:
        print(f"all {len(topics.declared())} topics are as declared")
    return 1 if changes.refused else 0
