"""The Flume agent that tails log files into Kafka: its configuration, rendered from values.

One taildir source, file channel and Kafka sink a topic. A line is forwarded as it is, unless it is too long for Kafka; the file, the byte
offset and the host that it came from travel as Kafka headers. Lines are never lost and may be doubled: the
position file and the channel are written apart, so a killed agent reads the last lines again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

AGENT = "brokerlake"

# One transaction is one fsync of the channel: larger ones make throughput, and bound what a kill doubles.
LINES_A_TRANSACTION = 2000
LINES_A_CHANNEL = 200_000

# A file that is idle for so long is closed, and half a line at its end is sent as if it were whole. Nor is there anything
# to close for: files are few. This is the longest that Flume knows, 24 days.
IDLE_MILLISECONDS = 2**31 - 1

# `app.log`, and what logrotate makes of it: `app.log.1`, `app.log-20221223`. What was not read before a rotation is read
# after it. A file that was renamed is read again from its beginning: the number is no part of a line's identity.
LOG_NAMES = r".*\.log([.-]\d+)?"

# What Kafka takes by default, less room for the headers. A longer line would be tried for ever and hold up all
# that follow it; cut, it goes to quarantine like any truncated record, and its file and offset name the whole.
BYTES_A_LINE = 1_000_000


@dataclass(frozen=True)
class TailedLog:
    """Files that are tailed into one topic: appended to, begun anew under another date or by a rotation.

    `pattern` is a regular expression over the names of the files in `folder`. A file that is emptied in place, or removed
    and made again, must not be longer at the next look, half a second later, than it was: Flume would go on where it was.
    """

    topic: str
    folder: str
    pattern: str

    def __post_init__(self) -> None:
        if "/" in self.pattern:
            raise ValueError(f"{self.topic}: pattern {self.pattern!r} is for file names and holds a slash")
        re.compile(self.pattern)

    @property
    def name(self) -> str:
        """What the source, channel and sink of this log are called."""
        return re.sub(r"\W", "_", self.topic)


def broker_logs(logs_folder: Path) -> tuple[TailedLog, ...]:
    """The logs that the broker's systems write under one folder."""
    return (
        TailedLog("behaviour.app_events.v1", str(logs_folder / "app"), LOG_NAMES),
        TailedLog("behaviour.web_access.v1", str(logs_folder / "web"), LOG_NAMES),
    )


def agent_properties(logs: Iterable[TailedLog], brokers: str, state_folder: Path) -> str:
    """The agent's properties file; `state_folder` keeps positions and channels from run to run."""
    logs = tuple(logs)
    names = " ".join(log.name for log in logs)
    heads = [f"{AGENT}.{kind} = {names}" for kind in ("sources", "channels", "sinks")]
    return "\n".join([*heads, *(_flow(log, brokers, state_folder) for log in logs)])


def _flow(log: TailedLog, brokers: str, state_folder: Path) -> str:
    parts = (
        _component("sources", log, _source(log, state_folder)),
        _component("channels", log, _channel(log, state_folder)),
        _component("sinks", log, _sink(log, brokers)),
    )
    return "\n" + "".join(parts)


def _component(kind: str, log: TailedLog, values: dict[str, object]) -> str:
    prefix = f"{AGENT}.{kind}.{log.name}"
    return "".join(f"{prefix}.{key} = {_escaped(str(value))}\n" for key, value in values.items())


def _source(log: TailedLog, state_folder: Path) -> dict[str, object]:
    return {
        "type": "TAILDIR",
        "channels": log.name,
        "filegroups": "logs",
        "filegroups.logs": f"{log.folder}/{log.pattern}",
        "positionFile": state_folder / log.name / "positions.json",
        "writePosInterval": 1000,
        "batchSize": LINES_A_TRANSACTION,
        # One file that is written without a pause must not starve the others.
        "maxBatchCount": 50,
        "backoffSleepIncrement": 100,
        "maxBackoffSleep": 500,
        "idleTimeout": IDLE_MILLISECONDS,
        "fileHeader": "true",
        "byteOffsetHeader": "true",
        "interceptors": "host cut",
        "interceptors.host.type": "host",
        "interceptors.host.useIP": "false",
        "interceptors.cut.type": "search_replace",
        "interceptors.cut.searchPattern": f"(?s)^(.{{{BYTES_A_LINE}}}).+$",
        "interceptors.cut.replaceString": "$1",
        # One character a byte: every other charset would change bytes that are no text in it.
        "interceptors.cut.charset": "ISO-8859-1",
    }


def _channel(log: TailedLog, state_folder: Path) -> dict[str, object]:
    return {
        "type": "file",
        "checkpointDir": state_folder / log.name / "checkpoint",
        "dataDirs": state_folder / log.name / "data",
        "capacity": LINES_A_CHANNEL,
        "transactionCapacity": LINES_A_TRANSACTION,
        "maxFileSize": 268_435_456,
    }


def _sink(log: TailedLog, brokers: str) -> dict[str, object]:
    return {
        "type": "org.apache.flume.sink.kafka.KafkaSink",
        "channel": log.name,
        "kafka.bootstrap.servers": brokers,
        "kafka.topic": log.topic,
        "allowTopicOverride": "false",
        "flumeBatchSize": LINES_A_TRANSACTION,
        "header.file": "file",
        "header.byteoffset": "byteoffset",
        "header.host": "host",
        "kafka.producer.acks": "all",
        "kafka.producer.enable.idempotence": "true",
        "kafka.producer.compression.type": "lz4",
        "kafka.producer.linger.ms": 5,
        "kafka.producer.batch.size": 131_072,
    }


def _escaped(value: str) -> str:
    """Backslashes are escapes in a properties file."""
    return value.replace("\\", "\\\\")
