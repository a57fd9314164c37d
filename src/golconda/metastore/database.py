"""The metastore: one schema on SQLite or PostgreSQL, one unit of work.

A write transaction on SQLite begins IMMEDIATE, so it never has to be tried again half way. On PostgreSQL it
is READ COMMITTED: whoever decides on what it read takes its row ``with_for_update()``; SQLite ignores it.
A read transaction sees one state of the whole database on both and cannot write.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, inspect, select
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql import column, table

from golconda.kernel.errors import GolcondaError, InvalidInput, NotFound
from golconda.metastore.faults import busy, refused, translated, translated_sqlite
from golconda.metastore.grouping import GroupedWriter
from golconda.metastore.migrations import REVISION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

PATIENCE_SECONDS = 10
_SQLITE = "sqlite:///"
_VERSION = table("alembic_version", column("version_num"))


class Metastore:
    """A database that holds what a node knows; threads share it, processes open it by its address.

    >>> from tempfile import mkdtemp
    >>> metastore = Metastore.open(f"sqlite:///{mkdtemp()}/metastore.db")
    >>> metastore.create()
    >>> with metastore.read() as connection:
    ...     connection.scalar(select(1))
    1
    >>> metastore.close()
    """

    def __init__(self, url: URL, *, writer: Engine, reader: Engine) -> None:
        self.url = url
        self._writer = writer
        self._reader = reader
        self._frozen: GolcondaError | None = None
        grouped = GroupedWriter(writer, self.address, patience_seconds=PATIENCE_SECONDS)
        self._begin = grouped.transaction if _is_sqlite(url) else writer.begin

    @classmethod
    def open(cls, url: str) -> Metastore:
        """Return the metastore at ``sqlite:///FILE`` or ``postgresql://…``; nothing is touched yet."""
        address = _address(url)
        writer, reader = _sqlite(address) if _is_sqlite(address) else _postgresql(address)
        return cls(address, writer=writer, reader=reader)

    def create(self) -> None:
        """Make the tables where there are none; a metastore that is there already is brought up to date."""
        if _is_sqlite(self.url):
            _make_file(Path(self.url.database or ""), self.address)
        if self._revision() is None:
            self._refuse_strangers()
        self._migrate()

    def upgrade(self) -> None:
        """Bring the schema to this program's revision; one cheap select where it is there already."""
        revision = self._revision()
        if revision is None:
            raise NotFound(
                "metastore-missing",
                f"{self.address} holds no metastore.",
                hint="Make one with `golconda init`, or check the address in golconda.toml.",
            )
        if revision != REVISION:
            self._migrate()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Begin a write transaction, committed at the end of the block and undone if the block raises."""
        self.demand_writable()
        with self._translating(), self._begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a transaction that sees one state of the database and writes nothing."""
        with self._translating(), self._reader.begin() as connection:
            yield connection

    @property
    def frozen(self) -> GolcondaError | None:
        """Return why nothing may be written; None where all is well."""
        return self._frozen

    def freeze(self, why: GolcondaError) -> None:
        """Let nothing be written by this process from now on; what is there can still be read."""
        self._frozen = why

    def demand_writable(self) -> None:
        """Raise what the metastore was frozen for, if it was."""
        why = self._frozen
        if why is not None:  # anew each time: threads that raise one exception would share its traceback
            raise type(why)(why.code, why.message, hint=why.hint, **why.details)

    def close(self) -> None:
        """Give back every connection."""
        self._writer.dispose()
        self._reader.dispose()

    @property
    def dialect(self) -> str:
        """Say ``sqlite`` or ``postgresql``."""
        return self._writer.dialect.name

    @property
    def address(self) -> str:
        """Return the address without its password, wherever in it that stands."""
        return self.url.difference_update_query(["password"]).render_as_string(hide_password=True)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, self._writer.dialect.loaded_dbapi.Error) as error:  # prepared statements raise the driver's
            known = translated(error, self.address)
            if known is None:
                raise
            raise known from error
        except PoolTimeout as error:
            raise busy(self.address) from error

    def _revision(self) -> str | None:
        with self.read() as connection:
            if self.dialect == "postgresql" and not inspect(connection).has_table("alembic_version"):
                return None
            try:
                found: str | None = connection.scalar(select(_VERSION.c.version_num))
            except DBAPIError as error:
                if "no such table" in str(error.orig):
                    return None
                raise
            return found

    def _refuse_strangers(self) -> None:
        with self.read() as connection:
            tables = inspect(connection).get_table_names()
        if tables:
            raise InvalidInput(
                "not-a-metastore",
                f"{self.address} holds other tables, {sorted(tables)[0]} among them.",
                hint="Give the metastore a database of its own.",
            )

    def _migrate(self) -> None:
        from golconda.metastore.migrations.run import upgrade  # alembic takes 0.1 s to import

        with self.transaction() as connection:
            upgrade(connection)


def _address(url: str) -> URL:
    file = url.removeprefix(_SQLITE)
    if file != url and file not in ("", ":memory:"):
        return URL.create("sqlite", database=file)  # whatever signs the path holds
    try:
        address = make_url(url)
    except ArgumentError:
        raise _no_address(url) from None
    if address.drivername in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise _no_address(address.render_as_string(hide_password=True))


def _no_address(url: str) -> InvalidInput:
    return InvalidInput(
        "metastore-address-invalid",
        f"{url!r} is no address of a metastore.",
        hint="Write sqlite:///FILE or postgresql://USER@HOST/DATABASE.",
    )


def _is_sqlite(url: URL) -> bool:
    return url.drivername == "sqlite"


def _make_file(path: Path, address: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise refused(address) from error
    # The journal mode stays with the file; asking for it anew takes a lock, so it is set once, here.
    with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            raise translated_sqlite(error, address) or error from error


# ── SQLite ────────────────────────────────────────────────────────────────────────────────────────────────


def _sqlite(url: URL) -> tuple[Engine, Engine]:
    """Return a writer of one connection, whose pool makes threads queue fairly, and a reader of many."""
    # mode=rw: opening a metastore that is not there must not make an empty one.
    file = f"file:{quote(url.database or '')}"
    uri = URL.create("sqlite", database=file, query={"mode": "rw", "uri": "true"})
    arguments = {"timeout": PATIENCE_SECONDS, "isolation_level": None, "check_same_thread": False}
    writer = create_engine(
        uri,
        connect_args=arguments,
        pool_size=1,
        max_overflow=0,
        pool_timeout=PATIENCE_SECONDS,
        pool_use_lifo=False,
        pool_reset_on_return=None,  # every use ends its own transaction, and another reset would cost as much again
    )
    reader = create_engine(
        uri,
        connect_args=arguments,
        pool_size=16,
        max_overflow=64,
        pool_timeout=PATIENCE_SECONDS,
        pool_reset_on_return=None,
    )
    _prepare(writer, begin="BEGIN IMMEDIATE", pragmas=("foreign_keys = ON", "synchronous = FULL"))
    _prepare(reader, begin="BEGIN", pragmas=("query_only = ON",))
    for engine in (writer, reader):
        _leave_what_was_replaced(engine, url.database or "")
    return writer, reader


def _leave_what_was_replaced(engine: Engine, path: str) -> None:
    """Use no connection to a file that was removed or replaced: it would go on, blind to what others revoke."""

    @event.listens_for(engine.pool, "connect")
    def remember(_: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = _identity(path)

    @event.listens_for(engine.pool, "checkout")
    def compare(_: sqlite3.Connection, entry: ConnectionPoolEntry, __: object) -> None:
        if entry.info["file"] != _identity(path):
            raise DisconnectionError


def _identity(path: str) -> tuple[int, int] | None:
    """Return what tells a file from another that came in its place, None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at every use of a connection: a path object would take three times as long
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare(engine: Engine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    # On the pool and the dialect, since a listener on the engine itself costs every statement a fifth of its time.
    @event.listens_for(engine.pool, "connect")
    def connect(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def start(connection: PoolProxiedConnection) -> None:
        connection.cursor().execute(begin)

    engine.dialect.do_begin = start  # type: ignore[method-assign, assignment] # sqlite3 would begin later, and only to write


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────


def _postgresql(url: URL) -> tuple[Engine, Engine]:
    try:
        import psycopg  # noqa: F401 - asked for here so that its absence has a sentence of its own
    except ImportError as error:
        raise InvalidInput(
            "extra-missing",
            "A metastore on PostgreSQL needs a driver that is not installed.",
            hint="Run `pip install golconda[postgresql]`.",
        ) from error
    options = f"-c lock_timeout={PATIENCE_SECONDS}s -c timezone=UTC -c idle_in_transaction_session_timeout=10min"
    writer = create_engine(
        url,
        connect_args={"options": options, "connect_timeout": PATIENCE_SECONDS},
        pool_size=8,
        max_overflow=16,
        pool_timeout=PATIENCE_SECONDS,
        pool_pre_ping=False,
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return writer, reader
