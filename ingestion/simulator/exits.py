"""How clients leave: they sell, take their cash the session after, and some close their accounts soon after that."""

from dataclasses import dataclass, field

from ingestion.simulator.clients import Population
from ingestion.simulator.leaving import Decisions
from ingestion.simulator.state import State
from ingestion.simulator.timeline import Day, Timeline
from ingestion.simulator.truth import Leaver

KEEPS_RATIO = 0.08


@dataclass
class Exits:
    """Follows everybody who began to leave. Sessions by number."""

    people: Population
    state: State
    times: Timeline
    started: list[tuple[int, int]] = field(default_factory=list)
    went: dict[int, int] = field(default_factory=dict)
    stayed: dict[int, int] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    closed: dict[int, int] = field(default_factory=dict)

    def note(self, day: Day, decisions: Decisions) -> None:
        """Takes down what was decided."""
        self.started += [(client, day.number) for client in decisions.begin]
        self.went.update(dict.fromkeys(decisions.go, day.number))
        self.stayed.update(dict.fromkeys(decisions.stay, day.number))

    def withdrawing(self, day: Day) -> dict[int, float]:
        """Clients who take their cash away today, and which share of it. They have left."""
        leaving = [client for client, number in self.went.items() if number == day.number - 1]
        for client in leaving:
            self.left[client] = day.number
            self.state.has_left[client] = True
        return {client: 1.0 if self.state.closes_account[client] else 1.0 - KEEPS_RATIO for client in leaving}

    def closing(self, day: Day) -> list[int]:
        """Clients whose accounts close today: empty but for rounding, and nothing is due to them or by them."""
        due = [client for client, number in self.left.items() if number + 1 + client % 3 == day.number]
        ready = [client for client in due if self.state.closes_account[client] and self._is_empty(client)]
        self.closed.update(dict.fromkeys(ready, day.number))
        return ready

    def leavers(self) -> tuple[Leaver, ...]:
        """Everybody who began to leave, in order of time; who began twice is there twice."""
        return tuple(self._leaver(client, number) for client, number in self.started)

    def _is_empty(self, client: int) -> bool:
        books = [self.state.books[account] for account in self.people.accounts[client]]
        return all(not book.held and not book.owed and not book.debt and book.cash < 100 for book in books)

    def _leaver(self, client: int, started: int) -> Leaver:
        stayed = self.stayed.get(client, -1)
        changed_mind = stayed >= started and not any(
            client == other and started < at <= stayed for other, at in self.started
        )
        went = None if changed_mind else self.went.get(client)
        left = None if changed_mind else self.left.get(client)
        closed = None if changed_mind else self.closed.get(client)
        how = (
            "changed_mind"
            if changed_mind
            else "closed"
            if closed is not None
            else "assets_moved_out"
            if left is not None
            else "not_yet"
        )
        return Leaver(
            self.people.client_ids[client], self._date(started) or "", round(float(self.state.shows[client]), 3),
            self._date(went), self._date(left), self._date(closed), how,
        )  # fmt: skip

    def _date(self, number: int | None) -> str | None:
        return None if number is None else self.times.days[number].text
