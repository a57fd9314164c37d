"""The Python client: the exchange of another node over HTTP, with the names the node itself uses."""

from __future__ import annotations

from golconda.doors.client.answer import Answer
from golconda.doors.client.client import Client, connect

__all__ = ["Answer", "Client", "connect"]
