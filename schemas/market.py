"""The market: instruments, daily bars, quotes, corporate actions, exchange rates."""

from schemas import fields as f
from schemas.declaration import Event, Promise, Table, Versions
from schemas.provenance import MADE, silver_table

INSTRUMENT = Event(
    topic="market.instruments.v1",
    doc="An instrument's master record as it stands from a day on.",
    key=(f.EFFECTIVE_DATE, f.INSTRUMENT_ID),
    happened_at=f.RECORDED_AT,
    dated_by=f.EFFECTIVE_DATE,
    subject=f.INSTRUMENT_ID,
    columns=(
        f.EFFECTIVE_DATE,
        f.INSTRUMENT_ID,
        f.MIC_CODE,
        f.INSTRUMENT_NAME,
        f.INSTRUMENT_TYPE,
        f.SECTOR_NAME,
        f.CURRENCY_CODE,
        f.PRODUCT_RISK_LEVEL,
        f.MINIMUM_ORDER_AMOUNT,
        f.IS_TRADABLE,
        f.MATURITY_DATE,
        f.BASKET,
        f.RECORDED_AT,
    ),
    promises=(
        Promise(
            "funds_have_baskets",
            "(instrument_type = 'fund') = (basket IS NOT NULL)",
            "A fund has a basket, and nothing else has one.",
        ),
        Promise(
            "weights_add_up",
            "aggregate(transform(basket, b -> b.weight_ratio), CAST(0 AS decimal(22,8)), (a, w) -> CAST(a + w AS decimal(22,8))) = 1",
            "The weights of a basket add up to one.",
        ),
    ),
)

BAR = Event(
    topic="market.bars.v1",
    doc="One session of one instrument, as its venue published it.",
    key=(f.MIC_CODE, f.SESSION_DATE, f.INSTRUMENT_ID),
    happened_at=f.PUBLISHED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.INSTRUMENT_ID,
    columns=(
        f.MIC_CODE,
        f.SESSION_DATE,
        f.INSTRUMENT_ID,
        f.OPEN_PRICE,
        f.HIGH_PRICE,
        f.LOW_PRICE,
        f.CLOSE_PRICE,
        f.TRADED_QUANTITY,
        f.CURRENCY_CODE,
        f.PUBLISHED_AT,
    ),
    promises=(
        Promise(
            "prices_in_order",
            "low_price <= least(open_price, close_price) AND greatest(open_price, close_price) <= high_price",
            "Low is at most open and close, high is at least both.",
        ),
    ),
)

QUOTE = Event(
    topic="market.quotes.v1",
    doc="The best bid and ask of one instrument at an instant.",
    key=(f.MIC_CODE, f.SESSION_DATE, f.INSTRUMENT_ID, f.QUOTE_NUMBER),
    happened_at=f.QUOTED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.INSTRUMENT_ID,
    columns=(
        f.MIC_CODE,
        f.SESSION_DATE,
        f.INSTRUMENT_ID,
        f.QUOTE_NUMBER,
        f.BID_PRICE,
        f.ASK_PRICE,
        f.BID_QUANTITY,
        f.ASK_QUANTITY,
        f.CURRENCY_CODE,
        f.QUOTED_AT,
    ),
    promises=(Promise("bid_below_ask", "bid_price <= ask_price", "The bid is at most the ask."),),
)

CORPORATE_ACTION = Event(
    topic="market.corporate_actions.v1",
    doc="One version of what an issuer does to its units: a split, or a dividend in cash.",
    key=(f.EX_DATE, f.CORPORATE_ACTION_ID, f.CORPORATE_ACTION_VERSION),
    happened_at=f.RECORDED_AT,
    dated_by=f.EX_DATE,
    subject=f.INSTRUMENT_ID,
    columns=(
        f.EX_DATE,
        f.CORPORATE_ACTION_ID,
        f.CORPORATE_ACTION_VERSION,
        f.CORPORATE_ACTION_STATUS,
        f.INSTRUMENT_ID,
        f.CORPORATE_ACTION_TYPE,
        f.NEW_UNITS_PER_UNIT,
        f.DIVIDEND_PER_UNIT,
        f.CURRENCY_CODE,
        f.ANNOUNCED_DATE,
        f.RECORD_DATE,
        f.PAYMENT_DATE,
        f.RECORDED_AT,
    ),
    promises=(
        Promise(
            "splits_have_ratios",
            "(corporate_action_type = 'split') = (new_units_per_unit IS NOT NULL)",
            "A split has a ratio, and nothing else has one.",
        ),
        Promise(
            "dividends_have_amounts",
            "(corporate_action_type = 'cash_dividend') = (dividend_per_unit IS NOT NULL)",
            "A dividend has an amount a unit, and nothing else has one.",
        ),
        Promise("paid_after_ex", "ex_date <= payment_date", "Nothing comes before the ex-date."),
    ),
)

EXCHANGE_RATE = Event(
    topic="market.exchange_rates.v1",
    doc="What one currency cost in another at the end of a session; EUR in USD is the price of one euro in dollars.",
    key=(f.SESSION_DATE, f.BASE_CURRENCY_CODE, f.QUOTE_CURRENCY_CODE),
    happened_at=f.PUBLISHED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.BASE_CURRENCY_CODE,
    columns=(
        f.SESSION_DATE,
        f.BASE_CURRENCY_CODE,
        f.QUOTE_CURRENCY_CODE,
        f.EXCHANGE_RATE,
        f.PUBLISHED_AT,
    ),
    promises=(
        Promise(
            "two_currencies",
            "base_currency_code <> quote_currency_code",
            "A rate is between two currencies.",
        ),
    ),
)

INSTRUMENTS = silver_table(
    "silver.instruments",
    INSTRUMENT,
    "One row a version of an instrument's master record.",
    sessions_by=None,
    versions=Versions((f.INSTRUMENT_ID,), f.EFFECTIVE_DATE, f.RECORDED_AT, f.EFFECTIVE_DATE),
)
BARS = silver_table("silver.bars", BAR, "One row an instrument and session.", f.SESSION_DATE)
QUOTES = silver_table("silver.quotes", QUOTE, "One row a quote.", f.SESSION_DATE)
CORPORATE_ACTIONS = silver_table(
    "silver.corporate_actions",
    CORPORATE_ACTION,
    "One row a version of a corporate action; the highest version of an action counts.",
    f.EX_DATE,
)
EXCHANGE_RATES = silver_table(
    "silver.exchange_rates", EXCHANGE_RATE, "One row a pair of currencies and session.", f.SESSION_DATE
)

SUSPECT_PRICES_DAILY = Table(
    name="gold.suspect_prices_daily",
    doc="Closes that no table values anything at, because nothing but the bar itself says that the price has moved so far.",
    domain="market",
    key=(f.SESSION_DATE, f.INSTRUMENT_ID, f.MIC_CODE),
    columns=(
        f.SESSION_DATE,
        f.INSTRUMENT_ID,
        f.MIC_CODE,
        f.CLOSE_PRICE,
        f.PREVIOUS_CLOSE_PRICE,
        f.MOVE_RATIO,
        f.LAST_QUOTE_PRICE,
        f.CURRENCY_CODE,
        f.EXPLANATION,
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

EVENTS = (INSTRUMENT, BAR, QUOTE, CORPORATE_ACTION, EXCHANGE_RATE)
TABLES = (INSTRUMENTS, BARS, QUOTES, CORPORATE_ACTIONS, EXCHANGE_RATES, SUSPECT_PRICES_DAILY)
