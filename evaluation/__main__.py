"""`python -m evaluation`: how good the outputs are, and whether what must hold does; `report`: a session's risk as a page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import orjson
from rich.console import Console

from evaluation.errors import EvaluationError
from evaluation.report import evaluate
from lake.errors import LakeError
from lake.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything holds that must, 1 when something does not, 2 when there is nothing to evaluate or to report."""
    options = parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        return write_report(options, settings) if options.verb == "report" else judge(options, settings)
    except (EvaluationError, LakeError) as error:
        print(error, file=sys.stderr)
        return 2


def judge(options: argparse.Namespace, settings: Settings) -> int:
    report = evaluate(settings)
    if options.json:
        print(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2).decode())
    else:
        report.show(Console(highlight=False))
    return 1 if report.broken else 0


def write_report(options: argparse.Namespace, settings: Settings) -> int:
    """Prints where the page is."""
    # matplotlib takes a second to load, and nothing else here draws.
    from evaluation.risk_report.writing import write

    print(write(settings, options.session, options.out))
    return 0


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    root.add_argument("--json", action="store_true", help="plain values instead of tables")
    verbs = root.add_subparsers(dest="verb", metavar="VERB")
    verb = verbs.add_parser("report", help="write one HTML page of a session's risk")
    verb.add_argument(
        "--session", type=_day, metavar="D", help="such as 2022-12-23; without it, the last one"
    )
    verb.add_argument(
        "--out", type=Path, metavar="FILE", help="without it, reports/risk-<session>.html under the root"
    )
    return root


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: give YYYY-MM-DD") from None


if __name__ == "__main__":
    sys.exit(main())
