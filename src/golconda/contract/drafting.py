"""Draft a contract from what was found in the data: a first version that holds by construction.

A steward edits it; the draft only promises what the data keeps now. Uniqueness is promised where it is exact
and the column looks like a key, since a measure that happens to be unique today would turn rows away later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from golconda.contract.odcs import Contract
from golconda.contract.sensitivity import IDENTIFYING, Sensitivity, sensitivity
from golconda.contract.vocabulary import API_VERSION, LOGICAL_OF
from golconda.kernel.logical_types import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.kernel.logical_types import Column
    from golconda.kernel.names import ProductName

MOST_EXAMPLES = 3
_KEY_WORD = re.compile(r"(?:^|[_\s])(?i:id|key|code|no|number|uuid|guid)$|(?:Id|ID)$|(?:编号|编码|代码|标识|主键|号)$")
_KEY_KINDS = frozenset({Kind.BIGINT, Kind.VARCHAR})
_REPEATS = 0.95  # a person's key repeats where there are fewer values than this share of the rows


class Statistic(Protocol):
    """A finding, as far as a draft needs it."""

    @property
    def column(self) -> str | None:
        """Return the column it is about, None = the table."""
        ...

    @property
    def name(self) -> str:
        """Return what was found: rows, missing, distinct, unique, top_values, shapes."""
        ...

    @property
    def value(self) -> Any:
        """Return the JSON value."""
        ...


@dataclass(frozen=True, slots=True)
class DraftTable:
    """A table as it was found."""

    name: str
    title: Mapping[str, str]
    columns: tuple[Column, ...]
    findings: Sequence[Statistic] = ()


@dataclass(frozen=True, slots=True)
class _Facts:
    """The findings of one column by name, and what they make of it."""

    column: Column
    rows: int
    found: Mapping[str, Any] = field(default_factory=dict)
    kind: Sensitivity | None = None

    @property
    def is_complete(self) -> bool:
        return self.rows > 0 and self.found.get("missing") == 0

    @property
    def is_unique(self) -> bool:
        return self.is_complete and self.found.get("unique") is True

    @property
    def repeats(self) -> bool:
        present = self.rows - self.found.get("missing", self.rows)
        return not self.is_unique and self.found.get("distinct", self.rows) < _REPEATS * present


def draft(
    product: ProductName,
    *,
    titles: Mapping[str, str],
    tables: Sequence[DraftTable],
    description: str = "",
    domain: str | None = None,
    version: str | int = "1.0.0",
) -> Contract:
    """Draft the contract of a product. Examples are frequent values, and none of a sensitive column."""
    return Contract(
        _filled(
            apiVersion=API_VERSION,
            kind="DataContract",
            id=str(product),
            name=_plain(titles) or str(product),
            version=f"{version}.0.0" if isinstance(version, int) else version,
            status="active",
            tenant=product.organisation,
            domain=domain,
            dataProduct=product.product,
            description={"purpose": description} if description else None,
            schema=[_table(table) for table in tables],
            customProperties=_custom(title=dict(titles)),
        )
    )


def _table(table: DraftTable) -> dict[str, Any]:
    columns = _facts(table)
    key = _primary_key(columns)
    return _filled(
        name=table.name,
        logicalType="object",
        physicalType="table",
        businessName=_plain(table.title),
        properties=[_property(column, key) for column in columns],
        customProperties=_custom(title=dict(table.title), privacyUnit=_unit(columns)),
    )


def _facts(table: DraftTable) -> list[_Facts]:
    rows = next((int(f.value) for f in table.findings if f.column is None and f.name == "rows"), 0)
    names = [column.name for column in table.columns]
    found: dict[str, dict[str, Any]] = {name: {} for name in names}
    for finding in table.findings:
        if finding.column in found:
            found[finding.column][finding.name] = finding.value
    kinds = {name: sensitivity(name, shapes=found[name].get("shapes"), others=names) for name in names}
    return [_Facts(column, rows, found[column.name], kinds[column.name]) for column in table.columns]


def _primary_key(columns: Sequence[_Facts]) -> str | None:
    unique = [facts.column for facts in columns if facts.is_unique]
    named = [column for column in unique if _is_key_like(column)]
    if named:
        return named[0].name
    first = columns[0].column.name if columns else None
    fitting = [c for c in unique if c.type.kind is Kind.VARCHAR or (c.name == first and _may_lead(c))]
    return fitting[0].name if fitting else None


def _is_key_like(column: Column) -> bool:
    return column.type.kind in _KEY_KINDS and bool(_KEY_WORD.search(column.name))


def _may_lead(column: Column) -> bool:
    """Say whether a first column of this type may be the key: whole numbers, days and times of a series."""
    return column.type.kind is Kind.BIGINT or column.type.is_temporal


def _unit(columns: Sequence[_Facts]) -> str | None:
    for kind in (Sensitivity.PERSON, Sensitivity.ID_NUMBER):
        for facts in columns:
            if facts.kind is kind and facts.repeats:
                return facts.column.name
    return None


def _property(facts: _Facts, key: str | None) -> dict[str, Any]:
    column = facts.column
    is_key = column.name == key
    return _filled(
        name=column.name,
        logicalType=LOGICAL_OF[column.type.kind],
        physicalType=str(column.type),
        required=facts.is_complete or None,
        unique=is_key or (facts.is_unique and _is_key_like(column)) or None,
        primaryKey=is_key or None,
        primaryKeyPosition=1 if is_key else None,
        classification="restricted" if facts.kind else None,
        examples=_examples(facts),
        customProperties=_custom(
            sensitivity=facts.kind.value if facts.kind else None,
            identifier=True if facts.kind in IDENTIFYING else None,
        ),
    )


def _examples(facts: _Facts) -> list[Any] | None:
    if facts.kind is not None:
        return None
    return [entry["value"] for entry in facts.found.get("top_values") or ()][:MOST_EXAMPLES]


def _plain(titles: Mapping[str, str]) -> str | None:
    return titles.get("en") or next(iter(titles.values()), None)


def _custom(**properties: Any) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in _filled(**properties).items()]


def _filled(**entries: Any) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if value not in (None, [], {})}
