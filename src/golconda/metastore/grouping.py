"""Threads that write at the same time share a commit, since on SQLite the disk's confirmation costs most.

One thread at a time has the turn and works on the one writing connection. Whoever ends its block while others wait
hands the open transaction on and waits; the last of them commits for all. Each block is a savepoint of its own, so
one that fails takes nothing with it; each returns only when its work is on the disk, or raises if the commit failed.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from golconda.metastore.faults import busy, full

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

MOST = 64  # blocks that share a commit, so that the first of them does not wait for ever


class Group:
    """An open transaction and those who wait for its commit."""

    def __init__(self, engine: Engine, address: str) -> None:
        self.size = 0
        self.is_broken = False
        self._address = address
        self.connection = engine.connect()
        self._done = threading.Event()
        self._error: BaseException | None = None
        try:
            self._transaction = self.connection.begin()
        except BaseException:
            self.connection.close()
            raise

    @contextmanager
    def block(self) -> Iterator[Connection]:
        """Run one block; the first needs no savepoint, since with it the whole group would fail."""
        if self.size == 0:
            yield self.connection
        else:
            with self._savepoint():
                yield self.connection
        self.size += 1

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        driver = self._driver
        driver.execute("SAVEPOINT block")
        try:
            yield
        except BaseException:
            self.is_broken = not driver.in_transaction
            if not self.is_broken:
                driver.execute("ROLLBACK TO block")
                driver.execute("RELEASE block")
            raise
        driver.execute("RELEASE block")

    @property
    def _driver(self) -> sqlite3.Connection:
        driver: sqlite3.Connection = self.connection.connection.driver_connection  # type: ignore[assignment]
        return driver

    @property
    def takes_more(self) -> bool:
        """Say whether another block may join: there is something to commit, not too much, and it is still there."""
        return 0 < self.size < MOST and not self.is_broken

    def end(self) -> None:
        """Commit for all that are in it, and let them go; without any, undo."""
        with ExitStack() as after:
            after.callback(self._done.set)
            after.callback(self.connection.close)
            try:
                self._commit()
            except BaseException as error:
                self._error = error
                self.connection.invalidate()  # in whatever state it is, nobody is given it again

    def _commit(self) -> None:
        # SQLite undoes everything by itself when the disk is full or fails, and then commits nothing without a word.
        if not self._driver.in_transaction:
            raise full(self._address)
        if self.size:
            self._transaction.commit()
        else:
            self._transaction.rollback()

    def wait(self) -> None:
        """Return once the group is committed, or raise what kept it from that."""
        self._done.wait()
        if self._error is not None:
            raise self._error


class GroupedWriter:
    """Gives write transactions on one connection, or raises ``metastore-locked`` to who waited too long."""

    def __init__(self, engine: Engine, address: str, *, patience_seconds: float) -> None:
        self._engine = engine
        self._address = address
        self._patience = patience_seconds
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._group: Group | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a block, alone or in a group, and return when it is committed."""
        self._take_turn()
        try:
            group = self._group = self._group or Group(self._engine, self._address)
            with group.block() as connection:
                yield connection
        finally:
            self._pass_on()
        group.wait()

    def _take_turn(self) -> None:
        with self._count:
            self._waiting += 1
        has_turn = self._turn.acquire(timeout=self._patience)
        with self._count:
            self._waiting -= 1
        if not has_turn:
            # A turn may have been passed on to us just when we gave up; then nobody else would end the group.
            if self._turn.acquire(blocking=False):
                self._pass_on()
            raise busy(self._address)

    def _pass_on(self) -> None:
        """Leave the group to the next who waits, or end it."""
        with self._count:
            is_wanted = self._waiting > 0 and self._group is not None and self._group.takes_more
            if is_wanted:
                self._turn.release()
        if not is_wanted:
            group, self._group = self._group, None
            try:
                if group is not None:
                    group.end()
            finally:
                self._turn.release()
