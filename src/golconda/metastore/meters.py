"""Meters: what has been used of each limit. They hang on the root of an agreement's chain, so that amending a
chain never resets them. All changes are single UPDATEs with their condition in them, so no two can both pass."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from golconda.agreement.terms import Limit, Window
from golconda.metastore import schema
from golconda.metastore.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

_METER = schema.meter
_MATCH = (
    _METER.c.root == bindparam("at_root"),
    _METER.c.what == bindparam("at_what"),
    _METER.c.window == bindparam("at_window"),
)
_FITS = _METER.c.used + _METER.c.reserved + bindparam("amount") <= bindparam("most")
_FIND = Prepared(select(_METER.c.used, _METER.c.reserved).where(*_MATCH))
_RESERVE = Prepared(
    update(_METER).where(*_MATCH, _FITS).values(reserved=_METER.c.reserved + bindparam("amount")),
)
_SETTLE = Prepared(
    update(_METER)
    .where(*_MATCH)
    .values(reserved=_METER.c.reserved - bindparam("released"), used=_METER.c.used + bindparam("amount")),
)
_CHARGE = Prepared(
    update(_METER).where(*_MATCH, _FITS).values(used=_METER.c.used + bindparam("amount")),
)


@dataclass(frozen=True, slots=True)
class Meter:
    """One limit and how much of it is gone in the window that holds now."""

    limit: Limit
    window: str
    used: int
    reserved: int

    @property
    def left(self) -> int:
        """Return what may still be used."""
        return max(0, self.limit.most - self.used - self.reserved)


@dataclass(frozen=True, slots=True, order=True)
class Reservation:
    """An amount set aside in one meter."""

    root: str
    what: str
    window: str
    amount: int


def window(per: Window, now: datetime) -> str:
    """Return the window that holds a time: calendar day or month in UTC, or all time."""
    return {Window.DAY: f"{now:%Y-%m-%d}", Window.MONTH: f"{now:%Y-%m}", Window.TOTAL: "total"}[per]


def meters(connection: Connection, root: str, limits: Iterable[Limit], now: datetime) -> tuple[Meter, ...]:
    """Read the meters of an agreement's limits."""
    return tuple(_meter(connection, root, limit, now) for limit in limits)


def _meter(connection: Connection, root: str, limit: Limit, now: datetime) -> Meter:
    at = window(limit.per, now)
    row = _FIND.row(connection, {"at_root": root, "at_what": limit.what, "at_window": at})
    return Meter(limit, at, *(row or (0, 0)))


def reserve(connection: Connection, root: str, limit: Limit, now: datetime, *, amount: int) -> Reservation | None:
    """Set an amount aside, or return None where the limit has no room for it."""
    wanted = Reservation(root, limit.what, window(limit.per, now), amount)
    return wanted if _changed(connection, _RESERVE, wanted, limit) else None


def charge(connection: Connection, root: str, limit: Limit, now: datetime, *, amount: int) -> bool:
    """Book an amount that was not reserved; say whether there was room."""
    return _changed(connection, _CHARGE, Reservation(root, limit.what, window(limit.per, now), amount), limit)


def _changed(connection: Connection, statement: Prepared, wanted: Reservation, limit: Limit) -> bool:
    values = {**_key(wanted), "amount": wanted.amount, "most": limit.most}
    if statement.change(connection, values):
        return True
    return _opened(connection, wanted) and statement.change(connection, values) == 1


def settle(connection: Connection, reservation: Reservation, *, used: int) -> None:
    """Turn a reservation into use; nothing of it is left reserved."""
    _SETTLE.change(connection, {**_key(reservation), "released": reservation.amount, "amount": used})


def _key(reservation: Reservation) -> dict[str, str]:
    return {"at_root": reservation.root, "at_what": reservation.what, "at_window": reservation.window}


def _opened(connection: Connection, wanted: Reservation) -> bool:
    """Make the meter's row; False where it was there already, so that nothing but its limit stood in the way."""
    if _FIND.row(connection, _key(wanted)) is not None:
        return False
    empty = {"root": wanted.root, "what": wanted.what, "window": wanted.window, "used": 0, "reserved": 0}
    with suppress(IntegrityError), connection.begin_nested():  # another process may make it at the same time
        connection.execute(insert(_METER), empty)
    return True
