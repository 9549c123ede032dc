"""`python -m evaluation`: how good the outputs are, and whether what must hold does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import orjson
from rich.console import Console

from evaluation.errors import EvaluationError
from evaluation.report import evaluate
from lake.errors import LakeError
from lake.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything holds that must, 1 when something does not, 2 when there is nothing to evaluate."""
    options = parser().parse_args(arguments)
    try:
        report = evaluate(Settings.from_environment())
    except (EvaluationError, LakeError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2).decode())
    else:
        report.show(Console(highlight=False))
    return 1 if report.broken else 0


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    root.add_argument("--json", action="store_true", help="plain values instead of tables")
    return root


if __name__ == "__main__":
    sys.exit(main())
