"""Publish for the organisation one belongs to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import InvalidInput
from golconda.kernel.names import ProductName, slugify
from golconda.node.publish import publish as run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.metastore.catalog import Snapshot
    from golconda.node.publish import Progress, Published
    from golconda.node.session import Session


def publish(
    session: Session,
    sources: str | Sequence[str],
    *,
    name: str | None = None,
    titles: Mapping[str, str] | None = None,
    description: str | Mapping[str, str] = "",
    domain: str | None = None,
    grade: str | None = None,
    synthetic: bool = False,
    contract: str | None = None,
    options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Publish sources as a product's next version and return what readers now see.

    `name` None = drawn from the first source. Raise what `node.publish` raises, and ``not-allowed``.
    """
    sources = [sources] if isinstance(sources, str) else list(sources)
    product = _product(session, sources, name)
    actor = session.demand("publish", product.organisation)
    made = run(
        session.node,
        actor,
        sources,
        name=str(product),
        titles=titles,
        description=_description(description),
        domain=domain,
        grade=grade,
        synthetic=synthetic,
        contract_text=contract,
        options=options,
        progress=progress,
    )
    return document(made)


def _product(session: Session, sources: Sequence[str], name: str | None) -> ProductName:
    if name is None and not sources:
        raise InvalidInput("source-missing", "There is nothing to publish.", hint="Name a file or a database's table.")
    drawn = name or slugify(_stem(sources[0]))
    return ProductName.parse(drawn, home=session.known().organisation)


def _stem(source: str) -> str:
    """Return what a source is called: its table, its database or its file; never what else stands in its address."""
    address, _, table = source.partition("#") if "://" in source else (source, "", "")
    return table.rpartition(".")[2] or address.partition("?")[0].rpartition("/")[2].partition(".")[0]


def _description(given: str | Mapping[str, str]) -> str:
    """Return a description as it is stored: texts by language as JSON."""
    if isinstance(given, str):
        return given
    return json.dumps(dict(given), ensure_ascii=False) if given else ""


def document(made: Published) -> dict[str, Any]:
    """Return a version that was published as JSON."""
    return {
        "product": str(made.product),
        "version": made.number,
        "major": made.major,
        "rows": made.rows,
        "rejected": made.rejected,
        "publish_id": made.publish_id,
        "tables": [_table(table) for table in made.tables],
    }


def _table(table: Snapshot) -> dict[str, Any]:
    return {
        "name": table.table,
        "rows": table.rows,
        "rejected": table.rejected,
        "bytes": table.bytes,
        "columns": [{"name": column.name, "type": str(column.type)} for column in table.columns],
    }
