"""The dictionary of columns, those of what the platform itself keeps of money alone: positions, cash, dividends, profit."""

from schemas.checks import Above
from schemas.column_kinds import amount, day
from schemas.declaration import BOOLEAN, Column, Type

COST_AMOUNT = amount("cost_amount", "What the position cost, fees apart, by average cost.")
MARKET_VALUE_AMOUNT = amount(
    "market_value_amount", "What is held at the session's close, cash apart; negative for what is sold short."
)
PRICED_DATE = day(
    "priced_date", "The session of the close that values the position; null where it is valued at its cost."
).optional()
IS_STALE = Column("is_stale", BOOLEAN, "Whether no close of the session itself values the position.")
OPENING_CASH_AMOUNT = amount("opening_cash_amount", "Cash at the end of the session before.")
EXTERNAL_FLOW_AMOUNT = amount("external_flow_amount", "Deposits less withdrawals; positive into the account.")
INCOME_AMOUNT = amount(
    "income_amount", "Interest and dividends less taxes and fees booked as cash movements."
)
TRADE_FLOW_AMOUNT = amount("trade_flow_amount", "Sales less purchases, before fees.")
TRADE_FEE_AMOUNT = amount("trade_fee_amount", "Fees of the session's fills; positive is paid.")
EXCHANGE_FLOW_AMOUNT = amount(
    "exchange_flow_amount", "What was bought of the currency less what was sold of it, for other currencies."
)
CLOSING_CASH_AMOUNT = amount("closing_cash_amount", "Cash at the end of the session.")
OPENING_RECEIVABLE_AMOUNT = amount(
    "opening_receivable_amount", "What was due of the dividend at the end of the session before."
)
ACCRUED_DIVIDEND_AMOUNT = amount(
    "accrued_dividend_amount", "What became due in the session, because it is that of the ex-date."
)
SETTLED_DIVIDEND_AMOUNT = amount(
    "settled_dividend_amount",
    "What is due no more, because the dividend was paid; what was paid is in the cash.",
)
CLOSING_RECEIVABLE_AMOUNT = amount(
    "closing_receivable_amount", "What is due of the dividend at the end of the session."
)
OPENING_VALUE_AMOUNT = amount(
    "opening_value_amount", "Cash, positions and dividends that are due, at the end of the session before."
)
CLOSING_VALUE_AMOUNT = amount(
    "closing_value_amount", "Cash, positions and dividends that are due, at the end of the session."
)
PROFIT_AMOUNT = amount(
    "profit_amount", "Closing less opening less external flows and exchanges: a gain is positive."
)
CLEAN_PROFIT_AMOUNT = amount(
    "clean_profit_amount",
    "What the positions of the session before gained by this session's close, dividends of this ex-date with it: no trades, "
    "other income or fees.",
)
REALISED_PROFIT_AMOUNT = amount(
    "realised_profit_amount", "Proceeds of what was sold less what it cost by average cost, fees apart."
)
UNREALISED_PROFIT_AMOUNT = amount(
    "unrealised_profit_amount", "The positions' value at the session's close less what they cost."
)
UNREALISED_CHANGE_AMOUNT = amount(
    "unrealised_change_amount", "Unrealised profit less that at the end of the session before."
)
EARNED_INCOME_AMOUNT = amount(
    "earned_income_amount",
    "Interest, and dividends from their ex-dates on, less taxes and fees booked as cash movements.",
)
BOOK_EXCHANGE_RATE = Column(
    "book_exchange_rate",
    Type.decimal(18, 8),
    "What one unit of the row's currency is worth in the book's at the session's end; null where nothing needs a rate.",
    unit="book_currency_code per currency_code",
    checks=(Above(0),),
    data_class="public",
).optional()
BOOK_OPENING_VALUE_AMOUNT = amount(
    "book_opening_value_amount", "The opening value at the rate of the session before.", "book_currency_code"
)
BOOK_EXTERNAL_FLOW_AMOUNT = amount(
    "book_external_flow_amount", "The external flow at the session's rate.", "book_currency_code"
)
BOOK_EXCHANGE_FLOW_AMOUNT = amount(
    "book_exchange_flow_amount",
    "The exchange flow at the session's rate, not at the rate that was dealt.",
    "book_currency_code",
)
BOOK_CLOSING_VALUE_AMOUNT = amount(
    "book_closing_value_amount", "The closing value at the session's rate.", "book_currency_code"
)
BOOK_PROFIT_AMOUNT = amount(
    "book_profit_amount",
    "What was gained in the book's currency: the profit at the session's rate, the currency effect and the exchange difference.",
    "book_currency_code",
)
BOOK_CLEAN_PROFIT_AMOUNT = amount(
    "book_clean_profit_amount",
    "The clean profit in the book's currency, with what the positions and the cash of the session before gained by the rate.",
    "book_currency_code",
)
CURRENCY_EFFECT_AMOUNT = amount(
    "currency_effect_amount",
    "What the opening value gained because the rate moved; nothing in the book's currency.",
    "book_currency_code",
)
EXCHANGE_DIFFERENCE_AMOUNT = amount(
    "exchange_difference_amount",
    "What the account's exchanges brought against the session's rate, over all its currencies, in one of its rows.",
    "book_currency_code",
)
