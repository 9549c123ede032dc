"""`python -m schemas VERB`: the files that follow from the declarations."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from schemas import generation

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """0 when done or current, 1 when a file is stale or a released event breaks, 2 for an unknown verb."""
    match parser().parse_args(arguments).verb:
        case "generate":
            return _said([f"wrote {path}" for path in generation.generate(root)], 0)
        case "check":
            wrong = generation.stale(root) + generation.broken_releases(root)
            return _said(wrong, 1 if wrong else 0)
        case "release":
            wrong = generation.broken_releases(root)
            return (
                _said(wrong, 1)
                if wrong
                else _said([f"released {path}" for path in generation.release(root)], 0)
            )
    raise AssertionError("the parser knows every verb")


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m schemas", description=__doc__)
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("generate", help="write JSON schemas and pages")
    verbs.add_parser(
        "check",
        help="name each file that is not current, and each released event that breaks; changes nothing",
    )
    verbs.add_parser(
        "release", help="take the schemas as they are for released; refused where a released event breaks"
    )
    return root


def _said(lines: list[str], status: int) -> int:
    for line in lines:
        print(line, file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
