"""Values that decide nothing come late: one plan for all of them, and answers as if they had been written there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from golconda.gate import compile as compiler
from golconda.gate.late import Texts
from golconda.gate.query import Question
from golconda.kernel.errors import GolcondaError
from golconda.kernel.given import given
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from golconda.node.node import Node
    from golconda.node.session import Session

VALUES: tuple[Mapping[str, Any], ...] = (
    {"r": "R1", "a": 30},
    {"r": "R2", "a": -5},
    {"r": "R9", "a": 10**17},
    {"r": "x' OR '1'='1", "a": 40},
    {"r": "", "a": 0},
    {"r": "区", "a": 2**63 - 1},
    {"r": None, "a": 40},
    {"r": "R1", "a": 80.0},
    {"r": "R2", "a": -1e300},
    {"r": "R2", "a": float("inf")},
    {"r": "R1", "a": float("nan")},
)
QUERIES = (
    "SELECT region, age, phone FROM care WHERE region = :r AND age > :a ORDER BY ALL",
    "SELECT region, age FROM care WHERE NOT (region <> :r OR :a >= age) ORDER BY ALL",
    "SELECT region, age FROM care WHERE region IN (:r, 'R2') AND age BETWEEN :a AND 60 ORDER BY ALL",
    "SELECT count(*) FROM care WHERE phone = :r OR age = :a",
    "SELECT b.region FROM (SELECT region FROM care WHERE region >= :r AND age < :a) AS b ORDER BY ALL",
    "SELECT age / (age - 34) FROM care WHERE region = :r AND age <> :a AND age <> 34 ORDER BY ALL",
    "SELECT region, :r AS asked FROM care WHERE region = :r AND age > :a ORDER BY ALL",
    "SELECT age FROM care WHERE visit_date > :r AND age > :a ORDER BY ALL",
    "SELECT age FROM care WHERE age > :r AND age > :a ORDER BY ALL",
    "SELECT age FROM care WHERE region LIKE :r AND age + :a > 0 ORDER BY ALL",
    "SELECT region = :r FROM care WHERE age > :a GROUP BY region = :r ORDER BY ALL",
    "SELECT age FROM care WHERE cost > :a AND region = :r ORDER BY ALL LIMIT 2",
    "SELECT age, cost FROM care WHERE cost >= :a OR region < :r ORDER BY ALL",
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with care_node(tmp_path_factory.mktemp("late")) as made:
        yield made


@pytest.fixture(scope="module")
def li(node: Node) -> Session:
    made = reader(node)
    agreed(node, made)
    return made


def answer(session: Session, sql: str, values: Mapping[str, Any]) -> Any:
    """Return names and rows, or the code of the refusal."""
    try:
        found = session.query(sql, parameters=values).document()
    except GolcondaError as error:
        return error.code
    return found["columns"], found["rows"]


def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows with each query that is compiled."""
    seen: list[str] = []
    real = compiler.compile_plan

    def counted(statement: Any, *rest: Any, **named: Any) -> Any:
        seen.append(statement.tree.sql())
        return real(statement, *rest, **named)

    monkeypatch.setattr(compiler, "compile_plan", counted)
    return seen


@pytest.mark.parametrize("sql", QUERIES)
def test_the_answer_is_the_one_with_the_values_written_there(
    li: Session, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = [answer(li, sql, values) for values in VALUES]
    monkeypatch.setattr(Texts, "late", lambda *_: None)
    li.node.gate._decisions.clear()
    assert late == [answer(li, sql, values) for values in VALUES]


def test_a_query_is_compiled_once_for_all_values(li: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = compiled(monkeypatch)
    sql = "SELECT region, age FROM care WHERE region = :r AND age > :a AND 1 = 1"
    for number in range(20):
        answer(li, sql, {"r": f"R{number}", "a": number})
    assert len(seen) == 1
    answer(li, sql, {"r": None, "a": 1})
    assert len(seen) == 2


def test_so_is_a_service_for_all_its_callers_values(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = node.owner_session("test")
    owner.add_service(
        "costly", "SELECT region, cost FROM care WHERE region = :region AND cost >= :least", product="care"
    )
    seen = compiled(monkeypatch)
    found = [owner.service("costly", region=f"R{number}", least=number / 2).document()["rows"] for number in range(9)]
    assert sorted(found[1]) == [["R1", 80.0], ["R1", 120.5]]
    assert len(seen) == 1


@pytest.mark.parametrize("sql", QUERIES[6:11])
def test_values_that_decide_something_are_compiled(li: Session, sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = compiled(monkeypatch)
    for value in ("2013-01-01", "2013-02-01", "7"):
        answer(li, f"{sql} -- anew", {"r": value, "a": 1})
    assert sum(value in text for value in ("2013-01-01", "2013-02-01", "'7'") for text in seen) >= 3


def test_the_log_has_the_values_that_were_asked_with(node: Node, li: Session) -> None:
    sql = "SELECT region FROM care WHERE region = :r"
    for value in ("R1", "R2"):
        answer(li, sql, {"r": value})
    asked = [entry["payload"] for entry in node.owner_session("test").log(kind="read.intent")["entries"][-2:]]
    assert ["R1" in str(payload) for payload in asked] == [True, False]
    assert "R2" in str(asked[1])


def test_no_stand_in_is_among_explanations_or_columns(li: Session) -> None:
    secret = li.node.gate._late._text
    sql = QUERIES[0]
    principal = li.known()
    explained = li.node.gate.explain(Question(sql, given=given({"r": "R1", "a": 1})), principal)
    assert secret not in explained.plan.shown
    assert secret not in str(li.schema(sql, parameters={"r": "R1", "a": 1}))


def test_a_revoked_agreement_ends_the_plan_for_all_values(tmp_path: Path) -> None:
    with care_node(tmp_path) as node:
        session = reader(node)
        agreement = agreed(node, session)
        sql = "SELECT region FROM care WHERE region = :r"
        assert answer(session, sql, {"r": "R1"})[1]
        node.owner_session("test").revoke(agreement, why="Test.")
        assert [answer(session, sql, {"r": value}) for value in ("R1", "R2")] == ["agreement-not-in-force"] * 2
