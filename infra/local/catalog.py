"""Every server that one machine can run, in the order of their start."""

from infra.local import airflow, flume, hdfs, kafka
from infra.local.process import Server
from infra.local.profile import Profile

# Who reads or writes stops before what it reads or writes.
STOP_ORDER = (
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-api-server",
    "streams",
    "flume",
    "kafka",
    "datanode",
    "namenode",
)


def servers(profile: Profile) -> dict[str, Server]:
    known = (hdfs.server(profile), kafka.server(profile), flume.server(profile), airflow.server(profile))
    return {server.name: server for server in known}


def needed(profile: Profile) -> list[str]:
    """What a whole platform on this profile runs."""
    return [name for name in servers(profile) if name != "hdfs" or profile.lake == "hdfs"]
