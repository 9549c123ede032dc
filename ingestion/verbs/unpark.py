"""`unpark`: parked topics are refined from bronze, in order, and go on with the others."""

from __future__ import annotations

import argparse

from lake.settings import Settings

HELP = "refine parked topics from bronze; the streams must not run meanwhile; 1 where one fails again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topic", help="only this one (default: every parked topic)")


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion import streams
    from ingestion.refining import unpark

    with streams.only_process(settings, "unpark") as store:
        outcomes = unpark.unpark(store, options.topic)
    for topic, goes_on in outcomes.items():
        print(f"{topic}: {'refined, and goes on' if goes_on else 'fails again and stays parked'}")
    if not outcomes:
        print("no topic is parked")
    return 0 if all(outcomes.values()) else 1
