"""The files that follow from the declarations and are committed, and whether those in a checkout are current."""

from __future__ import annotations

import json
import re
from pathlib import Path

from schemas.catalog import EVENTS, TABLES
from schemas.compatibility import Change, incompatible_changes
from schemas.consumers import consumers
from schemas.declaration import Event
from schemas.json_schema import JsonSchema, json_schema
from schemas.lineage import Lineage, read_lineage
from schemas.pages import event_page, event_path, index_page, table_page, table_path

SCHEMAS = Path("schemas/generated/json")
PAGES = Path("docs/generated")
RELEASED = Path("schemas/released")
JSON_EVENTS = tuple(event for event in EVENTS if not event.raw_line)


def files(lineage: Lineage) -> dict[Path, str]:
    """Every generated file, by its path in the checkout."""
    schemas = {SCHEMAS / f"{event.topic}.json": _text(json_schema(event)) for event in JSON_EVENTS}
    events = {PAGES / event_path(event): event_page(event, lineage) for event in EVENTS}
    tables = {PAGES / table_path(table): table_page(table, lineage) for table in TABLES}
    return {**schemas, PAGES / "README.md": index_page(), **events, **tables}


def stale(root: Path) -> list[str]:
    """One sentence a file that is missing, differs from its declaration, or has none; empty when all is current."""
    wanted = files(read_lineage(root))
    differing = _differing(root, wanted)
    found = [
        f"{path} is not what the declarations say: run `python -m schemas generate`" for path in differing
    ]
    return found + [f"{path} follows from no declaration: delete it" for path in _left_over(root, wanted)]


def generate(root: Path) -> list[Path]:
    """Writes what is not current and deletes what is left over; gives the paths that it touched."""
    wanted = files(read_lineage(root))
    written = _write(root, wanted)
    left_over = _left_over(root, wanted)
    for path in left_over:
        (root / path).unlink()
    return written + left_over


def broken_releases(root: Path) -> list[str]:
    """One sentence a change that a released event may not make; empty when events only grew."""
    lineage = read_lineage(root)
    broken = []
    for path in sorted((root / RELEASED).glob("*.json")):
        event = next((event for event in JSON_EVENTS if event.topic == path.stem), None)
        if event is None:
            broken.append(f"{path.stem} was released and is no longer declared")
        else:
            broken += _broken(root, event, json.loads(path.read_text()), lineage)
    return broken


def release(root: Path) -> list[Path]:
    """Takes the schemas as they are now for released; call it only when `broken_releases` is empty."""
    return _write(
        root, {RELEASED / f"{event.topic}.json": _text(json_schema(event)) for event in JSON_EVENTS}
    )


def _differing(root: Path, wanted: dict[Path, str]) -> list[Path]:
    return [p for p, text in wanted.items() if not (root / p).exists() or (root / p).read_text() != text]


def _write(root: Path, wanted: dict[Path, str]) -> list[Path]:
    differing = _differing(root, wanted)
    for path in differing:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(wanted[path])
    return differing


def _broken(root: Path, event: Event, released: JsonSchema, lineage: Lineage) -> list[str]:
    return [
        f"{event.topic}: {change}; {_who_breaks(root, event, change, lineage)}. Within a version only optional "
        "columns may be added: declare the next version beside it"
        for change in incompatible_changes(released, json_schema(event))
    ]


def _who_breaks(root: Path, event: Event, change: Change, lineage: Lineage) -> str:
    column = re.split(r"[.\[]", change.field)[0]
    named = consumers(root, lineage, event, column)
    users = f"it would break {', '.join(named)}" if named else "no job and no rule names it"
    return f"{users}; read by {lineage.readers_in_words(event)}"


def _left_over(root: Path, wanted: dict[Path, str]) -> list[Path]:
    there = [*(root / SCHEMAS).rglob("*"), *(root / PAGES).rglob("*")]
    return sorted(
        path.relative_to(root) for path in there if path.is_file() and path.relative_to(root) not in wanted
    )


def _text(schema: JsonSchema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
