import hashlib

import pytest

from infra.errors import JarsDiffer
from infra.local import ivy, jars
from infra.local.ivy import Coordinate
from infra.local.jars import LockedJar

GOOD = b"the bytes of a jar"
JAR = LockedJar(
    "kafka", Coordinate("org.example", "thing", "1.0"), hashlib.sha256(GOOD).hexdigest(), len(GOOD)
)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BROKERLAKE_CACHE", str(tmp_path))
    return tmp_path


def test_a_coordinate_reads_as_it_is_written():
    with_classifier = Coordinate.parse("io.netty:epoll:4.1:linux-x86_64")
    assert str(with_classifier) == "io.netty:epoll:4.1:linux-x86_64"
    assert with_classifier.file == "epoll-4.1-linux-x86_64.jar"


@pytest.mark.parametrize("text", ["group:artifact", "group::1.0", "a:b:c:d:e", ""])
def test_a_text_that_is_no_coordinate_is_refused(text):
    with pytest.raises(ValueError, match=r"group:artifact:version"):
        Coordinate.parse(text)


def test_a_whole_jar_is_no_difference(tmp_path):
    (tmp_path / "thing-1.0.jar").write_bytes(GOOD)
    assert jars.differences([JAR], tmp_path) == []


@pytest.mark.parametrize("content", [GOOD[:-1], GOOD[:-1] + b"!"], ids=["cut", "one byte changed"])
def test_a_damaged_jar_is_named(tmp_path, content):
    (tmp_path / "thing-1.0.jar").write_bytes(content)
    assert jars.differences([JAR], tmp_path) == ["thing-1.0.jar is damaged: its checksum is not the lock's"]


def test_a_missing_jar_is_named(tmp_path):
    assert jars.differences([JAR], tmp_path) == ["thing-1.0.jar is missing"]


def test_a_server_without_its_jars_says_which_and_what_to_do(cache):
    with pytest.raises(
        JarsDiffer, match=r"jars of kafka: .*\.jar is missing; .*run `python -m infra jars kafka`"
    ):
        jars.require("kafka")


def test_a_verified_folder_is_trusted_until_a_size_or_the_lock_changes(tmp_path):
    (tmp_path / "thing-1.0.jar").write_bytes(GOOD)
    (tmp_path / jars.STAMP).write_text(hashlib.sha256(JAR.line.encode()).hexdigest())
    assert jars.is_stamped([JAR], tmp_path)
    assert not jars.is_stamped([LockedJar("kafka", JAR.coordinate, "0" * 64, JAR.size)], tmp_path)
    (tmp_path / "thing-1.0.jar").write_bytes(GOOD[:-1])
    assert not jars.is_stamped([JAR], tmp_path)


def test_a_repository_that_gives_other_bytes_is_refused_by_name(cache, monkeypatch):
    monkeypatch.setattr(jars, "locked", lambda jar_set: (JAR,))
    monkeypatch.setattr(jars, "resolve_locked", lambda *_: {})
    with pytest.raises(JarsDiffer, match=r"thing-1.0.jar is missing; what the repository gave"):
        jars.set_up("kafka", lambda _: None)
    assert not (cache / "kafka" / jars.STAMP).exists()


def test_a_damaged_jar_in_the_cache_is_fetched_again(cache):
    target = jars.set_up("spark", lambda _: None)
    damaged = target / jars.locked("spark")[0].coordinate.file
    damaged.write_bytes(b"")
    (target / "stranger-0.1.jar").write_bytes(b"")
    jars.set_up("spark", lambda _: None)
    assert jars.differences(jars.locked("spark"), target) == []
    assert not (target / "stranger-0.1.jar").exists()


def test_a_name_that_no_repository_has_is_said(tmp_path):
    absent = Coordinate("org.apache.kafka", "kafka-clients", "0.0.0-absent")
    with pytest.raises(
        Exception, match=r"jars of kafka could not be resolved: .*kafka-clients;0\.0\.0-absent"
    ):
        ivy.resolve_locked("kafka", [absent], tmp_path, lambda _: None)


@pytest.mark.parametrize("jar_set", ["spark", "kafka", "flume", "hadoop"])
def test_the_lock_holds_what_is_declared(jar_set):
    locked = {jar.coordinate for jar in jars.locked(jar_set)}
    declared = jars.declared()[jar_set]
    assert set(declared.jars) <= locked
    assert declared.transitive or set(declared.jars) == locked


def test_no_two_jars_of_a_set_are_of_the_same_name():
    for jar_set in jars.declared():
        names = [jar.coordinate.file for jar in jars.locked(jar_set)]
        assert len(names) == len(set(names))
