"""What evaluation refuses, each in one sentence."""

from datetime import date
from pathlib import Path


class EvaluationError(Exception):
    """There is nothing to compare with; the message says what is missing and what makes it."""


class NoTruth(EvaluationError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"there is no truth in {folder} to compare the outputs with: `make demo` plays a broker and writes it"
        )


class NoSuchSession(EvaluationError):
    """session None: no session at all was published. last: the last one that was."""

    def __init__(self, session: date | None, last: date | None) -> None:
        if session is None:
            said = "gold.value_at_risk_daily has no rows of the book: `make demo` makes some"
        else:
            known = f", its last session is {last}" if last else ""
            said = (
                f"gold.value_at_risk_daily has no rows of the book for {session}{known}: "
                f"`python -m jobs run value_at_risk_daily --session {session}` makes them"
            )
        super().__init__(said)
