"""The dictionary of columns: one name, one type, one unit, one meaning, wherever it appears.

Sorted by what a column says. Prices have four decimals, amounts four, quantities eight (funds trade in fractions).
"""

from schemas.checks import Above, AtLeast, AtMost, Matches, OneOf
from schemas.declaration import BINARY, BOOLEAN, DATE, DOUBLE, INTEGER, STRING, TIMESTAMP, Column, Type

PRICE_TYPE = Type.decimal(18, 4)
AMOUNT_TYPE = Type.decimal(20, 4)
QUANTITY_TYPE = Type.decimal(20, 8)
WEIGHT_TYPE = Type.decimal(12, 8)

SHARE = (AtLeast(0), AtMost(1))
PRODUCT_RISK_LEVELS = ("R1", "R2", "R3", "R4", "R5")
CLIENT_RISK_LEVELS = ("C1-lowest", "C1", "C2", "C3", "C4", "C5")


def _id(name: str, doc: str) -> Column:
    return Column(name, STRING, doc, checks=(Matches("[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}"),))


def _text(name: str, doc: str) -> Column:
    return Column(name, STRING, doc)


def _choice(name: str, doc: str, *values: str) -> Column:
    return Column(name, STRING, doc, checks=(OneOf(values),))


def _count(name: str, doc: str, unit: str = "rows") -> Column:
    return Column(name, INTEGER, doc, unit=unit, checks=(AtLeast(0),))


def _number(name: str, doc: str, unit: str) -> Column:
    return Column(name, DOUBLE, doc, unit=unit)


def _share_of_assets(name: str, what: str) -> Column:
    doc = f"{what}, of the net assets; null where these are not above zero. Above 1 it is bought on credit."
    return Column(name, DOUBLE, doc, unit="fraction of one", checks=(AtLeast(0),)).optional()


def _statistic(name: str, doc: str) -> Column:
    return Column(name, DOUBLE, doc, unit="likelihood ratio", checks=(AtLeast(0),))


def _p_value(name: str) -> Column:
    doc = "Probability of at least that statistic where the forecast is right."
    return Column(name, DOUBLE, doc, unit="probability", checks=SHARE)


def _amount(name: str, doc: str) -> Column:
    return Column(name, AMOUNT_TYPE, doc, unit="currency_code", data_class="confidential")


def _price(name: str, doc: str) -> Column:
    return Column(
        name, PRICE_TYPE, doc, unit="currency_code per unit", checks=(Above(0),), data_class="public"
    )


def _instant(name: str, doc: str) -> Column:
    return Column(name, TIMESTAMP, doc)


def _day(name: str, doc: str) -> Column:
    return Column(name, DATE, doc)


# Identifiers and codes
MIC_CODE = Column(
    "mic_code",
    STRING,
    "The venue, by its ISO 10383 code.",
    checks=(Matches("[A-Z0-9]{4}"),),
    data_class="public",
)
CURRENCY_CODE = Column(
    "currency_code",
    STRING,
    "ISO 4217 code of the amounts and prices in the row.",
    checks=(Matches("[A-Z]{3}"),),
)
INSTRUMENT_ID = _id("instrument_id", "The instrument, by the broker's own stable identifier.")
ACCOUNT_ID = _id("account_id", "The account, a random token: the vault that maps it to a person is outside.")
CLIENT_ID = _id("client_id", "The client, a random token: the vault that maps it to a person is outside.")
ORDER_ID = _id("order_id", "The order, through its whole life.")
CLIENT_ORDER_ID = _id(
    "client_order_id", "The order as the client's side named this version of it (FIX ClOrdID)."
)
REPLACES_CLIENT_ORDER_ID = _id(
    "replaces_client_order_id", "The version of the order that this one replaces (FIX OrigClOrdID)."
).optional()
ALGO_ID = _id("algo_id", "The algorithm that entered the order; null for people.").optional()
FILL_ID = _id("fill_id", "The execution report, unique by venue, session and side (FIX ExecID).")
CORRECTS_FILL_ID = _id("corrects_fill_id", "The report that a correction or bust points at.").optional()
COUNTERPARTY_ID = _id("counterparty_id", "The other side of the fill, where the venue shows it.").optional()
CASH_MOVEMENT_ID = _id("cash_movement_id", "The movement in the cash ledger.")
APP_SESSION_ID = _id("app_session_id", "The log-in session of the app.")
CLIENT_EVENT_ID = _id("client_event_id", "The event, numbered by the app within its session.")
ORDER_CHECK_ID = _id("order_check_id", "The pre-trade check.")
ALERT_ID = _id("alert_id", "A hash of rule, version, key and window: the same evidence gives the same alert.")
RULE_ID = _id("rule_id", "The rule that raised the alert.")
MODEL_ID = _id("model_id", "The digest of the fitted model.")
ENTITY_ID = _id("entity_id", "What the alert is about: an account, a client or an order.")
PORTFOLIO_ID = _id("portfolio_id", "The account, the group's own name, or `book` for all together.")
LARGEST_INSTRUMENT_ID = _id("largest_instrument_id", "The instrument of the largest position.")
RUN_ID = _id("run_id", "The run of the batch application that made the row.")

# Kinds
INSTRUMENT_TYPE = _choice(
    "instrument_type", "What kind of product it is.", "stock", "fund", "bond", "deposit"
)
PRODUCT_RISK_LEVEL = _choice(
    "product_risk_level", "The product's risk level, R1 lowest.", *PRODUCT_RISK_LEVELS
)
CLIENT_RISK_LEVEL = _choice(
    "client_risk_level", "The client's assessed risk level; null if never assessed.", *CLIENT_RISK_LEVELS
).optional()
CLIENT_TYPE = _choice("client_type", "How the suitability rules see the client.", "ordinary", "professional")
ACCOUNT_EVENT_TYPE = _choice(
    "account_event_type", "What happened to the account.", "opened", "risk_level_assessed", "frozen", "closed"
)
ACCOUNT_STATUS = _choice(
    "account_status", "How the account stands after the event.", "open", "frozen", "closed"
)
SIDE = _choice("side", "The side, which signs the quantity.", "buy", "sell")
ORDER_EVENT_TYPE = _choice(
    "order_event_type",
    "The step in the order's life.",
    "new",
    "acknowledged",
    "replaced",
    "cancel_requested",
    "cancelled",
    "rejected",
    "expired",
)
ORDER_TYPE = _choice("order_type", "How the order is priced.", "limit", "market")
TIME_IN_FORCE = _choice("time_in_force", "How long the order stands.", "day", "immediate_or_cancel")
CHANNEL = _choice("channel", "Where the order came from.", "app", "web", "desk", "algo")
REPORT_TYPE = _choice("report_type", "What the execution report says.", "fill", "correction", "bust")
LIQUIDITY_FLAG = _choice(
    "liquidity_flag", "Whether the order rested on the book or took from it.", "added", "removed"
)
CASH_MOVEMENT_TYPE = _choice(
    "cash_movement_type",
    "Why the cash moved.",
    "deposit",
    "withdrawal",
    "fee",
    "interest",
    "dividend",
    "tax",
)
APP_EVENT_TYPE = _choice(
    "app_event_type",
    "What the client did.",
    "log_in",
    "log_in_failed",
    "log_out",
    "page_view",
    "search",
    "watch_list_add",
    "order_ticket_opened",
    "help_page_view",
    "close_account_page_view",
)
CHECK_TYPE = _choice(
    "check_type", "What the pre-trade check looked at.", "price", "notional", "cash", "position"
)
CHECK_OUTCOME = _choice("check_outcome", "What the pre-trade check said.", "passed", "rejected")
LIMIT_TYPE = _choice(
    "limit_type", "What is limited.", "order_notional", "gross_exposure", "daily_turnover", "value_at_risk"
)
USAGE_LEVEL = _choice(
    "usage_level", "How near the limit its use is, or beyond it.", "within", "watch", "warning", "breach"
)
CONCENTRATION_LEVEL = _choice(
    "concentration_level", "How much of the net assets lies in one name.", "within", "warning", "act"
).optional()
SEVERITY = _choice("severity", "How soon somebody must act.", "critical", "high", "medium", "low")
PORTFOLIO_TYPE = _choice(
    "portfolio_type", "Whose risk the row states.", "account", "client_type", "client_risk_level", "book"
)
PROFIT_TYPE = _choice(
    "profit_type",
    "Which profit the forecast is held against: of the positions alone, or all that came of the session.",
    "clean",
    "actual",
)
ZONE_NAME = Column(
    "zone_name",
    STRING,
    "Basel's zone for so many hits in so many sessions.",
    checks=(OneOf(("green", "yellow", "red")),),
)
MODEL_STATUS = _choice("model_status", "Whether scoring may use the model.", "accepted", "refused")
CHURN_TYPE = _choice("churn_type", "How the client left.", "closed", "assets_moved_out").optional()
ACTION_NAME = _choice(
    "action_name", "The retention action that pays.", "adviser_call", "fee_review", "education", "none"
)
REASON_CODE = _choice(
    "reason_code", "Why the product is offered.", "similar_to_held", "own_interest", "popular_and_suitable"
)

# Names and texts
INSTRUMENT_NAME = Column("instrument_name", STRING, "The instrument's name for people.", data_class="public")
SECTOR_NAME = Column("sector_name", STRING, "The sector, for people.", data_class="public").optional()
PAGE_NAME = _text("page_name", "The page that was viewed.").optional()
APP_VERSION = _text("app_version", "The version of the app.")
EXPLANATION = _text("explanation", "One sentence that a person can act on.")
RULE_VERSION = _text("rule_version", "The version of the rule that decided.")
BACKTEST_VERDICT = _text("backtest_verdict", "What the back-tests say, in words.")
METHOD_NAME = _text("method_name", "How the risk number was computed.")
QUANTILE_NAME = _text("quantile_name", "Which quantile was taken.")
RETURN_TYPE = _text("return_type", "Simple or log moves.")
WEIGHTING_NAME = _text("weighting_name", "How scenarios are weighted.")
MISSING_DATA_POLICY = _text("missing_data_policy", "What was done where a price was missing.")
MODEL_NAME = _text("model_name", "The method and the set of parameters that ranked.")
MODEL_JSON = _text("model_json", "The fitted model, as plain JSON.")
METRICS_JSON = _text("metrics_json", "What the model reached on later sessions: name, value, interval.")

# Prices, quantities, money
OPEN_PRICE = _price("open_price", "First price of the session.")
HIGH_PRICE = _price("high_price", "Highest price of the session.")
LOW_PRICE = _price("low_price", "Lowest price of the session.")
CLOSE_PRICE = _price("close_price", "Last price of the session; a fund's net asset value.")
BID_PRICE = _price("bid_price", "Best price that somebody pays.")
ASK_PRICE = _price("ask_price", "Best price that somebody asks.")
LIMIT_PRICE = _price(
    "limit_price", "The worst price that the order accepts; null for market orders."
).optional()
REFERENCE_PRICE = _price("reference_price", "The price that the order system saw when the order came in.")
PRICE = _price("price", "The price of the fill.")
QUANTITY = Column(
    "quantity", QUANTITY_TYPE, "Always positive; the side carries the sign.", unit="units", checks=(Above(0),)
)
REMAINING_QUANTITY = Column(
    "remaining_quantity",
    QUANTITY_TYPE,
    "What of the order may still fill.",
    unit="units",
    checks=(AtLeast(0),),
)
TRADED_QUANTITY = Column(
    "traded_quantity",
    QUANTITY_TYPE,
    "Volume of the session.",
    unit="units",
    checks=(AtLeast(0),),
    data_class="public",
)
BID_QUANTITY = Column("bid_quantity", QUANTITY_TYPE, "Size at the bid.", unit="units", checks=(Above(0),))
ASK_QUANTITY = Column("ask_quantity", QUANTITY_TYPE, "Size at the ask.", unit="units", checks=(Above(0),))
POSITION_QUANTITY = Column(
    "position_quantity",
    QUANTITY_TYPE,
    "What is held, long positive.",
    unit="units",
    data_class="confidential",
)
FEE_AMOUNT = _amount("fee_amount", "What the client pays for it; positive.")
CASH_AMOUNT = _amount("cash_amount", "Signed: positive into the account.")
LIMIT_AMOUNT = _amount("limit_amount", "The limit that applies.").optional()
OBSERVED_AMOUNT = _amount("observed_amount", "What the check compared with the limit.").optional()
MINIMUM_ORDER_AMOUNT = _amount("minimum_order_amount", "The smallest order that the product takes.")
COST_AMOUNT = _amount("cost_amount", "What the position cost, fees apart, by average cost.")
OPENING_CASH_AMOUNT = _amount("opening_cash_amount", "Cash at the end of the session before.")
EXTERNAL_FLOW_AMOUNT = _amount(
    "external_flow_amount", "Deposits less withdrawals; positive into the account."
)
INCOME_AMOUNT = _amount(
    "income_amount", "Interest and dividends less taxes and fees booked as cash movements."
)
TRADE_FLOW_AMOUNT = _amount("trade_flow_amount", "Sales less purchases, before fees.")
TRADE_FEE_AMOUNT = _amount("trade_fee_amount", "Fees of the session's fills; positive is paid.")
CLOSING_CASH_AMOUNT = _amount("closing_cash_amount", "Cash at the end of the session.")
OPENING_VALUE_AMOUNT = _amount("opening_value_amount", "Cash and positions at the end of the session before.")
CLOSING_VALUE_AMOUNT = _amount("closing_value_amount", "Cash and positions at the end of the session.")
PROFIT_AMOUNT = _amount("profit_amount", "Closing less opening less external flows: a gain is positive.")
CLEAN_PROFIT_AMOUNT = _amount(
    "clean_profit_amount",
    "What the positions of the session before gained by this session's close: no trades, income or fees.",
)
MARKET_VALUE_AMOUNT = _amount("market_value_amount", "The positions at the session's close, cash apart.")
VALUE_AT_RISK_AMOUNT = _amount("value_at_risk_amount", "The loss at the confidence; a loss is positive.")
EXPECTED_SHORTFALL_AMOUNT = _amount(
    "expected_shortfall_amount", "Mean of the losses at or beyond value at risk; a loss is positive."
)
TAIL_LOSS_AMOUNT = _amount(
    "tail_loss_amount",
    "The k-th worst loss, beside the interpolated one; a loss is positive. Historical simulation only.",
).optional()
STANDARD_ERROR_AMOUNT = _amount(
    "standard_error_amount", "Of a value at risk that was drawn; null where nothing was drawn."
).optional()
NET_ASSETS_AMOUNT = _amount("net_assets_amount", "Cash and positions at the session's close.")
GROSS_EXPOSURE_AMOUNT = _amount(
    "gross_exposure_amount", "The positions' market values without their signs, added up."
)
LOSS_AMOUNT = _amount("loss_amount", "What the session lost; a loss is positive.")
SCENARIO_PROFITS = Column(
    "scenario_profits",
    Type.array(INTEGER),
    "The profit under each scenario, oldest first, in whole cents, which add up exactly over accounts.",
    data_class="confidential",
)
BASKET = Column(
    "basket",
    Type.array(Type.struct(instrument_id=STRING, weight_ratio=WEIGHT_TYPE)),
    "What a fund holds: instruments and their weights, which add up to one; null for what is no fund.",
    data_class="public",
).optional()

# Counts and numbers
ORDER_STEP = Column(
    "order_step", INTEGER, "The step's number in its order.", unit="steps", checks=(AtLeast(1),)
)
QUOTE_NUMBER = Column(
    "quote_number", INTEGER, "The venue's number of the quote.", unit="quotes", checks=(AtLeast(1),)
)
ACCOUNT_EVENT_NUMBER = Column(
    "account_event_number", INTEGER, "The event's number in its account.", unit="events", checks=(AtLeast(1),)
)
LAST_SEQUENCE = _count("last_sequence", "The source's sequence with which the session ends.", "events")
DWELL_MS = _count("dwell_ms", "How long the page was looked at.", "milliseconds").optional()
BYTE_OFFSET = _count("byte_offset", "Where the line begins in its file.", "bytes")
STATUS_CODE = Column("status_code", INTEGER, "HTTP status.", unit="code", checks=(AtLeast(100), AtMost(599)))
RESPONSE_BYTES = _count(
    "response_bytes", "Size of the answer; null where the server wrote a dash.", "bytes"
).optional()
OBSERVED_VALUE = _number("observed_value", "What the rule measured.", "the rule's")
THRESHOLD_VALUE = _number("threshold_value", "From where on the rule raises.", "the rule's")
LARGEST_NAME_RATIO = _share_of_assets("largest_name_ratio", "The largest single name")
TOP_FIVE_RATIO = _share_of_assets("top_five_ratio", "The five largest names together")
HERFINDAHL_INDEX = Column(
    "herfindahl_index",
    DOUBLE,
    "Sum of the squared shares of the positions: 1 for one name, 1/n for n equal ones.",
    unit="index",
    checks=SHARE,
).optional()
DAYS_TO_LEAVE = Column(
    "days_to_leave",
    DOUBLE,
    "Sessions until all is sold at a share of the usual volume; null where nothing has a volume.",
    unit="trading days",
    checks=(AtLeast(0),),
).optional()
USAGE_RATIO = Column(
    "usage_ratio",
    DOUBLE,
    "How much of the limit is used; above 1 it is exceeded. Null where the limit is nothing.",
    unit="fraction of one",
    checks=(AtLeast(0),),
).optional()
CONFIDENCE_RATIO = Column(
    "confidence_ratio",
    Type.decimal(6, 4),
    "The confidence of the risk number.",
    unit="fraction of one",
    checks=SHARE,
)
HORIZON_DAYS = _count("horizon_days", "Over how many sessions the loss may happen.", "trading days")
WINDOW_SESSIONS = _count("window_sessions", "How many sessions' moves were asked for.", "sessions")
N_SCENARIOS = _count("n_scenarios", "How many sessions' moves were used.", "scenarios")
N_SESSIONS = _count("n_sessions", "How many forecasts were held against what came.", "sessions")
N_HITS = _count("n_hits", "In how many of them the loss was larger than value at risk.", "sessions")
N_HITS_EXPECTED = Column(
    "n_hits_expected",
    DOUBLE,
    "How many hits a right forecast has on average.",
    unit="sessions",
    checks=(AtLeast(0),),
)
COVERAGE_STATISTIC = _statistic(
    "coverage_statistic", "Whether there are as many hits as there should be (Kupiec)."
)
COVERAGE_P_VALUE = _p_value("coverage_p_value")
INDEPENDENCE_STATISTIC = _statistic("independence_statistic", "Whether hits follow hits (Christoffersen).")
INDEPENDENCE_P_VALUE = _p_value("independence_p_value")
CONDITIONAL_COVERAGE_STATISTIC = _statistic(
    "conditional_coverage_statistic", "Coverage and independence at once (Christoffersen)."
)
CONDITIONAL_COVERAGE_P_VALUE = _p_value("conditional_coverage_p_value")
TIME_BETWEEN_HITS_STATISTIC = _statistic(
    "time_between_hits_statistic",
    "Whether hits come in clusters (Christoffersen and Pelletier), one-sided; null below 3 hits.",
).optional()
TIME_BETWEEN_HITS_P_VALUE = _p_value("time_between_hits_p_value").optional()
SHORTFALL_STATISTIC = _number(
    "shortfall_statistic",
    "Acerbi and Szekely's Z2: 0 as forecast, negative is worse; null where a forecast is not above zero.",
    "expected losses",
).optional()
N_POSITIONS = _count("n_positions", "How many positions are in the number.", "positions")
N_WITHOUT_VOLUME = _count(
    "n_without_volume", "Positions in instruments that nobody traded lately.", "positions"
)
N_MISSING_PRICES = _count("n_missing_prices", "Moves that were missing among the scenarios used.", "prices")
N_STALE_PRICES = _count("n_stale_prices", "Positions valued at an earlier session's close.", "prices")
REVISION = Column(
    "revision", INTEGER, "1 for what was published first; a different answer later counts up.", unit="revisions",
    checks=(AtLeast(1),),
)  # fmt: skip
N_INTERACTIONS = _count("n_interactions", "How many signals are in the strength.", "interactions")
STRENGTH_SCORE = _number(
    "strength_score", "Implicit interest of the client in the product on that session.", "points"
)
RANK = Column("rank", INTEGER, "Place in the client's list, 1 first.", unit="places", checks=(AtLeast(1),))
SCORE = _number("score", "What the ranking sorted by.", "points")
CHURN_PROBABILITY_RATIO = Column(
    "churn_probability_ratio", DOUBLE, "Calibrated probability of leaving in the outcome window.",
    unit="fraction of one", checks=SHARE, data_class="confidential",
)  # fmt: skip
N_SAMPLES = _count("n_samples", "Rows that the model was fitted on.")
N_POSITIVES = _count("n_positives", "Of them, those that left.")

# Time
SESSION_DATE = _day("session_date", "The trading day; for accounts and the book, by the book calendar.")
EVENT_DATE = _day("event_date", "The UTC day of the event, as its source wrote it.")
REQUEST_DATE = _day("request_date", "The UTC day of the request.")
EFFECTIVE_DATE = _day("effective_date", "The day from which on it holds.")
VALUE_DATE = _day("value_date", "The day from which on the cash counts.")
OPENED_DATE = _day("opened_date", "The day on which the account was opened.")
MATURITY_DATE = _day("maturity_date", "The day on which the product ends; null if it does not.").optional()
RISK_LEVEL_EXPIRES_DATE = _day(
    "risk_level_expires_date", "The last day on which the assessment counts; null without an assessment."
).optional()
LEFT_DATE = _day("left_date", "The session on which the client left; null if it stayed.").optional()
OUTCOME_FROM_DATE = _day("outcome_from_date", "First session of the outcome window.")
OUTCOME_TO_DATE = _day("outcome_to_date", "Last session of the outcome window.")
TRAINED_FROM_DATE = _day("trained_from_date", "First session of the samples.")
TRAINED_TO_DATE = _day("trained_to_date", "Last session of the samples.")
PUBLISHED_AT = _instant("published_at", "When the venue published it.")
QUOTED_AT = _instant("quoted_at", "When the quote stood.")
ORDER_EVENT_AT = _instant("order_event_at", "When the step happened (FIX TransactTime).")
EXECUTED_AT = _instant("executed_at", "When the fill happened.")
REPORTED_AT = _instant(
    "reported_at", "When the venue reported it; corrections and busts come later than the fill."
)
BOOKED_AT = _instant("booked_at", "When the ledger booked it.")
OCCURRED_AT = _instant("occurred_at", "When it happened, by the client's clock.")
SERVER_RECEIVED_AT = _instant("server_received_at", "When the app's server got it.")
REQUESTED_AT = _instant("requested_at", "When the request was received by the web server.")
CHECKED_AT = _instant("checked_at", "When the check ran.")
EFFECTIVE_AT = _instant("effective_at", "The instant from which on it holds.")
RECORDED_AT = _instant("recorded_at", "When the broker's system learnt of it.")
CLOSED_AT = _instant("closed_at", "When the source had sent its last event of the session.")
TRIGGERED_AT = _instant("triggered_at", "The instant of the event with which the rule's condition was met.")
WINDOW_STARTED_AT = _instant("window_started_at", "Where the rule's window begins.")
WINDOW_ENDED_AT = _instant("window_ended_at", "Where the rule's window ends.")

# People's data: events carry it, silver carries a keyed hash of it
IP_ADDRESS = Column("ip_address", STRING, "The client's address.", data_class="personal")
DEVICE_ID = Column("device_id", STRING, "The client's device.", data_class="personal")

# Web access logs
LOG_HOST = _text("log_host", "The host whose file the line was read from.")
LOG_FILE = _text("log_file", "The file that the line was read from, without the number that a rotation adds.")
LINE_HASH = _text("line_hash", "SHA-256 of the line.")
USER_NAME = Column(
    "user_name", STRING, "The authenticated user; null where the server wrote a dash.", data_class="personal"
).optional()
HTTP_METHOD = _text("http_method", "The request's method.")
REQUEST_PATH = _text("request_path", "The request's path and query.")
PROTOCOL_NAME = _text("protocol_name", "The request's protocol.")
REFERRER = _text("referrer", "The page that led here.").optional()
USER_AGENT = Column("user_agent", STRING, "The client's software.", data_class="personal").optional()

# Facts
IS_TRADABLE = Column("is_tradable", BOOLEAN, "Whether clients may trade it.")
IS_LATE = Column("is_late", BOOLEAN, "Whether it arrived after its source had closed its session.")
IS_IN_DOMAIN = Column("is_in_domain", BOOLEAN, "Whether the method may be used for these profits and losses.")
IS_HIT = Column(
    "is_hit", BOOLEAN, "Whether the session lost more than the value at risk of the session before."
)
IS_REJECTED = Column("is_rejected", BOOLEAN, "Whether any of the back-tests rejects the forecasts.")
HAS_LEFT = Column("has_left", BOOLEAN, "Whether the client left in the outcome window.")

# The envelope, kept beside each event's own columns
SOURCE_NAME = _text("source_name", "The system that sent it (the envelope's source).")
CLOSING_SOURCE_NAME = _text("closing_source_name", "The system that has closed its session.")
EVENT_ID = _text("event_id", "The envelope's id, unique by source.")
SEQUENCE = Column(
    "sequence", INTEGER, "The envelope's place in its source, without gaps.", unit="events"
).optional()

# Where a row came from, and when it was made (provenance: comparisons of two runs leave it out)
ORIGIN_TOPIC = _text("origin_topic", "The topic that the row came from.")
ORIGIN_PARTITION = _count("origin_partition", "The partition that the row came from.", "partition")
ORIGIN_OFFSET = _count("origin_offset", "The offset that the row came from.", "offset")
RECEIVED_AT = _instant("received_at", "When the broker appended it: when we got it.")
REFINE_BATCH = _count("refine_batch", "The refine batch that decided about the row.", "batches")
PROCESSED_AT = _instant("processed_at", "When the row was made.")

# The pipeline about itself
EVENT_KEY = Column("event_key", BINARY, "The message's key, as received.").optional()
RAW = Column("raw", BINARY, "The message's bytes, as received.", data_class="confidential").optional()
HEADERS = Column(
    "headers", Type.array(Type.struct(key=STRING, value=BINARY)), "The message's headers, as received."
).optional()
LAND_BATCH = _count("land_batch", "The landing batch that brought it.", "batches")
CONTRACT_ID = _text("contract_id", "The version of the contract that the row was held against.")
FIELD_NAME = _text(
    "field_name", "A name in accepted records that the event does not declare, cut off at 64 letters."
)
REASONS = Column(
    "reasons",
    Type.array(Type.struct(code=STRING, subject=STRING)),
    "Every broken promise: a code from the closed list, and the column or promise that it is about.",
)
FIRST_SEEN_AT = _instant("first_seen_at", "When it was first seen: set aside, parked or found broken.")
REPEATS_PARTITION = _count("repeats_partition", "The partition of the row that it repeats.", "partition")
REPEATS_OFFSET = _count("repeats_offset", "The offset of the row that it repeats.", "offset")
BRONZE_FROM_BATCH = _count("bronze_from_batch", "First landing batch that waits.", "batches")
BRONZE_TO_BATCH = _count("bronze_to_batch", "Last landing batch that waits.", "batches")
ERROR = _text("error", "What went wrong, in one sentence.").optional()
TABLE_NAME = _text("table_name", "The table that it is about.")
JOB_NAME = _text("job_name", "The job that ran.")
JOB_STATUS = _choice(
    "job_status", "How the job ended for the session.", "published", "failed_gate", "failed", "skipped"
)
TABLE_VERSION = _count("table_version", "The version of the table that was committed.", "versions").optional()
INPUT_VERSIONS_JSON = _text("input_versions_json", "The versions of the tables that were read.")
PARAMS_JSON = _text("params_json", "The numbers that chose the result.")
CODE_VERSION = _text("code_version", "The commit of the code that ran.")
STARTED_AT = _instant("started_at", "When it started.")
ENDED_AT = _instant("ended_at", "When it ended.")
DECISION_ID = _id("decision_id", "The call of the command that decided.")
DECISION_STEP = _choice(
    "decision_step",
    "What was done: a replay is written down before it begins, and again once it is over.",
    "replay_begun", "replayed", "discarded",
)  # fmt: skip
REPLAY_OUTCOME = _choice(
    "replay_outcome", "What the replay made of the message.", "accepted", "duplicate", "quarantined"
).optional()
REASONS_LEFT = Column(
    "reasons_left",
    Type.array(Type.struct(code=STRING, subject=STRING)),
    "Every promise that was still broken.",
).optional()
REPAIR_NAME = _text(
    "repair_name", "The repair that the bytes went through first; null without one."
).optional()
DECIDER_NAME = Column(
    "decider_name", STRING, "Who decided, as they called themselves.", data_class="confidential"
)
DECISION_REASON = _text("decision_reason", "Why, in their words.").optional()
DECIDED_AT = _instant("decided_at", "When it was decided.")
LEDGER_RUN_ID = _id("ledger_run_id", "The look of the ledger.")
LOOKED_AT = _instant("looked_at", "When the ledger looked.")
LOOKED_FROM_AT = _instant(
    "looked_from_at", "When the closed look was that this one went on from; null where it read everything."
).optional()
BOOKS_LOOKED_AT = _instant(
    "books_looked_at", "When gold was last looked at too; null where it never was."
).optional()
FIRST_OPEN_OFFSET = _count(
    "first_open_offset",
    "The first offset of the partition that is not closed: every one below it is in one place.",
    "offset",
)
N_LANDED = _count("n_landed", "Messages in bronze below the first open offset.")
N_ACCEPTED = _count("n_accepted", "Of these in silver.")
N_LATE = _count("n_late", "Of those in silver the late ones.")
N_DUPLICATES = _count("n_duplicates", "Of these repetitions.")
N_QUARANTINED = _count("n_quarantined", "Of these in quarantine.")
N_PENDING = _count("n_pending", "Messages from the first open offset on that have landed, parked ones too.")
N_DIFFERENCES = _count("n_differences", "Broken laws that the look found, in all partitions.", "breaks")
N_ROWS_READ = _count("n_rows_read", "Rows of the lake that the look read, for all partitions.")
LOOK_MS = _count("look_ms", "How long the look took, for all partitions.", "milliseconds")
LAST_SEQUENCE_HEARD = _count(
    "last_sequence_heard", "The highest sequence of the source that has arrived.", "events"
)
SEQUENCE_GAPS = Column(
    "sequence_gaps",
    Type.array(Type.struct(first=INTEGER, last=INTEGER, since=TIMESTAMP)),
    "Sequences below it that have not arrived, both ends included, and since when a later one has.",
)
BREAK_ID = _id("break_id", "The same for the same break in every look.")
LAW_NAME = _choice(
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
VERDICT = _choice(
    "verdict", "How it is broken.",
    "lost", "duplicate", "phantom", "misrouted", "altered", "out-of-order", "stuck", "skipped-write",
)  # fmt: skip
BREAK_SUBJECT = _text("break_subject", "The partition, journal, source or table that it is about.")
N_BROKEN = _count("n_broken", "How many offsets, messages, sequences or balances break it.", "broken_unit")
BROKEN_UNIT = _text("broken_unit", "What is counted, such as offset.")
PROOF = Column("proof", Type.array(STRING), "The first ten of them: offsets, sequences, amounts.")
BREAK_STATE = _choice(
    "break_state",
    "Whether the last look found it; accepted where somebody has answered for it, which fails no look as long as it "
    "does not grow.",
    "open", "resolved", "accepted",
)  # fmt: skip
LAST_SEEN_AT = _instant("last_seen_at", "The last look that found it.")
BREAK_AGE_SECONDS = _count("break_age_seconds", "From the first look that found it to the last.", "s")
EVIDENCE = Column("evidence", Type.array(STRING), "The keys of the events that met the rule's condition.")
TOP_REASONS = Column(
    "top_reasons", Type.array(STRING), "What weighs most in the score, in words, most first."
)
FEATURE_NAMES = Column(
    "feature_names", Type.array(STRING), "The columns that the model was fitted on, in order."
)
