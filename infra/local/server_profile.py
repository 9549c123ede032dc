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
    dags: Path = REPOSITORY / "dags"
    free_bytes_needed: int = 2 * GIGABYTE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Profile":
        lake = environment.get("LAKE") or "file"
        if lake not in ("file", "hdfs"):
            raise Misuse(f"LAKE is {lake!r} and can be file or hdfs")
        root = Path(environment.get("BROKERLAKE_ROOT") or REPOSITORY / "var").resolve()
        return cls(
            root=root,
            ports=Ports.from_environment(environment),
            lake="hdfs" if lake == "hdfs" else "file",
            params=environment.get("BROKERLAKE_PARAMS") or kept_params(root),
        )

    @property
    def brokers(self) -> str:
        return f"{HOST}:{self.ports.kafka}"

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


def _port(name: str, text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise Misuse(f"BROKERLAKE_PORT_{name.upper()} is {text!r} and must be a port, 1 to 65535")
    return int(text)
