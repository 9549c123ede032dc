"""`python -m lake sql`: what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys

import pyarrow as pa
import pytest

from lake import printing
from lake.__main__ import main
from lake.settings import HOME, Settings
from schemas import catalog
from tests.written import new_lake, write

FILLS = catalog.table("silver.fills")
QUERY = "SELECT fill_id, price, counterparty_id, executed_at, is_late FROM fills ORDER BY fill_id"


@pytest.fixture
def lake(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = new_lake(tmp_path_factory.mktemp("lake"))
    write(
        settings,
        FILLS,
        {"fill_id": "f-1", "price": "10.25"},
        {"fill_id": "f-2", "price": "1234.5", "is_late": True},
    )
    monkeypatch.setenv("BROKERLAKE_ROOT", str(settings.root))
    monkeypatch.delenv("BROKERLAKE_LAKE", raising=False)
    return settings


@pytest.mark.usefixtures("lake")
def test_a_table_has_numbers_on_the_right_and_decimals_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sql", QUERY]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0].split() == ["fill_id", "price", "counterparty_id", "executed_at", "is_late"]
    assert lines[2].split() == ["f-1", "10.2500", "null", "2022-12-23", "15:00:00.000000Z", "false"]
    assert lines[3].split() == ["f-2", "1234.5000", "null", "2022-12-23", "15:00:00.000000Z", "true"]
    assert lines[2].index("10.2500") + 7 == lines[3].index("1234.5000") + 9
    assert lines[-1] == "2 rows"


def test_where_nobody_looks_a_table_is_as_wide_as_it_must_be(capsys: pytest.CaptureFixture[str]) -> None:
    printing.table(pa.table({f"column_{n}": [str(n) * 30] for n in range(5)}))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if "0" * 30 in line] == [[str(n) * 30 for n in range(5)]]


@pytest.mark.usefixtures("lake")
def test_comma_separated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "--format", "csv", QUERY]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "fill_id,price,counterparty_id,executed_at,is_late",
        "f-1,10.2500,,2022-12-23 15:00:00.000000Z,false",
        "f-2,1234.5000,,2022-12-23 15:00:00.000000Z,true",
    ]


@pytest.mark.usefixtures("lake")
def test_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "--format", "json", "--limit", "1", QUERY]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "fill_id": "f-1",
        "price": "10.2500",
        "counterparty_id": None,
        "executed_at": "2022-12-23 15:00:00.000000Z",
        "is_late": False,
    }


@pytest.mark.usefixtures("lake")
def test_a_cut_answer_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "--limit", "1", QUERY]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "the first 1 row; --limit N shows more, --limit 0 all"


@pytest.mark.usefixtures("lake")
def test_misuse_ends_with_2_and_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT * FROM fillz"]) == 2
    printed = capsys.readouterr()
    assert printed.err == "there is no table fillz; did you mean fills?\n"
    assert printed.out == ""


def test_an_answer_starts_no_jvm_and_no_spark(lake: Settings) -> None:
    code = (
        f"import sys; from lake.__main__ import main; main(['sql', {QUERY!r}]); "
        "print([name for name in ('pyspark', 'pandas', 'exchange_calendars') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
