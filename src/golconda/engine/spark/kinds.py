"""The type of an expression in a plan: as binding noted it, or as the node itself says."""

from __future__ import annotations

from sqlglot import exp

from golconda.engine import sql_types as t
from golconda.engine.sql_types import Family, SqlType

_D = exp.DType
_CASTS = {
    _D.BOOLEAN: Family.BOOLEAN,
    **dict.fromkeys((_D.TINYINT, _D.SMALLINT, _D.INT, _D.BIGINT), Family.INTEGER),
    _D.INT128: Family.HUGE,
    _D.DOUBLE: Family.DOUBLE,
    **dict.fromkeys((_D.TEXT, _D.VARCHAR, _D.CHAR), Family.TEXT),
    _D.DATE: Family.DATE,
    **dict.fromkeys((_D.TIMESTAMP, _D.TIMESTAMPNTZ), Family.TIMESTAMP),
    _D.TIMESTAMPTZ: Family.TIMESTAMPTZ,
    **dict.fromkeys((_D.BLOB, _D.VARBINARY), Family.BLOB),
}
_INNER = (exp.Paren, exp.Alias, exp.Greatest, exp.Least, exp.Round, exp.Neg, exp.Filter, exp.Window, exp.Distinct)
_BOOLEAN = (
    *(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between),
    *(exp.Like, exp.Boolean, exp.Exists),
)
_OF_CALLS = {"encode": SqlType(Family.BLOB), "nfc_normalize": t.TEXT}  # of masks; others binding has noted
_TEXT = (exp.Left, exp.Right, exp.Repeat, exp.SHA2)


def of_leaves(tree: exp.Expr) -> None:
    """Note the types of the stored columns in the protected views, which binding does not look into."""
    for scan in tree.find_all(exp.Table):
        if "columns" not in scan.meta:
            continue
        types = {column.name: t.of(column.type) for column in scan.meta["columns"]}
        types |= dict.fromkeys(("file_index", "file_row_number"), t.INTEGER)
        inner = scan.parent_select
        outer = inner.parent_select if inner is not None else None
        for select in (inner, outer):
            if select is not None:
                _note(select, types)


def _note(select: exp.Expr, types: dict[str, SqlType]) -> None:
    for column in select.find_all(exp.Column):
        if column.parent_select is select and not column.table and "type" not in column.meta:
            column.meta["type"] = types.get(column.name, t.UNKNOWN)


def of(node: exp.Expr) -> SqlType:
    """Return a node's type, UNKNOWN where nobody says."""
    noted = node.meta.get("type")
    if isinstance(noted, SqlType) and noted.family is not Family.UNKNOWN:
        return noted
    return _by_kind(node)


def _by_kind(node: exp.Expr) -> SqlType:
    if isinstance(node, exp.Cast | exp.TryCast):
        return of_cast(node.args["to"])
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, _INNER):
        return of(node.this) if node.this is not None else of(node.expressions[0])
    if isinstance(node, _BOOLEAN):
        return t.BOOLEAN
    if isinstance(node, _TEXT):
        return t.TEXT
    if isinstance(node, exp.Null):
        return t.NULL
    if isinstance(node, exp.DPipe):
        return of(node.this)
    if isinstance(node, exp.Unhex | exp.Placeholder):  # bare placeholders are keys
        return SqlType(Family.BLOB)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "date_trunc":
        return t.TIMESTAMPTZ if of(node.expressions[1]) == t.TIMESTAMPTZ else t.TIMESTAMP
    if isinstance(node, exp.Anonymous):
        return _OF_CALLS.get(node.name.lower(), t.UNKNOWN)
    if isinstance(node, exp.Length | exp.Extract):
        return t.INTEGER
    if isinstance(node, exp.Div | exp.Floor):
        return t.DOUBLE
    if isinstance(node, exp.Case):
        return _case(node)
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Mod | exp.IntDiv):
        return _arithmetic(node)
    if isinstance(node, exp.Column):
        return _column(node)
    return t.UNKNOWN


def _literal(node: exp.Literal) -> SqlType:
    if node.is_string:
        return t.TEXT
    digits = str(node.this)
    if digits.isdigit():
        return t.INTEGER if int(digits) < 2**63 else t.HUGE
    if "e" in digits.lower():
        return t.DOUBLE
    before, _, after = digits.partition(".")
    return SqlType(Family.DECIMAL, len(before.lstrip("0")) + len(after), len(after))


def _case(node: exp.Case) -> SqlType:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    results += [node.args["default"]] if node.args.get("default") is not None else []
    return t.common([of(result) for result in results]) or t.UNKNOWN


def _arithmetic(node: exp.Expr) -> SqlType:
    left, right = of(node.this), of(node.expression)
    if Family.DECIMAL in (left.family, right.family) and {left.family, right.family} <= t.NUMERIC - {Family.DOUBLE}:
        scale = left.scale + right.scale if isinstance(node, exp.Mul) else max(left.scale, right.scale)
        return SqlType(Family.DECIMAL, t.WIDEST, scale)
    return t.common([left, right]) or t.UNKNOWN


def _column(node: exp.Column) -> SqlType:
    """Return the type of a column of a subquery beside it, as those that the compilers make are."""
    select = node.parent_select
    source = select.args.get("from_") if select is not None else None
    subquery = source.this if source is not None else None
    if isinstance(subquery, exp.Subquery) and subquery.alias == node.table and isinstance(subquery.this, exp.Select):
        found = next((item for item in subquery.this.expressions if item.alias_or_name == node.name), None)
        return of(found) if found is not None else t.UNKNOWN
    return t.UNKNOWN


def of_cast(to: exp.DataType) -> SqlType:
    """Return the type a cast names."""
    if to.this is _D.DECIMAL:
        sizes = [int(size.this.name) for size in to.expressions]
        return SqlType(Family.DECIMAL, sizes[0], sizes[1]) if len(sizes) == 2 else SqlType(Family.DECIMAL, 18, 3)
    return SqlType(_CASTS.get(to.this, Family.UNKNOWN))
