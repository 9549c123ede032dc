"""The convention behind a published risk number, as a value that is stored beside the number."""

import json
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Convention:
    """How value at risk and expected shortfall were computed.

    Every field is stated because two figures with the same name differ by any one of them. Fields with
    one possible value are here so that a stored number still says it when a second value exists.

    confidences: probabilities, as fractions of one; DOMAIN §3.1, Basel (0.99) and FRTB (0.975).
    window_sessions: number of equally weighted one-session price moves; DOMAIN §3.2 names 250 and 500.
    horizon_days: trading sessions over which the position is held.
    """

    confidences: tuple[float, ...] = (0.95, 0.975, 0.99)
    window_sessions: int = 500
    horizon_days: int = 1
    method: Literal["historical_simulation"] = "historical_simulation"
    quantile_type: Literal[7] = 7
    expected_shortfall: Literal["mean_at_or_beyond_quantile"] = "mean_at_or_beyond_quantile"
    weighting: Literal["equal"] = "equal"
    return_type: Literal["simple"] = "simple"
    revaluation: Literal["full_with_look_through"] = "full_with_look_through"
    price_source: Literal["session_close"] = "session_close"
    missing_data_policy: Literal["refuse", "carry_forward"] = "refuse"
    rounding: Literal["whole_cents_per_account_and_scenario"] = "whole_cents_per_account_and_scenario"
    sign: Literal["loss_positive"] = "loss_positive"

    def __post_init__(self) -> None:
        if self.window_sessions < 2:
            raise ValueError(
                f"window_sessions is {self.window_sessions}: a quantile needs at least 2 scenarios"
            )
        if self.horizon_days != 1:
            raise ValueError(f"horizon_days is {self.horizon_days}: only one-session moves are revalued")
        if not self.confidences or not all(0 < confidence < 1 for confidence in self.confidences):
            raise ValueError(f"confidences are {self.confidences}: each must lie strictly between 0 and 1")

    def text(self) -> str:
        """The convention as canonical JSON: same convention, same text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


STANDARD = Convention()
SMALL = Convention(window_sessions=100)
