"""Whether the machine has room: ports that nobody holds, and a disk that is not full."""

import errno
import shutil
import socket
from collections.abc import Iterable

from infra.errors import DiskNearlyFull, PortTaken
from infra.local.process import Server
from infra.local.server_profile import HOST, Profile


def refuse_taken_ports(servers: Iterable[Server]) -> None:
    for server in servers:
        for port in server.ports:
            if is_taken(port):
                raise PortTaken(server.name, port)


def refuse_full_disk(profile: Profile) -> None:
    free = shutil.disk_usage(profile.root).free
    if free < profile.free_bytes_needed:
        raise DiskNearlyFull(profile.root, free, profile.free_bytes_needed)


def is_taken(port: int) -> bool:
    with socket.socket() as candidate:
        # What the servers do too: a port whose last connections are still closing is free.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
