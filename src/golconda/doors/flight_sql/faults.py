"""Our errors as Flight speaks them: a status by what the reader can do, and code, sentence and hint in words.

Flight's own exceptions have no status for input that is wrong and for names that do not exist. Arrow gives these to
Python's own ValueError and KeyError, with the traceback printed behind the sentence: so what is raised here is one of
them that cannot be printed.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyarrow import flight

from golconda.doors.wire import faults
from golconda.kernel.errors import AccessRefused, Defect, InvalidInput, NotFound, TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from golconda.kernel.errors import GolcondaError


class _Untraced(Exception):
    """Arrow prints the class alone where an exception's causes cannot be followed."""

    @property
    def __cause__(self) -> BaseException | None:  # type: ignore[override]  # nothing may be set or read
        raise AttributeError

    def __str__(self) -> str:
        return str(self.args[0])  # of a KeyError it would be its repr


class Wrong(_Untraced, ValueError):
    """Leaves as INVALID_ARGUMENT."""


class Unknown(_Untraced, KeyError):
    """Leaves as NOT_FOUND."""


@contextmanager
def spoken() -> Iterator[None]:
    """Raise whatever goes wrong within as what Flight gives the fitting status."""
    try:
        yield
    except (flight.FlightError, _Untraced):
        raise
    except Exception as failure:
        raise told(failure) from None


def told(failure: BaseException) -> Exception:
    """Return what is said of a failure; with Flight's own errors the problem document goes along."""
    error = faults.told(failure)
    sentence = f"{error.message} {error.hint} [{error.code}]"
    kind = _kind(error)
    if issubclass(kind, _Untraced):
        return kind(sentence)
    document = {**error.document(), "status": faults.status(error)}
    told: Exception = kind(sentence, json.dumps(document).encode())
    return told


def _kind(error: GolcondaError) -> type[Exception]:
    special: dict[str, type[Exception]] = {
        "query-timeout": flight.FlightTimedOutError,
        "query-cancelled": flight.FlightCancelledError,
        **dict.fromkeys(faults.UNAUTHENTICATED, flight.FlightUnauthenticatedError),
    }
    if error.code in special:
        return special[error.code]
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), flight.FlightServerError)


_STATUSES: Mapping[type[GolcondaError], type[Exception]] = {
    InvalidInput: Wrong,
    NotFound: Unknown,
    AccessRefused: flight.FlightUnauthorizedError,
    TryAgain: flight.FlightUnavailableError,
    Defect: flight.FlightInternalError,
}


def refused(what: str, *, hint: str) -> InvalidInput:
    """Return the refusal of what this door does not do."""
    return InvalidInput("flight-request-refused", f"{what} is not done through Flight SQL here.", hint=hint)
