"""`sql`: an analyst's question, answered without a JVM."""

from __future__ import annotations

import argparse

from lake.settings import Settings

HELP = "answer one SELECT over the lake's tables, without a JVM"
ROWS_ON_SCREEN = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", help='such as "select * from gold.value_at_risk_daily_latest"')
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    parser.add_argument(
        "--limit", type=_rows, help=f"at most so many rows, 0 for all (default: {ROWS_ON_SCREEN} in a table)"
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    from lake import printing
    from lake.reader import query

    limit = options.limit if options.limit is not None else _default_limit(options.format)
    answer = query(settings, options.query, limit=limit + 1 if limit else None)
    shown = answer.slice(0, limit) if limit else answer
    {"table": printing.table, "csv": printing.csv, "json": printing.json}[options.format](shown)
    if options.format == "table":
        printing.footer(shown.num_rows, is_cut=answer.num_rows > shown.num_rows)
    return 0


def _default_limit(form: str) -> int:
    return ROWS_ON_SCREEN if form == "table" else 0


def _rows(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows: give 0 or more")
    return int(text)
