"""Kafka (KRaft): one broker that is its own controller, or three that keep three replicas of everything.

Of three, one may be away: what is acknowledged by all is on two at least.
"""

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
    return Server(
        name="kafka",
        processes=tuple(
            Process(process_of(node), _command(profile, node), seconds_to_stop=30) for node in _nodes(profile)
        ),
        ports=tuple(port for ports in profile.kafka_ports for port in ports),
        prepare=lambda: _prepare(profile),
        check=lambda: _check(profile),
    )


def process_of(node: int) -> str:
    """The process of a broker, by its number in the cluster, from 1 on; its data and configuration are called so too."""
    return "kafka" if node == 1 else f"kafka-{node}"


def server_properties(profile: Profile, node: int = 1) -> dict[str, object]:
    broker_port, controller_port = profile.kafka_ports[node - 1]
    broker, controller = f"{HOST}:{broker_port}", f"{HOST}:{controller_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": node,
        "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{profile.advertised_port or broker_port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": profile.data_of(process_of(node)),
        "auto.create.topics.enable": "false",
        # Event times lie in the past: with the producer's time Kafka would take them for expired.
        "log.message.timestamp.type": "LogAppendTime",
        # A machine that was off for a fortnight must still have what was not landed.
        "log.retention.ms": -1,
        "group.initial.rebalance.delay.ms": 0,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "num.network.threads": 2,
        "num.io.threads": 4,
        **_quorum(profile),
        **_replication(profile.n_brokers, n_in_sync=1 if profile.n_brokers == 1 else 2),
    }


def _quorum(profile: Profile) -> dict[str, object]:
    """A single controller forms a quorum that may grow; three are told of each other."""
    controllers = [f"{HOST}:{controller}" for _, controller in profile.kafka_ports]
    if len(controllers) == 1:
        return {"controller.quorum.bootstrap.servers": controllers[0]}
    voters = [f"{node}@{address}" for node, address in enumerate(controllers, start=1)]
    return {"controller.quorum.voters": ",".join(voters)}


def _replication(n_replicas: int, n_in_sync: int) -> dict[str, object]:
    return {
        "default.replication.factor": n_replicas,
        "min.insync.replicas": n_in_sync,
        "offsets.topic.replication.factor": n_replicas,
        "transaction.state.log.replication.factor": n_replicas,
        "transaction.state.log.min.isr": n_in_sync,
        "share.coordinator.state.topic.replication.factor": n_replicas,
        "share.coordinator.state.topic.min.isr": n_in_sync,
    }


def _nodes(profile: Profile) -> range:
    return range(1, profile.n_brokers + 1)


def _command(profile: Profile, node: int) -> tuple[str, ...]:
    configuration = profile.configuration_of(process_of(node))
    heaps = profile.heaps
    return jvm.command(
        "kafka",
        "kafka.Kafka",
        [str(configuration / "server.properties")],
        heap_megabytes=heaps.kafka if profile.n_brokers == 1 else heaps.kafka_of_three,
        options=[jvm.log4j2_option(configuration)],
    )


def _prepare(profile: Profile) -> None:
    jars.require("kafka")
    cluster_id = _cluster_id_of(profile) or _new_cluster_id()
    for node in _nodes(profile):
        configuration = profile.configuration_of(process_of(node))
        jvm.write_log4j2(configuration)
        properties = configuration / "server.properties"
        properties.write_text(jvm.properties(server_properties(profile, node)))
        if not _meta(profile, node).is_file():
            _format(profile, node, cluster_id, properties)


def _format(profile: Profile, node: int, cluster_id: str, properties: Path) -> None:
    name = process_of(node)
    profile.data_of(name).mkdir(parents=True, exist_ok=True)
    quorum = ["--standalone"] if profile.n_brokers == 1 else []
    arguments = ["format", *quorum, "--cluster-id", cluster_id, "--config", str(properties)]
    command = jvm.command("kafka", "kafka.tools.StorageTool", arguments, heap_megabytes=128)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    profile.log_of(name).write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        why = f"its storage could not be formatted (status {done.returncode})"
        raise ServerNotReady("kafka", why, profile.log_of(name), done.stderr.splitlines()[-5:])


def _meta(profile: Profile, node: int) -> Path:
    return profile.data_of(process_of(node)) / "meta.properties"


def _cluster_id_of(profile: Profile) -> str | None:
    """The cluster that brokers here belong to already: one that lost its disk comes back to it."""
    for node in _nodes(profile):
        if _meta(profile, node).is_file():
            lines = _meta(profile, node).read_text().splitlines()
            return next(line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id="))
    return None


def _new_cluster_id() -> str:
    """A random identifier in Kafka's spelling, which must not look like an option."""
    text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return text if not text.startswith("-") else _new_cluster_id()


def _check(profile: Profile) -> None:
    client = AdminClient({"bootstrap.servers": profile.brokers, "log_level": 0})
    try:
        n_there = len(client.list_topics(timeout=REQUEST_SECONDS).brokers)
    except KafkaException as error:
        raise NotReady(f"no broker answers at {profile.brokers}") from error
    if n_there < profile.n_brokers:
        raise NotReady(f"{n_there} of {profile.n_brokers} brokers are in the cluster")
