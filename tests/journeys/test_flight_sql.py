"""The unmodified client of Flight SQL: what a reader with Python, or a database tool, does with a served node."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import adbc_driver_flightsql.dbapi as flight
import pytest
from pyarrow.flight import FlightCallOptions, FlightDescriptor, FlightError, connect

from golconda.doors.flight_sql import messages
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLCONDA = str(Path(sys.executable).with_name("golconda"))
TERMS = """
purposes: [epidemic-statistics]
columns: [region, age, phone, cost, visit_date]
where: "region <> 'R9'"
masks: {phone: partial}
"""


@contextmanager
def served(folder: Path, *words: str) -> Iterator[dict[str, str]]:
    """Serve a node on free ports and give the address of each door."""
    server = subprocess.Popen([GOLCONDA, "serve", "--port", "0", *words], cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(2)]
        addresses = [word for line in lines for word in line.split() if "://" in word]
        yield {address.partition(":")[0]: address for address in addresses}
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0
        assert server.stdout is not None
        server.stdout.close()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Give a served node, a reader's token and his agreement."""
    from golconda.kernel.clock import SystemClock

    folder = tmp_path_factory.mktemp("flight")
    with care_node(folder, clock=SystemClock()) as node:  # type: ignore[arg-type]  # any clock will do
        li = reader(node)
        agreement = agreed(node, li, TERMS)
        token = node.owner_session("cli").new_token("acme/li")["token"]
    with served(folder / "city") as addresses:
        yield {"address": addresses["grpc"], "token": token, "agreement": agreement}


@pytest.fixture
def connection(city: dict[str, Any]) -> Iterator[flight.Connection]:
    """Connect as the documentation says."""
    with flight.connect(
        city["address"],
        db_kwargs={
            "adbc.flight.sql.authorization_header": f"Bearer {city['token']}",
            "adbc.flight.sql.rpc.call_header.golconda-agreement": city["agreement"],
            "adbc.flight.sql.rpc.call_header.golconda-purpose": "epidemic-statistics",
        },
        autocommit=True,
    ) as opened:
        yield opened


def test_a_query_is_answered_over_the_protected_view(connection: flight.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT region, count(*), max(phone) FROM care.visits GROUP BY ALL ORDER BY 1")
        assert cursor.fetchall() == [("R1", 2, "139********78"), ("R2", 2, "136********78")]


def test_a_prepared_statement_takes_typed_values(connection: flight.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT age FROM care WHERE visit_date > ? AND region = ? ORDER BY 1", [date(2013, 1, 6), "R2"])
        assert cursor.fetch_arrow_table().to_pylist() == [{"age": 22}, {"age": 61}]


def test_the_columns_are_known_before_any_row_is_read(connection: flight.Connection) -> None:
    with connection.cursor() as cursor:
        found = cursor.adbc_execute_schema("SELECT region, cost FROM care")
        assert [(field.name, str(field.type)) for field in found] == [("region", "string"), ("cost", "double")]


def test_tools_find_what_may_be_read_and_nothing_else(connection: flight.Connection) -> None:
    (catalog,) = connection.adbc_get_objects(depth="all").read_all().to_pylist()
    (schema,) = catalog["catalog_db_schemas"]
    (table,) = schema["db_schema_tables"]
    columns = [column["column_name"] for column in table["table_columns"]]
    assert (catalog["catalog_name"], schema["db_schema_name"], table["table_name"]) == ("city", "care", "visits")
    assert columns == ["region", "age", "phone", "cost", "visit_date"]
    assert connection.adbc_get_table_schema("visits", db_schema_filter="care").names == columns
    assert connection.adbc_get_table_types() == ["TABLE"]
    assert connection.adbc_get_info()["vendor_name"] == "Golconda"


def test_a_refusal_has_its_sentence_hint_and_code(connection: flight.Connection) -> None:
    with connection.cursor() as cursor, pytest.raises(flight.Error, match=r"no column 'sex'.*\[column-unknown\]"):
        cursor.execute("SELECT sex FROM care")


def test_who_logs_in_with_a_token_as_password_is_let_in(city: dict[str, Any]) -> None:
    login = {"username": "anyone", "password": city["token"]}
    with flight.connect(city["address"], db_kwargs=login, autocommit=True) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM care")
        assert cursor.fetchone() == (4,)


def test_a_server_that_is_killed_midway_leaves_an_error_and_its_reads_count(
    tmp_path: Path,
) -> None:
    from golconda.gate.settle import settle_abandoned
    from golconda.kernel.clock import SystemClock
    from golconda.node.open import open_node

    with care_node(tmp_path, clock=SystemClock()) as node:  # type: ignore[arg-type]  # any clock will do
        li = reader(node)
        agreement = agreed(node, li, f"{TERMS}limits: {{queries: 5, per: total}}\n")
        token = node.owner_session("cli").new_token("acme/li")["token"]
    server = subprocess.Popen(
        [GOLCONDA, "serve", "--port", "0"], cwd=tmp_path / "city", stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    address = [server.stdout.readline() for _ in range(2)][1].split()[-1]
    options = FlightCallOptions(headers=[(b"authorization", f"Bearer {token}".encode())])
    sql = messages.pack("CommandStatementQuery", {1: [b"SELECT age, r.i FROM care, range(10000000) AS r(i)"]})
    with connect(address) as client:  # ADBC's fails at closing, too, where nobody answers any more
        info = client.get_flight_info(FlightDescriptor.for_command(sql), options)
        stream = client.do_get(info.endpoints[0].ticket, options)
        stream.read_chunk()
        server.kill()
        server.communicate()
        with pytest.raises(FlightError):
            stream.read_all()
    with open_node(tmp_path / "city") as node:
        settle_abandoned(node.metastore, node.clock.now())
        (meter,) = node.owner_session("cli").agreement(agreement)["meters"]
        assert (meter["used"], meter["reserved"]) == (1, 0)
        (ended,) = node.owner_session("cli").log(kind="read.ended")["entries"]
        assert ended["payload"]["outcome"] == "unfinished"
