"""What a connection is refused for before any door is asked."""

from __future__ import annotations

from golconda.kernel.errors import InvalidInput, TryAgain


def unreadable() -> InvalidInput:
    """Return the error for what is no request."""
    return InvalidInput(
        "request-unreadable", "This is no HTTP/1.1 request.", hint="Send it as RFC 9112 has it.", status=400
    )


def head_too_large(most: int) -> InvalidInput:
    """Return the error for a request line and headers that do not end."""
    return InvalidInput(
        "head-too-large",
        f"The request's address and headers are longer than {most:,} bytes.",
        hint="Send what is long in the body.",
        status=431,
    )


def late(seconds: float) -> InvalidInput:
    """Return the error for a body that does not come."""
    return InvalidInput(
        "request-late",
        f"The request's body did not arrive within {seconds:.0f} seconds.",
        hint="Send it at once.",
        status=408,
    )


def full(connections: int) -> TryAgain:
    """Return the error for a connection there is no room for."""
    return TryAgain(
        "connections-full",
        f"This node has {connections} connections that are being answered, the most it takes.",
        hint="Try again in a moment.",
    )


def stopping() -> TryAgain:
    """Return the error for what is under way when the node stops."""
    return TryAgain("node-stopping", "This node is being stopped.", hint="Try again when it is back.")


def header_repeated(name: str) -> InvalidInput:
    """Return the error for a header that may stand once and stands twice: who reads on may read another."""
    return InvalidInput("header-repeated", f"The header {name} is there twice.", hint="Send it once.")


def host_missing() -> InvalidInput:
    """Return the error for a request that does not say to whom (RFC 9112 §3.2)."""
    return InvalidInput("host-missing", "The request has no header host.", hint="Send it, as HTTP/1.1 asks.")


def token_in_address() -> InvalidInput:
    """Return the error for a token where every proxy on the way writes it down."""
    return InvalidInput(
        "token-in-address",
        "The address holds a token, which is logged on its way.",
        hint="Revoke it with `golconda token revoke`, and send the new one as `Authorization: Bearer gk_…`.",
    )
