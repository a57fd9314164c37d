"""The portal: the exchange as pages for people, rendered on the server, without a script."""

from __future__ import annotations

from golconda.doors.portal.site import Portal, routes

__all__ = ["Portal", "routes"]
