"""Starting, watching and stopping the servers of a profile: everything comes up, or nothing stays."""

import time
import xmlrpc.client
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.errors import ServerNotReady
from infra.local import catalog, leftovers, room, supervision
from infra.local.process import NotReady, Server
from infra.local.server_profile import Profile
from infra.local.supervision import ProcessState

Tell = Callable[[str], None]
LAST_LINES = 15
SECONDS_BETWEEN_CHECKS = 0.25


@dataclass(frozen=True)
class ServerStatus:
    name: str
    processes: tuple[ProcessState, ...]
    problem: str | None

    @property
    def is_running(self) -> bool:
        return bool(self.processes) and all(process.is_running for process in self.processes)

    @property
    def is_healthy(self) -> bool:
        return self.is_running and self.problem is None


def say_nothing(_: str) -> None:
    """For callers that have nobody to tell."""


def start(profile: Profile, names: Iterable[str], tell: Tell = say_nothing) -> None:
    """Starts these servers together and returns once all of them serve; one that runs already is left alone.

    Raises an InfraError when one does not come up; whatever this call started has then been stopped.
    """
    known = catalog.servers(profile)
    states = supervision.states(profile)
    wanted = [known[name] for name in names if not _runs(known[name], states)]
    profile.make_folders()
    room.refuse_full_disk(profile)
    room.refuse_taken_ports(wanted)
    try:
        _start(profile, known, wanted, tell)
    except BaseException:
        somebody_ran = any(state.is_running for state in states.values())
        stop(profile, [server.name for server in wanted] if somebody_ran else None)
        raise


def stop(profile: Profile, names: Iterable[str] | None = None, tell: Tell = say_nothing) -> None:
    """Stops these servers, readers first; without names everything, the process keeper included.

    Finds what runs even where the keeper was killed. Raises StillRunning if a process cannot be ended.
    """
    known = catalog.servers(profile)
    chosen = known.values() if names is None else [known[name] for name in names]
    processes = {process.name for server in chosen for process in server.processes}
    for name in filter(processes.__contains__, catalog.STOP_ORDER):
        _stop_process(profile, name, tell)
    if names is None:
        _stop_keeper(profile)
        leftovers.end(profile.root, catalog.STOP_ORDER)
        for path in (*supervision.pid_files(profile.root), supervision.socket_file(profile)):
            path.unlink(missing_ok=True)


def status(profile: Profile) -> list[ServerStatus]:
    """Every server that this machine can run, with what is wrong with it."""
    states = supervision.states(profile)
    return [_status(server, states) for server in catalog.servers(profile).values()]


@contextmanager
def running(profile: Profile, names: Iterable[str], tell: Tell = say_nothing) -> Iterator[Profile]:
    """These servers for as long as the block runs, and nothing of them afterwards."""
    start(profile, names, tell)
    try:
        yield profile
    finally:
        stop(profile)


def _start(profile: Profile, known: dict[str, Server], wanted: list[Server], tell: Tell) -> None:
    for server in wanted:
        server.prepare()
    began = time.monotonic()
    if not supervision.is_running(profile):
        supervision.start_supervisor(profile, [p for server in known.values() for p in server.processes])
        _until_ready(supervision.KEEPER, lambda: _check_keeper(profile), profile, 10.0)
    for process in [process for server in wanted for process in server.processes]:
        profile.ready_file_of(process.name).unlink(missing_ok=True)
        supervision.rpc(profile).startProcess(process.name, False)
    for server in wanted:
        _until_ready(server.name, _watcher(profile, server), profile, server.seconds_to_start)
        tell(f"{server.name}: up after {time.monotonic() - began:.1f} s")


def _until_ready(name: str, check: Callable[[], None], profile: Profile, seconds: float) -> None:
    attempts = Retrying(
        retry=retry_if_exception_type(NotReady),
        wait=wait_fixed(SECONDS_BETWEEN_CHECKS),
        stop=stop_after_delay(seconds),
    )
    try:
        attempts(check)
    except RetryError as error:
        why = f"{error.last_attempt.exception()} after {seconds:.0f} s"
        raise _not_ready(name, name, why, profile) from None


def _watcher(profile: Profile, server: Server) -> Callable[[], None]:
    """The server's check, which also gives up at once when one of its processes has ended."""
    first_pids: dict[str, int] = {}

    def watch() -> None:
        states = supervision.states(profile)
        for process in server.processes:
            state = states[process.name]
            first = first_pids.setdefault(process.name, state.pid)
            if not state.is_running or (first and state.pid != first):
                raise _not_ready(server.name, process.name, f"{process.name} ended", profile)
            first_pids[process.name] = state.pid
        server.check()

    return watch


def _not_ready(server: str, process: str, why: str, profile: Profile) -> ServerNotReady:
    log = profile.log_of(process)
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    return ServerNotReady(server, why, log, lines[-LAST_LINES:])


def _check_keeper(profile: Profile) -> None:
    if not supervision.is_running(profile):
        raise NotReady("the process keeper does not answer")


def _stop_process(profile: Profile, name: str, tell: Tell) -> None:
    state = supervision.states(profile).get(name)
    if state is None or not state.is_running:
        return
    try:
        supervision.rpc(profile).stopProcess(name, True)
    except xmlrpc.client.Fault:
        return  # it ended by itself in the meantime
    tell(f"{name}: stopped")


def _stop_keeper(profile: Profile) -> None:
    try:
        supervision.rpc(profile).shutdown()
    except (OSError, xmlrpc.client.Error):
        return  # not running, or killed: leftovers are ended next


def _runs(server: Server, states: dict[str, ProcessState]) -> bool:
    return all(p.name in states and states[p.name].is_running for p in server.processes)


def _status(server: Server, states: dict[str, ProcessState]) -> ServerStatus:
    processes = tuple(states[p.name] for p in server.processes if p.name in states)
    runs = bool(processes) and all(process.is_running for process in processes)
    return ServerStatus(server.name, processes, _problem(server) if runs else None)


def _problem(server: Server) -> str | None:
    try:
        server.check()
    except NotReady as problem:
        return str(problem)
    return None
