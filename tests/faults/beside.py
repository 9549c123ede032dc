"""What goes on in a thread of its own while a block runs."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Beside(ABC):
    """Does something again and again from the start of a block on, and is over by its end."""

    is_over: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    @abstractmethod
    def go_on(self) -> None:
        """Returns soon after `is_over` is set."""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.go_on, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self._thread.join()
