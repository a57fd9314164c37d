"""What breaks midway is an error to its reader, is metered as the terms say, and costs the next query nothing."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from os import kill
from typing import TYPE_CHECKING, Any

import httpx
import pyarrow as pa
import pytest

from golconda.metastore.readings import Outcome
from golconda.node.open import open_node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from served import Served

FORMATS = [
    "application/json",
    "text/csv",
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.parquet",
]
STREAM = "SELECT a.c0, b.c1 FROM wide AS a CROSS JOIN wide AS b"
ENDLESS = "SELECT count(*) FROM wide AS a CROSS JOIN wide AS b WHERE a.c0 % 7 = b.c1 % 5"
COUNT = "SELECT count(*) FROM wide"
COUNTED = "purposes: [epidemic-statistics]\nlimits: {queries: 1000, per: total}\n"
HELD = "purposes: [epidemic-statistics]\nlimits: {rows: 1000000000000, per: total}\n"


@pytest.mark.parametrize("accept", FORMATS)
def test_a_worker_killed_midway_breaks_the_answer_and_refunds_it(city: Served, http: httpx.Client, accept: str) -> None:
    agreement = city.agree("city/wide", COUNTED)
    with streamed(http, agreement, accept) as response:
        pieces = response.iter_raw()
        next(pieces)
        for worker in tuple(city.node.engine.pool.held):
            kill(worker.pid, signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            exhaust(pieces)
    until(lambda: used(city, agreement) == {"queries": 0})
    assert ask(http, COUNT, agreement).json()["rows"] == [[1_500_000]]


@pytest.mark.parametrize("accept", FORMATS)
def test_a_reader_gone_midway_ends_the_query_and_is_charged_once(city: Served, http: httpx.Client, accept: str) -> None:
    agreement = city.agree("city/wide", COUNTED)
    with streamed(http, agreement, accept) as response:
        next(response.iter_raw())
    gone = time.monotonic()
    until(lambda: not city.node.engine.running() and not city.node.engine.pool.held)
    assert time.monotonic() - gone < 2
    assert used(city, agreement) == {"queries": 1}
    assert ask(http, COUNT, agreement).status_code == 200


@pytest.mark.parametrize("terms", [COUNTED, HELD])
@pytest.mark.parametrize("sql", [ENDLESS, STREAM + " WHERE a.c0 + b.c0 = 1000000"])
def test_a_reader_gone_before_the_first_byte_ends_the_query_within_a_second(
    city: Served, http: httpx.Client, terms: str, sql: str
) -> None:
    agreement = city.agree("city/wide", terms)
    with asked(city, sql, agreement):
        until(city.node.engine.running)
        until(lambda: city.node.engine.pool.held)
    gone = time.monotonic()
    until(lambda: not city.node.engine.running())
    assert time.monotonic() - gone < 1.5  # a second, and what the machine takes
    assert ask(http, COUNT, agreement).status_code == 200


@pytest.mark.parametrize("seconds", [1.0, 0.5])
def test_a_query_ends_within_a_second_of_the_time_it_was_given(
    city: Served, http: httpx.Client, seconds: float
) -> None:
    agreement = city.agree("city/wide", COUNTED)
    begun = time.monotonic()
    response = http.post("query", json={"sql": ENDLESS, "agreement": agreement, "timeout_seconds": seconds})
    assert time.monotonic() - begun < seconds + 1.5  # a second, and what the machine takes
    assert (response.status_code, response.json()["code"]) == (503, "query-timeout")
    assert used(city, agreement) == {"queries": 1}


@pytest.mark.parametrize("terms", [COUNTED, HELD])
@pytest.mark.parametrize("paged", ["", "&page_size=10"])
def test_a_caller_of_a_service_who_leaves_ends_the_query_within_a_second(city: Served, terms: str, paged: str) -> None:
    agreement = city.agree("city/wide", terms)
    name = f"endless_{agreement.removeprefix('agr-')}"
    city.owner.add_service(name, f"{ENDLESS} AND a.c2 > :least", product="city/wide")
    try:
        with opened(city, f"GET /api/v1/services/{name}?least=-1&agreement={agreement}{paged}"):
            until(city.node.engine.running)
            until(lambda: city.node.engine.pool.held)
        gone = time.monotonic()
        until(lambda: not city.node.engine.running())
        assert time.monotonic() - gone < 1.5  # a second, and what the machine takes
    finally:
        city.owner.remove_service(name)


def test_two_hundred_readers_at_a_limit_get_exactly_what_it_allows(city: Served) -> None:
    """Who finds the node busy comes again, as it is told to; nobody waits for ever."""
    agreement = city.agree("city/care", "purposes: [epidemic-statistics]\nlimits: {queries: 150, per: total}\n")
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(insisted(city, agreement))) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert (statuses.count(200), statuses.count(403)) == (150, 50)
    assert used(city, agreement) == {"queries": 150}
    assert not city.node.engine.pool.held


def test_two_hundred_readers_of_rows_are_charged_exactly(city: Served) -> None:
    agreement = city.agree("city/care", "purposes: [epidemic-statistics]\nlimits: {rows: 450, per: total}\n")
    sql = "SELECT region, count(*) AS n FROM care WHERE region < 'R3' GROUP BY region"
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(insisted(city, agreement, sql))) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert (statuses.count(200), statuses.count(403)) == (150, 50)
    assert used(city, agreement) == {"rows": 450}


def test_every_format_is_charged_the_bytes_that_arrow_counts(city: Served, http: httpx.Client) -> None:
    charged, batches = set(), []
    for accept in FORMATS:
        agreement = city.agree("city/wide", "purposes: [epidemic-statistics]\nlimits: {bytes: 99999999, per: total}\n")
        response = ask(http, "SELECT c0, c1::VARCHAR AS t FROM wide WHERE c0 < 100000", agreement, accept)
        assert response.status_code == 200
        charged.add(used(city, agreement)["bytes"])
        if accept == FORMATS[2]:
            batches = list(pa.ipc.open_stream(response.content))
    assert charged == {sum(batch.nbytes for batch in batches)}


def test_a_server_killed_midway_breaks_the_answer_and_counts_it(tmp_path: Path, request: Any) -> None:
    import served

    starting = served.start(tmp_path)
    request.addfinalizer(starting.close)
    city = next(starting)
    agreement = city.agree("city/wide", COUNTED)
    city.stop()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(city.node.directory)], stdout=subprocess.PIPE, text=True
    )
    request.addfinalizer(server.wait)
    request.addfinalizer(server.kill)
    assert server.stdout is not None
    address = server.stdout.readline().split(" at ")[1].split()[0]
    with (
        httpx.Client(base_url=f"{address}/api/v1/", headers={"authorization": f"Bearer {city.reader}"}) as http,
        streamed(http, agreement, FORMATS[2]) as response,
    ):
        pieces = response.iter_raw()
        next(pieces)
        server.kill()
        with pytest.raises(httpx.TransportError):
            exhaust(pieces)
    server.wait()
    server.stdout.close()
    with open_node(city.node.directory) as node:
        node.start()
        until(lambda: outcomes(node) == {Outcome.UNFINISHED.value})
        reader = node.authenticate(city.reader, "http")
        (meter,) = reader.agreement(agreement)["meters"]
        assert (meter["used"], meter["reserved"]) == (1, 0)
        assert reader.query(COUNT, agreements=(agreement,)).rows() == [(1_500_000,)]
        node.stop()


SERVER = """
import sys
from pathlib import Path
from golconda.doors.serving import serve
from golconda.node.open import open_node
with open_node(Path(sys.argv[1])) as node:
    serve(node, "127.0.0.1", 0)
"""


def outcomes(node: Any) -> set[str | None]:
    from sqlalchemy import select

    from golconda.metastore import schema

    with node.metastore.read() as connection:
        return set(connection.execute(select(schema.reading.c.state)).scalars())


def ask(http: httpx.Client, sql: str, agreement: str, accept: str = FORMATS[0]) -> httpx.Response:
    return http.post("query", json={"sql": sql, "agreement": agreement}, headers={"accept": accept})


def insisted(city: Served, agreement: str, sql: str = "SELECT count(*) FROM care") -> int:
    """Ask until the node is not busy; connections of one's own, as two hundred people have."""
    with httpx.Client(
        base_url=f"{city.address}/api/v1/", headers={"authorization": f"Bearer {city.reader}"}, timeout=60
    ) as http:
        while (response := ask(http, sql, agreement)).status_code == 503:
            assert response.headers["retry-after"]
            threading.Event().wait(0.05)
        return response.status_code


def streamed(http: httpx.Client, agreement: str, accept: str) -> Any:
    return http.stream("POST", "query", json={"sql": STREAM, "agreement": agreement}, headers={"accept": accept})


def asked(city: Served, sql: str, agreement: str) -> socket.socket:
    """Send a question and wait for nothing."""
    return opened(city, "POST /api/v1/query", json.dumps({"sql": sql, "agreement": agreement}).encode())


def opened(city: Served, line: str, body: bytes = b"") -> socket.socket:
    """Send a request and wait for nothing."""
    host, _, port = city.address.removeprefix("http://").partition(":")
    head = (
        f"{line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {city.reader}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection((host, int(port)))
    connection.sendall(head.encode() + body)
    return connection


def used(city: Served, agreement: str) -> dict[str, int]:
    """Return what the meters of an agreement say, once nothing is left reserved: reads are settled as they end."""
    reader = city.node.authenticate(city.reader, "http")
    until(lambda: not any(meter["reserved"] for meter in reader.agreement(agreement)["meters"]), seconds=5)
    return {meter["what"]: meter["used"] for meter in reader.agreement(agreement)["meters"]}


def exhaust(pieces: Any) -> None:
    for _ in pieces:
        pass


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.01)
