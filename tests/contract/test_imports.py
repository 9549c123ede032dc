"""Imports point down only, and each outside library has its folders."""

import sys

import pytest

from tests.contract.source import PACKAGES, Module, imports, imports_when_loaded, modules

EVERYTHING_BUT_DAGS = frozenset(PACKAGES) - {"dags"}
OURS = {
    "schemas": frozenset(),
    "models": frozenset(),
    "dags": frozenset(),
    "lake": frozenset({"schemas"}),
    "ingestion": frozenset({"lake", "schemas"}),
    "jobs": frozenset({"models", "lake", "schemas"}),
    "infra": EVERYTHING_BUT_DAGS,
    "evaluation": EVERYTHING_BUT_DAGS,
}
# Folders that may import nothing from outside but these.
OUTSIDE = {
    "schemas": frozenset(),
    "models": frozenset({"numpy", "scipy", "pandas", "sklearn", "threadpoolctl"}),
    "dags": frozenset({"airflow", "exchange_calendars", "pendulum"}),
}
# Libraries that only these folders may import.
ONLY_IN = {
    "delta": {"lake"},
    "deltalake": {"lake"},
    "great_expectations": {"lake"},
    "exchange_calendars": {"lake", "dags"},
    "airflow": {"dags"},
    "pyspark": {"lake", "ingestion", "jobs", "infra", "evaluation"},
    "kafka": {"ingestion", "infra", "evaluation"},
    "confluent_kafka": {"ingestion", "infra", "evaluation"},
}


def forbidden_imports(module: Module) -> list[str]:
    """What a module imports and may not, a sentence each."""
    found = sorted({name.split(".")[0] for name in imports(module.tree)} - {module.package})
    return [
        f"{module.path} imports {name}: {why}" for name in found if (why := _why_not(module.package, name))
    ]


def _why_not(package: str, name: str) -> str | None:
    if name in PACKAGES:
        below = ", ".join(sorted(OURS[package])) or "nothing of ours"
        return None if name in OURS[package] else f"{package} imports {below}"
    if name in ONLY_IN and package not in ONLY_IN[name]:
        return f"only {', '.join(sorted(ONLY_IN[name]))} may"
    if package in OUTSIDE and name not in OUTSIDE[package] | sys.stdlib_module_names:
        return f"{package} imports {', '.join(sorted(OUTSIDE[package])) or 'the standard library only'}"
    return None


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_down(package: str) -> None:
    found = [sentence for module in modules(package) for sentence in forbidden_imports(module)]
    assert not found, "\n".join(found)


def test_dags_load_the_calendar_only_when_asked() -> None:
    found = [
        module.path for module in modules("dags") if "exchange_calendars" in imports_when_loaded(module.tree)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("lake/store.py", "import jobs.catalog", ["lake imports schemas"], id="upwards"),
        pytest.param(
            "models/risk/tail.py",
            "from schemas import fields",
            ["models imports nothing of ours"],
            id="models",
        ),
        pytest.param(
            "models/risk/tail.py",
            "import pyspark.sql",
            ["evaluation, infra, ingestion, jobs, lake may"],
            id="Spark in models",
        ),
        pytest.param(
            "models/risk/tail.py", "import torch", ["models imports numpy, "], id="unlisted library"
        ),
        pytest.param("schemas/fields.py", "import numpy", ["standard library only"], id="schemas"),
        pytest.param(
            "jobs/risk/x.py",
            "def f():\n    from delta.tables import DeltaTable",
            ["only lake may"],
            id="late",
        ),
        pytest.param("infra/x.py", "import deltalake", ["only lake may"], id="Delta in infra"),
        pytest.param("infra/x.py", "from dags import end_of_day", ["infra imports "], id="dags"),
        pytest.param(
            "dags/x.py", "from jobs.catalog import JOBS", ["dags imports nothing of ours"], id="from dags"
        ),
        pytest.param(
            "jobs/x.py",
            "import importlib\nimportlib.import_module('airflow.sdk')",
            ["only dags may"],
            id="by name",
        ),
        pytest.param(
            "jobs/risk/x.py", "import json\nfrom models.risk import tail\nfrom . import y", [], id="down"
        ),
        pytest.param(
            "infra/x.py", "import jobs, ingestion, evaluation, kafka, pyspark", [], id="infra composes"
        ),
        pytest.param(
            "models/x.py", "import sklearn.linear_model\nfrom models.risk import tail", [], id="arrays"
        ),
    ],
)
def test_the_rule_itself(path: str, text: str, expected: list[str]) -> None:
    found = forbidden_imports(Module.of(path, text))
    assert len(found) == len(expected)
    assert all(why in sentence for why, sentence in zip(expected, found, strict=True))


def test_when_something_is_imported() -> None:
    module = Module.of("dags/x.py", "import a\nif True:\n    import b\ndef f():\n    import c")
    assert imports_when_loaded(module.tree) == {"a", "b"}
