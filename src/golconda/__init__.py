"""Golconda, a data exchange: publish, agree, use, prove.

>>> import golconda
>>> golconda.__all__
['GolcondaError', '__version__', 'connect', 'open']
"""

from __future__ import annotations

from importlib.metadata import version as _version
from typing import TYPE_CHECKING

from golconda.kernel.errors import GolcondaError

if TYPE_CHECKING:
    from os import PathLike

    from golconda.doors.client import Client
    from golconda.doors.library import OwnNode

__all__ = ["GolcondaError", "__version__", "connect", "open"]
__version__ = _version("golconda")


def open(directory: str | PathLike[str]) -> OwnNode:  # noqa: A001 - as in shelve.open, the module gives the meaning
    """Open the node in a directory as its owning organisation's steward, by the right of the file system."""
    from golconda.doors.library import open_own

    return open_own(directory)


def connect(url: str, token: str | None = None) -> Client:
    """Return a client of the node at an address; without a token, GOLCONDA_TOKEN or the keyring is asked."""
    from golconda.doors.client import connect as client

    return client(url, token)
