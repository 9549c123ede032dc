"""Every server that one machine can run, in the order of their start."""

from infra.local import flume, kafka
from infra.local.process import Server
from infra.local.profile import Profile

# Who reads or writes stops before what it reads or writes.
STOP_ORDER = ("airflow", "streams", "flume", "kafka", "datanode", "namenode")


def servers(profile: Profile) -> dict[str, Server]:
    known = (kafka.server(profile), flume.server(profile))
    return {server.name: server for server in known}


def needed(profile: Profile) -> list[str]:
    """What a whole platform on this profile runs."""
    return [name for name in servers(profile) if name != "hdfs" or profile.lake == "hdfs"]
