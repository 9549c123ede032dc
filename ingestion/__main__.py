"""`python -m ingestion VERB`: how events get in."""

import argparse
import sys
from collections.abc import Sequence

from ingestion.errors import IngestionError
from ingestion.verbs import land, ledger, produce, publish_alerts, quarantine, refine, settle, topics, unpark
from lake.errors import LakeError, SessionError, SettingsError
from lake.settings import Settings
from lake.storage_errors import plain_storage_errors

VERBS = {
    "topics": topics,
    "produce": produce,
    "land": land,
    "refine": refine,
    "settle": settle,
    "ledger": ledger,
    "publish-alerts": publish_alerts,
    "unpark": unpark,
    "quarantine": quarantine,
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        with plain_storage_errors(settings):
            return VERBS[options.verb].run(options, settings)
    except (SettingsError, SessionError) as error:
        print(error, file=sys.stderr)
        return 2
    except LakeError as error:
        print(error, file=sys.stderr)
        return 1
    except IngestionError as error:
        print(error, file=sys.stderr)
        return error.exit_status


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m ingestion", description=__doc__)
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        verb.add_arguments(verbs.add_parser(name, help=verb.HELP, description=verb.HELP))
    return root


if __name__ == "__main__":
    sys.exit(main())
