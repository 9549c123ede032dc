"""Every server that one machine can run, in the order of their start."""

from infra.local import airflow, flume, hdfs, kafka, streams
from infra.local.process import Server
from infra.local.server_profile import Profile

# What holds data, what reads and writes it. Storage comes first: topics are made before anything reads them.
STORAGE = {"file": ("kafka",), "hdfs": ("hdfs", "kafka")}
READERS = ("flume", "streams", "airflow")

# Who reads or writes stops before what it reads or writes.
STOP_ORDER = (
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-api-server",
    "streams",
    "flume",
    "kafka",
    "kafka-2",
    "kafka-3",
    "datanode",
    "namenode",
)


def servers(profile: Profile) -> dict[str, Server]:
    kinds = (hdfs, kafka, flume, streams, airflow)
    return {server.name: server for server in (kind.server(profile) for kind in kinds)}
