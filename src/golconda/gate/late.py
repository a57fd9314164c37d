"""Values that a plan need not know: a text or a number that WHERE compares with a column, and nothing else.

Such a query is compiled once, with a stand-in in each value's place, and run with whatever value comes. What is decided
and compiled is so the same for all of them: comparing texts with texts, and numbers of 64 bits with one another,
fails on no value, and no rule looks at the literal. Wherever that is not sure, the query is compiled with its values.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine.sql_types import Family
from golconda.gate.binding import bind
from golconda.gate.dialect import bare
from golconda.gate.statement import parsed
from golconda.kernel.given import Given
from golconda.kernel.logical_types import Kind
from golconda.kernel.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from golconda.gate.listing import Listing
    from golconda.gate.protected import ProtectedTable
    from golconda.gate.statement import Reference, Statement

_KEPT = 1024
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_LOGIC = (exp.And, exp.Or, exp.Not, exp.Paren)
_FAMILIES = {
    Kind.VARCHAR: {Family.TEXT},
    Kind.BIGINT: {Family.INTEGER, Family.DOUBLE},
    Kind.DOUBLE: {Family.DOUBLE},
}
_TYPES = {Kind.VARCHAR: exp.DType.TEXT, Kind.BIGINT: exp.DType.BIGINT, Kind.DOUBLE: exp.DType.DOUBLE}
_DIGITS = 18  # of a number that is surely one of 64 bits


class Unfit(Exception):
    """A query that cannot be compiled without its values."""


@dataclass(frozen=True, slots=True)
class Late:
    """The values that a plan is run with, by the name of their parameter, in order."""

    stand_ins: tuple[Given, ...]
    values: Mapping[str, str]

    def known(self) -> dict[str, str]:
        """Return the values under the names that the plan has for them."""
        return {_placed(place): self.values[given.name] for place, given in enumerate(self.stand_ins)}


@dataclass(slots=True)
class Texts:
    """The parameters of queries that may come late, found once a text. Safe to share between threads.

    Stand-ins are drawn at random, so that no literal of a query or of an agreement is one.
    """

    _text: str = field(default_factory=lambda: secrets.token_hex(16))
    _number: int = field(default_factory=lambda: 10 ** (_DIGITS - 1) + secrets.randbelow(8 * 10 ** (_DIGITS - 1)))
    _names: Shelf[str, frozenset[str]] = field(default_factory=lambda: Shelf(_KEPT, weight=_weight))

    def late(self, sql: str, given: Iterable[Given]) -> Late | None:
        """Return which of a query's values come late, None where none does."""
        fitting = [value for value in given if _is_fit(value)]
        names = self._names.kept(sql, lambda: frozenset(_compared(sql))) if fitting else frozenset[str]()
        chosen = [value for value in fitting if value.name in names]
        if not chosen:
            return None
        texts = [self._stand_in(value.kind, place) for place, value in enumerate(chosen)]
        stand_ins = tuple(Given(value.name, value.kind, text) for value, text in zip(chosen, texts, strict=True))
        return Late(stand_ins, {value.name: str(value.text) for value in chosen})

    def _stand_in(self, kind: Kind, place: int) -> str:
        if kind is Kind.VARCHAR:
            return f"{self._text}-{place}"
        return f"{self._number + place}{'e1' if kind is Kind.DOUBLE else ''}"

    def give_up(self, sql: str) -> None:
        """Compile a query with its values from now on."""
        self._names.drop(sql)
        self._names.kept(sql, frozenset)


def filled(given: Iterable[Given], late: Late) -> tuple[Given, ...]:
    """Return the values to compile with: stand-ins for those that come late."""
    stand_ins = {each.name: each for each in late.stand_ins}
    return tuple(stand_ins.get(value.name, value) for value in given)


def demand_fit(statement: Statement, tables: Mapping[Reference, ProtectedTable | Listing], late: Late) -> None:
    """Raise `Unfit` unless each stand-in is compared with a column of its own kind."""
    tree = bare(statement.tree)
    work, _ = bind(tree, tables)
    for literal, stand_in in _found(tree, late):
        for other in _others(literal):
            use = work.uses.get(id(other))
            if use is None or use.field.type.family not in _FAMILIES[stand_in.kind]:
                raise Unfit


def placed(tree: exp.Expr, late: Late) -> dict[str, str | None]:
    """Put a placeholder in each stand-in's place in a compiled tree; return their names, without values.

    Raise `Unfit` where a stand-in is left in any other form.
    """
    found = list(_found(tree, late))
    if {stand_in for _, stand_in in found} != set(late.stand_ins):
        raise Unfit
    for literal, stand_in in found:
        name = _placed(late.stand_ins.index(stand_in))
        kind = exp.DataType(this=_TYPES[stand_in.kind])
        literal.replace(exp.Cast(this=exp.Placeholder(this=name), to=kind))
    left = tree.sql("duckdb")
    if any(str(each.text).removesuffix("e1") in left for each in late.stand_ins):
        raise Unfit
    return dict.fromkeys(_placed(place) for place in range(len(late.stand_ins)))


def _weight(sql: str) -> int:
    return 1 + len(sql) // 200


def _found(tree: exp.Expr, late: Late) -> Iterator[tuple[exp.Expr, Given]]:
    by_text = {(each.text, each.kind is Kind.VARCHAR): each for each in late.stand_ins}
    for literal in tree.find_all(exp.Literal):
        stand_in = by_text.get((str(literal.this), literal.is_string))
        if stand_in is not None:
            yield literal, stand_in


def _is_fit(value: Given) -> bool:
    if value.text is None or value.kind not in _FAMILIES:
        return False
    if value.kind is Kind.DOUBLE:
        return math.isfinite(float(value.text))
    return value.kind is Kind.VARCHAR or len(value.text.lstrip("-")) <= _DIGITS


def _placed(place: int) -> str:
    return f"value_{place}"


def _compared(sql: str) -> Iterator[str]:
    """Yield the names of parameters that stand nowhere but beside a column under WHERE."""
    places: dict[str, bool] = {}
    for slot in parsed(sql).find_all(exp.Placeholder):
        name = str(slot.name)
        places[name] = places.get(name, True) and _is_compared(slot)
    return (name for name, fits in places.items() if fits)


def _is_compared(slot: exp.Expr) -> bool:
    parent = slot.parent
    if not isinstance(parent, (*_COMPARISONS, exp.Between, exp.In)) or not _others(slot):
        return False
    if not all(isinstance(other, exp.Column) for other in _others(slot)):
        return False
    above = parent.parent
    while isinstance(above, _LOGIC):
        above = above.parent
    return isinstance(above, exp.Where)


def _others(slot: exp.Expr) -> list[exp.Expr]:
    """Return what a value is compared with; nothing where it is itself what others are compared with."""
    parent = slot.parent
    if isinstance(parent, exp.Between | exp.In):
        return [parent.this] if slot is not parent.this else []
    if isinstance(parent, _COMPARISONS):
        return [parent.expression if slot is parent.this else parent.this]
    return []
