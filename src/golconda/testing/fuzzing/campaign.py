"""Asks many random queries of many random worlds; what differs is made short and reported."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from golconda.testing.fuzzing.aggregates import answer_by_hand, asked, loosely
from golconda.testing.fuzzing.comparing import ORDERED, compared, difference, outcome
from golconda.testing.fuzzing.grammar import Grammar
from golconda.testing.fuzzing.shrinking import shrunk
from golconda.testing.fuzzing.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from golconda.engine.spark.engine import SparkEngine
    from golconda.testing.fuzzing.comparing import Outcome

NOT_ASKED = "not asked of Spark"
_GROUPS = 0.05  # nearly all of these are answered, few of the others


@dataclass(slots=True)
class Report:
    """How often each kind of outcome came, and a line for each query that differed."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def queries(self) -> int:
        """Return how many were asked."""
        return sum(self.counts.values())

    def add(self, other: Report) -> None:
        """Take in what another world gave."""
        self.counts += other.counts
        self.wrong += other.wrong


def ask_spark(folder: Path, seed: int, answers: int, spark: SparkEngine) -> Report:
    """Make a world of this seed and ask it of both engines until Spark gave so many answers, or errors as over V.

    What Spark is not asked for, since its answer might differ, is counted apart.
    """
    pick = random.Random(seed)  # noqa: S311 a seed for every random thing
    report = Report()
    world = _world(folder, pick)
    try:
        grammar = Grammar(pick, world.seen)
        while report.queries - report.counts[NOT_ASKED] < answers:
            if pick.random() < _GROUPS:
                query = asked(pick, world)
                expected = outcome(partial(answer_by_hand, world, query), value=loosely)
                _compare_spark(world, query.sql, expected, spark, report, value=loosely)
            else:
                sql = grammar.statement()
                expected = outcome(partial(world.expected, sql), ordered=ORDERED in sql)
                _compare_spark(world, sql, expected, spark, report)
    finally:
        world.close()
    return report


def _compare_spark(
    world: World,
    sql: str,
    expected: Outcome,
    spark: SparkEngine,
    report: Report,
    *,
    value: Callable[[Any], Any] = lambda one: one,
) -> None:
    ordered = ORDERED in sql
    found = outcome(lambda: world.answer_of_spark(sql, spark), ordered=ordered, value=value)
    if found.code == "engine-differs":
        report.counts[NOT_ASKED] += 1
        return
    on_duckdb = outcome(lambda: world.answer(sql, native=False), ordered=ordered, value=value)
    wrong = difference(found, expected) or difference(on_duckdb, expected)
    report.counts[wrong or f"same, {expected.kind}"] += 1
    report.wrong += [f"{wrong}\n  {sql}"] if wrong else []


def _world(folder: Path, pick: random.Random) -> World:
    world = World(folder)
    for name in ("t0", "t1", "t2"):
        world.add(pick, name)
    for name in ("pq", "pr"):
        world.add_groups(pick, name)
    return world


def ask(folder: Path, seed: int, queries: int) -> Report:
    """Make a world of this seed and ask it so many queries, every sixth of them over groups."""
    pick = random.Random(seed)  # noqa: S311 a seed for every random thing
    report = Report()
    world = _world(folder, pick)
    try:
        grammar = Grammar(pick, world.seen)
        for number in range(queries):
            if number % 6 == 5:
                _ask_groups(pick, world, number, seed, report)
            else:
                _ask_rows(grammar, world, number, seed, report)
    finally:
        world.close()
    return report


def _ask_rows(grammar: Grammar, world: World, number: int, seed: int, report: Report) -> None:
    sql, native = grammar.statement(), number % 2 == 1
    governed, expected = compared(world, sql, native=native)
    wrong = difference(governed, expected)
    report.counts[wrong or f"same, {expected.kind}"] += 1
    if wrong:
        short = shrunk(sql, lambda text: difference(*compared(world, text, native=native)) == wrong)
        report.wrong.append(f"{wrong} | world {seed}, query {number}, native {native}\n  {short}\n  from {sql}")


def _ask_groups(pick: random.Random, world: World, number: int, seed: int, report: Report) -> None:
    query, native = asked(pick, world), number % 4 == 1
    expected = outcome(lambda: answer_by_hand(world, query), value=loosely)
    found = outcome(lambda: world.answer(query.sql, native=native), value=loosely)
    wrong = None if found == expected else found.code or "other groups"
    report.counts[f"only aggregates, {wrong or 'same'}"] += 1
    if wrong:
        report.wrong.append(f"only aggregates, {wrong} | world {seed}, query {number}, native {native}\n  {query.sql}")
