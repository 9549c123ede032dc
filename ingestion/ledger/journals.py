"""Sets: what was acknowledged is in bronze, what is in bronze was attempted, and what failed is not there.

Journals are what producers wrote down themselves (`ingestion/publishing/journal.py`). A message says in a header in which
journal it is, and as which number; messages without that header, or of a journal that is not in the folder, are not
judged.

- lost: acknowledged, and bronze has passed its offset without having it
- phantom: in bronze, and never attempted, or surely failed
- altered: its bytes are not those that were sent
- misrouted: in another topic than it was sent to
- out-of-order: before a message that the same producer had sent to its partition earlier
- duplicate: accepted twice
- stuck: acknowledged and not landed, where all is said to be settled
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from ingestion.ledger.accounting import partition_name
from ingestion.ledger.accounts import PROOF_SHOWN, Closed, Difference, Key, Verdict, difference
from ingestion.publishing.journal import SUFFIX

Numbers = npt.NDArray[np.int64]

# What bronze has of journalled messages; `is_accepted`: silver has it.
CARRIED = pa.schema(
    [
        ("journal", pa.string()),
        ("number", pa.int64()),
        ("origin_topic", pa.string()),
        ("origin_partition", pa.int64()),
        ("origin_offset", pa.int64()),
        ("crc32c", pa.int64()),
        ("is_accepted", pa.bool_()),
    ]
)
_LINE = pa.schema(
    [
        ("n", pa.int64()),
        ("topic", pa.string()),
        ("crc32c", pa.int64()),
        ("partition", pa.int64()),
        ("offset", pa.int64()),
        ("failed", pa.string()),
        ("unknown", pa.string()),
        ("closed", pa.bool_()),
    ]
)
UNKNOWN, ACKNOWLEDGED, FAILED = 0, 1, 2


@dataclass(frozen=True)
class Sent:
    """One journal: of message number n (from 1 on) the entry n - 1 of each array.

    `end` is UNKNOWN where nothing else is known; partition and offset are -1 where they are not.
    """

    name: str
    topics: npt.NDArray[np.object_]
    crc32c: Numbers
    end: Numbers
    partitions: Numbers
    offsets: Numbers


def read(folder: Path) -> Iterator[Sent]:
    """Every journal of a folder, also those that are still written to or were cut off by a kill."""
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        text = file.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]  # a producer may be writing the last line
        if whole:
            options = pj.ParseOptions(explicit_schema=_LINE, unexpected_field_behavior="ignore")
            yield _sent(file.stem, pj.read_json(io.BytesIO(whole), parse_options=options))


def _sent(name: str, lines: pa.Table) -> Sent:
    attempts = lines.filter(pc.is_valid(lines["topic"])).sort_by("n")
    is_end = pc.and_(pc.is_valid(lines["n"]), pc.is_null(lines["topic"]))
    ends = lines.filter(is_end)
    count = len(attempts)
    end, partitions, offsets = (np.full(count, value, dtype=np.int64) for value in (UNKNOWN, -1, -1))
    place = _numbers(ends, "n") - 1
    has_failed, is_unknown = (
        pc.is_valid(ends[each]).to_numpy(zero_copy_only=False) for each in ("failed", "unknown")
    )
    end[place] = np.where(has_failed, FAILED, np.where(is_unknown, UNKNOWN, ACKNOWLEDGED))
    partitions[place], offsets[place] = _numbers(ends, "partition"), _numbers(ends, "offset")
    topics = attempts["topic"].to_numpy(zero_copy_only=False)
    return Sent(name, topics, _numbers(attempts, "crc32c"), end, partitions, offsets)


def judge(
    journals: Mapping[str, Sent],
    carried: pa.Table,
    landed_up_to: Mapping[Key, int],
    closed: Mapping[Key, Closed],
    settled: bool,
) -> list[Difference]:
    """The differences between journals and what bronze has of them (schema CARRIED), from where it was `closed`.

    `landed_up_to` is the offset of each partition that is to land next.
    """
    found: list[Difference] = []
    for name, sent in journals.items():
        mine = carried.filter(pc.equal(carried["journal"], name))
        found += _of_carried(sent, mine)
        found += _of_acknowledged(sent, mine, landed_up_to, closed, settled)
    return found


def _of_carried(sent: Sent, carried: pa.Table) -> Iterator[Difference]:
    """What bronze has and should not have, or has otherwise than it was sent."""
    numbers = _numbers(carried, "number")
    is_attempted = (numbers >= 1) & (numbers <= len(sent.end))
    yield from _told(sent, carried, ~is_attempted, "phantom", "in bronze, and never attempted")
    carried, numbers = carried.filter(pa.array(is_attempted)), numbers[is_attempted]
    entry = numbers - 1
    yield from _told(
        sent, carried, sent.end[entry] == FAILED, "phantom", "in bronze, though the producer was told that it failed"
    )  # fmt: skip
    topics = carried["origin_topic"].to_numpy(zero_copy_only=False)
    yield from _told(
        sent, carried, topics != sent.topics[entry], "misrouted", "in another topic than it was sent to"
    )
    yield from _told(
        sent, carried, _numbers(carried, "crc32c") != sent.crc32c[entry], "altered", "its bytes are not those sent"
    )  # fmt: skip
    yield from _told(
        sent, carried, _is_overtaken(carried), "out-of-order", "behind a message that was sent later"
    )
    yield from _told(sent, carried, _is_accepted_again(carried), "duplicate", "accepted twice")


def _of_acknowledged(
    sent: Sent,
    carried: pa.Table,
    landed_up_to: Mapping[Key, int],
    closed: Mapping[Key, Closed],
    settled: bool,
) -> Iterator[Difference]:
    """What was acknowledged and bronze does not have."""
    is_there = np.zeros(len(sent.end) + 1, dtype=bool)
    numbers = _numbers(carried, "number")
    is_there[numbers[(numbers >= 1) & (numbers <= len(sent.end))]] = True
    absent = (sent.end == ACKNOWLEDGED) & ~is_there[1:]
    for topic in sorted({*sent.topics[absent]}):
        for partition in np.unique(sent.partitions[absent & (sent.topics == topic)]).tolist():
            key = (topic, partition)
            here = absent & (sent.topics == topic) & (sent.partitions == partition)
            offsets = sent.offsets
            first = closed[key].up_to if key in closed else 0
            landed = landed_up_to.get(key, 0)
            gone = np.flatnonzero(here & (offsets >= first) & (offsets < landed)) + 1
            waits = np.flatnonzero(here & ((offsets >= landed) | (offsets < 0) & (first == 0))) + 1
            yield from _told_numbers(sent, key, gone, "lost", "acknowledged, and not in bronze")
            if settled:
                yield from _told_numbers(sent, key, waits, "stuck", "acknowledged and not landed")


def _told(
    sent: Sent, carried: pa.Table, chosen: npt.NDArray[np.bool_], verdict: Verdict, why: str
) -> Iterator[Difference]:
    if not chosen.any():
        return
    rows = carried.filter(pa.array(chosen)).slice(0, PROOF_SHOWN)
    proof = [
        f"{number} at {topic}/{partition}/{offset}"
        for number, topic, partition, offset in zip(
            *[
                rows[name].to_pylist()
                for name in ("number", "origin_topic", "origin_partition", "origin_offset")
            ],
            strict=True,
        )
    ]
    count = int(np.count_nonzero(chosen))
    yield difference("sets", verdict, f"journal {sent.name}", why, "message", proof, count)


def _told_numbers(sent: Sent, key: Key, numbers: Numbers, verdict: Verdict, why: str) -> Iterator[Difference]:
    if len(numbers):
        first = numbers[:PROOF_SHOWN].tolist()
        proof = [f"{number} at offset {sent.offsets[number - 1]}" for number in first]
        subject = f"journal {sent.name} to {partition_name(key)}"
        yield difference("sets", verdict, subject, why, "message", proof, len(numbers))


def _is_overtaken(carried: pa.Table) -> npt.NDArray[np.bool_]:
    """Whether a row lies behind one of its partition that has a higher number; a repetition of a number does not count."""
    numbers, offsets = _numbers(carried, "number"), _numbers(carried, "origin_offset")
    partition = _partition_codes(carried)
    order = np.lexsort((offsets, partition))
    overtaken = np.zeros(len(numbers), dtype=bool)
    _, first_places = np.unique(partition[order], return_index=True)
    for rows in np.split(order, first_places[1:]) if len(order) else []:
        _, first_time = np.unique(numbers[rows], return_index=True)
        firsts = rows[np.sort(first_time)]
        highest_before = np.maximum.accumulate(numbers[firsts])
        overtaken[firsts] = numbers[firsts] < highest_before
    return overtaken


def _is_accepted_again(carried: pa.Table) -> npt.NDArray[np.bool_]:
    """Whether a row is accepted though another place bears its number; one place that is there twice is one place."""
    numbers, offsets = _numbers(carried, "number"), _numbers(carried, "origin_offset")
    accepted = np.flatnonzero(carried["is_accepted"].to_numpy(zero_copy_only=False).astype(bool))
    places = np.stack([numbers, _partition_codes(carried), offsets])[:, accepted]
    _, once = np.unique(places, axis=1, return_index=True)
    _, first = np.unique(places[0, once], return_index=True)
    again = np.zeros(len(numbers), dtype=bool)
    again[accepted[np.delete(once, first)]] = True
    return again


def _partition_codes(carried: pa.Table) -> Numbers:
    """A number for each partition of each topic."""
    topics = carried["origin_topic"].combine_chunks().dictionary_encode()
    codes = pa.chunked_array([topics]).combine_chunks().indices.to_numpy().astype(np.int64)
    return codes * 1_000_000 + _numbers(carried, "origin_partition")


def _numbers(table: pa.Table, name: str) -> Numbers:
    return pc.fill_null(table[name], -1).to_numpy().astype(np.int64)
