"""Terms against the tables of a product: everything they name must be there and make sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from golconda.agreement import predicate
from golconda.agreement.obligate import Withheld, needed, share
from golconda.kernel import plugin
from golconda.kernel.errors import InvalidInput, near, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from golconda.agreement.purposes import PurposeList
    from golconda.agreement.terms import MaskClause, TableClauses, Terms
    from golconda.kernel.logical_types import Column, LogicalType

    Tables = Mapping[str, Sequence[Column]]


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table as the terms share it: visible columns, those masked, the least group and what it counts."""

    name: str
    columns: tuple[str, ...]
    masked: tuple[str, ...]
    min_group: int | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """Which tables the terms share, and why the others are withheld."""

    shared: tuple[SharedTable, ...]
    withheld: tuple[tuple[str, str], ...]


def check(
    terms: Terms, tables: Tables, purposes: PurposeList, *, units: Mapping[str, str | None] | None = None
) -> Report:
    """Return what the terms share of a product's tables, or raise InvalidInput for what they cannot mean.

    `units`: the contract's privacy unit by table. A column, mask or condition at the top that fits no table
    at all is an error; one that fits some withholds the others where a filter needs it.
    """
    _check_purposes(terms, purposes)
    _check_times(terms)
    _check_tables(terms, tables)
    _check_somewhere(terms.shared, tables)
    counted = units or {}
    counted = units or {}
    found = {name: share(terms, name, tables[name], unit=counted.get(name)) for name in tables}
    withheld = tuple((name, one.reason) for name, one in found.items() if isinstance(one, Withheld))
    shared = tuple(
        _checked(name, one[1], visible=one[0], columns=tables[name], size=one[2], unit=one[3])
        for name, one in found.items()
        if not isinstance(one, Withheld)
    )
    if not shared:
        _nothing(withheld)
    return Report(shared, withheld)


def _check_purposes(terms: Terms, purposes: PurposeList) -> None:
    if terms.purposes == ():
        raise InvalidInput(
            "terms-allow-nothing",
            "The clause purposes is an empty list, which allows none.",
            hint="Name the purposes, or leave the clause out to allow any.",
        )
    for code in terms.purposes or ():
        purposes.purpose(code)


def _check_times(terms: Terms) -> None:
    if terms.starts and terms.ends and terms.starts >= terms.ends:
        raise InvalidInput(
            "terms-allow-nothing",
            "The clause until lies before the clause from.",
            hint="Let the terms begin before they end.",
        )


def _check_tables(terms: Terms, tables: Tables) -> None:
    for name in terms.table_clauses:
        if name not in tables:
            raise InvalidInput(
                "terms-unknown-table",
                f"The clause tables names {name!r}, which the product lacks.",
                hint=f"Name a table of the product: {nearest(name, tables)}.",
                table=name,
                near=near(name, tables),
            )


def _check_somewhere(clauses: TableClauses, tables: Tables) -> None:
    """Refuse a column that no table has: it can only be a slip, and a slip in terms lets something out."""
    known = {column.name.casefold(): column.name for columns in tables.values() for column in columns}
    for name in (*(clauses.columns or ()), *(name for name, _ in clauses.masks), *needed(clauses)):
        if name.casefold() not in known:
            raise InvalidInput(
                "terms-unknown-column",
                f"The terms name the column {name!r}, which no table of the product has.",
                hint=f"Name one that is there: {nearest(name, known.values())}.",
                column=name,
                near=near(name, known.values()),
            )


def _checked(
    name: str,
    clauses: TableClauses,
    *,
    visible: tuple[str, ...],
    columns: Sequence[Column],
    size: int | None,
    unit: str | None,
) -> SharedTable:
    for text in clauses.where:
        predicate.read(text, columns)
    types = {column.name.casefold(): column.type for column in columns}
    masked = {column.casefold(): masks for column, masks in clauses.masks if column.casefold() in types}
    for column, masks in masked.items():
        _check_masks(masks, types[column])
    _check_scopes(name, masked.values())
    return SharedTable(name, visible, tuple(one for one in visible if one.casefold() in masked), size, unit)


def _check_masks(masks: Iterable[MaskClause], type_: LogicalType) -> None:
    for mask in masks:
        plugin.load("mask", mask.mask).accept(dict(mask.parameters), type_)


def _check_scopes(table: str, masks: Iterable[Iterable[MaskClause]]) -> None:
    scopes = {
        dict(mask.parameters).get("scope", "agreement")
        for several in masks
        for mask in several
        if mask.mask == "pseudonym"
    }
    if len(scopes) > 1:
        raise InvalidInput(
            "terms-scope-mixed",
            f"The pseudonyms of the table {table} have different scopes.",
            hint="Give all pseudonyms of one table the same scope.",
            table=table,
        )


def _nothing(withheld: Iterable[tuple[str, str]]) -> NoReturn:
    reasons = "; ".join(f"{name}: {reason}" for name, reason in withheld)
    raise InvalidInput(
        "terms-allow-nothing",
        f"The terms share no table ({reasons}).",
        hint="Write clauses that only some tables can follow under tables, each with its table.",
    )
