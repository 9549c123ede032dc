import pytest

from infra import __main__ as entry
from infra.errors import MissingJava
from infra.local import java


@pytest.fixture(autouse=True)
def own_root(tmp_path, monkeypatch):
    monkeypatch.setenv("BROKERLAKE_ROOT", str(tmp_path))
    monkeypatch.delenv("LAKE", raising=False)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["up", "zookeeper"], "there is no server named 'zookeeper'; there are hdfs, kafka, flume"),
        (["down", "zookeeper"], "there is no server named 'zookeeper'"),
        (["jars", "hbase"], "there is no set of jars named 'hbase'; there are spark, kafka"),
    ],
)
def test_an_unknown_name_is_one_sentence_and_status_2(capsys, arguments, sentence):
    assert entry.main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_status_and_down_where_nothing_runs(capsys):
    assert entry.main(["status"]) == 0
    assert entry.main(["down"]) == 0
    assert "kafka      stopped" in capsys.readouterr().out


@pytest.mark.parametrize("version", [None, "11.0.2"], ids=["no Java", "Java 11"])
def test_without_a_java_that_serves_the_sentence_has_the_command_that_installs_one(
    tmp_path, monkeypatch, version
):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    if version:
        program = tmp_path / "java"
        program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        program.chmod(0o755)
    java.find_java.cache_clear()
    with pytest.raises(MissingJava, match="sudo apt-get install openjdk-17-jre-headless"):
        java.find_java()
    java.find_java.cache_clear()
