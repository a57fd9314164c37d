"""What can go wrong, sorted by what the reader can do next.

    GolcondaError
    ├── InvalidInput     fix what you gave
    ├── NotFound         name something that exists
    ├── AccessRefused    ask for access; names the clause
    ├── TryAgain         the same call may work later
    └── Defect           report a bug

Each error has a stable code with a page under ``docs/reference/errors``; a test holds the two together.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class GolcondaError(Exception):
    """One sentence that names the thing and the value, the next step, and a stable code.

    `details` hold what the sentence names, under names of its own, so that a program or another language need not
    read it out of English; they are part of the problem document.
    """

    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    kind: ClassVar[str] = "error"

    def __init__(self, code: str, message: str, *, hint: str, **details: Any) -> None:  # details are JSON
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details

    def document(self) -> dict[str, Any]:
        """Return the error as an RFC 9457 problem."""
        return {
            "type": f"https://golconda.example/errors/{self.code}",
            "title": self.kind,
            "status": self.http_status,
            "detail": self.message,
            "code": self.code,
            "hint": self.hint,
            **self.details,
        }


class InvalidInput(GolcondaError):
    """Something given is wrong: fix it."""

    exit_status = 2
    http_status = 400
    kind = "invalid input"


class NotFound(GolcondaError):
    """A name that does not exist, or that the reader may not know: name another."""

    exit_status = 3
    http_status = 404
    kind = "not found"


class AccessRefused(GolcondaError):
    """An agreement, a role or a clause forbids it: ask for access."""

    exit_status = 4
    http_status = 403
    kind = "access refused"


class TryAgain(GolcondaError):
    """Something is busy or away: the same call may work later."""

    exit_status = 5
    http_status = 503
    kind = "try again"


class Defect(GolcondaError):
    """Golconda itself is wrong: report it."""

    exit_status = 70
    http_status = 500
    kind = "defect"


def near(wrong: str, names: Iterable[str]) -> list[str]:
    """Return the valid names that a wrong one may stand for, at most three; for an error's details.

    >>> near("regoin", ["region", "age"])
    ['region']
    """
    return get_close_matches(wrong, sorted(set(names)), n=3, cutoff=0.6)


def nearest(wrong: str, names: Iterable[str]) -> str:
    """Return a half sentence that proposes the nearest valid names, or lists some.

    >>> nearest("regoin", ["region", "age"])
    'did you mean region?'
    >>> nearest("x", ["region", "age"])
    'there are age, region'
    """
    known = sorted(set(names))
    meant = near(wrong, known)
    if meant:
        return f"did you mean {' or '.join(meant)}?"
    if not known:
        return "there are none yet"
    shown = ", ".join(known[:8])
    return f"there are {shown}" + (f" and {len(known) - 8} more" if len(known) > 8 else "")
