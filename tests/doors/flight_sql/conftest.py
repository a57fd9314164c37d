"""Clients of the Flight SQL door: the unmodified one of ADBC, and bare Flight for what that one never does."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import adbc_driver_flightsql.dbapi as adbc
import pytest
from pyarrow import flight

from golconda.doors.flight_sql import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from served import Served

SQL = "adbc.flight.sql."


def connected(city: Served, agreement: str | None = None, token: str | None = None, **headers: str) -> adbc.Connection:
    """Connect the unmodified client."""
    given = {"golconda-agreement": agreement, **{f"golconda-{name}": value for name, value in headers.items()}}
    options = {f"{SQL}authorization_header": f"Bearer {token or city.reader}"}
    options |= {f"{SQL}rpc.call_header.{name}": value for name, value in given.items() if value}
    return adbc.connect(city.flight, db_kwargs=options, autocommit=True)


class Bare:
    """Flight without Flight SQL's manners."""

    def __init__(self, city: Served, agreement: str | None = None, token: str | None = None, **headers: str) -> None:
        self.client = flight.connect(city.flight)
        given = {"golconda-agreement": agreement, **{f"golconda-{name}": value for name, value in headers.items()}}
        pairs = [(b"authorization", f"Bearer {token or city.reader}".encode())]
        pairs += [(name.encode(), value.encode()) for name, value in given.items() if value]
        self.pairs = pairs
        self.options = flight.FlightCallOptions(headers=pairs)

    def info(self, sql: str) -> flight.FlightInfo:
        command = messages.pack("CommandStatementQuery", {1: [sql.encode()]})
        return self.client.get_flight_info(flight.FlightDescriptor.for_command(command), self.options)

    def ticket(self, sql: str) -> flight.Ticket:
        return self.info(sql).endpoints[0].ticket

    def get(self, ticket: flight.Ticket, timeout: float | None = None) -> flight.FlightStreamReader:
        options = flight.FlightCallOptions(headers=self.pairs, timeout=timeout) if timeout else self.options
        return self.client.do_get(ticket, options)

    def act(self, name: str, body: bytes) -> list[bytes]:
        return [result.body.to_pybytes() for result in self.client.do_action(flight.Action(name, body), self.options)]


@pytest.fixture
def bare(city: Served, care: str) -> Iterator[Bare]:
    """Give a bare client of the reader's, under the agreement on care."""
    opened = Bare(city, care)
    yield opened
    opened.client.close()


@pytest.fixture
def reader(city: Served, care: str) -> Iterator[adbc.Connection]:
    """Give the unmodified client, under the agreement on care."""
    with connected(city, care) as opened:
        yield opened


def wait_until(holds: Callable[[], Any], *, seconds: float) -> float:
    """Wait for something, and return how long that took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds
        threading.Event().wait(0.02)
    return time.monotonic() - begun
