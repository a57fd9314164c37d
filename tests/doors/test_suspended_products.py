"""A product made of products, one of which is suspended: closed at every door within two seconds, and open again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import adbc_driver_flightsql.dbapi as adbc
import httpx
import pytest
from click.testing import CliRunner

from golconda.doors.cli.main import cli
from golconda.doors.client import connect
from golconda.kernel.errors import GolcondaError
from golconda.node.refreshing import refresh_moved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from served import Served

SQL = "SELECT region, age FROM acme.ages.ages ORDER BY ALL"
SOON = 2.0


@dataclass(frozen=True)
class Chain:
    """City's care, acme's ages made of it, and bolt that reads these."""

    city: Served
    source: str  # acme's agreement with city
    agreement: str  # bolt's with acme
    token: str  # of bolt
    chief: str  # a token of acme's steward

    @property
    def head(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="module")
def chain(city: Served) -> Chain:
    source = city.agree("city/care")
    acme = city.node.authenticate(city.reader, "http")
    acme.derive("ages", "SELECT region, age FROM city.care.care", agreements=[source])
    chief = city.owner.new_token("acme/chief", role="steward")["token"]
    steward = city.node.authenticate(chief, "http")
    offer = steward.offer("ages", "purposes: [epidemic-statistics]", automatic=True)["id"]
    steward.add_service("of_region", "SELECT age FROM acme.ages.ages WHERE region = :region", product="ages")
    city.owner.add_organisation("bolt", titles={"en": "Bolt"})
    token = city.owner.new_token("bolt/wu")["token"]
    asked = city.node.authenticate(token, "http").request("acme/ages", purpose="epidemic-statistics", offer=offer)
    return Chain(city, source, str(asked["agreement"]), token, chief)


@pytest.fixture
def suspended(chain: Chain) -> Iterator[Callable[[], None]]:
    """Give a way to suspend the source, and put it back in force at the end."""
    done: list[bool] = []

    def suspend() -> None:
        chain.city.owner.suspend(chain.source, why="Test.")
        done.append(True)

    yield suspend
    if done:
        chain.city.owner.resume(chain.source)


def until(asked: Callable[[], Any], wanted: Any) -> None:
    """Ask until the answer is what it should be, for as long as a door may take to hear of it."""
    began = time.monotonic()
    while (found := asked()) != wanted:
        assert time.monotonic() - began < SOON, found


def closes_and_opens(chain: Chain, asked: Callable[[], Any], *, open_: Any, closed: Any) -> None:
    until(asked, open_)
    chain.city.owner.suspend(chain.source, why="Test.")
    try:
        until(asked, closed)
    finally:
        chain.city.owner.resume(chain.source)
    until(asked, open_)


def code(answer: httpx.Response) -> str:
    found = {} if answer.is_success else answer.json()
    return str(answer.status_code if answer.is_success else found.get("code") or found.get("errorCode"))


def test_http_queries(chain: Chain) -> None:
    body = {"sql": SQL}
    ask = lambda: code(httpx.post(f"{chain.city.address}/api/v1/query", json=body, headers=chain.head))  # noqa: E731
    closes_and_opens(chain, ask, open_="200", closed="source-not-in-force")


def test_services(chain: Chain) -> None:
    address = f"{chain.city.address}/api/v1/services/of_region?region=R1"
    closes_and_opens(
        chain, lambda: code(httpx.get(address, headers=chain.head)), open_="200", closed="source-not-in-force"
    )


def test_pages_of_an_answer_that_was_given_before(chain: Chain, suspended: Callable[[], None]) -> None:
    body = {"sql": SQL, "page_size": 10}
    page = httpx.post(f"{chain.city.address}/api/v1/query", json=body, headers=chain.head).json()
    suspended()
    ask = lambda: code(httpx.get(f"{chain.city.address}{page['next']}", headers=chain.head))  # noqa: E731
    until(ask, "source-not-in-force")


def shared(chain: Chain) -> httpx.Response:
    address = f"{chain.city.address}/delta-sharing/shares/acme/schemas/ages/tables/ages/query"
    profile = chain.city.node.authenticate(chain.token, "http").profile(chain.agreement)
    head = {"authorization": f"Bearer {profile['bearerToken']}"}
    return httpx.post(address, json={}, headers=head, timeout=30)


def file_address(chain: Chain) -> str:
    return str(httpx.Response(200, content=shared(chain).text.splitlines()[2]).json()["file"]["url"])


def test_delta_sharing(chain: Chain) -> None:
    closes_and_opens(chain, lambda: code(shared(chain)), open_="200", closed="share-unknown")


def test_addresses_of_shared_files(chain: Chain) -> None:
    address = file_address(chain)
    closes_and_opens(chain, lambda: code(httpx.get(address)), open_="200", closed="source-not-in-force")


def test_addresses_of_files_of_a_version_under_terms_that_were_amended(chain: Chain) -> None:
    address = file_address(chain)
    acme = chain.city.node.authenticate(chain.city.reader, "http")
    offer = chain.city.owner.offer("city/care", "purposes: [epidemic-statistics]")["id"]
    asked = acme.request("city/care", purpose="epidemic-statistics", offer=offer, amends=chain.source)
    terms = "purposes: [epidemic-statistics]\nwhere: \"region <> 'R1'\"\n"
    offered = chain.city.owner.approve(asked["id"], terms=terms)
    made = acme.approve(offered["id"])
    refresh_moved(chain.city.node)
    until(lambda: code(shared(chain)), "200")
    assert code(httpx.get(address)) == "source-not-in-force"
    assert code(httpx.get(file_address(chain))) == "200"
    object.__setattr__(chain, "source", str(made["agreement"]))


def test_flight_sql(chain: Chain) -> None:
    options = {"adbc.flight.sql.authorization_header": f"Bearer {chain.token}"}

    def ask() -> str:
        with adbc.connect(chain.city.flight, db_kwargs=options, autocommit=True) as connection:
            try:
                with connection.cursor() as cursor:
                    cursor.execute(SQL)
                    return "rows" if cursor.fetchall() else "nothing"
            except adbc.Error as error:
                return "source-not-in-force" if "source-not-in-force" in str(error) else str(error)

    closes_and_opens(chain, ask, open_="rows", closed="source-not-in-force")


def test_what_flight_sql_prepared_before(chain: Chain, suspended: Callable[[], None]) -> None:
    options = {"adbc.flight.sql.authorization_header": f"Bearer {chain.token}"}
    connection = adbc.connect(chain.city.flight, db_kwargs=options, autocommit=True)
    with connection, connection.cursor() as cursor:
        cursor.adbc_prepare(SQL)
        suspended()
        with pytest.raises(adbc.Error, match="source-not-in-force"):
            cursor.execute(SQL)


def test_the_portal_says_so_to_everybody(chain: Chain) -> None:
    def ask() -> bool:
        return "is not in force, so nobody reads it" in httpx.get(f"{chain.city.address}/products/acme/ages").text

    closes_and_opens(chain, ask, open_=False, closed=True)


@pytest.mark.parametrize("way", ["--as", "--url"])
def test_the_command_line(chain: Chain, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setenv("GOLCONDA_TOKEN", chain.token)
    beside = ["--node", str(chain.city.node.directory), "--as", "bolt/wu"]
    line = ["query", SQL, *(beside if way == "--as" else ["--url", chain.city.address])]
    closes_and_opens(chain, lambda: CliRunner().invoke(cli, line).exit_code, open_=0, closed=4)


def test_python(chain: Chain) -> None:
    with connect(chain.city.address, chain.token) as client:

        def ask() -> str:
            try:
                client.query(SQL)
                return "rows"
            except GolcondaError as error:
                return error.code

        closes_and_opens(chain, ask, open_="rows", closed="source-not-in-force")


def test_its_organisation_is_told_in_lists_what_is_suspended_and_why(chain: Chain) -> None:
    refresh_moved(chain.city.node)
    chain.city.owner.suspend(chain.source, why="Test.")
    refresh_moved(chain.city.node)
    beside = ["--node", str(chain.city.node.directory), "--as", "acme/li"]
    listed = CliRunner().invoke(cli, ["products", *beside], env={"COLUMNS": "200"}).stdout
    shown = CliRunner().invoke(cli, ["show", "ages", *beside]).stdout
    chain.city.owner.resume(chain.source)
    assert "owner, suspended" in listed
    assert "Suspended: an agreement that it is made under is not in force" in shown
    assert "agreement-not-in-force" in shown
