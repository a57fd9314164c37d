"""What a connection may hold and for how long; whatever comes, an answer, a problem or a clean end."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from served import Served

    Dial = Callable[[], "Wire"]
    from typing import Any as Wire  # tests/doors/serving/conftest.py, which is on no path

PROTOCOL = "golconda.doors.serving.protocol"
GET = b"GET /api/v1/purposes HTTP/1.1\r\nHost: x\r\n"


def answers(city: Served) -> bool:
    return httpx.get(f"{city.address}/api/v1/purposes", timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"nonsense\r\n\r\n", "request-unreadable"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "request-unreadable"),  # TLS
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "request-unreadable"),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", "request-unreadable"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", "request-unreadable"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "request-unreadable"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00\r\n\r\n", "request-unreadable"),
        (b"GE(T / HTTP/1.1\r\nHost: x\r\n\r\n", "request-unreadable"),
        (GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "request-unreadable"),
        (GET + b"Content-Length: -1\r\n\r\n", "request-unreadable"),
        (GET + b"Content-Length: 1, 1\r\n\r\n", "request-unreadable"),
        (GET + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "request-unreadable"),
        (GET + b"X: " + b"a" * 70_000 + b"\r\n\r\n", "head-too-large"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", "head-too-large"),
    ],
)
def test_what_is_no_request_gets_a_problem(dial: Dial, sent: bytes, code: str) -> None:
    wire = dial()
    wire.send(sent)
    assert wire.problem()["code"] == code


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (b"Host: x\r\nHost: y\r\n", "header-repeated"),
        (b"Host: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n", "header-repeated"),
        (b"Host: x\r\nContent-Type: text/csv\r\nContent-Type: application/json\r\n", "header-repeated"),
        (b"Host: x\r\nRange: bytes=0-1\r\nRange: bytes=2-3\r\n", "header-repeated"),
        (b"", "host-missing"),
    ],
)
def test_what_could_mean_two_things_is_refused(dial: Dial, lines: bytes, code: str) -> None:
    wire = dial()
    wire.send(b"GET /api/v1/purposes HTTP/1.1\r\nConnection: close\r\n" + lines + b"\r\n")
    assert wire.problem()["code"] == code


@pytest.mark.parametrize("query", ["token=gk_abcdefgh.s3cret", "q=gk_abcdefgh%2Es3cret"])
def test_a_token_in_an_address_is_refused(city: Served, query: str) -> None:
    refused = httpx.get(f"{city.address}/api/v1/search?{query}")
    assert (refused.status_code, refused.json()["code"]) == (400, "token-in-address")
    assert "s3cret" not in refused.text


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "PATCH", "DELETE", "PUT"])
@pytest.mark.parametrize("path", ["/api/v1/query", "/api/v1/purposes", "/delta-sharing/shares", "/"])
def test_a_method_that_an_address_does_not_take_is_refused(dial: Dial, method: str, path: str) -> None:
    wire = dial()
    wire.send(
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-HTTP-Method-Override: GET\r\n\r\n".encode()
    )
    status, _, rest = wire.received().partition(b"\r\n")
    assert status.split()[1] in {b"405", b"400"}
    assert b"-refused" in rest or b"request-unreadable" in rest


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/../../etc/passwd",
        "/api/v1/products/..%2f..%2fetc/passwd",
        "/static/../../../../etc/passwd",
        "/static/..%2f..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "//etc/passwd",
        "/api/v1//query",
        "/delta-sharing/files/x/..%2f..%2f0.parquet",
        "/delta-sharing/shares/..%2f/schemas",
        "/api/v1/products/%00/%00",
        "/api/v1/agreements/%ff%fe",
        "http://other.example/api/v1/query",
    ],
)
def test_no_path_leads_out_of_its_place(city: Served, dial: Dial, path: str) -> None:
    wire = dial()
    token = city.reader.encode()
    wire.send(
        b"GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n" % (path.encode(), token)
    )
    answer = wire.received()
    assert answer.split()[1][:1] == b"4"
    assert b"root:" not in answer


def test_a_body_shorter_than_announced_is_no_request(city: Served, dial: Dial) -> None:
    wire = dial()
    wire.send(b"POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}")
    wire.socket.shutdown(1)
    assert b"200 OK" not in wire.received()
    assert answers(city)


def test_what_comes_behind_a_body_is_no_part_of_it(dial: Dial) -> None:
    wire = dial()
    head = b"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    wire.send(head + b"{}garbage\r\n\r\n")
    answer = wire.received()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"request-" in answer


def test_requests_sent_before_the_answer_are_not_heard(dial: Dial) -> None:
    wire = dial()
    wire.send((GET + b"\r\n") * 1000)
    assert wire.received().count(b"HTTP/1.1 200") == 1


def test_a_body_that_does_not_come_is_waited_for_only_so_long(
    city: Served, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{PROTOCOL}.BODY_SECONDS", 0.2)
    wire = dial()
    wire.send(b"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert wire.problem()["code"] == "request-late"
    assert answers(city)


@pytest.mark.parametrize("length", [b"Content-Length: 999999999", b"Transfer-Encoding: chunked"])
def test_a_body_is_not_waited_for_once_all_is_answered(
    dial: Dial, monkeypatch: pytest.MonkeyPatch, length: bytes
) -> None:
    monkeypatch.setattr(f"{PROTOCOL}.BODY_SECONDS", 0.2)
    wire = dial()
    wire.send(b"GET /nothing HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n\r\n")
    assert b"address-unknown" in wire.received()


def test_a_reader_who_takes_nothing_is_let_go(city: Served, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{PROTOCOL}.STALL_SECONDS", 0.3)
    agreement = city.agree("city/wide")
    body = json.dumps({"sql": "SELECT * FROM wide", "agreement": agreement}).encode()
    wire = dial()
    wire.send(
        b"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: text/csv\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (city.reader.encode(), len(body)) + body
    )
    assert wire.socket.recv(100).startswith(b"HTTP/1.1 200")
    until(lambda: not city.node.engine.running())
    assert not wire.received().endswith(b"0\r\n\r\n")


def test_many_who_dawdle_keep_nobody_from_an_answer(city: Served, dial: Dial) -> None:
    """500 connections that send a byte a second; meanwhile everybody else is answered at once."""
    slow = [dial() for _ in range(500)]
    stop = threading.Event()

    def drip() -> None:
        for byte in GET:
            for wire in slow:
                wire.send(bytes([byte]))
            if stop.wait(1):
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        began = time.monotonic()
        for _ in range(20):
            assert answers(city)
        assert time.monotonic() - began < 10
    finally:
        stop.set()
        dripping.join()


def test_who_waits_longest_makes_room_for_the_next(city: Served, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{PROTOCOL}.MOST_CONNECTIONS", 3)
    slow = [dial() for _ in range(5)]
    for wire in slow:
        wire.send(b"GET")
    assert answers(city)
    assert slow[0].received() == b""


def test_where_all_are_being_answered_there_is_no_room(
    city: Served, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{PROTOCOL}.MOST_CONNECTIONS", 1)
    agreement = city.agree("city/wide")
    body = json.dumps({"sql": "SELECT * FROM wide", "agreement": agreement}).encode()
    reading, refused = dial(), dial
    reading.send(
        b"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: text/csv\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (city.reader.encode(), len(body)) + body
    )
    assert reading.socket.recv(100).startswith(b"HTTP/1.1 200")
    assert refused().problem()["code"] == "connections-full"


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)
