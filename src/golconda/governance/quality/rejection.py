"""The rows that break a contract, and the rows that keep it, as queries over the staged files.

Rows are numbered from 1 in the order of the files. Keys are judged on the promised types and among the rows
that are right by themselves: '01' and '1' are one number, and a bad first row does not turn a good one away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.governance.quality.promises import row_promises, target_type
from golconda.kernel.ports import POSITION
from golconda.profiling.scan import column, parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from golconda.contract.expectation import TableExpectation
    from golconda.governance.quality.promises import RowPromise
    from golconda.kernel.logical_types import Column

_NUMBERED, _WRONG, _SOUND, _REPEATED = "numbered", "wrong", "sound", "repeated"
_PROMISE = "golconda:promise"


def failing(expectation: TableExpectation, files: Sequence[str], columns: Sequence[Column]) -> exp.Select | None:
    """Return the query of (row, promise): each bad row once, with the first promise it breaks, in order.

    The promise is an index into `row_promises`. None where the contract promises nothing of rows.
    """
    promises = row_promises(expectation, columns)
    if not promises:
        return None
    first = exp.alias_(exp.Min(this=exp.column(_PROMISE, quoted=True)), _PROMISE, quoted=True)
    query = exp.select(_place(), first).from_(_bad(promises)).group_by(_place()).order_by(_place())
    return _with_rows(query, promises, _numbered(files), as_=_cast(expectation, columns))


def kept(expectation: TableExpectation, files: Sequence[str], columns: Sequence[Column]) -> exp.Select:
    """Return the query of the rows that keep every promise, in their order, as the promised types."""
    promises = row_promises(expectation, columns)
    if not promises:
        return as_promised(expectation, files, columns)
    bad = exp.select(_place()).from_(_bad(promises))
    query = exp.select(*_cast(expectation, columns)).from_(_NUMBERED).where(_is_not_in(bad)).order_by(_place())
    return _with_rows(query, promises, _numbered(files), as_=_cast(expectation, columns))


def as_promised(expectation: TableExpectation, files: Sequence[str], columns: Sequence[Column]) -> exp.Select:
    """Return the query of all rows as the promised types; a value that does not fit is missing."""
    return exp.select(*_cast(expectation, columns)).from_(parquet(files))


def _cast(expectation: TableExpectation, columns: Sequence[Column]) -> list[exp.Alias]:
    selected = []
    for stored in columns:
        expected, value = expectation.column(stored.name), column(stored.name)
        target = target_type(expected, stored.type) if expected else stored.type
        cast = value if target == stored.type else exp.TryCast(this=value, to=exp.DataType.build(str(target)))
        selected.append(exp.Alias(this=cast, alias=exp.to_identifier(stored.name, quoted=True)))
    return selected


def _bad(promises: Sequence[RowPromise]) -> exp.Subquery:
    """Return (row, promise) of all that is wrong, once per promise broken."""
    alone = _by_themselves(promises)
    names = ([_WRONG] if alone else []) + ([_REPEATED] if len(alone) < len(promises) else [])
    return _all([exp.select("*").from_(name) for name in names]).subquery("bad")


def _with_rows(
    query: exp.Select, promises: Sequence[RowPromise], numbered: exp.Select, *, as_: Sequence[exp.Alias]
) -> exp.Select:
    """Name the relations the query speaks of: all rows, those wrong alone, the others, those that repeat."""
    alone = _by_themselves(promises)
    beside = [pair for pair in enumerate(promises) if pair not in alone]
    query = query.with_(_NUMBERED, as_=numbered)
    if alone:
        query = query.with_(_WRONG, as_=_broken(alone, _NUMBERED))
    if beside:
        query = query.with_(_SOUND, as_=_sound(as_, has_wrong=bool(alone)))
        query = query.with_(_REPEATED, as_=_broken(beside, _SOUND))
    return query


def _by_themselves(promises: Sequence[RowPromise]) -> list[tuple[int, RowPromise]]:
    return [(index, promise) for index, promise in enumerate(promises) if promise.check.row_wise]


def _numbered(files: Sequence[str]) -> exp.Select:
    # Not file_row_number: a column of that name in the data would hide it. The engine keeps the files' order.
    place = exp.Window(this=exp.RowNumber())
    return exp.select("*", exp.alias_(place, POSITION, quoted=True)).from_(parquet(files))


def _sound(cast: Sequence[exp.Alias], *, has_wrong: bool) -> exp.Select:
    query = exp.select(_place(), *[value.copy() for value in cast]).from_(_NUMBERED)
    return query.where(_is_not_in(exp.select(_place()).from_(_WRONG))) if has_wrong else query


def _broken(promises: Sequence[tuple[int, RowPromise]], table: str) -> exp.Query:
    found = []
    for index, promise in promises:
        number = exp.alias_(exp.Literal.number(index), _PROMISE, quoted=True)
        rows = promise.check.failing(exp.to_table(table)).subquery("failing")
        found.append(exp.select(_place(), number).from_(rows))
    return _all(found)


def _all(queries: Sequence[exp.Select]) -> exp.Query:
    return exp.union(*queries, distinct=False) if len(queries) > 1 else queries[0]


def _place() -> exp.Column:
    return exp.column(POSITION, quoted=True)


def _is_not_in(rows: exp.Select) -> exp.Not:
    return exp.not_(exp.In(this=_place(), query=rows.subquery()))
