"""What is written for the servers, without starting them."""

import configparser
import stat
from pathlib import Path

import pytest

from infra.errors import Misuse
from infra.local import airflow, catalog, hdfs, java, jvm, kafka, supervision
from infra.local.process import Process
from infra.local.server_profile import REPOSITORY, Ports, Profile
from ingestion.flume import TailedLog, agent_properties, broker_logs


@pytest.fixture
def plain(tmp_path) -> Profile:
    return Profile(root=tmp_path)


def test_flume_has_a_source_a_channel_and_a_sink_a_topic(tmp_path):
    text = agent_properties([TailedLog("web.hits.v1", "/logs/web", r".*\.log")], "127.0.0.1:1", tmp_path)
    lines = dict(line.split(" = ", 1) for line in text.splitlines() if line)
    assert lines["brokerlake.sources"] == "web_hits_v1"
    assert lines["brokerlake.sources.web_hits_v1.filegroups.logs"] == r"/logs/web/.*\\.log"
    assert lines["brokerlake.sources.web_hits_v1.channels"] == "web_hits_v1"
    assert lines["brokerlake.sinks.web_hits_v1.channel"] == "web_hits_v1"
    assert lines["brokerlake.sinks.web_hits_v1.kafka.topic"] == "web.hits.v1"
    assert lines["brokerlake.sinks.web_hits_v1.kafka.bootstrap.servers"] == "127.0.0.1:1"


def test_flume_keeps_each_logs_state_apart(tmp_path):
    text = agent_properties(broker_logs(tmp_path), "127.0.0.1:1", tmp_path / "state")
    states = [
        line.split(" = ")[1]
        for line in text.splitlines()
        if ".checkpointDir" in line or "positionFile" in line
    ]
    assert len(states) == len(set(states)) == 4


def test_flume_takes_patterns_of_names_only():
    with pytest.raises(ValueError, match="holds a slash"):
        TailedLog("a.b.v1", "/logs", "web/.*")


def test_kafka_listens_on_this_machine_only_and_makes_no_topic_by_itself(plain):
    found = kafka.server_properties(plain)
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert found["auto.create.topics.enable"] == "false"
    assert found["log.message.timestamp.type"] == "LogAppendTime"


def test_three_brokers_keep_three_replicas_and_know_each_other(tmp_path):
    three = Profile(root=tmp_path, n_brokers=3)
    assert three.brokers == "127.0.0.1:9092,127.0.0.1:9094,127.0.0.1:9096"
    found = [kafka.server_properties(three, node) for node in (1, 2, 3)]
    assert [each["node.id"] for each in found] == [1, 2, 3]
    assert len({str(each["log.dirs"]) for each in found}) == 3
    assert {each["controller.quorum.voters"] for each in found} == {
        "1@127.0.0.1:9093,2@127.0.0.1:9095,3@127.0.0.1:9097"
    }
    assert {(each["default.replication.factor"], each["min.insync.replicas"]) for each in found} == {(3, 2)}


def test_every_broker_is_stopped_after_those_who_send_to_it():
    names = [process.name for process in kafka.server(Profile(root=Path("/nowhere"), n_brokers=3)).processes]
    assert [name for name in catalog.STOP_ORDER if name in names] == ["kafka", "kafka-2", "kafka-3"]


@pytest.mark.parametrize(
    ("there", "asked", "made_with"), [("kafka", "3", "1 Kafka broker "), ("kafka-2", "1", "3 Kafka brokers")]
)
def test_a_root_keeps_the_number_of_its_brokers(tmp_path, there, asked, made_with):
    (tmp_path / "data" / there).mkdir(parents=True)
    environment = {"BROKERLAKE_ROOT": str(tmp_path)}
    assert Profile.from_environment(environment).n_brokers == (1 if there == "kafka" else 3)
    with pytest.raises(Misuse, match=made_with):
        Profile.from_environment({**environment, "KAFKA": asked})


def test_every_address_of_hdfs_is_this_machine(plain):
    addresses = {key: value for key, value in hdfs.hdfs_site(plain).items() if key.endswith("address")}
    assert len(addresses) == 4
    assert all(str(value).startswith("127.0.0.1:") for value in addresses.values())


def test_hadoop_values_are_escaped():
    assert "<value>a&amp;b&lt;c</value>" in hdfs.site_xml({"k": "a&b<c"})


def test_java_properties_escape_backslashes():
    assert jvm.properties({"a": "b\\c"}) == "a=b\\\\c\n"


def test_airflow_listens_on_this_machine_only_and_asks_for_a_password(plain):
    settings = airflow.environment_of(plain)
    assert settings["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == "admin:admin"
    assert "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS" not in settings


def test_airflows_tasks_are_told_of_the_other_environment_and_of_the_lake(plain):
    settings = airflow.environment_of(plain)
    assert settings["PYSPARK_PYTHON"] == settings["PYSPARK_DRIVER_PYTHON"]
    assert settings["BROKERLAKE_HOME"] == str(REPOSITORY)
    assert settings["BROKERLAKE_LAKE"] == (plain.root / "lake").as_uri()
    first, second = settings["PATH"].split(":")[:2]
    assert first.endswith(".venv-airflow/bin")
    assert second == f"{settings['SPARK_HOME']}/bin"


@pytest.mark.parametrize("n_brokers", [1, 3])
def test_every_server_can_be_written_down_and_is_stopped_in_a_known_order(tmp_path, n_brokers):
    plain = Profile(root=tmp_path, n_brokers=n_brokers)
    processes = [p for server in catalog.servers(plain).values() for p in server.processes]
    assert {p.name for p in processes} <= set(catalog.STOP_ORDER)
    assert n_brokers == 1 or {p.name for p in processes} == set(catalog.STOP_ORDER)
    read(plain, processes)


def test_supervisor_gets_commands_and_values_as_they_are(plain):
    process = Process(
        "one", ("run", "a b", "100%", "c"), {"PATH": "/x:/y", "JSON": '{"a": "b, c", "p": "5%"}'}
    )
    section = read(plain, [process])["program:one"]
    assert section["command"].endswith("run 'a b' 100%% c")
    assert """JSON='{"a": "b, c", "p": "5%%"}'""" in section["environment"]
    assert section["autostart"] == "false"


@pytest.mark.parametrize("value", ["it's", "two\nlines", "a ;comment", "a #comment"])
def test_supervisor_is_never_given_a_value_that_it_would_read_otherwise(plain, value):
    with pytest.raises(ValueError, match="cannot stand"):
        supervision.configuration(plain, [Process("one", ("run",), {"KEY": value})])


def test_supervisors_socket_is_for_its_owner_only(plain):
    assert read(plain, [])["unix_http_server"]["chmod"] == "0700"


def test_airflows_password_is_for_its_owner_only(plain):
    airflow.home(plain).mkdir()
    airflow.write_password(plain)
    first = airflow.password(plain)
    airflow.write_password(plain)
    assert airflow.password(plain) == first
    assert stat.S_IMODE((airflow.home(plain) / "passwords.json").stat().st_mode) == 0o600


def test_the_environment_chooses_lake_root_and_ports(tmp_path):
    chosen = Profile.from_environment(
        {"LAKE": "hdfs", "BROKERLAKE_ROOT": str(tmp_path), "BROKERLAKE_PORT_NAMENODE": "1234"}
    )
    assert chosen.lake_uri == "hdfs://127.0.0.1:1234/lake"
    assert chosen.root == tmp_path
    assert chosen.ports == Ports(namenode=1234)
    assert catalog.STORAGE[chosen.lake][0] == "hdfs"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"LAKE": "s3"}, "LAKE is 's3' and can be file or hdfs"),
        ({"KAFKA": "2"}, "KAFKA is '2' and can be 1 or 3"),
        ({"BROKERLAKE_PORT_KAFKA": "70000"}, "BROKERLAKE_PORT_KAFKA is '70000' and must be a port"),
    ],
)
def test_a_wrong_setting_is_named(environment, sentence):
    with pytest.raises(Misuse, match=sentence):
        Profile.from_environment(environment)


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("no such thing", 0),
    ],
)
def test_the_release_is_read_from_what_java_prints(text, release):
    assert java.release_of(text) == release


def read(profile: Profile, processes: list[Process]) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(supervision.configuration(profile, processes))
    return parser
