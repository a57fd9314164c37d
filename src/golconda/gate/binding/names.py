"""Column names to sources: every reference is qualified, or left to an alias or a merged column on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine.sql_types import UNKNOWN, SqlType
from golconda.gate.binding.refusals import ambiguous, column_unknown, construct, table_unknown
from golconda.gate.binding.scope import Scope, Source, Use
from golconda.gate.dialect import folded

if TYPE_CHECKING:
    from collections.abc import Iterator


def resolve(column: exp.Column, scope: Scope, *, aliases_first: bool = False) -> Use | SqlType:
    """Qualify a column in place and return its use; only a type where an alias or a merged column is meant."""
    if column.table:
        return _qualified(column, scope)
    found = _unqualified(column, scope, aliases_first)
    if found is None:
        _refuse_rows(column, scope)
        raise column_unknown(column.name, _in_sight(scope))
    return found


def _unqualified(column: exp.Column, scope: Scope, aliases_first: bool) -> Use | SqlType | None:
    name = column.name
    for level in scope.chain():
        alias = level.aliases.get(folded(name))
        holding = level.holding(name)
        if folded(name) in level.merged:
            return _merged(name, holding, level.merged[folded(name)], is_outer=level is not scope)
        if alias is not None and holding and aliases_first and level is scope:
            return alias if alias == _type(holding[0], name) else UNKNOWN  # the engine's rules decide which
        if len(holding) > 1:
            raise ambiguous(name, [source.alias for source in holding])
        if holding:
            return _use(column, holding[0], scope, level)
        if alias is not None:
            return alias
    return None


def _merged(name: str, holding: list[Source], type_: SqlType, *, is_outer: bool) -> Use | None:
    """Return the use of a column that USING made one: of the source whose units it names, if it names any."""
    uses = [Use(source, field, is_outer) for source in holding if (field := source.find(name)) is not None]
    uses.sort(key=lambda use: not use.source.names_unit(use.field))
    return next((use._replace(field=replace(use.field, type=type_)) for use in uses), None)


def _type(source: Source, name: str) -> SqlType:
    found = source.find(name)
    return found.type if found else UNKNOWN


def _qualified(column: exp.Column, scope: Scope) -> Use:
    for level in scope.chain():
        named = [source for source in level.named(column.table) if _agrees(column, source)]
        if len(named) > 1:
            raise ambiguous(column.table, [column.table] * 2)
        if named:
            return _use(column, named[0], scope, level)
    _refuse_fields(column, scope)
    known = [source.alias for level in scope.chain() for source in level.sources]
    raise table_unknown(".".join(part.name for part in column.parts[:-1]), known)


def _agrees(column: exp.Column, source: Source) -> bool:
    """Say whether the parts before the alias, as in ``care.visits.cost``, are those the table was named by."""
    given = tuple(folded(part) for part in (column.catalog, column.db) if part)
    return not given or (bool(source.parts) and source.parts[-len(given) - 1 : -1] == given)


def _use(column: exp.Column, source: Source, scope: Scope, level: Scope) -> Use:
    field = source.find(column.name)
    if field is None:
        raise column_unknown(column.name, [one.name for one in source.fields])
    column.set("this", exp.to_identifier(field.name, quoted=True))
    column.set("db", None)
    column.set("catalog", None)
    if not _is_shadowed(source, scope, level):
        column.set("table", exp.to_identifier(source.alias, quoted=True))
    return Use(source, field, level is not scope)


def _is_shadowed(source: Source, scope: Scope, level: Scope) -> bool:
    """Say whether a scope further in has a source of the same alias, so that only the bare name reaches out."""
    for inner in scope.chain():
        if inner is level:
            return False
        if inner.named(source.alias):
            return True
    return False


def _refuse_rows(column: exp.Column, scope: Scope) -> None:
    if any(level.named(column.name) for level in scope.chain()):
        raise construct(f"the table {column.name} as a value", hint="Name its columns.")


def _refuse_fields(column: exp.Column, scope: Scope) -> None:
    if any(level.holding(column.table) for level in scope.chain()):
        raise construct(f"a part of the column {column.table}", hint="Extract the value by a function.")


def _in_sight(scope: Scope) -> Iterator[str]:
    for level in scope.chain():
        for source in level.sources:
            yield from (field.name for field in source.fields)
