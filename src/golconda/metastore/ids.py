"""Ids that say what they name: ``agr-7k2m9x4qbz``."""

from __future__ import annotations

import secrets

# Crockford's base 32 in small letters: no i, l, o, u, so that an id can be read over the telephone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str, *, length: int = 10) -> str:
    """Return a prefix and `length` random characters of 5 bits each.

    >>> new_id("agr")[:4], len(new_id("agr"))
    ('agr-', 14)
    """
    return f"{prefix}-{random_text(length)}"


def random_text(length: int) -> str:
    """Return random characters of Crockford's base 32, 5 bits each."""
    return "".join([_ALPHABET[byte & 31] for byte in secrets.token_bytes(length)])
