"""What a reader's tree may consist of: every kind of node, and for the kinds with clauses every clause.

Allow-lists, never deny-lists: what the next parser version invents is refused until somebody has thought about it.
A clause that is not listed is refused even where the node is, since a generator drops what it does not know
(``AT (VERSION => 1)`` vanished so, and gave wrong rows).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterator


def _clauses(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Nodes with clauses: the clauses that may be there.
CLAUSES: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: _clauses(
        "with_ expressions distinct from_ joins laterals where group having qualify windows order limit offset"
    ),
    exp.Union: _clauses("with_ this expression distinct by_name order limit offset"),
    exp.Except: _clauses("with_ this expression distinct by_name order limit offset"),
    exp.Intersect: _clauses("with_ this expression distinct by_name order limit offset"),
    exp.Subquery: _clauses("with_ this alias joins pivots order limit offset"),
    exp.Pivot: _clauses(
        "expressions fields unpivot group alias include_nulls columns identify_pivot_strings prefixed_pivot_columns "
        "pivot_column_naming default_on_null value_columns_first"
    ),
    exp.PivotAlias: _clauses("this alias"),
    exp.Describe: _clauses("this"),  # no reader's text has these two inside a query
    exp.Summarize: _clauses("this"),
    exp.Values: _clauses("expressions alias"),
    exp.With: _clauses("expressions recursive"),
    exp.CTE: _clauses("this alias materialized"),
    exp.Table: _clauses("this db catalog alias joins pivots"),
    exp.TableAlias: _clauses("this columns"),
    exp.Unnest: _clauses("expressions alias offset"),
    exp.Lateral: _clauses("this alias"),
    exp.From: _clauses("this"),
    exp.Join: _clauses("this on side kind using method"),
    exp.Where: _clauses("this"),
    exp.Group: _clauses("expressions all grouping_sets cube rollup"),
    exp.GroupingSets: _clauses("expressions"),
    exp.Cube: _clauses("expressions"),
    exp.Rollup: _clauses("expressions"),
    exp.Having: _clauses("this"),
    exp.Qualify: _clauses("this"),
    exp.Order: _clauses("this expressions"),
    exp.Ordered: _clauses("this desc nulls_first"),
    exp.Limit: _clauses("expression"),
    exp.Offset: _clauses("expression"),
    exp.Distinct: _clauses("expressions on"),
    exp.Star: _clauses("except_ replace rename"),
    exp.Column: _clauses("this table db catalog"),
    exp.Identifier: _clauses("this quoted"),
    exp.Alias: _clauses("this alias"),
    exp.Literal: _clauses("this is_string"),
    exp.Boolean: _clauses("this"),
    exp.Null: _clauses(""),
    exp.Paren: _clauses("this"),
    exp.Tuple: _clauses("expressions"),
    exp.In: _clauses("this expressions query"),
    exp.Between: _clauses("this low high symmetric"),
    exp.Is: _clauses("this expression negate"),
    exp.Like: _clauses("this expression negate"),
    exp.ILike: _clauses("this expression negate"),
    exp.Case: _clauses("this ifs default"),
    exp.If: _clauses("this true false"),
    exp.Exists: _clauses("this"),
    exp.Any: _clauses("this"),
    exp.All: _clauses("this"),
    exp.Cast: _clauses("this to"),
    exp.TryCast: _clauses("this to safe"),
    exp.DataType: _clauses("this expressions nested"),
    exp.DataTypeParam: _clauses("this"),
    exp.Interval: _clauses("this unit"),
    exp.Var: _clauses("this"),
    exp.Window: _clauses("this partition_by order spec alias over"),
    exp.WindowSpec: _clauses("kind start start_side end end_side exclude"),
    exp.Filter: _clauses("this expression"),
    exp.IgnoreNulls: _clauses("this"),
    exp.RespectNulls: _clauses("this"),
    exp.Anonymous: _clauses("this expressions"),
    exp.Lambda: _clauses("this expressions"),
    exp.Extract: _clauses("this expression"),
    exp.Substring: _clauses("this start length"),
    exp.Trim: _clauses("this expression position"),
    exp.StrPosition: _clauses("this substr"),
    exp.CurrentDate: _clauses(""),
    exp.CurrentTimestamp: _clauses(""),
    exp.Localtimestamp: _clauses(""),
    exp.RegexpLike: _clauses("this expression"),
    exp.Array: _clauses("expressions"),
    exp.Bracket: _clauses("this expressions"),
    exp.Slice: _clauses("this expression"),
    exp.AtTimeZone: _clauses("this zone"),
    exp.DPipe: _clauses("this expression safe"),
    exp.Div: _clauses("this expression typed safe"),
    **{
        operator: _clauses("this expression")
        for operator in (
            exp.And, exp.Or, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ,
            exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod, exp.Pow, exp.BitwiseAnd, exp.BitwiseOr,
            exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.SimilarTo, exp.Glob, exp.Escape,
        )
    },
    exp.Not: _clauses("this"),
    exp.Neg: _clauses("this"),
    exp.BitwiseNot: _clauses("this"),
}  # fmt: skip

# Types a cast may name; more would bring functions nobody has tested.
TYPES = frozenset(
    {
        exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT,
        exp.DType.INT128, exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UINT, exp.DType.UBIGINT,
        exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.TEXT, exp.DType.VARCHAR,
        exp.DType.CHAR, exp.DType.DATE, exp.DType.TIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ,
        exp.DType.TIMESTAMPTZ, exp.DType.INTERVAL, exp.DType.BLOB, exp.DType.VARBINARY,
    }
)  # fmt: skip

JOIN_KINDS = frozenset({"", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"})
JOIN_SIDES = frozenset({"", "LEFT", "RIGHT", "FULL"})
JOIN_METHODS = frozenset({"", "NATURAL", "ASOF"})

# What to write instead of the things readers are likely to try.
INSTEAD: dict[str, str] = {
    "PivotAny": "Write the values: FOR column IN ('one', 'two').",
    "HistoricalData": "Name the product's version in the agreement, not the query.",
    "TableSample": "Use ORDER BY with LIMIT.",
    "WithinGroup": "Write quantile_cont(column, 0.5).",
    "lambda": "Write list_transform, list_filter or list_reduce with lambda x : …, or use unnest.",
    "Comprehension": "Write list_transform(list, lambda x : …).",
    "JSONExtract": "Write json_extract(column, '$.name').",
    "JSONExtractScalar": "Write json_extract_string(column, '$.name').",
    "Placeholder": "Write the value itself.",
    "Parameter": "Write the value itself.",
    "PositionalColumn": "Write the column's name.",
    "Dot": "Cast or extract the value by a function.",
    "Fetch": "Write LIMIT with a number of rows.",
    "limit_options": "Write LIMIT with a number of rows.",
    "RawString": "Write the text in single quotes.",
    "escape": r"Write no escapes but \n, \t, \r, \\ and \', and chr(…) for other signs.",
    "ByteString": "Write the text in single quotes, and chr(10) for the end of a line.",
    "Concat": "Write || between texts.",
    "IntervalSpan": "Write the two parts as a sum: INTERVAL 1 YEAR + INTERVAL 2 MONTH.",
    "CurrentTime": "Write CAST(localtimestamp AS TIME).",
    "PropertyEQ": "Leave out the argument's name.",
    "this": "Write the table first: FROM table PIVOT (… FOR … IN (…)).",
    "offset": "Write generate_series beside it, or row_number() OVER ().",
    "step": "Write list_slice(list, first, last, step).",
    "Into": "Take the answer and store it yourself.",
    "Lock": "Leave FOR UPDATE out: nothing can be written here.",
    "Collate": "Write lower(column) to compare without regard to case.",
    "key_expressions": "Leave USING KEY out, and take the last row of each key from the result.",
    "Struct": "Return the columns side by side.",
    "search": "Select the level beside the rows, and ORDER BY it.",
    "columns": "Name the columns, or write COLUMNS(*), COLUMNS('pattern') or COLUMNS(['name']) in SELECT or WHERE.",
    "star": "Name the columns, or write * as a projection by itself or in count(*).",
    "sample": "Use ORDER BY with LIMIT.",
    "version": "Name the product's version in the agreement, not the query.",
    "when": "Name the product's version in the agreement, not the query.",
    "POSITIONAL": "Join on row_number() OVER (ORDER BY …) on both sides.",
}


def instead(part: str) -> str:
    """Return what to write in place of a part that is refused."""
    if part.startswith("type "):
        return "Cast to a number, a text, a date or time, BOOLEAN, INTERVAL or BLOB."
    return INSTEAD.get(part, "Write it with joins, subqueries, CTEs, window functions and aggregates.")


def refused_parts(node: exp.Expr) -> Iterator[str]:
    """Name what is not on the lists in one node (not below it), the node itself first."""
    allowed = CLAUSES.get(type(node))
    if allowed is None:
        yield type(node).__name__
        return
    yield from (name for name, value in node.args.items() if value and name not in allowed)
    if isinstance(node, exp.Join):
        yield from _join(node)
    if isinstance(node, exp.DataType) and node.this not in TYPES:
        yield f"type {node.sql()}"


def _join(node: exp.Join) -> Iterator[str]:
    for value, allowed in ((node.kind, JOIN_KINDS), (node.side, JOIN_SIDES), (node.method, JOIN_METHODS)):
        if str(value or "").upper() not in allowed:
            yield str(value).upper()
