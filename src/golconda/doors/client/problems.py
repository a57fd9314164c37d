"""Turn what went wrong on the way, or at the node, into the errors the node itself raises."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

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

    import httpx

_KINDS: Mapping[str, type[GolcondaError]] = {
    kind.kind: kind for kind in (InvalidInput, NotFound, AccessRefused, TryAgain, Defect)
}
_SAID = frozenset({"type", "title", "status", "detail", "code", "hint"})


def raised(response: httpx.Response) -> GolcondaError:
    """Return the error that a response stands for; its body must have been read."""
    try:
        problem = response.json()
        kind = _KINDS[problem["title"]]
        details = {name: value for name, value in problem.items() if name not in _SAID}
        return kind(problem["code"], problem["detail"], hint=problem["hint"], **details)
    except (ValueError, KeyError, TypeError):
        return _stranger(str(response.url.copy_with(path="/", query=None)))


def _stranger(address: str) -> InvalidInput:
    return InvalidInput(
        "not-golconda",
        f"What answers at {address} is no Golconda node.",
        hint="Check the address and its port.",
    )


def told(response: httpx.Response) -> Any:  # the JSON the node sent
    """Return the document of a good response."""
    try:
        return response.json()
    except ValueError:
        raise _stranger(str(response.url.copy_with(path="/", query=None))) from None


@contextmanager
def clearly(address: str) -> Iterator[None]:
    """Raise one clear error for whatever happens between here and the node."""
    import httpx

    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise InvalidInput(
            "url-invalid", f"{address!r} is no address of a node.", hint="Write it as http://127.0.0.1:8321."
        ) from error
    except httpx.TimeoutException as error:
        raise TryAgain(
            "node-slow",
            f"{address} did not answer in time.",
            hint="Try again, or connect with a longer timeout.",
        ) from error
    except httpx.ConnectError as error:
        raise TryAgain(
            "node-unreachable",
            f"Nothing answers at {address}.",
            hint="Start it there with `golconda serve`, or check the address.",
        ) from error
    except httpx.TransportError as error:
        raise TryAgain(
            "answer-broken",
            f"The answer from {address} broke off, so nothing of it is used.",
            hint="The agreement may just have ended: see `golconda agreements`. Else ask again.",
        ) from error
