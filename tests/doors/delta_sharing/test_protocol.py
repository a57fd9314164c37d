"""The protocol's own words: listings in pages, headers, ranges, signed addresses, errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import served
from hypothesis import given
from hypothesis import strategies as st

from golconda.doors.delta_sharing.addresses import Addresses, Ticket
from golconda.doors.delta_sharing.ranges import span
from golconda.kernel.errors import AccessRefused, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from served import Served

CARE = "shares/city/schemas/care/tables/care"


@pytest.fixture
def share(city: Served, care: str) -> Iterator[httpx.Client]:
    """Give a bare client whose token opens the masked agreement alone."""
    acme = city.node.authenticate(city.reader, "http")
    token = acme.profile(care)["bearerToken"]
    with httpx.Client(
        base_url=f"{city.address}/delta-sharing/", headers={"authorization": f"Bearer {token}"}
    ) as client:
        yield client


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.text.splitlines()]


def file_url(share: httpx.Client) -> str:
    return str(lines(share.post(f"{CARE}/query", json={}))[2]["file"]["url"])


def test_shares_schemas_and_tables_are_listed(share: httpx.Client) -> None:
    names = [
        [item["name"] for item in share.get(path).json()["items"]]
        for path in ("shares", "shares/CITY/schemas", "shares/city/schemas/Care/tables", "shares/city/all-tables")
    ]
    assert names == [["city"], ["care"], ["care"], ["care"]]
    assert share.get("shares/city").json()["share"]["name"] == "city"


def test_a_listing_comes_in_pages(city: Served) -> None:
    city.agree("city/wide")
    headers = {"authorization": f"Bearer {city.reader}"}
    with httpx.Client(base_url=f"{city.address}/delta-sharing/", headers=headers) as whole:
        first = whole.get("shares/city/all-tables", params={"maxResults": 1}).json()
        second = whole.get("shares/city/all-tables", params={"pageToken": first["nextPageToken"]}).json()
        bad = whole.get("shares/city/all-tables", params={"pageToken": "x"})
    assert len(first["items"]) == 1
    assert first["items"][0] not in second["items"]
    assert (bad.status_code, bad.json()["errorCode"]) == (400, "page-invalid")


def test_version_and_metadata_carry_their_headers(share: httpx.Client) -> None:
    version, metadata = share.get(f"{CARE}/version"), share.get(f"{CARE}/metadata")
    assert version.headers["delta-table-version"] == metadata.headers["delta-table-version"] == "1"
    assert share.head(CARE).headers["delta-table-version"] == "1"
    assert metadata.headers["delta-sharing-capabilities"] == "responseformat=parquet"
    protocol, told = lines(metadata)
    assert protocol == {"protocol": {"minReaderVersion": 1}}
    fields = json.loads(told["metaData"]["schemaString"])["fields"]
    assert {field["name"]: field["type"] for field in fields} == {
        "region": "string",
        "age": "long",
        "phone": "string",
        "cost": "decimal(12,2)",
        "visit_date": "date",
        "seen": "timestamp",
    }


def test_metadata_costs_nothing_and_a_query_costs_one(city: Served) -> None:
    agreement = city.agree("city/care", f"purposes: [{served.PURPOSE}]\nlimits: {{queries: 1, per: total}}\n")
    token = city.node.authenticate(city.reader, "http").profile(agreement)["bearerToken"]
    with httpx.Client(base_url=f"{city.address}/delta-sharing/", headers={"authorization": f"Bearer {token}"}) as share:
        statuses = [share.get(f"{CARE}/metadata").status_code for _ in range(3)]
        statuses += [share.post(f"{CARE}/query", json={}).status_code for _ in range(2)]
    assert statuses == [200, 200, 200, 200, 403]


def test_a_range_gives_those_bytes(share: httpx.Client) -> None:
    url = file_url(share)
    whole = httpx.get(url)
    part = httpx.get(url, headers={"range": "bytes=4-99"})
    tail = httpx.get(url, headers={"range": "bytes=-8"})
    assert (whole.status_code, part.status_code, tail.status_code) == (200, 206, 206)
    assert part.content == whole.content[4:100]
    assert tail.content == whole.content[-8:]
    assert part.headers["content-range"] == f"bytes 4-99/{len(whole.content)}"
    assert whole.headers["accept-ranges"] == "bytes"


def test_head_tells_the_size_and_sends_nothing(share: httpx.Client) -> None:
    url = file_url(share)
    head = httpx.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(httpx.get(url).content)


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=999999999-", "bytes=5-4", "bytes=-0", "bytes=a-b"])
def test_several_ranges_and_none_that_fits_are_refused(share: httpx.Client, asked: str) -> None:
    refused = httpx.get(file_url(share), headers={"range": asked})
    assert (refused.status_code, refused.json()["errorCode"]) == (416, "range-unsatisfiable")
    assert refused.headers["content-range"].startswith("bytes */")


def test_an_address_that_was_altered_opens_nothing(share: httpx.Client) -> None:
    ticket, name = file_url(share).rsplit("/", 2)[1:]
    altered = ("A" if ticket[5] != "A" else "B").join([ticket[:5], ticket[6:]])
    refused = share.get(f"files/{altered}/{name}")
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "file-address-invalid")


def test_a_file_of_an_ended_agreement_is_gone_at_once(city: Served) -> None:
    agreement = city.agree("city/care")
    token = city.node.authenticate(city.reader, "http").profile(agreement)["bearerToken"]
    with httpx.Client(base_url=f"{city.address}/delta-sharing/", headers={"authorization": f"Bearer {token}"}) as share:
        url = file_url(share)
        assert httpx.get(url).status_code == 200
        city.owner.revoke(agreement, why="Test.")
        refused = httpx.get(url)
        listed = share.get("shares").json()["items"]
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "agreement-not-in-force")
    assert listed == []


def test_a_range_of_another_file_is_not_given(share: httpx.Client) -> None:
    url = file_url(share)
    tag = httpx.get(url).headers["etag"]
    asked = [httpx.get(url, headers={"range": "bytes=0-3", "if-range": each}) for each in (tag, '"other"')]
    assert [each.status_code for each in asked] == [206, 200]


def test_head_ignores_a_range_and_reads_nothing(share: httpx.Client) -> None:
    url = file_url(share)
    head = httpx.head(url, headers={"range": "bytes=0-3"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(httpx.get(url).content)))


def test_a_file_is_gone_as_soon_as_the_token_it_was_asked_with_is_revoked(city: Served, care: str) -> None:
    acme = city.node.authenticate(city.reader, "http")
    token = acme.profile(care)["bearerToken"]
    with httpx.Client(base_url=f"{city.address}/delta-sharing/", headers={"authorization": f"Bearer {token}"}) as share:
        url = file_url(share)
        assert httpx.get(url).status_code == 200
        city.owner.revoke_token(token.removeprefix("gk_").partition(".")[0])
        refused = httpx.get(url)
        told = httpx.head(url)
    assert (refused.status_code, refused.json()["errorCode"], told.status_code) == (401, "token-revoked", 401)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("shares/nobody", 404, "share-unknown"),
        ("shares/city/schemas/nothing/tables", 404, "share-unknown"),
        ("shares/city/schemas/care/tables/nothing/metadata", 404, "share-unknown"),
        (f"{CARE}/changes?startingVersion=0", 400, "changes-unshared"),
        ("nonsense", 404, "address-unknown"),
    ],
)
def test_errors_are_the_protocols(share: httpx.Client, path: str, status: int, code: str) -> None:
    refused = share.get(path)
    assert (refused.status_code, refused.json()["errorCode"]) == (status, code)
    assert refused.json()["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"version": 7}, 404, "version-unknown"),
        ({"timestamp": "2013-01-01T00:00:00Z"}, 400, "changes-unshared"),
        ({"startingVersion": 1}, 400, "changes-unshared"),
        ({"limitHint": -1}, 400, "request-invalid"),
        ([1], 400, "request-invalid"),
    ],
)
def test_a_query_for_what_is_not_shared_is_refused(share: httpx.Client, body: Any, status: int, code: str) -> None:
    refused = share.post(f"{CARE}/query", json=body)
    assert (refused.status_code, refused.json()["errorCode"]) == (status, code)


def test_without_a_token_nothing_is_told(city: Served) -> None:
    refused = httpx.get(f"{city.address}/delta-sharing/shares")
    assert (refused.status_code, refused.json()["errorCode"]) == (401, "token-missing")
    assert refused.headers["www-authenticate"].startswith("Bearer")


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_range_is_within_the_file(first: int, last: int, size: int) -> None:
    try:
        found = span(f"bytes={first}-{last}", size)
    except InvalidInput:
        assert first >= size or last < first
        return
    assert found is not None
    assert (found.first, found.end) == (first, min(last + 1, size))


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TICKET = Ticket("gk_a.b", "agr-1", "read-1", "0.parquet", NOON + timedelta(minutes=15))


@given(st.text(max_size=60))
def test_no_text_is_an_address_by_chance(text: str) -> None:
    with pytest.raises(AccessRefused):
        Addresses().ticket(text, now=NOON)


def test_an_address_ends() -> None:
    addresses = Addresses()
    name = addresses.made(TICKET)
    assert addresses.ticket(name, now=NOON) == TICKET
    with pytest.raises(AccessRefused, match="expired"):
        addresses.ticket(name, now=TICKET.expires)


def test_the_oldest_address_is_forgotten_where_there_are_too_many() -> None:
    addresses = Addresses(most=2)
    oldest, *others = (addresses.made(TICKET) for _ in range(3))
    with pytest.raises(AccessRefused):
        addresses.ticket(oldest, now=NOON)
    assert [addresses.ticket(name, now=NOON) for name in others] == [TICKET] * 2


def test_an_address_says_nothing_of_what_it_opens(share: httpx.Client) -> None:
    url = file_url(share)
    assert "gk_" not in url
    assert "agr-" not in url
    assert "read-" not in url
    assert "gk_a.b" not in repr(TICKET)
