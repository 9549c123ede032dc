"""Reads what the pipeline did with every message, and says how it compares with what was planted."""

from __future__ import annotations

import hashlib

import pandas as pd

from evaluation.pipeline import Landed, PipelineResult, Quarantined, judge
from evaluation.section import Fact, Grid, Section, listed
from ingestion.simulator.truth import Fault, Truth
from lake.reader import query
from lake.settings import Settings
from schemas import catalog

N_LANDED = "SELECT origin_topic, count(*) AS n FROM bronze.events GROUP BY origin_topic"
QUARANTINED = "SELECT origin_topic, origin_partition, origin_offset, raw, reasons FROM quarantine.events"
DUPLICATES = """
    SELECT origin_topic AS topic, event_id, origin_partition AS partition, origin_offset AS offset FROM ops.duplicates
"""
ACCEPTED = "SELECT event_id, is_late FROM {table}"


def section(settings: Settings, truth: Truth) -> Section:
    """The answer, from bronze, quarantine, duplicates and silver."""
    return told(judge(truth, read(settings, truth)))


def read(settings: Settings, truth: Truth) -> Landed:
    """What the lake says about everything that landed."""
    rows = query(settings, N_LANDED, for_service=True).to_pylist()
    topics = sorted({fault.topic for fault in truth.faults if fault.outcome == "accepted"})
    return Landed(
        {row["origin_topic"]: row["n"] for row in rows},
        _quarantined(settings),
        _duplicates(settings),
        {topic: _accepted(settings, topic) for topic in topics},
    )


def _quarantined(settings: Settings) -> tuple[Quarantined, ...]:
    return tuple(
        Quarantined(
            row["origin_topic"],
            hashlib.sha256(row["raw"] or b"").hexdigest(),
            tuple(sorted({reason["code"] for reason in row["reasons"]})),
            f"{row['origin_topic']}-{row['origin_partition']}@{row['origin_offset']}",
        )
        for row in query(settings, QUARANTINED, for_service=True).to_pylist()
    )


def _duplicates(settings: Settings) -> pd.DataFrame:
    return query(settings, DUPLICATES, for_service=True).to_pandas()


def _accepted(settings: Settings, topic: str) -> dict[str, bool]:
    table = catalog.silver_of(catalog.event(topic))
    found = query(settings, ACCEPTED.format(table=table.name), for_service=True)
    return dict(zip(found["event_id"].to_pylist(), found["is_late"].to_pylist(), strict=True))


def told(result: PipelineResult) -> Section:
    """The answer as a section."""
    n_planted = sum(kind.n_planted for kind in result.kinds)
    n_found = sum(kind.n_found for kind in result.kinds)
    n_lost = sum(result.lost.values())
    again = f"; the broker was played {result.n_plays} times" if result.n_plays > 1 else ""
    return Section(
        name="pipeline",
        title="Pipeline: planted faults and how they ended",
        facts=(
            Fact(f"{n_found} of {n_planted} planted faults ended as they must{again}", not result.missing),
            Fact(
                f"{len(result.unexplained)} messages were set aside for no planted reason",
                not result.unexplained,
            ),
            Fact(f"{n_lost} of the messages that were sent never landed", not n_lost),
        ),
        grids=(
            Grid(
                ("fault", "outcome", "reasons", "planted", "found"),
                tuple(
                    (kind.kind, kind.outcome, ", ".join(kind.reasons), kind.n_planted, kind.n_found)
                    for kind in result.kinds
                ),
            ),
        ),
        notes=(
            *listed("missing", [_named(fault) for fault in result.missing]),
            *listed("unexplained", result.unexplained),
            *listed(f"{len(result.repeats)} repeats on topics that come at least once", result.repeats),
            *listed("lost", [f"{topic} {count}" for topic, count in result.lost.items()]),
        ),
        figures={
            "n_plays": result.n_plays,
            "kinds": [kind._asdict() for kind in result.kinds],
            "missing": [_named(fault) for fault in result.missing],
            "unexplained": list(result.unexplained),
            "repeats": list(result.repeats),
            "lost": dict(result.lost),
        },
    )


def _named(fault: Fault) -> str:
    return (
        f"{fault.kind} of {fault.session_date} on {fault.topic} ({fault.event_id or fault.raw_sha256[:12]})"
    )
