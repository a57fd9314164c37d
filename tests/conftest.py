"""What every suite may use: a metastore on each database, made anew for each test."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from golconda.metastore.database import Metastore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHARING = ("tests/engine/spark/",)


@pytest.hookimpl(optionalhook=True)  # there is none where pytest runs in one process
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # xdist's types are its own
    """Let one process run all tests of a folder that shares what is slow to start."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((folder for folder in _SHARING if nodeid.startswith(folder)), super()._split_scope(nodeid))

    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def metastore_url(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty metastore, on SQLite and then on PostgreSQL."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address


@pytest.fixture
def metastore(metastore_url: str) -> Iterator[Metastore]:
    """Give an empty metastore, on SQLite and then on PostgreSQL."""
    opened = Metastore.open(metastore_url)
    yield opened
    opened.close()


@pytest.fixture
def rewind() -> Callable[[str], Callable[[], None]]:
    """Give a way to remember all that a metastore holds, and to put it back as restoring a backup does."""
    from sqlalchemy import insert, select

    from golconda.metastore.schema import metadata

    def remember(url: str) -> Callable[[], None]:
        with _opened(url) as metastore, metastore.read() as connection:
            held = {
                table: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in metadata.sorted_tables
            }

        def put_back() -> None:
            with _opened(url) as metastore, metastore.transaction() as connection:
                for table in reversed(held):
                    connection.execute(table.delete())
                for table, rows in held.items():
                    if rows:
                        connection.execute(insert(table), rows)

        return put_back

    return remember


@contextmanager
def _opened(url: str) -> Iterator[Metastore]:
    metastore = Metastore.open(url)
    try:
        yield metastore
    finally:
        metastore.close()


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """Give the address of an empty metastore on SQLite."""
    shutil.copy(_sqlite_template, tmp_path / "metastore.db")
    return f"sqlite:///{tmp_path}/metastore.db"


@pytest.fixture
def postgresql_url(_postgresql_database: Any) -> Iterator[str]:  # a URL of SQLAlchemy
    """Give the address of an empty metastore on PostgreSQL."""
    yield _postgresql_database.render_as_string(hide_password=False)
    _empty(_postgresql_database)


@pytest.fixture
def bare_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """Give the address of a database on PostgreSQL that holds nothing yet."""
    from sqlalchemy import make_url

    yield from _database(make_url(postgresql_server), template="template0")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Start PostgreSQL, or find the one another worker started, and give its address."""
    return _server().use(_shared(tmp_path_factory) / "postgresql")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "metastore.db"
    _create(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _postgresql_database(postgresql_server: str) -> Any:  # a URL of SQLAlchemy
    """Make one database for this worker: making one takes half a second, emptying it a few milliseconds."""
    from sqlalchemy import make_url

    server, name = make_url(postgresql_server), f"worker_{uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template0")
    database = server.set(database=name)
    _create(database.render_as_string(hide_password=False))
    return database


def _create(url: str) -> None:
    metastore = Metastore.open(url)
    metastore.create()
    metastore.close()


def _empty(database: Any) -> None:  # a URL of SQLAlchemy
    """Delete every row, begin every count anew and say the schema is ours, whoever still holds the database."""
    from golconda.metastore.migrations import REVISION
    from golconda.metastore.schema import metadata

    tables = list(reversed(metadata.sorted_tables))
    counted = [
        (table.name, table.autoincrement_column.name) for table in tables if table.autoincrement_column is not None
    ]
    _administer(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        ";".join(f'DELETE FROM "{table.name}"' for table in tables),
        f"UPDATE alembic_version SET version_num = '{REVISION}'",
        *(f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'), 1, false)" for name, column in counted),
    )


def _database(server: Any, *, template: str) -> Iterator[str]:  # a URL of SQLAlchemy
    name = f"test_{uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.set(database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: Any, *statements: str) -> None:  # a URL of SQLAlchemy
    import psycopg

    with psycopg.connect(
        host=server.query["host"], user=server.username, dbname=server.database, autocommit=True
    ) as connection:
        for statement in statements:
            connection.execute(statement)


def _shared(factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all workers of this run have in common."""
    base = factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


def _server() -> Any:  # the module beside this one, which is in no package
    name = "golconda_tests_postgresql_server"
    if name not in sys.modules:
        spec = spec_from_file_location(name, Path(__file__).with_name("postgresql_server.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
