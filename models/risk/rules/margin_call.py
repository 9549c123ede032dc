"""R20: an account with a margin contract falls below the line of a call, or of a forced sale.

The ladder (`models.risk.margin`) decides when; an account is called once each time that it falls so deep.
"""

from decimal import Decimal

from models.risk.margin import Ladder
from models.risk.rules.rule import Condition, Rule

RULE = Rule(
    id="R20",
    version=1,
    severity="high",
    entity="account",
    sentence="An account falls below the line at which it is called for cash, or sold; the second is critical.",
    source="DOMAIN §2.3 R20",
)

CONDITION = Condition(RULE, "is_call_issued", ("is_call_issued",))

SEVERITY_SQL = f"CASE margin_level WHEN 'forced_sale' THEN 'critical' ELSE '{RULE.severity}' END"


def line_sql(ladder: Ladder) -> str:
    """The line that was crossed, as Spark SQL over a row of margin."""
    return f"CASE margin_level WHEN 'forced_sale' THEN {ladder.forced_sale} ELSE {ladder.call} END"


def explanation_sql(ladder: Ladder) -> str:
    """One sentence for the person who reads the alert, as Spark SQL over a row of margin. The ratio is rounded down."""
    stands = "format_number(floor(maintenance_ratio * 10000) / 100, 2)"
    asked = "format_number(restoring_cash_amount, 2), ' ', currency_code"
    back = f"of new cash to return to {_percent(ladder.warning)} %."
    called = f"' %, below the call line of {_percent(ladder.call)} %: it needs ', {asked}, ' {back}'"
    sold = (
        f"' %, below the forced sale line of {_percent(ladder.forced_sale)} %: sell for it, or take in ', "
        f"{asked}, ' {back}'"
    )
    return (
        f"concat('Account ', account_id, ' stands at ', {stands}, "
        f"CASE margin_level WHEN 'forced_sale' THEN concat({sold}) ELSE concat({called}) END)"
    )


def _percent(ratio: Decimal) -> str:
    return f"{ratio * 100:f}".rstrip("0").rstrip(".")
