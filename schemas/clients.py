"""Accounts and their clients' risk levels, versioned by time."""

from schemas import fields as f
from schemas.declaration import Event, Promise, Versions
from schemas.provenance import silver_table

ACCOUNT = Event(
    topic="clients.accounts.v1",
    doc="The account's record after something happened to it: opened, risk level assessed, frozen, closed.",
    key=(f.EFFECTIVE_DATE, f.ACCOUNT_ID, f.ACCOUNT_EVENT_NUMBER),
    happened_at=f.RECORDED_AT,
    dated_by=f.EFFECTIVE_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.EFFECTIVE_DATE,
        f.ACCOUNT_ID,
        f.ACCOUNT_EVENT_NUMBER,
        f.CLIENT_ID,
        f.ACCOUNT_EVENT_TYPE,
        f.ACCOUNT_STATUS,
        f.CLIENT_TYPE,
        f.CLIENT_RISK_LEVEL,
        f.RISK_LEVEL_EXPIRES_DATE,
        f.CURRENCY_CODE,
        f.OPENED_DATE,
        f.EFFECTIVE_AT,
        f.RECORDED_AT,
    ),
    promises=(
        Promise(
            "levels_expire",
            "(client_risk_level IS NULL) = (risk_level_expires_date IS NULL)",
            "An assessed level has a last day, and no level has none.",
        ),
    ),
)

ACCOUNTS = silver_table(
    "silver.accounts",
    ACCOUNT,
    "One row a version of an account's record: effective and recorded time.",
    sessions_by=None,
    versions=Versions((f.ACCOUNT_ID,), f.EFFECTIVE_AT, f.RECORDED_AT, f.ACCOUNT_EVENT_NUMBER),
)

EVENTS = (ACCOUNT,)
TABLES = (ACCOUNTS,)
