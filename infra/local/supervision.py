"""Supervisor, the process keeper: its configuration from values, and its answers over a unix socket."""

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
import xmlrpc.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from infra.local.process import Process
from infra.local.server_profile import Profile

# Every process that supervisor starts carries this, so that it can be found when supervisor was killed.
MARK = "BROKERLAKE_SUPERVISED"
KEEPER = "supervisord"
SOCKET_PATH_LIMIT = 100

# Every process leads a group of its own and leaves the group's number in a file.
LEAVE_NUMBER = 'echo $$ > "$0"; exec "$@"'

FAILED_STATES = frozenset({"FATAL", "EXITED", "BACKOFF", "UNKNOWN"})
RUNNING_STATES = frozenset({"STARTING", "RUNNING"})


@dataclass(frozen=True)
class ProcessState:
    name: str
    state: str
    pid: int

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING_STATES


def start_supervisor(profile: Profile, processes: Iterable[Process]) -> None:
    """Starts the keeper with all processes known to it and none started."""
    path = configuration_file(profile)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(configuration(profile, processes))
    marked = {**os.environ, MARK: str(profile.root)}
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)]
    subprocess.run(command, env=marked, check=True, stdin=subprocess.DEVNULL, cwd=profile.root)


def rpc(profile: Profile) -> Any:
    """Supervisor's own remote interface (`supervisor.*` in its manual)."""
    transport = SupervisorTransport(None, None, serverurl=f"unix://{socket_file(profile)}")
    return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor


def is_running(profile: Profile) -> bool:
    try:
        return bool(rpc(profile).getState()["statename"] == "RUNNING")
    except (OSError, xmlrpc.client.Error):
        return False


def states(profile: Profile) -> dict[str, ProcessState]:
    """What supervisor says of each process; empty when it is not running."""
    if not is_running(profile):
        return {}
    infos = rpc(profile).getAllProcessInfo()
    return {info["name"]: ProcessState(info["name"], info["statename"], info["pid"]) for info in infos}


def configuration_file(profile: Profile) -> Path:
    return profile.root / "run" / "supervisord.conf"


def pid_files(root: Path) -> list[Path]:
    return sorted((root / "run").glob("*.pid"))


def socket_file(profile: Profile) -> Path:
    """Unix sockets have short names: a deep root's lies in the temporary folder instead."""
    path = profile.root / "run" / "supervisor.sock"
    if len(str(path)) < SOCKET_PATH_LIMIT:
        return path
    digest = hashlib.sha256(str(profile.root).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"brokerlake-{digest}.sock"


def configuration(profile: Profile, processes: Iterable[Process]) -> str:
    run = profile.root / "run"
    parts = [
        _section("unix_http_server", {"file": socket_file(profile), "chmod": "0700"}),
        _section(
            "supervisord",
            {
                "pidfile": run / f"{KEEPER}.pid",
                "logfile": profile.log_of(KEEPER),
                "childlogdir": profile.root / "log",
                "umask": "077",
            },
        ),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
        *(_program(profile, process) for process in processes),
    ]
    return "\n".join(parts)


def _program(profile: Profile, process: Process) -> str:
    environment = {**process.environment, MARK: str(profile.root)}
    number = str(profile.root / "run" / f"{process.name}.pid")
    return _section(
        f"program:{process.name}",
        {
            "command": shlex.join(["/bin/sh", "-c", LEAVE_NUMBER, number, *process.command]),
            "environment": ",".join(f"{key}={_quoted(value)}" for key, value in environment.items()),
            "directory": process.directory or profile.root,
            "stdout_logfile": profile.log_of(process.name),
            "stdout_logfile_maxbytes": "50MB",
            "stdout_logfile_backups": 2,
            "redirect_stderr": "true",
            "autostart": "false",
            "autorestart": "unexpected",
            # A process that ends in its first second is wrong, not unlucky: the start reports it.
            "startretries": 0,
            "stopwaitsecs": process.seconds_to_stop,
            "stopasgroup": "true",
            "killasgroup": "true",
        },
    )


def _section(name: str, values: Mapping[str, object]) -> str:
    lines = (f"{key}={str(value).replace('%', '%%')}\n" for key, value in values.items())
    return f"[{name}]\n" + "".join(lines)


def _quoted(value: str) -> str:
    """Supervisor's environment syntax has quotes and no escapes."""
    if "'" in value or "\n" in value or " ;" in value or " #" in value:
        raise ValueError(f"{value!r} cannot stand in supervisor's configuration")
    return f"'{value}'"
