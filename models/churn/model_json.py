"""A churn model as plain JSON: nothing runs when it is read."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from models.churn.calibration import Calibration
from models.churn.model import ChurnModel
from models.churn.preparation import Preparation

FORMAT = "brokerlake.churn_model.v1"


def to_json(model: ChurnModel) -> str:
    """Canonical JSON: same model, same text. Doubles keep every bit."""
    content = {"format": FORMAT, **asdict(model)}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> ChurnModel:
    """The model that `to_json` wrote. Raises ValueError for another format or missing or unknown fields."""
    content = json.loads(text)
    found = content.pop("format", None) if isinstance(content, dict) else None
    if found != FORMAT:
        raise ValueError(f"format is {found!r}, expected {FORMAT!r}")
    try:
        preparation = Preparation(**_tuples(content.pop("preparation")))
        calibration = Calibration(**_tuples(content.pop("calibration")))
        return ChurnModel(preparation=preparation, calibration=calibration, **_tuples(content))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a churn model: {error}") from error


def digest(model: ChurnModel) -> str:
    """sha256, hexadecimal, of the model's JSON: its identity."""
    return hashlib.sha256(to_json(model).encode()).hexdigest()


def _tuples(content: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}
