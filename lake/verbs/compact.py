"""`compact`: few large files instead of many small ones, and old ones removed after a week."""

from __future__ import annotations

import argparse

from lake.settings import Settings

HELP = "rewrite small files as large ones, and remove files that no version of the last week reads"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table", action="append", help="a table such as silver.fills (default: all); repeatable"
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    from lake.compaction import compact, tables_named

    for table in tables_named(options.table):
        done = compact(settings, table)
        if done.n_files_removed or done.n_files_vacuumed:
            print(
                f"{table.name}: {done.n_files_removed} files became {done.n_files_added}, "
                f"{done.n_files_vacuumed} old ones removed"
            )
    return 0
