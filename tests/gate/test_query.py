"""The gate from end to end, on a real node: rows leave under an agreement in force, metered and logged."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from golconda.engine.governed import Allowance
from golconda.kernel.errors import AccessRefused, GolcondaError, InvalidInput, NotFound, TryAgain
from golconda.testing.nodes import TERMS, SetClock, agreed, reader

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.node.node import Node
    from golconda.node.session import Session

ALL = "SELECT * FROM care"
ENDLESS = "SELECT count(*) FROM care, range(10000000) AS a(i), range(10000000) AS b(i) WHERE a.i + b.i <> 1"


def rows(session: Session, sql: str, **how: object) -> list[list[object]]:
    return session.query(sql, **how).document()["rows"]  # type: ignore[arg-type]


def refusal(session: Session, sql: str, **how: object) -> GolcondaError:
    with pytest.raises(GolcondaError) as caught:
        session.query(sql, **how).document()  # type: ignore[arg-type]
    return caught.value


def meters(session: Session, agreement: str) -> dict[str, int]:
    return {meter["what"]: meter["used"] for meter in session.agreement(agreement)["meters"]}


def kinds(node: Node) -> list[str]:
    return [entry["kind"] for entry in node.owner_session("test").log(limit=1000)["entries"]]


def test_the_reader_sees_the_protected_view_alone(node: Node, li: Session) -> None:
    agreed(node, li)
    answer = li.query(ALL).document()
    assert [column["name"] for column in answer["columns"]] == [
        "region", "age", "sex", "phone", "id_number", "cost", "visit_date",
    ]  # fmt: skip
    assert [(row[0], row[3], row[6]) for row in answer["rows"]] == [
        ("R1", "138********78", "2013-01-01"),
        ("R1", "139********78", "2013-01-01"),
        ("R2", "135********78", "2013-03-01"),
    ]


def test_the_owner_sees_every_row_and_is_logged_as_owner(node: Node) -> None:
    owner = node.owner_session("test")
    assert len(rows(owner, ALL)) == 5
    intent = owner.log(kind="read.intent")["entries"][-1]
    assert intent["payload"]["agreements"] == ["owner"]


def test_two_agreements_show_two_views_of_one_table(node: Node, li: Session) -> None:
    first = agreed(node, li)
    second = agreed(node, li, "purposes: [capacity-planning]\ncolumns: [region, cost]", purpose="capacity-planning")
    assert len(rows(li, ALL, agreements=[first])) == 3
    assert rows(li, "SELECT region, cost FROM care ORDER BY cost", agreements=[second])[0] == ["R2", 10.25]
    assert refusal(li, ALL).code == "agreement-ambiguous"
    assert len(rows(li, ALL, purpose="capacity-planning")) == 5


def test_no_agreement_and_no_such_table_differ_only_for_what_is_offered(node: Node, li: Session) -> None:
    hidden, absent = refusal(li, ALL), refusal(li, "SELECT * FROM nothing")
    assert (hidden.code, hidden.message.replace("care", "nothing")) == (absent.code, absent.message)
    node.owner_session("test").offer("care", TERMS)
    assert refusal(li, ALL).code == "no-agreement"


def test_a_hidden_column_is_as_absent_as_a_misspelt_one(node: Node, li: Session) -> None:
    agreed(node, li)
    hidden, absent = refusal(li, "SELECT consent FROM care"), refusal(li, "SELECT konsent FROM care")
    assert (hidden.code, hidden.message.replace("consent", "konsent")) == (absent.code, absent.message)


def test_a_refusal_charges_nothing_and_an_error_while_running_costs_one(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS + "limits: {queries: 5, per: day}")
    refusal(li, "SELECT consent FROM care")
    refusal(li, "SELEC 1")
    assert meters(li, agreement) == {"queries": 0}
    assert isinstance(refusal(li, "SELECT CAST(phone AS INTEGER) FROM care"), InvalidInput)
    assert meters(li, agreement) == {"queries": 1}


def test_a_limit_on_queries_is_never_exceeded_by_readers_at_once(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS + "limits: {queries: 100, per: total}")
    served: list[int] = []
    refused: list[str] = []

    def read() -> None:
        for _ in range(20):
            try:
                served.append(len(rows(li, "SELECT count(*) FROM care")))
            except AccessRefused as error:
                refused.append(error.code)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(served), len(refused), set(refused)) == (100, 60, {"limit-reached"})
    assert meters(li, agreement) == {"queries": 100}


def test_an_answer_over_the_limit_on_rows_is_refused_whole(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS + "limits: [{queries: 9, per: day}, {rows: 5, per: day}]")
    assert len(rows(li, ALL)) == 3
    assert refusal(li, ALL).code == "limit-reached"
    assert meters(li, agreement) == {"queries": 2, "rows": 3}
    assert len(rows(li, ALL + " LIMIT 2")) == 2
    assert meters(li, agreement) == {"queries": 3, "rows": 5}


def test_a_limit_begins_anew_each_day(node: Node, li: Session, clock: SetClock) -> None:
    agreed(node, li, TERMS + "limits: {queries: 1, per: day}")
    assert rows(li, "SELECT 1 FROM care LIMIT 1") == [[1]]
    assert refusal(li, ALL).code == "limit-reached"
    clock.move(days=1)
    assert len(rows(li, ALL)) == 3


def test_an_agreement_ends_by_the_calendar(node: Node, li: Session, clock: SetClock) -> None:
    agreed(node, li, TERMS + "period: P30D")
    clock.move(days=29)
    assert len(rows(li, ALL)) == 3
    clock.move(days=1)
    assert refusal(li, ALL).code == "agreement-not-in-force"


def test_a_clock_set_back_opens_nothing(node: Node, li: Session, clock: SetClock) -> None:
    agreed(node, li, TERMS + "period: P30D")
    clock.move(days=31)
    node.jobs  # noqa: B018 - made, not started: the test keeps house itself
    from golconda.node.jobs import keep_house

    keep_house(node)
    clock.move(days=-31)
    assert refusal(li, ALL).code == "agreement-not-in-force"


def test_a_revoked_agreement_reads_nothing(node: Node, li: Session) -> None:
    agreement = agreed(node, li)
    node.owner_session("test").revoke(agreement, why="done")
    assert refusal(li, ALL).details["state"] == "revoked"


def test_revocation_stops_a_stream_midway(node: Node, li: Session) -> None:
    agreement = agreed(node, li)
    answer = li.query("SELECT care.region FROM care, range(10000000) AS a, range(100) AS b")
    batches = answer.batches()
    next(batches)
    node.owner_session("test").revoke(agreement, why="done")
    with pytest.raises(AccessRefused, match="ended while it was being read"):
        for _ in batches:
            pass


def test_intent_comes_before_the_first_byte_and_ends_once(node: Node, li: Session) -> None:
    agreed(node, li)
    answer = li.query(ALL)
    assert kinds(node)[-1] == "read.intent"
    list(answer.batches())
    answer.close()
    assert kinds(node)[-2:] == ["read.intent", "read.ended"]


def test_a_reader_of_another_organisation_cannot_name_the_agreement(node: Node, li: Session) -> None:
    agreement = agreed(node, li)
    wang = reader(node, "other/wang")
    assert refusal(wang, ALL, agreements=[agreement]).code == "agreement-unknown"
    with pytest.raises(NotFound):
        wang.agreement(agreement)


def test_values_that_gather_rows_count_as_those(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS + "limits: [{rows: 4, per: day}]")
    assert len(rows(li, "SELECT list(cost) FROM care")[0][0]) == 3
    assert meters(li, agreement) == {"rows": 3}
    with pytest.raises(GolcondaError) as caught:
        rows(li, "SELECT list(cost) FROM care")
    assert caught.value.code == "limit-reached"


def test_an_administrator_reads_no_rows_and_makes_no_reader(node: Node) -> None:
    owner = node.owner_session("test")
    admin = node.authenticate(owner.new_token("city/root", role="administrator")["token"], "test")
    assert refusal(admin, ALL).code == "not-allowed"
    with pytest.raises(AccessRefused):
        admin.new_token("city/steward")
    with pytest.raises(AccessRefused):
        admin.new_token("city/root2", role="steward")
    assert admin.new_token("city/watch", role="regulator")["roles"] == ["regulator"]


def test_a_product_that_prohibits_combining_is_read_alone(node: Node, li: Session, tmp_path: Path) -> None:
    other = tmp_path / "weather.csv"
    other.write_text("region,rain\nR1,3\n", encoding="utf-8")
    node.owner_session("test").publish([str(other)], name="weather")
    agreed(node, li, TERMS + "prohibit: [combine]")
    agreed(node, li, "purposes: [epidemic-statistics]", product="city/weather")
    assert len(rows(li, ALL)) == 3
    both = "SELECT count(*) FROM care JOIN weather USING (region)"
    assert refusal(li, both).code == "combine-prohibited"


def test_agreements_of_two_products_serve_one_purpose(node: Node, li: Session, tmp_path: Path) -> None:
    other = tmp_path / "weather.csv"
    other.write_text("region,rain\nR1,3\n", encoding="utf-8")
    node.owner_session("test").publish([str(other)], name="weather")
    agreed(node, li)
    agreed(node, li, "{}", product="city/weather", purpose="capacity-planning")
    both = "SELECT count(*) FROM care JOIN weather USING (region)"
    assert refusal(li, both).code == "purpose-not-covered"


def test_constants_answer_without_an_agreement_and_are_logged(node: Node, li: Session) -> None:
    assert rows(li, "SELECT 1 + 1 AS two") == [[2]]
    assert kinds(node)[-2:] == ["read.intent", "read.ended"]


def test_every_decision_cites_what_it_was_based_on(node: Node, li: Session) -> None:
    agreement = agreed(node, li)
    rows(li, ALL)
    cites = node.owner_session("test").log(kind="read.intent")["entries"][-1]["payload"]["cites"]
    assert set(cites) == {"policies", "version:city/care@1", "contract:city/care", f"agreement:{agreement}"}
    assert all(value.startswith("sha256:") for value in cites.values())


def test_readers_move_when_the_pointer_moves(node: Node, li: Session, tmp_path: Path) -> None:
    agreed(node, li)
    source = tmp_path / "visits.csv"
    source.write_text(source.read_text("utf-8") + "R2,62,M,134-1234-5678,A1006,1.5,2013-03-02,true\n", "utf-8")
    node.owner_session("test").publish([str(source)], name="care")
    assert len(rows(li, ALL)) == 4


def test_a_mere_reader_of_the_owner_decides_nothing(node: Node, li: Session) -> None:
    owner = node.owner_session("test")
    owner.offer("care", TERMS)
    asked = li.request("city/care", purpose="epidemic-statistics")["id"]
    clerk = node.authenticate(owner.new_token("city/clerk")["token"], "test")
    with pytest.raises(AccessRefused, match="decide"):
        clerk.approve(asked)
    with pytest.raises(AccessRefused, match="decide"):
        clerk.reject(asked, why="no")
    assert owner.approve(asked)["state"] == "agreed"


def test_the_reader_ends_what_it_holds_and_nobody_elses(node: Node, li: Session) -> None:
    agreement = agreed(node, li)
    with pytest.raises(NotFound):
        reader(node, "other/wang").terminate(agreement, why="not mine")
    with pytest.raises(NotFound):
        node.owner_session("test").terminate(agreement, why="the owner revokes")
    assert li.terminate(agreement, why="done")["state"] == "terminated"
    assert refusal(li, ALL).details["state"] == "terminated"


def test_an_amendment_supersedes_and_keeps_the_meters(node: Node, li: Session) -> None:
    limited = TERMS + "limits: {queries: 5, per: total}"
    first = agreed(node, li, limited)
    rows(li, ALL)
    offer = node.owner_session("test").offer("care", limited)["id"]
    asked = li.request("care", purpose="epidemic-statistics", offer=offer, amends=first)
    second = node.owner_session("test").approve(asked["id"])["agreement"]
    rows(li, ALL)
    assert meters(li, second) == {"queries": 2}
    assert li.agreement(first)["state"] == "superseded"


def test_an_owner_sees_every_use_of_its_products_and_nothing_of_others(node: Node, li: Session, tmp_path: Path) -> None:
    owner = node.owner_session("test")
    owner.add_organisation("lake", titles={"en": "Lake"})
    keeper = node.authenticate(owner.new_token("lake/steward", role="steward")["token"], "test")
    source = tmp_path / "levels.csv"
    source.write_text("day,level\n1,2.5\n", encoding="utf-8")
    keeper.publish(str(source), name="levels")
    agreed(node, li)
    rows(li, ALL)
    agreement = agreed(node, li, "{}", product="lake/levels", purpose="capacity-planning")
    rows(li, "SELECT * FROM levels")
    seen = keeper.log(limit=1000)["entries"]
    assert [entry["kind"] for entry in seen if entry["actor"] == "acme/li"] == [
        "agreement.requested",
        "agreement.signed",
        "read.intent",
        "read.ended",
    ]
    assert agreement in {entry["subject"] for entry in seen}
    assert not any("city/care" in str(entry) for entry in seen)


def test_a_read_that_cannot_be_settled_is_settled_later(
    node: Node, li: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement = agreed(node, li, TERMS + "limits: {queries: 5, per: total}")
    answer = li.query(ALL)
    with monkeypatch.context() as broken:
        broken.setattr("golconda.gate.release.settle", _busy)
        with pytest.raises(TryAgain):
            list(answer.batches())
    assert kinds(node)[-1] == "read.intent"
    assert node.gate.settle_owed() == 1
    assert kinds(node)[-1] == "read.ended"
    assert meters(li, agreement) == {"queries": 1}
    assert node.gate.settle_owed() == 0


def _busy(*_: object, **__: object) -> None:
    raise TryAgain("metastore-locked", "The metastore is busy.", hint="Try again.")


def test_reading_stops_when_nobody_can_tell_what_is_in_force(
    node: Node, li: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed(node, li)
    answer = li.query("SELECT care.region FROM care, range(10000000) AS a, range(100) AS b")
    batches = answer.batches()
    next(batches)
    monkeypatch.setattr("golconda.gate.revocation.in_force", lambda *_, **__: 1 / 0)
    with pytest.raises(TryAgain, match="in force"):
        for _ in batches:
            pass


def test_what_is_refused_is_logged_with_its_code_and_charges_nothing(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS + "limits: {queries: 5, per: day}")
    refusal(li, "SELECT consent FROM care")
    refusal(li, "SELECT 1" + " " * 9_000 + "; SELECT 2")
    told = [entry["payload"] for entry in node.owner_session("test").log(kind="read.refused")["entries"]]
    assert [each["code"] for each in told] == ["column-unknown", "sql-several-statements"]
    assert (len(told[1]["sql"]), told[1]["sql_hash"][:7]) == (8_000, "sha256:")
    assert meters(li, agreement) == {"queries": 0}


def test_terms_that_were_not_signed_are_not_used(node: Node, li: Session) -> None:
    from sqlalchemy import update

    from golconda.agreement import terms_file
    from golconda.metastore import agreements, schema

    agreement = agreed(node, li)
    with node.metastore.transaction() as connection:
        looser = agreements.keep_terms(connection, terms_file.read("{}"))
        connection.execute(update(schema.agreement).where(schema.agreement.c.id == agreement).values(terms=looser))
    assert refusal(li, ALL).code == "agreement-unusable"


def test_a_region_is_vouched_for_by_the_node_alone(node: Node, li: Session) -> None:
    owner = node.owner_session("test")
    guest = node.authenticate(owner.new_token("acme/chief", role="steward")["token"], "test")
    with pytest.raises(AccessRefused):
        guest.new_token("acme/wu", region="R9")
    wu = node.authenticate(owner.new_token("acme/wu", region="R2")["token"], "test")
    agreed(node, wu, "where: region = :region")
    assert len(rows(wu, ALL)) == 2
    assert rows(li, ALL) == []
    with pytest.raises(InvalidInput, match="already"):
        owner.new_token("acme/wu", region="R1")


def test_a_query_that_gives_nothing_for_long_is_stopped(
    node: Node, li: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed(node, li)
    monkeypatch.setattr(node.engine, "_allowance", Allowance(timeout_seconds=0.2))
    assert refusal(li, ENDLESS).code == "query-timeout"


def test_a_query_that_gives_nothing_for_long_is_stopped_by_revocation(node: Node, li: Session) -> None:
    agreement = agreed(node, li)
    revoking = threading.Timer(0.3, lambda: node.owner_session("test").revoke(agreement, why="over"))
    revoking.start()
    assert refusal(li, ENDLESS).code == "agreement-not-in-force"
    revoking.join()
