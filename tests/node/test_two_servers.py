"""Two servers on one node, and a metastore that goes away under one: both are right, and what cannot be known waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from golconda.node.open import open_node
from golconda.testing.nodes import TERMS, SetClock, agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.node.node import Node

BOTH = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
SQL = "SELECT region FROM care"
SOON_SECONDS = 2.0
PATIENCE_SECONDS = 60.0


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve a node from a process of its own and give the address."""
    words = ["serve", "--port", "0", "--node", str(directory)]
    with subprocess.Popen([sys.executable, "-m", "golconda", *words], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split(" at ")[1].split()[0]
            server.terminate()
            assert server.wait(20) == 0
        finally:
            server.kill()


def ask(address: str, token: str, sql: str = SQL) -> str:
    """Return ``served``, or the code of the refusal."""
    found = httpx.post(
        f"{address}/api/v1/query", json={"sql": sql}, headers={"authorization": f"Bearer {token}"}, timeout=60
    )
    return "served" if found.status_code == 200 else str(found.json()["code"])


def rows(address: str, token: str) -> int:
    """Return how many rows the version has that a server serves now."""
    headers = {"authorization": f"Bearer {token}"}
    found = httpx.post(f"{address}/api/v1/query", json={"sql": SQL}, headers=headers, timeout=60)
    return len(found.json()["rows"])


@pytest.fixture
def city(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Node]:
    url = request.getfixturevalue("bare_postgresql_url") if kind == "postgresql" else None
    with care_node(tmp_path, clock=SetClock(datetime.now(UTC)), metastore=url) as node:  # the servers' time
        yield node


def token_of(node: Node) -> str:
    reader(node)
    return str(node.owner_session("test").new_token("acme/li")["token"])


def within(seconds: float, address: str, token: str, code: str) -> float:
    """Ask until the answer is `code`; return after how long."""
    began = time.monotonic()
    while ask(address, token) != code:
        assert time.monotonic() - began < seconds
    return time.monotonic() - began


@BOTH
def test_two_servers_share_a_limit_to_the_last_read(city: Node) -> None:
    token = token_of(city)
    agreed(city, city.local_session("acme/li", "test"), f"{TERMS}limits: {{queries: 40, per: total}}")
    told: list[str] = []
    with served(city.directory) as first, served(city.directory) as second:
        threads = [
            threading.Thread(target=lambda at=address: told.extend(ask(at, token) for _ in range(15)))  # type: ignore[misc]
            for address in (first, second) * 2
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(told) == {"served": 40, "limit-reached": 20}


@BOTH
def test_a_version_and_a_revocation_reach_both_servers(city: Node, tmp_path: Path) -> None:
    token = token_of(city)
    agreement = agreed(city, city.local_session("acme/li", "test"), "purposes: [epidemic-statistics]")
    owner = city.owner_session("test")
    with served(city.directory) as first, served(city.directory) as second:
        assert [rows(address, token) for address in (first, second)] == [5, 5]
        with (tmp_path / "visits.csv").open("a") as file:
            file.write("R3,30,F,130-1234-5678,A1006,1,2013-04-01,true\n")
        owner.publish([str(tmp_path / "visits.csv")], name="care")
        assert [rows(address, token) for address in (first, second)] == [6, 6]
        owner.revoke(agreement, why="done")
        for address in (first, second):
            assert within(SOON_SECONDS, address, token, "agreement-not-in-force") < SOON_SECONDS


@pytest.mark.postgresql
@pytest.mark.parametrize("kind", ["postgresql"])
def test_while_the_metastore_is_away_reads_refuse_and_then_go_on(city: Node, postgresql_server: str) -> None:
    import psycopg
    from sqlalchemy import make_url

    token = token_of(city)
    agreement = agreed(city, city.local_session("acme/li", "test"), f"{TERMS}limits: {{queries: 1000, per: total}}")
    name, server = city.metastore.url.database, make_url(postgresql_server)

    def allow(*, connections: bool) -> None:
        with psycopg.connect(
            host=server.query["host"], user=server.username, dbname=server.database, autocommit=True
        ) as connection:
            connection.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS {str(connections).lower()}')
            if not connections:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    with served(city.directory) as address:
        assert ask(address, token) == "served"
        allow(connections=False)
        try:
            refused = [ask(address, token) for _ in range(3)]
        finally:
            allow(connections=True)
        within(PATIENCE_SECONDS, address, token, "served")
    with open_node(city.directory) as fresh:
        (meter,) = fresh.local_session("acme/li", "test").agreement(agreement)["meters"]
    assert set(refused) <= {"metastore-unreachable", "metastore-away"}
    assert (meter["used"], meter["reserved"]) == (2, 0)
