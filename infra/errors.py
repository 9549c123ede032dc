"""What can go wrong when servers and their parts are set up: one sentence each."""

from pathlib import Path


class InfraError(Exception):
    """Base of the family; `str(error)` is what a person reads."""


class Misuse(InfraError):
    """What was asked for does not exist or does not fit together: exit status 2."""


class MissingJava(InfraError):
    def __init__(self, found: str) -> None:
        super().__init__(
            f"Java 17 or newer is needed, and {found}; "
            "install it with: sudo apt-get install openjdk-17-jre-headless"
        )


class MissingEnvironment(InfraError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is missing: run `make setup` first")


class ClassesNotKept(InfraError):
    def __init__(self, said: str) -> None:
        super().__init__(f"Spark's classes could not be kept, so that it starts slowly: {said}")


class JarsDiffer(InfraError):
    """Jars are missing or are not the ones that the lock names."""

    def __init__(self, jar_set: str, problems: list[str], remedy: str) -> None:
        super().__init__(f"jars of {jar_set}: {'; '.join(problems)}; {remedy}")


class JarsUnresolved(InfraError):
    def __init__(self, jar_set: str, lines: list[str]) -> None:
        super().__init__(f"jars of {jar_set} could not be resolved: {' '.join(lines)}")


class PortTaken(InfraError):
    def __init__(self, server: str, port: int) -> None:
        super().__init__(
            f"port {port}, which {server} needs, is taken by another process; "
            "stop that process, or run `make down` if it is an earlier run of this project, "
            "or choose another port with the environment variable BROKERLAKE_PORT_…"
        )


class DiskNearlyFull(InfraError):
    def __init__(self, folder: Path, free_bytes: int, needed_bytes: int) -> None:
        gigabyte = 1_000_000_000
        super().__init__(
            f"only {free_bytes / gigabyte:.1f} GB are free where {folder} lies and "
            f"{needed_bytes / gigabyte:.1f} GB are needed; free some room, or choose another folder "
            "with BROKERLAKE_ROOT"
        )


class ServerNotReady(InfraError):
    """A server did not come up; everything that was started with it has been stopped."""

    def __init__(self, server: str, why: str, log: Path, last_lines: list[str]) -> None:
        shown = "".join(f"\n    {line}" for line in last_lines)
        super().__init__(f"{server} did not come up: {why}; its log is {log}, which ends with:{shown}")


class StillRunning(InfraError):
    def __init__(self, processes: list[str]) -> None:
        super().__init__(f"could not be stopped: {', '.join(processes)}")


class AirflowRefused(InfraError):
    def __init__(self, request: str, answer: str) -> None:
        super().__init__(f"Airflow did not accept {request}: {answer}")


class RunTooLong(InfraError):
    def __init__(self, dag_id: str, run_id: str, seconds: float) -> None:
        super().__init__(f"run {run_id} of {dag_id} has not ended after {seconds:.0f} seconds")


class StreamEnded(InfraError):
    """One of the long-lived streams ended by itself; the sentence is its own."""
