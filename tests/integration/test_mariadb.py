"""Tables of MariaDB, read for real: types, streams, and every way in which it may not answer.

The server is started here, on a socket of its own; where it is not installed, this is skipped and says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import traceback
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from golconda.integration.reading import sources, staging
from golconda.kernel.errors import GolcondaError
from golconda.node.open import init_node
from golconda.testing.connectors import SMALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from golconda.integration.reading.staging import ReadTable

pytestmark = pytest.mark.mariadb
PASSWORD = "se-cret"


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    """Start MariaDB and give the path of its socket."""
    program, maker = (
        shutil.which("mariadbd", path="/usr/sbin:/usr/bin:/usr/local/bin"),
        shutil.which("mariadb-install-db"),
    )
    if program is None or maker is None:
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server")
    home = Path(mkdtemp(prefix="golconda-my-", dir="/tmp"))  # a socket's path must be short
    account = [f"--user={'root' if os.geteuid() == 0 else os.environ['USER']}"]
    shared = ["--no-defaults", f"--datadir={home}/data"]
    try:
        subprocess.run(
            [maker, *shared, *account, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            capture_output=True,
        )
        options = [
            f"--socket={home}/socket",
            f"--pid-file={home}/pid",
            "--skip-networking",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        with subprocess.Popen([program, *shared, *account, *options], stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr is not None
            assert any("ready for connections" in line for line in server.stderr)
            try:
                yield home / "socket"
            finally:
                server.terminate()
                server.communicate(timeout=60)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def run(socket: Path) -> Callable[..., None]:
    """Give a way to run statements in an empty database ``erp``, as its owner."""

    def _run(*statements: str) -> None:
        import pymysql

        with (
            pymysql.connect(unix_socket=str(socket), user="root", autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            for statement in ("CREATE DATABASE IF NOT EXISTS erp", "USE erp", *statements):
                cursor.execute(statement)

    _run(
        "DROP DATABASE erp",
        "CREATE DATABASE erp",
        f"CREATE OR REPLACE USER reader@localhost IDENTIFIED BY '{PASSWORD}'",
        "GRANT SELECT ON erp.* TO reader@localhost",
    )
    return _run


@pytest.fixture
def address(socket: Path) -> str:
    return f"mysql://reader:{PASSWORD}@localhost/erp?unix_socket={socket}"


def _read(address: str, folder: Path) -> ReadTable:
    (source,) = sources.discover([address])
    (folder / "work").mkdir(exist_ok=True)
    return staging.read(source, folder / "work", known={}, options={}, allowance=SMALL)


def _rows(read: ReadTable) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in pq.read_table(read.file).to_pylist()]


def _told(address: str, folder: Path) -> GolcondaError:
    """Return the refusal, after making sure that nothing of it holds the password."""
    with pytest.raises(GolcondaError) as caught:
        _read(address, folder)
    whole = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in f"{whole}{caught.value.document()}"
    assert caught.value.message.count(". ") == 0
    return caught.value


def test_a_table_keeps_its_types(run: Callable[..., None], address: str, tmp_path: Path) -> None:
    run(
        "CREATE TABLE orders (id BIGINT UNSIGNED, small TINYINT UNSIGNED, amount DECIMAL(10,2), share DOUBLE, "
        "made TIMESTAMP(6) NULL, due DATETIME(6), day DATE, since YEAR, note TEXT CHARACTER SET utf8mb4, "
        "kind ENUM('a','b'), extra JSON, raw VARBINARY(9), long_raw MEDIUMBLOB)",
        "SET time_zone = '+08:00'",
        "INSERT INTO orders VALUES (18446744073709551615, 255, 3.5, 0.25, '2013-01-01 08:00', '2013-01-01 08:00:00.5', "
        "'2013-01-01', 2013, '你😀', 'b', '{\"b\": 1}', x'00ff', x'00ff')",
        "INSERT INTO orders () VALUES ()",
    )
    read = _read(f"{address}#orders", tmp_path)
    assert [str(column.type) for column in read.columns] == [
        *("DECIMAL(20,0)", "BIGINT", "DECIMAL(10,2)", "DOUBLE", "TIMESTAMPTZ", "TIMESTAMP"),
        *("DATE", "BIGINT", "VARCHAR", "VARCHAR", "VARCHAR", "BLOB", "BLOB"),
    ]
    first, second = _rows(read)
    assert first[:4] == (Decimal(18446744073709551615), 255, Decimal("3.50"), 0.25)
    assert first[4] == datetime(2013, 1, 1, tzinfo=UTC)
    assert first[5] == datetime.fromisoformat("2013-01-01T08:00:00.5")
    assert first[6:] == (date(2013, 1, 1), 2013, "你😀", "b", '{"b": 1}', b"\x00\xff", b"\x00\xff")
    assert second == (None,) * 13


def test_views_and_tables_are_found_without_a_name(run: Callable[..., None], address: str) -> None:
    run("CREATE TABLE b (x INT)", "CREATE TABLE a (x INT)", "CREATE VIEW c AS SELECT 1 AS x")
    found = sources.discover([address.replace("mysql://", "mariadb://")])
    assert [source.table.name for source in found] == ["a", "b", "c"]


def test_many_rows_come_in_batches_and_in_order(run: Callable[..., None], address: str, tmp_path: Path) -> None:
    run("CREATE TABLE t (i INT PRIMARY KEY)", "INSERT INTO t SELECT seq FROM seq_1_to_25000")
    assert [row[0] for row in _rows(_read(f"{address}#t", tmp_path))] == list(range(1, 25_001))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda address: address.replace("localhost", "127.0.0.1:1").partition("?")[0], "source-unreachable"),
        (lambda address: address.replace("localhost", "nowhere.invalid").partition("?")[0], "source-unreachable"),
        (lambda address: address.replace(PASSWORD, f"{PASSWORD}2"), "source-unreachable"),
        (lambda address: address.replace("/erp", "/erq"), "source-unreachable"),
        (lambda address: address.replace("localhost", f"localhost:{PASSWORD}"), "source-address-invalid"),
        (lambda address: address.replace(PASSWORD, f"#{PASSWORD}"), "source-address-invalid"),
        (lambda address: f"mysqll{address.removeprefix('mysql')}&password={PASSWORD}", "source-unknown"),
    ],
    ids=["port", "host", "password", "database", "address", "hash", "scheme"],
)
def test_what_does_not_answer_is_told_in_one_sentence_without_the_password(
    run: Callable[..., None], address: str, tmp_path: Path, change: Callable[[str], str], code: str
) -> None:
    run("CREATE TABLE orders (x INT)")
    assert _told(f"{change(address)}#orders", tmp_path).code == code


def test_a_misspelt_table_gets_the_nearest_names(run: Callable[..., None], address: str, tmp_path: Path) -> None:
    run("CREATE TABLE orders (x INT)")
    told = _told(f"{address}#oders", tmp_path)
    assert (told.code, "orders" in told.hint) == ("source-table-missing", True)


@pytest.mark.parametrize(
    "change", ["DROP TABLE t", "ALTER TABLE t DROP COLUMN b", "ALTER TABLE t RENAME COLUMN b TO c"]
)
def test_a_table_that_changes_between_looking_and_reading_is_told(
    run: Callable[..., None], address: str, tmp_path: Path, change: str
) -> None:
    run("CREATE TABLE t (a INT, b INT)")
    (source,) = sources.discover([f"{address}#t"])
    reading = source.connector.read(source.table, options={}, scratch=tmp_path)
    run(change)
    with pytest.raises(GolcondaError) as caught:
        list(reading.batches)  # type: ignore[union-attr]  # a database gives batches
    assert caught.value.code == "source-changed"
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_a_table_the_user_may_not_read_is_told_with_what_to_check(
    run: Callable[..., None], address: str, tmp_path: Path
) -> None:
    run(
        "CREATE TABLE t (a INT, b INT)",
        "REVOKE SELECT ON erp.* FROM reader@localhost",
        "GRANT SELECT (a) ON erp.t TO reader@localhost",
    )
    told = _told(f"{address}#t", tmp_path)
    assert told.code in {"source-unreachable", "source-changed"}


@pytest.mark.parametrize(
    ("declared", "value", "code"),
    [
        ("DATE", "'0000-00-00'", "value-unfit"),
        ("GEOMETRY", "POINT(1, 2)", "value-unfit"),
        ("TIME", "'10:00'", "type-unsupported"),
    ],
)
def test_what_no_engine_reads_alike_is_refused(
    run: Callable[..., None], address: str, tmp_path: Path, declared: str, value: str, code: str
) -> None:
    run("SET sql_mode = ''", f"CREATE TABLE t (a {declared})", f"INSERT INTO t VALUES ({value})")
    assert _told(f"{address}#t", tmp_path).code == code


def test_a_column_that_vanished_breaks_the_contract_and_the_password_is_kept_nowhere(
    run: Callable[..., None], address: str, tmp_path: Path
) -> None:
    run("CREATE TABLE orders (a INT, b INT)", "INSERT INTO orders VALUES (1, 2)")
    with init_node(tmp_path / "city", organisation="city", titles={"en": "City"}) as node:
        owner = node.owner_session("test")
        assert owner.publish(f"{address}#orders")["product"] == "city/orders"
        run("ALTER TABLE orders DROP COLUMN b")
        with pytest.raises(GolcondaError) as caught:
            owner.publish(f"{address}#orders")
        assert caught.value.code == "contract-broken"
        assert "'b'" in caught.value.message
        assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    kept = [file for file in (tmp_path / "city").rglob("*") if file.is_file()]
    assert [file for file in kept if PASSWORD.encode() in file.read_bytes()] == []


def test_without_the_driver_the_extra_is_named(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['pymysql'] = None\n"
        "from golconda.integration.reading import sources\n"
        "from golconda.kernel.errors import GolcondaError\n"
        f"try: sources.discover(['mysql://u:{PASSWORD}@localhost/x#t'])\n"
        "except GolcondaError as error: print(error.code, error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "extra-missing pip install 'golconda[mysql]'"
    assert PASSWORD not in done.stderr
