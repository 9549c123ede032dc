"""The dictionary of columns, those that the platform adds, about where a row came from and about itself."""

from schemas.column_kinds import choice, count, identifier, instant, text
from schemas.declaration import BINARY, INTEGER, STRING, TIMESTAMP, Column, Type

# The envelope, kept beside each event's own columns
SOURCE_NAME = text("source_name", "The system that sent it (the envelope's source).")
CLOSING_SOURCE_NAME = text("closing_source_name", "The system that has closed its session.")
EVENT_ID = text("event_id", "The envelope's id, unique by source.")
SEQUENCE = Column(
    "sequence", INTEGER, "The envelope's place in its source, without gaps.", unit="events"
).optional()

# Where a row came from, and when it was made (provenance: comparisons of two runs leave it out)
ORIGIN_TOPIC = text("origin_topic", "The topic that the row came from.")
ORIGIN_PARTITION = count("origin_partition", "The partition that the row came from.", "partition")
ORIGIN_OFFSET = count("origin_offset", "The offset that the row came from.", "offset")
RECEIVED_AT = instant("received_at", "When the broker appended it: when we got it.")
REFINE_BATCH = count("refine_batch", "The refine batch that decided about the row.", "batches")
PROCESSED_AT = instant("processed_at", "When the row was made.")

# The pipeline about itself
EVENT_KEY = Column("event_key", BINARY, "The message's key, as received.").optional()
RAW = Column("raw", BINARY, "The message's bytes, as received.", data_class="confidential").optional()
HEADERS = Column(
    "headers", Type.array(Type.struct(key=STRING, value=BINARY)), "The message's headers, as received."
).optional()
LAND_BATCH = count("land_batch", "The landing batch that brought it.", "batches")
CONTRACT_ID = text("contract_id", "The version of the contract that the row was held against.")
FIELD_NAME = text(
    "field_name", "A name in accepted records that the event does not declare, cut off at 64 letters."
)
REASONS = Column(
    "reasons",
    Type.array(Type.struct(code=STRING, subject=STRING)),
    "Every broken promise: a code from the closed list, and the column or promise that it is about.",
)
FIRST_SEEN_AT = instant("first_seen_at", "When it was first seen: set aside, parked or found broken.")
REPEATS_PARTITION = count("repeats_partition", "The partition of the row that it repeats.", "partition")
REPEATS_OFFSET = count("repeats_offset", "The offset of the row that it repeats.", "offset")
BRONZE_FROM_BATCH = count("bronze_from_batch", "First landing batch that waits.", "batches")
BRONZE_TO_BATCH = count("bronze_to_batch", "Last landing batch that waits.", "batches")
ERROR = text("error", "What went wrong, in one sentence.").optional()
TABLE_NAME = text("table_name", "The table that it is about.")
JOB_NAME = text("job_name", "The job that ran.")
JOB_STATUS = choice(
    "job_status", "How the job ended for the session.", "published", "failed_gate", "failed", "skipped"
)
TABLE_VERSION = count("table_version", "The version of the table that was committed.", "versions").optional()
INPUT_VERSIONS_JSON = text("input_versions_json", "The versions of the tables that were read.")
PARAMS_JSON = text("params_json", "The numbers that chose the result.")
CODE_VERSION = text("code_version", "The commit of the code that ran.")
STARTED_AT = instant("started_at", "When it started.")
ENDED_AT = instant("ended_at", "When it ended.")
DECISION_ID = identifier("decision_id", "The call of the command that decided.")
DECISION_STEP = choice(
    "decision_step",
    "What was done: a replay is written down before it begins, and again once it is over.",
    "replay_begun", "replayed", "discarded",
)  # fmt: skip
REPLAY_OUTCOME = choice(
    "replay_outcome", "What the replay made of the message.", "accepted", "duplicate", "quarantined"
).optional()
REASONS_LEFT = Column(
    "reasons_left",
    Type.array(Type.struct(code=STRING, subject=STRING)),
    "Every promise that was still broken.",
).optional()
REPAIR_NAME = text(
    "repair_name", "The repair that the bytes went through first; null without one."
).optional()
DECIDER_NAME = Column(
    "decider_name", STRING, "Who decided, as they called themselves.", data_class="confidential"
)
DECISION_REASON = text("decision_reason", "Why, in their words.").optional()
DECIDED_AT = instant("decided_at", "When it was decided.")
LEDGER_RUN_ID = identifier("ledger_run_id", "The look of the ledger.")
LOOKED_AT = instant("looked_at", "When the ledger looked.")
LOOKED_FROM_AT = instant(
    "looked_from_at", "When the closed look was that this one went on from; null where it read everything."
).optional()
BOOKS_LOOKED_AT = instant(
    "books_looked_at", "When gold was last looked at too; null where it never was."
).optional()
FIRST_OPEN_OFFSET = count(
    "first_open_offset",
    "The first offset of the partition that is not closed: every one below it is in one place.",
    "offset",
)
N_LANDED = count("n_landed", "Messages in bronze below the first open offset.")
N_ACCEPTED = count("n_accepted", "Of these in silver.")
N_LATE = count("n_late", "Of those in silver the late ones.")
N_DUPLICATES = count("n_duplicates", "Of these repetitions.")
N_QUARANTINED = count("n_quarantined", "Of these in quarantine.")
N_PENDING = count("n_pending", "Messages from the first open offset on that have landed, parked ones too.")
N_DIFFERENCES = count("n_differences", "Broken laws that the look found, in all partitions.", "breaks")
N_ROWS_READ = count("n_rows_read", "Rows of the lake that the look read, for all partitions.")
LOOK_MS = count("look_ms", "How long the look took, for all partitions.", "milliseconds")
LAST_SEQUENCE_HEARD = count(
    "last_sequence_heard", "The highest sequence of the source that has arrived.", "events"
)
SEQUENCE_GAPS = Column(
    "sequence_gaps",
    Type.array(Type.struct(first=INTEGER, last=INTEGER, since=TIMESTAMP)),
    "Sequences below it that have not arrived, both ends included, and since when a later one has.",
)
BREAK_ID = identifier("break_id", "The same for the same break in every look.")
LAW_NAME = choice(
    "law_name",
    "The law that is broken.",
    "offsets",
    "conservation",
    "sets",
    "sequences",
    "amounts",
    "books",
    "alerts",
)
VERDICT = choice(
    "verdict", "How it is broken.",
    "lost", "duplicate", "phantom", "misrouted", "altered", "out-of-order", "stuck", "skipped-write",
)  # fmt: skip
BREAK_SUBJECT = text("break_subject", "The partition, journal, source or table that it is about.")
N_BROKEN = count("n_broken", "How many offsets, messages, sequences or balances break it.", "broken_unit")
BROKEN_UNIT = text("broken_unit", "What is counted, such as offset.")
PROOF = Column("proof", Type.array(STRING), "The first ten of them: offsets, sequences, amounts.")
BREAK_STATE = choice(
    "break_state",
    "Whether the last look found it; accepted where somebody has answered for it, which fails no look as long as it "
    "does not grow.",
    "open", "resolved", "accepted",
)  # fmt: skip
LAST_SEEN_AT = instant("last_seen_at", "The last look that found it.")
BREAK_AGE_SECONDS = count("break_age_seconds", "From the first look that found it to the last.", "s")
