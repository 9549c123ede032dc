"""Margin contracts: what the broker lends some clients, what they owe for it, and what happens when a line is crossed.

A loan arrives as a deposit and is repaid as a withdrawal, so it is an external flow of the account and never a profit;
interest that is paid is a cost. Leverage goes beyond what a broker grants, so that lines are crossed within few sessions.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

from ingestion.simulator.cash import CENT, movement
from ingestion.simulator.clients import Population
from ingestion.simulator.market import Market, MarketDay
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.randomness import generator
from ingestion.simulator.size import Size
from ingestion.simulator.state import State
from ingestion.simulator.texts import decimal_text, instant_text, multiply
from ingestion.simulator.timeline import Day

CONTRACTS, HAIRCUTS = "risk.margin_contracts.v1", "risk.haircuts.v1"
# Loans as multiples of what the account has, and whether its client answers calls: the ratio begins at 1 + 1 / multiple,
# at 130 % and at 300 % among them.
TERMS = (
    (3.33, False), (0.5, True), (1.9, False), (1.0, True), (2.4, True), (1.5, False), (3.33, True), (2.4, False),
)  # fmt: skip
LEAST_CONTRACTS, CONTRACT_RATIO = 6, 0.04
# Who trades now and then; those who trade all day would lose a loan's worth in fees.
LEAST_ORDERS, MOST_ORDERS = 0.4, 2.0
YEARLY_INTEREST_BPS, DAYS_OF_YEAR = 650, 360
# In percent of the debt: where clients repay and the broker sells, and what both restore.
CALL, FORCED_SALE, RESTORED = 140, 130, 160
# In ten-thousandths, by kind and by risk level where that says more.
HAIRCUT_OF = {"stock": 3_000, "fund": 2_000, "bond": 1_000, "deposit": 0, "R5": 4_500}
RAISED = 5_500


@dataclass
class Contract:
    """What an account owes, in ten-thousandths; interest has accrued up to `accrued_to`."""

    account: int
    answers: bool
    accrued_to: date
    financed: int
    interest: int = 0
    version: int = 0


@dataclass
class MarginDesk:
    """Lends, lets interest accrue, takes back. `sales` are the accounts and products that the broker sells today."""

    people: Population
    market: Market
    state: State
    size: Size
    seed: int
    contracts: dict[int, Contract] = field(default_factory=dict)
    sales: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        people = self.people
        trades = (people.order_rate >= LEAST_ORDERS) & (people.order_rate <= MOST_ORDERS)
        is_asked = trades & (people.joins < 0) & ~people.is_algo
        order = generator(self.seed, "margin").permutation(len(people)).tolist()
        chosen = [client for client in order if is_asked[client]]
        n = max(LEAST_CONTRACTS, int(len(people) * CONTRACT_RATIO))
        # The first half of the run opens them, one after the other.
        self._opens = {
            people.accounts[client][0]: (place * self.size.n_sessions // (2 * n), *TERMS[place % len(TERMS)])
            for place, client in enumerate(chosen[:n])
        }  # fmt: skip

    def history(self, first: str, at: int) -> Iterator[Draft]:
        """The haircuts of all products, before anything is played."""
        for place, (product, level) in enumerate(zip(self.market.products, self.market.levels, strict=True)):
            yield self._haircut(place, HAIRCUT_OF.get(level, HAIRCUT_OF[product.kind]), first, at)

    def repayments(self, day: Day, prices: MarketDay, leaving: Collection[int]) -> Iterator[Draft]:
        """What accrues since the session before, and what is paid before the open. leaving: clients who go today.

        Who leaves repays all; who was called repays what is free; what the broker sells today is repaid tomorrow.
        """
        self._numbers = iter(range(1, 10**6))
        self.sales = []
        at_last_close = prices.dollar_prices(prices.previous.tolist())
        for contract in self.contracts.values():
            self._accrue(contract, day)
            if self.people.owners[contract.account] in leaving:
                yield from self._pay_interest(contract, day)
                yield from self._repay(contract, day, contract.financed)
                continue
            if day.date.day <= 7 and day.date.weekday() == 0:
                yield from self._pay_interest(contract, day)
            yield from self._answer(contract, day, at_last_close)

    def session(self, day: Day, prices: MarketDay) -> Iterator[Draft]:
        """Contracts that are opened today, what each account owes from now on, and haircuts that change."""
        at_last_close = prices.dollar_prices(prices.previous.tolist())
        for account, (number, multiple, answers) in self._opens.items():
            if number == day.number and self.state.account_open[account]:
                has = self.state.books[account].value(at_last_close)
                contract = Contract(account, answers, day.date, int(has * multiple) // CENT * CENT)
                yield from self._lend(contract, day)
        for place, contract in enumerate(self.contracts.values()):
            yield self._version(contract, day, day.before_open(0.99) + place)
        self.contracts = {account: each for account, each in self.contracts.items() if self._owed(each)}
        if day.number == self.size.n_sessions // 2:
            for place, level in enumerate(self.market.levels):
                if level == "R5":
                    yield self._haircut(place, RAISED, day.text, day.before_open(0.4))

    def _accrue(self, contract: Contract, day: Day) -> None:
        n_days = (day.date - contract.accrued_to).days
        accrued = contract.financed * YEARLY_INTEREST_BPS * n_days // (10_000 * DAYS_OF_YEAR)
        contract.interest += accrued // CENT * CENT
        contract.accrued_to = day.date
        self._owed(contract)

    def _answer(self, contract: Contract, day: Day, prices: list[int]) -> Iterator[Draft]:
        """Some clients answer a call; where the broker may sell, it takes what is free, and sells for the rest."""
        book, debt = self.state.books[contract.account], self._owed(contract)
        has = book.value(prices)
        must_be_sold = has * 100 < debt * FORCED_SALE
        if has * 100 >= debt * CALL or not (must_be_sold or contract.answers):
            return
        wanted = min((RESTORED * debt - 100 * has) // (RESTORED - 100), contract.financed)
        lacking = wanted - min(wanted, book.cash)
        yield from self._repay(contract, day, wanted)
        if not must_be_sold:
            return
        for product, quantity in sorted(book.held.items(), key=lambda each: -each[1] * prices[each[0]]):
            if lacking <= 0:
                return
            self.sales.append((contract.account, product))
            lacking -= multiply(quantity, prices[product])

    def _lend(self, contract: Contract, day: Day) -> Iterator[Draft]:
        if contract.financed > 0:
            self.contracts[contract.account] = contract
            self._owed(contract)
            yield self._move(contract.account, day, "deposit", contract.financed, day.before_open(0.985))

    def _repay(self, contract: Contract, day: Day, wanted: int) -> Iterator[Draft]:
        amount = min(wanted, self.state.books[contract.account].cash) // CENT * CENT
        if amount > 0:
            contract.financed -= amount
            self._owed(contract)
            yield self._move(contract.account, day, "withdrawal", -amount, day.before_open(0.6))

    def _pay_interest(self, contract: Contract, day: Day) -> Iterator[Draft]:
        amount = contract.interest
        if 0 < amount <= self.state.books[contract.account].cash:
            contract.interest = 0
            self._owed(contract)
            yield self._move(contract.account, day, "interest", -amount, day.before_open(0.55))

    def _owed(self, contract: Contract) -> int:
        """All of it, which its book is told."""
        self.state.books[contract.account].debt = contract.financed + contract.interest
        return contract.financed + contract.interest

    def _move(self, account: int, day: Day, kind: str, amount: int, at: int) -> Draft:
        self.state.books[account].cash += amount
        movement_id = f"L-{day.compact}-{next(self._numbers):05d}"
        return movement(day, self.people.account_ids[account], movement_id, kind, amount, at)

    def _version(self, contract: Contract, day: Day, at: int) -> Draft:
        contract.version += 1
        data = {
            "effective_date": day.text,
            "account_id": self.people.account_ids[contract.account],
            "currency_code": "USD",
            "margin_contract_version": contract.version,
            "financed_amount": decimal_text(contract.financed),
            "interest_amount": decimal_text(contract.interest),
            "effective_at": instant_text(at),
            "recorded_at": instant_text(at),
        }
        return draft(at, CONTRACTS, data)

    def _haircut(self, place: int, ratio: int, effective: str, at: int) -> Draft:
        data = {
            "effective_date": effective,
            "instrument_id": self.market.products[place].instrument_id,
            "haircut_ratio": decimal_text(ratio),
            "recorded_at": instant_text(at),
        }
        return draft(at, HAIRCUTS, data)
