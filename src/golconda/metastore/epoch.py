"""The epoch: a number that grows with every change that a decision about reading may depend on: an agreement made,
ended or resumed, a version published or dropped. Whoever kept a decision looks here whether it still stands."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from golconda.metastore.prepared import Prepared
from golconda.metastore.schema import epoch

if TYPE_CHECKING:
    from sqlalchemy import Connection

_VALUE = Prepared(select(epoch.c.value).where(epoch.c.id == 1))


def current(connection: Connection) -> int:
    """Return the epoch, 0 as long as nothing ever changed."""
    row = _VALUE.row(connection, {})
    return row[0] if row else 0


def bump(connection: Connection) -> int:
    """Raise the epoch by one, and return it; it counts once the transaction commits."""
    if not _raised(connection):
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(epoch).values(id=1, value=0))
        _raised(connection)
    return current(connection)


def _raised(connection: Connection) -> bool:
    return connection.execute(update(epoch).where(epoch.c.id == 1).values(value=epoch.c.value + 1)).rowcount == 1
