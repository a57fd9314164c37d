"""The Flight SQL door: queries, prepared statements and the catalogue for clients of that protocol, over gRPC."""

from __future__ import annotations

from golconda.doors.flight_sql.door import FlightDoor

__all__ = ["FlightDoor"]
