"""Order checks, limits and margin contracts in; value at risk, margin and alerts out."""

from schemas import fields as f
from schemas import ledger_fields as ledger
from schemas import risk_fields as r
from schemas.declaration import Event, Promise, Table, Versions
from schemas.provenance import MADE, silver_table

ORDER_CHECK = Event(
    topic="risk.order_checks.v1",
    doc="What one pre-trade check said about one order.",
    key=(f.SESSION_DATE, r.ORDER_CHECK_ID),
    happened_at=r.CHECKED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.SESSION_DATE,
        r.ORDER_CHECK_ID,
        f.ORDER_ID,
        f.ACCOUNT_ID,
        r.CHECK_TYPE,
        r.CHECK_OUTCOME,
        r.OBSERVED_AMOUNT,
        r.LIMIT_AMOUNT,
        f.CURRENCY_CODE,
        r.CHECKED_AT,
    ),
)

LIMIT = Event(
    topic="risk.limits.v1",
    doc="One limit of one account, from a day on.",
    key=(f.EFFECTIVE_DATE, f.ACCOUNT_ID, r.LIMIT_TYPE),
    happened_at=f.RECORDED_AT,
    dated_by=f.EFFECTIVE_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.EFFECTIVE_DATE,
        f.ACCOUNT_ID,
        r.LIMIT_TYPE,
        r.LIMIT_AMOUNT,
        f.CURRENCY_CODE,
        f.EFFECTIVE_AT,
        f.RECORDED_AT,
    ),
)

MARGIN_CONTRACT = Event(
    topic="risk.margin_contracts.v1",
    doc="What one account owes on its margin contract, from an instant on, in one currency.",
    key=(f.EFFECTIVE_DATE, f.ACCOUNT_ID, f.CURRENCY_CODE, r.MARGIN_CONTRACT_VERSION),
    happened_at=f.RECORDED_AT,
    dated_by=f.EFFECTIVE_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.EFFECTIVE_DATE,
        f.ACCOUNT_ID,
        f.CURRENCY_CODE,
        r.MARGIN_CONTRACT_VERSION,
        r.FINANCED_AMOUNT,
        r.INTEREST_AMOUNT,
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
    columns=(f.EFFECTIVE_DATE, f.INSTRUMENT_ID, r.HAIRCUT_RATIO, f.RECORDED_AT),
)

ALERT = Event(
    topic="risk.alerts.v1",
    doc="One alert: what a rule saw, and the evidence. It never changes.",
    key=(f.SESSION_DATE, r.ALERT_ID),
    happened_at=r.TRIGGERED_AT,
    dated_by=f.SESSION_DATE,
    subject=r.ENTITY_ID,
    columns=(
        f.SESSION_DATE,
        r.ALERT_ID,
        r.RULE_ID,
        f.RULE_VERSION,
        r.SEVERITY,
        r.ENTITY_ID,
        r.WINDOW_STARTED_AT,
        r.WINDOW_ENDED_AT,
        r.TRIGGERED_AT,
        r.OBSERVED_VALUE,
        r.THRESHOLD_VALUE,
        r.EVIDENCE,
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
    versions=Versions((f.ACCOUNT_ID, r.LIMIT_TYPE), f.EFFECTIVE_AT, f.RECORDED_AT, f.EFFECTIVE_DATE),
)
MARGIN_CONTRACTS = silver_table(
    "silver.margin_contracts",
    MARGIN_CONTRACT,
    "One row a version of a margin contract.",
    sessions_by=None,
    versions=Versions(
        (f.ACCOUNT_ID, f.CURRENCY_CODE), f.EFFECTIVE_AT, f.RECORDED_AT, r.MARGIN_CONTRACT_VERSION
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
    key=(f.SESSION_DATE, r.PORTFOLIO_TYPE, r.PORTFOLIO_ID, r.METHOD_NAME, r.CONFIDENCE_RATIO, f.REVISION),
    columns=(
        f.SESSION_DATE,
        r.PORTFOLIO_TYPE,
        r.PORTFOLIO_ID,
        r.METHOD_NAME,
        r.CONFIDENCE_RATIO,
        f.REVISION,
        r.VALUE_AT_RISK_AMOUNT,
        r.EXPECTED_SHORTFALL_AMOUNT,
        r.TAIL_LOSS_AMOUNT,
        r.STANDARD_ERROR_AMOUNT,
        r.IS_IN_DOMAIN,
        ledger.MARKET_VALUE_AMOUNT,
        f.CURRENCY_CODE,
        r.N_POSITIONS,
        f.N_SCENARIOS,
        r.N_MISSING_PRICES,
        r.WINDOW_SESSIONS,
        r.HORIZON_DAYS,
        r.QUANTILE_NAME,
        r.RETURN_TYPE,
        r.WEIGHTING_NAME,
        r.MISSING_DATA_POLICY,
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
        r.SCENARIO_PROFITS,
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
    key=(f.SESSION_DATE, r.PORTFOLIO_TYPE, r.PORTFOLIO_ID, r.SCENARIO_ID),
    columns=(
        f.SESSION_DATE,
        r.PORTFOLIO_TYPE,
        r.PORTFOLIO_ID,
        r.SCENARIO_ID,
        r.SCENARIO_TYPE,
        r.SCENARIO_NAME,
        r.SCENARIO_DEFINED_DATE,
        r.SCENARIO_AUTHOR_NAME,
        r.STRESS_LOSS_AMOUNT,
        r.LEAST_INDEX_MOVE_RATIO,
        ledger.MARKET_VALUE_AMOUNT,
        r.NOT_SHOCKED_AMOUNT,
        f.NOT_SHOCKED,
        r.N_POSITIONS,
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
    key=(f.SESSION_DATE, r.PORTFOLIO_TYPE, r.PORTFOLIO_ID, f.CURRENCY_CODE),
    columns=(
        f.SESSION_DATE,
        r.PORTFOLIO_TYPE,
        r.PORTFOLIO_ID,
        f.CURRENCY_CODE,
        ledger.PROFIT_AMOUNT,
        ledger.CLEAN_PROFIT_AMOUNT,
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
    key=(f.SESSION_DATE, r.PORTFOLIO_TYPE, r.PORTFOLIO_ID, r.METHOD_NAME, r.CONFIDENCE_RATIO, r.PROFIT_TYPE),
    columns=(
        f.SESSION_DATE,
        r.PORTFOLIO_TYPE,
        r.PORTFOLIO_ID,
        r.METHOD_NAME,
        r.CONFIDENCE_RATIO,
        r.PROFIT_TYPE,
        r.LOSS_AMOUNT,
        r.VALUE_AT_RISK_AMOUNT,
        r.EXPECTED_SHORTFALL_AMOUNT,
        f.CURRENCY_CODE,
        r.IS_HIT,
        r.N_SESSIONS,
        r.N_HITS,
        r.N_HITS_EXPECTED,
        r.COVERAGE_STATISTIC,
        r.COVERAGE_P_VALUE,
        r.INDEPENDENCE_STATISTIC,
        r.INDEPENDENCE_P_VALUE,
        r.CONDITIONAL_COVERAGE_STATISTIC,
        r.CONDITIONAL_COVERAGE_P_VALUE,
        r.TIME_BETWEEN_HITS_STATISTIC,
        r.TIME_BETWEEN_HITS_P_VALUE,
        r.SHORTFALL_STATISTIC,
        r.ZONE_NAME,
        r.IS_REJECTED,
        r.BACKTEST_VERDICT,
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
    key=(f.SESSION_DATE, f.ACCOUNT_ID, r.LIMIT_TYPE, f.CURRENCY_CODE),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        r.LIMIT_TYPE,
        r.OBSERVED_AMOUNT,
        r.LIMIT_AMOUNT,
        f.CURRENCY_CODE,
        r.USAGE_RATIO,
        r.USAGE_LEVEL,
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
        r.NET_ASSETS_AMOUNT,
        r.GROSS_EXPOSURE_AMOUNT,
        r.N_POSITIONS,
        r.LARGEST_INSTRUMENT_ID,
        r.LARGEST_NAME_RATIO,
        r.TOP_FIVE_RATIO,
        r.HERFINDAHL_INDEX,
        r.CONCENTRATION_LEVEL,
        r.DAYS_TO_LEAVE,
        r.N_WITHOUT_VOLUME,
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
        ledger.CLOSING_CASH_AMOUNT,
        r.SECURITIES_AMOUNT,
        r.COLLATERAL_AMOUNT,
        r.FINANCED_AMOUNT,
        r.SOLD_SHORT_AMOUNT,
        r.INTEREST_AMOUNT,
        r.DEBT_AMOUNT,
        r.MAINTENANCE_RATIO,
        r.MARGIN_LEVEL,
        r.RESTORING_CASH_AMOUNT,
        r.IS_CALL_ISSUED,
        f.N_STALE_PRICES,
        r.N_WITHOUT_HAIRCUT,
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
    key=(f.SESSION_DATE, r.ALERT_ID),
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
