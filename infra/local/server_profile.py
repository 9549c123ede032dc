"""Where one set of servers keeps its files and which ports it takes: a value that is passed to everything."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from infra.errors import Misuse
from infra.local import jars
from lake.settings import kept_params

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
GIGABYTE = 1_000_000_000

LakeKind = Literal["file", "hdfs"]


@dataclass(frozen=True)
class Ports:
    kafka: int = 9092
    kafka_controller: int = 9093
    kafka_2: int = 9094
    kafka_controller_2: int = 9095
    kafka_3: int = 9096
    kafka_controller_3: int = 9097
    flume: int = 34545
    namenode: int = 9820
    namenode_http: int = 9870
    datanode: int = 9866
    datanode_http: int = 9864
    datanode_ipc: int = 9867
    airflow: int = 8080
    airflow_logs: int = 8793
    airflow_triggerer_logs: int = 8794

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nothing listens on now, for tests."""
        sockets = {f.name: socket.socket() for f in fields(cls)}
        for each in sockets.values():
            each.bind((HOST, 0))
        ports = cls(**{name: each.getsockname()[1] for name, each in sockets.items()})
        for each in sockets.values():
            each.close()
        return ports

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Ports":
        """The usual ports, but for those that BROKERLAKE_PORT_KAFKA, BROKERLAKE_PORT_AIRFLOW, … name."""
        named = {f.name: environment.get(f"BROKERLAKE_PORT_{f.name.upper()}") for f in fields(cls)}
        return cls(**{name: _port(name, text) for name, text in named.items() if text})


@dataclass(frozen=True)
class Heaps:
    """The most memory that each JVM's heap may take, in megabytes."""

    kafka: int = 512
    kafka_of_three: int = 256
    flume: int = 384
    namenode: int = 256
    datanode: int = 256


@dataclass(frozen=True)
class Profile:
    root: Path
    ports: Ports = field(default_factory=Ports)
    heaps: Heaps = field(default_factory=Heaps)
    lake: LakeKind = "file"
    params: str = "standard"
    n_brokers: int = 1
    advertised_port: int | None = None  # where a single broker sends its clients instead of to its own port
    dags: Path = REPOSITORY / "dags"
    free_bytes_needed: int = 2 * GIGABYTE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Profile":
        lake = environment.get("LAKE") or "file"
        if lake not in ("file", "hdfs"):
            raise Misuse(f"LAKE is {lake!r} and can be file or hdfs")
        root = Path(environment.get("BROKERLAKE_ROOT") or REPOSITORY / "var").resolve()
        kafka = environment.get("KAFKA") or str(_brokers_of(root) or 1)
        if kafka not in ("1", "3"):
            raise Misuse(f"KAFKA is {kafka!r} and can be 1 or 3, the number of its brokers")
        return cls(
            root=root,
            ports=Ports.from_environment(environment),
            lake="hdfs" if lake == "hdfs" else "file",
            params=environment.get("BROKERLAKE_PARAMS") or kept_params(root),
            n_brokers=int(kafka),
        )

    def __post_init__(self) -> None:
        there = _brokers_of(self.root)
        if there not in (None, self.n_brokers):
            raise Misuse(
                f"{self.root} was made with {there} Kafka broker{'s' if there != 1 else ''} and KAFKA asks for {self.n_brokers}: "
                "`make clean` removes it, or BROKERLAKE_ROOT names another folder"
            )

    @property
    def brokers(self) -> str:
        """The addresses of all of Kafka's brokers."""
        return ",".join(f"{HOST}:{broker}" for broker, _ in self.kafka_ports)

    @property
    def kafka_ports(self) -> tuple[tuple[int, int], ...]:
        """Of each of Kafka's brokers its port and that of its controller."""
        ports = self.ports
        all_three = (
            (ports.kafka, ports.kafka_controller),
            (ports.kafka_2, ports.kafka_controller_2),
            (ports.kafka_3, ports.kafka_controller_3),
        )
        return all_three[: self.n_brokers]

    @property
    def lake_uri(self) -> str:
        if self.lake == "hdfs":
            return f"hdfs://{HOST}:{self.ports.namenode}/lake"
        return (self.root / "lake").as_uri()

    @property
    def app_logs(self) -> Path:
        """Where sources write the logs that Flume tails."""
        return self.root / "logs"

    def log_of(self, process: str) -> Path:
        return self.root / "log" / f"{process}.log"

    def data_of(self, server: str) -> Path:
        return self.root / "data" / server

    def configuration_of(self, server: str) -> Path:
        return self.root / "etc" / server

    def ready_file_of(self, process: str) -> Path:
        return self.root / "run" / f"{process}.ready"

    def make_folders(self) -> None:
        for name in ("log", "data", "etc", "run", "lake", "logs/app", "logs/web"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def environment(self) -> dict[str, str]:
        """What the project's own processes read."""
        return {
            "BROKERLAKE_HOME": str(REPOSITORY),
            "BROKERLAKE_ROOT": str(self.root),
            "BROKERLAKE_LAKE": self.lake_uri,
            "BROKERLAKE_BROKERS": self.brokers,
            "BROKERLAKE_PARAMS": self.params,
            "BROKERLAKE_JARS": str(jars.folder("spark")),
        }


def _brokers_of(root: Path) -> int | None:
    """How many brokers the data under a root belong to; None where there are none yet."""
    data = root / "data"
    if (data / "kafka-2").is_dir():
        return 3
    return 1 if (data / "kafka").is_dir() else None


def _port(name: str, text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise Misuse(f"BROKERLAKE_PORT_{name.upper()} is {text!r} and must be a port, 1 to 65535")
    return int(text)
