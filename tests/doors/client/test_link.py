"""Connections to a node: kept while they are good, replaced when they are not, led through a proxy if there is one."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from golconda.doors.client import connect
from golconda.doors.client.route import route
from golconda.kernel.errors import InvalidInput, TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.doors.client import Client

DOCUMENT = b'HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{"products": []}'


class Node(socketserver.ThreadingTCPServer):
    """Says what it was told to say to one request after another, then closes; keeps the heads it read."""

    daemon_threads = True

    def __init__(self, *answers: bytes, each_connection: int) -> None:
        super().__init__(("127.0.0.1", 0), Listener)
        self.answers = list(answers)
        self.each_connection = each_connection
        self.heads: list[str] = []
        self.connections = 0
        self.closed = threading.Semaphore(0)


class Listener(socketserver.StreamRequestHandler):
    """One connection."""

    server: Node

    def handle(self) -> None:
        self.server.connections += 1
        for _ in range(self.server.each_connection):
            head = b""
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                head += line
            if not head or not self.server.answers:
                return
            self.server.heads.append(head.decode())
            self.wfile.write(self.server.answers.pop(0))

    def finish(self) -> None:
        super().finish()
        self.server.shutdown_request(self.request)
        self.server.closed.release()


@contextmanager
def answering(*answers: bytes, each_connection: int = 10) -> Iterator[Node]:
    with Node(*answers, each_connection=each_connection) as node:
        threading.Thread(target=node.serve_forever, args=(0.01,), daemon=True).start()
        yield node
        node.shutdown()


@contextmanager
def client_of(node: Node) -> Iterator[Client]:
    with connect(f"http://127.0.0.1:{node.server_address[1]}", "gk_a.b") as client:
        yield client


def test_a_connection_is_kept_for_the_next_request() -> None:
    with answering(*[DOCUMENT] * 3) as node, client_of(node) as client:
        assert [client.products() for _ in range(3)] == [{"products": []}] * 3
        assert node.connections == 1


def test_a_connection_that_the_node_closed_is_replaced() -> None:
    with answering(*[DOCUMENT] * 2, each_connection=1) as node, client_of(node) as client:
        client.products()
        assert node.closed.acquire(timeout=10)
        assert client.products() == {"products": []}
        assert node.connections == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{", "answer-broken"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}", "answer-broken"),
        (b"", "answer-broken"),
        (b"SSH-2.0-OpenSSH\r\n", "answer-broken"),
        (b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", "not-golconda"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", "not-golconda"),
        (b"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n[]", "not-golconda"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xff", "not-golconda"),
    ],
)
def test_an_answer_that_is_none_is_one_clear_error(answer: bytes, code: str) -> None:
    with answering(answer, each_connection=1) as node, client_of(node) as client:
        with pytest.raises((TryAgain, InvalidInput)) as caught:
            client.products()
        assert caught.value.code == code


def test_an_arrow_stream_without_its_end_is_no_answer() -> None:
    broken = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n\xff\xff\xff\xff\x10\x00\x00\x00"
    with answering(broken) as node, client_of(node) as client, pytest.raises(TryAgain) as caught:
        client.query("SELECT 1")
    assert caught.value.code == "answer-broken"


def test_a_proxy_named_by_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(DOCUMENT) as proxy:
        monkeypatch.setenv("http_proxy", f"http://li:p%40ss@127.0.0.1:{proxy.server_address[1]}")
        monkeypatch.setenv("no_proxy", "")
        with connect("http://city.example:8321/node") as client:
            client.products()
    line, *headers = proxy.heads[0].lower().splitlines()
    assert line == "get http://city.example:8321/node/api/v1/products http/1.1"
    assert "host: city.example:8321" in headers
    assert "proxy-authorization: basic bgk6cebzcw==" in headers


def test_a_proxy_of_a_secure_address_connects_and_learns_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"HTTP/1.1 407 No\r\n\r\n"
    with answering(refusal) as proxy:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.server_address[1]}")
        with connect("https://city.example", "gk_a.b") as client, pytest.raises(TryAgain) as caught:
            client.products()
    assert caught.value.code == "node-unreachable"
    assert proxy.heads[0].startswith("CONNECT city.example:443 ")
    assert "gk_a" not in proxy.heads[0]


def test_what_the_environment_exempts_is_reached_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "city.example")
    assert route("http://city.example:8321").host == "city.example"
    assert route("http://other.example:8321").host == "proxy.example"


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        connect("http://city.example:99999")
    assert caught.value.code == "url-invalid"
