"""Where Data Docs lie: suites and results as files, a page of each, and the page that lists them.

Great Expectations' own list shows nothing where a browser cannot reach the servers that its scripts come from, so the
list is written here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

_PLUGINS = Path(__file__).parent / "data_docs_plugins"
_STYLE = (
    "body{font-family:sans-serif;margin:2em}td,th{padding:.2em 1em;text-align:left}.failed{color:#b3261e}"
)


@dataclass(frozen=True)
class Result:
    """One look at one session of one table; `page` is relative to the list."""

    checked_at: str
    table: str
    session: str
    kept: bool
    n_expectations: int
    n_broken: int
    page: str


def open_context(folder: Path) -> EphemeralDataContext:
    """Suites, results and pages live under `folder`, everything else in memory. Nothing is sent anywhere."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    defaults = InMemoryStoreBackendDefaults()
    files = {
        defaults.expectations_store_name: _store("ExpectationsStore", folder / "suites"),
        defaults.validation_results_store_name: _store("ValidationResultsStore", folder / "results"),
    }
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=defaults,
            stores={**defaults.stores, **files},
            data_docs_sites={"brokerlake": _site(folder)},
            plugins_directory=str(_PLUGINS),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def _store(kind: str, folder: Path) -> dict[str, Any]:
    return {"class_name": kind, "store_backend": _files(folder)}


def _site(folder: Path) -> dict[str, Any]:
    return {"class_name": "SiteBuilder", "show_how_to_buttons": False, "store_backend": _files(folder)}


def _files(folder: Path) -> dict[str, Any]:
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}


def results(folder: Path) -> list[Result]:
    """Every result that was kept, of earlier processes too, newest first."""
    found = [_read(folder, path) for path in (folder / "results").rglob("*.json")]
    return sorted(found, key=lambda each: (each.checked_at, each.table), reverse=True)


def _read(folder: Path, path: Path) -> Result:
    said = json.loads(path.read_bytes())
    run, counted = said["meta"]["run_id"], said["statistics"]
    return Result(
        checked_at=run["run_time"],
        table=said["suite_name"],
        session=run["run_name"],
        kept=said["success"],
        n_expectations=counted["evaluated_expectations"],
        n_broken=counted["unsuccessful_expectations"],
        page=(Path("validations") / path.relative_to(folder / "results")).with_suffix(".html").as_posix(),
    )


def write_index(folder: Path) -> Path:
    """Writes the page that lists results and suites, for browsers without a network too. Returns its path."""
    found = results(folder)
    tables = sorted({each.table for each in found})
    page = folder / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join(_lines(found, tables)), encoding="utf-8")
    return page


def _lines(found: list[Result], tables: list[str]) -> Iterator[str]:
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Data Docs</title><style>{_STYLE}</style>'
    yield "<h1>Data Docs</h1><h2>Results, newest first</h2><table>"
    yield "<tr><th>session</th><th>table</th><th>verdict</th><th>expectations</th><th>checked at</th></tr>"
    yield from map(_row, found)
    yield "</table><h2>Suites</h2><ul>"
    yield from (f"<li>{_link(_suite_page(name), name)}</li>" for name in tables)
    yield "</ul></html>"


def _row(each: Result) -> str:
    verdict = "passed" if each.kept else f"failed: {each.n_broken} broken"
    kind = "passed" if each.kept else "failed"
    cells = (each.session, _link(each.page, each.table), f'<span class="{kind}">{verdict}</span>')
    counted = (str(each.n_expectations), escape(each.checked_at))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in (*cells, *counted))}</tr>"


def _link(page: str, words: str) -> str:
    return f'<a href="{quote(page)}">{escape(words)}</a>'


def _suite_page(table: str) -> str:
    return f"expectations/{table.replace('.', '/')}.html"
