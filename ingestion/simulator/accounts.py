"""What the account system sends: accounts opened, risk levels assessed, accounts frozen and closed; and limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ingestion.simulator.clients import LEVEL_BOUNDS, LEVELS, Population
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.randomness import generator
from ingestion.simulator.state import State
from ingestion.simulator.texts import HOUR, MINUTE, UNIT, day_text, decimal_text, instant_text, midnight_us
from ingestion.simulator.timeline import Day, Timeline

ACCOUNTS, LIMITS = "clients.accounts.v1", "risk.limits.v1"
VALID_DAYS = 365
LIMIT_MULTIPLES = {"order_notional": 1.0, "gross_exposure": 4.0, "daily_turnover": 3.0, "value_at_risk": 0.1}


@dataclass
class AccountDesk:
    """Sends account events and keeps the state in step. `delayed` holds records that are learnt of sessions later."""

    people: Population
    state: State
    seed: int
    delayed: dict[int, list[tuple[int, int, int, date]]]

    def history(self, first: Day) -> Iterator[Draft]:
        """Accounts opened before the run, their last assessments, and their limits."""
        random = generator(self.seed, "accounts")
        for client in np.flatnonzero(self.people.joins < 0).tolist():
            opened = first.date - timedelta(days=int(5 + random.gamma(1.3, 500.0)))
            at = midnight_us(opened) + 15 * HOUR + int(random.integers(0, 4 * HOUR))
            yield from self.open(client, at, at + 5 * MINUTE)
            if random.random() < 0.94:
                age = min(int(random.integers(1, 400)), (first.date - opened).days - 1)
                assessed = midnight_us(first.date - timedelta(days=max(age, 1))) + 16 * HOUR
                recorded = min(assessed + _delay(float(random.random())), first.previous_close)
                yield from self.assess(client, assessed, recorded, float(random.random()))

    def session(self, day: Day, times: Timeline) -> Iterator[Draft]:
        """Who joins, who is assessed again, what is recorded only now."""
        random = generator(self.seed, "accounts of a session", day.number)
        for client, effective, recorded, expires in self.delayed.pop(day.number, []):
            yield from self._record_level(client, effective, recorded, expires)
        for client in np.flatnonzero(self.people.joins == day.number).tolist():
            at = day.before_open(float(random.random()) * 0.5)
            yield from self.open(client, at, at + 2 * MINUTE)
            if random.random() < 0.9:
                yield from self.assess(client, at + 5 * MINUTE, at + 6 * MINUTE, float(random.random()))
        for client in self._due(day, random):
            yield from self._assess_again(client, day, times, random)
        for client in np.flatnonzero(random.random(len(self.people)) < 2e-5).tolist():
            if self._active(client) and not self.people.is_algo[client]:
                self.state.frozen[client] = True
                yield from self._all(client, "frozen", "frozen", day.before_open(0.9), day.before_open(0.95))

    def _due(self, day: Day, random: np.random.Generator) -> list[int]:
        """Clients whose assessment ends about now and some others, as it happens."""
        draws = random.random(len(self.people)).tolist()
        near = day.date + timedelta(days=20)
        due = []
        for client, drawn in enumerate(draws):
            expires = self.state.expires[client]
            chance = 0.0008 if expires is None or expires > near else 0.05
            if drawn < chance and self._active(client):
                due.append(client)
        return due

    def _assess_again(
        self, client: int, day: Day, times: Timeline, random: np.random.Generator
    ) -> Iterator[Draft]:
        at = day.before_open(float(random.random()))
        if random.random() < 0.2 and day.number + 3 < len(times.days):
            later = times.days[day.number + int(random.integers(1, 4))]
            expires = day.date + timedelta(days=VALID_DAYS)
            self.delayed.setdefault(later.number, []).append((client, at, later.before_open(0.5), expires))
            return
        yield from self.assess(client, at, at + 3 * MINUTE, float(random.random()))

    def open(self, client: int, at: int, recorded: int) -> Iterator[Draft]:
        """Opens all accounts of a client, with their limits."""
        self.state.is_client[client] = True
        self.state.opened[client] = date.fromisoformat(day_text(at))
        yield from self._all(client, "opened", "open", at, recorded)
        for account in self.people.accounts[client]:
            self.state.account_open[account] = True
            yield from self._limits(account, at, recorded)

    def assess(self, client: int, at: int, recorded: int, drawn: float) -> Iterator[Draft]:
        """A new risk level, near the client's appetite."""
        expires = date.fromisoformat(day_text(at)) + timedelta(days=VALID_DAYS)
        score = float(self.people.appetite[client]) + 0.5 * (drawn - 0.5)
        self.state.level[client] = sum(score > bound for bound in LEVEL_BOUNDS)
        yield from self._record_level(client, at, recorded, expires)

    def close(self, client: int, day: Day) -> Iterator[Draft]:
        """Closes all accounts of a client before the open; what is still to be recorded is dropped."""
        self._forget_delayed(client)
        yield from self._all(client, "closed", "closed", day.before_open(0.6), day.before_open(0.7))
        for account in self.people.accounts[client]:
            self.state.account_open[account] = False

    def _forget_delayed(self, client: int) -> None:
        for number, records in self.delayed.items():
            self.delayed[number] = [record for record in records if record[0] != client]

    def _record_level(self, client: int, at: int, recorded: int, expires: date) -> Iterator[Draft]:
        if self.state.level[client] < 0:
            self.state.level[client] = sum(
                float(self.people.appetite[client]) > bound for bound in LEVEL_BOUNDS
            )
        self.state.expires[client] = expires
        yield from self._all(client, "risk_level_assessed", self._status(client), at, recorded)

    def _status(self, client: int) -> str:
        return "frozen" if self.state.frozen[client] else "open"

    def _active(self, client: int) -> bool:
        state = self.state
        return bool(state.is_client[client] and not state.has_left[client]) and state.leaves_on[client] < 0

    def _all(self, client: int, kind: str, status: str, at: int, recorded: int) -> Iterator[Draft]:
        for account in self.people.accounts[client]:
            self.state.account_events[account] += 1
            yield self._event(client, account, kind, status, at, recorded)

    def _event(self, client: int, account: int, kind: str, status: str, at: int, recorded: int) -> Draft:
        state, level = self.state, self.state.level[client]
        expires = state.expires[client]
        data = {
            "effective_date": day_text(at),
            "account_id": self.people.account_ids[account],
            "account_event_number": state.account_events[account],
            "client_id": self.people.client_ids[client],
            "account_event_type": kind,
            "account_status": status,
            "client_type": "professional" if self.people.is_professional[client] else "ordinary",
            "client_risk_level": LEVELS[level] if level >= 0 and expires else None,
            "risk_level_expires_date": expires.isoformat() if level >= 0 and expires else None,
            "currency_code": "USD",
            "opened_date": state.opened[client].isoformat(),
            "effective_at": instant_text(at),
            "recorded_at": instant_text(recorded),
        }
        return draft(recorded, ACCOUNTS, data)

    def _limits(self, account: int, at: int, recorded: int) -> Iterator[Draft]:
        wealth = float(self.people.wealth[self.people.owners[account]])
        for number, (kind, multiple) in enumerate(LIMIT_MULTIPLES.items()):
            data = {
                "effective_date": day_text(at),
                "account_id": self.people.account_ids[account],
                "limit_type": kind,
                "limit_amount": decimal_text(int(wealth * multiple) * UNIT),
                "currency_code": "USD",
                "effective_at": instant_text(at),
                "recorded_at": instant_text(recorded),
            }
            yield draft(recorded + number, LIMITS, data)


def _delay(drawn: float) -> int:
    """Most records follow within minutes, some days later."""
    return 3 * MINUTE if drawn < 0.85 else int(24 * HOUR * (1 + 4 * (drawn - 0.85) / 0.15))
