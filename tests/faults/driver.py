"""A driver to be killed: `python -m tests.faults.driver catch_up` lands what the broker has and refines it, then ends."""

from __future__ import annotations

import sys

from ingestion import streams
from ingestion.errors import IngestionError
from jobs.risk import alert_stream
from lake.errors import LakeError
from lake.settings import Settings
from lake.storage_errors import plain_storage_errors
from lake.store import Store


def raise_alerts(store: Store) -> None:
    streams.until_ended(alert_stream.start(store, once=True, params_set="small"))


VERBS = {"catch_up": streams.catch_up, "alerts": raise_alerts}


def main(verb: str) -> int:
    try:
        settings = Settings.from_environment()
        with plain_storage_errors(settings), streams.only_process(settings, verb) as store:
            VERBS[verb](store)
    except (LakeError, IngestionError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
