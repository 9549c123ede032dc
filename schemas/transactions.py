"""What clients trade and pay: orders, fills, cash, and the books that follow from them."""

from schemas import fields as f
from schemas import ledger_fields as ledger
from schemas.declaration import Event, Promise, Table
from schemas.provenance import MADE, silver_table

ORDER = Event(
    topic="transactions.orders.v1",
    doc="One step in an order's life, with the reference price that the order system saw.",
    key=(f.MIC_CODE, f.SESSION_DATE, f.ORDER_ID, f.ORDER_STEP),
    happened_at=f.ORDER_EVENT_AT,
    dated_by=f.SESSION_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.MIC_CODE,
        f.SESSION_DATE,
        f.ORDER_ID,
        f.ORDER_STEP,
        f.ORDER_EVENT_TYPE,
        f.CLIENT_ORDER_ID,
        f.REPLACES_CLIENT_ORDER_ID,
        f.ACCOUNT_ID,
        f.INSTRUMENT_ID,
        f.SIDE,
        f.ORDER_TYPE,
        f.LIMIT_PRICE,
        f.REFERENCE_PRICE,
        f.QUANTITY,
        f.REMAINING_QUANTITY,
        f.CURRENCY_CODE,
        f.TIME_IN_FORCE,
        f.CHANNEL,
        f.ALGO_ID,
        f.APP_SESSION_ID.optional(),
        f.ORDER_EVENT_AT,
    ),
    promises=(
        Promise(
            "limit_orders_have_limits",
            "(order_type = 'limit') = (limit_price IS NOT NULL)",
            "A limit order has a limit price, and a market order has none.",
        ),
        Promise(
            "remaining_within_quantity", "remaining_quantity <= quantity", "No more remains than was ordered."
        ),
    ),
)

FILL = Event(
    topic="transactions.fills.v1",
    doc="One execution report, as the venue sent it: a fill, its correction or its bust.",
    key=(f.MIC_CODE, f.SESSION_DATE, f.FILL_ID, f.SIDE),
    happened_at=f.EXECUTED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.MIC_CODE,
        f.SESSION_DATE,
        f.FILL_ID,
        f.SIDE,
        f.REPORT_TYPE,
        f.CORRECTS_FILL_ID,
        f.ORDER_ID,
        f.ACCOUNT_ID,
        f.INSTRUMENT_ID,
        f.QUANTITY,
        f.PRICE,
        f.FEE_AMOUNT,
        f.CURRENCY_CODE,
        f.LIQUIDITY_FLAG,
        f.COUNTERPARTY_ID,
        f.EXECUTED_AT,
        f.REPORTED_AT,
    ),
    promises=(
        Promise(
            "corrections_point_back",
            "(report_type = 'fill') = (corrects_fill_id IS NULL)",
            "A correction or bust names the report that it is about, a fill names none.",
        ),
    ),
)

CASH_MOVEMENT = Event(
    topic="transactions.cash.v1",
    doc="One movement in the cash ledger, trades apart.",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.CASH_MOVEMENT_ID),
    happened_at=f.BOOKED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.CASH_MOVEMENT_ID,
        f.CASH_MOVEMENT_TYPE,
        f.CASH_AMOUNT,
        f.CURRENCY_CODE,
        f.VALUE_DATE,
        f.CORPORATE_ACTION_ID.optional(),
        f.BOOKED_AT,
    ),
    promises=(
        Promise(
            "sign_follows_type",
            "CASE cash_movement_type WHEN 'deposit' THEN cash_amount > 0 WHEN 'withdrawal' THEN cash_amount < 0 "
            "WHEN 'fee' THEN cash_amount < 0 WHEN 'tax' THEN cash_amount < 0 ELSE true END",
            "A deposit is positive; a withdrawal, fee or tax is negative.",
        ),
    ),
)

CURRENCY_EXCHANGE = Event(
    topic="transactions.currency_exchanges.v1",
    doc="Money of one currency became money of another in an account; both sides are one record, so that neither comes alone.",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.CURRENCY_EXCHANGE_ID),
    happened_at=f.BOOKED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.CURRENCY_EXCHANGE_ID,
        f.SOLD_AMOUNT,
        f.SOLD_CURRENCY_CODE,
        f.BOUGHT_AMOUNT,
        f.BOUGHT_CURRENCY_CODE,
        f.VALUE_DATE,
        f.BOOKED_AT,
    ),
    promises=(
        Promise(
            "another_currency",
            "sold_currency_code <> bought_currency_code",
            "What is bought is another currency than what is sold.",
        ),
    ),
)

STATEMENT = Event(
    topic="transactions.statements.v1",
    doc="All that a custodian has of one account at the end of a session: the same books as another system sees them.",
    key=(f.SESSION_DATE, f.CUSTODIAN_NAME, f.ACCOUNT_ID, f.STATEMENT_NUMBER),
    happened_at=f.STATED_AT,
    dated_by=f.SESSION_DATE,
    subject=f.ACCOUNT_ID,
    columns=(
        f.SESSION_DATE,
        f.CUSTODIAN_NAME,
        f.ACCOUNT_ID,
        f.STATEMENT_NUMBER,
        f.STATED_POSITIONS,
        f.STATED_CASH,
        f.STATED_AT,
    ),
)

ORDER_EVENTS = silver_table("silver.order_events", ORDER, "One row a step of an order.", f.SESSION_DATE)
FILLS = silver_table("silver.fills", FILL, "One row an execution report.", f.SESSION_DATE)
CASH_MOVEMENTS = silver_table("silver.cash_movements", CASH_MOVEMENT, "One row a movement.", f.SESSION_DATE)
CURRENCY_EXCHANGES = silver_table(
    "silver.currency_exchanges", CURRENCY_EXCHANGE, "One row an exchange.", f.SESSION_DATE
)

STATEMENTS = silver_table(
    "silver.statements", STATEMENT, "One row a statement of an account.", f.SESSION_DATE
)

CORRECTED_FILLS = Table(
    name="silver.corrected_fills",
    doc="One row a fill as it stands after its corrections; busted fills are gone.",
    domain="transactions",
    key=FILL.key,
    columns=(
        f.MIC_CODE,
        f.SESSION_DATE,
        f.FILL_ID,
        f.SIDE,
        f.ORDER_ID,
        f.ACCOUNT_ID,
        f.INSTRUMENT_ID,
        f.QUANTITY,
        f.PRICE,
        f.FEE_AMOUNT,
        f.CURRENCY_CODE,
        f.EXECUTED_AT,
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

POSITIONS_DAILY = Table(
    name="gold.positions_daily",
    doc="What each account holds at the end of a session; what is not held has no row.",
    domain="transactions",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.INSTRUMENT_ID),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.INSTRUMENT_ID,
        f.POSITION_QUANTITY,
        ledger.COST_AMOUNT,
        f.CURRENCY_CODE,
    ),
    promises=(Promise("held", "position_quantity <> 0", "A position that is not held has no row."),),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

POSITION_VALUES_DAILY = Table(
    name="gold.position_values_daily",
    doc="What each position is worth at the end of a session, in its own currency, and by which close.",
    domain="transactions",
    key=POSITIONS_DAILY.key,
    columns=(*POSITIONS_DAILY.columns, ledger.MARKET_VALUE_AMOUNT, ledger.PRICED_DATE, ledger.IS_STALE),
    promises=(
        Promise(
            "stale_is_not_of_the_session",
            "is_stale = (priced_date is null or priced_date < session_date)",
            "A position is stale exactly where no close of its session values it.",
        ),
        Promise(
            "without_a_close_at_cost",
            "priced_date is not null or market_value_amount = cost_amount",
            "What no close values is worth what it cost.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

CASH_DAILY = Table(
    name="gold.cash_daily",
    doc="Each account's cash through a session: opening and flows make closing, to the cent.",
    domain="transactions",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.CURRENCY_CODE),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.CURRENCY_CODE,
        ledger.OPENING_CASH_AMOUNT,
        ledger.EXTERNAL_FLOW_AMOUNT,
        ledger.INCOME_AMOUNT,
        ledger.EXCHANGE_FLOW_AMOUNT,
        ledger.TRADE_FLOW_AMOUNT,
        ledger.TRADE_FEE_AMOUNT,
        ledger.CLOSING_CASH_AMOUNT,
    ),
    promises=(
        Promise(
            "cash_adds_up",
            "opening_cash_amount + external_flow_amount + income_amount + exchange_flow_amount + trade_flow_amount "
            "- trade_fee_amount = closing_cash_amount",
            "Opening and flows make closing.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

REALISED_PROFIT_DAILY = Table(
    name="gold.realised_profit_daily",
    doc="What the session's sales brought beyond the cost of what was sold; who sold nothing has no row.",
    domain="transactions",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.INSTRUMENT_ID),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.INSTRUMENT_ID,
        ledger.REALISED_PROFIT_AMOUNT,
        f.CURRENCY_CODE,
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

DIVIDENDS_RECEIVABLE_DAILY = Table(
    name="gold.dividends_receivable_daily",
    doc="Dividends from the ex-date until they are paid: opening and what becomes due, less what is settled, make closing.",
    domain="transactions",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.CORPORATE_ACTION_ID),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.CORPORATE_ACTION_ID,
        f.INSTRUMENT_ID,
        f.CURRENCY_CODE,
        ledger.OPENING_RECEIVABLE_AMOUNT,
        ledger.ACCRUED_DIVIDEND_AMOUNT,
        ledger.SETTLED_DIVIDEND_AMOUNT,
        ledger.CLOSING_RECEIVABLE_AMOUNT,
    ),
    promises=(
        Promise(
            "receivables_add_up",
            "opening_receivable_amount + accrued_dividend_amount - settled_dividend_amount = closing_receivable_amount",
            "Opening and what becomes due, less what is settled, make closing.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

PROFIT_AND_LOSS_DAILY = Table(
    name="gold.profit_and_loss_daily",
    doc="What each account gained or lost in a session, by currency and in the book's: a gain is positive, a deposit is no gain.",
    domain="transactions",
    key=(f.SESSION_DATE, f.ACCOUNT_ID, f.CURRENCY_CODE),
    columns=(
        f.SESSION_DATE,
        f.ACCOUNT_ID,
        f.CURRENCY_CODE,
        f.CLIENT_TYPE.optional(),
        f.CLIENT_RISK_LEVEL,
        ledger.OPENING_VALUE_AMOUNT,
        ledger.EXTERNAL_FLOW_AMOUNT,
        ledger.EXCHANGE_FLOW_AMOUNT,
        ledger.CLOSING_VALUE_AMOUNT,
        ledger.PROFIT_AMOUNT,
        ledger.CLEAN_PROFIT_AMOUNT,
        ledger.REALISED_PROFIT_AMOUNT,
        ledger.UNREALISED_PROFIT_AMOUNT,
        ledger.UNREALISED_CHANGE_AMOUNT,
        ledger.EARNED_INCOME_AMOUNT,
        ledger.TRADE_FEE_AMOUNT,
        f.N_STALE_PRICES,
        f.BOOK_CURRENCY_CODE,
        ledger.BOOK_EXCHANGE_RATE,
        ledger.BOOK_OPENING_VALUE_AMOUNT,
        ledger.BOOK_EXTERNAL_FLOW_AMOUNT,
        ledger.BOOK_EXCHANGE_FLOW_AMOUNT,
        ledger.BOOK_CLOSING_VALUE_AMOUNT,
        ledger.BOOK_PROFIT_AMOUNT,
        ledger.BOOK_CLEAN_PROFIT_AMOUNT,
        ledger.CURRENCY_EFFECT_AMOUNT,
        ledger.EXCHANGE_DIFFERENCE_AMOUNT,
    ),
    promises=(
        Promise(
            "value_adds_up",
            "opening_value_amount + external_flow_amount + exchange_flow_amount + profit_amount = closing_value_amount",
            "Opening, flows and profit make closing.",
        ),
        Promise(
            "book_value_adds_up",
            "book_opening_value_amount + book_external_flow_amount + book_exchange_flow_amount + book_profit_amount "
            "- exchange_difference_amount = book_closing_value_amount",
            "In the book's currency too; an exchange difference is in the account's other rows.",
        ),
        Promise(
            "book_profit_has_its_parts",
            "book_profit_amount - currency_effect_amount - exchange_difference_amount "
            "- profit_amount * coalesce(book_exchange_rate, 0) BETWEEN -0.0005 AND 0.0005",
            "Profit at the session's rate, currency effect and exchange difference make profit in the book's currency, but for rounding.",
        ),
        Promise(
            "no_currency_effect_at_home",
            "currency_code <> book_currency_code OR currency_effect_amount = 0",
            "The book's currency has no rate to gain by.",
        ),
        Promise(
            "profit_has_its_parts",
            "profit_amount = realised_profit_amount + unrealised_change_amount + earned_income_amount - trade_fee_amount",
            "Profit is what was realised, what became unrealised, and income, less fees.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

STATEMENT_BREAKS_DAILY = Table(
    name="gold.statement_breaks_daily",
    doc="Where a custodian's statement and our books disagree, by how much, and what that looks like.",
    domain="transactions",
    key=(f.SESSION_DATE, f.CUSTODIAN_NAME, f.ACCOUNT_ID, f.STATEMENT_ITEM_TYPE, f.STATEMENT_ITEM_ID),
    columns=(
        f.SESSION_DATE,
        f.CUSTODIAN_NAME,
        f.ACCOUNT_ID,
        f.STATEMENT_ITEM_TYPE,
        f.STATEMENT_ITEM_ID,
        f.STATEMENT_BREAK_NAME,
        f.BOOKED_QUANTITY,
        f.STATED_QUANTITY,
        f.BOOKED_CASH_AMOUNT,
        f.STATED_CASH_AMOUNT,
        f.CURRENCY_CODE.optional(),
    ),
    promises=(
        Promise(
            "they_disagree",
            "booked_quantity <> stated_quantity OR booked_cash_amount <> stated_cash_amount",
            "What agrees is no break.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

STATEMENT_CHECKS_DAILY = Table(
    name="gold.statement_checks_daily",
    doc="How much of a session's books was held against statements: no row is no statement, which is not the same as no break.",
    domain="transactions",
    key=(f.SESSION_DATE, f.CUSTODIAN_NAME),
    columns=(
        f.SESSION_DATE,
        f.CUSTODIAN_NAME,
        f.N_STATED_ACCOUNTS,
        f.N_UNSTATED_ACCOUNTS,
        f.N_STATEMENT_ITEMS,
        f.N_STATEMENT_BREAKS,
    ),
    promises=(
        Promise(
            "breaks_are_among_the_items",
            "n_statement_breaks <= n_statement_items",
            "No more breaks than items.",
        ),
    ),
    provenance=MADE,
    second_answer="replace",
    sessions_by=f.SESSION_DATE,
)

EVENTS = (ORDER, FILL, CASH_MOVEMENT, CURRENCY_EXCHANGE, STATEMENT)
TABLES = (
    ORDER_EVENTS,
    FILLS,
    CASH_MOVEMENTS,
    CURRENCY_EXCHANGES,
    STATEMENTS,
    CORRECTED_FILLS,
    POSITIONS_DAILY,
    POSITION_VALUES_DAILY,
    CASH_DAILY,
    REALISED_PROFIT_DAILY,
    DIVIDENDS_RECEIVABLE_DAILY,
    PROFIT_AND_LOSS_DAILY,
    STATEMENT_BREAKS_DAILY,
    STATEMENT_CHECKS_DAILY,
)
