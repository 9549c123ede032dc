"""Topics: named by the rule, each with one source; what Flume tails is declared."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from ingestion.flume import broker_logs
from schemas.catalog import DOMAINS, EVENTS, TABLES
from schemas.operations import SESSION_CLOSE, SOURCES

DOMAIN_WORDS = frozenset(domain.__name__.split(".")[-1] for domain in DOMAINS)
TOPICS = {event.topic for event in EVENTS}
# Plurals that do not end with an s → why.
PLURALS_APART = {"transactions.cash.v1": "cash is not counted"}


def badly_named(topics: Iterable[str]) -> list[str]:
    """Topics that are not domain.plural.vN, with a domain that exists."""
    rule = re.compile(rf"({'|'.join(sorted(DOMAIN_WORDS))})[.][a-z_]+s[.]v[1-9][0-9]*")
    return sorted(topic for topic in topics if not rule.fullmatch(topic) and topic not in PLURALS_APART)


def test_topics_are_named_by_the_rule() -> None:
    assert badly_named(TOPICS) == []


def test_exceptions_are_still_needed() -> None:
    assert set(PLURALS_APART) <= TOPICS


def test_domains_are_those_that_sort_every_folder() -> None:
    assert {
        "market",
        "transactions",
        "behaviour",
        "risk",
        "clients",
        "churn",
        "recommendation",
        "operations",
    } == DOMAIN_WORDS
    assert {table.domain for table in TABLES} <= DOMAIN_WORDS


def test_what_flume_tails_is_declared() -> None:
    tailed = [log.topic for log in broker_logs(Path("logs"))]
    assert set(tailed) <= TOPICS
    assert len(tailed) == len(set(tailed))


def test_every_topic_of_raw_lines_is_tailed() -> None:
    assert {event.topic for event in EVENTS if event.raw_line} <= {
        log.topic for log in broker_logs(Path("logs"))
    }


def test_a_topic_has_one_source() -> None:
    sent = [topic for source in SOURCES for topic in source.topics]
    assert sorted(sent) == sorted(TOPICS - {SESSION_CLOSE.topic}), "all sources send their own closes"


def test_an_event_goes_to_one_silver_table() -> None:
    taken = [table.event.topic for table in TABLES if table.event is not None]
    assert sorted(taken) == sorted(TOPICS)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("transactions.fills.v1", []),
        ("transactions.fill.v1", ["transactions.fill.v1"]),
        ("weather.reports.v1", ["weather.reports.v1"]),
        ("transactions.fills", ["transactions.fills"]),
    ],
)
def test_the_rule_itself(topic: str, expected: list[str]) -> None:
    assert badly_named([topic]) == expected
