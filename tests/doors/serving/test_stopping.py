"""Stopping: what is short ends, what is long is told so or broken off, and nothing is waited for."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDLESS = "SELECT count(*) FROM wide AS a CROSS JOIN wide AS b WHERE a.c0 % 7 = b.c1 % 5"
STREAM = "SELECT a.c0, b.c1 FROM wide AS a CROSS JOIN wide AS b"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Any]:
    """Give a node of one's own, to be stopped."""
    yield from served.start(tmp_path)


def question(city: Any, sql: str) -> dict[str, Any]:
    return {
        "url": f"{city.address}/api/v1/query",
        "json": {"sql": sql, "agreement": city.agree("city/wide")},
        "headers": {"authorization": f"Bearer {city.reader}", "accept": "application/vnd.apache.arrow.stream"},
    }


def until(holds: Any) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


def test_a_query_that_is_being_computed_is_told_that_the_node_stops(city: Any) -> None:
    asked = question(city, ENDLESS)
    answers: list[httpx.Response] = []
    waiting = threading.Thread(target=lambda: answers.append(httpx.post(**asked, timeout=30)))
    waiting.start()
    until(city.node.engine.running)
    stopped = time.monotonic()
    city.stop()
    waiting.join(20)
    assert time.monotonic() - stopped < 10
    assert (answers[0].status_code, answers[0].json()["code"]) == (503, "node-stopping")
    assert "retry-after" in answers[0].headers


def test_a_stream_is_broken_off(city: Any) -> None:
    with (
        httpx.Client(timeout=30) as http,
        http.stream("POST", **question(city, STREAM)) as response,
    ):
        pieces = response.iter_raw()
        next(pieces)
        city.stop()
        with pytest.raises(httpx.TransportError):
            for _ in pieces:
                pass


def test_a_reader_who_takes_nothing_holds_nothing_up(city: Any) -> None:
    host, _, port = city.address.removeprefix("http://").partition(":")
    asked = question(city, STREAM)
    body = json.dumps(asked["json"]).encode()
    with socket.create_connection((host, int(port))) as silent, socket.create_connection((host, int(port))):
        silent.sendall(
            b"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (city.reader.encode(), len(body)) + body
        )
        until(city.node.engine.running)
        began = time.monotonic()
        city.stop()
        assert time.monotonic() - began < 10
        assert not city.node.engine.running()
