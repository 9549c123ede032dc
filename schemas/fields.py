"""The dictionary of columns: one name, one type, one unit, one meaning, wherever it appears.

Sorted by what a column says. Prices have four decimals, amounts four, quantities eight (funds trade in fractions). Columns of risk alone are
in `risk_fields.py`, those of what the platform itself keeps of money in `ledger_fields.py`, those that the platform adds about itself in `pipeline_fields.py`, what all of a kind have in common in `column_kinds.py`.
"""

from schemas.checks import Above, AtLeast, AtMost, Matches
from schemas.column_kinds import (
    AMOUNT_TYPE,
    SHARE,
    amount,
    choice,
    count,
    currency,
    day,
    identifier,
    instant,
    number,
    price,
    text,
)
from schemas.declaration import BOOLEAN, DOUBLE, INTEGER, STRING, Column, Type

QUANTITY_TYPE = Type.decimal(20, 8)
WEIGHT_TYPE = Type.decimal(12, 8)

PRODUCT_RISK_LEVELS = ("R1", "R2", "R3", "R4", "R5")
CLIENT_RISK_LEVELS = ("C1-lowest", "C1", "C2", "C3", "C4", "C5")


# Identifiers and codes
MIC_CODE = Column(
    "mic_code",
    STRING,
    "The venue, by its ISO 10383 code.",
    checks=(Matches("[A-Z0-9]{4}"),),
    data_class="public",
)
CURRENCY_CODE = currency("currency_code", "ISO 4217 code of the amounts and prices in the row.")
BASE_CURRENCY_CODE = currency("base_currency_code", "What the rate is the price of, one unit of it.")
QUOTE_CURRENCY_CODE = currency("quote_currency_code", "What the rate is counted in.")
BOOK_CURRENCY_CODE = currency(
    "book_currency_code", "The book's currency, that amounts of several currencies are added up in."
)
SOLD_CURRENCY_CODE = currency("sold_currency_code", "The currency that the account gives.")
BOUGHT_CURRENCY_CODE = currency("bought_currency_code", "The currency that the account gets.")
INSTRUMENT_ID = identifier("instrument_id", "The instrument, by the broker's own stable identifier.")
ACCOUNT_ID = identifier(
    "account_id", "The account, a random token: the vault that maps it to a person is outside."
)
CLIENT_ID = identifier(
    "client_id", "The client, a random token: the vault that maps it to a person is outside."
)
ORDER_ID = identifier("order_id", "The order, through its whole life.")
CLIENT_ORDER_ID = identifier(
    "client_order_id", "The order as the client's side named this version of it (FIX ClOrdID)."
)
REPLACES_CLIENT_ORDER_ID = identifier(
    "replaces_client_order_id", "The version of the order that this one replaces (FIX OrigClOrdID)."
).optional()
ALGO_ID = identifier("algo_id", "The algorithm that entered the order; null for people.").optional()
FILL_ID = identifier("fill_id", "The execution report, unique by venue, session and side (FIX ExecID).")
CORRECTS_FILL_ID = identifier(
    "corrects_fill_id", "The report that a correction or bust points at."
).optional()
COUNTERPARTY_ID = identifier(
    "counterparty_id", "The other side of the fill, where the venue shows it."
).optional()
CORPORATE_ACTION_ID = identifier(
    "corporate_action_id", "The corporate action, through all its versions, by its issuer's agent."
)
CASH_MOVEMENT_ID = identifier("cash_movement_id", "The movement in the cash ledger.")
CURRENCY_EXCHANGE_ID = identifier("currency_exchange_id", "The exchange in the cash ledger.")
APP_SESSION_ID = identifier("app_session_id", "The log-in session of the app.")
CLIENT_EVENT_ID = identifier("client_event_id", "The event, numbered by the app within its session.")
CUSTODIAN_NAME = identifier(
    "custodian_name", "Who keeps the securities and the cash, and states what is there."
)
STATEMENT_ITEM_ID = identifier(
    "statement_item_id", "What the statement is about: an instrument, or for cash a currency."
)
MODEL_ID = identifier("model_id", "The digest of the fitted model.")
RUN_ID = identifier("run_id", "The run of the batch application that made the row.")

# Kinds
INSTRUMENT_TYPE = choice("instrument_type", "What kind of product it is.", "stock", "fund", "bond", "deposit")
PRODUCT_RISK_LEVEL = choice(
    "product_risk_level", "The product's risk level, R1 lowest.", *PRODUCT_RISK_LEVELS
)
CLIENT_RISK_LEVEL = choice(
    "client_risk_level", "The client's assessed risk level; null if never assessed.", *CLIENT_RISK_LEVELS
).optional()
CLIENT_TYPE = choice("client_type", "How the suitability rules see the client.", "ordinary", "professional")
ACCOUNT_EVENT_TYPE = choice(
    "account_event_type", "What happened to the account.", "opened", "risk_level_assessed", "frozen", "closed"
)
ACCOUNT_STATUS = choice(
    "account_status", "How the account stands after the event.", "open", "frozen", "closed"
)
SIDE = choice("side", "The side, which signs the quantity.", "buy", "sell")
ORDER_EVENT_TYPE = choice(
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
ORDER_TYPE = choice("order_type", "How the order is priced.", "limit", "market")
TIME_IN_FORCE = choice("time_in_force", "How long the order stands.", "day", "immediate_or_cancel")
CHANNEL = choice("channel", "Where the order came from.", "app", "web", "desk", "algo")
REPORT_TYPE = choice("report_type", "What the execution report says.", "fill", "correction", "bust")
LIQUIDITY_FLAG = choice(
    "liquidity_flag", "Whether the order rested on the book or took from it.", "added", "removed"
)
CASH_MOVEMENT_TYPE = choice(
    "cash_movement_type",
    "Why the cash moved.",
    "deposit",
    "withdrawal",
    "fee",
    "interest",
    "dividend",
    "tax",
)
CORPORATE_ACTION_TYPE = choice("corporate_action_type", "What the issuer does.", "split", "cash_dividend")
CORPORATE_ACTION_STATUS = choice(
    "corporate_action_status",
    "Whether this version announces the action or calls it off.",
    "announced",
    "cancelled",
)
APP_EVENT_TYPE = choice(
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
STATEMENT_ITEM_TYPE = choice(
    "statement_item_type", "Whether securities or cash are stated.", "position", "cash"
)
STATEMENT_BREAK_NAME = choice(
    "statement_break_name",
    "How the statement and our books disagree.",
    "not_in_statement",
    "not_in_books",
    "one_session_behind",
    "fees_not_charged",
    "quantity_differs",
    "cash_differs",
)
MODEL_STATUS = choice("model_status", "Whether scoring may use the model.", "accepted", "refused")
CHURN_TYPE = choice("churn_type", "How the client left.", "closed", "assets_moved_out").optional()
ACTION_NAME = choice(
    "action_name", "The retention action that pays.", "adviser_call", "fee_review", "education", "none"
)
REASON_CODE = choice(
    "reason_code", "Why the product is offered.", "similar_to_held", "own_interest", "popular_and_suitable"
)

# Names and texts
INSTRUMENT_NAME = Column("instrument_name", STRING, "The instrument's name for people.", data_class="public")
SECTOR_NAME = Column("sector_name", STRING, "The sector, for people.", data_class="public").optional()
PAGE_NAME = text("page_name", "The page that was viewed.").optional()
APP_VERSION = text("app_version", "The version of the app.")
EXPLANATION = text("explanation", "One sentence that a person can act on.")
RULE_VERSION = text("rule_version", "The version of the rule that decided.")
MODEL_NAME = text("model_name", "The method and the set of parameters that ranked.")
MODEL_JSON = text("model_json", "The fitted model, as plain JSON.")
METRICS_JSON = text("metrics_json", "What the model reached on later sessions: name, value, interval.")

# Prices, quantities, money
OPEN_PRICE = price("open_price", "First price of the session.")
HIGH_PRICE = price("high_price", "Highest price of the session.")
LOW_PRICE = price("low_price", "Lowest price of the session.")
CLOSE_PRICE = price("close_price", "Last price of the session; a fund's net asset value.")
PREVIOUS_CLOSE_PRICE = price("previous_close_price", "The close of the last session with a bar before it.")
LAST_QUOTE_PRICE = price(
    "last_quote_price", "Middle of the session's last bid and ask; null where nobody quoted."
).optional()
BID_PRICE = price("bid_price", "Best price that somebody pays.")
ASK_PRICE = price("ask_price", "Best price that somebody asks.")
LIMIT_PRICE = price(
    "limit_price", "The worst price that the order accepts; null for market orders."
).optional()
REFERENCE_PRICE = price("reference_price", "The price that the order system saw when the order came in.")
PRICE = price("price", "The price of the fill.")
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
STATED_POSITIONS = Column(
    "stated_positions",
    Type.array(Type.struct(instrument_id=STRING, position_quantity=QUANTITY_TYPE)),
    "Every position of the account as the custodian has it, long positive; what is not listed is nothing.",
    data_class="confidential",
)
STATED_CASH = Column(
    "stated_cash",
    Type.array(Type.struct(currency_code=STRING, cash_amount=AMOUNT_TYPE)),
    "The account's cash as the custodian has it; a currency that is not listed is nothing.",
    data_class="confidential",
)
BOOKED_QUANTITY = Column(
    "booked_quantity", QUANTITY_TYPE, "What our books hold, long positive; null for cash.", unit="units",
    data_class="confidential",
).optional()  # fmt: skip
STATED_QUANTITY = Column(
    "stated_quantity", QUANTITY_TYPE, "What the custodian states, long positive; null for cash.", unit="units",
    data_class="confidential",
).optional()  # fmt: skip
BOOKED_CASH_AMOUNT = amount("booked_cash_amount", "Cash by our books; null for positions.").optional()
STATED_CASH_AMOUNT = amount("stated_cash_amount", "Cash by the statement; null for positions.").optional()
NEW_UNITS_PER_UNIT = Column(
    "new_units_per_unit",
    Type.decimal(18, 8),
    "New units for one old one: 2 doubles what is held, 0.1 leaves one of ten; null for what is no split.",
    unit="new units per old unit",
    checks=(Above(0),),
    data_class="public",
).optional()
DIVIDEND_PER_UNIT = Column(
    "dividend_per_unit",
    Type.decimal(18, 8),
    "What the issuer pays for a unit that is held at the close before the ex-date; null for what is no dividend.",
    unit="currency_code per unit",
    checks=(Above(0),),
    data_class="public",
).optional()
EXCHANGE_RATE = Column(
    "exchange_rate", Type.decimal(18, 8), "What one unit of the base currency costs.",
    unit="quote_currency_code per base_currency_code", checks=(Above(0),), data_class="public",
)  # fmt: skip
SOLD_AMOUNT = amount("sold_amount", "What the account gives; positive.", "sold_currency_code", above=0)
BOUGHT_AMOUNT = amount("bought_amount", "What the account gets; positive.", "bought_currency_code", above=0)
FEE_AMOUNT = amount("fee_amount", "What the client pays for it; positive.")
CASH_AMOUNT = amount("cash_amount", "Signed: positive into the account.")
MINIMUM_ORDER_AMOUNT = amount("minimum_order_amount", "The smallest order that the product takes.")
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
CORPORATE_ACTION_VERSION = Column(
    "corporate_action_version", INTEGER, "The announcement's number; the highest of an action counts.", unit="versions",
    checks=(AtLeast(1),),
)  # fmt: skip
ACCOUNT_EVENT_NUMBER = Column(
    "account_event_number", INTEGER, "The event's number in its account.", unit="events", checks=(AtLeast(1),)
)
LAST_SEQUENCE = count("last_sequence", "The source's sequence with which the session ends.", "events")
DWELL_MS = count("dwell_ms", "How long the page was looked at.", "milliseconds").optional()
BYTE_OFFSET = count("byte_offset", "Where the line begins in its file.", "bytes")
STATUS_CODE = Column("status_code", INTEGER, "HTTP status.", unit="code", checks=(AtLeast(100), AtMost(599)))
RESPONSE_BYTES = count(
    "response_bytes", "Size of the answer; null where the server wrote a dash.", "bytes"
).optional()
MOVE_RATIO = number(
    "move_ratio", "The close against the previous one, less 1; a rise is positive.", "fraction of one"
)
N_SCENARIOS = count("n_scenarios", "How many sessions' moves were used.", "scenarios")
STATEMENT_NUMBER = Column(
    "statement_number", INTEGER, "1 for the first statement; a later one of the same session takes its place.",
    unit="statements", checks=(AtLeast(1),),
)  # fmt: skip
N_STATED_ACCOUNTS = count("n_stated_accounts", "Accounts that the custodian stated.", "accounts")
N_UNSTATED_ACCOUNTS = count(
    "n_unstated_accounts", "Accounts of our books that nobody stated in the session.", "accounts"
)
N_STATEMENT_ITEMS = count("n_statement_items", "Positions and cash that were compared.", "items")
N_STATEMENT_BREAKS = count("n_statement_breaks", "Of these, those that disagree.", "items")
N_ACCOUNTS = count("n_accounts", "How many accounts are in the number.", "accounts")
N_STALE_PRICES = count("n_stale_prices", "Positions valued at an earlier session's close.", "prices")
REVISION = Column(
    "revision", INTEGER, "1 for what was published first; a different answer later counts up.", unit="revisions",
    checks=(AtLeast(1),),
)  # fmt: skip
N_INTERACTIONS = count("n_interactions", "How many signals are in the strength.", "interactions")
STRENGTH_SCORE = number(
    "strength_score", "Implicit interest of the client in the product on that session.", "points"
)
RANK = Column("rank", INTEGER, "Place in the client's list, 1 first.", unit="places", checks=(AtLeast(1),))
SCORE = number("score", "What the ranking sorted by.", "points")
CHURN_PROBABILITY_RATIO = Column(
    "churn_probability_ratio", DOUBLE, "Calibrated probability of leaving in the outcome window.",
    unit="fraction of one", checks=SHARE, data_class="confidential",
)  # fmt: skip
N_SAMPLES = count("n_samples", "Rows that the model was fitted on.")
N_POSITIVES = count("n_positives", "Of them, those that left.")

# Time
SESSION_DATE = day("session_date", "The trading day; for accounts and the book, by the book calendar.")
EVENT_DATE = day("event_date", "The UTC day of the event, as its source wrote it.")
REQUEST_DATE = day("request_date", "The UTC day of the request.")
EFFECTIVE_DATE = day("effective_date", "The day from which on it holds.")
VALUE_DATE = day("value_date", "The day from which on the cash counts.")
ANNOUNCED_DATE = day("announced_date", "The day on which the issuer announced it.")
EX_DATE = day(
    "ex_date", "The first trading day on which the instrument trades without what the action gives."
)
RECORD_DATE = day("record_date", "The day of the register that entitles, as the issuer states it.")
PAYMENT_DATE = day("payment_date", "The day on which the new units or the money come.")
OPENED_DATE = day("opened_date", "The day on which the account was opened.")
MATURITY_DATE = day("maturity_date", "The day on which the product ends; null if it does not.").optional()
RISK_LEVEL_EXPIRES_DATE = day(
    "risk_level_expires_date", "The last day on which the assessment counts; null without an assessment."
).optional()
LEFT_DATE = day("left_date", "The session on which the client left; null if it stayed.").optional()
OUTCOME_FROM_DATE = day("outcome_from_date", "First session of the outcome window.")
OUTCOME_TO_DATE = day("outcome_to_date", "Last session of the outcome window.")
TRAINED_FROM_DATE = day("trained_from_date", "First session of the samples.")
TRAINED_TO_DATE = day("trained_to_date", "Last session of the samples.")
PUBLISHED_AT = instant("published_at", "When the venue published it.")
QUOTED_AT = instant("quoted_at", "When the quote stood.")
ORDER_EVENT_AT = instant("order_event_at", "When the step happened (FIX TransactTime).")
EXECUTED_AT = instant("executed_at", "When the fill happened.")
REPORTED_AT = instant(
    "reported_at", "When the venue reported it; corrections and busts come later than the fill."
)
BOOKED_AT = instant("booked_at", "When the ledger booked it.")
OCCURRED_AT = instant("occurred_at", "When it happened, by the client's clock.")
SERVER_RECEIVED_AT = instant("server_received_at", "When the app's server got it.")
REQUESTED_AT = instant("requested_at", "When the request was received by the web server.")
STATED_AT = instant("stated_at", "When the custodian drew the statement up.")
EFFECTIVE_AT = instant("effective_at", "The instant from which on it holds.")
RECORDED_AT = instant("recorded_at", "When the broker's system learnt of it.")
CLOSED_AT = instant("closed_at", "When the source had sent its last event of the session.")

# People's data: events carry it, silver carries a keyed hash of it
IP_ADDRESS = Column("ip_address", STRING, "The client's address.", data_class="personal")
DEVICE_ID = Column("device_id", STRING, "The client's device.", data_class="personal")

# Web access logs
LOG_HOST = text("log_host", "The host whose file the line was read from.")
LOG_FILE = text("log_file", "The file that the line was read from, without the number that a rotation adds.")
LINE_HASH = text("line_hash", "SHA-256 of the line.")
USER_NAME = Column(
    "user_name", STRING, "The authenticated user; null where the server wrote a dash.", data_class="personal"
).optional()
HTTP_METHOD = text("http_method", "The request's method.")
REQUEST_PATH = text("request_path", "The request's path and query.")
PROTOCOL_NAME = text("protocol_name", "The request's protocol.")
REFERRER = text("referrer", "The page that led here.").optional()
USER_AGENT = Column("user_agent", STRING, "The client's software.", data_class="personal").optional()

# Facts
IS_TRADABLE = Column("is_tradable", BOOLEAN, "Whether clients may trade it.")
IS_LATE = Column("is_late", BOOLEAN, "Whether it arrived after its source had closed its session.")
HAS_LEFT = Column("has_left", BOOLEAN, "Whether the client left in the outcome window.")

# Lists
NOT_SHOCKED = Column(
    "not_shocked",
    Type.array(STRING),
    "The instruments that the scenario gives no move, sorted, funds looked through; deposits never move and are not listed.",
)
TOP_REASONS = Column(
    "top_reasons", Type.array(STRING), "What weighs most in the score, in words, most first."
)
FEATURE_NAMES = Column(
    "feature_names", Type.array(STRING), "The columns that the model was fitted on, in order."
)
