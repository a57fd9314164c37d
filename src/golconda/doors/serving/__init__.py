"""One server for every door on the network."""

from __future__ import annotations

from golconda.doors.serving.server import Server, serve

__all__ = ["Server", "serve"]
