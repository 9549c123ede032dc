"""Every event and table, in one place, and how to find one by name."""

from schemas import behaviour, churn, clients, market, operations, recommendation, risk, transactions
from schemas.declaration import DeclarationError, Event, Table

DOMAINS = (market, transactions, behaviour, clients, risk, churn, recommendation, operations)
EVENTS: tuple[Event, ...] = tuple(event for domain in DOMAINS for event in domain.EVENTS)
TABLES: tuple[Table, ...] = tuple(table for domain in DOMAINS for table in domain.TABLES)

_EVENTS = {event.topic: event for event in EVENTS}
_TABLES = {table.name: table for table in TABLES}


def event(topic: str) -> Event:
    """The event of a topic. Raises DeclarationError with the topics that exist."""
    if topic not in _EVENTS:
        raise DeclarationError(
            f"topic {topic!r} is not declared; the topics are {', '.join(sorted(_EVENTS))}"
        )
    return _EVENTS[topic]


def table(name: str) -> Table:
    """The table of a full name such as `gold.cash_daily`. Raises DeclarationError with the tables that exist."""
    if name not in _TABLES:
        raise DeclarationError(f"table {name!r} is not declared; the tables are {', '.join(sorted(_TABLES))}")
    return _TABLES[name]


def silver_of(event: Event) -> Table:
    """The silver table that an event's accepted rows go to."""
    return next(table for table in TABLES if table.event is event)
