"""The OpenAPI description is whole, and what really comes back is as it says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest
import served
from starlette.routing import compile_path

from golconda.doors.http.app import api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from served import Served

PAGES = Path(__file__).parents[3] / "docs" / "reference" / "errors"


@cache
def description() -> dict[str, Any]:
    return api(None).openapi()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def operation_of(response: httpx.Response) -> tuple[str, dict[str, Any]]:
    """Return the operation that a response answers, the one with the fewest names in its path."""
    path, method = response.request.url.path.removeprefix("/api/v1"), response.request.method.lower()
    fitting = [
        (template, operation)
        for verb, template, operation in operations()
        if verb == method and compile_path(template)[0].match(path)
    ]
    template, operation = min(fitting, key=lambda each: each[0].count("{"))
    return f"{method} {template}", operation


def demand_described(response: httpx.Response) -> str:
    """Hold a response against the description: status, media type, headers, document."""
    name, operation = operation_of(response)
    told = operation["responses"][str(response.status_code)]
    media = response.headers["content-type"].partition(";")[0]
    content = told["content"][media]
    assert not response.is_error or response.json()["status"] == response.status_code
    if media.endswith("json"):
        validate(response.json(), content["schema"])
    if response.status_code == 401:
        assert "www-authenticate" in told["headers"]
    if "golconda-receipt" in response.headers:
        schema = told["headers"]["golconda-receipt"]["content"]["application/json"]["schema"]
        validate(json.loads(response.headers["golconda-receipt"]), schema)
    return name


def validate(document: Any, schema: dict[str, Any]) -> None:
    whole = {**schema, "components": description()["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(whole, format_checker=checker).validate(document)


def test_every_operation_says_what_it_does_takes_and_gives() -> None:
    for method, path, operation in operations():
        name = f"{method} {path}"
        assert operation["summary"], name
        assert operation["description"], name
        assert all(each.get("description") for each in operation.get("parameters", [])), name
        answers = [content for status, told in operation["responses"].items() for content in told["content"].values()]
        assert all(content["schema"] for content in answers), name
        assert {"400", "401", "403", "503", "default"} <= set(operation["responses"]), name
        assert ("requestBody" in operation) == ("413" in operation["responses"]), name


def test_every_field_of_every_body_is_described() -> None:
    schemas = description()["components"]["schemas"]
    for name in ("Question", "Ask", "Approval", "Reason", "NewOffer", "NewOrganisation", "NewToken"):
        for field, schema in schemas[name]["properties"].items():
            assert schema.get("description"), f"{name}.{field}"


def test_every_code_it_names_has_a_page() -> None:
    named = {
        code for *_, each in operations() for told in each["responses"].values() for code in told.get("x-codes", ())
    }
    assert named
    assert [code for code in sorted(named) if not (PAGES / f"{code}.md").exists()] == []


def test_every_schema_is_one_and_is_used() -> None:
    schemas = description()["components"]["schemas"]
    text = json.dumps(description())
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert f'"#/components/schemas/{name}"' in text, name


def test_every_example_is_as_its_schema_says() -> None:
    for *_, operation in operations():
        for told in operation["responses"].values():
            for content in told["content"].values():
                if "example" in content:
                    validate(content["example"], content["schema"])


def test_what_needs_a_token_says_so(city: Served) -> None:
    for method, path, operation in operations():
        concrete = path.replace("{", "").replace("}", "")
        refused = httpx.request(method, f"{city.address}/api/v1{concrete}", json={"sql": "SELECT 1"})
        is_open = {} in operation["security"]
        assert (refused.status_code == 401) == (not is_open), f"{method} {path}"


def test_every_answer_is_as_described(city: Served) -> None:
    """One walk through all the operations there are, and each must have been met."""
    seen = {demand_described(response) for response in walk(city)}
    assert seen == {f"{method} {path}" for method, path, _ in operations()}


@pytest.mark.parametrize("media", ["text/csv", "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"])
def test_every_format_is_as_described(http: httpx.Client, care: str, media: str) -> None:
    demand_described(
        http.post("query", json={"sql": "SELECT age FROM care", "agreement": care}, headers={"accept": media})
    )


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("POST", "query", {"content": b"{", "headers": {"content-type": "application/json"}}),
        ("POST", "query", {"content": b"{}", "headers": {"content-type": "text/plain"}}),
        ("POST", "query", {"json": {"sql": "SELECT 1"}, "headers": {"accept": "image/png"}}),
        ("POST", "query", {"json": {"sql": "SELECT * FROM nothing"}}),
        ("POST", "requests", {"content": b"a=b", "headers": {"content-type": "application/x-www-form-urlencoded"}}),
        ("POST", "requests", {"content": b" " * 1_100_000, "headers": {"content-type": "application/json"}}),
        ("POST", "organisations", {"json": {"name": "bolt"}}),
        ("GET", "products/city/nothing", {}),
        ("GET", "products/city/care@99", {}),
        ("GET", "agreements/agr-x", {}),
        ("GET", "log?limit=0", {}),
        ("DELETE", "tokens/nothing", {}),
    ],
)
def test_every_problem_is_as_described(http: httpx.Client, method: str, path: str, more: dict[str, Any]) -> None:
    refused = http.request(method, path, **more)
    assert refused.is_error
    demand_described(refused)


@pytest.mark.parametrize("path", ["query", "explain", "requests", "tokens"])
@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
def test_a_body_that_is_not_announced_as_json_is_refused(http: httpx.Client, path: str, media: str | None) -> None:
    refused = http.post(path, content=b'{"sql": "SELECT 1"}', headers={"content-type": media} if media else {})
    assert (refused.status_code, refused.json()["code"]) == (415, "media-type-refused")


def walk(city: Served) -> Iterator[httpx.Response]:
    """Give an answer of every operation, as the reader, the steward and the regulator get them."""
    steward, regulator = (city.owner.new_token(f"city/{role}", role=role)["token"] for role in ("steward", "regulator"))
    with at(city, city.reader) as reader, at(city, steward) as owner, at(city, regulator) as inspector:
        yield from exchange(reader, owner)
        agreement = city.agree("city/care", f"{served.MASKED}limits: {{queries: 100, per: day}}\n")
        yield from reading(reader, agreement)
        for each in (reader, owner):
            for path in ("products", "search?q=care", "purposes", "requests", "agreements", "organisations", "tokens"):
                yield each.get(path)
            for path in (
                "products/city/care",
                "lineage/care",
                "products/city/care/contract",
                f"agreements/{agreement}",
            ):
                yield each.get(path)
        service = {"name": "described", "sql": "SELECT age FROM care WHERE region = :region", "product": "city/care"}
        yield owner.post("services", json=service)
        yield owner.get("services")
        yield reader.get("services/described", params={"region": "R1", "agreement": agreement})
        yield owner.delete("services/described")
        made = {"name": "described", "sql": "SELECT age FROM care", "agreements": [agreement]}
        yield reader.post("derivations", json=made)
        yield reader.post("derivations/refresh", json={"product": "acme/described"})
        for act in ("suspend", "resume", "revoke"):
            yield owner.post(f"agreements/{agreement}/{act}", json={"why": "Test."})
        yield reader.post(f"agreements/{city.agree('city/care')}/terminate", json={"why": "Test."})
        yield owner.post("organisations", json={"name": "described", "title": "Described"})
        made = owner.post("tokens", json={"principal": "city/described"})
        yield made
        yield owner.delete(f"tokens/{made.json()['prefix']}")
        yield inspector.get("log?limit=1000")
        yield inspector.get("log/verify")


def exchange(reader: httpx.Client, owner: httpx.Client) -> Iterator[httpx.Response]:
    terms = {"purposes": ["drug-safety"], "columns": ["region"]}
    offer = owner.post("offers", json={"product": "city/survey", "terms": terms, "title": {"zh": "调查"}})
    yield offer
    ask = {"product": "city/survey", "purpose": "drug-safety", "offer": offer.json()["id"]}
    for end in ("approve", "reject"):
        asked = reader.post("requests", json=ask)
        yield asked
        yield reader.get(f"requests/{asked.json()['id']}")
        yield owner.post(f"requests/{asked.json()['id']}/{end}", json={"why": "Test."} if end == "reject" else {})
    yield owner.delete(f"offers/{offer.json()['id']}")


def reading(reader: httpx.Client, agreement: str) -> Iterator[httpx.Response]:
    question = {"sql": "SELECT region, count(*) AS n FROM care GROUP BY region", "agreement": agreement}
    yield reader.post("query", json=question)
    paged = reader.post("query", json={**question, "page_size": 1})
    yield paged
    yield reader.get(f"pages/{paged.json()['next'].rpartition('/')[2]}")
    yield reader.post("explain", json=question)
    yield reader.post(f"agreements/{agreement}/profile")


def at(city: Served, token: str) -> httpx.Client:
    return httpx.Client(base_url=f"{city.address}/api/v1/", headers={"authorization": f"Bearer {token}"}, timeout=30)
