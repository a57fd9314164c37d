"""A node whose engine is Spark: readers, derivations and services are answered by it; faults cost what they should."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from golconda.doors.client import connect
from golconda.doors.serving import Server
from golconda.engine.spark.session import Driver
from golconda.kernel.errors import GolcondaError, TryAgain
from golconda.node.open import init_node
from golconda.testing.nodes import agreed, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from both import Both

    from golconda.node.node import Node
    from golconda.node.session import Session

pytestmark = [pytest.mark.slow, pytest.mark.spark]

WORD = "CANARY"
TERMS = """
purposes: [epidemic-statistics]
columns: [id, region, age, phone, person, cost, day]
where: "region <> 'R9'"
masks: {phone: partial, person: pseudonym, day: {generalise: month}}
limits: {queries: 1000, per: day}
"""
COUNTED = (
    "purposes: [epidemic-statistics]\ncolumns: [region, age, cost]\nwhere: \"region <> 'R9'\"\n"
    "aggregate: {min_group: 30}\n"
)
ASKED = (
    "SELECT * FROM visits ORDER BY id",
    "SELECT region, count(*) AS n, sum(cost) AS total, min(phone) AS p FROM visits GROUP BY region ORDER BY region",
    "SELECT v.id, w.person FROM visits v JOIN visits w ON v.id = w.id + 1 WHERE v.age // 7 > 1 ORDER BY v.id",
    "SELECT day, count(*) OVER (PARTITION BY region ORDER BY id) AS k FROM visits ORDER BY id LIMIT 9",
)
KNOCKS = (
    *ASKED,
    "SELECT count(*) FROM visits v LEFT JOIN visits w ON v.id = w.id + 5 WHERE 1 // (length(v.phone) - 10) < 9",
    "SELECT 1 // (age - 30) FROM visits",
    "SELECT CAST(person AS DATE) FROM visits",
    "SELECT CAST(cost AS TINYINT) FROM visits",
    "SELECT (SELECT phone FROM visits) FROM visits",
    "SELECT note FROM visits",
    "SELECT max(person), max(phone), max(region) FROM visits",
    "SELECT lower(phone) FROM visits",
    "SELECT repeat(a.phone, 10000) FROM visits a, visits b, visits c",
)
LONG = "SELECT count(*) FROM visits a, visits b, visits c, visits d, visits e WHERE a.age + b.age + e.age < d.age - 90"


@dataclass(frozen=True)
class City:
    """The node, where li of acme and wu of bank read."""

    node: Node
    li: Session
    wu: Session
    agreement: str
    token: str


def visits(rows: int = 300) -> pa.Table:
    hidden = [n % 5 == 0 for n in range(rows)]
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "region": ["R9" if h else f"R{n % 4}" for n, h in enumerate(hidden)],
            "age": pa.array([2**62 if h else 20 + n % 50 for n, h in enumerate(hidden)], pa.int64()),
            "phone": [WORD if h else f"138{WORD}{n % 90 + 10}" for n, h in enumerate(hidden)],
            "person": [f"{WORD}-{n}" for n in range(rows)],
            "cost": pa.array([1e308 if h else n % 40 / 4 for n, h in enumerate(hidden)], pa.float64()),
            "day": pa.array([19_700 + n % 60 for n in range(rows)], pa.int32()).cast(pa.date32()),
            "note": [f"{WORD}-NOTE-{n}" for n in range(rows)],
        }
    )


@pytest.fixture(scope="module")
def city(both: Both, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("on_spark")
    settings = {"engine": "spark", "memory_megabytes": 1024}
    with init_node(folder / "city", organisation="city", titles={"en": "City"}, settings=settings) as node:
        own = node.spark.engine._driver
        node.spark.engine._driver = both.spark.driver  # a process has one, and it is slow to start
        parquet.write_table(visits(), folder / "visits.parquet")
        owner = node.owner_session("test")
        owner.publish([str(folder / "visits.parquet")], name="visits", titles={"en": "Visits"})
        li, wu = reader(node), reader(node, "bank/wu")
        agreement = agreed(node, li, TERMS, product="city/visits")
        agreed(node, wu, COUNTED, product="city/visits")
        yield City(node, li, wu, agreement, owner.new_token("acme/li")["token"])
        node.spark.engine._driver = own


def answered(node: Node) -> str:
    """Return what grows with each query that Spark is asked."""
    assert isinstance(node.spark.engine.driver, Driver)
    return repr(node.spark.engine._numbers)


@pytest.mark.parametrize("sql", ASKED)
def test_readers_are_answered_by_spark_as_by_duckdb(city: City, sql: str) -> None:
    before = answered(city.node)
    usual = city.li.query(sql).arrow()
    assert answered(city.node) != before
    assert pa.ipc.open_stream(b"".join(city.li.query(sql).ipc())).read_all() == usual
    assert usual == city.li.query(sql, engine="duckdb").arrow()
    assert WORD not in str(usual.to_pylist())


def test_only_aggregates_leave_where_only_they_may(city: City) -> None:
    sql = "SELECT region, age // 10 AS tens, count(*) AS n, sum(cost) AS c FROM visits GROUP BY ALL ORDER BY ALL"
    sql = sql.replace("GROUP BY ALL", "GROUP BY region, age // 10").replace("ORDER BY ALL", "ORDER BY region, tens")
    rows = city.wu.query(sql, engine="spark").rows()
    assert rows == city.wu.query(sql, engine="duckdb").rows()
    with pytest.raises(GolcondaError) as told:
        city.wu.query("SELECT region FROM visits", engine="spark")
    assert told.value.code.startswith("aggregate-")


def test_what_spark_lacks_is_answered_by_duckdb_unless_spark_was_asked_for(city: City) -> None:
    assert city.li.query("SELECT DISTINCT lower(region) AS r FROM visits ORDER BY r").rows()[0] == ("r0",)
    assert city.li.query("DESCRIBE visits").rows()
    with pytest.raises(GolcondaError) as told:
        city.li.query("SELECT lower(region) FROM visits", engine="spark")
    assert told.value.code == "engine-differs"


def test_a_product_derived_on_spark_is_bound_and_traced_as_any(city: City) -> None:
    sql = "SELECT region, count(*) AS n, max(cost) AS dearest FROM visits GROUP BY region"
    before = answered(city.node)
    city.li.derive("dear", sql)
    assert answered(city.node) != before
    found = city.li.query("SELECT * FROM acme.dear.dear ORDER BY region", engine="duckdb").rows()
    assert found == city.li.query(f"{sql} ORDER BY region", engine="duckdb").rows()
    traced = city.li.lineage("acme/dear")
    explained = {column["name"]: column for column in city.li.explain(sql)["columns"]}
    assert {"region", "n", "dearest"} <= set(explained)
    assert "city/visits" in str(traced) or "city.visits" in str(traced)


def test_a_service_is_answered_by_spark(city: City) -> None:
    asked = "SELECT id, phone FROM visits WHERE region = :region AND cost >= :least AND day >= :since ORDER BY id"
    city.node.owner_session("test").add_service("of_region", asked, product="visits")
    before = answered(city.node)
    rows = city.li.service("of_region", region="R1", least=2.5, since="2023-12-01").rows()
    assert answered(city.node) != before
    given = {"region": "R1", "least": 2.5, "since": "2023-12-01"}
    written = asked.replace(":since", "CAST(:since AS DATE)")
    assert rows == city.li.query(written, parameters=given, engine="duckdb").rows() != []


def test_nothing_that_leaves_over_http_or_is_logged_holds_a_marked_value(
    city: City, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    received: list[bytes] = []
    with served(city.node) as address, httpx.Client(base_url=f"{address}/api/v1/", timeout=120) as http:
        http.headers.update({"authorization": f"Bearer {city.token}", "golconda-timeout": "10"})
        for sql in KNOCKS:
            answer = http.post("query", json={"sql": sql, "engine": "spark", "agreement": city.agreement})
            received += [answer.content, str(answer.headers).encode()]
        assert http.post("query", json={"sql": ASKED[1], "engine": "spark"}).json()["rows"]
        beside = connect(address, token=city.token).query(ASKED[1], engine="spark").rows()
    assert beside == city.li.query(ASKED[1], engine="duckdb").rows()
    received += [repr(city.node.owner_session("test").log(limit=500)["entries"]).encode()]
    said = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    told = capfd.readouterr()
    for content in (*received, said.encode(), told.out.encode(), told.err.encode()):
        assert WORD.encode() not in content
        assert b"org.apache" not in content


# ── faults ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_killed_driver_is_told_refunded_and_followed_by_another(city: City, both: Both) -> None:
    city.li.query(ASKED[1], engine="spark").rows()
    process, used = both.spark.driver.process, meter(city)
    asking = Asking(city)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    assert asking.told(10).code == "engine-gone"
    assert meter(city) == used
    assert city.li.query("SELECT count(*) FROM visits", engine="spark").rows() == [(240,)]
    assert both.spark.driver.process != process


def test_what_takes_too_long_ends_within_a_second_and_costs_one(city: City) -> None:
    used = meter(city)
    asking = Asking(city, timeout_seconds=1.0)
    assert asking.told(3).code == "query-timeout"
    assert asking.seconds < 2 + SLACK
    assert meter(city) == (used[0] + 1, 0)
    assert city.li.query("SELECT count(*) FROM visits", engine="spark").rows() == [(240,)]


def test_a_query_that_is_given_up_ends_within_a_second(city: City) -> None:
    asking = Asking(city)
    begun = time.monotonic()
    asking.answer[0].stop(TryAgain("query-cancelled", "Given up.", hint="Ask again."))
    assert asking.told(3).code == "query-cancelled"
    assert time.monotonic() - begun < 1
    assert city.li.query("SELECT count(*) FROM visits", engine="spark").rows() == [(240,)]


def test_revocation_reaches_spark_within_two_seconds(city: City) -> None:
    su = reader(city.node, "third/su")
    agreement = agreed(city.node, su, TERMS, product="city/visits")
    asking = Asking(city, su)
    begun = time.monotonic()
    city.node.owner_session("test").revoke(agreement, why="Test.")
    assert asking.told(5).code == "agreement-not-in-force"
    assert time.monotonic() - begun < 2


SLACK = 0.5  # from when Spark is at work, which is looked at ten times a second, and the machine has its load


class Asking:
    """A long query in a thread of its own, which is under way when this is made."""

    def __init__(self, city: City, session: Session | None = None, **how: Any) -> None:
        self.answer: list[Any] = []
        self.seconds = 0.0
        self._said: list[GolcondaError] = []
        engine = city.node.spark.engine
        self._thread = threading.Thread(target=self._ask, args=(session or city.li, how))
        self._thread.start()
        until(lambda: any(running.is_under_way for running in list(engine._running)))
        self._begun = time.monotonic()

    def told(self, seconds: float) -> GolcondaError:
        """Return what the reader is told, and within so many seconds."""
        self._thread.join(seconds)
        assert not self._thread.is_alive()
        (said,) = self._said
        return said

    def _ask(self, session: Session, how: dict[str, Any]) -> None:
        try:
            session.query(LONG, engine="spark", made=self.answer.append, **how).rows()
        except GolcondaError as error:
            self.seconds = time.monotonic() - self._begun
            self._said.append(error)


def meter(city: City) -> tuple[int, int]:
    (found,) = city.li.agreement(city.agreement)["meters"]
    return found["used"], found["reserved"]


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


class served:  # noqa: N801 reads as a word
    """A node behind its doors for a while."""

    def __init__(self, node: Node) -> None:
        ready = threading.Event()
        self._server = Server(node, "127.0.0.1", 0, ready=lambda _: ready.set())
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        assert ready.wait(30)

    def __enter__(self) -> str:
        return self._server.address

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._thread.join()
