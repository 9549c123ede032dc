"""The identity of an alert: a hash of rule, version, entity and window, so a replay names it the same."""

import hashlib

SEPARATOR = "|"
LENGTH = 32
"""Hexadecimal digits kept of the sha256: 128 bits."""


def alert_text(rule_id: str, rule_version: int, entity: str, window_start_us: int) -> str:
    """The canonical text that is hashed: `R30|1|client-7|1671805800000000`.

    entity: identifier of what the alert is about; a rule without memory gives the event's natural key.
    window_start_us: microseconds since 1970 UTC; a rule without memory gives the event's own instant.
    Raises ValueError when a part is empty or holds the separator, which would let two keys share a text.
    """
    for name, part in (("rule_id", rule_id), ("entity", entity)):
        if not part or SEPARATOR in part:
            raise ValueError(f"{name} is {part!r}: it must not be empty nor hold {SEPARATOR!r}")
    return SEPARATOR.join((rule_id, str(rule_version), entity, str(window_start_us)))


def alert_id(rule_id: str, rule_version: int, entity: str, window_start_us: int) -> str:
    """The first 32 hexadecimal digits of the sha256 of `alert_text` in UTF-8. Errors as there."""
    text = alert_text(rule_id, rule_version, entity, window_start_us)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def alert_id_sql(rule_id: str, rule_version: int, entity_sql: str, window_start_us_sql: str) -> str:
    """`alert_id` as Spark SQL. The expressions must not be null: concat_ws leaves a null out in silence."""
    parts = f"'{rule_id}', '{rule_version}', {entity_sql}, cast({window_start_us_sql} AS string)"
    return f"substring(sha2(concat_ws('{SEPARATOR}', {parts}), 256), 1, {LENGTH})"
