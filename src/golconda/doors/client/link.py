"""Requests to a node: HTTP/1.1 over kept connections, with the standard library alone.

A body is read straight into the memory where it stays: in the layers of the usual client libraries a million rows
cost as much time again as all the rest of their way.
"""

from __future__ import annotations

import selectors
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from golconda.doors.client.problems import Unconnected, clearly
from golconda.doors.client.route import route

if TYPE_CHECKING:
    import http.client
    from collections.abc import Iterator, Mapping

CONNECT_SECONDS = 10.0


class Link:
    """Connections to one node: each carries one request at a time and is kept for the next. Threads may share it."""

    def __init__(self, address: str, token: str | None, timeout_seconds: float) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._idle: list[http.client.HTTPConnection] = []
        self._route = route(address)
        self._headers = dict(self._route.headers) if self._route.beyond is None else {}
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    @contextmanager
    def asked(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        body: bytes | None = None,
        accept: str = "application/json",
    ) -> Iterator[http.client.HTTPResponse]:
        """Give the response to a request, whatever its status; within, all that goes wrong is one clear error."""
        sent = {"accept": accept} | ({} if body is None else {"content-type": "application/json"})
        query = f"?{urlencode(parameters)}" if parameters else ""
        with clearly(self._address), self._connection() as connection:
            connection.request(method, f"{self._route.root}/{path}{query}", body, self._headers | sent)
            with connection.getresponse() as response:
                yield response

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        """Give a connection to one request; it is kept only when that has ended well."""
        connection = self._kept() or self._connected()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    def _kept(self) -> http.client.HTTPConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.sock is not None and not _is_readable(connection):  # else the node has closed it
                return connection
            connection.close()
        return None

    def _connected(self) -> http.client.HTTPConnection:
        connection = self._route.connection(min(self._timeout_seconds, CONNECT_SECONDS))
        try:
            connection.connect()
        except TimeoutError:
            raise
        except OSError as error:
            raise Unconnected from error
        connection.sock.settimeout(self._timeout_seconds)
        return connection

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop().close()


def _is_readable(connection: http.client.HTTPConnection) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return bool(selector.select(0))
