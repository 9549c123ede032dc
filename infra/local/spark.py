"""What a process needs in its environment to start the Spark of this virtual environment."""

import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from infra.local.java import find_java
from infra.local.server_profile import HOST


def environment(before_path: Iterable[Path] = ()) -> dict[str, str]:
    home = _spark_home()
    java = find_java().home
    path = [*before_path, home / "bin", java / "bin", os.environ.get("PATH", os.defpath)]
    return {
        "SPARK_HOME": str(home),
        # Without it Spark's workers start whichever python3 is first on PATH.
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": HOST,
        "JAVA_HOME": str(java),
        "PATH": os.pathsep.join(map(str, path)),
    }


def _spark_home() -> Path:
    pyspark = importlib.util.find_spec("pyspark")
    assert pyspark is not None
    assert pyspark.submodule_search_locations is not None
    return Path(pyspark.submodule_search_locations[0])
