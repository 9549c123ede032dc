"""R23: an account uses more of a limit than it allows."""

from models.risk.rules.rule import Condition, Rule

RULE = Rule(
    id="R23",
    version=1,
    severity="high",
    entity="account",
    sentence="An account uses more of a limit than it allows, and did not in the session before.",
    source="DOMAIN §2.3 R23",
)

CONDITION = Condition(RULE, "usage_level = 'breach'", ("usage_level",))

EXPLANATION_SQL = (
    "concat('Account ', account_id, ' uses ', format_number(observed_amount, 2), ' ', currency_code, ' of ', "
    "format_number(limit_amount, 2), ' allowed as ', replace(limit_type, '_', ' '), "
    "': bring it down, or have the limit raised.')"
)
"""One sentence for the person who reads the alert, as Spark SQL over a row of limit usage."""
