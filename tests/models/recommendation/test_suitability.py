import sqlite3
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recommendation.suitability import (
    ClientLevel,
    is_suitable,
    max_product_level,
    max_product_level_sql,
    suitable,
)

TODAY = date(2022, 12, 23)
LATER = date(2023, 6, 30)


def in_sql(level: ClientLevel, on_date: date) -> int:
    values = (level.risk_level, level.expires_date, level.client_type, on_date)
    with sqlite3.connect(":memory:") as database:
        row = database.execute(
            f"SELECT {max_product_level_sql()} FROM (SELECT ? AS client_risk_level, "
            "? AS risk_level_expires_date, ? AS client_type, ? AS session_date)",
            [value.isoformat() if isinstance(value, date) else value for value in values],
        ).fetchone()
    return int(row[0])


@pytest.mark.parametrize(
    ("risk_level", "most"), [("C1-lowest", 1), ("C1", 1), ("C2", 2), ("C3", 3), ("C4", 4), ("C5", 5)]
)
def test_the_published_table(risk_level: str, most: int) -> None:
    level = ClientLevel(risk_level, LATER)
    assert max_product_level(level, TODAY) == most == in_sql(level, TODAY)
    allowed = [is_suitable(f"R{product}", most) for product in range(1, 6)]
    assert allowed == [product <= most for product in range(1, 6)]


@pytest.mark.parametrize(
    ("expires_date", "most"),
    [(date(2022, 12, 22), 1), (date(2022, 12, 23), 4), (date(2022, 12, 24), 4), (None, 1)],
)
def test_an_assessment_counts_on_its_last_day_and_not_after(expires_date: date | None, most: int) -> None:
    level = ClientLevel("C4", expires_date)
    assert max_product_level(level, TODAY) == most == in_sql(level, TODAY)


@pytest.mark.parametrize("risk_level", [None, "", "Predicted_C5", "Not_Available", "c5", "C6"])
def test_what_is_no_assessed_level_counts_as_the_lowest(risk_level: str | None) -> None:
    level = ClientLevel(risk_level, LATER)
    assert max_product_level(level, TODAY) == 1 == in_sql(level, TODAY)


def test_professional_investors_are_not_restricted() -> None:
    level = ClientLevel(None, None, "professional")
    assert max_product_level(level, TODAY) == 5 == in_sql(level, TODAY)


@pytest.mark.parametrize("product", [None, "", "R6", "r1"])
def test_a_product_without_a_known_level_suits_no_one(product: str | None) -> None:
    assert not is_suitable(product, 5)
    assert not suitable([5], [product]).any()


@given(
    st.sampled_from([None, "C1-lowest", "C1", "C2", "C3", "C4", "C5", "Predicted_C4"]),
    st.none() | st.dates(date(2022, 12, 20), date(2022, 12, 26)),
    st.sampled_from(["ordinary", "professional"]),
)
def test_sql_and_python_say_the_same(
    risk_level: str | None, expires_date: date | None, client_type: str
) -> None:
    level = ClientLevel(risk_level, expires_date, client_type)
    assert max_product_level(level, TODAY) == in_sql(level, TODAY)


def test_the_mask_is_clients_by_products() -> None:
    mask = suitable([1, 3], ["R1", "R3", "R5", None])
    assert np.array_equal(mask, [[True, False, False, False], [True, True, False, False]])
