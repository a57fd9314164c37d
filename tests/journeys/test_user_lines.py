"""The lines a user types, in their order, as a new user would: steward, reader beside the node, reader over the
network, in Python, and with the unmodified client of the open sharing protocol."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import golconda

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLCONDA = str(Path(sys.executable).with_name("golconda"))

TERMS = """
purposes: [epidemic-statistics]
columns: [region, age, sex, phone, id_number, cost, visit_date]
where: "region <> 'R9' AND consent"
masks: {phone: partial, id_number: pseudonym, visit_date: {generalise: month}}
aggregate: {min_group: 10}
limits: {queries: 200, rows: 100000, per: day}
period: P30D
duties: {attribute: "City Hospital Group", delete_after: P90D}
prohibit: [distribute]
price: {plan: free}
"""
COUNTER = TERMS.replace("min_group: 10", "min_group: 20").replace("queries: 200", "queries: 100")
ROWS = "purposes: [capacity-planning]\nwhere: \"region <> 'R9'\"\nmasks: {phone: hide, id_number: pseudonym}\n"


class Steward:
    """A terminal in a folder: runs one line, gives what it printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "LANG": "C.UTF-8", "COLUMNS": "160"}

    def __call__(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [GOLCONDA, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"golconda {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout if status == 0 else done.stderr

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))


def _visits() -> pa.Table:
    """Return 600 synthetic visits: 9 regions, of which R9 is withheld; one in ten without consent."""
    at = range(600)
    return pa.table(
        {
            "region": [f"R{i % 9 + 1}" for i in at],
            "age": [20 + i % 50 for i in at],
            "sex": ["F" if i % 2 else "M" for i in at],
            "phone": [f"138{i:08d}" for i in at],
            "id_number": [f"ID{i:06d}" for i in at],
            "cost": [float(i % 97) for i in at],
            "visit_date": pa.array([15000 + i for i in at], pa.date32()),
            "consent": [i % 10 != 0 for i in at],
        }
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with what a steward has: CSV files, Parquet files, a database."""
    folder = tmp_path_factory.mktemp("home")
    flights = "carrier,origin,dep_delay\nUA,EWR,2\nAA,JFK,NA\n"
    (folder / "flights.csv").write_text(flights, encoding="utf-8")
    (folder / "flights-2.csv").write_text(f"{flights}DL,LGA,11\n", encoding="utf-8")
    (folder / "care").mkdir()
    pq.write_table(_visits(), folder / "care" / "visits.parquet")
    pq.write_table(pa.table({"ward": ["a", "b"], "beds": [10, 20]}), folder / "care" / "wards.parquet")
    return folder


@pytest.fixture(scope="module")
def city(home: Path) -> Steward:
    """Do the steward's lines up to the agreements, and give a terminal in the node."""
    Steward(home)("init", "city", "--org", "city", "--title", "City data office")
    at = Steward(home / "city")
    with closing(sqlite3.connect(home / "city" / "erp.db")) as erp, erp:
        erp.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount REAL)")
        erp.executemany("INSERT INTO orders VALUES (?, ?)", [(i, i * 1.5) for i in range(1, 6)])
    flights = ("--title", "Flights from New York, 2013", "--title", "zh=2013年纽约出港航班", "--domain", "transport")
    at("publish", "../flights.csv", "--as", "flights", *flights)
    at("publish", *(f"../care/{name}.parquet" for name in ("visits", "wards")), "--as", "care")
    at("publish", "sqlite:///erp.db#orders", "--as", "orders")
    at("publish", "../flights-2.csv", "--as", "flights")
    (home / "city" / "terms.yaml").write_text(TERMS, encoding="utf-8")
    (home / "city" / "counter.yaml").write_text(COUNTER, encoding="utf-8")
    (home / "city" / "rows.yaml").write_text(ROWS, encoding="utf-8")
    at("org", "add", "acme", "--title", "Acme Analytics")
    at.environment["LI"] = at.json("token", "new", "acme/li")["token"]
    at("offer", "care", "terms.yaml")
    at("offer", "care", "rows.yaml", "--open")
    return at


@pytest.fixture(scope="module")
def agreement(city: Steward) -> str:
    """Ask, counter, accept: an aggregate-only agreement in force."""
    asked = city.json("request", "care", "--purpose", "epidemic-statistics", "--as", "acme/li")["id"]
    assert asked in city("requests")
    assert city.json("approve", asked, "--terms", "counter.yaml")["state"] == "countered"
    return str(city.json("approve", asked, "--as", "acme/li")["agreement"])


@contextmanager
def served(city: Steward) -> Iterator[str]:
    """Serve the node on a free port and give its address."""
    server = subprocess.Popen(
        [GOLCONDA, "serve", "--port", "0"], cwd=city.folder, env=city.environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        line = next(line for line in server.stdout if "http://" in line)
        yield line[line.index("http://") :].split()[0].rstrip("/")
    finally:
        server.terminate()
        server.communicate(timeout=20)


def test_a_product_shows_its_tables_versions_and_titles(city: Steward) -> None:
    assert "city/flights@2" in city("products")
    assert "2013年纽约出港航班" in city("show", "flights")
    assert {table["name"] for table in city.json("show", "care")["tables"]} == {"visits", "wards"}
    assert city.json("show", "care@1")["version"] == 1
    assert [version["number"] for version in city.json("show", "flights")["versions"]] == [2, 1]
    assert "orders" in city("show", "orders")


def test_search_finds_chinese_titles(city: Steward) -> None:
    assert [found["name"] for found in city.json("search", "航班")["products"]] == ["city/flights"]


def test_a_contract_is_drafted_and_passes_its_own_check(city: Steward) -> None:
    text = city("contract", "show", "care")
    (city.folder / "care.odcs.yaml").write_text(text, encoding="utf-8")
    assert "valid contract" in city("contract", "check", "care.odcs.yaml")


def test_a_request_can_be_rejected_with_a_reason(city: Steward) -> None:
    city("offer", "orders", "rows-of-orders.yaml", status=3)
    (city.folder / "rows-of-orders.yaml").write_text("purposes: [statistics]\n", encoding="utf-8")
    city("offer", "orders", "rows-of-orders.yaml")
    asked = city.json("request", "orders", "--purpose", "statistics", "--as", "acme/li")["id"]
    assert city.json("reject", asked, "--why", "not yet")["state"] == "rejected"
    assert "not yet" in city("show", asked, "--as", "acme/li")


def test_an_agreement_shows_clauses_signatures_and_meters(city: Steward, agreement: str) -> None:
    assert agreement in city("agreements")
    shown = city("show", agreement)
    assert all(word in shown for word in ("enforced", "attested", "own", "queries a day"))


def test_the_reader_queries_explains_and_writes_every_format(city: Steward, agreement: str) -> None:
    sql = "SELECT region, count(*) AS n FROM care.visits GROUP BY region"
    table = city("query", sql, "--as", "acme/li", "--agreement", agreement)
    assert "R1" in table
    assert "R9" not in table
    for form in ("csv", "json", "parquet", "arrow"):
        city("query", sql, "--as", "acme/li", "-a", agreement, "--format", form, "-o", f"out.{form}")
    assert pq.read_table(city.folder / "out.parquet").num_rows == 8
    assert json.loads((city.folder / "out.json").read_text("utf-8"))["receipt"]["agreements"] == [agreement]
    explained = city("explain", sql, "--as", "acme/li", "-a", agreement)
    assert "aggregates only" in explained
    assert "read_parquet" not in explained


def test_the_same_answer_over_the_network_and_in_python(city: Steward, agreement: str) -> None:
    sql = "SELECT region, count(*) AS n FROM care.visits GROUP BY region ORDER BY region"
    here = city.json("query", sql, "--as", "acme/li", "-a", agreement)
    with served(city) as url:
        city.environment["GOLCONDA_TOKEN"] = city.environment["LI"]
        there = city.json("query", sql, "--url", url, "-a", agreement)
        assert (there["columns"], there["rows"]) == (here["columns"], here["rows"])
        assert "care" in city("products", "--url", url)
        with golconda.connect(url, token=city.environment["LI"]) as client:
            answer = client.query(sql, agreements=[agreement])
            assert answer.arrow().to_pylist() == [{"region": row[0], "n": row[1]} for row in here["rows"]]
            assert client.query(sql, agreements=[agreement]).rows()[0] == ("R1", here["rows"][0][1])
            assert client.query(sql, agreements=[agreement]).pandas().shape == (8, 2)
            assert client.query(sql, agreements=[agreement]).polars().shape == (8, 2)
            assert client.search("care")
            assert client.product("city/care")["name"] == "city/care"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the client leaves its sockets open
def test_the_open_sharing_client_reads_the_protected_view(city: Steward, agreement: str) -> None:
    import delta_sharing

    rows = city.json("request", "care", "--purpose", "capacity-planning", "--as", "acme/li")["agreement"]
    with served(city) as url:
        for name, which in (("acme.share", rows), ("aggregates.share", agreement)):
            city("profile-file", which, "--as", "acme/li", "-o", name, "--endpoint", f"{url}/delta-sharing")
        frame = delta_sharing.load_as_pandas(f"{city.folder}/acme.share#city.care.visits")
        expected = city.json("query", "SELECT * FROM care.visits", "--as", "acme/li", "-a", rows)
        assert len(frame) == len(expected["rows"])
        assert set(frame["id_number"]) == {row[4] for row in expected["rows"]}
        assert frame["phone"].isna().all()
        with pytest.raises(Exception, match="aggregate"):
            delta_sharing.load_as_pandas(f"{city.folder}/aggregates.share#city.care.visits")


def test_the_owners_side_in_python(city: Steward, home: Path) -> None:
    with golconda.open(city.folder) as node:
        made = node.publish(str(home / "flights.csv"), name="flights3")
        assert made["version"] == 1
        assert node.query("SELECT count(*) AS n FROM flights3").arrow().to_pylist() == [{"n": 2}]


@pytest.mark.usefixtures("agreement")
def test_the_log_is_shown_verified_exported_and_verified_again(city: Steward) -> None:
    assert "agreement.agreed" in city("audit", "show", "--limit", "500")
    assert "holds" in city("audit", "verify")
    city("audit", "export", "OUT")
    done = subprocess.run(
        [sys.executable, "-I", "OUT/verify.py", "OUT"], cwd=city.folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_revoked_agreement_reads_nothing(city: Steward) -> None:
    asked = city.json("request", "care", "--purpose", "epidemic-statistics", "--as", "acme/li")["id"]
    second = city.json("approve", asked)["agreement"]
    city("revoke", second, "--why", "contract ended")
    told = city("query", "SELECT count(*) FROM care.visits", "--as", "acme/li", "-a", second, status=4)
    assert "was revoked" in told
    assert "[agreement-not-in-force]" in told


def test_a_product_is_made_of_products_and_its_lineage_drawn(city: Steward, agreement: str) -> None:
    sql = "SELECT region, avg(cost) AS cost FROM care.visits GROUP BY region"
    made = city("derive", "monthly_cost", sql, "--as", "acme/li", "-a", agreement)
    assert "Made acme/monthly_cost@1" in made
    assert city.json("query", "SELECT * FROM monthly_cost", "--as", "acme/li")["rows"]
    assert "→ acme/monthly_cost.monthly_cost.cost  aggregated" in city("lineage", "care.visits.cost", "--as", "acme/li")
    city("lineage", "care.visits.cost", "--as", "acme/li", "--format", "svg", "-o", "cost.svg")
    assert "monthly_cost" in (city.folder / "cost.svg").read_text(encoding="utf-8")
    assert "Made acme/monthly_cost@2" in city("refresh", "monthly_cost", "--as", "acme/li")


def test_a_query_is_published_as_an_interface(city: Steward) -> None:
    sql = "SELECT origin, avg(dep_delay) AS delay FROM flights WHERE carrier = :carrier GROUP BY origin"
    assert "carrier VARCHAR" in city("service", "add", "delays_by_carrier", sql, "--product", "flights")
    assert "delays_by_carrier" in city("service", "list")
    assert city.json("service", "call", "delays_by_carrier", "carrier=UA")["rows"] == [["EWR", 2.0]]
    token = city.json("token", "new", "city/steward")["token"]
    with served(city) as url, golconda.connect(url, token=token) as node:
        assert node.service("delays_by_carrier", carrier="DL").arrow().to_pylist() == [{"origin": "LGA", "delay": 11}]
        with pytest.raises(golconda.GolcondaError, match="carrier is missing"):
            node.service("delays_by_carrier", airline="UA")
    city("service", "remove", "delays_by_carrier")
