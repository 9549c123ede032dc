"""The spool of a broker that is away: order, bound, torn files, the next process; and its publisher on a real broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ingestion.errors import SpoolDamaged, SpoolFull, SpoolInUse
from ingestion.publishing.spool import Spool
from ingestion.publishing.spooled_publisher import SpooledPublisher
from tests.ingestion.broker import create, read

NOBODY = "127.0.0.1:1"
LEFT_BY_A_KILLED_PROCESS = """
import os, signal, sys
from pathlib import Path
from ingestion.publishing.spool import Spool
spool = Spool(Path(sys.argv[1]), "p")
for number in range(50):
    spool.append("t.v1", None, b"%d" % number)
os.kill(os.getpid(), signal.SIGKILL)
"""


def values(spool: Spool) -> list[bytes]:
    return [each.value for each in spool.first(1000)]


def test_what_is_appended_is_there_in_order_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    with closing(Spool(tmp_path, "p")) as spool:
        spool.append("t.v1", b"\xff", b"\x00first", [("h", b"\xfe")])
        spool.append("t.v1", None, b"second")
    with closing(Spool(tmp_path, "p")) as again:
        first, second = again.first(10)
        assert (first.topic, first.key, first.value, first.headers) == (
            "t.v1",
            b"\xff",
            b"\x00first",
            [("h", b"\xfe")],
        )
        assert (second.key, second.value, again.count) == (None, b"second", 2)


def test_what_was_sent_is_removed_and_what_came_later_stays(tmp_path: Path) -> None:
    with closing(Spool(tmp_path, "p")) as spool:
        for value in (b"1", b"2", b"3"):
            spool.append("t.v1", None, value)
        spool.remove(spool.first(2)[-1])
        assert (values(spool), spool.count) == ([b"3"], 1)
        n_bytes = spool.n_bytes
    with closing(Spool(tmp_path, "p")) as again:
        assert (values(again), again.n_bytes) == ([b"3"], n_bytes)


def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    size = len("t.v1") + len(b"value") + len("[]")
    with closing(Spool(tmp_path, "p", max_bytes=2 * size)) as spool:
        spool.append("t.v1", None, b"value")
        spool.append("t.v1", None, b"value")
        with pytest.raises(SpoolFull, match=r"holds 2 messages of 22 bytes and may hold 22"):
            spool.append("t.v1", None, b"value")
        assert values(spool) == [b"value"] * 2


def test_a_killed_process_leaves_all_that_it_appended(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LEFT_BY_A_KILLED_PROCESS, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    with closing(Spool(tmp_path, "p")) as spool:
        assert values(spool) == [b"%d" % number for number in range(50)]


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_lost_its_end_has_all_that_came_before(tmp_path: Path, kept: float) -> None:
    subprocess.run([sys.executable, "-c", LEFT_BY_A_KILLED_PROCESS, str(tmp_path)], check=False)
    [log] = tmp_path.glob("*-wal")
    os.truncate(log, int(log.stat().st_size * kept))
    with closing(Spool(tmp_path, "p")) as spool:
        found = values(spool)
    assert found == [b"%d" % number for number in range(len(found))]
    assert len(found) >= int(50 * kept) - 5


def test_rubbish_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.spool").write_bytes(b"x" * 5000)
    with pytest.raises(SpoolDamaged, match=r"p\.spool cannot be read \(file is not a database\)"):
        Spool(tmp_path, "p")


def test_one_process_has_it_at_a_time(tmp_path: Path) -> None:
    with closing(Spool(tmp_path, "p")), pytest.raises(SpoolInUse, match="another process has the spool"):
        Spool(tmp_path, "p")


def test_what_no_broker_took_is_sent_by_the_next_one_before_anything_else(kafka: str, tmp_path: Path) -> None:
    topic = create(kafka, "spooled.v1")
    with closing(SpooledPublisher(NOBODY, tmp_path / "journals", "p", tmp_path)) as away:
        for number in range(20):
            away.publish(topic, b"key", b"%d" % number, [("h", b"v")])
        assert away.send() == 20
        assert "no Kafka broker answers at 127.0.0.1:1" in away.last_error
    with closing(SpooledPublisher(kafka, tmp_path / "journals", "p", tmp_path)) as back:
        back.publish(topic, b"key", b"20")
        assert back.send() == 0
    found = read(kafka, topic)
    assert [each.value() for each in found] == [b"%d" % number for number in range(21)]
    assert dict(found[0].headers())["h"] == b"v"


def test_a_topic_that_is_missing_keeps_its_messages_in_the_spool(kafka: str, tmp_path: Path) -> None:
    with closing(SpooledPublisher(kafka, tmp_path / "journals", "p", tmp_path)) as publisher:
        publisher.publish("never.made.v2", None, b"1")
        assert publisher.send() == 1
        assert "`python -m ingestion topics` creates missing topics" in publisher.last_error
        create(kafka, "never.made.v2")
        assert publisher.send() == 0
    assert [each.value() for each in read(kafka, "never.made.v2")] == [b"1"]


def test_a_full_spool_is_refused_while_no_broker_answers(kafka: str, tmp_path: Path) -> None:
    topic = create(kafka, "bounded.v1")
    with closing(SpooledPublisher(NOBODY, tmp_path / "journals", "p", tmp_path, max_bytes=40)) as away:
        away.publish(topic, None, b"value")
        away.publish(topic, None, b"value")
        with pytest.raises(SpoolFull):
            away.publish(topic, None, b"value")
    with closing(SpooledPublisher(kafka, tmp_path / "journals", "p", tmp_path, max_bytes=40)) as back:
        back.publish(topic, None, b"value")  # makes room by sending
        assert back.send() == 0
    assert len(read(kafka, topic)) == 3
