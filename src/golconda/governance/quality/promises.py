"""What a contract promises of a table, as checks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.contract.vocabulary import LOGICAL_OF
from golconda.kernel import plugin
from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from golconda.contract.expectation import ColumnExpectation, QualityRule, TableExpectation
    from golconda.kernel.logical_types import Column
    from golconda.kernel.ports import Check

_TYPE_OF = {
    "string": Kind.VARCHAR,
    "integer": Kind.BIGINT,
    "number": Kind.DOUBLE,
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "timestamp": Kind.TIMESTAMP,
}


@dataclass(frozen=True, slots=True)
class RowPromise:
    """A promise each row keeps by itself or beside others; a row that breaks it is set aside."""

    name: str
    columns: tuple[str, ...]
    check: Check


@dataclass(frozen=True, slots=True)
class TablePromise:
    """A promise the table keeps as a whole: a measure held against a threshold."""

    name: str
    rule: QualityRule
    check: Check


def row_promises(expectation: TableExpectation, columns: Sequence[Column]) -> tuple[RowPromise, ...]:
    """Return types, then required values, then unique keys, in contract order; absent columns have none."""
    stored = {column.name: column for column in columns}
    present = [column for column in expectation.columns if column.name in stored]
    types = (_type(column, stored[column.name]) for column in present)
    required = (_promise("required", (column.name,)) for column in present if column.required)
    keys = (_promise("unique", key) for key in expectation.unique_keys if set(key) <= stored.keys())
    return (*(promise for promise in types if promise), *required, *keys)


def table_promises(expectation: TableExpectation) -> Iterator[TablePromise]:
    """Return the rules a check can measure: not those in words, in SQL or for a foreign engine."""
    for rule in expectation.rules:
        if rule.metric is not None:
            name = re.sub(r"(?=[A-Z])", "_", rule.metric).lower()
            columns = (rule.column,) if rule.column else ()
            yield TablePromise(name, rule, _made(name, columns, dict(rule.arguments)))


def target_type(expected: ColumnExpectation, stored: LogicalType) -> LogicalType:
    """Return the type a column is kept as: the promised one, else the stored if it fits the ODCS word."""
    if expected.type is not None:
        return expected.type
    fits = expected.logical in (None, LOGICAL_OF[stored.kind]) or expected.logical not in _TYPE_OF
    is_number = expected.logical == "number" and stored.is_numeric
    return stored if fits or is_number else LogicalType(_TYPE_OF[str(expected.logical)])


def misfits(expectation: TableExpectation, columns: Sequence[Column]) -> tuple[str, ...]:
    """Say what no row can mend: a promised column is absent, or of a type that cannot be the promised one."""
    stored = {column.name: column.type for column in columns}
    found = []
    for column in expectation.columns:
        if column.name not in stored:
            found.append(f"column {column.name!r} is missing")
        elif not _can_fit(column, stored[column.name]):
            promised = column.type or column.logical
            found.append(f"column {column.name!r} is {stored[column.name]}, promised is {promised}")
    return tuple(found)


def _can_fit(column: ColumnExpectation, stored: LogicalType) -> bool:
    try:
        _type_check(column.name, stored, target_type(column, stored))
    except InvalidInput:
        return False
    return True


def _type(expected: ColumnExpectation, stored: Column) -> RowPromise | None:
    target = target_type(expected, stored.type)
    if target == stored.type or not _can_fit(expected, stored.type):
        return None
    return RowPromise("type_fits", (stored.name,), _type_check(stored.name, stored.type, target))


def _type_check(name: str, stored: LogicalType, target: LogicalType) -> Check:
    return _made("type_fits", (name,), {"source": str(stored), "target": str(target)})


def _promise(name: str, columns: tuple[str, ...]) -> RowPromise:
    return RowPromise(name, columns, _made(name, columns, {}))


def _made(name: str, columns: tuple[str, ...], arguments: dict[str, Any]) -> Check:
    try:
        made: Check = plugin.load("check", name)(columns, **arguments)
    except TypeError as error:
        raise InvalidInput(
            "check-invalid",
            f"The check {name} of {', '.join(columns) or 'the table'} does not take {', '.join(arguments)}.",
            hint="Take out of the rule's arguments what the check does not know.",
        ) from error
    return made
