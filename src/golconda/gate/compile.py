"""Compile a query and its obligations into the one text that runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import functions
from golconda.engine.copies import TABLE, OverCopies, name_of
from golconda.engine.spark.translate import OverSpark, over_spark
from golconda.gate.binding import bind
from golconda.gate.binding.conditions import moved
from golconda.gate.dialect import bare, text
from golconda.gate.late import Unfit, placed
from golconda.gate.leaf import protected_view
from golconda.gate.leaf.leaf import Leaf
from golconda.gate.leaf.parameters import Parameters
from golconda.gate.lineage import lineage
from golconda.gate.root import protect_result
from golconda.gate.shape import check_shape
from golconda.gate.statement import too_large
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from golconda.gate.binding.scope import Source
    from golconda.gate.binding.work import Work
    from golconda.gate.late import Late
    from golconda.gate.lineage import OutputColumn
    from golconda.gate.listing import Listing
    from golconda.gate.protected import ProtectedTable
    from golconda.gate.statement import Reference, Statement
    from golconda.kernel.names import TableName

    Tables = Mapping[Reference, ProtectedTable | Listing]


@dataclass(frozen=True, slots=True)
class Plan:
    """What runs: text, the values beside it, the files it may open, and the tables it reads."""

    sql: str
    parameters: Mapping[str, bytes | str | date | None]
    files: tuple[str, ...]
    tables: tuple[TableName, ...]
    over_copies: OverCopies | None
    _tree: exp.Expr = field(repr=False, compare=False)
    over_spark: OverSpark | None = None

    @property
    def shown(self) -> str:
        """Return the protected query for people: tables by name instead of files, keys and values by name only."""
        return text(self._tree.transform(_by_name))

    def for_late(self, late: Late) -> Plan:
        """Return the plan that waits for some values; this one is spent. Raise `late.Unfit`."""
        if self.over_spark is not None:
            raise Unfit
        names = placed(self._tree, late)
        over_copies = _over_copies(self._tree)
        return replace(self, sql=text(self._tree), parameters={**self.parameters, **names}, over_copies=over_copies)

    def with_values(self, values: Mapping[str, str]) -> Plan:
        """Return the plan with the values it waited for."""
        return replace(self, parameters={**self.parameters, **values})

    @property
    def without_rows(self) -> str:
        """Return the text that gives the answer's columns and no row of it."""
        tree = self._tree.copy()
        tree.set("limit", exp.Limit(expression=exp.Literal.number(0)))
        return text(tree)


def compile_plan(
    statement: Statement,
    tables: Tables,
    *,
    attributes: Mapping[str, str | None],
    today: date,
    key: Callable[[str], bytes],
    engine: str = "duckdb",
) -> Plan:
    """Return the plan that answers the statement over V of each table, and over nothing else.

    `engine`: "spark" writes it for Spark too, and raises ``engine-differs`` where that would answer otherwise.

    Cost: 2 to 8 ms for TPC-H. The statement is left as it is. Raise InvalidInput, NotFound or AccessRefused.
    """
    parameters = Parameters(attributes, today, key)
    try:
        tree = bare(statement.tree)
        return _for_spark(tree, tables, parameters) if engine == "spark" else _compiled(tree, tables, parameters)
    except RecursionError as error:
        raise too_large("The query is nested too deeply.") from error


def output_columns(statement: Statement, tables: Tables) -> tuple[OutputColumn, ...]:
    """Return what each column of the answer is made of. Cost: binding once more, so only for whoever asks."""
    tree = bare(statement.tree)
    work, fields = bind(tree, tables)
    return lineage(tree, fields, work)


def _compiled(tree: exp.Query, tables: Tables, parameters: Parameters, *, for_spark: bool = False) -> Plan:
    work, _ = bind(tree, tables, notes_types=for_spark)
    _refuse_unflagged(work)
    check_shape(work)
    protect_result(work)
    for source in work.leaves:
        source.node.replace(_view(source, work, parameters))
    read = tuple(dict.fromkeys(source.table for source in work.leaves if source.table is not None))
    files = tuple(dict.fromkeys(file for table in read for file in table.files))
    names = tuple(table.name for table in read)
    return Plan(text(tree), parameters.values, files, names, _over_copies(tree), tree)


def _for_spark(tree: exp.Query, tables: Tables, parameters: Parameters) -> Plan:
    """Return the plan with types on it and a barrier wherever rows are hidden: what fails there is Spark's own list."""
    plan = _compiled(tree, tables, parameters, for_spark=True)
    return replace(plan, over_copies=None, over_spark=over_spark(tree))


def _over_copies(tree: exp.Expr) -> OverCopies | None:
    """Return the plan over native copies of its files; None where it needs what only the files have."""
    scans = [node for node in tree.find_all(exp.Table) if "table" in node.meta]
    if not scans or any("files" not in node.meta for node in scans):
        return None
    sources = {name_of(node.meta["files"]): tuple(node.meta["files"]) for node in scans}
    return OverCopies(lambda: text(tree.transform(_copied)), sources)


def _copied(node: exp.Expr) -> exp.Expr:
    if "numbers" in node.meta:
        return exp.column("rowid", quoted=True)
    files = node.meta.get("files") if isinstance(node, exp.Table) else None
    return exp.table_(TABLE, db="main", catalog=name_of(files), quoted=True) if files is not None else node


def _refuse_unflagged(work: Work) -> None:
    """Refuse what the engine tries on hidden values whatever stands between; nothing hidden, nothing refused."""
    hidden = [source for source in work.leaves if source.table is not None and source.table.is_filtered]
    if work.unflagged and hidden:
        raise InvalidInput(
            "sql-function-refused",
            f"{work.unflagged[0]} is not answered where an agreement hides rows, as here of {hidden[0].alias}: "
            "the engine would try it on hidden values.",
            hint=functions.INSTEAD.get(work.unflagged[0], "Use another function."),
        )


def _view(source: Source, work: Work, parameters: Parameters) -> exp.Subquery:
    assert source.table is not None  # noqa: S101 leaves are stored tables
    conditions = [moved(condition, work) for condition in work.conditions.get(id(source), ())]
    # What cannot fail is known of DuckDB alone; elsewhere nothing passes the agreement's condition.
    pushed = () if work.notes_types else tuple(conditions)
    leaf = Leaf(
        source.table,
        source.columns,
        parameters,
        work.can_fail or work.notes_types,
        pushed,
        source.counted,
        source.sampled,
    )
    alias = source.node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(source.alias, quoted=True))
    return exp.Subquery(this=protected_view(leaf), alias=alias.copy(), joins=source.node.args.get("joins"))


def _by_name(node: exp.Expr) -> exp.Expr:
    name = node.meta.get("table") if isinstance(node, exp.Table) else None
    return exp.to_table(str(name)) if name is not None else node
