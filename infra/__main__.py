"""`python -m infra VERB`: servers up and down, and the jars that they are made of."""

import argparse
import sys
from collections.abc import Sequence

from infra import commands
from infra.errors import InfraError, Misuse


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return run(options)
    except Misuse as error:
        print(error, file=sys.stderr)
        return 2
    except InfraError as error:
        print(error, file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m infra", description=__doc__)
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")
    up = verbs.add_parser("up", help="start the servers and the streams")
    up.add_argument("servers", nargs="*", help="only these (default: all that the lake needs)")
    down = verbs.add_parser("down", help="stop them; without names everything, and nothing stays")
    down.add_argument("servers", nargs="*", help="only these")
    verbs.add_parser("status", help="say which servers run and whether they are well")
    verbs.add_parser(
        "demo", help="play the pretend broker through the whole platform (SIZE=small, LAKE=hdfs)"
    )
    verbs.add_parser("streams", help="land, refine and raise alerts until stopped; `up` starts it")
    jars = verbs.add_parser("jars", help="fetch the locked jars and verify their checksums")
    jars.add_argument("sets", nargs="*", help="only these sets (default: those that are always needed)")
    jars.add_argument("--lock", action="store_true", help="resolve what is declared and rewrite the lock")
    verbs.add_parser(
        "classes", help="keep Spark's classes as the JVM has read them, so that it starts sooner"
    )
    return root


def run(options: argparse.Namespace) -> int:
    match options.verb:
        case "up":
            return commands.up(options.servers)
        case "down":
            return commands.down(options.servers)
        case "status":
            return commands.status()
        case "demo":
            return commands.demo()
        case "streams":
            return commands.streams()
        case "jars" if options.lock:
            return commands.lock_jars()
        case "jars":
            return commands.jars(options.sets)
        case "classes":
            return commands.classes()
    raise AssertionError(options.verb)


if __name__ == "__main__":
    sys.exit(main())
