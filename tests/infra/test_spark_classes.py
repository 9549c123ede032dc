"""Spark starts with classes that were read before."""

import subprocess
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from infra.errors import ClassesNotKept
from infra.local import spark_classes
from infra.local.java import NEEDED_RELEASE, Java, find_java
from infra.local.spark_classes import refuse_unusable
from lake.spark import CLASSES, class_options


def test_a_session_maps_them(spark: SparkSession) -> None:
    jvm = spark.sparkContext._gateway
    assert jvm is not None
    assert str(CLASSES) in Path(f"/proc/{jvm.proc.pid}/maps").read_text()


@pytest.mark.parametrize("content", [b"", b"no archive" * 1_000])
def test_java_starts_without_a_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "classes.jsa"
    file.write_bytes(content)
    command = [find_java().binary, *class_options(file), "-version"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 3, ran.stderr


def test_a_file_that_was_cut_is_not_kept(tmp_path: Path) -> None:
    refuse_unusable(CLASSES)
    cut = tmp_path / "classes.jsa"
    cut.write_bytes(CLASSES.read_bytes()[:100_000])
    with pytest.raises(ClassesNotKept, match="starts slowly"):
        refuse_unusable(cut)


def test_who_does_not_end_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "bin" / "java"
    sleeper.parent.mkdir()
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(spark_classes, "SECONDS", 0.2)
    monkeypatch.setattr(spark_classes, "find_java", lambda: Java(tmp_path, NEEDED_RELEASE))
    with pytest.raises(ClassesNotKept, match=r"starts slowly: Spark has not ended after 0\.2 s"):
        refuse_unusable(tmp_path / "classes.jsa")
