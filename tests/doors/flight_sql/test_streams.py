"""Answers on their way: whole or broken, stopped in time, counted once, whoever goes away."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pytest
from pyarrow import flight

from golconda.doors.flight_sql import outgoing

if TYPE_CHECKING:
    from served import Served

ENDLESS = "SELECT count(*) FROM wide AS a CROSS JOIN wide AS b WHERE a.c0 + b.c0 <> -1"
NUMBERS = count(1000)
LIMITED = "purposes: [epidemic-statistics]\nlimits: {queries: 100, per: total}\n"


def large() -> str:
    """Return a query whose answer does not end for a long time, never the same twice."""
    return f"SELECT wide.c0, r.i FROM wide, range({next(NUMBERS)}) AS r(i)"


def kit() -> Any:  # the conftest beside this file, which is on no path
    return sys.modules[next(name for name in sys.modules if name.endswith("flight_sql.conftest"))]


def used(city: Served, agreement: str) -> tuple[int, int]:
    (meter,) = city.owner.agreement(agreement)["meters"]
    return meter["used"], meter["reserved"]


def exhausted(stream: flight.FlightStreamReader) -> str:
    """Read to the end and return the code of what broke it."""
    with pytest.raises(pa.ArrowException) as caught:
        for _ in stream:
            pass
    found = re.search(r"\[([a-z-]+)\]", str(caught.value))
    return found[1] if found else str(caught.value)


def refused(bare: Any, ticket: flight.Ticket) -> str:
    """Ask for rows, and return the code of what is told instead."""
    with pytest.raises(pa.ArrowException) as caught:
        bare.get(ticket).read_all()
    found = re.search(r"\[([a-z-]+)\]", str(caught.value))
    return found[1] if found else str(caught.value)


def test_a_large_answer_is_whole(city: Served) -> None:
    agreement = city.agree("city/wide")
    with kit().connected(city, agreement) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT * FROM wide")
        table = cursor.fetch_arrow_table()
    assert (table.num_rows, table.num_columns) == (1_500_000, 8)
    assert table["c3"].to_pylist()[::100_000] == list(range(0, 1_500_000, 100_000))


def test_columns_and_tickets_cost_nothing_and_rows_are_charged_once(city: Served) -> None:
    agreement = city.agree("city/wide", LIMITED)
    bare = kit().Bare(city, agreement)
    tickets = [bare.ticket("SELECT count(*) FROM wide") for _ in range(5)]
    assert used(city, agreement) == (0, 0)
    assert bare.get(tickets[0]).read_all().to_pylist() == [{"count_star()": 1_500_000}]
    kit().wait_until(lambda: used(city, agreement) == (1, 0), seconds=2)


def test_revoked_midway_the_stream_ends_within_two_seconds(city: Served) -> None:
    agreement = city.agree("city/wide")
    bare = kit().Bare(city, agreement)
    stream = bare.get(bare.ticket(large()))
    stream.read_chunk()
    city.owner.revoke(agreement, why="Test.")
    begun = time.monotonic()
    assert exhausted(stream) == "agreement-not-in-force"
    assert time.monotonic() - begun < 2


def test_a_reader_who_holds_a_stream_half_read_is_cut_off_when_it_is_revoked(city: Served) -> None:
    agreement = city.agree("city/wide")
    bare = kit().Bare(city, agreement)
    stream = bare.get(bare.ticket(large()))
    stream.read_chunk()
    kit().wait_until(lambda: stalled(city), seconds=10)
    city.owner.revoke(agreement, why="Test.")
    kit().wait_until(lambda: not city.node.engine.running(), seconds=2)
    received = 0
    with pytest.raises(pa.ArrowException):  # noqa: PT012 - what comes before it breaks is counted
        for chunk in stream:
            received += chunk.data.nbytes
    assert received < 32 * 2**20  # what the client's own side had taken before


def stalled(city: Served) -> bool:
    """Say whether nothing moves any more: what is between here and the reader is full."""
    (running,) = city.node.engine.running()
    before = running._left
    threading.Event().wait(0.5)
    return bool(running._left == before)


def test_a_reader_who_takes_nothing_is_cut_off(city: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "STALL_SECONDS", 1.0)
    agreement = city.agree("city/wide", LIMITED)
    bare = kit().Bare(city, agreement)
    stream = bare.get(bare.ticket(large()))
    stream.read_chunk()
    kit().wait_until(lambda: used(city, agreement) == (1, 0), seconds=6)
    assert not city.node.engine.running()
    exhausted(stream)


def test_a_client_whose_own_time_is_over_ends_the_query_within_a_second(city: Served) -> None:
    agreement = city.agree("city/wide", LIMITED)
    bare = kit().Bare(city, agreement)
    ticket = bare.ticket(ENDLESS)
    with pytest.raises(flight.FlightTimedOutError):
        bare.get(ticket, timeout=1.0)
    assert kit().wait_until(lambda: not city.node.engine.running(), seconds=5) < 1.2
    kit().wait_until(lambda: used(city, agreement) == (1, 0), seconds=2)


def test_a_flight_info_can_be_cancelled_from_elsewhere_by_its_owner_alone(city: Served) -> None:
    agreement = city.agree("city/wide")
    bare, again = kit().Bare(city, agreement), kit().Bare(city)
    other = kit().Bare(city, token=city.owner.new_token("acme/wang")["token"])
    info = bare.info(ENDLESS)
    body = kit().messages.encode({1: [info.serialize()]})
    told: list[str] = []
    reading = threading.Thread(target=lambda: told.append(refused(bare, info.endpoints[0].ticket)))
    reading.start()
    kit().wait_until(city.node.engine.running, seconds=10)
    with pytest.raises(pa.ArrowException):
        other.act("CancelFlightInfo", body)
    assert again.act("CancelFlightInfo", body) == [kit().messages.encode({1: [1]})]
    reading.join(2)
    assert told == ["query-cancelled"]
    assert again.act("CancelFlightInfo", body) == [kit().messages.encode({1: [3]})]


def test_the_unmodified_client_can_cancel(city: Served) -> None:
    agreement = city.agree("city/wide")
    with kit().connected(city, agreement) as opened, opened.cursor() as cursor:
        reading = threading.Thread(target=lambda: fetched(cursor))
        reading.start()
        kit().wait_until(city.node.engine.running, seconds=10)
        cursor.adbc_cancel()
        assert kit().wait_until(lambda: not city.node.engine.running(), seconds=5) < 1.2
        reading.join()


def fetched(cursor: adbc.Cursor) -> None:
    """Ask, and be told that it was cancelled."""
    with pytest.raises(adbc.Error):  # noqa: PT012 - either may be told
        cursor.execute(ENDLESS)
        cursor.fetchall()


@pytest.mark.parametrize("seconds", ["1", "0.5"])
def test_a_query_runs_no_longer_than_it_was_given(city: Served, seconds: str) -> None:
    bare = kit().Bare(city, city.agree("city/wide"), timeout=seconds)
    begun = time.monotonic()
    with pytest.raises(flight.FlightTimedOutError, match="query-timeout"):
        bare.get(bare.ticket(ENDLESS)).read_all()
    assert time.monotonic() - begun < float(seconds) + 1.5


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon"])
def test_a_time_that_is_none_is_refused(city: Served, seconds: str) -> None:
    bare = kit().Bare(city, timeout=seconds)
    with pytest.raises(pa.ArrowException, match="timeout-refused"):
        bare.get(bare.ticket("SELECT 1")).read_all()


def test_a_reader_who_goes_away_frees_everything_and_pays_once(city: Served) -> None:
    agreement = city.agree("city/wide", LIMITED)
    for _ in range(3):
        bare = kit().Bare(city, agreement)
        bare.get(bare.ticket(large())).read_chunk()
        bare.client.close()
        del bare
    kit().wait_until(lambda: not city.node.engine.running(), seconds=5)
    kit().wait_until(lambda: used(city, agreement) == (3, 0), seconds=5)


def test_a_worker_that_dies_midway_is_an_error_and_is_refunded(city: Served) -> None:
    agreement = city.agree("city/wide", LIMITED)
    bare = kit().Bare(city, agreement)
    stream = bare.get(bare.ticket(large()))
    stream.read_chunk()
    for worker in city.node.engine.pool.held:
        os.kill(worker.pid, signal.SIGKILL)
    assert exhausted(stream) == "worker-lost"
    kit().wait_until(lambda: used(city, agreement) == (0, 0), seconds=2)
    assert bare.get(bare.ticket("SELECT count(*) AS n FROM wide")).read_all().to_pylist() == [{"n": 1_500_000}]


def test_two_hundred_readers_at_once_are_each_served_and_charged_once(city: Served) -> None:
    agreement = city.agree("city/care", "purposes: [epidemic-statistics]\nlimits: {queries: 1000, per: total}\n")
    told: list[Any] = []

    def read() -> None:
        bare = kit().Bare(city, agreement)
        try:
            told.append(bare.get(bare.ticket("SELECT count(*) AS n FROM care")).read_all().to_pylist()[0]["n"])
        except pa.ArrowException as error:
            told.append(str(error))
        bare.client.close()

    readers = [threading.Thread(target=read) for _ in range(200)]
    for each in readers:
        each.start()
    for each in readers:
        each.join(120)
    assert told == [2000] * 200
    kit().wait_until(lambda: used(city, agreement) == (200, 0), seconds=5)
