"""What came out, for people: tables, how good it is, and where to look next."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from evaluation.report import Report, evaluate
from infra.demo import questions
from infra.demo.memory import Peak
from infra.local import airflow
from infra.local.server_profile import Profile
from ingestion.ledger.reading import Ledger, ledger
from lake.digests import digests
from lake.reader import query
from lake.settings import Settings
from schemas import catalog

Rows = list[dict[str, Any]]
DIGESTS = "digests.json"


@dataclass
class Found:
    """Everything that the summary shows, and what is wrong with it."""

    profile: Profile
    settings: Settings
    rows: Rows
    reasons: Counter[str]
    verdict: Ledger
    book: Rows
    accounts: Rows
    stressed: Rows
    margin_levels: Rows
    lowest_margins: Rows
    calls: Rows
    leaving: Rows
    offered: Rows
    alerts: Rows
    report: Report
    changed: list[str] | None
    problems: list[str] = field(default_factory=list)


def collect(settings: Settings, profile: Profile) -> Found:
    """Asks the lake, without a JVM."""
    verdict = ledger(settings, settled=True)
    report = evaluate(settings)
    changed = _changed_since_last_time(settings)
    found = Found(
        profile=profile,
        settings=settings,
        rows=_rows(settings),
        reasons=_reasons(settings),
        verdict=verdict,
        book=_ask(settings, questions.BOOK),
        accounts=_ask(settings, questions.LARGEST_ACCOUNTS),
        stressed=_ask(settings, questions.WORST_SCENARIOS),
        margin_levels=_ask(settings, questions.MARGIN_LEVELS),
        lowest_margins=_ask(settings, questions.LOWEST_MARGINS),
        calls=_ask(settings, questions.CALLS),
        leaving=_ask(settings, questions.LEAVING),
        offered=_ask(settings, questions.OFFERED),
        alerts=_ask(settings, questions.ALERTS),
        report=report,
        changed=changed,
    )
    found.problems = _problems(found)
    return found


def _problems(found: Found) -> list[str]:
    problems = [] if found.verdict.is_closed else ["the ledger is not closed"]
    problems += found.report.broken
    if found.changed:
        problems.append(f"tables changed since the last run: {', '.join(found.changed)}")
    problems += [
        f"{row['table']} is empty" for row in found.rows if row["table"] in _MUST_HAVE_ROWS and not row["n"]
    ]
    return problems


_MUST_HAVE_ROWS = ("gold.positions_daily", "gold.position_values_daily", "gold.cash_daily", "gold.profit_and_loss_daily", "gold.statement_checks_daily",
                   "gold.value_at_risk_daily", "gold.stress_daily", "gold.value_at_risk_backtests", "gold.limit_usage_daily", "gold.margin_daily",
                   "gold.client_features_daily", "gold.recommendations_daily", "gold.interactions_daily", "gold.alerts")  # fmt: skip


def _rows(settings: Settings) -> Rows:
    return [
        {
            "table": table.name,
            "domain": table.domain,
            "layer": table.layer,
            "n": query(settings, questions.ROWS.format(table=table.name), for_service=True)["n"][0].as_py(),
        }
        for table in catalog.TABLES
    ]


def _reasons(settings: Settings) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in _ask(settings, questions.QUARANTINE):
        counted.update({reason["code"] for reason in row["reasons"]})
    return counted


def _ask(settings: Settings, sql: str) -> Rows:
    return query(settings, sql).to_pylist()


def _changed_since_last_time(settings: Settings) -> list[str] | None:
    """Tables whose content differs from what the last whole demo on this lake left; None where there was none."""
    now = {name: each.sha256 for name, each in digests(settings, ("silver", "gold")).items()}
    path = settings.root / DIGESTS
    before = json.loads(path.read_text()) if path.exists() else None
    path.write_text(json.dumps(now, indent=2))
    return None if before is None else sorted(name for name in now if now[name] != before.get(name))


def show(console: Console, found: Found, seconds: Mapping[str, float], peak: Peak) -> None:
    """Prints the summary."""
    console.rule("Rows by layer and domain")
    console.print(_by_layer(found.rows))
    console.rule("Quarantine by reason")
    console.print(_table(("reason", "messages"), [(code, n) for code, n in found.reasons.most_common()]))
    console.rule("Ledger")
    found.verdict.show(console)
    console.rule("Risk: the book, and the accounts with the largest value at risk")
    _show_risk(console, found)
    console.rule("Stress: what the book would lose in its worst scenarios")
    console.print(_table(("scenario", "kind", "loss", "held but not shocked"), _stressed(found.stressed)))
    console.rule("Margin: where accounts stand on the ladder, and the lowest ratios")
    _show_margin(console, found)
    console.rule("Churn: who is most likely to leave")
    _show_leaving(console, found.leaving)
    console.rule("Recommendation: what may be offered to three clients")
    console.print(
        _table(
            ("client", "level", "#", "product", "risk", "why"),
            [
                (
                    r["client_id"],
                    r["client_risk_level"] or "unknown",
                    r["rank"],
                    r["instrument_id"],
                    r["product_risk_level"],
                    r["explanation"],
                )
                for r in found.offered
            ],
        )
    )
    console.rule("Alerts of the latest session, the gravest first")
    console.print(
        _table(
            ("when", "rule", "severity", "what"),
            [
                (f"{r['triggered_at']:%Y-%m-%d %H:%M:%S}", r["rule_id"], r["severity"], r["explanation"])
                for r in found.alerts
            ],
        )
    )
    console.rule("Against the planted truth, and on later sessions")
    found.report.show(console)
    console.rule("What it took")
    console.print(_table(("step", "seconds"), [(name, f"{s:.1f}") for name, s in seconds.items()]))
    _show_cost(console, found, peak)
    _show_where_next(console, found)


def _by_layer(rows: Rows) -> Table:
    shown = sorted(rows, key=lambda row: (row["layer"], row["domain"], row["table"]))
    return _table(
        ("layer", "domain", "table", "rows"), [(r["layer"], r["domain"], r["table"], r["n"]) for r in shown]
    )


def _show_risk(console: Console, found: Found) -> None:
    if found.book:
        console.print(f"session {found.book[0]['session_date']}, one day, a loss is positive")
    console.print(
        _table(
            ("portfolio", "confidence", "value at risk", "expected shortfall", "market value"),
            [
                (
                    "book",
                    _share(r["confidence_ratio"]),
                    r["value_at_risk_amount"],
                    r["expected_shortfall_amount"],
                    r["market_value_amount"],
                )
                for r in found.book
            ]
            + [
                (
                    r["portfolio_id"],
                    "99%",
                    r["value_at_risk_amount"],
                    r["expected_shortfall_amount"],
                    r["market_value_amount"],
                )
                for r in found.accounts
            ],
        )
    )


def _stressed(rows: Rows) -> list[tuple[object, ...]]:
    return [
        (r["scenario_name"], r["scenario_type"], r["stress_loss_amount"], r["not_shocked_amount"])
        for r in rows
    ]


def _show_margin(console: Console, found: Found) -> None:
    for told in found.calls:
        console.print(
            f"{told['n']:,} calls and forced sales so far, of {told['n_accounts']:,} accounts in {told['n_sessions']:,} sessions"
        )
    console.print(
        _table(
            ("level", "accounts", "called today", "debt", "cash to reach the warning line"),
            [
                (
                    r["margin_level"],
                    r["n_accounts"],
                    r["n_calls"],
                    r["debt_amount"],
                    r["restoring_cash_amount"],
                )
                for r in found.margin_levels
            ],
        )
    )
    console.print(
        _table(
            ("account", "ratio", "level", "debt", "cash to reach the warning line", "stale prices"),
            [
                (
                    r["account_id"],
                    f"{math.floor(r['maintenance_ratio'] * 10_000) / 100:.2f}%",
                    r["margin_level"],
                    r["debt_amount"],
                    r["restoring_cash_amount"],
                    r["n_stale_prices"],
                )
                for r in found.lowest_margins
            ],
        )
    )


def _show_leaving(console: Console, leaving: Rows) -> None:
    if not leaving:
        console.print("no model has been accepted yet: too few clients have left in the sessions so far")
        return
    console.print(
        _table(
            ("#", "client", "probability", "action", "why"),
            [
                (
                    r["rank"],
                    r["client_id"],
                    f"{r['churn_probability_ratio']:.1%}",
                    r["action_name"],
                    "; ".join(r["top_reasons"]),
                )
                for r in leaving
            ],
        )
    )


def _show_cost(console: Console, found: Found, peak: Peak) -> None:
    folder = found.profile.root / "lake"
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    n_landed = next(row["n"] for row in found.rows if row["table"] == "bronze.events")
    where = f", {n_bytes / 1e6:,.0f} MB of lake" if n_bytes else ""
    console.print(f"{n_landed:,} messages landed{where}, at most {peak.n_bytes / 1e9:.1f} GB of memory")


def _show_where_next(console: Console, found: Found) -> None:
    console.rule("Where to look next")
    profile = found.profile
    console.print(
        f"Airflow    {airflow.address(profile)}  (user {airflow.USER}, password {airflow.password(profile)})"
    )
    console.print(f"Data Docs  {found.settings.data_docs / 'index.html'}")
    where = "LAKE=hdfs " if profile.lake == "hdfs" else ""
    console.print(f'Tables     make sql {where}Q="select * from gold.value_at_risk_daily_latest limit 10"')
    console.print(f"Risk       make report{' LAKE=hdfs' if where else ''}  (one page of the last session)")
    console.print("Stop       make down")
    if found.changed is None:
        console.print("Run `make demo` again: it plays the same broker, and no silver or gold table changes.")
    elif not found.changed:
        console.print("Nothing changed: every silver and gold table has the digest that the last run left.")


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(*heads, box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(table.columns):
        if rows and isinstance(rows[0][place], int | float | Decimal):
            column.justify = "right"
    for row in rows:
        table.add_row(*[_text(value) for value in row])
    return table


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _share(ratio: Decimal) -> str:
    return f"{ratio * 100:.1f}%".replace(".0%", "%")
