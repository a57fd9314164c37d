"""Threads that share a commit on SQLite notice nothing of each other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, insert, select

from golconda.kernel.errors import TryAgain
from golconda.metastore.database import Metastore
from golconda.metastore.schema import document


@pytest.fixture
def metastore(sqlite_url):
    """Give a metastore on SQLite that counts its commits."""
    opened = Metastore.open(sqlite_url)
    opened.commits = 0
    event.listen(opened._writer, "commit", lambda _: setattr(opened, "commits", opened.commits + 1))
    yield opened
    opened.close()


def write(metastore, name, *, meanwhile=lambda _: None):
    with metastore.transaction() as connection:
        connection.execute(insert(document).values(hash=name, kind="terms", content=""))
        meanwhile(connection)


def stored(metastore):
    with metastore.read() as connection:
        return set(connection.scalars(select(document.c.hash)))


def writer_of(metastore):
    return metastore._begin.__self__


def together(metastore, *blocks):
    """Run blocks in threads, the first of them not ending before all others wait; return what each raised."""
    writer, tick = writer_of(metastore), threading.Event()

    def hold(_):
        while writer._waiting < len(blocks):
            tick.wait(0.001)

    with ThreadPoolExecutor(1 + len(blocks)) as threads:
        first = threads.submit(write, metastore, "first", meanwhile=hold)
        while not writer._turn.locked():
            tick.wait(0.001)
        others = [threads.submit(block) for block in blocks]
        return [each.exception() for each in (first, *others)]


def test_those_who_write_at_the_same_time_share_a_commit(metastore):
    names = [str(number) for number in range(8)]
    raised = together(metastore, *[lambda name=name: write(metastore, name) for name in names])
    assert raised == [None] * 9
    assert stored(metastore) == {"first", *names}
    assert metastore.commits == 1


def test_one_that_fails_takes_nothing_with_it(metastore):
    def fail(connection):
        connection.execute(insert(document).values(hash="half", kind="terms", content=""))
        raise RuntimeError

    raised = together(
        metastore,
        lambda: write(metastore, "bad", meanwhile=fail),
        lambda: write(metastore, "good"),
    )
    assert [type(error) for error in raised] == [type(None), RuntimeError, type(None)]
    assert stored(metastore) == {"first", "good"}


def test_a_first_that_fails_leaves_the_next_a_transaction_of_its_own(metastore):
    def fail(_):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(metastore, "bad", meanwhile=fail)
    write(metastore, "good")
    assert stored(metastore) == {"good"}


def test_all_are_told_when_the_disk_took_nothing(metastore):
    # What SQLite does by itself when the disk is full: everything is undone, and a commit says nothing.
    def undo(connection):
        connection.connection.driver_connection.execute("ROLLBACK")

    raised = together(metastore, lambda: write(metastore, "second", meanwhile=undo))
    assert isinstance(raised[0], TryAgain)
    assert raised[0].code == "metastore-full"
    assert raised[1] is not None
    assert stored(metastore) == set()
    write(metastore, "later")
    assert stored(metastore) == {"later"}


def test_a_commit_that_fails_is_told_to_all(metastore):
    def refuse(_):
        raise RuntimeError

    event.listen(metastore._writer, "commit", refuse)
    raised = together(metastore, lambda: write(metastore, "second"))
    event.remove(metastore._writer, "commit", refuse)
    assert [type(error) for error in raised] == [RuntimeError, RuntimeError]
    assert stored(metastore) == set()
    write(metastore, "later")
    assert stored(metastore) == {"later"}


def test_one_who_gives_up_does_not_keep_the_others(metastore):
    writer = writer_of(metastore)
    writer._patience = 0.02
    given_up = threading.Event()

    def give_up():
        try:
            write(metastore, "late")
        finally:
            given_up.set()

    with ThreadPoolExecutor(1) as threads:
        with metastore.transaction() as connection:
            connection.execute(insert(document).values(hash="first", kind="terms", content=""))
            waiting = threads.submit(give_up)
            given_up.wait()
        assert waiting.exception().code == "metastore-locked"
    assert stored(metastore) == {"first"}
    write(metastore, "later")


def test_many_threads_lose_nothing(metastore):
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: write(metastore, str(number)), range(400)))
    assert len(stored(metastore)) == 400
    assert metastore.commits < 400
