"""What evaluation refuses, each in one sentence."""

from pathlib import Path


class EvaluationError(Exception):
    """There is nothing to compare with; the message says what is missing and what makes it."""


class NoTruth(EvaluationError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"there is no truth in {folder} to compare the outputs with: `make demo` plays a broker and writes it"
        )
