"""The Python client over a running node: documents, answers, and the node's own errors."""

from __future__ import annotations

import inspect
import socket
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import golconda
from golconda.doors.client import Client, connect
from golconda.kernel.errors import AccessRefused, GolcondaError, InvalidInput, NotFound, TryAgain
from golconda.node.session import Session

if TYPE_CHECKING:
    from served import Served


SQL = "SELECT region, count(*) AS n FROM care GROUP BY region ORDER BY region"


def test_an_answer_is_whatever_table_one_likes(client: Client, care: str) -> None:
    answer = client.query(SQL, agreements=[care])
    assert answer.rows() == [("R0", 400), ("R1", 400), ("R2", 400)]
    assert answer.arrow()["n"].to_pylist() == [400, 400, 400]
    assert list(answer.pandas()["region"]) == list(answer.polars()["region"]) == ["R0", "R1", "R2"]
    assert len(answer) == 3


def test_an_answer_says_what_was_charged(client: Client, care: str) -> None:
    shown = repr(client.query(SQL, agreements=[care]))
    assert "3 rows × 2 columns" in shown
    assert care in shown


def test_the_client_gives_the_nodes_own_documents(city: Served, client: Client, care: str) -> None:
    beside = city.node.authenticate(city.reader, "http")
    assert client.products() == beside.products()
    assert client.product("city/care") == beside.product("city/care")
    assert client.search("care") == beside.search("care")
    assert client.purposes() == beside.purposes()
    assert client.requests() == beside.requests()
    assert client.agreement(care)["id"] == care
    assert client.contract("city/care") == beside.contract("city/care")
    document = client.query(SQL, agreements=[care]).document()
    assert document["rows"] == beside.query(SQL, agreements=(care,)).document()["rows"]


def test_the_client_asks_and_explains(client: Client, care: str) -> None:
    assert client.explain(SQL, agreements=[care])["tables"][0]["agreement"] == care
    assert client.profile(care)["shareCredentialsVersion"] == 1


@pytest.mark.parametrize(
    "value",
    [
        7,
        2.5,
        True,
        "it's",
        None,
        b"\x00gold",
        Decimal("12.30"),
        date(2026, 1, 31),
        datetime.fromisoformat("2026-01-31T08:00:00.000005"),
        datetime(2026, 1, 31, 8, tzinfo=UTC),
    ],
)
def test_a_value_for_a_parameter_arrives_as_it_was_given(client: Client, care: str, value: Any) -> None:
    sql = "SELECT ? AS value, region FROM care LIMIT 1"
    (arrived,) = client.query(sql, agreements=[care], parameters=[value]).arrow()["value"].to_pylist()
    assert arrived == value
    assert type(arrived) is type(value)
    named = client.query(sql.replace("?", ":value"), agreements=[care], parameters={"value": value}).arrow()
    assert named["value"].to_pylist() == [value]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"parameters": [1]}, "parameters-unfit"),
        ({"parameters": {"1": object()}}, "parameter-refused"),
        ({"parameters": {"1": float("inf")}}, "parameter-value"),
        ({"engine": "presto"}, "engine-unknown"),
    ],
)
def test_what_does_not_fit_a_query_is_refused(client: Client, care: str, asked: Any, code: str) -> None:
    with pytest.raises(GolcondaError) as caught:
        client.query("SELECT region FROM care", agreements=[care], **asked)
    assert caught.value.code == code


def test_golconda_connect_is_this_client(city: Served, care: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLCONDA_TOKEN", city.reader)
    with golconda.connect(city.address) as client:
        assert care in {found["id"] for found in client.agreements()["agreements"]}


@pytest.mark.parametrize(
    ("sql", "kind"), [("SELEC", InvalidInput), ("SELECT * FROM nothing", NotFound), ("DROP TABLE care", InvalidInput)]
)
def test_problems_become_the_errors_they_were(client: Client, sql: str, kind: type[GolcondaError]) -> None:
    with pytest.raises(kind) as caught:
        client.query(sql)
    assert caught.value.hint


def test_a_wrong_token_is_refused(city: Served) -> None:
    with connect(city.address, "gk_a.b") as client, pytest.raises(AccessRefused) as caught:
        client.products()
    assert caught.value.code == "token-invalid"


def test_nothing_there_is_one_clear_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with connect(address) as client, pytest.raises(TryAgain) as caught:
            client.products()
    assert caught.value.code == "node-unreachable"


@pytest.mark.parametrize("url", ["", "city", "ftp://city", "http://", "http://[", "http://a b"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        connect(url)
    assert caught.value.code == "url-invalid"


def test_another_server_is_told_apart(city: Served) -> None:
    with connect(f"{city.address}/delta-sharing") as client, pytest.raises(InvalidInput) as caught:
        client.products()
    assert caught.value.code == "not-golconda"


def test_a_node_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with connect(address, timeout_seconds=0.2) as client, pytest.raises(TryAgain) as caught:
            client.products()
    assert caught.value.code == "node-slow"


def test_an_answer_that_breaks_off_is_no_answer(city: Served, client: Client) -> None:
    agreement = city.agree("city/wide")
    sql = "SELECT a.c0, b.c1 FROM wide AS a CROSS JOIN wide AS b"
    timer = threading.Timer(0.5, lambda: city.owner.revoke(agreement, why="Test."))
    timer.start()
    with pytest.raises(GolcondaError) as caught:
        client.query(sql, agreements=[agreement])
    timer.join()
    assert caught.value.code in {"answer-broken", "agreement-not-in-force"}


BESIDE_THE_NODE = {"publish", "export_log", "known", "demand"}  # by the right of the file system alone
DOORS_ALONE = {
    "paged",
    "paged_service",
    "page",
    "schema",
    "tables",
    "parameter_names",
}  # the client has pages by `query` and `service`
HERE_ALONE = {"made"}  # a call into the asker's own process


def test_the_client_takes_what_a_session_takes() -> None:
    """The command line uses one for the other."""
    for name, method in vars(Session).items():
        if inspect.isfunction(method) and not name.startswith("_") and name not in BESIDE_THE_NODE | DOORS_ALONE:
            here = set(inspect.signature(method).parameters) - HERE_ALONE
            assert here <= set(inspect.signature(getattr(Client, name)).parameters), name


def test_importing_the_client_imports_nothing_heavy() -> None:
    program = "import golconda.doors.client, sys; sys.exit('pyarrow' in sys.modules or 'httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
