"""The access log, without what would let its reader in."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(r"gk_\w+(?:\.|%2[eE])\w+|(?<=/delta-sharing/files/)[^/\s?]+")


def hide_secrets() -> None:
    """Have the server's access log leave out tokens, and what opens a shared file."""
    logging.getLogger("uvicorn.access").addFilter(_without_secrets)


def _without_secrets(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(_hidden(each) if isinstance(each, str) else each for each in record.args)
    return True


def _hidden(text: str) -> str:
    """Return a text without secrets.

    >>> _hidden("/delta-sharing/files/abc/0.parquet"), _hidden("/?t=gk_a.b")
    ('/delta-sharing/files/…/0.parquet', '/?t=…')
    """
    return _SECRET.sub("…", text)
