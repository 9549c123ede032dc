"""R21: too much of an account's net assets lies in one name."""

from models.risk.rules.rule import Condition, Rule

RULE = Rule(
    id="R21",
    version=1,
    severity="medium",
    entity="account",
    sentence="So much of an account's net assets lies in one name that somebody must act, and did not in the session before.",
    source="DOMAIN §2.3 R21",
)

CONDITION = Condition(RULE, "concentration_level = 'act'", ("concentration_level",))


def explanation_sql(act_ratio: float) -> str:
    """One sentence for the person who reads the alert, as Spark SQL over a row of concentration."""
    return (
        "concat('Account ', account_id, ' has ', format_number(100 * largest_name_ratio, 1), "
        f"' % of its net assets in ', largest_instrument_id, ' (acted on from {act_ratio * 100:g} %): "
        "sell part of it, or have the client confirm that it stays.')"
    )
