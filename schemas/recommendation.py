"""What may be offered to whom: interactions and recommendations."""

from schemas import fields as f
from schemas.declaration import Promise, Table
from schemas.provenance import MADE

INTERACTIONS_DAILY = Table(
    name="gold.interactions_daily",
    doc="How much interest each client showed in each product on a session.",
    domain="recommendation",
    key=(f.SESSION_DATE, f.CLIENT_ID, f.INSTRUMENT_ID),
    columns=(f.SESSION_DATE, f.CLIENT_ID, f.INSTRUMENT_ID, f.STRENGTH_SCORE, f.N_INTERACTIONS),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

RECOMMENDATIONS_DAILY = Table(
    name="gold.recommendations_daily",
    doc="What may be offered to each client, best first: suitable, tradable, not already held, with the reason.",
    domain="recommendation",
    key=(f.SESSION_DATE, f.CLIENT_ID, f.RANK, f.REVISION),
    columns=(
        f.SESSION_DATE,
        f.CLIENT_ID,
        f.RANK,
        f.REVISION,
        f.INSTRUMENT_ID,
        f.SCORE,
        f.REASON_CODE,
        f.EXPLANATION,
        f.CLIENT_TYPE,
        f.CLIENT_RISK_LEVEL,
        f.RISK_LEVEL_EXPIRES_DATE,
        f.PRODUCT_RISK_LEVEL,
        f.RULE_VERSION,
        f.MODEL_NAME,
    ),
    promises=(
        Promise(
            "suitable",
            "client_type = 'professional' OR CAST(substr(product_risk_level, 2, 1) AS int) <= "
            "CASE WHEN client_risk_level IS NULL OR client_risk_level = 'C1-lowest' "
            "OR coalesce(risk_level_expires_date < session_date, true) THEN 1 ELSE CAST(substr(client_risk_level, 2, 1) AS int) END",
            "The product's level is at most the client's; an unknown or expired level counts as the lowest.",
        ),
    ),
    provenance=MADE,
    second_answer="revise",
    sessions_by=f.SESSION_DATE,
)

EVENTS = ()
TABLES = (INTERACTIONS_DAILY, RECOMMENDATIONS_DAILY)
