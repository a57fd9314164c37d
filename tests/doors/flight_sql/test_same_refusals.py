"""What is refused over HTTP is refused here in the same words, under the status of gRPC that fits the one of HTTP."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import adbc_driver_flightsql.dbapi as adbc
import httpx
import pytest

if TYPE_CHECKING:
    from served import Served

LIMITED = "purposes: [epidemic-statistics]\nlimits: {queries: 1, per: total}\n"
STATUSES = {
    400: "InvalidArgument",
    401: "Unauthenticated",
    403: "PermissionDenied",
    404: "NotFound",
}
QUESTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("SELECT region FROM care WHERE", {}, "sql-syntax"),
    ("SELECT 1; SELECT 2", {}, "sql-several-statements"),
    ("DROP TABLE care", {}, "sql-not-a-query"),
    ("INSERT INTO care VALUES (1)", {}, "sql-not-a-query"),
    ("COPY care TO 'x.csv'", {}, "sql-not-a-query"),
    ("SET threads = 1", {}, "sql-not-a-query"),
    ("SELECT consent FROM care", {}, "column-unknown"),
    ("SELECT nonsuch FROM care", {}, "column-unknown"),
    ("SELECT * FROM nowhere", {}, "table-unknown"),
    ("SELECT * FROM city.nowhere.nothing", {}, "table-unknown"),
    ("SELECT nonsuch(region) FROM care", {}, "sql-function-unknown"),
    ("SELECT * FROM read_parquet('/etc/passwd')", {}, "sql-function-refused"),
    ("SELECT getenv('HOME')", {}, "sql-function-refused"),
    ("SELECT CAST(region AS INTEGER) FROM care", {}, "query-value-error"),
    ("SELECT count(*) FROM care", {"agreement": "agr-0000000000"}, "agreement-unknown"),
    ("SELECT count(*) FROM care", {"purpose": "warfare"}, "purpose-unknown"),
    ("SELECT count(*) FROM care", {"token": "gk_aaaa.bbbb"}, "token-invalid"),
    ("SELECT count(*) FROM care", {"token": "x"}, "token-invalid"),
]


def kit() -> Any:  # the conftest beside this file, which is on no path
    return sys.modules[next(name for name in sys.modules if name.endswith("flight_sql.conftest"))]


def over_http(city: Served, sql: str, asked: dict[str, Any]) -> dict[str, Any]:
    body = {"sql": sql, "agreement": asked.get("agreement"), "purpose": asked.get("purpose")}
    with httpx.Client(base_url=f"{city.address}/api/v1/", timeout=30) as http:
        headers = {"authorization": f"Bearer {asked.get('token', city.reader)}"}
        problem: dict[str, Any] = http.post("query", json=body, headers=headers).json()
    return problem


def over_flight(city: Served, sql: str, asked: dict[str, Any]) -> str:
    """Return what the unmodified client is told; refused tokens end the connection's very first call."""
    headers = {"purpose": asked["purpose"]} if "purpose" in asked else {}
    with (  # noqa: PT012 - any of these may be told
        pytest.raises(adbc.Error) as caught,
        kit().connected(city, asked.get("agreement"), asked.get("token"), **headers) as opened,
        opened.cursor() as cursor,
    ):
        cursor.execute(sql)
        cursor.fetchall()
    return str(caught.value)


def demand_alike(city: Served, sql: str, asked: dict[str, Any]) -> str:
    """Ask both doors, compare what they say, and return the code."""
    problem, told = over_http(city, sql, asked), over_flight(city, sql, asked)
    assert f"{problem['detail']} {problem['hint']} [{problem['code']}]. Detail" in told
    assert f"({STATUSES[problem['status']]};" in told
    assert "Traceback" not in told
    return str(problem["code"])


@pytest.mark.parametrize(("sql", "asked", "code"), QUESTIONS)
def test_both_doors_refuse_alike(city: Served, care: str, sql: str, asked: dict[str, Any], code: str) -> None:
    assert demand_alike(city, sql, {"agreement": care, **asked}) == code


def test_a_limit_that_is_reached_is_refused_alike(city: Served, http: httpx.Client) -> None:
    agreement = city.agree("city/care", LIMITED)
    sql = "SELECT count(*) FROM care"
    assert http.post("query", json={"sql": sql, "agreement": agreement}).status_code == 200
    assert demand_alike(city, sql, {"agreement": agreement}) == "limit-reached"


def test_a_revoked_agreement_is_refused_alike(city: Served) -> None:
    agreement = city.agree("city/care")
    city.owner.revoke(agreement, why="Test.")
    assert demand_alike(city, "SELECT count(*) FROM care", {"agreement": agreement}).startswith("agreement-")


def test_a_revoked_token_is_refused_alike(city: Served, care: str) -> None:
    made = city.owner.new_token("acme/gone")
    city.owner.revoke_token(made["prefix"])
    asked = {"agreement": care, "token": made["token"]}
    assert demand_alike(city, "SELECT count(*) FROM care", asked) == "token-revoked"
