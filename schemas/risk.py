"""Order checks, limits and margin contracts in; value at risk, margin and alerts out."""

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

MARGIN_CONTRACT = Event(
    topic="risk.margin_contracts.v1",
    doc="What one account owes on its margin contract, from an instant on, in one currency.",
    key=(f.EFFECTIVE_DATE, f.ACCOUNT_ID, f.CURRENCY_CODE, f.MARGIN_CONTRACT_VERSION),
    happened_at=f.RECORDED_AT,
    dated_by=f.EFFECTIVE_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.EFFECTIVE_DATE,
        f.ACCOUNT_ID,
        f.CURRENCY_CODE,
        f.MARGIN_CONTRACT_VERSION,
        f.FINANCED_AMOUNT,
        f.INTEREST_AMOUNT,
        f.EFFECTIVE_AT,
        f.RECORDED_AT,
    ),
    promises=(
        Promise(
            "nothing_owed_below_zero",
            "financed_amount >= 0 AND interest_amount >= 0",
            "A debt is positive, or nothing.",
        ),
    ),
)

HAIRCUT = Event(
    topic="risk.haircuts.v1",
    doc="How much of an instrument's market value does not count as collateral, from a day on.",
    key=(f.EFFECTIVE_DATE, f.INSTRUMENT_ID),
    happened_at=f.RECORDED_AT,
    dated_by=f.EFFECTIVE_DATE,
    subject=f.INSTRUMENT_ID,
    columns=(f.EFFECTIVE_DATE, f.INSTRUMENT_ID, f.HAIRCUT_RATIO, f.RECORDED_AT),
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
MARGIN_CONTRACTS = silver_table(
    "silver.margin_contracts",
    MARGIN_CONTRACT,
    "One row a version of a margin contract.",
    sessions_by=None,
    versions=Versions(
        (f.ACCOUNT_ID, f.CURRENCY_CODE), f.EFFECTIVE_AT, f.RECORDED_AT, f.MARGIN_CONTRACT_VERSION
    ),
)
HAIRCUTS = silver_table(
    "silver.haircuts",
    HAIRCUT,
    "One row a version of an instrument's haircut.",
    sessions_by=None,
    versions=Versions((f.INSTRUMENT_ID,), f.EFFECTIVE_DATE, f.RECORDED_AT, f.EFFECTIVE_DATE),
)
ALERT_NOTICES = silver_table("silver.alerts", ALERT, "One row an alert as it was published.", f.SESSION_DATE)

VALUE_AT_RISK_DAILY = Table(
    name="gold.value_at_risk_daily",
    doc="Value at risk and expected shortfall of accounts, groups and the whole book, with the convention in the row.",
    domain="risk",
    key=(f.SESSION_DATE, f.PORTFOLIO_TYPE, f.PORTFOLIO_ID, f.METHOD_NAME, f.CONFIDENCE_RATIO, f.REVISION),
    columns=(
        f.SESSION_DATE,
        f.PORTFOLIO_TYPE,
        f.PORTFOLIO_ID,
        f.METHOD_NAME,
        f.CONFIDENCE_RATIO,
        f.REVISION,
        f.VALUE_AT_RISK_AMOUNT,
        f.EXPECTED_SHORTFALL_AMOUNT,
        f.TAIL_LOSS_AMOUNT,
        f.STANDARD_ERROR_AMOUNT,
        f.IS_IN_DOMAIN,
        f.MARKET_VALUE_AMOUNT,
        f.CURRENCY_CODE,
        f.N_POSITIONS,
        f.N_SCENARIOS,
        f.N_MISSING_PRICES,
        f.WINDOW_SESSIONS,
        f.HORIZON_DAYS,
        f.QUANTILE_NAME,
        f.RETURN_TYPE,
        f.WEIGHTING_NAME,
        f.MISSING_DATA_POLICY,
    ),
    promises=(
        Promise(
            "shortfall_beyond_value_at_risk",
            "NOT is_in_domain OR expected_shortfall_amount >= value_at_risk_amount",
            "Expected shortfall is at least value at risk, where the method may be used.",
        ),
        Promise(
            "tail_loss_by_history",
            "(tail_loss_amount IS NOT NULL) = (method_name = 'historical_simulation')",
            "The k-th worst loss stands beside historical simulation, and nowhere else.",
        ),
    ),
    provenance=MADE,
    second_answer="revise",
    sessions_by=f.SESSION_DATE,
    min_rows=1,
)

SCENARIO_PROFIT_AND_LOSS_DAILY = Table(
    name="gold.scenario_profit_and_loss_daily",
    doc="What each account would gain under the price moves of each of the last sessions; vectors that add up exactly.",
    domain="risk",
    key=(f.SESSION_DATE, f.ACCOUNT_ID),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.CLIENT_TYPE.optional(),
        f.CLIENT_RISK_LEVEL,
        f.CURRENCY_CODE,
        f.N_SCENARIOS,
        f.SCENARIO_PROFITS,
    ),
    promises=(
        Promise(
            "a_profit_a_scenario", "size(scenario_profits) = n_scenarios", "There is one profit a scenario."
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
    keep_sessions=20,
)

STRESS_DAILY = Table(
    name="gold.stress_daily",
    doc="What groups of accounts and the whole book would lose under each stress scenario, and what it did not shock.",
    domain="risk",
    key=(f.SESSION_DATE, f.PORTFOLIO_TYPE, f.PORTFOLIO_ID, f.SCENARIO_ID),
    columns=(
        f.SESSION_DATE,
        f.PORTFOLIO_TYPE,
        f.PORTFOLIO_ID,
        f.SCENARIO_ID,
        f.SCENARIO_TYPE,
        f.SCENARIO_NAME,
        f.SCENARIO_DEFINED_DATE,
        f.SCENARIO_AUTHOR_NAME,
        f.STRESS_LOSS_AMOUNT,
        f.LEAST_INDEX_MOVE_RATIO,
        f.MARKET_VALUE_AMOUNT,
        f.NOT_SHOCKED_AMOUNT,
        f.NOT_SHOCKED,
        f.N_POSITIONS,
        f.CURRENCY_CODE,
    ),
    promises=(
        Promise(
            "a_loss_of_what_can_happen",
            "(stress_loss_amount IS NOT NULL) = (scenario_type <> 'reverse' OR least_index_move_ratio IS NOT NULL)",
            "There is a loss, but where no move of the index does what is asked.",
        ),
        Promise(
            "a_move_that_was_looked_for",
            "least_index_move_ratio IS NULL OR scenario_type = 'reverse'",
            "Only a reverse stress test looks for a move.",
        ),
        Promise(
            "what_was_not_shocked_is_listed",
            "not_shocked_amount >= 0 AND (size(not_shocked) > 0 OR not_shocked_amount = 0)",
            "What was not shocked is worth something only where it is listed.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
    min_rows=1,
)

PORTFOLIO_PROFIT_AND_LOSS_DAILY = Table(
    name="gold.portfolio_profit_and_loss_daily",
    doc="What groups of accounts and the whole book gained, in the groups that the session before had them in.",
    domain="risk",
    key=(f.SESSION_DATE, f.PORTFOLIO_TYPE, f.PORTFOLIO_ID, f.CURRENCY_CODE),
    columns=(
        f.SESSION_DATE,
        f.PORTFOLIO_TYPE,
        f.PORTFOLIO_ID,
        f.CURRENCY_CODE,
        f.PROFIT_AMOUNT,
        f.CLEAN_PROFIT_AMOUNT,
        f.N_ACCOUNTS,
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

VALUE_AT_RISK_BACKTESTS = Table(
    name="gold.value_at_risk_backtests",
    doc="Whether the forecasts of the last sessions were right: each session's loss against what was published before it.",
    domain="risk",
    key=(f.SESSION_DATE, f.PORTFOLIO_TYPE, f.PORTFOLIO_ID, f.METHOD_NAME, f.CONFIDENCE_RATIO, f.PROFIT_TYPE),
    columns=(
        f.SESSION_DATE,
        f.PORTFOLIO_TYPE,
        f.PORTFOLIO_ID,
        f.METHOD_NAME,
        f.CONFIDENCE_RATIO,
        f.PROFIT_TYPE,
        f.LOSS_AMOUNT,
        f.VALUE_AT_RISK_AMOUNT,
        f.EXPECTED_SHORTFALL_AMOUNT,
        f.CURRENCY_CODE,
        f.IS_HIT,
        f.N_SESSIONS,
        f.N_HITS,
        f.N_HITS_EXPECTED,
        f.COVERAGE_STATISTIC,
        f.COVERAGE_P_VALUE,
        f.INDEPENDENCE_STATISTIC,
        f.INDEPENDENCE_P_VALUE,
        f.CONDITIONAL_COVERAGE_STATISTIC,
        f.CONDITIONAL_COVERAGE_P_VALUE,
        f.TIME_BETWEEN_HITS_STATISTIC,
        f.TIME_BETWEEN_HITS_P_VALUE,
        f.SHORTFALL_STATISTIC,
        f.ZONE_NAME,
        f.IS_REJECTED,
        f.BACKTEST_VERDICT,
    ),
    promises=(
        Promise("hits_within_sessions", "n_hits <= n_sessions", "No more hits than sessions."),
        Promise(
            "a_hit_is_a_loss_beyond",
            "is_hit = (loss_amount > value_at_risk_amount)",
            "A hit is a loss larger than the value at risk.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

LIMIT_USAGE_DAILY = Table(
    name="gold.limit_usage_daily",
    doc="How much of each limit in force an account uses at the end of a session.",
    domain="risk",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.LIMIT_TYPE, f.CURRENCY_CODE),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.LIMIT_TYPE,
        f.OBSERVED_AMOUNT,
        f.LIMIT_AMOUNT,
        f.CURRENCY_CODE,
        f.USAGE_RATIO,
        f.USAGE_LEVEL,
    ),
    promises=(
        Promise(
            "used_and_limited",
            "observed_amount IS NOT NULL AND limit_amount IS NOT NULL",
            "What is used and what is allowed are known.",
        ),
        Promise(
            "a_breach_is_beyond",
            "(usage_level = 'breach') = (observed_amount > limit_amount)",
            "A breach is a use beyond the limit; exactly the limit is none.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

CONCENTRATION_DAILY = Table(
    name="gold.concentration_daily",
    doc="In how few names an account's money lies, and how long leaving them would take.",
    domain="risk",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.CURRENCY_CODE),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.CURRENCY_CODE,
        f.NET_ASSETS_AMOUNT,
        f.GROSS_EXPOSURE_AMOUNT,
        f.N_POSITIONS,
        f.LARGEST_INSTRUMENT_ID,
        f.LARGEST_NAME_RATIO,
        f.TOP_FIVE_RATIO,
        f.HERFINDAHL_INDEX,
        f.CONCENTRATION_LEVEL,
        f.DAYS_TO_LEAVE,
        f.N_WITHOUT_VOLUME,
    ),
    promises=(
        Promise(
            "five_are_no_less_than_one",
            "top_five_ratio IS NULL OR top_five_ratio >= largest_name_ratio",
            "The five largest names are no less than the largest.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

MARGIN_DAILY = Table(
    name="gold.margin_daily",
    doc="How far each account with a margin contract is from the lines of its contract, and which line it has crossed.",
    domain="risk",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.CURRENCY_CODE),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.CURRENCY_CODE,
        f.CLOSING_CASH_AMOUNT,
        f.SECURITIES_AMOUNT,
        f.COLLATERAL_AMOUNT,
        f.FINANCED_AMOUNT,
        f.SOLD_SHORT_AMOUNT,
        f.INTEREST_AMOUNT,
        f.DEBT_AMOUNT,
        f.MAINTENANCE_RATIO,
        f.MARGIN_LEVEL,
        f.RESTORING_CASH_AMOUNT,
        f.IS_CALL_ISSUED,
        f.N_STALE_PRICES,
        f.N_WITHOUT_HAIRCUT,
    ),
    promises=(
        Promise(
            "debt_adds_up",
            "financed_amount + sold_short_amount + interest_amount + greatest(-closing_cash_amount, 0) = debt_amount",
            "What is owed adds up.",
        ),
        Promise(
            "a_ratio_with_a_debt",
            "(maintenance_ratio IS NULL) = (debt_amount = 0)",
            "There is a ratio where there is a debt.",
        ),
        Promise(
            "no_debt_no_level",
            "debt_amount > 0 OR margin_level = 'none'",
            "Who owes nothing has crossed no line.",
        ),
        Promise(
            "no_call_from_a_stale_price",
            "NOT is_call_issued OR (n_stale_prices = 0 AND margin_level IN ('call', 'forced_sale'))",
            "A call comes with its level, and never from a stale price.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

BREACH_RULES = ("R20", "R21", "R23")
"""Rules that tables are held against at a session's end: what they raise is shown first and published then, all else is
shown because it was published."""

ALERTS = Table(
    name="gold.alerts",
    doc="One row an alert, shown once by its id however often it was published; and a session's breaches.",
    domain="risk",
    key=(f.SESSION_DATE, f.ALERT_ID),
    columns=ALERT.columns,
    promises=ALERT.promises,
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

EVENTS = (ORDER_CHECK, LIMIT, MARGIN_CONTRACT, HAIRCUT, ALERT)
TABLES = (
    ORDER_CHECKS,
    LIMITS,
    MARGIN_CONTRACTS,
    HAIRCUTS,
    ALERT_NOTICES,
    VALUE_AT_RISK_DAILY,
    SCENARIO_PROFIT_AND_LOSS_DAILY,
    STRESS_DAILY,
    PORTFOLIO_PROFIT_AND_LOSS_DAILY,
    VALUE_AT_RISK_BACKTESTS,
    LIMIT_USAGE_DAILY,
    CONCENTRATION_DAILY,
    MARGIN_DAILY,
    ALERTS,
)
