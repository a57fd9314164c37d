"""Queries over HTTP: every format holds the same rows; a broken answer is noticed; limits and clauses speak."""

from __future__ import annotations

import io
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

if TYPE_CHECKING:
    from served import Served

SQL = "SELECT region, count(*) AS n FROM care GROUP BY region ORDER BY region"
ROWS = [["R0", 400], ["R1", 400], ["R2", 400]]


def ask(http: httpx.Client, sql: str, agreement: str, accept: str = "application/json") -> httpx.Response:
    return http.post("query", json={"sql": sql, "agreement": agreement}, headers={"accept": accept})


def test_json_holds_columns_rows_and_receipt(http: httpx.Client, care: str) -> None:
    answer = ask(http, SQL, care).json()
    assert answer["rows"] == ROWS
    assert [column["type"] for column in answer["columns"]] == ["VARCHAR", "BIGINT"]
    assert answer["receipt"]["agreements"] == [care]
    assert answer["receipt"]["charged"]["rows"] == 3


def test_http_answers_as_the_session_does(city: Served, http: httpx.Client, care: str) -> None:
    beside = city.node.authenticate(city.reader, "http").query(SQL, agreements=(care,)).document()
    assert ask(http, SQL, care).json() | {"receipt": None} == beside | {"receipt": None}


@pytest.mark.parametrize(
    ("accept", "read"),
    [
        ("text/csv", lambda content: csv.read_csv(io.BytesIO(content))),
        ("application/vnd.apache.arrow.stream", lambda content: pa.ipc.open_stream(content).read_all()),
        ("application/vnd.apache.parquet", lambda content: parquet.read_table(io.BytesIO(content))),
    ],
)
def test_every_format_holds_the_same_rows(http: httpx.Client, care: str, accept: str, read: Any) -> None:
    response = ask(http, SQL, care, accept)
    assert response.headers["content-type"] == accept
    assert [list(row.values()) for row in read(response.content).to_pylist()] == ROWS
    assert json.loads(response.headers["golconda-receipt"])["charged"]["rows"] == 3


def test_a_format_nobody_has_is_refused(http: httpx.Client, care: str) -> None:
    response = ask(http, SQL, care, "image/png")
    assert (response.status_code, response.json()["code"]) == (406, "format-refused")


def test_a_hidden_column_is_as_if_it_were_not_there(http: httpx.Client, care: str) -> None:
    hidden, missing = (ask(http, sql, care).json() for sql in ("SELECT consent FROM care", "SELECT nonsuch FROM care"))
    assert hidden["code"] == missing["code"]
    assert hidden["detail"].replace("consent", "nonsuch") == missing["detail"]


def test_a_limit_is_named_when_it_is_reached(city: Served, http: httpx.Client) -> None:
    agreement = city.agree("city/care", "purposes: [epidemic-statistics]\nlimits: {queries: 2, per: total}\n")
    statuses = [ask(http, SQL, agreement).status_code for _ in range(3)]
    problem = ask(http, SQL, agreement).json()
    assert statuses == [200, 200, 403]
    assert (problem["code"], problem["clause"], problem["agreement"]) == ("limit-reached", "limits", agreement)


def test_eight_readers_at_a_limit_get_exactly_what_it_allows(city: Served) -> None:
    agreement = city.agree("city/care", "purposes: [epidemic-statistics]\nlimits: {queries: 20, per: total}\n")
    statuses: list[int] = []

    def read() -> None:
        headers = {"authorization": f"Bearer {city.reader}"}
        with httpx.Client(base_url=f"{city.address}/api/v1/", headers=headers, timeout=60) as http:
            statuses.extend(ask(http, SQL, agreement).status_code for _ in range(5))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(200), statuses.count(403)) == (20, 20)


def test_a_long_answer_arrives_whole(city: Served, http: httpx.Client) -> None:
    agreement = city.agree("city/wide")
    content = ask(http, "SELECT * FROM wide", agreement, "application/vnd.apache.arrow.stream").content
    table = pa.ipc.open_stream(content).read_all()
    assert table.num_rows == 1_500_000
    assert content.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00")


def test_revoked_midway_the_stream_breaks_within_two_seconds(city: Served, http: httpx.Client) -> None:
    agreement = city.agree("city/wide")
    body = {"sql": "SELECT a.c0, b.c1 FROM wide AS a CROSS JOIN wide AS b", "agreement": agreement}
    accept = {"accept": "application/vnd.apache.arrow.stream"}
    with http.stream("POST", "query", json=body, headers=accept) as response:
        assert response.status_code == 200, response.read()
        pieces = response.iter_raw()
        next(pieces)
        city.owner.revoke(agreement, why="Test.")
        revoked = time.monotonic()
        with pytest.raises(httpx.TransportError):
            exhaust(pieces)
    assert time.monotonic() - revoked < 2


def test_a_reader_who_dawdles_is_cut_off_too(city: Served) -> None:
    """Without reading, what is buffered for the connection must still be dropped."""
    agreement = city.agree("city/wide")
    import socket

    host, port = city.address.removeprefix("http://").split(":")
    body = json.dumps({"sql": "SELECT * FROM wide", "agreement": agreement}).encode()
    head = (
        f"POST /api/v1/query HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {city.reader}\r\n"
        f"accept: text/csv\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        raw.settimeout(10)
        raw.sendall(head.encode() + body)
        assert raw.recv(1000).startswith(b"HTTP/1.1 200")
        city.owner.revoke(agreement, why="Test.")
        revoked = time.monotonic()
        wait_until(lambda: not city.node.engine.running(), seconds=2)
        received = drain(raw)
    assert time.monotonic() - revoked < 4
    assert not received.endswith(b"0\r\n\r\n")


def test_after_revocation_a_query_names_the_agreement(city: Served, http: httpx.Client) -> None:
    agreement = city.agree("city/care")
    city.owner.revoke(agreement, why="Test.")
    problem = ask(http, SQL, agreement).json()
    assert (problem["status"], problem["agreement"]) == (403, agreement)
    assert problem["code"].startswith("agreement-")


def exhaust(pieces: Any) -> None:
    for _ in pieces:
        pass


def drain(raw: Any) -> bytes:
    received = b""
    try:
        while piece := raw.recv(1 << 20):
            received = piece[-100:]
    except ConnectionResetError:
        return b"reset"
    return received


def wait_until(holds: Any, *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)
