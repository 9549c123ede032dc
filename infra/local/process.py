"""What a server is: the processes that supervisor runs, the ports that they take, and how to see that they are well."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


class NotReady(Exception):
    """Raised by a server's check; says what is still missing."""


def nothing() -> None:
    """For a server that needs no preparation."""


@dataclass(frozen=True)
class Process:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds_to_stop: int = 20
    directory: Path | None = None  # the profile's root where none is given


@dataclass(frozen=True)
class Server:
    """`prepare` writes configuration and formats storage; `check` raises NotReady until the server serves."""

    name: str
    processes: tuple[Process, ...]
    ports: tuple[int, ...]
    check: Callable[[], None]
    prepare: Callable[[], None] = nothing
    seconds_to_start: float = 60.0
