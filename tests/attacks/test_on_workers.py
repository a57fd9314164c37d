"""The attack statements on the engine as it serves: worker processes, locked down, within limits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from golconda.engine.faults import translated
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.kernel.errors import GolcondaError
from golconda.testing.attacks import Attack, attacks
from golconda.testing.views import CANARY, World
from golconda.testing.views import world as make_world

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = list(attacks())
FILES = sorted({attack.name.rpartition("-")[0] for attack in ALL})
SECONDS = 2.0
ENDS = {"rows", "sql-too-large", "query-too-large", "query-timeout", "query-value-error", "worker-lost"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("world"))
    yield made
    made.governed.close()
    made.views.close()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GovernedEngine]:
    allowance = Allowance(threads=1, memory_megabytes=512, spill_megabytes=64, timeout_seconds=SECONDS)
    made = GovernedEngine(allowance, spill_directory=tmp_path_factory.mktemp("spill"), workers=1)
    yield made
    made.close()


def asked(world: World, engine: GovernedEngine, sql: str) -> str | list[str]:
    """Return the rows that the worker gives, or the code of what it says instead."""
    try:
        plan = world.compiled(sql)
        rows = [row for batch in engine.run(plan.sql, plan.parameters, frozenset(plan.files)) for row in _rows(batch)]
    except GolcondaError as error:
        said = f"{error.message} {error.hint} {error.details}"
        return error.code if CANARY not in said else "a hidden value"
    assert CANARY not in repr(rows)
    return sorted(map(repr, rows))


def expected(world: World, sql: str) -> str | list[str]:
    try:
        return sorted(repr(row) for batch in world.views.sql(sql).to_arrow_table().to_batches() for row in _rows(batch))
    except (duckdb.Error, UnicodeError) as error:
        return translated(error).code


def _rows(batch: Any) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


@pytest.mark.parametrize("file", FILES)
def test_workers_refuse_or_answer_as_over_the_views(world: World, engine: GovernedEngine, file: str) -> None:
    wrong = []
    for attack in (one for one in ALL if one.name.rpartition("-")[0] == file and not one.ends):
        answer, wanted = asked(world, engine, attack.sql), _wanted(world, attack)
        if answer != wanted:
            wrong.append(f"{attack.name} {attack.sql[:200]}\n  {str(answer)[:200]}\n  {str(wanted)[:200]}")
    assert not wrong, "\n".join(wrong)


def _wanted(world: World, attack: Attack) -> str | list[str]:
    if attack.refused:
        return attack.refused
    return expected(world, attack.sql) if attack.rows is None else sorted(map(repr, attack.rows))


@pytest.mark.slow
@pytest.mark.parametrize("attack", [pytest.param(one, id=one.name) for one in ALL if one.ends])
def test_a_bomb_ends_within_limits_and_the_next_query_is_answered(
    world: World, engine: GovernedEngine, attack: Attack
) -> None:
    begun = time.monotonic()
    answer = asked(world, engine, attack.sql)
    assert time.monotonic() - begun < SECONDS + 8  # a worker to be killed has its grace, the machine its load
    assert (answer if isinstance(answer, str) else "rows") in ENDS
    assert asked(world, engine, "SELECT count(*) FROM care.events") == ["(400,)"]
