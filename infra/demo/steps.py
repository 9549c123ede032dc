"""The demo's steps: each is announced, timed, and shows progress when it takes long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console

_SECONDS_BETWEEN_LINES = 5.0


@dataclass
class Steps:
    """What has been done so far, and how long it took."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Announces a step and gives a function that tells of its progress, at most every five seconds."""
        self.console.print(f"[bold]{len(self.seconds) + 1}. {name}[/bold]")
        started = time.monotonic()
        told_at = started

        def tell(text: str) -> None:
            nonlocal told_at
            if time.monotonic() - told_at >= _SECONDS_BETWEEN_LINES:
                told_at = time.monotonic()
                self.console.print(f"   {told_at - started:5.0f} s  {text}", highlight=False)

        yield tell
        self.seconds[name] = time.monotonic() - started
        self.console.print(f"   done in {self.seconds[name]:.1f} s", style="dim", highlight=False)
