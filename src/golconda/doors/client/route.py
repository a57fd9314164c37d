"""Where a node is reached: straight, or through the proxy that the environment names."""

from __future__ import annotations

import http.client
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERFACE = "/api/v1"

_HOST = r"(\[[0-9a-fA-F:.]+\]|[^\s\[\]/?#@:]+)"
_ADDRESS = re.compile(rf"https?://{_HOST}(:\d{{1,5}})?(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class Route:
    """What to connect to, and what stands before every path and among the headers of every request there.

    `beyond` is the node that a proxy is to connect us to, so that it sees nothing of what is said.
    """

    secure: bool
    host: str
    port: int
    root: str
    headers: Mapping[str, str]
    beyond: tuple[str, int] | None = None

    def connection(self, timeout_seconds: float) -> http.client.HTTPConnection:
        """Return a connection, not connected yet."""
        if not self.secure:
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout_seconds)
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=timeout_seconds)
        if self.beyond is not None:
            connection.set_tunnel(*self.beyond, headers=self.headers)
        return connection


def route(address: str) -> Route:
    """Return the way to a node, or raise ``url-invalid``.

    >>> route("http://127.0.0.1:8321/city").root
    '/city/api/v1'
    """
    if not _ADDRESS.fullmatch(address):
        raise _invalid(address)
    node = urlsplit(address)
    try:
        host, port = _place(node)
    except ValueError:
        raise _invalid(address) from None
    proxy = _proxy(node)
    secure = node.scheme == "https"
    if proxy is None:
        return Route(secure, host, port, f"{node.path}{INTERFACE}", {})
    if secure:
        return Route(secure, *_place(proxy), f"{node.path}{INTERFACE}", _credentials(proxy), beyond=(host, port))
    return Route(secure, *_place(proxy), f"{address}{INTERFACE}", _credentials(proxy))


def _invalid(address: str) -> InvalidInput:
    return InvalidInput(
        "url-invalid", f"{address!r} is no address of a node.", hint="Write it as http://127.0.0.1:8321."
    )


def _proxy(node: SplitResult) -> SplitResult | None:
    named = getproxies()
    found = named.get(node.scheme, named.get("all"))
    if not found or proxy_bypass(node.netloc):
        return None
    return urlsplit(found if "://" in found else f"http://{found}")


def _place(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _credentials(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"proxy-authorization": f"Basic {b64encode(pair.encode()).decode()}"}
