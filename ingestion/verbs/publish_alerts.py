"""`publish-alerts`: publishes the breaches that tables have raised, of the sessions whose books are open."""

from __future__ import annotations

import argparse
from contextlib import closing

from ingestion.verbs.settle import day
from lake.settings import Settings

HELP = "publish the alerts that gold.alerts shows and risk.alerts.v1 has not had, of sessions whose books are open"


SECONDS_TO_BE_HEARD = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", required=True, type=day, help="the last session, such as 2022-12-23")


def run(options: argparse.Namespace, settings: Settings) -> int:
    from ingestion.publishing import breaches, connection
    from lake.sessions import book_calendar

    days = book_calendar().last(options.session, settings.books_close_after + 1)
    alerts = breaches.unpublished(settings, days)
    if alerts:
        with closing(connection.connect(settings.brokers, settings.journals, "alerts")) as publisher:
            breaches.publish(alerts, publisher)
    print(f"{len(alerts):,} alerts of {days[0]} to {days[-1]} published")
    n_unheard = breaches.wait_until_heard(settings, days, SECONDS_TO_BE_HEARD)
    if n_unheard:
        print(f"{n_unheard:,} of them are not refined yet")
    return 0
