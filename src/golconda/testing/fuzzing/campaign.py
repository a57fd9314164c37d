"""Asks many random queries of many random worlds; what differs is made short and reported."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from golconda.testing.fuzzing.aggregates import answer_by_hand, asked, loosely
from golconda.testing.fuzzing.comparing import compared, difference, outcome
from golconda.testing.fuzzing.grammar import Grammar
from golconda.testing.fuzzing.shrinking import shrunk
from golconda.testing.fuzzing.world import World

if TYPE_CHECKING:
    from pathlib import Path


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


def ask(folder: Path, seed: int, queries: int) -> Report:
    """Make a world of this seed and ask it so many queries, every sixth of them over groups."""
    pick = random.Random(seed)  # noqa: S311 a seed for every random thing
    report = Report()
    world = World(folder)
    try:
        for name in ("t0", "t1", "t2"):
            world.add(pick, name)
        for name in ("pq", "pr"):
            world.add_groups(pick, name)
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
