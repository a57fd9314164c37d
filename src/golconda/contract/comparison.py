"""What changed between two contracts, and whether a reader of the old one would break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.contract.expectation import ColumnExpectation, TableExpectation
    from golconda.contract.odcs import Contract


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One difference, as a sentence without its subject."""

    table: str
    column: str
    message: str
    is_breaking: bool

    def __str__(self) -> str:
        return f"{self.table}{'.' if self.column else ''}{self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes from an old contract to a new one; any breaking one asks for a new major version."""

    breaking: tuple[Change, ...]
    compatible: tuple[Change, ...]

    @property
    def is_breaking(self) -> bool:
        """Say whether readers of the old contract must be kept on it."""
        return bool(self.breaking)


def compare(old: Contract, new: Contract) -> Comparison:
    """Compare what two contracts promise a reader; titles, descriptions and examples promise nothing."""
    changes = tuple(_tables(old, new))
    return Comparison(
        breaking=tuple(change for change in changes if change.is_breaking),
        compatible=tuple(change for change in changes if not change.is_breaking),
    )


def _tables(old: Contract, new: Contract) -> Iterator[Change]:
    before = {table.name: table for table in old.tables}
    after = {table.name: table for table in new.tables}
    for name, table in before.items():
        if name in after:
            yield from _table(table, after[name])
        else:
            yield Change(name, "", "the table is gone", True)
    for name in after:
        if name not in before:
            yield Change(name, "", "the table is new", False)


def _table(old: TableExpectation, new: TableExpectation) -> Iterator[Change]:
    after = {column.name: column for column in new.columns}
    for column in old.columns:
        if column.name in after:
            yield from _column(old.name, column, after[column.name])
        else:
            yield Change(old.name, column.name, "the column is gone", True)
    for column in new.columns:
        if old.column(column.name) is None:
            yield Change(old.name, column.name, "the column is new", False)
    yield from _keys(old, new)
    if old.unit != new.unit:
        message = f"the privacy unit was {old.unit or 'the row'}, now {new.unit or 'the row'}"
        yield Change(old.name, "", message, True)


def _column(table: str, old: ColumnExpectation, new: ColumnExpectation) -> Iterator[Change]:
    was, now = _type(old), _type(new)
    if was != now:
        yield Change(table, old.name, f"the type was {was}, now {now}", not is_wider(old, new))
    if old.required and not new.required:
        yield Change(table, old.name, "values may now be missing", True)
    if new.required and not old.required:
        yield Change(table, old.name, "values are now required", False)
    if old.classification != new.classification:
        message = f"the classification was {old.classification or 'none'}, now {new.classification or 'none'}"
        yield Change(table, old.name, message, False)


def _keys(old: TableExpectation, new: TableExpectation) -> Iterator[Change]:
    before, after = {frozenset(key) for key in old.unique_keys}, {frozenset(key) for key in new.unique_keys}
    for key in sorted(before, key=sorted):
        if not any(narrower <= key for narrower in after):
            yield Change(old.name, ", ".join(sorted(key)), "values may now repeat", True)
    for key in sorted(after, key=sorted):
        if not any(narrower <= key for narrower in before):
            yield Change(old.name, ", ".join(sorted(key)), "values are now unique", False)


def is_wider(old: ColumnExpectation, new: ColumnExpectation) -> bool:
    """Say whether every value of the old type is, unchanged, one of the new and reads alike.

    Only decimals widen, and whole numbers into decimals that hold them: a whole number as a double loses
    digits beyond 2^53, and anything as text compares otherwise.
    """
    if old.type is None or new.type is None:
        return old.type is None and old.logical in (None, new.logical)
    if new.type.kind is not Kind.DECIMAL:
        return old.type == new.type
    return _digits(new.type) >= _digits(old.type) and (new.type.scale or 0) >= (old.type.scale or 0)


def _digits(type_: LogicalType) -> float:
    """Return how many digits stand before the point."""
    whole = {Kind.BIGINT: 19, Kind.DECIMAL: (type_.precision or 0) - (type_.scale or 0)}
    return whole.get(type_.kind, float("inf"))


def _type(column: ColumnExpectation) -> Any:  # a type of ours or an ODCS word
    return column.type or column.logical or "any"
