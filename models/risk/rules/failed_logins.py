"""R30: a burst of failed log-ins of one client."""

from dataclasses import dataclass

from models.risk.rules.rule import Rule, utc_text
from models.risk.rules.windows import Windowed

RULE = Rule(
    id="R30",
    version=1,
    severity="medium",
    entity="client",
    sentence="A client's log-in fails many times within a few minutes.",
    source="DOMAIN §2.4 R30",
)


@dataclass(frozen=True)
class FailedLoginsParams:
    """threshold: failed log-ins in one window; window_seconds: its width, seconds. Both DOMAIN §2.4.

    A burst that straddles the border of two windows is counted in two parts and may stay below the
    threshold in both: the price of windows whose alerts do not depend on the order of arrival.
    """

    threshold: int = 5
    window_seconds: int = 300


STANDARD = FailedLoginsParams()
SMALL = FailedLoginsParams()
COUNTED = "log_in_failed"


def windowed(params: FailedLoginsParams) -> Windowed:
    """The rule: failed log-ins of a client in a tumbling window of event time."""
    return Windowed(
        RULE,
        params.window_seconds,
        params.threshold,
        f"app_event_type = '{COUNTED}'",
        ("app_event_type", "client_id"),
    )


def explain(client_id: str, window_start_us: int, n_events: int, params: FailedLoginsParams) -> str:
    """One sentence for the person who reads the alert."""
    return (
        f"Client {client_id} failed to log in {n_events} times in the {params.window_seconds // 60} minutes "
        f"from {utc_text(window_start_us)} (reported from {params.threshold})."
    )
