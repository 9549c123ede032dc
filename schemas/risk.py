"""Order checks and limits in; value at risk and alerts out."""

from schemas import fields as f
from schemas.declaration import Event, Promise, Table, Versions
from schemas.provenance import MADE, silver_table

ORDER_CHECK = Event(
    topic="risk.order_checks.v1",
    doc="What one pre-trade check said about one order.",
    key=(f.SESSION_DATE, f.ORDER_CHECK_ID),
    happened_at=f.CHECKED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.SESSION_DATE,
        f.ORDER_CHECK_ID,
        f.ORDER_ID,
        f.ACCOUNT_ID,
        f.CHECK_TYPE,
        f.CHECK_OUTCOME,
        f.OBSERVED_AMOUNT,
        f.LIMIT_AMOUNT,
        f.CURRENCY_CODE,
        f.CHECKED_AT,
    ),
)

LIMIT = Event(
    topic="risk.limits.v1",
    doc="One limit of one account, from a day on.",
    key=(f.EFFECTIVE_DATE, f.ACCOUNT_ID, f.LIMIT_TYPE),
    happened_at=f.RECORDED_AT,
    dated_by=f.EFFECTIVE_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.EFFECTIVE_DATE,
        f.ACCOUNT_ID,
        f.LIMIT_TYPE,
        f.LIMIT_AMOUNT,
        f.CURRENCY_CODE,
        f.EFFECTIVE_AT,
        f.RECORDED_AT,
    ),
)

ALERT = Event(
    topic="risk.alerts.v1",
    doc="One alert: what a rule saw, and the evidence. It never changes.",
    key=(f.SESSION_DATE, f.ALERT_ID),
    happened_at=f.TRIGGERED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.ENTITY_ID,
    columns=(
        f.SESSION_DATE,
        f.ALERT_ID,
        f.RULE_ID,
        f.RULE_VERSION,
        f.SEVERITY,
        f.ENTITY_ID,
        f.WINDOW_STARTED_AT,
        f.WINDOW_ENDED_AT,
        f.TRIGGERED_AT,
        f.OBSERVED_VALUE,
        f.THRESHOLD_VALUE,
        f.EVIDENCE,
        f.EXPLANATION,
    ),
    promises=(
        Promise("evidence_given", "size(evidence) > 0", "An alert names at least one event."),
        Promise(
            "window_in_order", "window_started_at < window_ended_at", "The window begins before it ends."
        ),
    ),
)

ORDER_CHECKS = silver_table("silver.order_checks", ORDER_CHECK, "One row a pre-trade check.", f.SESSION_DATE)
LIMITS = silver_table(
    "silver.limits",
    LIMIT,
    "One row a version of a limit.",
    sessions_by=None,
    versions=Versions((f.ACCOUNT_ID, f.LIMIT_TYPE), f.EFFECTIVE_AT, f.RECORDED_AT, f.EFFECTIVE_DATE),
)
ALERT_NOTICES = silver_table("silver.alerts", ALERT, "One row an alert as it was published.", f.SESSION_DATE)

VALUE_AT_RISK_DAILY = Table(
    name="gold.value_at_risk_daily",
    doc="Value at risk and expected shortfall of each account and of the whole book, with the convention in the row.",
    domain="risk",
    key=(f.SESSION_DATE, f.PORTFOLIO_TYPE, f.PORTFOLIO_ID, f.CONFIDENCE_RATIO, f.REVISION),
    columns=(
        f.SESSION_DATE,
        f.PORTFOLIO_TYPE,
        f.PORTFOLIO_ID,
        f.CONFIDENCE_RATIO,
        f.REVISION,
        f.VALUE_AT_RISK_AMOUNT,
        f.EXPECTED_SHORTFALL_AMOUNT,
        f.TAIL_LOSS_AMOUNT,
        f.MARKET_VALUE_AMOUNT,
        f.CURRENCY_CODE,
        f.N_POSITIONS,
        f.N_SCENARIOS,
        f.N_MISSING_PRICES,
        f.WINDOW_SESSIONS,
        f.HORIZON_DAYS,
        f.METHOD_NAME,
        f.QUANTILE_NAME,
        f.RETURN_TYPE,
        f.WEIGHTING_NAME,
        f.MISSING_DATA_POLICY,
    ),
    promises=(
        Promise(
            "shortfall_beyond_value_at_risk",
            "expected_shortfall_amount >= value_at_risk_amount",
            "Expected shortfall is at least value at risk.",
        ),
    ),
    provenance=MADE,
    second_answer="revise",
    sessions_by=f.SESSION_DATE,
    min_rows=1,
)

ALERTS = Table(
    name="gold.alerts",
    doc="One row an alert, shown once by its id however often it was published.",
    domain="risk",
    key=(f.SESSION_DATE, f.ALERT_ID),
    columns=ALERT.columns,
    promises=ALERT.promises,
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

EVENTS = (ORDER_CHECK, LIMIT, ALERT)
TABLES = (ORDER_CHECKS, LIMITS, ALERT_NOTICES, VALUE_AT_RISK_DAILY, ALERTS)
