"""What each verb of `python -m infra` does; each returns its exit status."""

import os
from collections.abc import Iterable, Sequence

from infra import starting
from infra.errors import ClassesNotKept, Misuse
from infra.local import catalog, leftovers, servers, supervision
from infra.local import jars as jar_sets
from infra.local.server_profile import Profile
from infra.local.servers import ServerStatus
from lake.settings import Settings


def up(names: Sequence[str]) -> int:
    profile = Profile.from_environment()
    if names:
        servers.start(profile, _known(profile, names), print)
    else:
        starting.start(profile, print)
    return 0


def demo() -> int:
    """Everything, of the size that SIZE names."""
    from infra.demo.run import run

    return run(os.environ.get("SIZE") or "standard")


def streams() -> int:
    """Lands, refines and raises alerts until it is asked to stop."""
    from infra.streams import run

    run(Settings.from_environment())
    return 0


def down(names: Sequence[str]) -> int:
    profile = Profile.from_environment()
    servers.stop(profile, _known(profile, names) or None, print)
    print("nothing is running" if not names else f"stopped: {', '.join(names)}")
    return 0


def status() -> int:
    """0 if every server that was started is healthy."""
    profile = Profile.from_environment()
    found = servers.status(profile)
    for server in found:
        print(f"{server.name:<10} {_state(server)}")
    orphans = [] if supervision.is_running(profile) else sorted(leftovers.find(profile.root))
    if orphans:
        print(f"their keeper was killed, and still running are: {', '.join(orphans)}; `make down` ends them")
    return 1 if orphans or any(s.is_running and not s.is_healthy for s in found) else 0


def jars(names: Sequence[str]) -> int:
    declared = jar_sets.declared()
    _refuse_unknown(names, declared, "set of jars")
    for name in names or [jar_set.name for jar_set in declared.values() if jar_set.always]:
        jar_sets.set_up(name)
    return 0


def classes() -> int:
    """0 in any case: without them everything runs, and starts more slowly."""
    from infra.local import spark_classes

    try:
        print(f"kept: {spark_classes.keep().name}")
    except ClassesNotKept as error:
        print(error)
    return 0


def lock_jars() -> int:
    jar_sets.write_lock()
    print(f"written: {jar_sets.LOCK.name}")
    return 0


def _known(profile: Profile, names: Sequence[str]) -> Sequence[str]:
    _refuse_unknown(names, catalog.servers(profile), "server")
    return names


def _refuse_unknown(names: Iterable[str], known: Iterable[str], kind: str) -> None:
    for name in names:
        if name not in (choices := list(known)):
            raise Misuse(f"there is no {kind} named {name!r}; there are {', '.join(choices)}")


def _state(server: ServerStatus) -> str:
    if not server.is_running:
        ended = [p for p in server.processes if p.state not in ("STOPPED", "RUNNING", "STARTING")]
        return "ended unexpectedly" if ended else "stopped"
    pids = ", ".join(str(process.pid) for process in server.processes)
    return f"unwell: {server.problem}" if server.problem else f"healthy (process {pids})"
