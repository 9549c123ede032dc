"""What clients do in the app: each app session from log-in to log-out."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ingestion.simulator.clients import Population
from ingestion.simulator.market import Market
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.presence import wind_down
from ingestion.simulator.randomness import uniforms
from ingestion.simulator.state import State
from ingestion.simulator.texts import SECOND, day_text, instant_text
from ingestion.simulator.timeline import Day
from ingestion.simulator.visits import Visit

APP = "behaviour.app_events.v1"
PAGES = ("overview", "portfolio", "market", "news", "orders")


@dataclass
class Screen:
    """One app session's events, numbered by the app."""

    people: Population
    client: int
    app_session_id: str
    latest: int
    bother: float = 1.0
    n: int = 0

    def event(
        self,
        kind: str,
        at: int,
        *,
        product: str | None = None,
        page: str | None = None,
        dwell: int | None = None,
    ) -> Draft:
        """One event; what would happen after the session's close happens just before it."""
        self.n += 1
        at = min(at, self.latest + self.n * 1000)
        received = at + 80_000 + (at * 7) % 300_000
        data = {
            "event_date": day_text(at),
            "app_session_id": self.app_session_id,
            "client_event_id": f"E{self.n:04d}",
            "client_id": self.people.client_ids[self.client],
            "app_event_type": kind,
            "instrument_id": product,
            "page_name": page,
            "dwell_ms": dwell,
            "ip_address": self.people.ip_addresses[self.client],
            "device_id": self.people.device_ids[self.client],
            "app_version": "4.2.0" if self.client % 5 else "4.1.3",
            "occurred_at": instant_text(at),
            "server_received_at": instant_text(received),
        }
        return draft(received, APP, data)


@dataclass
class AppDesk:
    """Writes the app sessions of a session."""

    people: Population
    state: State
    market: Market
    seed: int

    def session(self, day: Day, visits: list[Visit], never_fails: set[int]) -> Iterator[Draft]:
        """never_fails: clients whose log-ins do not fail today (failures are planted for them instead)."""
        self._uniform = uniforms(self.seed, "app", day.number)
        # The disloyal ask for help more often, long before they go.
        bother = np.exp(0.6 * self.people.disloyalty).tolist()
        fading = (self.state.shows * wind_down(self.state, day.number)).tolist()
        has_failed: set[int] = set(never_fails)
        for visit in visits:
            screen = Screen(
                self.people, visit.client, visit.app_session_id, day.closes - SECOND, bother[visit.client]
            )
            yield from self._visit(screen, visit, fading[visit.client], has_failed)

    def _visit(self, screen: Screen, visit: Visit, fading: float, has_failed: set[int]) -> Iterator[Draft]:
        draw = self._uniform
        at = visit.at
        if next(draw) < 0.035 and visit.client not in has_failed:
            has_failed.add(visit.client)
            yield from self._failures(screen, at)
            at += 9 * SECOND
        yield screen.event("log_in", at)
        at += SECOND
        for _ in range(1 + int(next(draw) ** 2 * 4.5)):
            at += int((2 + 20 * next(draw)) * SECOND)
            yield self._page(screen, visit.client, at)
        if next(draw) < 0.12:
            yield screen.event("search", at + SECOND, product=self._product(visit.client, 0.25))
        if next(draw) < 0.07:
            yield screen.event("watch_list_add", at + 2 * SECOND, product=self._product(visit.client, 0.1))
        if next(draw) < 0.03:
            visit.tickets.append((at + 3 * SECOND, self._place(visit.client, 0.15)))
        if next(draw) < 0.03 * screen.bother + 0.5 * fading:
            yield screen.event(
                "help_page_view", at + 4 * SECOND, page="help", dwell=int(30_000 * next(draw)) + 900
            )
        if next(draw) < 0.0008 + 0.05 * max(fading - 0.6, 0.0):
            yield screen.event("close_account_page_view", at + 5 * SECOND, page="close_account", dwell=9_000)
        for instant, product in visit.tickets:
            at = max(at, instant) + 6 * SECOND
            name = self.market.products[product].instrument_id
            yield screen.event("order_ticket_opened", max(instant, visit.at + SECOND), product=name)
        if next(draw) < 0.45:
            yield screen.event("log_out", at + 20 * SECOND)

    def _failures(self, screen: Screen, at: int) -> Iterator[Draft]:
        for number in range(1 + int(next(self._uniform) * 2.3)):
            self.state.annoyance[screen.client] += 0.3
            yield screen.event("log_in_failed", at + number * 3 * SECOND)

    def _page(self, screen: Screen, client: int, at: int) -> Draft:
        drawn, dwell = next(self._uniform), int(1_000 + 60_000 * next(self._uniform) ** 3)
        if drawn < 0.3:
            return screen.event("page_view", at, page=PAGES[int(drawn / 0.3 * len(PAGES))], dwell=dwell)
        return screen.event("page_view", at, product=self._product(client, 0.4), page="product", dwell=dwell)

    def _product(self, client: int, popular: float) -> str:
        return self.market.products[self._place(client, popular)].instrument_id

    def _place(self, client: int, popular: float) -> int:
        """A product that the client likes or, with chance `popular`, that everybody looks at."""
        chances = self.people.popular if next(self._uniform) < popular else self.people.choices[client]
        return min(bisect(chances, next(self._uniform)), len(self.market.products) - 1)
