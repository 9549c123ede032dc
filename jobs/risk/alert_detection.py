"""From events in the order in which they landed to alerts, by every rule: pure, and the same for stream and replay.

Nothing here depends on how events are cut into batches. The order in which the events of one window land decides
which of them make up an alert's evidence and which completes it; it never decides whether there is an alert, nor its
identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from lake.sessions import Closes
from models.risk.alert_identity import alert_id
from models.risk.rules import failed_logins, order_rate, price_deviation
from models.risk.rules.failed_logins import FailedLoginsParams
from models.risk.rules.order_rate import OrderRateParams
from models.risk.rules.price_deviation import PriceDeviationParams
from models.risk.rules.rule import EPOCH, MICROSECONDS, Rule
from models.risk.rules.windows import EMPTY, Windowed, WindowState, observe


@dataclass(frozen=True)
class RuleParams:
    """The numbers of each rule; units and sources stand with the rules."""

    price_deviation: PriceDeviationParams
    order_rate: OrderRateParams
    failed_logins: FailedLoginsParams


PARAMS = {
    "standard": RuleParams(price_deviation.STANDARD, order_rate.STANDARD, failed_logins.STANDARD),
    "small": RuleParams(price_deviation.SMALL, order_rate.SMALL, failed_logins.SMALL),
}


class Watched(NamedTuple):
    """An event as the rules look at it.

    entity_id: the account or client. event_key: its natural key as text. happened_us, received_us: microseconds since
    1970 UTC. session_date: an order's; null for a log-in. counted_by: the windowed rule that counts it, if one does.
    is_far_priced: it meets the condition of R02.
    """

    entity_id: str
    event_key: str
    happened_us: int
    session_date: date | None
    counted_by: str | None
    is_far_priced: bool
    order_id: str | None
    side: str | None
    limit_price: Decimal | None
    reference_price: Decimal | None
    received_us: int
    origin_partition: int
    origin_offset: int

    @property
    def landing(self) -> tuple[int, int, int]:
        return self.received_us, self.origin_partition, self.origin_offset


@dataclass(frozen=True)
class Alert:
    """One alert: the columns of `risk.alerts.v1`."""

    session_date: date
    alert_id: str
    rule_id: str
    rule_version: str
    severity: str
    entity_id: str
    window_started_at: datetime
    window_ended_at: datetime
    triggered_at: datetime
    observed_value: float
    threshold_value: float
    evidence: list[str]
    explanation: str

    @property
    def record(self) -> dict[str, object]:
        return asdict(self)


Windows = dict[tuple[str, int], WindowState]
"""What is remembered of the windows of one entity, by rule and start in microseconds."""


@dataclass(frozen=True)
class Detector:
    """All rules with their numbers. `closes` tells the session of a log-in."""

    params: RuleParams
    closes: Closes

    def alerts(self, events: Iterable[Watched], windows: Windows) -> Iterator[Alert]:
        """The alerts that these events of one entity raise, given what was seen of its windows before.

        `windows` is brought up to date: what was seen again has a new value there once all alerts were taken.
        Each event is given once, whatever came before it with the same key.
        """
        counted: dict[tuple[str, int], list[Watched]] = {}
        for event in sorted(events, key=lambda each: each.landing):
            if event.is_far_priced:
                yield self._far_priced(event)
            if event.counted_by is not None:
                started_us = self.windowed[event.counted_by].window_start(event.happened_us)
                counted.setdefault((event.counted_by, started_us), []).append(event)
        for (rule_id, started_us), together in counted.items():
            alert = self._count(rule_id, started_us, together, windows)
            if alert is not None:
                yield alert

    @property
    def windowed(self) -> dict[str, Windowed]:
        return {
            order_rate.RULE.id: order_rate.windowed(self.params.order_rate),
            failed_logins.RULE.id: failed_logins.windowed(self.params.failed_logins),
        }

    def _count(self, rule_id: str, started_us: int, events: list[Watched], windows: Windows) -> Alert | None:
        before = windows.get((rule_id, started_us), EMPTY)
        if before.has_raised:
            return None
        state, alert = before, None
        for event in events:
            keys = state.event_keys
            state, raises = observe(self.windowed[rule_id], state, (event.event_key,))
            if raises:
                alert = self._burst(rule_id, started_us, event, sorted(keys | {event.event_key}))
        windows[rule_id, started_us] = state
        return alert

    def _far_priced(self, order: Watched) -> Alert:
        assert order.order_id is not None
        assert order.side is not None
        assert order.limit_price is not None
        assert order.reference_price is not None
        assert order.session_date is not None
        params = self.params.price_deviation
        return _alert(
            price_deviation.RULE,
            identified_by=order.event_key,
            entity_id=order.order_id,
            session_date=order.session_date,
            # The condition is about an instant; a window needs a width.
            window_us=(order.happened_us, order.happened_us + 1),
            triggered_us=order.happened_us,
            observed=float(price_deviation.deviation_bps(order.limit_price, order.reference_price)),
            threshold=params.threshold_bps,
            evidence=[order.event_key],
            explanation=price_deviation.explain(
                order.order_id, order.side, order.limit_price, order.reference_price, params
            ),
        )

    def _burst(self, rule_id: str, started_us: int, last: Watched, evidence: list[str]) -> Alert:
        windowed = self.windowed[rule_id]
        ended_us = started_us + windowed.window_seconds * MICROSECONDS
        return _alert(
            windowed.rule,
            identified_by=last.entity_id,
            entity_id=last.entity_id,
            # A window lies in the session in which it ends, whichever of its events came first.
            session_date=last.session_date or self.closes.session_of(ended_us - 1),
            window_us=(started_us, ended_us),
            triggered_us=last.happened_us,
            observed=len(evidence),
            threshold=windowed.threshold,
            evidence=evidence,
            explanation=self._explain_burst(rule_id, last.entity_id, started_us, len(evidence)),
        )

    def _explain_burst(self, rule_id: str, entity_id: str, started_us: int, n_events: int) -> str:
        if rule_id == order_rate.RULE.id:
            return order_rate.explain(entity_id, started_us, n_events, self.params.order_rate)
        return failed_logins.explain(entity_id, started_us, n_events, self.params.failed_logins)


def _alert(
    rule: Rule,
    *,
    identified_by: str,
    entity_id: str,
    session_date: date,
    window_us: tuple[int, int],
    triggered_us: int,
    observed: float,
    threshold: float,
    evidence: list[str],
    explanation: str,
) -> Alert:
    return Alert(
        session_date=session_date,
        alert_id=alert_id(rule.id, rule.version, identified_by, window_us[0]),
        rule_id=rule.id,
        rule_version=str(rule.version),
        severity=rule.severity,
        entity_id=entity_id,
        window_started_at=_instant(window_us[0]),
        window_ended_at=_instant(window_us[1]),
        triggered_at=_instant(triggered_us),
        observed_value=float(observed),
        threshold_value=float(threshold),
        evidence=evidence,
        explanation=explanation,
    )


def _instant(instant_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=instant_us)
