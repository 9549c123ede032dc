"""Two sessions of a small broker, consistent throughout: its messages, a producer's journal, bronze to gold.

A test breaks one thing of it before it is written, and asks the ledger what is wrong.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

from crc32c import crc32c

from lake.envelope import json_values, message_key, wrap
from lake.settings import Settings
from schemas import catalog
from schemas.declaration import Event, Table
from schemas.operations import BRONZE_EVENTS, DUPLICATES, JOB_RUNS, QUARANTINE_EVENTS, TOUCHED_SESSIONS
from schemas.risk import ALERT, ALERTS
from schemas.transactions import (
    CASH_DAILY,
    CASH_MOVEMENT,
    CASH_MOVEMENTS,
    CORRECTED_FILLS,
    FILL,
    FILLS,
    POSITIONS_DAILY,
)
from tests.rows import rows
from tests.written import new_lake, write

SESSIONS = (date(2022, 12, 22), date(2022, 12, 23))
JOURNAL = "broker-20221222T150000-00000000"
Row = dict[str, Any]


@dataclass
class Broker:
    """Rows by table, and the journal's lines."""

    random: Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    journal: list[Row] = field(default_factory=list)
    offsets: Counter[tuple[str, int]] = field(default_factory=Counter)
    sequences: Counter[str] = field(default_factory=Counter)
    holdings: Counter[tuple[str, str]] = field(default_factory=Counter)
    cash: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    n_written: Counter[str] = field(default_factory=Counter)

    def of(self, table: Table) -> list[Row]:
        return self.rows[table.name]

    def write(self, root: Path) -> Settings:
        """Into a new lake."""
        settings = new_lake(root)
        settings.journals.mkdir(parents=True)
        self.write_on(settings)
        return settings

    def write_on(self, settings: Settings) -> None:
        """What is not written yet."""
        for name, cases in self.rows.items():
            if cases[self.n_written[name] :]:
                write(settings, catalog.table(name), *cases[self.n_written[name] :])
            self.n_written[name] = len(cases)
        lines = "".join(json.dumps(line) + "\n" for line in self.journal)
        (settings.journals / f"{JOURNAL}.jsonl").write_text(lines)

    def send(self, event: Event, source: str, case: Mapping[str, object], fate: str = "accepted") -> None:
        """One message and what became of it: accepted, duplicate (sent twice), malformed, failed or unknown (lost)."""
        data = json_values(event, rows(event, case)[0])
        self.sequences[source] += 1
        raw = wrap(event, data, source=source, sequence=self.sequences[source])
        if fate in ("failed", "unknown"):
            self._attempt(event, raw)
            self.journal.append({"n": self._n_attempted(), fate: "no answer"})
            fate = "accepted"
        first = self._deliver(event, data, raw)
        envelope = {
            "source_name": source,
            "event_id": f"{source}-{self.sequences[source]}",
            "sequence": self.sequences[source],
        }
        silver = catalog.silver_of(event)
        self.of(silver).append({**case, **envelope, **first, "is_late": False, "refine_batch": 1})
        if fate == "duplicate":
            again = self._deliver(event, data, raw)
            self.of(DUPLICATES).append(
                {**envelope, **again, "repeats_partition": first["origin_partition"],
                 "repeats_offset": first["origin_offset"]}
            )  # fmt: skip
        if fate == "malformed":
            broken = self._deliver(event, data, raw[:20])
            self.of(QUARANTINE_EVENTS).append(
                {**broken, "source_name": None, "event_id": None, "sequence": None}
            )

    def _deliver(self, event: Event, data: Mapping[str, object], raw: bytes) -> Row:
        """Attempted, acknowledged and landed; returns where it is."""
        self._attempt(event, raw)
        partition = sum(str(data.get("account_id")).encode()) % 2
        offset = self.offsets[event.topic, partition]
        self.offsets[event.topic, partition] += 1
        number = self._n_attempted()
        self.journal.append({"n": number, "partition": partition, "offset": offset})
        where = {"origin_topic": event.topic, "origin_partition": partition, "origin_offset": offset}
        header = {"key": "brokerlake-journal", "value": f"{JOURNAL}:{number}".encode()}
        message = {"event_key": message_key(event, data), "headers": [header], "raw": raw}
        self.of(BRONZE_EVENTS).append({**where, **message})
        return where

    def _attempt(self, event: Event, raw: bytes) -> None:
        self.journal.append({"n": self._n_attempted() + 1, "topic": event.topic, "crc32c": crc32c(raw)})

    def _n_attempted(self) -> int:
        return sum("topic" in line for line in self.journal)

    def trade(self, session: date, account: str, number: int) -> None:
        """A fill, and perhaps what its venue says about it later; the books take what stands in the end."""
        fill = {
            "session_date": session,
            "fill_id": f"fill-{number}",
            "account_id": account,
            "instrument_id": self.random.choice(("AAA", "BBB")),
            "side": self.random.choice(("buy", "sell")),
            "quantity": Decimal(self.random.randint(1, 200)) / 2,
            "price": Decimal(self.random.randint(1, 2_000_000)) / 10_000,
            "fee_amount": Decimal(self.random.randint(0, 500)) / 100,
            "report_type": "fill",
            "corrects_fill_id": None,
        }
        self.send(FILL, "execution-venue", fill, self.random.choice(("accepted", "accepted", "duplicate")))
        stands: Row | None = fill
        ending = self.random.choice(("stands", "stands", "corrected", "corrected twice", "busted"))
        for step in range({"stands": 0, "corrected twice": 2}.get(ending, 1)):
            corrected = {
                **fill,
                "fill_id": f"fill-{number}-{step}",
                "corrects_fill_id": f"fill-{number}" if step == 0 else f"fill-{number}-{step - 1}",
                "report_type": "bust" if ending == "busted" else "correction",
                "quantity": fill["quantity"] + step + 1,
                "reported_at": f"2022-12-23T15:0{step + 1}:00Z",
            }
            self.send(FILL, "execution-venue", corrected)
            stands = None if ending == "busted" else {**fill, "quantity": corrected["quantity"]}
        if stands is not None:
            self._book(stands)

    def _book(self, fill: Row) -> None:
        names = [column.name for column in CORRECTED_FILLS.columns]
        self.of(CORRECTED_FILLS).append({name: value for name, value in fill.items() if name in names})
        sign = 1 if fill["side"] == "buy" else -1
        self.holdings[fill["account_id"], fill["instrument_id"]] += sign * fill["quantity"]
        amount = (fill["quantity"] * fill["price"]).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        self.cash[fill["account_id"]] -= sign * amount + fill["fee_amount"]

    def pay(self, session: date, account: str, number: int) -> None:
        amount = Decimal(self.random.randint(1, 10**9)) / 10_000
        case = {"session_date": session, "account_id": account, "cash_movement_id": f"movement-{number}"}
        fates = ("accepted", "accepted", "duplicate", "malformed", "failed", "unknown")
        self.send(CASH_MOVEMENT, "cash-ledger", {**case, "cash_amount": amount}, self.random.choice(fates))
        self.cash[account] += amount

    def alert(self, session: date, number: int) -> None:
        case = {"session_date": session, "alert_id": f"alert-{number}"}
        self.send(ALERT, "alert-stream", case)
        self.of(ALERTS).append(case)

    def close(self, session: date) -> None:
        """The session's answers, and that they were published."""
        self.of(POSITIONS_DAILY).extend(
            {"session_date": session, "account_id": account, "instrument_id": instrument,
             "position_quantity": quantity}
            for (account, instrument), quantity in self.holdings.items() if quantity
        )  # fmt: skip
        self.of(CASH_DAILY).extend(
            {"session_date": session, "account_id": account, "closing_cash_amount": amount}
            for account, amount in self.cash.items()
        )
        for table in (CORRECTED_FILLS, POSITIONS_DAILY, CASH_DAILY, ALERTS):
            self.of(JOB_RUNS).append(
                {
                    "table_name": table.name,
                    "session_date": session,
                    "job_status": "published",
                    "refine_batch": 1,
                }
            )
        for table in (FILLS, CASH_MOVEMENTS, catalog.silver_of(ALERT)):
            self.of(TOUCHED_SESSIONS).append(
                {"table_name": table.name, "session_date": session, "refine_batch": 1}
            )


def broker(seed: int = 1) -> Broker:
    """Another broker for each seed."""
    made = Broker(Random(seed))
    number = 0
    for session in SESSIONS:
        for account in ("account-1", "account-2", "account-3"):
            for _ in range(made.random.randint(2, 5)):
                number += 1
                made.pay(session, account, number)
                made.trade(session, account, number)
        made.alert(session, number)
        made.close(session)
    return made
