"""What ingestion refuses or could not do, each in one sentence."""

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path

PROBLEMS_SHOWN = 20


class IngestionError(Exception):
    """Base of the family; `str(error)` is what a person reads. A command ends with `exit_status`."""

    exit_status = 1


class Misuse(IngestionError):
    """What was asked for does not exist or breaks the contract: nothing was sent or written."""

    exit_status = 2


class UnknownTopic(Misuse):
    def __init__(self, topic: str, known: Sequence[str]) -> None:
        near = get_close_matches(topic, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the topics are {', '.join(sorted(known))}"
        super().__init__(f"topic {topic!r} is not declared; {hint}")


class RawLineTopic(Misuse):
    def __init__(self, topic: str) -> None:
        super().__init__(
            f"topic {topic} carries raw lines of a log file, which Flume tails and sends with their place in the file; "
            "write the lines to a file that Flume tails instead"
        )


class UnreadableFile(Misuse):
    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"file {file} cannot be read: {why}")


class BrokenRecords(Misuse):
    """Records that break their event's contract: each problem is a sentence that begins with its line."""

    def __init__(self, file: Path, topic: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        shown = "".join(f"\n  {problem}" for problem in problems[:PROBLEMS_SHOWN])
        more = len(problems) - PROBLEMS_SHOWN
        rest = f"\n  and {more:,} more" if more > 0 else ""
        super().__init__(
            f"nothing was sent: {file} breaks the contract of {topic} {_times(len(problems))}:{shown}{rest}"
        )


class BrokerUnreachable(IngestionError):
    def __init__(self, brokers: str, why: str) -> None:
        super().__init__(
            f"no Kafka broker answers at {brokers} ({why}); start one with `make up`, "
            "or name another with BROKERLAKE_BROKERS"
        )


class DeliveryFailed(IngestionError):
    """Some messages were not acknowledged: `failed` are surely not in the topic, `unknown` may be."""

    def __init__(self, sent: int, failed: int, unknown: int, first_error: str) -> None:
        self.failed, self.unknown = failed, unknown
        super().__init__(
            f"of {sent:,} messages {failed:,} failed and {unknown:,} may or may not have arrived; "
            f"the first error: {first_error} (`python -m ingestion topics` creates missing topics)"
        )


class SpoolFull(IngestionError):
    def __init__(self, file: Path, count: int, n_bytes: int, max_bytes: int) -> None:
        super().__init__(
            f"the message was not kept: the spool {file} holds {count:,} messages of {n_bytes:,} bytes and may hold "
            f"{max_bytes:,}; all that it holds stays, and is sent when a broker answers: start one with `make up`"
        )


class SpoolInUse(IngestionError):
    def __init__(self, file: Path) -> None:
        super().__init__(f"another process has the spool {file}: wait for it, or use another producer's name")


class SpoolDamaged(IngestionError):
    def __init__(self, file: Path, why: str) -> None:
        super().__init__(
            f"the spool {file} cannot be read ({why}): move it away and keep it, a new one is begun; "
            "what it held is sent again from its source"
        )


class NoSuchBreak(Misuse):
    def __init__(self, asked: str, n_found: int, known: Sequence[str]) -> None:
        there = f"the open ones are {', '.join(sorted(known))}" if known else "there is none"
        found = "no open break has" if not n_found else f"{n_found} open breaks have"
        super().__init__(f"{found} an id that begins with {asked!r}: {there}")


class TopicsRefused(IngestionError):
    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"the broker refused to change its topics: {'; '.join(problems)}")


class StreamFailed(IngestionError):
    def __init__(self, stream: str, why: str) -> None:
        super().__init__(f"the stream {stream} ended: {why}")


class OvertakenByRetention(IngestionError):
    """The broker deleted messages before they had landed; a gap a partition, each with its offsets."""

    def __init__(self, stream: str, gaps: Sequence[str], n_lost: int) -> None:
        shown = ", ".join(gaps[:PROBLEMS_SHOWN])
        more = f" and {len(gaps) - PROBLEMS_SHOWN} more partitions" if len(gaps) > PROBLEMS_SHOWN else ""
        super().__init__(
            f"the broker deleted messages before the stream {stream} had read them, {n_lost:,} are in no table: "
            f"{shown}{more}; send them again from their source, or run `python -m ingestion {stream} --once "
            "--adopt-checkpoint` to go on with what there is, and the ledger names what is lost"
        )


class NotSettled(IngestionError):
    def __init__(self, session: date, seconds: float, why: str) -> None:
        super().__init__(f"session {session} is not settled after {seconds:.0f} seconds: {why}")


class NotParked(Misuse):
    def __init__(self, topic: str, parked: Sequence[str]) -> None:
        there = f"parked are {', '.join(sorted(parked))}" if parked else "none is"
        super().__init__(f"topic {topic!r} is not parked; {there}")


class UnknownRepair(Misuse):
    def __init__(self, name: str, known: Sequence[str], near: Sequence[str]) -> None:
        hint = f"did you mean {' or '.join(near)}?" if near else f"the repairs are {', '.join(sorted(known))}"
        super().__init__(f"there is no repair {name!r}; {hint}")


class NotQuarantined(Misuse):
    def __init__(self, origin: str) -> None:
        super().__init__(
            f"{origin} is not in quarantine; `python -m ingestion quarantine list` shows what is, as TOPIC/PARTITION/OFFSET"
        )


class TopicIsParked(Misuse):
    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(sorted(topics))} is parked: `python -m ingestion unpark` first, so that order is kept"
        )


class ReplayFailed(IngestionError):
    def __init__(self, failures: Mapping[str, str]) -> None:
        told = "; ".join(f"{topic}: {why}" for topic, why in sorted(failures.items()))
        super().__init__(
            f"silver could not be written for {told}; what is written stays, and the same replay goes on from there"
        )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
