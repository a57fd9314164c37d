"""Conditions a reader sets on one table: which of them may move into its leaf, below the barrier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import sql_types as t
from golconda.engine.sql_types import Family
from golconda.gate.binding.expressions import type_of

if TYPE_CHECKING:
    from golconda.gate.binding.scope import Field, Scope, Source
    from golconda.gate.binding.work import Work

# What a moved condition must not hold: these mean something else elsewhere.
_FIXED_IN_PLACE = (exp.Query, exp.Window, exp.Anonymous)


def collect(condition: exp.Expr, scope: Scope, work: Work, *, from_where: bool) -> None:
    """Bind a condition, conjunct by conjunct, and note those that could be tested on one table's stored rows."""
    for conjunct in list(_conjuncts(condition)):
        before = len(work.partial), len(work.unflagged)
        type_ = type_of(conjunct, scope, work)
        if type_.family is not Family.BOOLEAN:
            work.partial.append(conjunct)
        if (len(work.partial), len(work.unflagged)) == before:
            source = _only_source(conjunct, work)
            if source is not None and not (from_where and source.nullable):
                work.conditions.setdefault(id(source), []).append(conjunct)


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    found, waiting = [], [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, exp.And):
            waiting += [part.expression, part.this]
        else:
            found.append(part)
    return found


def _only_source(condition: exp.Expr, work: Work) -> Source | None:
    """Return the stored table whose unmasked columns are all the condition looks at."""
    if any(isinstance(node, _FIXED_IN_PLACE) for node in condition.walk()):
        return None
    uses = [work.uses.get(id(column)) for column in condition.find_all(exp.Column)]
    sources = {id(use.source) for use in uses if use is not None and not use.is_outer}
    if not uses or None in uses or len(sources) != 1:
        return None
    source = next(use.source for use in uses if use is not None)
    if source.table is None or any(use is None or use.is_outer for use in uses):
        return None
    return source if all(_is_as_stored(use.field) for use in uses if use is not None) else None


def _is_as_stored(field: Field) -> bool:
    """Say whether a column has its stored values and type; USING of two types gives a third."""
    column = field.column
    return column is not None and column.mask is None and t.of(column.type) == field.type


def moved(condition: exp.Expr, work: Work) -> exp.Expr:
    """Return the condition as it stands over the stored rows: by the stored names, without the reader's alias."""
    copy = exp.Paren(this=condition.copy())  # so that a condition that is a column by itself can be replaced
    for column, original in zip(list(copy.find_all(exp.Column)), list(condition.find_all(exp.Column)), strict=True):
        stored = work.uses[id(original)].field.column
        column.replace(exp.column(stored.name if stored else original.name, quoted=True))
    placed: exp.Expr = copy.this
    return placed
