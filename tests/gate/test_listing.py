"""DESCRIBE, SUMMARIZE, SHOW and the information schema: V and the catalogue, through the gate like any query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.kernel.errors import GolcondaError
from golconda.testing.nodes import TERMS, agreed

if TYPE_CHECKING:
    from golconda.node.node import Node
    from golconda.node.session import Session

COLUMNS = "SELECT column_name FROM information_schema.columns ORDER BY ordinal_position"
SHOWN = ["region", "age", "sex", "phone", "id_number", "cost", "visit_date"]


def rows(session: Session, sql: str, **how: object) -> list[list[object]]:
    return session.query(sql, **how).document()["rows"]  # type: ignore[arg-type,no-any-return]


def code(session: Session, sql: str, **how: object) -> str:
    with pytest.raises(GolcondaError) as caught:
        session.query(sql, **how).document()  # type: ignore[arg-type]
    return caught.value.code


def test_a_reader_without_agreement_sees_an_empty_catalogue(node: Node, li: Session) -> None:
    node.owner_session("test").offer("care", TERMS)
    for sql in ("SHOW TABLES", COLUMNS, "SELECT * FROM information_schema.schemata"):
        assert rows(li, sql) == []
    assert code(li, "DESCRIBE care") == "no-agreement"


def test_the_catalogue_shows_the_columns_of_the_view_alone(node: Node, li: Session) -> None:
    agreed(node, li)
    assert [row[0] for row in rows(li, COLUMNS)] == SHOWN
    assert [row[0] for row in rows(li, "DESCRIBE care")] == SHOWN
    assert [row[0] for row in rows(li, "SUMMARIZE care")] == SHOWN
    assert rows(li, "SHOW TABLES") == [["city", "care", "visits"]]
    hidden, absent = (f"SELECT {name} FROM (SUMMARIZE care)" for name in ("consent", "konsent"))
    assert code(li, hidden) == code(li, absent) == "column-unknown"


def test_the_owner_sees_every_column(node: Node) -> None:
    owner = node.owner_session("test")
    assert "consent" in [row[0] for row in rows(owner, COLUMNS)]


def test_each_agreement_shows_its_own_view(node: Node, li: Session) -> None:
    first = agreed(node, li)
    second = agreed(node, li, "purposes: [capacity-planning]\ncolumns: [region, cost]", purpose="capacity-planning")
    counted = rows(li, "SELECT agreement, count(*) FROM information_schema.columns GROUP BY ALL")
    assert sorted(counted, key=str) == sorted([[first, len(SHOWN)], [second, 2]], key=str)
    assert [row[0] for row in rows(li, COLUMNS, agreements=[second])] == ["region", "cost"]
    assert [row[0] for row in rows(li, COLUMNS, purpose="capacity-planning")] == ["region", "cost"]
    assert [row[0] for row in rows(li, "DESCRIBE care", agreements=[second])] == ["region", "cost"]


def test_what_ended_is_no_longer_listed(node: Node, li: Session) -> None:
    agreement = agreed(node, li)
    assert len(rows(li, "SHOW TABLES")) == 1
    node.owner_session("test").revoke(agreement, why="it is over")
    assert rows(li, "SHOW TABLES") == []
    assert rows(li, COLUMNS) == []


def test_an_aggregate_only_table_is_described_and_not_summarised(node: Node, li: Session) -> None:
    agreed(node, li, TERMS + "aggregate: {min_group: 2}")
    assert [row[0] for row in rows(li, "DESCRIBE care")] == SHOWN
    assert code(li, "SUMMARIZE care") == "aggregate-only-rows"
    assert code(li, "DESCRIBE SELECT * FROM care") == "aggregate-only-rows"


def test_describing_is_metered_and_logged_like_any_query(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS + "limits: {queries: 2, per: total}")
    rows(li, "DESCRIBE care")
    rows(li, "SHOW TABLES")
    used = {meter["what"]: meter["used"] for meter in li.agreement(agreement)["meters"]}
    assert used["queries"] == 1
    intents = node.owner_session("test").log(kind="read.intent")["entries"]
    assert len(intents) == 2
    assert intents[0]["payload"]["agreements"] == [agreement]


def test_what_the_catalogue_shows_is_explained(node: Node, li: Session) -> None:
    agreed(node, li)
    for sql in ("SHOW TABLES", "DESCRIBE care", "SUMMARIZE care", COLUMNS):
        assert li.explain(sql)
