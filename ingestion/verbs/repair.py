"""`repair`: parked topics are refined from bronze, in order, and go on with the others."""

from __future__ import annotations

import argparse

from lake.settings import Settings

HELP = "refine parked topics from bronze; the streams must not run meanwhile; 1 where one fails again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topic", help="only this one (default: every parked topic)")


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion import repair, streams

    with streams.only_process(settings, "repair") as store:
        outcomes = repair.repair(store, options.topic)
    for topic, is_mended in outcomes.items():
        print(f"{topic}: {'repaired from bronze' if is_mended else 'fails again and stays parked'}")
    if not outcomes:
        print("no topic is parked")
    return 0 if all(outcomes.values()) else 1
