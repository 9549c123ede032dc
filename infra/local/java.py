"""Finding a Java that can run Spark, Kafka, Flume and Hadoop."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.errors import MissingJava

NEEDED_RELEASE = 17


@dataclass(frozen=True)
class Java:
    home: Path
    release: int

    @property
    def binary(self) -> str:
        return str(self.home / "bin" / "java")


@cache
def find_java() -> Java:
    """The Java of JAVA_HOME, else of PATH; raises MissingJava if there is none or it is too old."""
    binary = _binary()
    if binary is None:
        raise MissingJava("no java is on PATH or under JAVA_HOME")
    release = release_of(_version_text(binary))
    if release < NEEDED_RELEASE:
        raise MissingJava(f"{binary} is Java {release}")
    return Java(home=binary.resolve().parent.parent, release=release)


def release_of(version_text: str) -> int:
    """The feature release in what `java -version` prints; 0 where it prints none (8 is spelt 1.8)."""
    found = re.search(r'version "(?:1\.)?(\d+)', version_text)
    return int(found.group(1)) if found else 0


def _binary() -> Path | None:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").is_file():
        return Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    return Path(on_path) if on_path else None


def _version_text(binary: Path) -> str:
    return subprocess.run([str(binary), "-version"], capture_output=True, text=True, check=False).stderr


if __name__ == "__main__":  # before any environment exists: needs the standard library only
    try:
        find_java()
    except MissingJava as missing:
        sys.exit(str(missing))
