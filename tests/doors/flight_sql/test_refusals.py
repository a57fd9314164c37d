"""Who is let in, what is refused, and in the same words as over HTTP."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pytest
from pyarrow import flight

from golconda.doors.flight_sql.prepared import IDLE, MOST_OF_ONE, PreparedStatements
from golconda.doors.flight_sql.tickets import LIFE, Tickets
from golconda.kernel.errors import InvalidInput, TryAgain

if TYPE_CHECKING:
    import httpx
    from served import Served

    from conftest import Bare

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def code(failure: pytest.ExceptionInfo[Any]) -> str:
    found = re.search(r"\[([a-z-]+)\]\. Detail", str(failure.value))
    assert found, str(failure.value)
    assert "Traceback" not in str(failure.value)
    return found[1]


def kit() -> Any:  # the conftest beside this file, which is on no path
    return sys.modules[next(name for name in sys.modules if name.endswith("flight_sql.conftest"))]


@pytest.mark.parametrize("options", [[], [(b"authorization", b"Basic !!")], [(b"authorization", b"Bearer gk_a.b")]])
def test_nothing_is_told_without_a_good_token(city: Served, options: list[tuple[bytes, bytes]]) -> None:
    with flight.connect(city.flight) as client, pytest.raises(flight.FlightUnauthenticatedError) as caught:
        list(client.do_action(flight.Action("CreatePreparedStatement", b""), flight.FlightCallOptions(headers=options)))
    assert code(caught) in {"token-missing", "token-invalid"}


def test_a_revoked_token_opens_nothing_within_a_second(city: Served, care: str) -> None:
    made = city.owner.new_token("acme/gone")
    with kit().connected(city, care, made["token"]) as opened:
        with opened.cursor() as cursor:
            cursor.execute("SELECT 1")
        city.owner.revoke_token(made["prefix"])
        kit().wait_until(lambda: not answers(opened), seconds=2)


def answers(opened: adbc.Connection) -> bool:
    try:
        with opened.cursor() as cursor:
            cursor.execute("SELECT 1")
    except adbc.Error:
        return False
    return True


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT consent FROM care",
        "SELECT * FROM nowhere",
        "SELECT 1; SELECT 2",
        "DROP TABLE care",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT region FROM care WHERE",
        "SELECT nonsuch(region) FROM care",
        f"SELECT {'1+' * 45_000}1",
    ],
)
def test_the_same_refusal_has_the_same_code_and_sentence_as_over_http(
    reader: adbc.Connection, http: httpx.Client, care: str, sql: str
) -> None:
    problem = http.post("query", json={"sql": sql, "agreement": care}).json()
    with reader.cursor() as cursor, pytest.raises(adbc.Error) as caught:  # noqa: PT012 - either may be told
        cursor.execute(sql)
        cursor.fetchall()
    assert code(caught) == problem["code"]
    assert f"{problem['detail']} {problem['hint']}" in str(caught.value)


def test_a_giant_statement_is_refused_and_not_kept(reader: adbc.Connection) -> None:
    with reader.cursor() as cursor, pytest.raises(adbc.Error) as caught:
        cursor.execute(f"SELECT '{'x' * 15_000_000}'")
    assert code(caught) == "sql-too-large"


def test_an_error_of_the_query_says_no_value(reader: adbc.Connection, http: httpx.Client, care: str) -> None:
    sql = "SELECT CAST(region AS INTEGER) FROM care"
    problem = http.post("query", json={"sql": sql, "agreement": care}).json()
    with reader.cursor() as cursor, pytest.raises(adbc.Error) as caught:  # noqa: PT012 - either may be told
        cursor.execute(sql)
        cursor.fetchall()
    assert code(caught) == problem["code"]
    assert "R0" not in str(caught.value)


def test_nothing_can_be_written(reader: adbc.Connection, bare: Bare) -> None:
    table = pa.table({"a": [1]})
    with reader.cursor() as cursor:
        for act in (
            lambda: cursor.adbc_ingest("t", table, mode="create"),
            lambda: cursor.executemany("SELECT region FROM care WHERE age = ?", [(1,), (2,)]),
            lambda: bare.act("BeginTransaction", b""),
            lambda: list(bare.client.list_flights(b"", bare.options)),
        ):
            with pytest.raises((adbc.Error, pa.ArrowException)) as caught:
                act()
            assert "Traceback" not in str(caught.value)


def test_an_agreement_of_others_is_as_if_it_were_not_there(city: Served) -> None:
    with kit().connected(city, "agr-0000000000") as opened, opened.cursor() as cursor:
        with pytest.raises(adbc.Error) as caught:
            cursor.execute("SELECT * FROM care")
        assert code(caught) == "agreement-unknown"


def test_bytes_that_are_no_message_are_refused(bare: Bare) -> None:
    for body in (b"\xff" * 40, b"", b"\x0a\x03abc", b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"):
        with pytest.raises(pa.ArrowException) as caught:
            bare.client.get_flight_info(flight.FlightDescriptor.for_command(body), bare.options)
        assert code(caught) == "flight-request-unreadable"


# ── tickets ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_ticket_opens_nothing_for_another(city: Served, bare: Bare) -> None:
    ticket = bare.ticket("SELECT count(*) FROM care")
    other = kit().Bare(city, token=city.owner.new_token("acme/wang")["token"])
    with pytest.raises(pa.ArrowException) as caught:
        other.get(ticket).read_all()
    assert code(caught) == "ticket-unknown"
    assert bare.get(ticket).read_all().num_rows == 1


def test_a_forged_ticket_opens_nothing(bare: Bare) -> None:
    good = bare.ticket("SELECT count(*) FROM care").ticket
    for forged in (b"", b"{}", good[:-1], good[:40], good[:32] + good[32:].replace(b"care", b"wide"), b"\0" * 32):
        with pytest.raises(pa.ArrowException) as caught:
            bare.get(flight.Ticket(forged)).read_all()
        assert code(caught) == "ticket-unknown"


def test_a_ticket_ends_after_five_minutes() -> None:
    tickets = Tickets()
    ticket = tickets.make("acme/li", NOW, sql="SELECT 1")
    assert tickets.read(ticket, "acme/li", NOW + LIFE - timedelta(seconds=1)).sql == "SELECT 1"
    with pytest.raises(InvalidInput) as caught:
        tickets.read(ticket, "acme/li", NOW + LIFE)
    assert caught.value.code == "ticket-expired"


# ── prepared statements ───────────────────────────────────────────────────────────────────────────────────


def test_one_principal_may_have_only_so_many_statements_prepared(bare: Bare) -> None:
    body = bare_statement("SELECT ?")
    handles = []
    with pytest.raises(flight.FlightUnavailableError) as caught:  # noqa: PT012 - the one too many
        for _ in range(2000):
            (made,) = bare.act("CreatePreparedStatement", body)
            handles.append(kit().messages.packed(made).blob(1))
    assert code(caught) == "statements-full"
    assert len(handles) <= MOST_OF_ONE
    for handle in handles:
        bare.act("ClosePreparedStatement", kit().messages.pack("ActionClosePreparedStatementRequest", {1: [handle]}))
    assert bare.act("CreatePreparedStatement", body)


def bare_statement(sql: str) -> bytes:
    return bytes(kit().messages.pack("ActionCreatePreparedStatementRequest", {1: [sql.encode()]}))


def test_a_statement_is_forgotten_when_it_is_not_used() -> None:
    statements = PreparedStatements()
    handles = [statements.add("acme/li", "SELECT 1", NOW) for _ in range(MOST_OF_ONE)]
    later = NOW + IDLE / 2
    statements.get(handles[0], "acme/li", later)
    statements.add("acme/li", "SELECT 2", NOW + IDLE + timedelta(seconds=1))
    assert statements.get(handles[0], "acme/li", later).sql == "SELECT 1"
    with pytest.raises(InvalidInput):
        statements.get(handles[1], "acme/li", later)


def test_statements_may_not_fill_memory() -> None:
    statements = PreparedStatements()
    with pytest.raises(TryAgain):  # noqa: PT012 - the one too many
        for number in range(400):
            statements.add(f"acme/li{number}", "SELECT " + "1" * 100_000, NOW)


def test_a_statement_of_another_is_as_if_it_were_not_there(city: Served, bare: Bare) -> None:
    (made,) = bare.act("CreatePreparedStatement", bare_statement("SELECT 1"))
    command = kit().messages.pack("CommandPreparedStatementQuery", {1: [kit().messages.packed(made).blob(1)]})
    other = kit().Bare(city, token=city.owner.new_token("acme/wang")["token"])
    with pytest.raises(pa.ArrowException) as caught:
        other.client.get_flight_info(flight.FlightDescriptor.for_command(command), other.options)
    assert code(caught) == "statement-unknown"


@pytest.mark.parametrize("values", [[1], [1, 2, 3], [["a"], 2]])
def test_values_that_do_not_fit_are_refused(reader: adbc.Connection, values: list[Any]) -> None:
    with reader.cursor() as cursor, pytest.raises(adbc.Error) as caught:
        cursor.execute("SELECT age FROM care WHERE age IN (?, ?)", values)
    assert code(caught) in {"parameters-unfit", "parameter-refused"}


def test_a_value_is_a_value_whatever_it_says(reader: adbc.Connection) -> None:
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM care WHERE region = ?", ["R0' OR 'a' = 'a"])
        assert cursor.fetchone() == (0,)
