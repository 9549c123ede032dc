"""One Flume agent that tails the broker's application and web logs into Kafka."""

from infra.local import jars, jvm
from infra.local.process import NotReady, Process, Server
from infra.local.server_profile import Profile
from ingestion import flume

# Written anew by each start of the agent, so that an earlier run's words are not taken for this one's.
# Flume's own monitoring port would listen on every address.
LIFECYCLE = """
appender.lifecycle.type = File
appender.lifecycle.name = lifecycle
appender.lifecycle.fileName = {file}
appender.lifecycle.append = false
appender.lifecycle.layout.type = PatternLayout
appender.lifecycle.layout.pattern = %m%n
logger.lifecycle.name = org.apache.flume.instrumentation.MonitoredCounterGroup
logger.lifecycle.level = info
logger.lifecycle.appenderRef.lifecycle.ref = lifecycle
"""


def server(profile: Profile) -> Server:
    configuration = profile.configuration_of("flume")
    command = jvm.command(
        "flume",
        "org.apache.flume.node.Application",
        ["-n", flume.AGENT, "-f", str(configuration / "agent.properties"), "--no-reload-conf"],
        heap_megabytes=profile.heaps.flume,
        options=[jvm.log4j2_option(configuration)],
        before_jars=[configuration],
    )
    return Server(
        name="flume",
        processes=(Process("flume", command, seconds_to_stop=30),),
        ports=(),
        prepare=lambda: _prepare(profile),
        check=lambda: _check(profile),
    )


def _prepare(profile: Profile) -> None:
    jars.require("flume")
    configuration = profile.configuration_of("flume")
    log4j2 = jvm.write_log4j2(configuration)
    log4j2.write_text(jvm.LOG4J2 + LIFECYCLE.format(file=profile.ready_file_of("flume")))
    agent = flume.agent_properties(_logs(profile), profile.brokers, profile.data_of("flume"))
    (configuration / "agent.properties").write_text(agent)


def _check(profile: Profile) -> None:
    """Each component says when it has started."""
    lifecycle = profile.ready_file_of("flume")
    said = lifecycle.read_text() if lifecycle.is_file() else ""
    for log in _logs(profile):
        for kind in ("CHANNEL", "SINK", "SOURCE"):
            if f"Component type: {kind}, name: {log.name} started" not in said:
                raise NotReady(f"{kind.lower()} {log.name} has not started")


def _logs(profile: Profile) -> tuple[flume.TailedLog, ...]:
    return flume.broker_logs(profile.app_logs)
