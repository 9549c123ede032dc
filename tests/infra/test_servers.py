import dataclasses
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from infra.errors import DiskNearlyFull, PortTaken, ServerNotReady
from infra.local import leftovers, room, servers, supervision
from infra.local.server_profile import Heaps, Ports, Profile
from ingestion import flume

APP_EVENTS = "behaviour.app_events.v1"
WEB_ACCESS = "behaviour.web_access.v1"


@pytest.fixture(scope="module")
def topics(live):
    make_topics(live, APP_EVENTS, WEB_ACCESS, "a.b.v1")


def make_topics(profile: Profile, *names: str) -> None:
    admin = AdminClient({"bootstrap.servers": profile.brokers})
    for made in admin.create_topics([NewTopic(name, 1, 1) for name in names]).values():
        made.result()


def messages(profile: Profile, topic: str, enough: Callable[[list[Message]], bool]) -> list[Message]:
    """The topic from its beginning, until what was read is enough or a minute and a half has passed."""
    consumer = Consumer(
        {"bootstrap.servers": profile.brokers, "group.id": uuid4().hex, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    deadline = time.monotonic() + 90
    found: list[Message] = []
    while not enough(found) and time.monotonic() < deadline:
        found += consumer.consume(5000, 0.5)
    consumer.close()
    return found


def at_least(n: int) -> Callable[[list[Message]], bool]:
    return lambda found: len(found) >= n


def statuses(profile: Profile) -> dict[str, servers.ServerStatus]:
    return {status.name: status for status in servers.status(profile)}


def test_what_was_started_is_healthy_and_the_rest_is_not_running(live):
    found = statuses(live)
    assert {name for name, status in found.items() if status.is_healthy} == {"kafka", "flume"}
    assert not any(found[name].is_running for name in ("hdfs", "airflow", "streams"))


def test_a_message_goes_in_and_comes_out(live, topics):
    producer = Producer({"bootstrap.servers": live.brokers, "acks": "all"})
    producer.produce("a.b.v1", b"value", key=b"key")
    producer.flush(20)
    (message,) = messages(live, "a.b.v1", at_least(1))
    assert (message.key(), message.value()) == (b"key", b"value")


def test_flume_forwards_lines_as_they_are_and_keeps_equal_lines_apart(live, topics):
    app = live.app_logs / "app" / "app-2022-12-23.log"
    web = live.app_logs / "web" / "access-2022-12-23.log"
    app.write_text('{"id":"1"}\n')
    web.write_bytes(b"the same\nthe same\n\xff not text\n")

    (event,) = messages(live, APP_EVENTS, at_least(1))
    assert event.value() == b'{"id":"1"}'
    assert dict(event.headers())["file"] == str(app).encode()

    lines = messages(live, WEB_ACCESS, at_least(3))
    assert [line.value() for line in lines] == [b"the same", b"the same", b"\xff not text"]
    headers = [dict(line.headers()) for line in lines]
    assert [header["byteoffset"] for header in headers] == [b"0", b"9", b"18"]
    assert {header["file"] for header in headers} == {str(web).encode()}
    assert all(header["host"] for header in headers)


def test_a_line_that_is_too_long_for_kafka_is_cut_and_holds_up_nothing(live, topics):
    before = len(messages(live, WEB_ACCESS, at_least(3)))
    long_line = live.app_logs / "web" / "access-2022-12-24.log"
    long_line.write_bytes(b"x" * 2_500_000 + b"\n" + b"y" * flume.BYTES_A_LINE + b"\nnext\n")
    lines = messages(live, WEB_ACCESS, at_least(before + 3))[before:]
    assert [(line.value()[:1], len(line.value())) for line in lines] == [
        (b"x", flume.BYTES_A_LINE),
        (b"y", flume.BYTES_A_LINE),
        (b"n", 4),
    ]


def test_flume_killed_under_load_comes_back_and_loses_no_line(live, topics):
    n = 60_000
    with (live.app_logs / "app" / "app-2022-12-24.log").open("w") as log:
        for i in range(n):
            log.write(f"line {i}\n")
            if i == n // 2:
                log.flush()
                time.sleep(1)
                os.kill(statuses(live)["flume"].processes[0].pid, signal.SIGKILL)
    expected = {f"line {i}".encode() for i in range(n)}
    arrived = messages(live, APP_EVENTS, lambda found: expected <= {message.value() for message in found})
    assert expected <= {message.value() for message in arrived}


def test_starting_again_leaves_a_running_server_alone(live):
    before = statuses(live)["kafka"].processes
    servers.start(live, ["kafka"])
    assert statuses(live)["kafka"].processes == before


def test_a_taken_port_is_named_with_who_needs_it_and_what_to_do(live, profile):
    ports = dataclasses.replace(profile.ports, kafka=live.ports.kafka)
    second = dataclasses.replace(profile, ports=ports)
    with pytest.raises(PortTaken, match=rf"port {ports.kafka}, which kafka needs, .*make down"):
        servers.start(second, ["kafka"])
    assert leftovers.find(second.root) == {}


def test_a_full_disk_is_refused_before_anything_starts(profile):
    with pytest.raises(DiskNearlyFull, match=r"only .* GB are free .* BROKERLAKE_ROOT"):
        servers.start(dataclasses.replace(profile, free_bytes_needed=10**18), ["kafka"])
    assert leftovers.find(profile.root) == {}


def test_a_server_that_does_not_come_up_shows_its_log_and_nothing_stays(profile):
    hopeless = dataclasses.replace(profile, heaps=Heaps(kafka=1))
    with pytest.raises(ServerNotReady, match="kafka did not come up") as caught:
        servers.start(hopeless, ["kafka", "flume"])
    assert str(profile.log_of("kafka")) in str(caught.value)
    assert "Initial heap size" in str(caught.value)
    assert leftovers.find(profile.root) == {}


@pytest.mark.parametrize("keeper_is_killed", [False, True], ids=["keeper alive", "keeper killed"])
def test_stopping_leaves_no_process_and_frees_the_port(profile, keeper_is_killed):
    servers.start(profile, ["kafka"])
    if keeper_is_killed:
        os.kill(_keeper(profile), signal.SIGKILL)
        time.sleep(0.5)
        assert "kafka" in leftovers.find(profile.root)
    servers.stop(profile)
    assert leftovers.find(profile.root) == {}
    assert not room.is_taken(profile.ports.kafka)


def test_what_kafka_holds_is_there_after_a_restart(profile):
    servers.start(profile, ["kafka"])
    make_topics(profile, "a.b.v1")
    servers.stop(profile)
    servers.start(profile, ["kafka"])
    assert "a.b.v1" in AdminClient({"bootstrap.servers": profile.brokers}).list_topics(timeout=10).topics


def test_a_deep_root_still_gets_a_socket(tmp_path):
    deep = Profile(root=tmp_path / ("d" * 60) / ("e" * 60), ports=Ports.free())
    assert len(str(supervision.socket_file(deep))) < 100


def _keeper(profile: Profile) -> int:
    return int(Path(profile.root / "run" / "supervisord.pid").read_text())
