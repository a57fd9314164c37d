"""The attack statements on Spark: each is refused, or answered as over the views made by hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import duckdb
import pytest
from both import rows

from golconda.engine.faults import translated
from golconda.kernel.errors import GolcondaError
from golconda.testing.attacks import Attack, attacks
from golconda.testing.views import CANARY, World
from golconda.testing.views import world as make_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from both import Both

pytestmark = [pytest.mark.slow, pytest.mark.spark]

ALL = list(attacks())
FILES = sorted({attack.name.rpartition("-")[0] for attack in ALL})
SECONDS = 2.0
ENDS = {"rows", "query-too-large", "query-timeout", "query-value-error", "engine-gone"}
# Rows, text and work without end, in shapes that Spark has its own ways with.
BOMBS = (
    "SELECT a.code, b.phone, c.phone FROM care.events AS a, care.events AS b, care.events AS c",
    "SELECT repeat(a.code, 10000) FROM care.events AS a, care.events AS b",
    "SELECT count(DISTINCT repeat(a.code || b.code, 10000)) FROM care.events AS a, care.events AS b, care.events AS c",
    "SELECT a.id FROM care.events AS a, care.events AS b, care.events AS c, care.events AS d ORDER BY a.id + d.id",
    "SELECT sum(a.units) OVER (ORDER BY a.id + b.id + c.id) FROM care.events AS a, care.events AS b, care.events AS c",
)
NOT_ASKED = "engine-differs"  # before anything runs, so that no row can have been felt


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("world"))
    yield made
    made.governed.close()
    made.views.close()


def asked(world: World, both: Both, sql: str, seconds: float | None = None) -> str | list[str]:
    """Return the rows that Spark gives, or the code of what it says instead."""
    try:
        found = rows(both.answer(world.compiled(sql, "spark"), seconds))
    except GolcondaError as error:
        said = f"{error.message} {error.hint} {error.details}"
        return error.code if CANARY not in said else "a hidden value"
    assert CANARY not in repr(found)
    return sorted(map(repr, found))


def expected(world: World, attack: Attack) -> str | list[str]:
    if attack.refused or attack.rows is not None:
        return attack.refused or sorted(map(repr, attack.rows or ()))
    try:
        return sorted(map(repr, rows(world.views.sql(attack.sql).to_arrow_table())))
    except (duckdb.Error, UnicodeError) as error:
        return translated(error).code


@pytest.mark.parametrize("file", FILES)
def test_spark_refuses_or_answers_as_over_the_views(world: World, both: Both, file: str) -> None:
    wrong = []
    for attack in (one for one in ALL if one.name.rpartition("-")[0] == file and not one.ends):
        answer, wanted = asked(world, both, attack.sql), expected(world, attack)
        if answer != wanted and (answer != NOT_ASKED or attack.refused):
            wrong.append(f"{attack.name} {attack.sql[:200]}\n  {str(answer)[:200]}\n  {str(wanted)[:200]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("attack", [pytest.param(one, id=one.name) for one in ALL if one.ends])
def test_a_bomb_ends_within_limits_and_the_next_query_is_answered(world: World, both: Both, attack: Attack) -> None:
    both.spark.driver.session()
    begun = time.monotonic()
    answer = asked(world, both, attack.sql, SECONDS)
    assert time.monotonic() - begun < SECONDS + 3  # the machine has its load
    assert (answer if isinstance(answer, str) else "rows") in {*ENDS, NOT_ASKED}
    if answer != NOT_ASKED:
        assert asked(world, both, "SELECT count(*) FROM care.events") == ["(400,)"]


@pytest.mark.parametrize("sql", BOMBS)
def test_what_explodes_on_spark_ends_too(world: World, both: Both, sql: str) -> None:
    both.spark.driver.session()
    begun = time.monotonic()
    answer = asked(world, both, sql, SECONDS)
    assert time.monotonic() - begun < SECONDS + 3
    assert answer in ENDS
    assert asked(world, both, "SELECT count(*) FROM care.events") == ["(400,)"]


def test_the_attacks_find_a_missing_barrier(world: World, both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("golconda.engine.spark.translate.is_barrier", lambda _: False)
    felt = [one for one in ALL if one.equal and "w.id + 5" in one.sql and "units" in one.sql]
    found = {asked(world, both, one.sql) == expected(world, one) for one in felt}
    assert False in found
