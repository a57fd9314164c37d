"""The contract of a demonstration product: drafted as for anybody, with titles and meanings added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.contract.drafting import DraftTable, draft
from golconda.contract.odcs import Contract
from golconda.kernel.logical_types import Column, from_arrow
from golconda.kernel.names import ProductName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from golconda.demonstration.shape import Product, Table


@dataclass(frozen=True, slots=True)
class _Fact:
    """A statistic as a draft takes it."""

    column: str | None
    name: str
    value: Any  # JSON


def contract_text(product: Product, contents: Mapping[str, pa.Table]) -> str:
    """Return the product's contract as YAML; `contents` by table."""
    drafted = draft(
        ProductName.parse(product.name),
        titles=product.title.document,
        description=product.description.en,
        domain=product.domain,
        tables=[_drafted(table, contents[table.name]) for table in product.tables],
    )
    meanings = {table.name: table.columns for table in product.tables}
    schema = [
        {
            **table,
            "properties": [_explained(column, meanings[table["name"]]) for column in table["properties"]],
        }
        for table in drafted.document["schema"]
    ]
    return Contract({**drafted.document, "schema": schema}).text()


def _drafted(table: Table, content: pa.Table) -> DraftTable:
    columns = tuple(
        Column(field.name, from_arrow(field.type, column=field.name), content[field.name].null_count > 0)
        for field in content.schema
    )
    return DraftTable(table.name, table.title.document, columns, tuple(_facts(content)))


def _facts(content: pa.Table) -> Iterator[_Fact]:
    from pyarrow import compute

    yield _Fact(None, "rows", content.num_rows)
    for name in content.column_names:
        present = content.num_rows - content[name].null_count
        distinct = compute.count_distinct(content[name], mode="only_valid").as_py()
        yield _Fact(name, "missing", content[name].null_count)
        yield _Fact(name, "distinct", distinct)
        yield _Fact(name, "unique", distinct == present)


def _explained(column: Mapping[str, Any], meanings: Mapping[str, str]) -> dict[str, Any]:
    meaning = meanings.get(str(column["name"]))
    return {**column, "description": meaning} if meaning else dict(column)
