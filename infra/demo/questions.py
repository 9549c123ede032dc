"""What the summary asks the lake, as an analyst would: SQL over its tables."""

ROWS = "SELECT count(*) AS n FROM {table}"

QUARANTINE = """
    SELECT origin_topic, reasons FROM quarantine.events
"""

BOOK = """
    SELECT session_date, confidence_ratio, value_at_risk_amount, expected_shortfall_amount, market_value_amount,
           n_scenarios, n_positions
    FROM gold.value_at_risk_daily_latest
    WHERE portfolio_type = 'book' AND method_name = 'historical_simulation'
      AND session_date = (SELECT max(session_date) FROM gold.value_at_risk_daily)
    ORDER BY confidence_ratio
"""

WORST_SCENARIOS = """
    SELECT session_date, scenario_name, scenario_type, stress_loss_amount, not_shocked_amount, market_value_amount
    FROM gold.stress_daily
    WHERE portfolio_type = 'book' AND session_date = (SELECT max(session_date) FROM gold.stress_daily)
    ORDER BY stress_loss_amount DESC NULLS LAST, scenario_id LIMIT 5
"""

LARGEST_ACCOUNTS = """
    SELECT portfolio_id, value_at_risk_amount, expected_shortfall_amount, market_value_amount
    FROM gold.value_at_risk_daily_latest
    WHERE portfolio_type = 'account' AND confidence_ratio = 0.99
      AND session_date = (SELECT max(session_date) FROM gold.value_at_risk_daily)
    ORDER BY value_at_risk_amount DESC, portfolio_id LIMIT 5
"""

MARGIN_LEVELS = """
    SELECT margin_level, count(*) AS n_accounts, sum(CASE WHEN is_call_issued THEN 1 ELSE 0 END) AS n_calls,
           sum(debt_amount) AS debt_amount, sum(restoring_cash_amount) AS restoring_cash_amount
    FROM gold.margin_daily WHERE session_date = (SELECT max(session_date) FROM gold.margin_daily)
    GROUP BY margin_level
    ORDER BY CASE margin_level WHEN 'forced_sale' THEN 0 WHEN 'call' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END
"""

LOWEST_MARGINS = """
    SELECT account_id, maintenance_ratio, margin_level, debt_amount, restoring_cash_amount, n_stale_prices
    FROM gold.margin_daily
    WHERE session_date = (SELECT max(session_date) FROM gold.margin_daily) AND maintenance_ratio IS NOT NULL
    ORDER BY maintenance_ratio, account_id LIMIT 3
"""

CALLS = """
    SELECT count(*) AS n, count(DISTINCT account_id) AS n_accounts, count(DISTINCT session_date) AS n_sessions
    FROM gold.margin_daily WHERE is_call_issued
"""

LEAVING = """
    SELECT rank, client_id, churn_probability_ratio, action_name, top_reasons
    FROM gold.churn_scores_daily_latest
    WHERE session_date = (SELECT max(session_date) FROM gold.churn_scores_daily)
    ORDER BY rank LIMIT 5
"""

OFFERED = """
    WITH last AS (
        SELECT * FROM gold.recommendations_daily_latest
        WHERE session_date = (SELECT max(session_date) FROM gold.recommendations_daily)
    ), shown AS (
        SELECT client_id FROM last GROUP BY client_id
        ORDER BY max(CASE WHEN reason_code = 'similar_to_held' THEN 1 ELSE 0 END) DESC, client_id LIMIT 3
    )
    SELECT last.client_id, last.rank, last.instrument_id, last.client_risk_level, last.product_risk_level,
           last.explanation
    FROM last JOIN shown ON last.client_id = shown.client_id
    WHERE last.rank <= 3 ORDER BY last.client_id, last.rank
"""

ALERTS = """
    SELECT triggered_at, rule_id, severity, entity_id, explanation
    FROM gold.alerts ORDER BY session_date DESC,
        CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END,
        triggered_at DESC, alert_id LIMIT 12
"""
