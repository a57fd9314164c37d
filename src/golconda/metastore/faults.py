"""What a database says when it cannot go on, as errors of ours: its own text may quote values."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from golconda.kernel.errors import GolcondaError, InvalidInput, NotFound, TryAgain

_PRIMARY = 0xFF  # SQLite's extended result codes keep the primary one in the low byte
_LOCK_STATES = frozenset({"55P03", "40001", "40P01"})  # lock not available, serialisation failure, deadlock


def translated(error: Exception, address: str) -> GolcondaError | None:
    """Return the error of ours that says the same as SQLAlchemy's or the driver's; None where the program is wrong."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return translated_sqlite(original, address)
    state = getattr(original, "sqlstate", None)
    if state in _LOCK_STATES:
        return busy(address)
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if is_lost or (state is None and type(original).__name__ == "OperationalError"):
        return unreachable(address)
    return refused(address) if state and state[:2] == "28" else _by_class(state, address)


def busy(address: str) -> TryAgain:
    """Say that another process holds the metastore for longer than anyone should wait."""
    return TryAgain(
        "metastore-locked",
        f"{address} is held by another transaction.",
        hint="Try again; if it stays so, look for a process that hangs, or a backup that holds it.",
    )


def unreachable(address: str) -> TryAgain:
    """Say that no connection could be made: the driver does not say why in a way that could be told apart."""
    return TryAgain(
        "metastore-unreachable",
        f"{address} could not be reached.",
        hint="Check that the server runs, that the database is there, and the user and password in the address.",
    )


def translated_sqlite(error: sqlite3.Error, address: str) -> GolcondaError | None:
    """Return the error of ours that says the same as SQLite's, or None."""
    match getattr(error, "sqlite_errorcode", 0) & _PRIMARY:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return busy(address)
        case sqlite3.SQLITE_CANTOPEN:
            return _missing(address)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return _stranger(address)
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return full(address)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return refused(address)
        case _:
            return None


def _by_class(state: str | None, address: str) -> GolcondaError | None:
    match (state or "")[:2]:
        case "08" | "57":
            return unreachable(address)
        case "53":
            return full(address)
        case _:
            return None


def _missing(address: str) -> NotFound:
    return NotFound(
        "metastore-missing",
        f"{address} holds no metastore.",
        hint="Make one with `golconda init`, or check the address in golconda.toml.",
    )


def _stranger(address: str) -> InvalidInput:
    return InvalidInput(
        "not-a-metastore",
        f"{address} is no database that SQLite can read.",
        hint="Check the address; if it was a metastore, restore it from a backup.",
    )


def full(address: str) -> TryAgain:
    """Say that the disk did not take what was written."""
    return TryAgain(
        "metastore-full",
        f"{address} could not be written: the disk is full or fails.",
        hint="Make room and try again; nothing was half done.",
    )


def refused(address: str) -> InvalidInput:
    """Say that the rights to use the metastore are missing."""
    return InvalidInput(
        "metastore-refused",
        f"{address} may not be used by this user.",
        hint="Check the rights of the file, or the user and password in the address.",
    )
