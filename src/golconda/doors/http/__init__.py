"""The HTTP interface under ``/api/v1``."""

from __future__ import annotations

from golconda.doors.http.app import api

__all__ = ["api"]
