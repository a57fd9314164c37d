"""Turn what went wrong on the way, or at the node, into the errors the node itself raises."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from golconda.kernel.errors import (
    AccessRefused,
    Defect,
    GolcondaError,
    InvalidInput,
    NotFound,
    TryAgain,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KINDS: Mapping[str, type[GolcondaError]] = {
    kind.kind: kind for kind in (InvalidInput, NotFound, AccessRefused, TryAgain, Defect)
}
_SAID = frozenset({"type", "title", "status", "detail", "code", "hint"})


class Unconnected(Exception):
    """There is no connection to the node."""


def raised(body: bytes, address: str) -> GolcondaError:
    """Return the error that the body of a response stands for."""
    try:
        problem = json.loads(body)
        kind = _KINDS[problem["title"]]
        details = {name: value for name, value in problem.items() if name not in _SAID}
        return kind(problem["code"], problem["detail"], hint=problem["hint"], **details)
    except (ValueError, KeyError, TypeError):
        return _stranger(address)


def told(body: bytes, address: str) -> Any:  # the JSON the node sent
    """Return the document in the body of a good response."""
    try:
        return json.loads(body)
    except ValueError:
        raise _stranger(address) from None


def _stranger(address: str) -> InvalidInput:
    return InvalidInput(
        "not-golconda",
        f"What answers at {urlsplit(address)._replace(path='/').geturl()} is no Golconda node.",
        hint="Check the address and its port.",
    )


@contextmanager
def clearly(address: str) -> Iterator[None]:
    """Raise one clear error for whatever happens between here and the node."""
    try:
        yield
    except TimeoutError as error:
        raise TryAgain(
            "node-slow",
            f"{address} did not answer in time.",
            hint="Try again, or connect with a longer timeout.",
        ) from error
    except Unconnected as error:
        raise TryAgain(
            "node-unreachable",
            f"Nothing answers at {address}.",
            hint="Start it there with `golconda serve`, or check the address.",
        ) from error
    except (HTTPException, OSError) as error:
        raise TryAgain(
            "answer-broken",
            f"The answer from {address} broke off, so nothing of it is used.",
            hint="The agreement may just have ended: see `golconda agreements`. Else ask again.",
        ) from error
