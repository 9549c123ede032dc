"""A TCP proxy before a server: a network that is slow, or cut in one direction or both."""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from infra.local.server_profile import HOST

Direction = Literal["to the server", "from the server"]
BYTES_AT_ONCE = 65_536


class Proxy:
    """Listens from its making on, and passes on what comes once it is told to which port. Use it in a `with` block."""

    def __init__(self) -> None:
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self.delay_seconds = 0.0
        self.bytes_per_second = math.inf
        self.n_swallowed = 0
        self._target = 0
        self._cut: frozenset[Direction] = frozenset()
        self._connections: list[tuple[socket.socket, socket.socket]] = []

    @contextmanager
    def before(self, port: int) -> Iterator[Proxy]:
        self._target = port
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            self._listener.close()
            self._hang_up()

    def cut(self, seconds: float, *directions: Direction) -> None:
        """What is sent in these directions meanwhile is lost, and with it every connection."""
        self._cut = frozenset(directions)
        time.sleep(seconds)
        self._hang_up()
        self._cut = frozenset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # the block has ended
            try:
                server = socket.create_connection((HOST, self._target))
            except OSError:
                client.close()
                continue
            self._connections.append((client, server))
            for way in ((client, server, "to the server"), (server, client, "from the server")):
                threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, direction: Direction) -> None:
        with suppress(OSError):
            while data := source.recv(BYTES_AT_ONCE):
                time.sleep(self.delay_seconds + len(data) / self.bytes_per_second)
                if direction in self._cut:
                    self.n_swallowed += len(data)
                else:
                    sink.sendall(data)
        _close(source, sink)

    def _hang_up(self) -> None:
        connections, self._connections = self._connections, []
        for pair in connections:
            _close(*pair)


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
