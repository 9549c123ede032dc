"""One Kafka broker that is its own controller (KRaft)."""

import base64
import subprocess
import uuid
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.errors import ServerNotReady
from infra.local import jars, jvm
from infra.local.process import NotReady, Process, Server
from infra.local.server_profile import HOST, Profile

REQUEST_SECONDS = 2.0


def server(profile: Profile) -> Server:
    configuration = profile.configuration_of("kafka")
    command = jvm.command(
        "kafka",
        "kafka.Kafka",
        [str(configuration / "server.properties")],
        heap_megabytes=profile.heaps.kafka,
        options=[jvm.log4j2_option(configuration)],
    )
    return Server(
        name="kafka",
        processes=(Process("kafka", command, seconds_to_stop=30),),
        ports=(profile.ports.kafka, profile.ports.kafka_controller),
        prepare=lambda: _prepare(profile),
        check=lambda: _check(profile.brokers),
    )


def server_properties(profile: Profile) -> dict[str, object]:
    broker, controller = profile.brokers, f"{HOST}:{profile.ports.kafka_controller}"
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": controller,
        "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{broker}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": profile.data_of("kafka"),
        "auto.create.topics.enable": "false",
        # Event times lie in the past: with the producer's time Kafka would take them for expired.
        "log.message.timestamp.type": "LogAppendTime",
        # A machine that was off for a fortnight must still have what was not landed.
        "log.retention.ms": -1,
        "group.initial.rebalance.delay.ms": 0,
        **_for_one_node(),
    }


def _for_one_node() -> dict[str, object]:
    return {
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "num.network.threads": 2,
        "num.io.threads": 4,
    }


def _prepare(profile: Profile) -> None:
    jars.require("kafka")
    configuration = profile.configuration_of("kafka")
    jvm.write_log4j2(configuration)
    properties = configuration / "server.properties"
    properties.write_text(jvm.properties(server_properties(profile)))
    if not (profile.data_of("kafka") / "meta.properties").is_file():
        _format(profile, properties)


def _format(profile: Profile, properties: Path) -> None:
    profile.data_of("kafka").mkdir(parents=True, exist_ok=True)
    arguments = ["format", "--standalone", "--cluster-id", _cluster_id(), "--config", str(properties)]
    command = jvm.command("kafka", "kafka.tools.StorageTool", arguments, heap_megabytes=128)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    profile.log_of("kafka").write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        why = f"its storage could not be formatted (status {done.returncode})"
        raise ServerNotReady("kafka", why, profile.log_of("kafka"), done.stderr.splitlines()[-5:])


def _cluster_id() -> str:
    """A random identifier in Kafka's spelling, which must not look like an option."""
    text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return text if not text.startswith("-") else _cluster_id()


def _check(brokers: str) -> None:
    client = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    try:
        client.list_topics(timeout=REQUEST_SECONDS)
    except KafkaException as error:
        raise NotReady(f"no broker answers at {brokers}") from error
