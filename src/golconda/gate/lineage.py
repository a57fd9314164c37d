"""Where each column of an answer comes from: column to column, read off the bound tree.

What decides which rows there are (WHERE, JOIN, HAVING) is not followed: lineage tells whose values an answer holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import functions
from golconda.gate.dialect import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from golconda.gate.binding.scope import Field, Scope, Source
    from golconda.gate.binding.work import Work
    from golconda.kernel.names import TableName

ROWS = "*"  # what count(*) counts
_AGGREGATES = functions.AGGREGATES - functions.WINDOW_ONLY


class How(StrEnum):
    """What became of a value on the way; the last of several counts."""

    COPIED = "copied"
    COMPUTED = "computed"
    AGGREGATED = "aggregated"


_ORDER = tuple(How)


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A stored column that an output column is made of."""

    table: TableName
    column: str
    how: How


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of an answer and what it is made of, sorted."""

    name: str
    origins: tuple[Origin, ...]

    @property
    def copy_of(self) -> Origin | None:
        """Return the one stored column whose values these are, unchanged."""
        return self.origins[0] if len(self.origins) == 1 and self.origins[0].how is How.COPIED else None


def lineage(tree: exp.Query, fields: Sequence[Field], work: Work) -> tuple[OutputColumn, ...]:
    """Return the lineage of each column of a bound tree, before anything in it is replaced."""
    found = _Trace(work).outputs(tree)
    return tuple(
        OutputColumn(field.name, tuple(sorted(Origin(*where, how) for where, how in made.items())))
        for field, (_, made) in zip(fields, found, strict=True)
    )


_Made = dict["tuple[TableName, str]", How]
_Outputs = list[tuple[str, _Made]]


@dataclass(slots=True)
class _Trace:
    """Follows names from where they are used to where they are stored."""

    work: Work
    scopes: Mapping[int, Scope] = field(init=False)
    done: dict[int, _Outputs] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    counted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.scopes = {id(select): scope for select, scope in self.work.selects}

    # ── queries ─────────────────────────────────────────────────────────────────────────────────────────────

    def outputs(self, query: exp.Expr) -> _Outputs:
        """Return the columns of a query in order; a query inside itself is made of what was found of it so far."""
        key = id(query)
        if key in self.done:
            return self.done[key]
        if key in self.open:
            return []
        self.open.add(key)
        found = self._outputs(query)
        self.open.discard(key)
        self.done[key] = found
        return found

    def _outputs(self, query: exp.Expr) -> _Outputs:
        if isinstance(query, exp.Subquery):
            return self.outputs(query.this)
        if isinstance(query, exp.SetOperation):
            return self._set_operation(query)
        if isinstance(query, exp.Values):
            rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in query.expressions]
            return [("", _joined(map(self.made, column))) for column in zip(*rows, strict=True)]
        if isinstance(query, exp.Select):
            return [(item.alias_or_name, self.made(item)) for item in query.expressions]
        return []

    def _set_operation(self, query: exp.SetOperation) -> _Outputs:
        if id(query.expression) in {id(term) for term in self.work.again}:
            return self._recursive(query)
        return self._joined_sides(query, self.outputs(query.this))

    def _recursive(self, query: exp.SetOperation) -> _Outputs:
        """Follow a query that reads itself until nothing new comes: what one round copies the next may swap."""
        found: _Outputs = []
        more = self.outputs(query.this)
        while more != found:
            found = more
            before = {**self.done, id(query): found}
            self.done = dict(before)
            more = self._joined_sides(query, found)
            self.done = before
        return found

    def _joined_sides(self, query: exp.SetOperation, left: _Outputs) -> _Outputs:
        right = self.outputs(query.expression)
        if not query.args.get("by_name"):
            padded = [*right, *[("", {})] * max(0, len(left) - len(right))]
            return [(name, _joined([one, other])) for (name, one), (_, other) in zip(left, padded, strict=False)]
        others = {folded(name): (name, made) for name, made in right}
        both = [(name, _joined([made, others.pop(folded(name), ("", {}))[1]])) for name, made in left]
        return [*both, *others.values()]

    # ── expressions ─────────────────────────────────────────────────────────────────────────────────────────

    def made(self, node: exp.Expr) -> _Made:
        """Return what an expression is made of."""
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Alias | exp.Paren):
            return self.made(node.this)
        if isinstance(node, exp.Exists):
            return {}
        if isinstance(node, exp.Query):
            return _at_least(_joined(made for _, made in self.outputs(node)), How.COMPUTED)
        parts = _joined(map(self.made, node.iter_expressions()))
        if isinstance(node, exp.Anonymous) and node.name.lower() in _AGGREGATES:
            return _at_least(parts or self._rows_counted(node), How.AGGREGATED)
        return _at_least(parts, How.COMPUTED)

    def _rows_counted(self, call: exp.Expr) -> _Made:
        scope = self.scopes.get(id(call.parent_select))
        return _joined(map(self._rows, scope.sources)) if scope else {}

    def _rows(self, source: Source) -> _Made:
        if source.table is not None:
            return {(source.table.name, ROWS): How.AGGREGATED}
        query = self._query_of(source)
        return self._rows_of(query) if query is not None else {}

    def _rows_of(self, query: exp.Expr) -> _Made:
        query = query.unnest()
        if id(query) in self.counted:  # of a query inside itself
            return {}
        self.counted.add(id(query))
        if isinstance(query, exp.SetOperation):
            found = _joined(map(self._rows_of, (query.this, query.expression)))
        else:
            scope = self.scopes.get(id(query))
            found = _joined(map(self._rows, scope.sources)) if scope else {}
        self.counted.discard(id(query))
        return found

    def _column(self, node: exp.Column) -> _Made:
        merged = self._merged(node)
        if merged is not None:
            return merged
        use = self.work.uses.get(id(node))
        return self._of_source(use.source, use.field.name) if use else self._alias(node)

    def _merged(self, node: exp.Column) -> _Made | None:
        """Return what a column is made of that USING made one of two."""
        scope = self.scopes.get(id(node.parent_select))
        if scope is None or node.table or folded(node.name) not in scope.merged:
            return None
        return _joined(self._of_source(source, node.name) for source in scope.holding(node.name))

    def _alias(self, node: exp.Column) -> _Made:
        select = node.parent_select
        for item in select.expressions if isinstance(select, exp.Select) else ():
            if isinstance(item, exp.Alias) and folded(item.alias) == folded(node.name) and id(item) not in self.open:
                self.open.add(id(item))
                found = self.made(item.this)
                self.open.discard(id(item))
                return found
        return {}

    # ── sources ─────────────────────────────────────────────────────────────────────────────────────────────

    def _of_source(self, source: Source, name: str) -> _Made:
        found = source.find(name)
        if found is None:
            return {}
        if source.table is not None:
            return {(source.table.name, found.column.name if found.column else found.name): How.COPIED}
        query = self._query_of(source)
        if query is None:
            return _at_least(_joined(map(self.made, _arguments(source.node))), How.COMPUTED)
        columns = self.outputs(query)
        place = next(place for place, one in enumerate(source.fields) if folded(one.name) == folded(found.name))
        return columns[place][1] if place < len(columns) else {}

    def _query_of(self, source: Source) -> exp.Expr | None:
        node = source.node
        if isinstance(node, exp.Table):
            return _cte(node) if isinstance(node.this, exp.Identifier) else None
        query = node.this if isinstance(node, exp.Lateral) else node
        return query if isinstance(query, exp.Query | exp.Values) else None


def _arguments(node: exp.Expr) -> Iterable[exp.Expr]:
    call = node.this if isinstance(node, exp.Table | exp.Lateral) else node
    return call.expressions if isinstance(call, exp.Anonymous | exp.Unnest) else call.find_all(exp.Column)


def _cte(table: exp.Table) -> exp.Expr | None:
    """Return the query behind a name: the nearest CTE in sight, which is one before the CTE the name stands in."""
    name = folded(table.name)
    inside: exp.Expr | None = None
    at: exp.Expr | None = table
    while at is not None:
        for cte in _in_sight(at, inside):
            if folded(cte.alias) == name:
                found: exp.Expr = cte.this
                return found
        inside = at if isinstance(at, exp.CTE) else inside
        at = at.parent
    return None


def _in_sight(node: exp.Expr, inside: exp.Expr | None) -> Iterator[exp.Expr]:
    with_ = node.args.get("with_")
    if with_ is None:
        return
    known = list(with_.expressions)
    place = next((place for place, cte in enumerate(known) if cte is inside), None)
    if place is not None:
        known = known[: place + bool(with_.args.get("recursive"))]
    yield from reversed(known)


def _joined(parts: Iterable[_Made]) -> _Made:
    found: _Made = {}
    for part in parts:
        for where, how in part.items():
            found[where] = _later(how, found.get(where, how))
    return found


def _at_least(made: _Made, how: How) -> _Made:
    return {where: _later(how, before) for where, before in made.items()}


def _later(one: How, other: How) -> How:
    return max(one, other, key=_ORDER.index)
