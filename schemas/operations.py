"""What sources and the pipeline say about themselves."""

from dataclasses import dataclass

from schemas import fields as f
from schemas import pipeline_fields as p
from schemas.declaration import Event, Table
from schemas.provenance import ENVELOPE, silver_table

SESSION_CLOSE = Event(
    topic="operations.session_closes.v1",
    doc="A source has sent everything of a session; this event's sequence is its last.",
    key=(f.SESSION_DATE, p.CLOSING_SOURCE_NAME),
    happened_at=f.CLOSED_AT,
    dated_by=f.SESSION_DATE,
    subject=p.CLOSING_SOURCE_NAME,
    columns=(f.SESSION_DATE, p.CLOSING_SOURCE_NAME, f.LAST_SEQUENCE, f.CLOSED_AT),
    n_partitions=1,
)


@dataclass(frozen=True)
class Source:
    """A system that sends events, numbered without gaps, and whether it says when a session is over."""

    name: str
    topics: tuple[str, ...]
    closes_sessions: bool = True


SOURCES = (
    Source(
        "market-data",
        (
            "market.instruments.v1",
            "market.bars.v1",
            "market.quotes.v1",
            "market.corporate_actions.v1",
            "market.exchange_rates.v1",
        ),
    ),
    Source("order-system", ("transactions.orders.v1",)),
    Source("execution-venue", ("transactions.fills.v1",)),
    Source("custodian", ("transactions.statements.v1",)),
    Source("cash-ledger", ("transactions.cash.v1", "transactions.currency_exchanges.v1")),
    Source("account-system", ("clients.accounts.v1",)),
    Source(
        "risk-engine",
        ("risk.order_checks.v1", "risk.limits.v1", "risk.margin_contracts.v1", "risk.haircuts.v1"),
    ),
    Source("app", ("behaviour.app_events.v1",)),
    Source("web-server", ("behaviour.web_access.v1",), closes_sessions=False),
    Source("alert-stream", ("risk.alerts.v1",), closes_sessions=False),
)

SESSION_CLOSES = silver_table(
    "silver.session_closes", SESSION_CLOSE, "One row a source and session.", f.SESSION_DATE
)

_MESSAGE = (p.ORIGIN_TOPIC, p.ORIGIN_PARTITION, p.ORIGIN_OFFSET, p.RECEIVED_AT, p.EVENT_KEY, p.HEADERS, p.RAW)

BRONZE_EVENTS = Table(
    name="bronze.events",
    doc="Every message of every topic, as received: nothing is parsed, so nothing can fail to land.",
    domain="operations",
    key=(p.ORIGIN_TOPIC, p.ORIGIN_PARTITION, p.ORIGIN_OFFSET),
    columns=(*_MESSAGE, p.LAND_BATCH),
    provenance=(p.PROCESSED_AT,),
)

QUARANTINE_EVENTS = Table(
    name="quarantine.events",
    doc="Every message that breaks a promise: its bytes, and every reason.",
    domain="operations",
    key=(p.ORIGIN_TOPIC, p.ORIGIN_PARTITION, p.ORIGIN_OFFSET),
    columns=(
        *_MESSAGE,
        *(column.optional() for column in ENVELOPE),
        p.CONTRACT_ID,
        p.REASONS,
        p.FIRST_SEEN_AT,
    ),
    provenance=(p.REFINE_BATCH,),
)

DUPLICATES = Table(
    name="ops.duplicates",
    doc="Every message that repeats an accepted one: same key, same payload.",
    domain="operations",
    key=(p.ORIGIN_TOPIC, p.ORIGIN_PARTITION, p.ORIGIN_OFFSET),
    columns=(
        p.ORIGIN_TOPIC,
        p.ORIGIN_PARTITION,
        p.ORIGIN_OFFSET,
        p.RECEIVED_AT,
        *ENVELOPE,
        p.REPEATS_PARTITION,
        p.REPEATS_OFFSET,
    ),
    provenance=(p.REFINE_BATCH, p.PROCESSED_AT),
)

UNDECLARED_FIELDS = Table(
    name="ops.undeclared_fields",
    doc="Fields that accepted records carry and their event does not declare: what a source sends ahead of a release.",
    domain="operations",
    key=(p.ORIGIN_TOPIC, p.FIELD_NAME),
    columns=(p.ORIGIN_TOPIC, p.FIELD_NAME, p.CONTRACT_ID, p.REFINE_BATCH, p.FIRST_SEEN_AT),
)

QUARANTINE_DECISIONS = Table(
    name="ops.quarantine_decisions",
    doc="What was decided about quarantined messages: replays, with what they made of each, and discards.",
    domain="operations",
    key=(p.DECISION_ID, p.ORIGIN_TOPIC, p.ORIGIN_PARTITION, p.ORIGIN_OFFSET, p.DECISION_STEP),
    columns=(
        p.DECISION_ID,
        p.ORIGIN_TOPIC,
        p.ORIGIN_PARTITION,
        p.ORIGIN_OFFSET,
        p.DECISION_STEP,
        p.REPLAY_OUTCOME,
        p.REASONS_LEFT,
        p.CONTRACT_ID,
        p.REPAIR_NAME,
        p.DECIDER_NAME,
        p.DECISION_REASON,
        p.REFINE_BATCH.optional(),
        p.DECIDED_AT,
    ),
)

PARKED = Table(
    name="ops.parked",
    doc="Topics whose silver write failed, and the landing batches that wait to be unparked.",
    domain="operations",
    key=(p.ORIGIN_TOPIC,),
    columns=(p.ORIGIN_TOPIC, p.BRONZE_FROM_BATCH, p.BRONZE_TO_BATCH, p.ERROR, p.FIRST_SEEN_AT),
    second_answer="replace",
)

TOUCHED_SESSIONS = Table(
    name="ops.touched_sessions",
    doc="Which sessions of which table a refine batch added rows to.",
    domain="operations",
    key=(p.TABLE_NAME, f.SESSION_DATE, p.REFINE_BATCH),
    columns=(p.TABLE_NAME, f.SESSION_DATE, p.REFINE_BATCH, p.PROCESSED_AT),
)

JOB_RUNS = Table(
    name="ops.job_runs",
    doc="How each job ended for each session, from which versions of its inputs, with which parameters and code.",
    domain="operations",
    key=(f.RUN_ID, p.JOB_NAME, f.SESSION_DATE),
    columns=(
        f.RUN_ID,
        p.JOB_NAME,
        p.TABLE_NAME,
        f.SESSION_DATE,
        p.JOB_STATUS,
        p.ERROR,
        p.TABLE_VERSION,
        p.INPUT_VERSIONS_JSON,
        p.REFINE_BATCH,
        p.PARAMS_JSON,
        p.CODE_VERSION,
        p.STARTED_AT,
        p.ENDED_AT,
    ),
)

LEDGER = Table(
    name="ops.ledger",
    doc="How far each partition was closed by each look of the ledger, and what the look cost.",
    domain="operations",
    key=(p.LEDGER_RUN_ID, p.ORIGIN_TOPIC, p.ORIGIN_PARTITION),
    columns=(
        p.LEDGER_RUN_ID,
        p.ORIGIN_TOPIC,
        p.ORIGIN_PARTITION,
        p.LOOKED_AT,
        p.LOOKED_FROM_AT,
        p.BOOKS_LOOKED_AT,
        p.FIRST_OPEN_OFFSET,
        p.N_LANDED,
        p.N_ACCEPTED,
        p.N_LATE,
        p.N_DUPLICATES,
        p.N_QUARANTINED,
        p.N_PENDING,
        p.N_DIFFERENCES,
        p.N_ROWS_READ,
        p.LOOK_MS,
    ),
)

LEDGER_SOURCES = Table(
    name="ops.ledger_sources",
    doc="How far each source was heard by each look of the ledger, and the gaps in its sequence.",
    domain="operations",
    key=(p.LEDGER_RUN_ID, p.SOURCE_NAME),
    columns=(p.LEDGER_RUN_ID, p.SOURCE_NAME, p.LOOKED_AT, p.LAST_SEQUENCE_HEARD, p.SEQUENCE_GAPS),
)

LEDGER_BREAKS = Table(
    name="ops.ledger_breaks",
    doc="Every broken law that the ledger has found, with what proves it, its age, and whether it is still there.",
    domain="operations",
    key=(p.BREAK_ID,),
    columns=(
        p.BREAK_ID,
        p.LAW_NAME,
        p.VERDICT,
        p.BREAK_SUBJECT,
        p.ERROR,
        p.N_BROKEN,
        p.BROKEN_UNIT,
        p.PROOF,
        p.BREAK_STATE,
        p.FIRST_SEEN_AT,
        p.LAST_SEEN_AT,
        p.BREAK_AGE_SECONDS,
        p.LOOKED_FROM_AT,
        p.DECIDER_NAME.optional(),
        p.DECISION_REASON,
    ),
    second_answer="replace",
)

EVENTS = (SESSION_CLOSE,)
TABLES = (
    SESSION_CLOSES,
    BRONZE_EVENTS,
    QUARANTINE_EVENTS,
    DUPLICATES,
    UNDECLARED_FIELDS,
    QUARANTINE_DECISIONS,
    PARKED,
    TOUCHED_SESSIONS,
    JOB_RUNS,
    LEDGER,
    LEDGER_SOURCES,
    LEDGER_BREAKS,
)
