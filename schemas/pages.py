"""A page of Markdown for each event and table: what it says, its columns, its promises, who writes and reads it."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.catalog import DOMAINS, EVENTS, TABLES, silver_of
from schemas.declaration import Column, Event, Promise, Table
from schemas.lineage import PIPELINE_WRITERS, Lineage, senders

_SECOND_ANSWERS = {
    "append": "Rows are added and stay.",
    "replace": "A second computation of a session replaces its rows.",
    "revise": "A second, different answer is a new revision; what was published stays.",
}


def event_page(event: Event, lineage: Lineage) -> str:
    """The page of one topic."""
    silver = silver_of(event)
    facts = [
        ("Key", _codes(event.key)),
        ("Happened at", f"`{event.happened_at.name}`"),
        ("Message key", "none" if event.subject is None else f"`{event.subject.name}`"),
        ("Sent by", ", ".join(senders(event)) or "nobody yet"),
        ("Accepted rows go to", _link(silver)),
        ("Read by", ", ".join(lineage.downstream(silver)) or "no job yet"),
        (
            "Carries",
            "raw lines" if event.raw_line else f"an envelope with `data` of schema `{event.schema_id}`",
        ),
    ]
    return _page(event.topic, event.doc, facts, [("Columns", event.columns)], event.promises)


def table_page(table: Table, lineage: Lineage) -> str:
    """The page of one table."""
    facts = [
        ("Key", _codes(table.key)),
        ("Sessions by", "none: read whole" if table.sessions_by is None else f"`{table.sessions_by.name}`"),
        ("A second answer", _SECOND_ANSWERS[table.second_answer]),
        *([("Kept", f"the newest {table.keep_sessions} sessions")] if table.keep_sessions else []),
        ("Written by", _writer(table, lineage)),
        ("Read by", ", ".join(f"`{job.name}`" for job in lineage.readers(table)) or "no job yet"),
    ]
    columns = [("Columns", table.columns), ("Where rows come from", table.provenance)]
    return _page(table.name, table.doc, facts, columns, table.promises)


def index_page() -> str:
    """The list of all pages, by domain."""
    lines = ["# Events and tables", "", "Made from `schemas/` by `python -m schemas generate`."]
    for domain in DOMAINS:
        name = domain.__name__.rsplit(".", 1)[-1]
        lines += ["", f"## {name}", "", (domain.__doc__ or "").strip(), ""]
        lines += [
            _entry(event.topic, event_path(event), event.doc) for event in EVENTS if event.domain == name
        ]
        lines += [
            _entry(table.name, table_path(table), table.doc) for table in TABLES if table.domain == name
        ]
    return _joined(lines)


def event_path(event: Event) -> str:
    """Where an event's page lies under `docs/generated`."""
    return f"events/{event.topic}.md"


def table_path(table: Table) -> str:
    """Where a table's page lies under `docs/generated`."""
    return f"{table.layer}/{table.short_name}.md"


def _page(
    title: str,
    doc: str,
    facts: Iterable[tuple[str, str]],
    columns: Iterable[tuple[str, tuple[Column, ...]]],
    promises: tuple[Promise, ...],
) -> str:
    lines = [f"# {title}", "", doc, "", "| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(value)} |" for name, value in facts]
    for heading, group in columns:
        lines += _columns(heading, group) if group else []
    if promises:
        lines += ["", "## Promises", ""]
        lines += [f"- `{promise.name}`: {promise.doc} In SQL: `{promise.sql}`" for promise in promises]
    return _joined(lines)


def _columns(heading: str, columns: tuple[Column, ...]) -> list[str]:
    head = [
        "",
        f"## {heading}",
        "",
        "| column | type | unit | class | meaning | checks |",
        "|---|---|---|---|---|---|",
    ]
    return head + [_row(column) for column in columns]


def _row(column: Column) -> str:
    presence = [] if column.required else ["may be null"]
    checks = "; ".join([*presence, *(check.words(column.name) for check in column.checks)])
    cells = (f"`{column.name}`", column.type.sql, column.unit or "", column.data_class, column.doc, checks)
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _writer(table: Table, lineage: Lineage) -> str:
    job = lineage.writer(table)
    if job is not None:
        return f"job `{job.name}`: {job.sentence}" if job.sentence else f"job `{job.name}`"
    if table.event is not None:
        return f"refine, from [{table.event.topic}](../{event_path(table.event)})"
    return PIPELINE_WRITERS.get(table.name, "no job yet")


def _link(table: Table) -> str:
    return f"[{table.name}](../{table_path(table)})"


def _entry(name: str, path: str, doc: str) -> str:
    return f"- [{name}]({path}): {doc}"


def _codes(columns: tuple[Column, ...]) -> str:
    return ", ".join(f"`{column.name}`" for column in columns)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
