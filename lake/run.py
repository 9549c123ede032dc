"""One run of the batch application: its name, its clock, its code."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lake.settings import HOME


@dataclass(frozen=True)
class Run:
    """The clock is an argument: nothing that makes a table asks for the time by itself."""

    run_id: str
    started_at: datetime
    code_version: str
    params_set: str
    now: Callable[[], datetime]

    @staticmethod
    def begin(params_set: str) -> Run:
        started_at = datetime.now(UTC)
        run_id = os.environ.get("BROKERLAKE_RUN_ID") or f"{started_at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        return Run(run_id, started_at, code_version(), params_set, lambda: datetime.now(UTC))


def code_version() -> str:
    """The commit of the code that runs, marked where files were changed after it."""
    named = os.environ.get("BROKERLAKE_CODE_VERSION")
    if named:
        return named
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"
