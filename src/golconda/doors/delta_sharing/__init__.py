"""Delta Sharing, the open protocol: agreements as shares, protected views as tables."""

from __future__ import annotations

from golconda.doors.delta_sharing.app import sharing

__all__ = ["sharing"]
