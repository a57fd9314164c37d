"""Canonical bytes: RFC 8785 JSON, and the hashes everything is cited by."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import rfc8785


def canonical(document: Any) -> bytes:  # any JSON value
    """Return the one byte string of a JSON value (RFC 8785): sorted keys, shortest numbers, UTF-8.

    >>> canonical({"b": [1, True], "a": "é"}).decode()
    '{"a":"é","b":[1,true]}'
    """
    return _plain(document).encode() if _is_plain(document) else rfc8785.dumps(document)


def digest(document: Any) -> str:  # any JSON value
    """Return ``sha256:`` and the hex digest of the canonical bytes.

    >>> digest({"b": 1, "a": 2})[:20]
    'sha256:d3626ac30a87e'
    """
    return f"sha256:{hashlib.sha256(canonical(document)).hexdigest()}"


def digest_bytes(content: bytes) -> str:
    """Return ``sha256:`` and the hex digest of raw bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


# Where there is neither a number with a fraction nor a key that UTF-16 sorts otherwise, the standard library writes
# the same bytes, ten times as fast; the log writes two such documents for every read.
_plain = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_EXACT = 2**53


def _is_plain(document: Any) -> bool:  # any JSON value
    kind = type(document)
    if kind is str or kind is bool or document is None:
        return kind is not str or document.isascii() or _encodes(document)
    if kind is int:
        return bool(-_EXACT < document < _EXACT)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(value) for key, value in document.items())
    return kind is list and all(map(_is_plain, document))


def _encodes(text: str) -> bool:
    """Say whether a text has an encoding: lone surrogates have none, and RFC 8785 refuses them."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
