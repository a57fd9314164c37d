"""The metastore keeps its promises on both databases, between threads and processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from golconda.kernel.errors import GolcondaError, InvalidInput, NotFound, TryAgain
from golconda.metastore import database
from golconda.metastore.database import Metastore
from golconda.metastore.ids import new_id
from golconda.metastore.schema import epoch, product

COUNTER = insert(epoch).values(id=1, value=0)


def value(metastore):
    with metastore.read() as connection:
        return connection.scalar(select(epoch.c.value))


def refusal(kind, action):
    with pytest.raises(kind) as caught:
        action()
    return caught.value.code


def using(url, action=Metastore.upgrade):
    """Open, act, and close whatever happens."""

    def act():
        metastore = Metastore.open(url)
        try:
            action(metastore)
        finally:
            metastore.close()

    return act


# ── transactions ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_transaction_wrote_is_read(metastore):
    with metastore.transaction() as connection:
        connection.execute(COUNTER)
    assert value(metastore) == 0


def test_a_transaction_that_fails_wrote_nothing(metastore):
    def fail():
        with metastore.transaction() as connection:
            connection.execute(COUNTER)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert value(metastore) is None


def test_a_read_sees_one_state_while_others_write(metastore):
    with metastore.transaction() as connection:
        connection.execute(COUNTER)
    with metastore.read() as connection:
        before = connection.scalar(select(epoch.c.value))
        with metastore.transaction() as other:
            other.execute(update(epoch).values(value=9))
        assert connection.scalar(select(epoch.c.value)) == before == 0
    assert value(metastore) == 9


def test_a_read_cannot_write(metastore):
    def write():
        with metastore.read() as connection:
            connection.execute(COUNTER)

    with pytest.raises((DBAPIError, GolcondaError)):
        write()
    assert value(metastore) is None


def test_a_reader_may_read_inside_a_transaction_of_its_own_thread(metastore):
    with metastore.transaction() as connection:
        connection.execute(COUNTER)
        assert value(metastore) is None


def test_foreign_keys_hold(metastore):
    row = {"organisation": "nowhere", "title": "{}", "description": "", "synthetic": False}
    with pytest.raises(IntegrityError), metastore.transaction() as connection:
        connection.execute(insert(product).values(name="nowhere/x", created="", updated="", **row))


def test_no_increment_is_lost_between_threads(metastore):
    with metastore.transaction() as connection:
        connection.execute(COUNTER)

    def increment(_):
        with metastore.transaction() as connection:
            now = connection.scalar(select(epoch.c.value).with_for_update())
            connection.execute(update(epoch).values(value=now + 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(increment, range(80)))
    assert value(metastore) == 80


INCREMENT = """
import sys
from sqlalchemy import select, update
from golconda.metastore.database import Metastore
from golconda.metastore.schema import epoch

metastore = Metastore.open(sys.argv[1])
for _ in range(50):
    with metastore.transaction() as connection:
        now = connection.scalar(select(epoch.c.value).with_for_update())
        connection.execute(update(epoch).values(value=now + 1))
"""


def test_no_increment_is_lost_between_processes(metastore, metastore_url):
    with metastore.transaction() as connection:
        connection.execute(COUNTER)
    running = [subprocess.Popen([sys.executable, "-c", INCREMENT, metastore_url]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert value(metastore) == 150


def test_many_threads_read_while_one_writes(metastore):
    with metastore.transaction() as connection:
        connection.execute(COUNTER)
        with ThreadPoolExecutor(16) as threads:
            assert set(threads.map(lambda _: value(metastore), range(64))) == {None}


# ── creating and upgrading ────────────────────────────────────────────────────────────────────────────────


def test_creating_twice_is_creating_once(metastore):
    with metastore.transaction() as connection:
        connection.execute(COUNTER)
    metastore.create()
    metastore.upgrade()
    assert value(metastore) == 0


def test_upgrading_what_is_up_to_date_imports_no_migrations(metastore_url):
    program = (
        "import sys; from golconda.metastore.database import Metastore; m = Metastore.open(sys.argv[1]);"
        "m.upgrade(); m.close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, metastore_url], check=False).returncode == 0


def test_a_newer_schema_is_refused(metastore, metastore_url):
    with metastore.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert refusal(InvalidInput, using(metastore_url)) == "schema-newer"
    assert refusal(InvalidInput, using(metastore_url, Metastore.create)) == "schema-newer"


def test_an_address_without_a_metastore_is_said_to_hold_none(tmp_path):
    url = f"sqlite:///{tmp_path}/none.db"
    assert refusal(NotFound, using(url)) == "metastore-missing"
    assert not (tmp_path / "none.db").exists()


@pytest.mark.postgresql
def test_an_empty_database_is_said_to_hold_none(bare_postgresql_url):
    assert refusal(NotFound, using(bare_postgresql_url)) == "metastore-missing"
    using(bare_postgresql_url, Metastore.create)()
    using(bare_postgresql_url)()


@pytest.mark.postgresql
def test_a_database_that_is_not_there_is_said_to_be_out_of_reach(bare_postgresql_url):
    url = bare_postgresql_url.replace("/test_", "/absent_")
    assert refusal(TryAgain, using(url)) == "metastore-unreachable"


def test_a_database_with_other_tables_is_left_alone(tmp_path):
    file = tmp_path / "theirs.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE orders (id)")
    url = f"sqlite:///{file}"
    assert refusal(InvalidInput, using(url, Metastore.create)) == "not-a-metastore"
    assert refusal(NotFound, using(url)) == "metastore-missing"


@pytest.mark.parametrize("action", [Metastore.create, Metastore.upgrade])
def test_a_file_that_is_no_database_is_left_alone(tmp_path, action):
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to be looked at " * 40)
    assert refusal(InvalidInput, using(f"sqlite:///{file}", action)) == "not-a-metastore"
    assert file.read_text().startswith("not a database")


def test_two_processes_create_one_metastore(tmp_path):
    program = (
        "import sys; from golconda.metastore.database import Metastore; m = Metastore.open(sys.argv[1]);"
        "m.create(); m.close()"
    )
    url = f"sqlite:///{tmp_path}/deep/metastore.db"
    running = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]


def test_a_new_file_is_for_its_owner_alone(tmp_path):
    using(f"sqlite:///{tmp_path}/m.db", Metastore.create)()
    assert (tmp_path / "m.db").stat().st_mode & 0o777 == 0o600


def test_a_path_may_hold_what_addresses_give_a_meaning(tmp_path):
    folder = tmp_path / "报表 100% ?a=b#c"
    metastore = Metastore.open(f"sqlite:///{folder}/m.db")
    metastore.create()
    assert value(metastore) is None
    assert (folder / "m.db").exists()
    metastore.close()


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    make = using(f"sqlite:///{tmp_path}/file/m.db", Metastore.create)
    assert refusal(InvalidInput, make) == "metastore-refused"


# ── addresses and faults ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("url", ["", "x", "mysql://a/b", "sqlite://", "sqlite:///:memory:", "http://a"])
def test_what_is_no_address_is_refused(url):
    assert refusal(InvalidInput, lambda: Metastore.open(url)) == "metastore-address-invalid"


def test_an_address_is_shown_without_its_password():
    assert "secret" not in Metastore.open("postgresql://me:secret@localhost/x").address
    with pytest.raises(InvalidInput) as caught:
        Metastore.open("mysql://me:secret@localhost/x")
    assert "secret" not in caught.value.message


def test_a_server_that_does_not_answer_is_said_not_to(tmp_path):
    url = f"postgresql://me@/x?host={tmp_path}"
    assert refusal(TryAgain, using(url)) == "metastore-unreachable"


def test_a_missing_driver_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InvalidInput) as caught:
        Metastore.open("postgresql://me@localhost/x")
    assert caught.value.code == "extra-missing"
    assert "golconda[postgresql]" in caught.value.hint


def test_a_metastore_held_by_another_is_said_to_be_locked(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.05)
    with closing(sqlite3.connect(tmp_path / "metastore.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        write = using(sqlite_url, lambda metastore: metastore.transaction().__enter__())
        assert refusal(TryAgain, write) == "metastore-locked"


def test_a_metastore_held_by_another_thread_is_said_to_be_locked(sqlite_url, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.05)
    metastore = Metastore.open(sqlite_url)
    with metastore.transaction():
        assert refusal(TryAgain, lambda: metastore.transaction().__enter__()) == "metastore-locked"
    metastore.close()


@pytest.mark.postgresql
def test_a_row_held_by_another_is_said_to_be_locked(postgresql_url, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 1)
    metastore, other = Metastore.open(postgresql_url), Metastore.open(postgresql_url)
    with metastore.transaction() as connection:
        connection.execute(COUNTER)

    def wait():
        with other.transaction() as connection:
            connection.execute(update(epoch).values(value=2))

    with metastore.transaction() as connection:
        connection.execute(update(epoch).values(value=1))
        assert refusal(TryAgain, wait) == "metastore-locked"
    metastore.close()
    other.close()


def test_a_full_disk_is_said_to_be_full(sqlite_url):
    metastore = Metastore.open(sqlite_url)

    def fill():
        with metastore.transaction() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            connection.exec_driver_sql("CREATE TABLE more AS SELECT randomblob(1000000) AS x")

    assert refusal(TryAgain, fill) == "metastore-full"
    metastore.close()


def test_an_address_is_shown_without_a_password_in_its_options():
    metastore = Metastore.open("postgresql://golconda:secret@127.0.0.1:1/node?password=secret&sslmode=disable")
    assert metastore.address == "postgresql+psycopg://golconda:***@127.0.0.1:1/node?sslmode=disable"
    metastore.close()


def test_an_error_of_the_program_is_not_disguised(metastore):
    with pytest.raises(DBAPIError), metastore.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


def test_ids_name_what_they_are_and_do_not_repeat():
    made = {new_id("agr") for _ in range(2000)}
    assert len(made) == 2000
    assert all(len(text) == 14 and text.startswith("agr-") for text in made)


# ── files that go away under a running process ────────────────────────────────────────────────────────────


@pytest.fixture
def on_file(tmp_path):
    """Give a metastore on SQLite that holds 0 as its epoch and has open connections, and its file."""
    file = tmp_path / "metastore.db"
    opened = Metastore.open(f"sqlite:///{file}")
    opened.create()
    with opened.transaction() as connection:
        connection.execute(COUNTER)
    assert value(opened) == 0
    yield opened, file
    opened.close()


def test_a_metastore_that_was_removed_is_neither_read_nor_written(on_file):
    opened, file = on_file
    file.unlink()
    assert refusal(NotFound, lambda: value(opened)) == "metastore-missing"
    assert refusal(NotFound, lambda: opened.transaction().__enter__()) == "metastore-missing"


def test_a_metastore_that_was_replaced_is_read_anew(on_file, tmp_path):
    opened, file = on_file
    restored = tmp_path / "restored.db"
    with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(restored)) as new:
        old.backup(new)
        new.execute("UPDATE epoch SET value = 7")
        new.commit()
    for part in ("-wal", "-shm"):
        file.with_name(file.name + part).unlink()
    restored.replace(file)
    assert value(opened) == 7
