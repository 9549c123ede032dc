"""`python -m lake VERB`: what the lake holds, and keeping it in order; no verb starts a JVM."""

import argparse
import sys
from collections.abc import Sequence

from lake.errors import LakeError, LeaseError, LogError, RaceLost, StorageError
from lake.settings import Settings
from lake.storage_errors import plain_storage_errors
from lake.verbs import compact, sql

VERBS = {"sql": sql, "compact": compact}
_NOT_DONE = (LeaseError, LogError, RaceLost, StorageError)


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or with one sentence on stderr 2 for what cannot be asked and 1 for what could not be done."""
    options = parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        with plain_storage_errors(settings):
            return VERBS[options.verb].run(options, settings)
    except LakeError as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, _NOT_DONE) else 2
    except BrokenPipeError:
        # Whoever reads the answer has seen enough.
        sys.stderr.close()
        return 0


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m lake", description=__doc__)
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        verb.add_arguments(verbs.add_parser(name, help=verb.HELP, description=verb.HELP))
    return root


if __name__ == "__main__":
    sys.exit(main())
