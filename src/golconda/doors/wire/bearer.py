"""Who asks: the bearer token of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.kernel.errors import AccessRefused

if TYPE_CHECKING:
    from collections.abc import Mapping


def token(headers: Mapping[str, str]) -> str | None:
    """Return the token of the authorization header, None without one, or raise ``token-invalid``."""
    written = headers.get("authorization")
    if written is None:
        return None
    scheme, _, text = written.partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    raise AccessRefused(
        "token-invalid",
        "The authorization header holds no bearer token.",
        hint="Send `Authorization: Bearer gk_…`.",
    )


def required(headers: Mapping[str, str]) -> str:
    """Return the token, or raise ``token-missing``."""
    found = token(headers)
    if found is None:
        raise AccessRefused(
            "token-missing",
            "This needs a token.",
            hint="Send `Authorization: Bearer gk_…`; the node's steward gives tokens out.",
        )
    return found
