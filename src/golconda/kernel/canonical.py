"""Canonical bytes: RFC 8785 JSON, and the hashes everything is cited by."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785


def canonical(document: Any) -> bytes:  # any JSON value
    """Return the one byte string of a JSON value (RFC 8785): sorted keys, shortest numbers, UTF-8."""
    return rfc8785.dumps(document)


def digest(document: Any) -> str:  # any JSON value
    """Return ``sha256:`` and the hex digest of the canonical bytes.

    >>> digest({"b": 1, "a": 2})[:20]
    'sha256:d3626ac30a87e'
    """
    return f"sha256:{hashlib.sha256(canonical(document)).hexdigest()}"


def digest_bytes(content: bytes) -> str:
    """Return ``sha256:`` and the hex digest of raw bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
