"""The DAGs as Airflow reads them, in Airflow's environment; what they know of the platform is `catalog.json` here."""

import os
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOG = Path(__file__).with_name("catalog.json")

# Airflow reads these when it is imported.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-")
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(REPOSITORY / "dags")
os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(REPOSITORY / "dags" / "plugins")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A folder that the DAGs take for the platform's, with a catalog and nothing else."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "catalog.json").write_text(CATALOG.read_text())
    monkeypatch.setenv("BROKERLAKE_HOME", str(tmp_path))
    monkeypatch.delenv("BROKERLAKE_SCHEDULE", raising=False)
    return tmp_path
