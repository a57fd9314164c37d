"""Tables of a database: any SQLAlchemy address with ``#table`` or ``#schema.table``, or all tables without.

SQLite needs nothing; PostgreSQL, MySQL and MariaDB need their driver. Rows stream in batches of one Arrow schema.
"""

from __future__ import annotations

import re
import warnings
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import pyarrow as pa

from golconda.integration.connectors._files import existing, unreadable
from golconda.kernel.errors import InvalidInput, NotFound, TryAgain, nearest
from golconda.kernel.names import slugify
from golconda.kernel.ports import Batches, SourceTable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    import sqlalchemy as sa
    from sqlalchemy.engine import URL, Engine

    from golconda.integration.connectors._database_types import Kept

_BATCH_ROWS = 10_000
_PATIENCE_SECONDS = 10
_ADDRESS = re.compile(r"(?P<url>[a-z][a-z0-9]*(\+[a-z0-9_]+)?://[^#]*)(#(?P<table>.+))?", re.DOTALL)
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
# Dialects of SQLAlchemy, its own and what others publish for it: what else has a scheme is no database.
_DIALECTS = frozenset(
    (
        *("access", "bigquery", "clickhouse", "cockroachdb", "databricks", "db2", "dremio", "drill", "druid", "duckdb"),
        *(
            "exasol",
            "firebird",
            "hana",
            "hive",
            "ibm_db_sa",
            "impala",
            "informix",
            "kylin",
            "mariadb",
            "mssql",
            "mysql",
        ),
        *("oracle", "pinot", "postgres", "postgresql", "presto", "redshift", "snowflake", "sqlite", "teradata"),
        *("trino", "vertica"),
    )
)
# What installs the driver of a dialect, where it is an extra of this package.
_EXTRAS = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
_Answer = TypeVar("_Answer")


class DatabaseTables:
    """Reads tables and views of relational databases."""

    name: ClassVar[str] = "database"
    options: ClassVar[tuple[str, ...]] = ()

    def handles(self, address: str) -> bool:
        """Say whether the address is a URL whose scheme is a dialect of SQLAlchemy, its driver here or not."""
        match = _ADDRESS.fullmatch(address)
        return match is not None and _is_dialect(match["url"].partition("://")[0].partition("+")[0])

    def discover(self, address: str) -> tuple[SourceTable, ...]:
        """Return the table the address names, or every table of the default schema."""
        url, wanted = _split(address)
        known = _asked(url, lambda engine: _names(engine, None))
        if wanted is None and known:
            return tuple(_source(url, name, f"{url}#{name}") for name in known)
        if wanted is None:
            raise NotFound(
                "source-table-missing", f"{_shown(url)} has no tables.", hint="Check the name of the database."
            )
        if wanted not in known:
            _refuse_unknown(url, wanted)
        return (_source(url, wanted, address),)

    def read(self, table: SourceTable, *, options: Mapping[str, str], scratch: Path) -> Batches:
        """Open a table and stream its rows, all as one statement sees them."""
        del options, scratch
        url, wanted = _split(table.address)
        name = wanted or table.name
        found, kept = _asked(url, lambda engine: _columns(engine, name))
        schema = pa.schema([pa.field(column.name, column.arrow) for column in kept])
        return Batches(schema, _batches(url, found, kept, schema))


# ── addresses ─────────────────────────────────────────────────────────────────────────────────────────────


def _split(address: str) -> tuple[str, str | None]:
    match = _ADDRESS.fullmatch(address)
    if match is None or ("@" not in match["url"] and "@" in (match["table"] or "")):
        raise _no_address()  # the second: a password that holds a hash, cut in two
    return match["url"], match["table"]


def _is_dialect(name: str) -> bool:
    return name in _DIALECTS or bool(entry_points(group="sqlalchemy.dialects", name=name))


def _source(url: str, table: str, address: str) -> SourceTable:
    return SourceTable(slugify(_bare(table)), address, f"{_shown(url)}#{table}", title=_bare(table))


def _bare(table: str) -> str:
    return table.rpartition(".")[2]


def _schema(table: str) -> str | None:
    return table.rpartition(".")[0] or None


def _shown(url: str) -> str:
    """Return the address without anything that may be a secret: password, options, and all before the last ``@``."""
    from sqlalchemy import make_url

    full = make_url(url)
    host = (full.host or "").rpartition("@")[2] or None
    return full.set(password=None, host=host, query={}).render_as_string()


def _no_address() -> InvalidInput:
    return InvalidInput(
        "source-address-invalid",
        "That is no address of a database.",
        hint="Write DIALECT://USER@HOST/DATABASE#TABLE, or sqlite:///FILE#TABLE; signs in a password as %23 for #.",
    )


def _engine(url: str) -> Engine:
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    try:
        address = make_url(url)
        address = address.set(drivername=_DRIVERS.get(address.drivername, address.drivername))
        return create_engine(address, poolclass=NullPool, connect_args=_demands(address))
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number, which it quotes
        if isinstance(error, NoSuchModuleError):
            raise _no_driver(url) from None
        raise _no_address() from None
    except ModuleNotFoundError:
        raise _no_driver(url) from None


def _demands(address: URL) -> dict[str, Any]:  # arguments of the driver
    if _is_sqlite(address):
        return {"timeout": _PATIENCE_SECONDS}
    demands: dict[str, Any] = {"connect_timeout": _PATIENCE_SECONDS}
    if _is_mysql(address):
        demands["init_command"] = "SET time_zone = '+00:00'"  # instants are told in the session's zone, without it
    return demands


def _no_driver(url: str) -> InvalidInput:
    dialect = url.partition("://")[0]
    extra = _EXTRAS.get(dialect.partition("+")[0])
    return InvalidInput(
        "extra-missing",
        f"Reading {dialect} needs a driver that is not installed.",
        hint=f"pip install 'golconda[{extra}]'" if extra else "Install SQLAlchemy's driver for it.",
    )


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _is_mysql(url: URL) -> bool:
    return url.get_backend_name() in ("mysql", "mariadb")


def _refuse_absent(url: URL) -> None:
    """Refuse a SQLite file that is not there: connecting would make an empty one."""
    from pathlib import Path

    if _is_sqlite(url) and not existing(url.database or "").is_file():
        raise unreadable(Path(url.database or ""))


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────


def _names(engine: Engine, schema: str | None) -> list[str]:
    from sqlalchemy import inspect

    look = inspect(engine)
    return sorted([*look.get_table_names(schema), *look.get_view_names(schema)])


def _refuse_unknown(url: str, wanted: str) -> None:
    """Raise ``source-table-missing`` unless the schema before the last dot has the table after it."""
    known = _asked(url, lambda engine: _names(engine, _schema(wanted)))
    if _bare(wanted) not in known or _schema(wanted) is None:
        raise NotFound(
            "source-table-missing",
            f"{_shown(url)} has no table {wanted!r}.",
            hint=f"Check the name: {nearest(_bare(wanted), known)}.",
        )


def _columns(engine: Engine, name: str) -> tuple[sa.Table, list[Kept]]:
    """Return a table and how each of its columns is kept."""
    import sqlalchemy as sa

    from golconda.integration.connectors import _database_types as kinds

    # A table's own name may have a dot in it.
    bare, schema = (name, None) if name in _names(engine, None) else (_bare(name), _schema(name))
    with warnings.catch_warnings():  # of types that SQLAlchemy does not know: what they hold decides
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        found = sa.Table(bare, sa.MetaData(), schema=schema, autoload_with=engine)
    columns: list[sa.Column[Any]] = list(found.columns)
    if not _is_sqlite(engine.url):
        return found, [kinds.declared(column) for column in columns]
    with engine.connect() as connection:
        answer = connection.execute(sa.select(*kinds.observations(columns))).mappings().one()
    held = {str(name): value for name, value in answer.items()}
    return found, [kinds.observed(column, index, held) for index, column in enumerate(columns)]


def _asked(url: str, ask: Callable[[Engine], _Answer]) -> _Answer:
    from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

    engine = _engine(url)
    _refuse_absent(engine.url)
    try:
        return ask(engine)
    except NoSuchTableError as error:
        raise _changed(url, str(error)) from None
    except SQLAlchemyError:
        # The driver's text names hosts and users, and may quote values.
        raise _unreachable(url) from None
    finally:
        engine.dispose()


def _unreachable(url: str) -> TryAgain:
    return TryAgain(
        "source-unreachable",
        f"{_shown(url)} does not answer as a database of its kind.",
        hint="Check the host, the name of the database, the user and the password, and what the user may read.",
    )


def _changed(url: str, table: str) -> TryAgain:
    return TryAgain(
        "source-changed",
        f"{_shown(url)}#{table} changed while it was read.",
        hint="Publish it once whoever alters it has finished.",
    )


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────


def _batches(url: str, table: sa.Table, kept: Sequence[Kept], schema: pa.Schema) -> Generator[pa.RecordBatch]:
    from sqlalchemy.exc import SQLAlchemyError

    engine = _engine(url)
    try:
        with engine.connect().execution_options(yield_per=_BATCH_ROWS) as connection:
            for rows in connection.execute(_select(table, engine.url)).partitions():
                yield _batch(rows, kept, schema, subject=table.name)
    except SQLAlchemyError:
        raise _broken_off(url, table) from None
    finally:
        engine.dispose()


def _broken_off(url: str, table: sa.Table) -> TryAgain:
    """Say why reading ended early: the table is not what it was, or its database does not answer."""
    name = table.fullname
    columns, _ = _asked(url, lambda engine: _columns(engine, name))
    return _unreachable(url) if columns.columns.keys() == table.columns.keys() else _changed(url, name)


def _select(table: sa.Table, url: URL) -> sa.Select[*tuple[Any, ...]]:
    """Return all columns; SQLite's as its driver gives them, since SQLAlchemy trusts the declared types."""
    import sqlalchemy as sa

    if not _is_sqlite(url):
        return sa.select(table)
    return sa.select(*[sa.type_coerce(column, sa.types.NullType()).label(None) for column in table.columns])


def _batch(rows: Sequence[Any], kept: Sequence[Kept], schema: pa.Schema, *, subject: str) -> pa.RecordBatch:
    values = zip(*rows, strict=True)
    arrays = [column.array(own, subject=subject) for column, own in zip(kept, values, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


plugin = DatabaseTables()
