"""Our errors as Flight speaks them: a status by what the reader can do, and code, sentence and hint in words.

Only Flight's own exceptions are raised: any other would take a traceback along to the reader. Flight has none for
input that is wrong and names that do not exist, so these leave under the status UNKNOWN, with their code as all do.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyarrow import flight

from golconda.doors.wire import faults
from golconda.kernel.errors import AccessRefused, Defect, InvalidInput, TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.kernel.errors import GolcondaError


@contextmanager
def spoken() -> Iterator[None]:
    """Raise whatever goes wrong within as Flight's own error."""
    try:
        yield
    except flight.FlightError:
        raise
    except Exception as failure:
        raise told(failure) from None


def told(failure: BaseException) -> flight.FlightError:
    """Return what is said of a failure; the problem document goes along for clients that show it."""
    error = faults.told(failure)
    document = {**error.document(), "status": faults.status(error)}
    return _kind(error)(f"{error.message} {error.hint} [{error.code}]", json.dumps(document).encode())


def _kind(error: GolcondaError) -> type[flight.FlightError]:
    if error.code in faults.UNAUTHENTICATED:
        kind = flight.FlightUnauthenticatedError
    elif error.code == "query-timeout":
        kind = flight.FlightTimedOutError
    elif error.code == "query-cancelled":
        kind = flight.FlightCancelledError
    elif isinstance(error, AccessRefused):
        kind = flight.FlightUnauthorizedError
    elif isinstance(error, TryAgain):
        kind = flight.FlightUnavailableError
    elif isinstance(error, Defect):
        kind = flight.FlightInternalError
    else:
        kind = flight.FlightServerError
    found: type[flight.FlightError] = kind
    return found


def refused(what: str, *, hint: str) -> InvalidInput:
    """Return the refusal of what this door does not do."""
    return InvalidInput("flight-request-refused", f"{what} is not done through Flight SQL here.", hint=hint)
