"""The information schema: what a reader may read, as tables made of the catalogue and of each table's V.

A product, table or column that he may not read is not in it. Where several of his agreements cover a product, each
shows its own V, under its own name in the column ``agreement``; NULL there means the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.engine import sql_types as t
from golconda.gate.decide import decide
from golconda.gate.leaf.view import VisibleColumn, visible_columns
from golconda.kernel.errors import GolcondaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from golconda.agreement.purposes import PurposeList
    from golconda.engine.sql_types import SqlType
    from golconda.gate.protected import ProtectedTable
    from golconda.gate.standing import Standing

    Cell = str | int | None
    Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A table as a reader may read it, under an agreement or as its owner."""

    table: ProtectedTable
    agreement: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of constants: the columns with their types, and the rows."""

    columns: tuple[tuple[str, SqlType], ...]
    rows: tuple[Row, ...]


def all_listed(
    standings: Iterable[Standing],
    *,
    purposes: PurposeList,
    policies: str,
    now: datetime,
    path: Callable[[str], str],
) -> Iterator[Listed]:
    """Yield what each agreement, or owning, lets be read; one whose terms cannot be applied lets nothing."""
    for standing in standings:
        try:
            permit = decide((standing,), asked_purpose=None, purposes=purposes, policies=policies, now=now, path=path)
        except GolcondaError:
            continue
        for table in permit.tables.values():
            yield Listed(table, standing.covenant.id if standing.covenant else None)


def listing(name: str, listed: Iterable[Listed]) -> Listing | None:
    """Return a table of the information schema, None where it has none of that name."""
    made = _TABLES.get(name)
    if made is None:
        return None
    columns, rows = made
    found = dict.fromkeys(row for one in listed for row in _shown(rows, one))
    return Listing(columns, tuple(sorted(found, key=_in_order)))


def description(columns: Sequence[VisibleColumn]) -> tuple[Row, ...]:
    """Return the rows that describe V's columns."""
    return tuple((column.name, str(column.type), _nullable(column), None, None, None) for column in columns)


def _shown(rows: Callable[[Listed], Iterator[Row]], one: Listed) -> list[Row]:
    try:
        return list(rows(one))
    except GolcondaError:  # an agreement that cannot be applied to this version shows nothing
        return []


def _in_order(row: Row) -> tuple[tuple[bool, int, str], ...]:
    return tuple((cell is None, cell if isinstance(cell, int) else 0, str(cell)) for cell in row)


def _schemata(one: Listed) -> Iterator[Row]:
    product = one.table.name.product
    yield product.organisation, product.product, product.organisation


def _tables(one: Listed) -> Iterator[Row]:
    visible_columns(one.table)
    name = one.table.name
    yield name.product.organisation, name.product.product, name.table, "BASE TABLE", one.agreement


def _columns(one: Listed) -> Iterator[Row]:
    name = one.table.name
    for place, column in enumerate(visible_columns(one.table), start=1):
        where = (name.product.organisation, name.product.product, name.table)
        type_ = column.type
        yield (
            *(*where, place, column.name, None, _nullable(column), str(type_), type_.precision, type_.scale),
            one.agreement,
        )


def _nullable(column: VisibleColumn) -> str:
    return "YES" if column.mask is not None or column.stored.nullable else "NO"


def _named(text: str) -> tuple[tuple[str, SqlType], ...]:
    return tuple((name.removesuffix("#"), t.INTEGER if name.endswith("#") else t.TEXT) for name in text.split())


_TABLES: dict[str, tuple[tuple[tuple[str, SqlType], ...], Callable[[Listed], Iterator[Row]]]] = {
    "schemata": (_named("catalog_name schema_name schema_owner"), _schemata),
    "tables": (_named("table_catalog table_schema table_name table_type agreement"), _tables),
    "columns": (
        _named(
            "table_catalog table_schema table_name ordinal_position# column_name column_default is_nullable data_type "
            "numeric_precision# numeric_scale# agreement"
        ),
        _columns,
    ),
}
