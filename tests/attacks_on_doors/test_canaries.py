"""No byte that any door gives anybody but the owner holds a marked value of a hidden row, column or masked cell.

A product is published whose hidden rows and columns and masked parts hold marks: words, numbers, dates. Everybody
knocks at every door with everything there is to ask; what comes back is searched as it came and as it is decoded.
"""

from __future__ import annotations

import io
import json
import re
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import adbc_driver_flightsql.dbapi as adbc
import httpx
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from golconda.doors.cli.main import cli
from golconda.doors.http.app import api
from golconda.doors.serving import Server
from golconda.node.open import init_node
from golconda.testing.attacks import attacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.node.node import Node

WORD = "CANARY"
NUMBERS = tuple(777_020_000 + number for number in range(0, 400, 3))
DAYS = tuple(date(1707, 7, 1) + timedelta(days=number) for number in range(90))
WHOLE = re.compile(r"(?<![0-9])(777[0-9]{6})(?:\.0+)?(?![0-9.])")  # a mean, which is published, is no value
ROWS = 300
TERMS = """
purposes: [epidemic-statistics]
columns: [region, age, phone, person, cost, day]
where: "region <> 'R9' AND consent"
masks: {phone: partial, person: pseudonym, day: {generalise: year}, cost: {generalise: {step: 1000000000}}}
"""
COUNTED = (
    "purposes: [epidemic-statistics]\ncolumns: [region, age]\nwhere: \"region <> 'R9'\"\naggregate: {min_group: 10}\n"
)
QUERIES = (
    "SELECT * FROM care",
    "SELECT person, phone, day, cost FROM care ORDER BY ALL DESC LIMIT 20",
    "SELECT max(cost), min(cost), max(day), min(day), max(phone), max(person), max(region), max(age) FROM care",
    "SELECT region, count(*), sum(age), list(phone), string_agg(person, ',') FROM care GROUP BY ALL",
    "SELECT CAST(person AS INTEGER) FROM care",
    "SELECT count(*) FROM care AS v LEFT JOIN care AS w ON v.age = w.age + 5 WHERE CAST(v.region AS INTEGER) > 0",
    "SELECT 1 // (age - 30) FROM care",
    "SELECT note FROM care",
    "SELECT salary, born FROM care",
    "SELECT * FROM care WHERE note LIKE 'C%'",
    "SELECT * FROM care WHERE region = 'R9'",
    "DESCRIBE care",
    "SUMMARIZE care",
    "SELECT histogram(region), mode(day) FROM care",
    "SELECT x FROM care",
    "SELECT * FROM",
)
ROLES = ("stranger", "reader", "counter", "other", "guest", "regulator", "administrator")


def rows() -> pa.Table:
    """Return visits: each fifth is hidden and marked all over; of the others, what is hidden or masked is marked."""
    hidden = [number % 5 == 0 for number in range(ROWS)]
    number = [NUMBERS[n % len(NUMBERS)] for n in range(ROWS)]
    day = [DAYS[n % len(DAYS)] for n in range(ROWS)]
    return pa.table(
        {
            "region": ["R9" if h else f"R{n % 4}" for n, h in enumerate(hidden)],
            "age": pa.array([number[n] if h else 20 + n % 50 for n, h in enumerate(hidden)], pa.int64()),
            "phone": [f"{WORD}{n}" if h else f"138{WORD}{n % 90 + 10}" for n, h in enumerate(hidden)],
            "person": [f"{WORD}-{n}" for n in range(ROWS)],
            "cost": pa.array(number, pa.int64()),
            "day": pa.array([day[n] if h else date(2024, 1 + n % 12, 1) for n, h in enumerate(hidden)], pa.date32()),
            "consent": [not h or n % 2 == 0 for n, h in enumerate(hidden)],
            "note": [f"{WORD}-NOTE-{n}" for n in range(ROWS)],
            "salary": pa.array(number, pa.int64()),
            "born": pa.array(day, pa.date32()),
        }
    )


@dataclass
class City:
    """A served node with marks in it, and who knocks."""

    node: Node
    address: str
    flight: str
    folder: Path
    agreements: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("canaries")
    with init_node(folder / "city", organisation="city", titles={"en": "City"}) as node:
        owner = node.owner_session("test")
        table = rows().filter(pa.array([n % 5 != 0 or n % 2 == 0 for n in range(ROWS)]))
        parquet.write_table(table.replace_schema_metadata(None), folder / "care.parquet", use_dictionary=True)
        owner.publish([str(folder / "care.parquet")], name="care", titles={"en": "Care"})
        for name in ("acme", "bank"):
            owner.add_organisation(name, titles={"en": name})
        ready = threading.Event()
        server = Server(node, "127.0.0.1", 0, ready=lambda _: ready.set(), flight_port=0)
        thread = threading.Thread(target=server.run)
        thread.start()
        assert ready.wait(30)
        made = City(node, server.address, server.flight_address or "", folder)
        _people(made)
        yield made
        server.stop()
        thread.join()


def _people(city: City) -> None:
    owner = city.node.owner_session("test")
    people = {
        "reader": ("acme/li", "reader"),
        "counter": ("bank/wu", "reader"),
        "other": ("bank/bo", "reader"),
        "guest": ("acme/boss", "steward"),
        "regulator": ("city/audit", "regulator"),
        "administrator": ("city/keeper", "administrator"),
    }
    city.tokens = {who: owner.new_token(name, role=role)["token"] for who, (name, role) in people.items()}
    for who, terms in (("reader", TERMS), ("counter", COUNTED)):
        offer = owner.offer("city/care", terms)["id"]
        asker = city.node.authenticate(city.tokens[who], "test")
        asked = asker.request("city/care", purpose="epidemic-statistics", offer=offer)
        city.agreements[who] = owner.approve(asked["id"])["agreement"]


@pytest.mark.slow
@pytest.mark.parametrize("who", ROLES)
def test_nobody_receives_a_marked_value(city: City, who: str) -> None:
    received: list[tuple[str, bytes]] = []
    headers = {"authorization": f"Bearer {city.tokens[who]}"} if who in city.tokens else {}
    with httpx.Client(base_url=city.address, headers=headers, timeout=60) as http:
        knock_at_http(http, received)
        knock_at_every_route(http, city, received)
        knock_at_delta_sharing(http, city, who, received)
        knock_at_portal(http, city, received)
    if who in city.tokens:
        knock_at_flight(city, who, received)
    assert len(received) > 100
    assert found_in(received) == []


def test_the_search_finds_marks_however_they_are_written() -> None:
    table = rows().select(["salary"]).slice(0, 3)
    sink = io.BytesIO()
    parquet.write_table(table, sink, compression="zstd")
    assert found_in([("json", json.dumps({"x": NUMBERS[1]}).encode())])
    assert found_in([("parquet", sink.getvalue())])
    assert found_in([("arrow", _stream(rows().select(["born"])))])
    assert found_in([("utf-16", WORD.lower().encode())])
    assert not found_in([("clean", b'{"age": 31, "day": "2024-01-01"}')])


# ── doors ─────────────────────────────────────────────────────────────────────────────────────────────────────


def knock_at_http(http: httpx.Client, received: list[tuple[str, bytes]]) -> None:
    forms = ("application/json", "text/csv", "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet")
    for sql in QUERIES:
        for form in forms:
            keep(received, http.post("/api/v1/query", json={"sql": sql}, headers={"accept": form}))
        keep(received, http.post("/api/v1/explain", json={"sql": sql}))
    for attack in list(attacks())[::9]:
        if not attack.ends and WORD not in attack.sql:
            sql = attack.sql.replace("care.events", "care").replace("care.visits", "care")
            keep(received, http.post("/api/v1/query", json={"sql": sql.replace("care.patients", "care")}))


def knock_at_every_route(http: httpx.Client, city: City, received: list[tuple[str, bytes]]) -> None:
    """Get every address that the description names, with names that exist."""
    values = {"organisation": "city", "product": "care", "name": "city/care", "endpoint": "care"}
    requests = [each["id"] for each in city.node.owner_session("test").requests()["requests"]]
    for path, methods in api(None).openapi()["paths"].items():
        for request, agreement in zip(requests, city.agreements.values(), strict=False):
            filled = path
            for name, value in {**values, "request_id": request, "agreement": agreement}.items():
                filled = filled.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
            if "get" in methods:
                keep(received, http.get(f"/api/v1{filled}", params={"q": "care", "limit": 500}))
            elif "profile" in path:
                keep(received, http.post(f"/api/v1{filled}"))
    for path in ("/api/v1/openapi.json", "/api/v1/products/city/care@1", "/api/v1/nowhere", "/health"):
        keep(received, http.get(path))


def knock_at_delta_sharing(http: httpx.Client, city: City, who: str, received: list[tuple[str, bytes]]) -> None:
    client = http
    if who in city.agreements:
        profile = http.post(f"/api/v1/agreements/{city.agreements[who]}/profile")
        token = profile.json().get("bearerToken", "")
        client = httpx.Client(base_url=city.address, headers={"authorization": f"Bearer {token}"}, timeout=60)
    base = "/delta-sharing/shares"
    table = f"{base}/city/schemas/care/tables/care"
    paths = ("", "/city", "/city/schemas", "/city/schemas/care/tables", "/city/all-tables")
    for path in (*(base + one for one in paths), f"{table}/version", f"{table}/metadata"):
        keep(received, client.get(path))
    hints = {"predicateHints": [f"region = '{'R9'}'"], "jsonPredicateHints": "{}", "limitHint": 5}
    for body in ({}, hints, {"version": 0}):
        answer = client.post(f"{table}/query", json=body)
        keep(received, answer)
        for line in answer.text.splitlines():
            with suppress(ValueError, KeyError, TypeError):
                keep(received, httpx.get(json.loads(line)["file"]["url"], timeout=60))
    if client is not http:
        client.close()


def knock_at_portal(http: httpx.Client, city: City, received: list[tuple[str, bytes]]) -> None:
    requests = [each["id"] for each in city.node.owner_session("test").requests()["requests"]]
    with httpx.Client(base_url=city.address, timeout=60, headers={"accept": "text/html"}) as browser:
        page = browser.get("/login").text
        form = page.partition('name="form_token" value="')[2].partition('"')[0]
        token = http.headers.get("authorization", "").removeprefix("Bearer ")
        if token:
            browser.post("/login", data={"form_token": form, "token": token})
        paths = ["/", "/?q=care", "/products/city/care", "/products/city/care/contract", "/products/city/care/request"]
        paths += ["/requests", "/agreements", "/log", "/login", "/-/design", "/products/city/nothing"]
        paths += [f"/requests/{one}" for one in requests] + [f"/agreements/{one}" for one in city.agreements.values()]
        for path in paths:
            for language in ("en", "zh"):
                keep(received, browser.get(path, headers={"accept-language": language}))


def knock_at_flight(city: City, who: str, received: list[tuple[str, bytes]]) -> None:
    options = {"adbc.flight.sql.authorization_header": f"Bearer {city.tokens[who]}"}
    with adbc.connect(city.flight, db_kwargs=options, autocommit=True) as connection:
        for sql in QUERIES:
            with connection.cursor() as cursor:
                try:
                    cursor.execute(sql)
                    received.append((f"flight {sql}", _stream(cursor.fetch_arrow_table())))
                except Exception as error:  # whatever the driver makes of a refusal
                    received.append((f"flight {sql}", repr(error).encode()))
        with suppress(Exception):
            received.append(("flight objects", str(connection.adbc_get_objects().read_all().to_pylist()).encode()))


def test_the_command_line_prints_none(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(city.folder / "city")
    received = []
    for sql in QUERIES:
        for form in ("table", "json", "csv"):
            done = CliRunner().invoke(cli, ["query", sql, "--as", "acme/li", "--format", form])
            received.append((f"{form} {sql}", (done.output + repr(done.exception)).encode()))
        done = CliRunner().invoke(cli, ["explain", sql, "--as", "acme/li"])
        received.append((f"explain {sql}", (done.output + repr(done.exception)).encode()))
    for words in (["products"], ["show", "city/care"], ["search", "care"], ["agreements", "--as", "acme/li"]):
        received += [(" ".join(words), CliRunner().invoke(cli, words).output.encode())]
    assert any(b"R1" in content for _, content in received)
    assert found_in(received) == []


def test_an_exported_log_holds_none(city: City) -> None:
    city.node.authenticate(city.tokens["reader"], "test").query("SELECT * FROM care").document()
    with httpx.Client(base_url=city.address, headers={"authorization": f"Bearer {city.tokens['regulator']}"}) as http:
        assert http.get("/api/v1/log", params={"limit": 500}).json()["entries"]
    city.node.authenticate(city.tokens["regulator"], "test").export_log(city.folder / "log")
    files = [file for file in (city.folder / "log").rglob("*") if file.is_file()]
    assert found_in([(file.name, file.read_bytes()) for file in files]) == []


# ── searching ─────────────────────────────────────────────────────────────────────────────────────────────────


def keep(received: list[tuple[str, bytes]], answer: httpx.Response) -> None:
    told = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
    asked = f"{answer.request.method} {answer.request.url} {answer.request.content[:200]!r}"
    received.append((asked, told + b"\n\n" + answer.content))


def found_in(received: list[tuple[str, bytes]]) -> list[str]:
    """Return where marks were found, in bytes as they came and in tables as they are decoded."""
    return [f"{where}: {mark!r}" for where, content in received for mark in _marks(content)]


def _marks(content: bytes) -> list[str]:
    table = _decoded(content)
    if table is not None:
        text = str([column.to_pylist() for column in table.columns])
        return _in_text(text) + [mark for mark in _in_bytes(content) if mark == WORD]
    return _in_text(content.decode("utf-8", "replace")) + _in_bytes(content)


def _in_text(text: str) -> list[str]:
    words = [WORD] if WORD.casefold() in text.casefold() else []
    days = [str(day) for day in DAYS if str(day) in text or repr(day) in text]
    return words + days + [found for found in WHOLE.findall(text) if int(found) in NUMBERS]


def _in_bytes(content: bytes) -> list[str]:
    wide = [WORD] if WORD.encode("utf-16-le") in content or WORD.encode() in content else []
    return wide + [str(number) for number in NUMBERS if struct.pack("<q", number) in content]


def _decoded(content: bytes) -> pa.Table | None:
    body = content.partition(b"\n\n")[2] or content
    for candidate in (body, content):
        with suppress(pa.ArrowException, OSError):
            if candidate[:4] == b"PAR1":
                return parquet.read_table(io.BytesIO(candidate))
        with suppress(pa.ArrowException, OSError):
            return pa.ipc.open_stream(io.BytesIO(candidate)).read_all()
    return None


def _stream(table: Any) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
