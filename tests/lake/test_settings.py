"""Where things are, said by the environment."""

from pathlib import Path

import pytest

from lake.errors import SettingsError
from lake.settings import Settings


@pytest.mark.parametrize(
    ("environment", "jars"),
    [
        ({}, Path.home() / ".cache" / "brokerlake" / "spark"),
        ({"BROKERLAKE_CACHE": "/elsewhere"}, Path("/elsewhere/spark")),
        ({"BROKERLAKE_CACHE": "~/elsewhere"}, Path.home() / "elsewhere" / "spark"),
        ({"BROKERLAKE_CACHE": "/elsewhere", "BROKERLAKE_JARS": "~/jars"}, Path.home() / "jars"),
    ],
)
def test_jars_lie_in_the_cache_unless_told_otherwise(environment: dict[str, str], jars: Path) -> None:
    assert Settings.from_environment(environment).jars == jars


@pytest.mark.parametrize(
    ("variable", "value"), [("BROKERLAKE_LAKE", "s3://bucket/lake"), ("BROKERLAKE_PARAMS", "large")]
)
def test_a_value_that_cannot_be_is_named_with_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable} is '{value}': give "):
        Settings.from_environment({variable: value})
