"""Generated files: written once, stale ones named, nothing changed by a check."""

import json
from pathlib import Path

import pytest

from schemas import generation
from schemas.__main__ import main
from schemas.lineage import CATALOG

FILLS_SCHEMA = Path("schemas/generated/json/transactions.fills.v1.json")
FILLS_RELEASED = Path("schemas/released/transactions.fills.v1.json")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    main(["generate"], tmp_path)
    return tmp_path


def contents(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_what_was_generated_is_current(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (checkout / "docs/generated/events/transactions.fills.v1.md").is_file()
    assert (checkout / "docs/generated/gold/cash_daily.md").is_file()
    assert main(["check"], checkout) == 0
    assert capsys.readouterr().err == ""


def test_generating_twice_touches_nothing(checkout: Path) -> None:
    assert generation.generate(checkout) == []


def test_raw_lines_have_a_page_and_no_schema(checkout: Path) -> None:
    assert (checkout / "docs/generated/events/behaviour.web_access.v1.md").is_file()
    assert not (checkout / "schemas/generated/json/behaviour.web_access.v1.json").exists()


def test_a_check_names_each_stale_file_and_changes_nothing(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / FILLS_SCHEMA).write_text("{}")
    (checkout / "docs/generated/README.md").unlink()
    (checkout / "docs/generated/gold/gone_daily.md").write_text("old")
    before = contents(checkout)
    assert main(["check"], checkout) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{FILLS_SCHEMA} is not what the declarations say: run `python -m schemas generate`",
        "docs/generated/README.md is not what the declarations say: run `python -m schemas generate`",
        "docs/generated/gold/gone_daily.md follows from no declaration: delete it",
    ]
    assert contents(checkout) == before


def test_generating_repairs_what_a_check_names(checkout: Path) -> None:
    (checkout / FILLS_SCHEMA).write_text("{}")
    (checkout / "docs/generated/gold/gone_daily.md").write_text("old")
    assert generation.generate(checkout) == [FILLS_SCHEMA, Path("docs/generated/gold/gone_daily.md")]
    assert generation.stale(checkout) == []


def test_an_event_that_was_released_may_not_lose_a_column(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["release"], checkout)
    released = json.loads((checkout / FILLS_RELEASED).read_text())
    released["properties"]["venue_note"] = {"type": ["string", "null"]}
    (checkout / FILLS_RELEASED).write_text(json.dumps(released))
    (checkout / CATALOG).parent.mkdir(parents=True)
    (checkout / CATALOG).write_text(json.dumps({"jobs": JOBS}))
    main(["generate"], checkout)
    capsys.readouterr()
    for verb in ("check", "release"):
        assert main([verb], checkout) == 1
        assert capsys.readouterr().err.splitlines() == [
            (
                "transactions.fills.v1: venue_note: was removed; it would break job corrected_fills; read by silver.fills, "
                "gold.cash_daily, silver.corrected_fills. Within a version only optional columns may be added: declare "
                "the next version beside it"
            )
        ]


def test_a_released_event_may_not_vanish(checkout: Path) -> None:
    (checkout / "schemas/released").mkdir(parents=True)
    (checkout / "schemas/released/transactions.swaps.v1.json").write_text("{}")
    assert generation.broken_releases(checkout) == [
        "transactions.swaps.v1 was released and is no longer declared"
    ]


def test_pages_say_who_writes_and_reads(checkout: Path) -> None:
    (checkout / CATALOG).parent.mkdir(parents=True)
    (checkout / CATALOG).write_text(json.dumps({"jobs": JOBS}))
    main(["generate"], checkout)
    page = (checkout / "docs/generated/silver/corrected_fills.md").read_text()
    assert "| Written by | job `corrected_fills`: Fills as they stand. |" in page
    assert "| Read by | `cash_daily` |" in page
    page = (checkout / "docs/generated/events/transactions.fills.v1.md").read_text()
    assert "| Sent by | execution-venue |" in page
    assert "| Read by | gold.cash_daily, silver.corrected_fills |" in page


def test_an_unknown_verb_is_refused() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["frobnicate"])
    assert caught.value.code == 2


JOBS = [
    {
        "name": "corrected_fills",
        "writes": "silver.corrected_fills",
        "reads": ["silver.fills"],
        "sentence": "Fills as they stand.",
    },
    {
        "name": "cash_daily",
        "writes": "gold.cash_daily",
        "reads": ["silver.corrected_fills", "gold.cash_daily"],
        "sentence": "Cash through a session.",
    },
]
