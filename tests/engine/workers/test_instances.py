"""A worker's instance keeps the plans of texts that come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from golconda.engine.workers import instances
from golconda.engine.workers.instances import Instance
from golconda.engine.workers.wire import Request
from golconda.engine.workers.worker import begun

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def instance() -> Iterator[Instance]:
    """Give an instance over a small table."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT i, i % 3 AS k FROM range(10) AS r(i)")
        yield Instance(connection)


def asked(sql: str, **parameters: Any) -> Request:
    return Request(1, "key", "files", sql, parameters, 1.0)


def answer(instance: Instance, request: Request) -> list[dict[str, Any]]:
    rows = [row for batch in begun(instance, request) for row in batch.to_pylist()]
    instance.note_small(request.sql)
    return rows


def test_a_text_is_planned_once_when_it_comes_again(instance: Instance) -> None:
    sql = "SELECT i FROM t WHERE k = 2"
    texts = [planned(instance, sql) for _ in range(4)]
    assert texts == [sql, "EXECUTE plan_1", "EXECUTE plan_1", "EXECUTE plan_1"]


def test_a_text_whose_answer_was_not_small_is_planned_each_time(instance: Instance) -> None:
    sql = "SELECT i FROM t WHERE k = 2"
    assert [instance.planned(sql) for _ in range(3)] == [sql] * 3


def planned(instance: Instance, sql: str) -> str:
    """Return what would be run, and have its answer be small."""
    text = instance.planned(sql)
    instance.note_small(sql)
    return text


def test_every_time_gives_the_same_answer(instance: Instance) -> None:
    answers = [answer(instance, asked("SELECT i FROM t WHERE k = 2 ORDER BY i")) for _ in range(3)]
    assert answers == [[{"i": 2}, {"i": 5}, {"i": 8}]] * 3


def test_every_time_gives_the_same_error(instance: Instance) -> None:
    for _ in range(3):
        with pytest.raises(duckdb.Error, match="Conversion"):
            answer(instance, asked("SELECT CAST(concat('x', i) AS INTEGER) FROM t"))


def test_a_text_with_parameters_is_given_them_each_time(instance: Instance) -> None:
    for wanted in (1, 2, 1):
        found = answer(instance, asked("SELECT min(i) AS i FROM t WHERE k = $k", k=wanted))
        assert found == [{"i": wanted}]


def test_plans_are_few(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "_PREPARED", 2)
    for _ in range(2):
        for number in range(2):
            planned(instance, f"SELECT {number}")
    planned(instance, "SELECT 2")  # the oldest plan goes
    assert instance.planned("SELECT 0") == "SELECT 0"
    assert instance.planned("SELECT 2") == "EXECUTE plan_3"
    with pytest.raises(duckdb.Error, match="plan_1"):
        instance.connection.execute("EXECUTE plan_1")


def test_an_engine_without_the_quick_way_answers_all_the_same(instance: Instance) -> None:
    class Public:
        def sql(self, sql: str, **given: Any) -> duckdb.DuckDBPyRelation:
            return instance.connection.sql(sql, **given)

        def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
            return instance.connection.execute(sql)

    public = Instance(Public())  # type: ignore[arg-type]  # as a later engine may be
    for _ in range(3):
        assert answer(public, asked("SELECT count(*) AS n FROM t")) == [{"n": 10}]
    assert answer(public, asked("SELECT count(*) AS n FROM t WHERE k = $k", k=0)) == [{"n": 4}]
