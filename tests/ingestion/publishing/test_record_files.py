"""Files of records: all are sent, or none."""

import json
from pathlib import Path

import pytest

from ingestion.__main__ import main
from ingestion.publishing import confluent_publisher, connection
from ingestion.publishing.journal import Deliveries
from ingestion.publishing.publisher import Headers
from ingestion.publishing.record_files import event_of, messages, send
from schemas.operations import SESSION_CLOSE
from tests.ingestion.broker import read

TOPIC = SESSION_CLOSE.topic
GOOD = {
    "session_date": "2022-12-23",
    "closing_source_name": "app",
    "last_sequence": 5,
    "closed_at": "2022-12-23T21:30:00Z",
}


class Collected:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes | None, bytes]] = []
        self.flushed = 0

    def publish(self, topic: str, key: bytes | None, value: bytes, headers: Headers = ()) -> None:
        self.sent.append((topic, key, value))
        self.flushed = 0

    def flush(self) -> None:
        self.flushed = len(self.sent)

    def close(self) -> None:
        self.flush()

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(len(self.sent), self.flushed, 0, 0)


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Collected:
    found = Collected()
    monkeypatch.setattr(connection, "connect", lambda *_: found)
    return found


def written(folder: Path, *lines: object) -> Path:
    file = folder / "closes.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(texts) + "\n")
    return file


def produce(file: Path, topic: str = TOPIC) -> int:
    return main(["produce", "--topic", topic, "--file", str(file)])


def test_records_travel_in_envelopes_by_their_subject(tmp_path: Path) -> None:
    sink = Collected()
    file = written(tmp_path, GOOD, "", {**GOOD, "closing_source_name": "cash-ledger"})
    send(SESSION_CLOSE, messages(SESSION_CLOSE, file), sink)
    assert [(topic, key) for topic, key, _ in sink.sent] == [(TOPIC, b"app"), (TOPIC, b"cash-ledger")]
    first, second = (json.loads(value) for _, _, value in sink.sent)
    assert first["data"] == GOOD
    assert (first["source"], first["sequence"], second["sequence"]) == ("cli:closes.jsonl", "1", "2")
    assert sink.flushed == 2


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD, GOOD)
    first, again = messages(SESSION_CLOSE, file), messages(SESSION_CLOSE, file)
    assert first == again
    assert len({json.loads(message.value)["id"] for message in first}) == 2


def test_a_source_may_be_named(tmp_path: Path) -> None:
    (message,) = messages(event_of(TOPIC), written(tmp_path, GOOD), source="desk")
    assert json.loads(message.value)["source"] == "desk"


def test_one_broken_record_and_nothing_is_sent(tmp_path: Path, collected: Collected, capsys) -> None:
    bad = {**GOOD, "last_sequence": -1}
    assert produce(written(tmp_path, GOOD, bad, GOOD)) == 2
    assert collected.sent == []
    assert capsys.readouterr().err.endswith(
        "breaks the contract of operations.session_closes.v1 once:\n"
        "  line 2: last_sequence is -1: last_sequence is at least 0\n"
    )


def test_the_first_twenty_problems_and_a_count(tmp_path: Path, collected: Collected, capsys) -> None:
    assert produce(written(tmp_path, *[{**GOOD, "last_sequence": -1}] * 22)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert "22 times" in lines[0]
    assert lines[20].startswith("  line 20: ")
    assert lines[21:] == ["  and 2 more"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 1: this is not JSON"),
        ("[1]", "line 1: a record is a JSON object"),
        ('{"last_sequence": NaN}', "line 1: NaN is no JSON number"),
        ('{"last_sequence": 1, "last_sequence": 2}', "line 1: last_sequence is given twice"),
        ("[" * 100_000, "line 1: this is not JSON"),
        (json.dumps(GOOD | {"closing_source_name": "x" * 1_000_000}), "bytes and may have 1,000,000"),
    ],
    ids=["cut", "a list", "NaN", "a name twice", "too deep", "too large for a broker"],
)
def test_lines_that_are_no_record(
    tmp_path: Path, collected: Collected, capsys, line: str, problem: str
) -> None:
    assert produce(written(tmp_path, line)) == 2
    assert problem in capsys.readouterr().err
    assert collected.sent == []


def test_bytes_that_are_no_text(tmp_path: Path, collected: Collected, capsys) -> None:
    file = tmp_path / "closes.jsonl"
    file.write_bytes(b'{"a": "\xff"}\n')
    assert produce(file) == 2
    assert "line 1: this is not JSON: 'utf-8' codec" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        ("operations.session_close.v1", "did you mean operations.session_closes.v1?"),
        ("nothing.alike", "the topics are behaviour.app_events.v1, "),
        ("behaviour.web_access.v1", "which Flume tails"),
    ],
    ids=["nearly a topic", "no topic", "raw lines"],
)
def test_topics_that_cannot_be_produced_to(tmp_path: Path, capsys, topic: str, sentence: str) -> None:
    assert produce(written(tmp_path, GOOD), topic) == 2
    assert sentence in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys) -> None:
    assert produce(tmp_path / "none.jsonl") == 2
    assert "none.jsonl cannot be read: No such file or directory" in capsys.readouterr().err


def test_a_file_without_records(tmp_path: Path, capsys) -> None:
    assert produce(written(tmp_path, "")) == 2
    assert "holds no records" in capsys.readouterr().err


def test_no_broker(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confluent_publisher, "SECONDS_TO_CONNECT", 0.5)
    monkeypatch.setenv("BROKERLAKE_BROKERS", "127.0.0.1:1")
    assert produce(written(tmp_path, GOOD)) == 1
    assert capsys.readouterr().err.startswith("no Kafka broker answers at 127.0.0.1:1 ")


def test_through_a_real_broker(kafka: str, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERLAKE_BROKERS", kafka)
    monkeypatch.setenv("BROKERLAKE_JOURNALS", str(tmp_path / "journals"))
    assert main(["topics"]) == 0
    before = len(read(kafka, TOPIC))
    assert produce(written(tmp_path, GOOD)) == 0
    assert capsys.readouterr().out.endswith(
        "1 records sent to operations.session_closes.v1, all acknowledged\n"
    )
    (message,) = read(kafka, TOPIC)[before:]
    assert message.key() == b"app"
    [journal] = (tmp_path / "journals").iterdir()
    assert message.headers() == [
        ("content-type", b"application/cloudevents+json; charset=UTF-8"),
        ("brokerlake-journal", f"{journal.stem}:1".encode()),
    ]
    assert json.loads(message.value())["data"] == GOOD
