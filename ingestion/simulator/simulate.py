"""Plays the broker, session by session, and keeps the truth."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ingestion.simulator import faults as planted
from ingestion.simulator.abuse import Abuse
from ingestion.simulator.accounts import AccountDesk
from ingestion.simulator.app import AppDesk
from ingestion.simulator.cash import CashDesk
from ingestion.simulator.clients import population
from ingestion.simulator.corrections import Corrector, made_late
from ingestion.simulator.encoding import APP, Encoded, Encoder, byte_faults, spoiled_web_line
from ingestion.simulator.episodes import episode_bars
from ingestion.simulator.exits import Exits
from ingestion.simulator.leaving import decide
from ingestion.simulator.margin import MarginDesk
from ingestion.simulator.market import build_market
from ingestion.simulator.market_events import bars, instrument, quotes
from ingestion.simulator.messages import CLOSES, Draft, LogLine, SessionPlay
from ingestion.simulator.order_book import FILLS, Tape
from ingestion.simulator.orders import OrderDesk, order_counts
from ingestion.simulator.presence import presence
from ingestion.simulator.randomness import generator
from ingestion.simulator.registrar import Registrar
from ingestion.simulator.size import Size
from ingestion.simulator.state import new_state
from ingestion.simulator.statements import Custodian
from ingestion.simulator.texts import HOUR
from ingestion.simulator.timeline import Day, timeline
from ingestion.simulator.truth import Fault, SuspectPrice, Taste, Truth
from ingestion.simulator.visits import visits
from ingestion.simulator.web import web_lines

N_LIKED = 10


class Simulation:
    """One run of the broker. Iterate it once: first the history, then each session; then ask for the truth."""

    def __init__(self, size: Size, seed: int, *, with_faults: bool, with_abuse: bool) -> None:
        self.size, self.seed = size, seed
        self.with_faults, self.with_abuse = with_faults, with_abuse
        self.times = timeline(size)
        self.market = build_market(size, seed, self.times)
        self.people = population(size, seed, self.market)
        self.state = new_state(self.people, len(self.market.products))
        self.accounts = AccountDesk(self.people, self.state, seed, {})
        self.cash = CashDesk(self.people, self.state, seed)
        self.orders = OrderDesk(self.people, self.state, self.market, seed)
        self.app = AppDesk(self.people, self.state, self.market, seed)
        self.corrector = Corrector(self.people, self.market, self.state, seed)
        self.custodian = Custodian(self.people, self.market, self.state, seed)
        self.registrar = Registrar(self.market.traded.actions, self.state, self.times)
        self.margin = MarginDesk(self.people, self.market, self.state, size, seed)
        self.exits = Exits(self.people, self.state, self.times)
        self.abuse = Abuse(size, seed)
        self.encoder = Encoder()
        self.faults: list[Fault] = []
        self.suspects: list[SuspectPrice] = []
        self.n_messages: Counter[str] = Counter()
        self._delisted = self._delistings()

    def __iter__(self) -> Iterator[SessionPlay]:
        yield self._history()
        for day in self.times.days:
            yield self._session(day)

    def truth(self) -> Truth:
        """What is known after the sessions that were played so far."""
        tastes = tuple(self._taste(client) for client in range(len(self.people)))
        return Truth(
            self.size.name, self.seed, self.exits.leavers(), tastes, tuple(self.abuse.alerts),
            tuple(self.abuse.near_misses), tuple(self.faults), tuple(self.custodian.planted), tuple(self.suspects),
            dict(sorted(self.n_messages.items())),
        )  # fmt: skip

    def _taste(self, client: int) -> Taste:
        scores = self.people.utilities[client]
        best = np.argsort(-scores)[:N_LIKED].tolist()
        liked = tuple(
            (self.market.products[place].instrument_id, round(float(scores[place]), 4)) for place in best
        )
        return Taste(self.people.client_ids[client], liked)

    def _history(self) -> SessionPlay:
        """Instruments, accounts and their limits, the bars of every session before the first, and of past episodes."""
        first = self.times.dates[0].isoformat()
        at = self.times.close_us[0] - 8 * HOUR
        drafts = [
            instrument(product, level, first, at)
            for product, level in zip(self.market.products, self.market.levels, strict=True)
        ]
        for row in range(self.times.first_played):
            day = self.market.day(row)
            drafts += bars(self.market, day, self.times.dates[row].isoformat(), self.times.close_us[row])
            drafts += self.registrar.announced(row)
        drafts += episode_bars(self.times.dates[0], self.market.traded.raised_by)
        drafts += self.accounts.history(self.times.days[0])
        drafts += self.margin.history(first, at)
        drafts.sort(key=lambda each: each.at)
        return self._play(None, self.encoder.encode(drafts, first), [])

    def _session(self, day: Day) -> SessionPlay:
        kinds = planted.kinds_of(day.number, self.size.faults_per_session) if self.with_faults else Counter()
        drafts = self._clean(day, kinds)
        if self.with_faults:
            drafts = self._faulty(day, kinds, drafts)
        drafts += self.encoder.closes(day)
        drafts.sort(key=lambda each: each.at)
        sent = self.encoder.encode(drafts, day.text)
        lines = list(web_lines(self.people, self.market, day, self.size.web_lines, self.seed))
        if self.with_faults:
            random = generator(self.seed, "byte faults", day.number)
            sent += byte_faults(kinds, sent, day, random)
            for _ in range(kinds["web_malformed"]):
                self._spoil(lines, day, random)
            sent.sort(key=lambda each: each.message.at)
        return self._play(day, sent, lines)

    def _clean(self, day: Day, kinds: Counter[str]) -> list[Draft]:
        """Everything that the broker's systems have to say about a session, books moved."""
        row = self.times.first_played + day.number
        trend, prices = self.market.trend(row), self.market.day(row)
        tape = Tape(self.people, self.market, day, prices)
        drafts = list(self.accounts.session(day, self.times))
        drafts += self._delist(day)
        decisions = decide(self.people, self.state, self.size, day, trend, self.seed)
        self.exits.note(day, decisions)
        drafts += self.registrar.announced(row)
        self.corrector.forget(self.registrar.before_open(row))
        drafts += self.corrector.before_open(day, kinds["bust"] // 2 + kinds["bust"] % 2, kinds["correction"])
        for client in self.exits.closing(day):
            drafts += self.accounts.close(client, day)
        present = presence(self.people, self.state, day, trend, self.seed)
        leaving = self.exits.withdrawing(day)
        drafts += self.margin.repayments(day, prices, leaving)
        drafts += self.cash.session(day, present, trend, leaving, self.registrar.payments(row))
        drafts += self.margin.session(day, prices)
        counts = order_counts(self.people, self.state, present, day, self.seed)
        coming = visits(self.people, present, counts, day, self.seed)
        self.orders.session(tape, counts, coming, decisions.go, self.margin.sales)
        attacked = self._plant(day, tape, drafts)
        drafts += self.app.session(day, coming, attacked)
        drafts += tape.drafts
        drafts += quotes(self.market, prices, day, self.size.quotes_per_stock)
        drafts += bars(self.market, prices, day.text, day.closes)
        for book in self.state.books:
            book.settle()
        drafts += self.corrector.after_close(day, tape.fills, prices.low.tolist(), kinds["bust"] // 2, 0)
        corrected = {each.data["account_id"] for each in drafts if each.data.get("corrects_fill_id")}
        drafts += self.custodian.session(day, tape.fills, corrected)
        return drafts

    def _plant(self, day: Day, tape: Tape, drafts: list[Draft]) -> set[int]:
        """Plants abuse where it is due; returns the clients whose log-ins were attacked."""
        attacked: set[int] = set()
        if self.with_abuse and self.abuse.is_on(day):
            self.abuse.price_deviations(self.orders, tape)
            self.abuse.order_bursts(self.orders, tape)
            for client, events in self.abuse.failed_log_ins(self.orders, day):
                attacked.add(client)
                drafts += events
        return attacked

    def _faulty(self, day: Day, kinds: Counter[str], drafts: list[Draft]) -> list[Draft]:
        random = generator(self.seed, "faults", day.number)
        drafts = self._made_late(day, kinds["late_fill"], drafts, random)
        places = [place for place, each in enumerate(drafts) if each.topic == "market.bars.v1"]
        for place in random.choice(places, kinds["not_finite_bar"], replace=False).tolist():
            drafts[place] = planted.without_numbers(drafts[place])
        self._misplace(day, drafts)
        clean = [each for each in drafts if each.mark is None and self._may_spoil(each)]
        drafts += planted.draft_faults(kinds, clean, random)
        if day.number == len(self.times.days) // 2:
            drafts.append(planted.future_order(clean, random))
        return drafts

    def _misplace(self, day: Day, drafts: list[Draft]) -> None:
        """Now and then the close of a stock is ten times too high."""
        if day.number % planted.MISPLACED_EVERY != planted.MISPLACED_FIRST:
            return
        stocks = {self.market.products[place].instrument_id for place in self.market.index("stock")}
        places = [
            place
            for place, each in enumerate(drafts)
            if each.topic == "market.bars.v1" and each.mark is None and each.data["instrument_id"] in stocks
        ]
        place = places[int(generator(self.seed, "misplaced points", day.number).integers(len(places)))]
        drafts[place] = planted.misplaced_point(drafts[place])
        data = drafts[place].data
        self.suspects.append(SuspectPrice(day.text, data["instrument_id"], data["close_price"]))

    def _made_late(
        self, day: Day, count: int, drafts: list[Draft], random: np.random.Generator
    ) -> list[Draft]:
        places = [place for place, each in enumerate(drafts) if each.topic == FILLS and each.mark is None]
        chosen = random.choice(places, min(count, len(places)), replace=False).tolist()
        for number, place in enumerate(chosen):
            drafts[place] = made_late(drafts[place], day, number)
        return drafts

    def _may_spoil(self, draft: Draft) -> bool:
        """Copies of planted abuse would change what the rules count."""
        if draft.topic == APP:
            return bool(draft.data["app_event_type"] != "log_in_failed")
        return draft.data.get("channel") not in ("algo", "web")

    def _spoil(self, lines: list[LogLine], day: Day, random: np.random.Generator) -> None:
        place = int(random.integers(len(lines)))
        spoiled, fault = spoiled_web_line(lines[place], day.text)
        lines.insert(place + 1, spoiled)
        self.faults.append(fault)

    def _delistings(self) -> dict[int, int]:
        """Sessions at which a product stops being tradable: funds and bonds, at different times."""
        random = generator(self.seed, "delistings")
        candidates = [*self.market.index("fund"), *self.market.index("bond")]
        chosen = random.choice(candidates, self.size.n_delisted, replace=False).tolist()
        step = self.size.n_sessions // (self.size.n_delisted + 1)
        return {step * (number + 1): place for number, place in enumerate(chosen)}

    def _delist(self, day: Day) -> list[Draft]:
        place = self._delisted.get(day.number)
        if place is None:
            return []
        self.state.tradable[place] = False
        return [
            instrument(
                self.market.products[place],
                self.market.levels[place],
                day.text,
                day.before_open(0.0),
                tradable=False,
            )
        ]

    def _play(self, day: Day | None, sent: list[Encoded], lines: list[LogLine]) -> SessionPlay:
        """Sorts what goes to Kafka from what goes to files, and counts it."""
        self.faults += [each.fault for each in sent if each.fault is not None]
        self.n_messages.update(each.message.topic for each in sent)
        self.n_messages["behaviour.web_access.v1"] += len(lines)
        in_files = [each.message for each in sent if each.message.topic == APP]
        apart = tuple(each.message for each in sent if each.message.topic == CLOSES and each.source == "app")
        direct = tuple(
            each.message
            for each in sent
            if each.message.topic != APP and not (each.message.topic == CLOSES and each.source == "app")
        )
        name = f"app-{day.text}.log" if day else ""
        logs = [*lines, *(LogLine("app", name, message.value, message.at) for message in in_files)]
        logs.sort(key=lambda each: each.at)
        return SessionPlay(day, direct, tuple(logs), apart)


def simulate(size: Size, seed: int = 7, *, faults: bool = True, abuse: bool = True) -> Simulation:
    """A broker to be played: iterate it for the history (`day` is None) and then each session, in order.

    The same size and seed give the same bytes. faults: whether sources make planted mistakes; abuse: whether clients do.
    """
    return Simulation(size, seed, with_faults=faults, with_abuse=abuse)
