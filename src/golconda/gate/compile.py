"""Compile a query and its obligations into the one text that runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.dialect import text
from golconda.gate.leaf import protected_view
from golconda.gate.leaf.leaf import Leaf
from golconda.gate.leaf.parameters import Parameters
from golconda.gate.leaf.view import visible_columns
from golconda.gate.statement import reference, tables_read
from golconda.kernel.errors import AccessRefused, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from golconda.gate.protected import ProtectedTable
    from golconda.gate.statement import Reference, Statement
    from golconda.kernel.names import TableName


@dataclass(frozen=True, slots=True)
class Plan:
    """What runs: text, the values beside it, the files it may open, and the tables it reads."""

    sql: str
    parameters: Mapping[str, bytes | str | date | None]
    files: tuple[str, ...]
    tables: tuple[TableName, ...]
    _tree: exp.Expr = field(repr=False, compare=False)

    @property
    def shown(self) -> str:
        """Return the protected query for people: tables by name instead of files, keys and values by name only."""
        return text(self._tree.transform(_by_name))


def compile_plan(
    statement: Statement,
    tables: Mapping[Reference, ProtectedTable],
    *,
    attributes: Mapping[str, str | None],
    today: date,
    key: Callable[[str], bytes],
) -> Plan:
    """Return the plan that answers the statement over V of each table, and over nothing else."""
    parameters = Parameters(attributes, today, key)
    tree = statement.tree.copy()
    for node in list(tables_read(tree)):
        node.replace(_view(node, _bound(node, tables), parameters))
    read = [tables[name] for name in statement.references]
    files = tuple(dict.fromkeys(file for table in read for file in table.files))
    return Plan(text(tree), parameters.values, files, tuple(dict.fromkeys(table.name for table in read)), tree)


def _bound(node: exp.Table, tables: Mapping[Reference, ProtectedTable]) -> ProtectedTable:
    table = tables.get(reference(node))
    if table is None:
        raise NotFound("table-unknown", f"There is no table {reference(node)}.", hint="Look at golconda products.")
    if table.obligations.min_group is not None:
        raise AccessRefused("aggregate-only", f"{table.name} answers only aggregates.", hint="Wait.")
    return table


def _view(node: exp.Table, table: ProtectedTable, parameters: Parameters) -> exp.Subquery:
    leaf = Leaf(table, visible_columns(table), parameters, barrier=True)
    alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
    return exp.Subquery(this=protected_view(leaf), alias=alias.copy(), joins=node.args.get("joins"))


def _by_name(node: exp.Expr) -> exp.Expr:
    name = node.meta.get("table") if isinstance(node, exp.Table) else None
    return exp.to_table(str(name)) if name is not None else node
