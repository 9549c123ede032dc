"""A NameNode and a DataNode: a lake on HDFS, on one machine."""

import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

import httpx

from infra.errors import ServerNotReady
from infra.local import jars, jvm
from infra.local.process import NotReady, Process, Server
from infra.local.server_profile import HOST, Profile

NAMENODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
DATANODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"
REQUEST_SECONDS = 2.0

LOG4J = """\
log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %-5p %c{2}: %m%n
"""


def server(profile: Profile) -> Server:
    ports = profile.ports
    return Server(
        name="hdfs",
        processes=(
            Process("namenode", _command(profile, NAMENODE, profile.heaps.namenode)),
            Process("datanode", _command(profile, DATANODE, profile.heaps.datanode)),
        ),
        ports=(
            *(ports.namenode, ports.namenode_http),
            *(ports.datanode, ports.datanode_http, ports.datanode_ipc),
        ),
        prepare=lambda: _prepare(profile),
        check=lambda: _check(profile),
        seconds_to_start=90.0,
    )


def core_site(profile: Profile) -> dict[str, object]:
    return {"fs.defaultFS": f"hdfs://{HOST}:{profile.ports.namenode}"}


def hdfs_site(profile: Profile) -> dict[str, object]:
    ports, data = profile.ports, profile.data_of("hdfs")
    return {
        "dfs.replication": 1,
        "dfs.namenode.name.dir": (data / "namenode").as_uri(),
        "dfs.datanode.data.dir": (data / "datanode").as_uri(),
        "dfs.namenode.http-address": f"{HOST}:{ports.namenode_http}",
        "dfs.datanode.address": f"{HOST}:{ports.datanode}",
        "dfs.datanode.http.address": f"{HOST}:{ports.datanode_http}",
        "dfs.datanode.ipc.address": f"{HOST}:{ports.datanode_ipc}",
        "dfs.datanode.hostname": HOST,
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        # One user, one machine: the lake's owner is whoever starts the servers.
        "dfs.permissions.enabled": "false",
        "dfs.namenode.safemode.extension": 0,
        "dfs.namenode.handler.count": 8,
        "dfs.datanode.handler.count": 4,
    }


def _command(profile: Profile, main: str, heap: int) -> tuple[str, ...]:
    configuration = profile.configuration_of("hdfs")
    return jvm.command("hadoop", main, [], heap_megabytes=heap, before_jars=[configuration])


def _prepare(profile: Profile) -> None:
    jars.require("hadoop")
    configuration = profile.configuration_of("hdfs")
    _write_configuration(profile, configuration)
    if not (profile.data_of("hdfs") / "namenode" / "current" / "VERSION").is_file():
        _format(profile, configuration)


def _write_configuration(profile: Profile, folder: Path) -> None:
    for web_application in ("hdfs", "datanode"):
        # The jars lack the web pages, and the servers do not start without their folders.
        page = folder / "webapps" / web_application / "WEB-INF" / "web.xml"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("<web-app/>\n")
    (folder / "core-site.xml").write_text(site_xml(core_site(profile)))
    (folder / "hdfs-site.xml").write_text(site_xml(hdfs_site(profile)))
    (folder / "log4j.properties").write_text(LOG4J)


def site_xml(values: dict[str, object]) -> str:
    """Hadoop's configuration format."""
    rows = (
        f"  <property><name>{key}</name><value>{escape(str(value))}</value></property>\n"
        for key, value in values.items()
    )
    return f"<configuration>\n{''.join(rows)}</configuration>\n"


def _format(profile: Profile, configuration: Path) -> None:
    arguments = ["-format", "-force", "-nonInteractive"]
    command = jvm.command("hadoop", NAMENODE, arguments, profile.heaps.namenode, before_jars=[configuration])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    profile.log_of("namenode").write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        why = f"its storage could not be formatted (status {done.returncode})"
        raise ServerNotReady("hdfs", why, profile.log_of("namenode"), done.stderr.splitlines()[-5:])


def _check(profile: Profile) -> None:
    """Out of safe mode and with a DataNode: until then readers fail."""
    state = _bean(profile, "FSNamesystemState")
    if state["NumLiveDataNodes"] == 0:
        raise NotReady("no DataNode has reported")
    if state["FSState"] != "Operational":
        raise NotReady("the NameNode is in safe mode")


def _bean(profile: Profile, name: str) -> dict[str, object]:
    address = f"http://{HOST}:{profile.ports.namenode_http}/jmx"
    query = {"qry": f"Hadoop:service=NameNode,name={name}"}
    try:
        beans = httpx.get(address, params=query, timeout=REQUEST_SECONDS, trust_env=False).json()["beans"]
    except (httpx.HTTPError, ValueError) as error:
        raise NotReady("the NameNode does not answer") from error
    if not beans:
        raise NotReady("the NameNode is still loading")
    return dict(beans[0])
