"""Two hundred readers at once, half over HTTP and half over Flight SQL, under one agreement."""

from __future__ import annotations

import re
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import flight

if TYPE_CHECKING:
    from collections.abc import Callable

    from served import Served

READERS = 200
PURPOSE = "purposes: [epidemic-statistics]\n"
SQL = "SELECT region, count(*) AS n FROM care WHERE region < 'R3' GROUP BY region"
ROWS = 3


def kit() -> Any:  # the conftest beside this file, which is on no path
    return sys.modules[next(name for name in sys.modules if name.endswith("flight_sql.conftest"))]


@pytest.mark.parametrize(("limit", "used"), [("queries: 150", 150), (f"rows: {150 * ROWS}", 150 * ROWS)])
def test_they_get_exactly_what_the_limit_allows_and_who_finds_no_room_comes_again(
    city: Served, limit: str, used: int
) -> None:
    agreement = city.agree("city/care", f"{PURPOSE}limits: {{{limit}, per: total}}\n")
    told: list[str] = []
    doors: tuple[Callable[[Served, str], str], ...] = (over_http, over_flight)
    readers = [
        threading.Thread(target=lambda door=doors[number % 2]: told.append(door(city, agreement)))
        for number in range(READERS)
    ]
    for each in readers:
        each.start()
    for each in readers:
        each.join(120)
    assert Counter(told) == {"served": 150, "limit-reached": 50}
    kit().wait_until(lambda: meter(city, agreement) == (used, 0), seconds=5)
    assert not city.node.engine.running()
    assert not city.node.engine.pool.held


def over_http(city: Served, agreement: str) -> str:
    headers = {"authorization": f"Bearer {city.reader}"}
    with httpx.Client(base_url=f"{city.address}/api/v1/", headers=headers, timeout=60) as http:
        while True:
            response = http.post("query", json={"sql": SQL, "agreement": agreement})
            if response.status_code == 200:
                return "served" if len(response.json()["rows"]) == ROWS else "not whole"
            if response.status_code != 503:
                return str(response.json()["code"])
            threading.Event().wait(0.05 if int(response.headers["retry-after"]) else 0)


def over_flight(city: Served, agreement: str) -> str:
    bare = kit().Bare(city, agreement)
    try:
        while True:
            try:
                return "served" if bare.get(bare.ticket(SQL)).read_all().num_rows == ROWS else "not whole"
            except flight.FlightUnavailableError:
                threading.Event().wait(0.05)
            except pa.ArrowException as error:
                found = re.search(r"\[([a-z-]+)\]", str(error))
                return found[1] if found else str(error)
    finally:
        bare.client.close()


def meter(city: Served, agreement: str) -> tuple[int, int]:
    (found,) = city.owner.agreement(agreement)["meters"]
    return found["used"], found["reserved"]
