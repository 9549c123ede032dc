"""Who is about to leave: features, labels, models, scores."""

from schemas import fields as f
from schemas.checks import AtLeast
from schemas.declaration import DOUBLE, Column, Promise, Table, Versions
from schemas.provenance import MADE


def _feature(name: str, unit: str, doc: str, *, least: float | None = None) -> Column:
    checks = () if least is None else (AtLeast(least),)
    return Column(name, DOUBLE, doc, unit=unit, checks=checks, required=False)


# What scoring and training read, in this order. Each looks back from the session, over what there is where history is
# shorter; null is "not known", never zero. Windows count the session itself. Up to its first comma or colon, a sentence
# is the words of reasons.
FEATURES = (
    _feature("sessions_since_log_in", "sessions", "Sessions since the last log-in, within 60.", least=0),
    _feature("sessions_since_trade", "sessions", "Sessions since the last fill, within 60.", least=0),
    _feature("n_log_ins_5", "log-ins", "Log-ins of the last 5 sessions.", least=0),
    _feature("n_log_ins_20", "log-ins", "Log-ins of the last 20 sessions.", least=0),
    _feature(
        "log_in_trend_ratio",
        "fraction of one",
        "Log-ins a session in the last 20 sessions against the 40 before: difference over sum, from -1 to 1.",
    ),
    _feature("n_fills_20", "fills", "Fills of the last 20 sessions.", least=0),
    _feature(
        "fill_trend_ratio",
        "fraction of one",
        "Fills a session in the last 20 sessions against the 40 before: difference over sum, from -1 to 1.",
    ),
    _feature("n_page_views_20", "page views", "Pages viewed in the last 20 sessions.", least=0),
    _feature("n_help_page_views_20", "page views", "Help pages viewed in the last 20 sessions.", least=0),
    _feature(
        "n_close_account_page_views_20",
        "page views",
        "Views of the page that closes accounts in the last 20 sessions.",
        least=0,
    ),
    _feature("n_failed_log_ins_20", "log-ins", "Failed log-ins of the last 20 sessions.", least=0),
    _feature(
        "net_flow_ratio_20",
        "fraction of assets",
        "Deposits less withdrawals of 20 sessions over the assets before them and the deposits.",
    ),
    _feature(
        "withdrawal_ratio_60",
        "fraction of assets",
        "Withdrawals of 60 sessions over the assets before them and the deposits.",
        least=0,
    ),
    _feature(
        "net_sales_ratio_20",
        "fraction of assets",
        "Sales less purchases of 20 sessions over the assets before them and the deposits.",
    ),
    _feature("log_assets", "log currency", "Logarithm of one plus cash and positions.", least=0),
    _feature("cash_ratio", "fraction of one", "Cash over cash and positions."),
    _feature(
        "profit_ratio_20",
        "fraction of assets",
        "Profit of 20 sessions over the assets before them and the deposits.",
    ),
    _feature(
        "drawdown_ratio_60",
        "fraction of assets",
        "Fall of the summed profit from its highest in 60 sessions, over the assets before them and the deposits.",
        least=0,
    ),
    _feature("n_positions_held", "positions", "Instruments held.", least=0),
    _feature("largest_position_ratio", "fraction of one", "Largest position over all positions, at cost."),
    _feature(
        "n_rejected_checks_20", "checks", "Pre-trade checks that rejected an order in 20 sessions.", least=0
    ),
    _feature(
        "log_in_gap_entropy",
        "nats",
        "Entropy of the gaps between log-ins in 60 sessions, low is clumpy.",
        least=0,
    ),
    _feature("account_age_days", "days", "Days since the first account was opened.", least=0),
    _feature("market_return_20", "fraction of one", "Mean return of the stocks over 20 sessions."),
)

CLIENT_FEATURES_DAILY = Table(
    name="gold.client_features_daily",
    doc="What was known about each active client at a session's close, and nothing later.",
    domain="churn",
    key=(f.SESSION_DATE, f.CLIENT_ID),
    columns=(f.SESSION_DATE, f.CLIENT_ID, *FEATURES),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
    min_rows=1,
)

CHURN_LABELS_DAILY = Table(
    name="gold.churn_labels_daily",
    doc="Whether a client that was active left in the outcome window after the gap; censored clients have no row.",
    domain="churn",
    key=(f.SESSION_DATE, f.CLIENT_ID),
    columns=(
        f.SESSION_DATE,
        f.CLIENT_ID,
        f.HAS_LEFT,
        f.CHURN_TYPE,
        f.LEFT_DATE,
        f.OUTCOME_FROM_DATE,
        f.OUTCOME_TO_DATE,
    ),
    promises=(
        Promise(
            "left_with_a_date",
            "has_left = (left_date IS NOT NULL)",
            "Who left has a date, who stayed has none.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

CHURN_MODELS = Table(
    name="gold.churn_models",
    doc="One row a fitted model, with what it reached on later sessions; scoring reads the newest accepted one.",
    domain="churn",
    key=(f.SESSION_DATE, f.MODEL_ID),
    columns=(
        f.SESSION_DATE,
        f.MODEL_ID,
        f.MODEL_STATUS,
        f.MODEL_JSON,
        f.FEATURE_NAMES,
        f.TRAINED_FROM_DATE,
        f.TRAINED_TO_DATE,
        f.N_SAMPLES,
        f.N_POSITIVES,
        f.METRICS_JSON,
        f.RECORDED_AT,
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
    versions=Versions((), f.SESSION_DATE, f.RECORDED_AT, f.MODEL_ID),
)

CHURN_SCORES_DAILY = Table(
    name="gold.churn_scores_daily",
    doc="How likely each active client is to leave, why, and what to do about it.",
    domain="churn",
    key=(f.SESSION_DATE, f.CLIENT_ID, f.REVISION),
    columns=(
        f.SESSION_DATE,
        f.CLIENT_ID,
        f.REVISION,
        f.CHURN_PROBABILITY_RATIO,
        f.RANK,
        f.ACTION_NAME,
        f.TOP_REASONS,
        f.MODEL_ID,
    ),
    provenance=MADE,
    second_answer="revise",
    sessions_by=f.SESSION_DATE,
)

EVENTS = ()
TABLES = (CLIENT_FEATURES_DAILY, CHURN_LABELS_DAILY, CHURN_MODELS, CHURN_SCORES_DAILY)
