"""What sources and the pipeline say about themselves."""

from dataclasses import dataclass

from schemas import fields as f
from schemas.declaration import Event, Table
from schemas.provenance import ENVELOPE, silver_table

SESSION_CLOSE = Event(
    topic="operations.session_closes.v1",
    doc="A source has sent everything of a session; this event's sequence is its last.",
    key=(f.SESSION_DATE, f.CLOSING_SOURCE_NAME),
    happened_at=f.CLOSED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.CLOSING_SOURCE_NAME,
    columns=(f.SESSION_DATE, f.CLOSING_SOURCE_NAME, f.LAST_SEQUENCE, f.CLOSED_AT),
    n_partitions=1,
)


@dataclass(frozen=True)
class Source:
    """A system that sends events, numbered without gaps, and whether it says when a session is over."""

    name: str
    topics: tuple[str, ...]
    closes_sessions: bool = True


SOURCES = (
    Source("market-data", ("market.instruments.v1", "market.bars.v1", "market.quotes.v1")),
    Source("order-system", ("transactions.orders.v1",)),
    Source("execution-venue", ("transactions.fills.v1",)),
    Source("cash-ledger", ("transactions.cash.v1",)),
    Source("account-system", ("clients.accounts.v1",)),
    Source("risk-engine", ("risk.order_checks.v1", "risk.limits.v1")),
    Source("app", ("behaviour.app_events.v1",)),
    Source("web-server", ("behaviour.web_access.v1",), closes_sessions=False),
    Source("alert-stream", ("risk.alerts.v1",), closes_sessions=False),
)

SESSION_CLOSES = silver_table(
    "silver.session_closes", SESSION_CLOSE, "One row a source and session.", f.SESSION_DATE
)

_MESSAGE = (f.ORIGIN_TOPIC, f.ORIGIN_PARTITION, f.ORIGIN_OFFSET, f.RECEIVED_AT, f.EVENT_KEY, f.HEADERS, f.RAW)

BRONZE_EVENTS = Table(
    name="bronze.events",
    doc="Every message of every topic, as received: nothing is parsed, so nothing can fail to land.",
    domain="operations",
    key=(f.ORIGIN_TOPIC, f.ORIGIN_PARTITION, f.ORIGIN_OFFSET),
    columns=(*_MESSAGE, f.LAND_BATCH),
    provenance=(f.PROCESSED_AT,),
)

QUARANTINE_EVENTS = Table(
    name="quarantine.events",
    doc="Every message that breaks a promise: its bytes, and every reason.",
    domain="operations",
    key=(f.ORIGIN_TOPIC, f.ORIGIN_PARTITION, f.ORIGIN_OFFSET),
    columns=(
        *_MESSAGE,
        *(column.optional() for column in ENVELOPE),
        f.CONTRACT_ID,
        f.REASONS,
        f.FIRST_SEEN_AT,
    ),
    provenance=(f.REFINE_BATCH,),
)

DUPLICATES = Table(
    name="ops.duplicates",
    doc="Every message that repeats an accepted one: same key, same payload.",
    domain="operations",
    key=(f.ORIGIN_TOPIC, f.ORIGIN_PARTITION, f.ORIGIN_OFFSET),
    columns=(
        f.ORIGIN_TOPIC,
        f.ORIGIN_PARTITION,
        f.ORIGIN_OFFSET,
        f.RECEIVED_AT,
        *ENVELOPE,
        f.REPEATS_PARTITION,
        f.REPEATS_OFFSET,
    ),
    provenance=(f.REFINE_BATCH, f.PROCESSED_AT),
)

UNDECLARED_FIELDS = Table(
    name="ops.undeclared_fields",
    doc="Fields that accepted records carry and their event does not declare: what a source sends ahead of a release.",
    domain="operations",
    key=(f.ORIGIN_TOPIC, f.FIELD_NAME),
    columns=(f.ORIGIN_TOPIC, f.FIELD_NAME, f.CONTRACT_ID, f.REFINE_BATCH, f.FIRST_SEEN_AT),
)

QUARANTINE_DECISIONS = Table(
    name="ops.quarantine_decisions",
    doc="What was decided about quarantined messages: replays, with what they made of each, and discards.",
    domain="operations",
    key=(f.DECISION_ID, f.ORIGIN_TOPIC, f.ORIGIN_PARTITION, f.ORIGIN_OFFSET, f.DECISION_STEP),
    columns=(
        f.DECISION_ID,
        f.ORIGIN_TOPIC,
        f.ORIGIN_PARTITION,
        f.ORIGIN_OFFSET,
        f.DECISION_STEP,
        f.REPLAY_OUTCOME,
        f.REASONS_LEFT,
        f.CONTRACT_ID,
        f.REPAIR_NAME,
        f.DECIDER_NAME,
        f.DECISION_REASON,
        f.REFINE_BATCH.optional(),
        f.DECIDED_AT,
    ),
)

PARKED = Table(
    name="ops.parked",
    doc="Topics whose silver write failed, and the landing batches that wait to be unparked.",
    domain="operations",
    key=(f.ORIGIN_TOPIC,),
    columns=(f.ORIGIN_TOPIC, f.BRONZE_FROM_BATCH, f.BRONZE_TO_BATCH, f.ERROR, f.FIRST_SEEN_AT),
    second_answer="replace",
)

TOUCHED_SESSIONS = Table(
    name="ops.touched_sessions",
    doc="Which sessions of which table a refine batch added rows to.",
    domain="operations",
    key=(f.TABLE_NAME, f.SESSION_DATE, f.REFINE_BATCH),
    columns=(f.TABLE_NAME, f.SESSION_DATE, f.REFINE_BATCH, f.PROCESSED_AT),
)

JOB_RUNS = Table(
    name="ops.job_runs",
    doc="How each job ended for each session, from which versions of its inputs, with which parameters and code.",
    domain="operations",
    key=(f.RUN_ID, f.JOB_NAME, f.SESSION_DATE),
    columns=(
        f.RUN_ID,
        f.JOB_NAME,
        f.TABLE_NAME,
        f.SESSION_DATE,
        f.JOB_STATUS,
        f.ERROR,
        f.TABLE_VERSION,
        f.INPUT_VERSIONS_JSON,
        f.REFINE_BATCH,
        f.PARAMS_JSON,
        f.CODE_VERSION,
        f.STARTED_AT,
        f.ENDED_AT,
    ),
)

LEDGER = Table(
    name="ops.ledger",
    doc="How far each partition was closed by each look of the ledger, and what the look cost.",
    domain="operations",
    key=(f.LEDGER_RUN_ID, f.ORIGIN_TOPIC, f.ORIGIN_PARTITION),
    columns=(
        f.LEDGER_RUN_ID,
        f.ORIGIN_TOPIC,
        f.ORIGIN_PARTITION,
        f.LOOKED_AT,
        f.LOOKED_FROM_AT,
        f.BOOKS_LOOKED_AT,
        f.FIRST_OPEN_OFFSET,
        f.N_LANDED,
        f.N_ACCEPTED,
        f.N_LATE,
        f.N_DUPLICATES,
        f.N_QUARANTINED,
        f.N_PENDING,
        f.N_DIFFERENCES,
        f.N_ROWS_READ,
        f.LOOK_MS,
    ),
)

LEDGER_SOURCES = Table(
    name="ops.ledger_sources",
    doc="How far each source was heard by each look of the ledger, and the gaps in its sequence.",
    domain="operations",
    key=(f.LEDGER_RUN_ID, f.SOURCE_NAME),
    columns=(f.LEDGER_RUN_ID, f.SOURCE_NAME, f.LOOKED_AT, f.LAST_SEQUENCE_HEARD, f.SEQUENCE_GAPS),
)

LEDGER_BREAKS = Table(
    name="ops.ledger_breaks",
    doc="Every broken law that the ledger has found, with what proves it, its age, and whether it is still there.",
    domain="operations",
    key=(f.BREAK_ID,),
    columns=(
        f.BREAK_ID,
        f.LAW_NAME,
        f.VERDICT,
        f.BREAK_SUBJECT,
        f.ERROR,
        f.N_BROKEN,
        f.BROKEN_UNIT,
        f.PROOF,
        f.BREAK_STATE,
        f.FIRST_SEEN_AT,
        f.LAST_SEEN_AT,
        f.BREAK_AGE_SECONDS,
        f.LOOKED_FROM_AT,
        f.DECIDER_NAME.optional(),
        f.DECISION_REASON,
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
