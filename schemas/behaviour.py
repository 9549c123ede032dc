"""What clients do in the app and on the web site."""

from schemas import fields as f
from schemas.declaration import Event, Promise
from schemas.provenance import silver_table

APP_EVENT = Event(
    topic="behaviour.app_events.v1",
    doc="One thing that a client did in the app; the app's log holds the envelope, and Flume tails it.",
    key=(f.EVENT_DATE, f.APP_SESSION_ID, f.CLIENT_EVENT_ID),
    happened_at=f.OCCURRED_AT,
    dated_by=f.EVENT_DATE,
    subject=f.CLIENT_ID,
    columns=(
        f.EVENT_DATE,
        f.APP_SESSION_ID,
        f.CLIENT_EVENT_ID,
        f.CLIENT_ID,
        f.APP_EVENT_TYPE,
        f.INSTRUMENT_ID.optional(),
        f.PAGE_NAME,
        f.DWELL_MS,
        f.IP_ADDRESS,
        f.DEVICE_ID,
        f.APP_VERSION,
        f.OCCURRED_AT,
        f.SERVER_RECEIVED_AT,
    ),
    promises=(
        Promise(
            "dated_by_its_instant",
            "event_date = to_date(occurred_at)",
            "The date is the UTC day of the instant.",
        ),
    ),
    # Flume's sink knows no key: with one partition, lines keep the order of their file.
    n_partitions=1,
)

WEB_ACCESS = Event(
    topic="behaviour.web_access.v1",
    doc="One line of the web server's access log (Apache combined format), as it is; Flume adds host, file and offset.",
    key=(f.REQUEST_DATE, f.LOG_HOST, f.LOG_FILE, f.BYTE_OFFSET, f.LINE_HASH),
    happened_at=f.REQUESTED_AT,
    dated_by=f.REQUEST_DATE,
    columns=(
        f.REQUEST_DATE,
        f.LOG_HOST,
        f.LOG_FILE,
        f.BYTE_OFFSET,
        f.LINE_HASH,
        f.IP_ADDRESS,
        f.USER_NAME,
        f.REQUESTED_AT,
        f.HTTP_METHOD,
        f.REQUEST_PATH,
        f.PROTOCOL_NAME,
        f.STATUS_CODE,
        f.RESPONSE_BYTES,
        f.REFERRER,
        f.USER_AGENT,
    ),
    raw_line=True,
    n_partitions=1,
)

APP_EVENTS = silver_table("silver.app_events", APP_EVENT, "One row a thing that a client did.", f.OCCURRED_AT)
WEB_REQUESTS = silver_table("silver.web_requests", WEB_ACCESS, "One row a web request.", f.REQUESTED_AT)

EVENTS = (APP_EVENT, WEB_ACCESS)
TABLES = (APP_EVENTS, WEB_REQUESTS)
