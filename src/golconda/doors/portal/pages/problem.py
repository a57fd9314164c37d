"""An error as a page: what happened, the next step, the code; hidden and absent look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.responses import Response

    from golconda.doors.portal.visit import Visit
    from golconda.kernel.errors import GolcondaError


def show(visit: Visit, error: GolcondaError) -> Response:
    """Answer with the error under its own status."""
    kind = f"problem.{type(error).__name__}"
    return visit.page("problem.html", error.http_status, error=error, kind=kind)
