"""What the simulator knows and the lake does not: who meant to leave, who likes what, what was planted.

Only evaluation and tests read it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

FILE = "truth.json"


@dataclass(frozen=True)
class Leaver:
    """A client who began to leave. shows: 0 leaves without a sign, up to 1.

    goes_on_date: the session in which it sells, None beyond the run or where it changed its mind. left_date: the session in which its
    assets went out; closed_date: when its accounts were closed. how: closed, assets_moved_out, changed_mind, or not_yet.
    """

    client_id: str
    intends_from_date: str
    shows: float
    goes_on_date: str | None
    left_date: str | None
    closed_date: str | None
    how: str


@dataclass(frozen=True)
class Taste:
    """What a client likes: products by id, the ten it likes best, with utilities; popularity is in them."""

    client_id: str
    liked: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Plant:
    """Planted abuse or a near miss. window_started_at is the order's instant for rules without a window.

    observed_value: what the rule measures: basis points (signed), orders and cancels, failed log-ins. why: why it raises nothing; empty for an alert.
    """

    rule_id: str
    session_date: str
    entity_id: str
    window_started_at: str
    observed_value: float
    why: str = ""


@dataclass(frozen=True)
class Fault:
    """A planted fault: where it was sent, what must become of it, and how to find it.

    outcome: accepted, duplicate or quarantined; reasons: every code, sorted. raw_sha256: of the message's bytes (a line's, without its
    end). event_id is None where the bytes hold no envelope. session_date: the session in whose play it was sent.
    """

    kind: str
    session_date: str
    topic: str
    outcome: str
    reasons: tuple[str, ...]
    raw_sha256: str
    event_id: str | None


@dataclass(frozen=True)
class StatementBreak:
    """An item of a custodian's statement that was stated wrongly on purpose: an instrument, or the cash's currency."""

    session_date: str
    account_id: str
    statement_item_id: str
    statement_break_name: str


@dataclass(frozen=True)
class SuspectPrice:
    """A close that was sent ten times too high; the bar is accepted, and no table may value anything at it."""

    session_date: str
    instrument_id: str
    close_price: str


@dataclass(frozen=True)
class Truth:
    """Everything that is known about one simulation; n_messages counts by topic, log lines included."""

    size: str
    seed: int
    leavers: tuple[Leaver, ...]
    tastes: tuple[Taste, ...]
    alerts: tuple[Plant, ...]
    near_misses: tuple[Plant, ...]
    faults: tuple[Fault, ...]
    statement_breaks: tuple[StatementBreak, ...]
    suspect_prices: tuple[SuspectPrice, ...]
    n_messages: dict[str, int]

    def write(self, folder: Path) -> Path:
        """Writes it under `folder`, apart from the lake."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        path.write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))
        return path

    @staticmethod
    def read(folder: Path) -> Truth:
        """What `write` wrote. Raises FileNotFoundError where nothing was."""
        return _truth(orjson.loads((folder / FILE).read_bytes()))


def _truth(found: dict[str, Any]) -> Truth:
    return Truth(
        size=found["size"],
        seed=found["seed"],
        leavers=tuple(Leaver(**each) for each in found["leavers"]),
        tastes=tuple(
            Taste(each["client_id"], tuple((name, score) for name, score in each["liked"]))
            for each in found["tastes"]
        ),
        alerts=tuple(Plant(**each) for each in found["alerts"]),
        near_misses=tuple(Plant(**each) for each in found["near_misses"]),
        faults=tuple(Fault(**{**each, "reasons": tuple(each["reasons"])}) for each in found["faults"]),
        statement_breaks=tuple(StatementBreak(**each) for each in found["statement_breaks"]),
        suspect_prices=tuple(SuspectPrice(**each) for each in found["suspect_prices"]),
        n_messages=found["n_messages"],
    )
