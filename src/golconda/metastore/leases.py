"""Leases: who may do one thing alone, for how long, and a fence that rises each time it changes hands.

A lease that has run out may be taken by anyone; its former holder is told so by its fence, which it shows in
every transaction that counts. A row is never deleted, so a fence is never given twice.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from golconda.kernel.clock import stamp
from golconda.kernel.errors import GolcondaError, TryAgain
from golconda.metastore.ids import random_text
from golconda.metastore.schema import lease as table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from golconda.kernel.clock import Clock
    from golconda.metastore.database import Metastore

LASTING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Lease:
    """A right that is held: `fence` is greater than that of everyone who held it before."""

    name: str
    holder: str
    fence: int


def holder_here() -> str:
    """Return a name for one holder in this process: ``host:process:random``."""
    return f"{socket.gethostname()}:{os.getpid()}:{random_text(8)}"


@contextmanager
def holding(metastore: Metastore, name: str, clock: Clock, *, lasting: timedelta = LASTING) -> Iterator[Lease]:
    """Hold a lease for as long as the block takes, renewed by a thread, and give it back at the end.

    A renewal that fails is no error here: `confirm` finds out, in the transaction that counts.
    """
    with metastore.transaction() as connection:
        lease = acquire(connection, name, holder_here(), clock.now(), lasting)
    finished = threading.Event()
    arguments = (metastore, lease, clock, lasting, finished)
    thread = threading.Thread(target=_keep, args=arguments, name=f"golconda-{name}", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        finished.set()
        thread.join()
        # A lease that cannot be given back runs out by itself; what the block raised matters more.
        with suppress(GolcondaError), metastore.transaction() as connection:
            release(connection, lease)


def _keep(metastore: Metastore, lease: Lease, clock: Clock, lasting: timedelta, finished: threading.Event) -> None:
    while not finished.wait(lasting.total_seconds() / 3):
        with suppress(GolcondaError), metastore.transaction() as connection:
            renew(connection, lease, clock.now(), lasting)


def acquire(connection: Connection, name: str, holder: str, now: datetime, ttl: timedelta) -> Lease:
    """Take a lease that is free, run out, or whose holder's process is gone; else raise ``lease-held``."""
    row = _row(connection, name)
    if row is None:
        return _first(connection, name, holder, stamp(now + ttl))
    if row.holder != holder and row.expires > stamp(now) and not is_gone(row.holder):
        raise _held(name)
    return _take(connection, Lease(name, holder, row.fence + 1), stamp(now + ttl))


def renew(connection: Connection, lease: Lease, now: datetime, ttl: timedelta) -> None:
    """Hold a lease for longer, or raise ``lease-lost`` if it changed hands."""
    confirm(connection, lease)
    connection.execute(update(table).where(table.c.name == lease.name).values(expires=stamp(now + ttl)))


def confirm(connection: Connection, lease: Lease) -> None:
    """Raise ``lease-lost`` unless this is still the latest holder, which it then stays in this transaction.

    A lease that has run out but that nobody took is still good: only the fence decides.
    """
    row = _row(connection, lease.name)
    if row is None or row.fence != lease.fence or row.holder != lease.holder:
        raise TryAgain(
            "lease-lost",
            f"Another process took over {lease.name} in the meantime, so this one stopped.",
            hint="Look at what the other one did, then try again.",
        )


def release(connection: Connection, lease: Lease) -> None:
    """Give a lease back; one that was lost is left to its new holder."""
    mine = (table.c.name == lease.name) & (table.c.fence == lease.fence) & (table.c.holder == lease.holder)
    connection.execute(update(table).where(mine).values(expires=_LONG_AGO))


_LONG_AGO = ""  # before every time, so that a clock set back does not hold on to what was given back


def alive(connection: Connection, prefix: str, now: datetime) -> tuple[str, ...]:
    """List the leases whose names begin with `prefix` and that somebody holds."""
    held = select(table.c.name, table.c.holder).where(
        table.c.name.startswith(prefix, autoescape=True), table.c.expires > stamp(now)
    )
    return tuple(row.name for row in connection.execute(held) if not is_gone(row.holder))


def _row(connection: Connection, name: str) -> Row[tuple[str, str, int, str]] | None:
    return connection.execute(select(table).where(table.c.name == name).with_for_update()).one_or_none()


def _first(connection: Connection, name: str, holder: str, expires: str) -> Lease:
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(name=name, holder=holder, fence=1, expires=expires))
    except IntegrityError:
        raise _held(name) from None
    return Lease(name, holder, 1)


def _take(connection: Connection, lease: Lease, expires: str) -> Lease:
    values = {"holder": lease.holder, "fence": lease.fence, "expires": expires}
    connection.execute(update(table).where(table.c.name == lease.name).values(values))
    return lease


def _held(name: str) -> TryAgain:
    what, _, subject = name.partition(":")
    return TryAgain(
        "lease-held",
        f"Another process is at {what} of {subject or 'this node'}.",
        hint="Wait until it has finished, then try again.",
    )


def is_gone(holder: str) -> bool:
    """Say whether the holder was a process of this machine that no longer runs."""
    host, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
