from pathlib import Path

import pandas as pd
import pytest

from evaluation.published import Case, data_folder, judge, section, told

# Losses of 1 to 21 %: position 20 * 0.95 = 19 is the loss of 20 %, and beyond it lie 20 and 21.
RETURNS = pd.DataFrame({"Steps": [-number / 100 for number in range(1, 22)]})


def test_figures_that_agree_and_one_that_differs() -> None:
    # Mean -11 %, deviation 6.0553 %, excess kurtosis -1.20545.
    value_at_risk, shortfall, *others = judge(RETURNS, {"Steps": (2000, 2051, 2096, 2349, 2110)})
    assert value_at_risk == Case("Steps", "historical VaR", 2000, 2000)
    assert (shortfall.found, shortfall.agrees) == (2050, False)
    assert [case.agrees for case in others] == [True] * 3
    assert not Case("Steps", "historical VaR", 1999, 2000).agrees
    assert [fact.holds for fact in told((value_at_risk,)).facts] == [True]
    assert [fact.holds for fact in told((value_at_risk, shortfall)).facts] == [False]


def test_absent_data_is_said_and_fails_nothing(tmp_path: Path) -> None:
    found = section(tmp_path)
    assert found.facts == ()
    assert found.notes[0].startswith("skipped")


@pytest.mark.real_data
def test_the_edhec_table_agrees() -> None:
    if not data_folder().is_dir():
        pytest.skip(f"no real data at {data_folder()}; BROKERLAKE_REAL_DATA may say where else it lies")
    found = section(data_folder())
    assert found.figures == {"n_cases": 65, "differing": []}
