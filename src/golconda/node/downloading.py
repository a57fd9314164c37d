"""Give out the files of a release, byte by byte, as long as its agreement and the reader's token stand."""

from __future__ import annotations

import os
import re
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from golconda.gate.revocation import ended, in_force, source_ended
from golconda.kernel.clock import stamp
from golconda.kernel.errors import NotFound, TryAgain
from golconda.node.releasing import leans, shares

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.node.node import Node

MOST = 128
MOST_OF_ONE = 16  # organisation, so that none keeps the others out
LOOK_SECONDS = 0.25

_READING = re.compile(r"read-[0-9a-z]+")
_FILE = re.compile(r"[0-9]+\.parquet")


class Downloads:
    """Opens files for readers, so many at once in all and for one organisation. Safe to share between threads."""

    def __init__(self, node: Node, door: str, *, most: int = MOST, of_one: int = MOST_OF_ONE) -> None:
        self._node = node
        self._door = door
        self._most = most
        self._of_one = of_one
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    def open(self, *, token: str, agreement: str, reading: str, name: str) -> OpenFile:
        """Open a file of a release for whoever holds a token.

        Raises ``file-gone``, ``downloads-full``, or whatever has ended: the token, the role or the agreement.
        """
        if not (_READING.fullmatch(reading) and _FILE.fullmatch(name)):
            raise _gone()
        path = shares(self._node) / agreement / reading / name
        try:
            leaning = leans(path.parent)
        except OSError:
            leaning = None
        reader = self.demand(token, agreement, leaning or ())
        if leaning is None:
            raise _gone()
        self._enter(reader)
        try:
            return OpenFile(self, path, reader, token, agreement, leaning)
        except BaseException:
            self.leave(reader)
            raise

    def demand(self, token: str, agreement: str, leaning: tuple[str, ...] = ()) -> str:
        """Return the organisation of a token, or raise that the token, the role or the agreement has ended.

        `leaning`: what the release was read under, as it was then. What it is made under now may be other agreements,
        on stricter terms.
        """
        session = self._node.authenticate(token, self._door)
        reader = session.demand("query", session.known().organisation).organisation
        self._node.metastore.demand_writable()  # what may not be written is not to be believed either
        with self._node.metastore.read() as connection:
            standing = in_force(connection, (agreement, *leaning), now=stamp(self._node.clock.now()))
        if agreement not in standing:
            raise ended(agreement)
        if not set(leaning) <= standing:
            raise source_ended()
        return reader

    def _enter(self, reader: str) -> None:
        with self._lock:
            if self._open.total() >= self._most:
                raise _full(f"This node sends {self._most} shared files, the most it sends at once.")
            if self._open[reader] >= self._of_one:
                raise _full(f"{reader} has {self._of_one} shared files open, the most that one organisation may have.")
            self._open[reader] += 1

    def leave(self, reader: str) -> None:
        """Count one less."""
        with self._lock:
            self._open[reader] -= 1
            if not self._open[reader]:
                del self._open[reader]


class OpenFile:
    """A shared file being given out. Send what was read only after `check`; close it."""

    def __init__(
        self,
        downloads: Downloads,
        path: Path,
        reader: str,
        token: str,
        agreement: str,
        leaning: tuple[str, ...],
    ) -> None:
        self._downloads = downloads
        self._reader = reader
        self._token = token
        self._agreement = agreement
        self._leaning = leaning
        self._looked = time.monotonic()
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            raise _gone() from None
        self._open = True
        self.size = os.fstat(self._descriptor).st_size
        self.tag = f"{path.parent.name}-{path.name}"

    def check(self) -> None:
        """Raise once nothing more may be sent; the metastore is asked at most four times a second."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._downloads.demand(self._token, self._agreement, self._leaning)
            self._looked = time.monotonic()

    def read(self, first: int, length: int) -> bytes:
        """Return bytes of the file; threads may read at once."""
        return os.pread(self._descriptor, length, first)

    def close(self) -> None:
        """Give the file back; safe to call twice."""
        if self._open:
            self._open = False
            os.close(self._descriptor)
            self._downloads.leave(self._reader)


def _gone() -> NotFound:
    return NotFound("file-gone", "This file is kept no longer.", hint="Query the table again for new addresses.")


def _full(message: str) -> TryAgain:
    return TryAgain("downloads-full", message, hint="Read what is open to its end, and try again.")
