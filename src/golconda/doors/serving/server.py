"""Listen, say where, serve until told to stop, stop gracefully."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import ssl
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn

from golconda.doors.serving import refusals
from golconda.doors.serving.access_log import hide_secrets
from golconda.doors.serving.protocol import Protocol
from golconda.doors.serving.site import site
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from golconda.doors.flight_sql import FlightDoor
    from golconda.node.node import Node

GRACE_SECONDS = 3
STOPPING_SECONDS = 1  # of these, for those who are told that their answer will not come
IDLE_SECONDS = 30


def serve(
    node: Node,
    host: str = "127.0.0.1",
    port: int = 8321,
    *,
    ready: Callable[[str], object] | None = None,
    access_log: bool = False,
    flight_port: int | None = None,
    flight_tls: tuple[Path, Path] | None = None,
) -> None:
    """Serve a node until SIGTERM or SIGINT; `ready` is told the address once requests are answered, else lines on
    standard output tell it, and that of Flight SQL.

    `flight_port`: where Flight SQL is served, 0 for a free port, None for nowhere; `flight_tls`: certificate and key.
    Raises ``port-in-use`` and ``address-unusable`` before anything is started.
    """
    server = Server(node, host, port, access_log=access_log, flight_port=flight_port, flight_tls=flight_tls)
    server.run(ready=(lambda: _announce(server)) if ready is None else (lambda: ready(server.address)))


def _announce(server: Server) -> None:
    sys.stdout.write(f"Golconda is ready at {server.address}  (Ctrl+C stops it)\n")
    if server.flight_address is not None:
        sys.stdout.write(f"Flight SQL is at {server.flight_address}\n")
    sys.stdout.flush()


class Server:
    """A server that holds its address from the moment it is made."""

    def __init__(
        self,
        node: Node,
        host: str,
        port: int,
        *,
        ready: Callable[[str], object] = lambda _address: None,
        access_log: bool = False,
        flight_port: int | None = None,
        flight_tls: tuple[Path, Path] | None = None,
    ) -> None:
        self._node = node
        self._socket = _listening(host, port)
        self.address = _address(host, self._socket.getsockname()[1])
        self._flight = None if flight_port is None else _flight(node, host, flight_port, tls=flight_tls)
        self._uvicorn = _Uvicorn(
            _config(node, access_log=access_log), ready=lambda: ready(self.address), stop_reads=self._stop_reads
        )

    @property
    def flight_address(self) -> str | None:
        """Return where Flight SQL is served, None where it is not."""
        return None if self._flight is None else self._flight.address

    def run(self, *, ready: Callable[[], object] | None = None) -> None:
        """Serve until stopped; the node's background jobs run meanwhile. `ready`: called once requests are answered."""
        if ready is not None:
            self._uvicorn.ready = ready
        self._node.start()
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            self._socket.close()
            if self._flight is not None:
                self._flight.stop()
            self._node.stop()

    def stop(self) -> None:
        """Stop gracefully, from any thread: short answers end, long ones are broken off, nothing is waited for."""
        self._uvicorn.should_exit = True

    def _stop_reads(self) -> None:
        for running in self._node.engine.running():
            running.stop(refusals.stopping())


class _Uvicorn(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, *, ready: Callable[[], object], stop_reads: Callable[[], object]
    ) -> None:
        super().__init__(config)
        self.ready = ready
        self._stop_reads = stop_reads

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        stopping = asyncio.get_running_loop().create_task(self._break_off())
        await super().shutdown(sockets=sockets)
        stopping.cancel()

    async def _break_off(self) -> None:
        """Stop every read that outlasts the grace; again and again, for one may just have begun."""
        await asyncio.sleep(GRACE_SECONDS - STOPPING_SECONDS)
        while True:
            for connection in list(self.server_state.connections):
                if isinstance(connection, Protocol):
                    connection.break_off()
            self._stop_reads()
            await asyncio.sleep(0.1)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on signals; unlike uvicorn's own, do not raise them again: what follows must still be done."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _config(node: Node, *, access_log: bool) -> uvicorn.Config:
    options: dict[str, Any] = {  # uvicorn's own
        "http": Protocol,
        "ws": "none",
        "loop": "asyncio",
        "lifespan": "on",
        "server_header": False,
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "log_config": None,
        "log_level": "info" if access_log else "warning",
        "access_log": access_log,
    }
    if access_log:
        hide_secrets()
    return uvicorn.Config(site(node), **options)


def _flight(node: Node, host: str, port: int, *, tls: tuple[Path, Path] | None) -> FlightDoor:
    from golconda.doors.flight_sql import FlightDoor  # not before it is wanted: it takes memory

    return FlightDoor(node, host, port, tls=tls and _pem(*tls))


def _pem(certificate: Path, key: Path) -> tuple[bytes, bytes]:
    try:
        # gRPC would only say that it did not start. No password: nobody is there to be asked for it.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: "")
        return certificate.read_bytes(), key.read_bytes()
    except ssl.SSLError as error:
        raise _no_certificate(f"{certificate} and {key} are no certificate with its key, both PEM.") from error
    except OSError as error:
        unread = next((file for file in (certificate, key) if not file.is_file()), certificate)
        raise _no_certificate(f"{unread} cannot be read.") from error


def _no_certificate(message: str) -> InvalidInput:
    return InvalidInput(
        "file-unreadable", message, hint="Give --flight-tls the certificate's file and the key's, both PEM."
    )


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, number, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, number)
    except OSError as error:
        raise _unusable(host) from error
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(place)
        # Listening at once, so that a second server on the port is refused before it starts anything.
        listening.listen(2048)
    except OSError as error:
        with suppress(OSError):
            listening.close()
        raise (_in_use(port) if error.errno == errno.EADDRINUSE else _unusable(host)) from error
    return listening


def _in_use(port: int) -> InvalidInput:
    return InvalidInput(
        "port-in-use",
        f"Something else listens on port {port} already.",
        hint="Stop it, or give another port with --port.",
    )


def _unusable(host: str) -> InvalidInput:
    return InvalidInput(
        "address-unusable",
        f"This machine cannot listen on {host!r}.",
        hint="Use 127.0.0.1 for this machine alone, 0.0.0.0 for everyone; ports below 1024 need rights.",
    )


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  # compared, not listened on
    return f"http://[{shown}]:{port}" if ":" in shown and "[" not in shown else f"http://{shown}:{port}"
