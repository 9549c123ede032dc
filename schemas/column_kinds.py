"""Kinds of columns: what all identifiers, amounts, counts or instants have in common."""

from schemas.checks import Above, AtLeast, AtMost, Matches, OneOf
from schemas.declaration import DATE, DOUBLE, INTEGER, STRING, TIMESTAMP, Column, Type

AMOUNT_TYPE = Type.decimal(20, 4)
PRICE_TYPE = Type.decimal(18, 4)
SHARE = (AtLeast(0), AtMost(1))


def identifier(name: str, doc: str) -> Column:
    """A reference by letters and digits, at most 64 of them."""
    return Column(name, STRING, doc, checks=(Matches("[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}"),))


def text(name: str, doc: str) -> Column:
    """Any text."""
    return Column(name, STRING, doc)


def choice(name: str, doc: str, *values: str) -> Column:
    """One of a closed list."""
    return Column(name, STRING, doc, checks=(OneOf(values),))


def currency(name: str, doc: str) -> Column:
    """An ISO 4217 code."""
    return Column(name, STRING, doc, checks=(Matches("[A-Z]{3}"),))


def count(name: str, doc: str, unit: str = "rows") -> Column:
    """A whole number, not negative."""
    return Column(name, INTEGER, doc, unit=unit, checks=(AtLeast(0),))


def number(name: str, doc: str, unit: str) -> Column:
    """A double that may be negative."""
    return Column(name, DOUBLE, doc, unit=unit)


def share_of_assets(name: str, what: str) -> Column:
    """A fraction of the net assets; nothing where there are none."""
    doc = f"{what}, of the net assets; null where these are not above zero. Above 1 it is bought on credit."
    return Column(name, DOUBLE, doc, unit="fraction of one", checks=(AtLeast(0),)).optional()


def statistic(name: str, doc: str) -> Column:
    """A likelihood ratio."""
    return Column(name, DOUBLE, doc, unit="likelihood ratio", checks=(AtLeast(0),))


def p_value(name: str) -> Column:
    """The probability beside a likelihood ratio."""
    doc = "Probability of at least that statistic where the forecast is right."
    return Column(name, DOUBLE, doc, unit="probability", checks=SHARE)


def amount(name: str, doc: str, unit: str = "currency_code", above: int | None = None) -> Column:
    """Money, in the currency that a column of its row says."""
    checks = () if above is None else (Above(above),)
    return Column(name, AMOUNT_TYPE, doc, unit=unit, checks=checks, data_class="confidential")


def price(name: str, doc: str) -> Column:
    """Money a unit, above zero."""
    return Column(
        name, PRICE_TYPE, doc, unit="currency_code per unit", checks=(Above(0),), data_class="public"
    )


def instant(name: str, doc: str) -> Column:
    """A point in time."""
    return Column(name, TIMESTAMP, doc)


def day(name: str, doc: str) -> Column:
    """A calendar day."""
    return Column(name, DATE, doc)
