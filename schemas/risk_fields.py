"""The dictionary of columns, those of risk alone: limits, margin, measures, back-tests, stress, alerts."""

from schemas.checks import AtLeast, AtMost, OneOf
from schemas.column_kinds import (
    SHARE,
    amount,
    choice,
    count,
    day,
    identifier,
    instant,
    number,
    p_value,
    share_of_assets,
    statistic,
    text,
)
from schemas.declaration import BOOLEAN, DOUBLE, INTEGER, STRING, Column, Type

# Identifiers and codes
ORDER_CHECK_ID = identifier("order_check_id", "The pre-trade check.")
ALERT_ID = identifier(
    "alert_id", "A hash of rule, version, key and window: the same evidence gives the same alert."
)
RULE_ID = identifier("rule_id", "The rule that raised the alert.")
ENTITY_ID = identifier("entity_id", "What the alert is about: an account, a client or an order.")
PORTFOLIO_ID = identifier("portfolio_id", "The account, the group's own name, or `book` for all together.")
LARGEST_INSTRUMENT_ID = identifier("largest_instrument_id", "The instrument of the largest position.")

# Kinds
CHECK_TYPE = choice(
    "check_type", "What the pre-trade check looked at.", "price", "notional", "cash", "position"
)
CHECK_OUTCOME = choice("check_outcome", "What the pre-trade check said.", "passed", "rejected")
LIMIT_TYPE = choice(
    "limit_type", "What is limited.", "order_notional", "gross_exposure", "daily_turnover", "value_at_risk"
)
USAGE_LEVEL = choice(
    "usage_level", "How near the limit its use is, or beyond it.", "within", "watch", "warning", "breach"
)
CONCENTRATION_LEVEL = choice(
    "concentration_level", "How much of the net assets lies in one name.", "within", "warning", "act"
).optional()
MARGIN_LEVEL = choice(
    "margin_level",
    "Where the account stands on the ladder of lines.",
    "none",
    "warning",
    "call",
    "forced_sale",
)
SEVERITY = choice("severity", "How soon somebody must act.", "critical", "high", "medium", "low")
PORTFOLIO_TYPE = choice(
    "portfolio_type", "Whose risk the row states.", "account", "client_type", "client_risk_level", "book"
)
PROFIT_TYPE = choice(
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

# Names and texts
BACKTEST_VERDICT = text("backtest_verdict", "What the back-tests say, in words.")
SCENARIO_ID = identifier("scenario_id", "The stress scenario; an id is never used for another one.")
SCENARIO_TYPE = choice(
    "scenario_type",
    "Whether the moves happened once, were thought of, or were looked for.",
    "historical",
    "hypothetical",
    "reverse",
)
SCENARIO_NAME = text("scenario_name", "What the scenario does, for people.")
SCENARIO_AUTHOR_NAME = text("scenario_author_name", "Who wrote the scenario down.")
METHOD_NAME = text("method_name", "How the risk number was computed.")
QUANTILE_NAME = text("quantile_name", "Which quantile was taken.")
RETURN_TYPE = text("return_type", "Simple or log moves.")
WEIGHTING_NAME = text("weighting_name", "How scenarios are weighted.")
MISSING_DATA_POLICY = text("missing_data_policy", "What was done where a price was missing.")

# Prices, quantities, money
LIMIT_AMOUNT = amount("limit_amount", "The limit that applies.").optional()
OBSERVED_AMOUNT = amount("observed_amount", "What the check compared with the limit.").optional()
VALUE_AT_RISK_AMOUNT = amount("value_at_risk_amount", "The loss at the confidence; a loss is positive.")
EXPECTED_SHORTFALL_AMOUNT = amount(
    "expected_shortfall_amount", "Mean of the losses at or beyond value at risk; a loss is positive."
)
TAIL_LOSS_AMOUNT = amount(
    "tail_loss_amount",
    "The k-th worst loss, beside the interpolated one; a loss is positive. Historical simulation only.",
).optional()
STANDARD_ERROR_AMOUNT = amount(
    "standard_error_amount", "Of a value at risk that was drawn; null where nothing was drawn."
).optional()
NET_ASSETS_AMOUNT = amount(
    "net_assets_amount",
    "Cash, positions and dividends that are due, less what a margin contract has lent and its interest, at the session's close.",
)
GROSS_EXPOSURE_AMOUNT = amount(
    "gross_exposure_amount", "The positions' market values without their signs, added up."
)
STRESS_LOSS_AMOUNT = amount(
    "stress_loss_amount",
    "What the positions lose under the scenario; a loss is positive. Null where it cannot happen.",
).optional()
NOT_SHOCKED_AMOUNT = amount(
    "not_shocked_amount",
    "Market value, without signs, of what the scenario gives no move, funds looked through; never below zero.",
)
FINANCED_AMOUNT = amount("financed_amount", "What the broker has lent the account and is not repaid.")
INTEREST_AMOUNT = amount("interest_amount", "Interest and fees of a loan that have accrued and are not paid.")
SECURITIES_AMOUNT = amount("securities_amount", "The positions held long, at the session's close.")
SOLD_SHORT_AMOUNT = amount(
    "sold_short_amount", "The positions sold short, at the session's close; positive is owed."
)
COLLATERAL_AMOUNT = amount(
    "collateral_amount", "Cash above zero, and the positions held long after their haircuts."
)
DEBT_AMOUNT = amount(
    "debt_amount", "All that the account owes: financed, sold short, interest, and cash that is overdrawn."
)
RESTORING_CASH_AMOUNT = amount(
    "restoring_cash_amount", "How much new cash brings the account back to the warning line; 0 above it."
)
LOSS_AMOUNT = amount("loss_amount", "What the session lost; a loss is positive.")
SCENARIO_PROFITS = Column(
    "scenario_profits",
    Type.array(INTEGER),
    "The profit under each scenario, oldest first, in whole cents, which add up exactly over accounts.",
    data_class="confidential",
)

# Counts and numbers
MARGIN_CONTRACT_VERSION = Column(
    "margin_contract_version", INTEGER, "1 for the contract as it was opened; a later one takes the place of those before.",
    unit="versions", checks=(AtLeast(1),),
)  # fmt: skip
OBSERVED_VALUE = number("observed_value", "What the rule measured.", "the rule's")
THRESHOLD_VALUE = number("threshold_value", "From where on the rule raises.", "the rule's")
LARGEST_NAME_RATIO = share_of_assets("largest_name_ratio", "The largest single name")
TOP_FIVE_RATIO = share_of_assets("top_five_ratio", "The five largest names together")
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
HAIRCUT_RATIO = Column(
    "haircut_ratio",
    Type.decimal(6, 4),
    "The part of a market value that does not count as collateral.",
    unit="fraction of one",
    checks=SHARE,
)
MAINTENANCE_RATIO = Column(
    "maintenance_ratio",
    Type.decimal(28, 6),
    "Cash and positions over debt, rounded down; null without a debt, when no line can be reached.",
    unit="fraction of one",
    checks=(AtLeast(0),),
    data_class="confidential",
).optional()
LEAST_INDEX_MOVE_RATIO = Column(
    "least_index_move_ratio",
    DOUBLE,
    "The smallest fall of the index that does what the reverse stress asks; null where none does.",
    unit="fraction of one",
    checks=(AtLeast(-1), AtMost(0)),
).optional()
CONFIDENCE_RATIO = Column(
    "confidence_ratio",
    Type.decimal(6, 4),
    "The confidence of the risk number.",
    unit="fraction of one",
    checks=SHARE,
)
HORIZON_DAYS = count("horizon_days", "Over how many sessions the loss may happen.", "trading days")
WINDOW_SESSIONS = count("window_sessions", "How many sessions' moves were asked for.", "sessions")
N_SESSIONS = count("n_sessions", "How many forecasts were held against what came.", "sessions")
N_HITS = count("n_hits", "In how many of them the loss was larger than value at risk.", "sessions")
N_HITS_EXPECTED = Column(
    "n_hits_expected",
    DOUBLE,
    "How many hits a right forecast has on average.",
    unit="sessions",
    checks=(AtLeast(0),),
)
COVERAGE_STATISTIC = statistic(
    "coverage_statistic", "Whether there are as many hits as there should be (Kupiec)."
)
COVERAGE_P_VALUE = p_value("coverage_p_value")
INDEPENDENCE_STATISTIC = statistic("independence_statistic", "Whether hits follow hits (Christoffersen).")
INDEPENDENCE_P_VALUE = p_value("independence_p_value")
CONDITIONAL_COVERAGE_STATISTIC = statistic(
    "conditional_coverage_statistic", "Coverage and independence at once (Christoffersen)."
)
CONDITIONAL_COVERAGE_P_VALUE = p_value("conditional_coverage_p_value")
TIME_BETWEEN_HITS_STATISTIC = statistic(
    "time_between_hits_statistic",
    "Whether hits come in clusters (Christoffersen and Pelletier), one-sided; null below 3 hits.",
).optional()
TIME_BETWEEN_HITS_P_VALUE = p_value("time_between_hits_p_value").optional()
SHORTFALL_STATISTIC = number(
    "shortfall_statistic",
    "Acerbi and Szekely's Z2: 0 as forecast, negative is worse; null where a forecast is not above zero.",
    "expected losses",
).optional()
N_POSITIONS = count("n_positions", "How many positions are in the number.", "positions")
N_WITHOUT_VOLUME = count(
    "n_without_volume", "Positions in instruments that nobody traded lately.", "positions"
)
N_WITHOUT_HAIRCUT = count(
    "n_without_haircut", "Positions without a haircut in force, which are no collateral.", "positions"
)
N_MISSING_PRICES = count("n_missing_prices", "Moves that were missing among the scenarios used.", "prices")

# Time
SCENARIO_DEFINED_DATE = day("scenario_defined_date", "The day on which the scenario was written down.")
CHECKED_AT = instant("checked_at", "When the check ran.")
TRIGGERED_AT = instant("triggered_at", "The instant of the event with which the rule's condition was met.")
WINDOW_STARTED_AT = instant("window_started_at", "Where the rule's window begins.")
WINDOW_ENDED_AT = instant("window_ended_at", "Where the rule's window ends.")

# Facts
IS_IN_DOMAIN = Column("is_in_domain", BOOLEAN, "Whether the method may be used for these profits and losses.")
IS_HIT = Column(
    "is_hit", BOOLEAN, "Whether the session lost more than the value at risk of the session before."
)
IS_REJECTED = Column("is_rejected", BOOLEAN, "Whether any of the back-tests rejects the forecasts.")
IS_CALL_ISSUED = Column(
    "is_call_issued",
    BOOLEAN,
    "Whether the session issues a margin call or a forced sale: the level got deeper, to one of these.",
)

# Lists
EVIDENCE = Column("evidence", Type.array(STRING), "The keys of the events that met the rule's condition.")
