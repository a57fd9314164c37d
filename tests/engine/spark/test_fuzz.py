"""Random queries over filtered and masked tables: on Spark as over views made by hand."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from golconda.gate.compile import compile_plan
from golconda.gate.statement import parse
from golconda.kernel.errors import GolcondaError
from golconda.testing.fuzzing.comparing import ORDERED, difference, outcome
from golconda.testing.fuzzing.grammar import Grammar
from golconda.testing.fuzzing.tables import KEY
from golconda.testing.fuzzing.world import ATTRIBUTES, World

if TYPE_CHECKING:
    from pathlib import Path

    from both import Both

    from golconda.gate.compile import Plan

pytestmark = [pytest.mark.slow, pytest.mark.spark]

QUERIES, MOST_ASKED = 200, 6_000


def test_random_queries_are_answered_as_over_the_views(both: Both, tmp_path: Path) -> None:
    pick = random.Random(20_241_124)  # noqa: S311 a seed for every random thing
    world = World(tmp_path)
    wrong, answered = [], 0
    try:
        for name in ("t0", "t1", "t2"):
            world.add(pick, name)
        grammar = Grammar(pick, world.seen)
        for _ in range(MOST_ASKED):
            sql = grammar.statement()
            plan = _portable(world, sql)
            if plan is None:
                continue
            found = outcome(lambda plan=plan: _answer(both, world, plan), ordered=ORDERED in sql)
            if found.code == "engine-differs":  # Spark's own rules, such as of correlated subqueries
                continue
            answered += 1
            expected = outcome(lambda sql=sql: world.expected(sql), ordered=ORDERED in sql)
            said = difference(found, expected)
            wrong += [(said, sql)] if said else []
            if answered == QUERIES:
                break
    finally:
        world.close()
    assert wrong == []
    assert answered == QUERIES


def _portable(world: World, sql: str) -> Plan | None:
    """Return the plan for Spark, None where the gate refuses."""
    try:
        statement = parse(sql)
        bound = {name: world.tables[name.table] for name in statement.references if name.table in world.tables}
        today = date(2026, 1, 1)
        return compile_plan(statement, bound, attributes=ATTRIBUTES, today=today, key=lambda _: KEY, engine="spark")
    except GolcondaError:
        return None


def _answer(both: Both, world: World, plan: Plan) -> list[tuple[Any, ...]]:
    def schema() -> pa.Schema:
        running = world.engine.run(plan.without_rows, plan.parameters, frozenset(plan.files))
        try:
            return running.schema
        finally:
            running.close()

    assert plan.over_spark is not None
    running = both.spark.run(plan.over_spark, plan.parameters, schema=schema)
    return list(
        zip(*(column.to_pylist() for column in pa.Table.from_batches(list(running), running.schema)), strict=True)
    )
