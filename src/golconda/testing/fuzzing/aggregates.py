"""Random queries over tables of which only aggregates leave, and what may leave, by rules of their own.

`docs/reference/terms.md`, section 5, once more and in Python: rows of the views are joined and filtered one by one,
then grouped, counted by distinct units, and aggregated here. No SQL of the compiler's kind decides anything.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from golconda.testing.fuzzing.world import Grouped, World

Values = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Call:
    """An aggregate of a query: its text, arguments, FILTER, and how Python computes it from the arguments' values."""

    text: str
    arguments: tuple[str, ...]
    of: Callable[[Values], Any]
    test: str = ""

    @property
    def written(self) -> str:
        """Return the call with its FILTER."""
        return f"{self.text} FILTER (WHERE {self.test})" if self.test else self.text


@dataclass(frozen=True, slots=True)
class Asked:
    """A query over groups, taken apart."""

    from_: str
    by_hand: str
    protected: tuple[tuple[str, Grouped], ...]
    keys: tuple[str, ...]
    calls: tuple[Call, ...]
    where: str
    having: bool
    nested: str

    @property
    def sql(self) -> str:
        """Return what the reader asks."""
        items = [*self.keys, *(call.written for call in self.calls)]
        names = ", ".join(f"{item} AS c{place}" for place, item in enumerate(items))
        by = f" GROUP BY {', '.join(self.keys)}" if self.keys else ""
        having = f" HAVING {self.calls[0].written} > 3" if self.having else ""
        sql = f"SELECT {names} FROM {self.from_}{self.where}{by}{having}"
        return f"SELECT {self.nested} FROM ({sql}) AS r" if self.nested else sql

    @property
    def rows_sql(self) -> str:
        """Return the rows before grouping: keys, units, and for each call if its FILTER holds, and its arguments."""
        units = [f'{alias}."{grouped.unit}"' for alias, grouped in self.protected]
        parts = [*self.keys, *units]
        for call in self.calls:
            parts += [f"({call.test or 'TRUE'}) IS TRUE", *call.arguments]
        items = ", ".join(f"{part} AS p{place}" for place, part in enumerate(parts))
        return f"SELECT {items} FROM {self.by_hand}{self.where}"


def asked(pick: random.Random, world: World) -> Asked:
    """Return a random query over one or two tables of which only aggregates leave."""
    first, second = world.groups[:2]
    from_, protected = _sources(pick, world, first, second)
    keys = pick.sample(["a.region", "a.g", "upper(a.region)", "a.nz > 0", "month(a.d)"], pick.choice((0, 1, 1, 2)))
    calls = tuple(_call(pick) for _ in range(pick.choice((1, 2, 3))))
    where = pick.choice(
        ("", "", " WHERE a.ok", " WHERE a.nz > 0 AND a.f < 5", " WHERE a.region <> 'R1' OR a.d IS NULL")
    )
    by_hand = from_
    for grouped in world.groups:
        by_hand = by_hand.replace(f"care.{grouped.name} ", f"care.{grouped.view} ")
    last = f"r.c{len(keys)}"
    nested = pick.choice(("", "", "", f"count(*), max({last}), count({last})")) if keys else ""
    return Asked(
        from_, by_hand, protected, tuple(keys), calls, where, having=bool(keys) and pick.random() < 0.3, nested=nested
    )


def _sources(
    pick: random.Random, world: World, first: Grouped, second: Grouped
) -> tuple[str, tuple[tuple[str, Grouped], ...]]:
    alone = f"care.{first.name} AS a"
    open_tables = [table.name for table in world.seen if ("g", "i") in table.columns]
    roll = pick.random()
    if roll < 0.3 and open_tables:
        kind = pick.choice(("JOIN", "LEFT JOIN"))
        return f"{alone} {kind} care.{pick.choice(open_tables)} AS b ON a.g = b.g", (("a", first),)
    if roll < 0.4 and open_tables:
        return f"care.{pick.choice(open_tables)} AS b LEFT JOIN {alone} ON a.g = b.g", (("a", first),)
    if roll < 0.6:
        on = pick.choice(("a.id = b.id", "a.id = b.id AND a.g = b.g"))
        return f"{alone} JOIN care.{second.name} AS b ON {on}", (("a", first), ("b", second))
    if roll < 0.65:
        return f"{alone} JOIN care.{first.name} AS b ON a.id = b.id", (("a", first), ("b", first))
    return alone, (("a", first),)


def answer_by_hand(world: World, query: Asked) -> Values:
    """Return what may leave, as multiset."""
    rows = world.expected(query.rows_sql)
    least = [grouped.least for _, grouped in query.protected]
    width = len(query.keys)
    groups: dict[tuple[Any, ...], Values] = defaultdict(list)
    for row in rows:
        groups[row[:width]].append(row[width:])
    if not width:
        groups.setdefault((), [])
    released = [
        (*key, *_cells(members, query, least))
        for key, members in groups.items()
        if not width or _is_enough(members, least)
    ]
    if query.having:
        released = [row for row in released if row[width] is not None and row[width] > 3]
    if query.nested:
        column = [row[width] for row in released if row[width] is not None]
        return [(len(released), max(column, default=None), len(column))]
    return released


def _is_enough(members: Values, least: Sequence[int]) -> bool:
    return all(
        len({row[place] for row in members if row[place] is not None}) >= most for place, most in enumerate(least)
    )


def _cells(members: Values, query: Asked, least: Sequence[int]) -> list[Any]:
    cells, place = [], len(least)
    for call in query.calls:
        end = place + 1 + len(call.arguments)
        counted = [row for row in members if row[place] and None not in row[place + 1 : end]]
        cells.append(call.of([row[place + 1 : end] for row in counted]) if _is_enough(counted, least) else None)
        place = end
    return cells


# ── aggregates ────────────────────────────────────────────────────────────────────────────────────────────────


def _sum(values: Values) -> Any:
    return (math.fsum if isinstance(values[0][0], float) else sum)(value for (value,) in values)


def _mean(values: Values) -> float:
    return float(_sum(values)) / len(values)


def _spread(values: Values) -> float:
    mean = _mean(values)
    return math.fsum((float(value) - mean) ** 2 for (value,) in values)


def _covariance(values: Values) -> float:
    first, second = ([(float(pair[place]),) for pair in values] for place in (0, 1))
    means = _mean(first), _mean(second)
    return math.fsum((x - means[0]) * (y - means[1]) for ((x,), (y,)) in zip(first, second, strict=True)) / len(values)


def _deviation(values: Values) -> float | None:
    return math.sqrt(_spread(values) / (len(values) - 1)) if len(values) > 1 else None


CALLS: tuple[tuple[str, tuple[str, ...], Callable[[Values], Any]], ...] = (
    ("count(*)", (), len),
    ("count(a.f)", ("a.f",), len),
    ("count(DISTINCT a.nz)", ("a.nz",), lambda values: len(set(values))),
    ("sum(a.f)", ("a.f",), _sum),
    ("sum(a.nz)", ("a.nz",), _sum),
    ("avg(a.nz)", ("a.nz",), _mean),
    ("sum(a.f * 2 - CAST(a.nz AS DOUBLE))", ("a.f", "a.nz"), lambda values: math.fsum(f * 2 - n for f, n in values)),
    ("var_pop(a.f)", ("a.f",), lambda values: _spread(values) / len(values)),
    ("covar_pop(a.f, a.nz)", ("a.f", "a.nz"), _covariance),
    ("sum(a.m)", ("a.m",), _sum),
    ("stddev(a.nz)", ("a.nz",), _deviation),
)


def _call(pick: random.Random) -> Call:
    text, arguments, of = pick.choice(CALLS)
    test = pick.choice(("a.ok", "a.region = 'R2'", "a.nz > 1")) if pick.random() < 0.35 else ""
    return Call(text, arguments, of, test)


def loosely(value: Any) -> Any:
    """Return a value as numbers compare, whatever type holds them."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return float(value)
    return value
