"""The `where` clause: a small grammar, held by an allow-list of tree nodes, typed by the table's columns.

    condition   comparison | BETWEEN | IN (…) | LIKE '…' | IS NULL | boolean column | TRUE | FALSE
                | condition AND condition | condition OR condition | NOT condition | (condition)
    operand     column | literal | DATE '…' | TIMESTAMP '…' | TIMESTAMPTZ '…' | current_date
                | :organisation | :person | :region

No function, arithmetic, cast or subquery: what can fail, or takes time by the value, would tell about hidden
rows. LIKE has no ESCAPE and no backslash: engines disagree on both, and `like_escape` fails on some patterns.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.parsers.duckdb import DuckDBParser

from golconda.agreement import literals
from golconda.kernel.errors import InvalidInput, near, nearest
from golconda.kernel.logical_types import Kind, LogicalType
from golconda.kernel.names import column_name
from golconda.kernel.parsing import Bounded, ReadTooOftenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from golconda.kernel.logical_types import Column

ATTRIBUTES = ("organisation", "person", "region")
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_CONNECTORS = (exp.And, exp.Or)
_MOMENTS = (exp.DType.DATE, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ)
_LONGEST = 10_000
_TEXT = LogicalType(Kind.VARCHAR)
_DUCKDB = DuckDB()


class _Parser(Bounded, DuckDBParser):
    pass


def canonical(text: str) -> str:
    """Return the one text of a condition, or raise ``where-refused``; columns are not looked at.

    >>> canonical("region<>'R9' and (consent)")
    '"region" <> \\'R9\\' AND "consent"'
    """
    return _text(_condition(_parsed(text)))


@lru_cache(maxsize=4096)  # asked at every decision, of the same few texts
def columns(text: str) -> tuple[str, ...]:
    """Return the columns a condition names, sorted, as written."""
    return tuple(sorted({column.name for column in _parsed(text).find_all(exp.Column)}))


def varies(text: str) -> bool:
    """Say whether a condition depends on who reads, or on which day."""
    return any(True for _ in _parsed(text).find_all(exp.Placeholder, exp.CurrentDate))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a condition over other columns, by the names (any case) they have where it came from."""
    tree = _parsed(text)
    known = {name.casefold(): to for name, to in names.items()}
    for column in list(tree.find_all(exp.Column)):
        column.set("this", exp.to_identifier(known[column.name.casefold()], quoted=True))
    return canonical(tree.sql("duckdb"))


def read(text: str, columns: Iterable[Column]) -> exp.Expr:
    """Return the condition as a tree over a table's columns, typed so that no engine casts a column.

    Columns are quoted and spelled as stored, literals carry the type of the column they meet, and
    ``:organisation``, ``:person``, ``:region`` stay `exp.Placeholder`. Raise ``where-refused`` for what the
    grammar lacks and ``terms-unknown-column``.
    """
    stored = {column.name.casefold(): column for column in columns}
    return _typed(_condition(_parsed(text)), stored)


# ── the grammar ─────────────────────────────────────────────────────────────────────────────────────────────


def _parsed(text: str) -> exp.Expr:
    if len(text) > _LONGEST:
        raise refused(f"is longer than {_LONGEST} characters", hint="Say it in fewer words.")
    if not "".join(text.split()).isprintable():
        # An engine may end a text at a NUL, and a reader of terms does not see what turns text around.
        raise refused("has characters that do not show", hint="Leave out control characters.")
    try:
        trees = _Parser(dialect=_DUCKDB).parse(_DUCKDB.tokenize(text), text)
    except (SqlglotError, RecursionError, ReadTooOftenError):
        raise refused("is no SQL condition", hint="Write one as in: region <> 'R9' AND consent.") from None
    if len(trees) != 1 or trees[0] is None:
        raise refused("is not one condition", hint="Write one condition, without a semicolon.")
    return trees[0]


def _condition(node: exp.Expr) -> exp.Expr:
    """Return the node rebuilt from allowed parts, with parentheses only where the meaning needs them."""
    kind = type(node)
    if kind is exp.Paren and _bare(node, "this"):
        return _condition(node.this)
    if kind in _CONNECTORS and _bare(node, "this", "expression"):
        parts = [_condition(part) for part in _chain(node, kind)]
        return _joined(kind, [_enclosed(part, _CONNECTORS if kind is exp.And else ()) for part in parts])
    if kind is exp.Not and _bare(node, "this"):
        return exp.Not(this=_enclosed(_condition(node.this), (*_CONNECTORS, exp.Not)))
    if kind is exp.Boolean or kind is exp.Column:
        return _operand(node)
    return _test(node)


def _test(node: exp.Expr) -> exp.Expr:
    kind = type(node)
    if kind in _COMPARISONS and _bare(node, "this", "expression"):
        return kind(this=_operand(node.this), expression=_operand(node.expression))
    if kind is exp.Between and _bare(node, "this", "low", "high"):
        return exp.Between(**{part: _operand(node.args[part]) for part in ("this", "low", "high")})
    if kind is exp.In and _bare(node, "this", "expressions") and node.expressions:
        return exp.In(this=_operand(node.this), expressions=[_operand(one) for one in node.expressions])
    if kind is exp.Is and _bare(node, "this", "expression") and type(node.expression) is exp.Null:
        return exp.Is(this=_operand(node.this), expression=exp.Null())
    if kind is exp.Like and _bare(node, "this", "expression", "negate"):
        like = exp.Like(this=_operand(node.this), expression=_pattern(node.expression))
        return exp.Not(this=like) if node.args.get("negate") else like
    raise refused(f"may not contain {_shown(node)}", hint=_instead(node))


def _operand(node: exp.Expr) -> exp.Expr:
    kind = type(node)
    if kind is exp.Paren and _bare(node, "this"):
        return _operand(node.this)
    if kind is exp.Column and _bare(node, "this") and type(node.this) is exp.Identifier:
        return exp.column(column_name(node.name), quoted=True)
    if kind is exp.Placeholder and node.name in ATTRIBUTES:
        return exp.Placeholder(this=node.name)
    if kind is exp.CurrentDate and _bare(node):
        return exp.CurrentDate()
    if kind is exp.Neg and type(node.this) is exp.Literal and not node.this.is_string:
        return exp.Neg(this=_operand(node.this))
    if kind is exp.Literal or kind is exp.Boolean:
        return kind(**node.args)
    if kind is exp.Cast and type(node.this) is exp.Literal and node.this.is_string and node.args["to"].this in _MOMENTS:
        return exp.Cast(this=exp.Literal.string(node.this.this), to=exp.DataType(this=node.args["to"].this))
    raise refused(f"may not contain {_shown(node)}", hint=_instead(node))


def _pattern(node: exp.Expr) -> exp.Expr:
    if type(node) is exp.Literal and node.is_string and "\\" not in node.this:
        return exp.Literal.string(node.this)
    raise refused(f"may not have the pattern {_shown(node)}", hint="LIKE takes a text without a backslash.")


def _chain(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Return the parts of a chain of one connector, left to right, through parentheses."""
    found: list[exp.Expr] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        while type(part) is exp.Paren:
            part = part.this
        if type(part) is kind:
            waiting += [part.expression, part.this]
        else:
            found.append(part)
    return found


def _joined(kind: type[exp.Expr], parts: Sequence[exp.Expr]) -> exp.Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = kind(this=whole, expression=part)
    return whole


def _enclosed(node: exp.Expr, kinds: tuple[type[exp.Expr], ...]) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, kinds) else node


def _bare(node: exp.Expr, *parts: str) -> bool:
    """Say whether the node has no part but these: an unknown modifier must not pass unseen."""
    return not [name for name, value in node.args.items() if value and name not in parts]


# ── types ───────────────────────────────────────────────────────────────────────────────────────────────────


def _typed(node: exp.Expr, stored: Mapping[str, Column]) -> exp.Expr:
    if isinstance(node, (*_CONNECTORS, exp.Paren, exp.Not)):
        return _rebuilt(node, stored)
    if isinstance(node, exp.Column):
        return _boolean(node, stored)
    if isinstance(node, exp.Boolean):
        return node
    if isinstance(node, exp.Is):
        return exp.Is(this=_value(node.this, None, stored), expression=exp.Null())
    parts = _operands(node)
    type_ = _common(parts, stored)
    if isinstance(node, exp.Like) and type_ != _TEXT:
        raise refused(f"compares {type_} with LIKE", hint="LIKE takes a column of text.")
    return _with_operands(node, [_value(part, type_, stored) for part in parts])


def _rebuilt(node: exp.Expr, stored: Mapping[str, Column]) -> exp.Expr:
    parts = {name: _typed(part, stored) for name, part in node.args.items() if isinstance(part, exp.Expr)}
    return type(node)(**parts)


def _operands(node: exp.Expr) -> list[exp.Expr]:
    named = [node.args.get(name) for name in ("this", "expression", "low", "high")]
    return [part for part in named if part is not None] + node.expressions


def _with_operands(node: exp.Expr, parts: list[exp.Expr]) -> exp.Expr:
    if isinstance(node, exp.In):
        return exp.In(this=parts[0], expressions=parts[1:])
    names = ("this", "low", "high") if isinstance(node, exp.Between) else ("this", "expression")
    return type(node)(**dict(zip(names, parts, strict=True)))


def _common(parts: Sequence[exp.Expr], stored: Mapping[str, Column]) -> LogicalType:
    """Return the one type all columns and attributes of a comparison have; literals take it on."""
    types = {_column(part, stored).type for part in parts if isinstance(part, exp.Column)}
    types |= {_TEXT for part in parts if isinstance(part, exp.Placeholder)}
    if not types:
        raise refused("compares constants", hint="Compare a column, or TRUE and FALSE alone.")
    if len(types) > 1:
        raise refused(f"compares {' with '.join(sorted(map(str, types)))}", hint="Both sides must be of the same type.")
    [found] = types
    return found


def _value(part: exp.Expr, type_: LogicalType | None, stored: Mapping[str, Column]) -> exp.Expr:
    if isinstance(part, exp.Column):
        return exp.column(_column(part, stored).name, quoted=True)
    if isinstance(part, exp.Placeholder):
        return part
    if type_ is None:
        raise refused("asks whether a constant is NULL", hint="Ask it of a column.")
    return literals.typed(part, type_)


def _boolean(node: exp.Column, stored: Mapping[str, Column]) -> exp.Expr:
    column = _column(node, stored)
    if column.type.kind is Kind.BOOLEAN:
        return exp.column(column.name, quoted=True)
    raise refused(f"takes {column.name} as true or false, but it is {column.type}", hint="Compare it with a value.")


def _column(node: exp.Column, stored: Mapping[str, Column]) -> Column:
    found = stored.get(node.name.casefold())
    if found is None:
        names = [column.name for column in stored.values()]
        raise InvalidInput(
            "terms-unknown-column",
            f"The clause where names the column {node.name!r}, which is not there.",
            hint=f"Name a column of the table: {nearest(node.name, names)}.",
            column=node.name,
            near=near(node.name, names),
        )
    return found


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────


def refused(problem: str, *, hint: str) -> InvalidInput:
    """Return the refusal of a condition."""
    return InvalidInput("where-refused", f"The clause where {problem}.", hint=hint)


def _text(node: exp.Expr) -> str:
    return node.transform(_with_colon).sql("duckdb", comments=False)


def _with_colon(node: exp.Expr) -> exp.Expr:
    return exp.Var(this=f":{node.name}") if isinstance(node, exp.Placeholder) else node


def _shown(node: exp.Expr) -> str:
    text = _text(node)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _instead(node: exp.Expr) -> str:
    if isinstance(node, exp.Null):
        return "Write IS NULL: nothing equals NULL."
    if isinstance(node, exp.Placeholder):
        return f"The reader's attributes are {', '.join(f':{name}' for name in ATTRIBUTES)}."
    return "Use comparisons, BETWEEN, IN, LIKE, IS NULL, AND, OR, NOT; no function, cast or subquery."
