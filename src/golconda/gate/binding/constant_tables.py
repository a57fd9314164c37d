"""Tables of constants in FROM: the information schema, and descriptions of tables and queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import sql_types as t
from golconda.gate.binding.refusals import table_unknown
from golconda.gate.binding.scope import Field, Source, renamed
from golconda.gate.describing import DESCRIPTION, SUMMARY
from golconda.gate.dialect import folded
from golconda.gate.leaf.view import visible_columns
from golconda.gate.listing import Listing, description
from golconda.gate.statement import reference

if TYPE_CHECKING:
    from golconda.engine.sql_types import SqlType
    from golconda.gate.binding.work import Work
    from golconda.gate.listing import Cell, Row

_TYPES = {t.TEXT: exp.DType.VARCHAR, t.INTEGER: exp.DType.BIGINT}


def listed(node: exp.Table, listing: Listing) -> Source:
    """Bring a table of the information schema into sight."""
    parts = tuple(folded(part.name) for part in node.parts)
    return _placed(node, node.alias_or_name, listing, parts)


def described_table(node: exp.Expr, work: Work) -> Source:
    """Bring what DESCRIBE says of a table into sight: V's columns, and nothing of what is stored."""
    name = reference(node.this)
    table = work.tables.get(name)
    if table is None:
        raise table_unknown(str(name), [str(one) for one in work.tables])
    if isinstance(table, Listing):
        rows: tuple[Row, ...] = tuple(
            (column, _TYPES[type_].value, "YES", None, None, None) for column, type_ in table.columns
        )
    else:
        rows = description(visible_columns(table))
    described = Listing(tuple((column, t.TEXT) for column in DESCRIPTION), rows)
    around = node.parent if isinstance(node.parent, exp.Subquery) else node
    return _placed(around, around.alias or "described", described, ())


def described_query(node: exp.Subquery, work: Work) -> Source:
    """Bring what DESCRIBE or SUMMARIZE says of a query into sight; the engine says it, of the protected query."""
    asked = node.this
    if isinstance(asked.this, exp.Table):  # (SUMMARIZE table)
        asked.set("this", exp.select("*").from_(asked.this))
    work.query(asked.this, None, {})
    names = DESCRIPTION
    if isinstance(asked, exp.Summarize):
        names = SUMMARY
        work.partial.append(node)  # it casts and adds up all columns
    if not node.alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier("described", quoted=True)))
    return Source(node.alias, renamed(tuple(Field(name) for name in names), node.args.get("alias")), node)


def _placed(node: exp.Expr, alias: str, listing: Listing, parts: tuple[str, ...]) -> Source:
    given = node.args.get("alias")
    table = exp.Subquery(
        this=_constants(listing),
        alias=given or exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
        joins=node.args.get("joins"),
    )
    node.replace(table)
    fields = tuple(Field(name, type_) for name, type_ in listing.columns)
    return Source(alias, renamed(fields, given), table, parts=parts)


def _constants(listing: Listing) -> exp.Select:
    names = [name for name, _ in listing.columns]
    rows = listing.rows or ((None,) * len(names),)
    values = exp.Values(
        expressions=[exp.Tuple(expressions=list(map(_cell, row))) for row in rows],
        alias=exp.TableAlias(
            this=exp.to_identifier("rows", quoted=True),
            columns=[exp.to_identifier(name, quoted=True) for name in names],
        ),
    )
    shown = [_typed(name, type_) for name, type_ in listing.columns]
    select = exp.Select(expressions=shown, from_=exp.From(this=values))
    return select if listing.rows else select.where(exp.false(), copy=False)


def _typed(name: str, type_: SqlType) -> exp.Expr:
    to = exp.DataType(this=_TYPES[type_])
    return exp.alias_(exp.Cast(this=exp.column(name, quoted=True), to=to), name, quoted=True)


def _cell(value: Cell) -> exp.Expr:
    return exp.Null() if value is None else exp.convert(value)
