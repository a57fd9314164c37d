"""Other ways to write what is answered: each becomes the one way that is checked, bound and compiled.

A rule sees one node and returns what stands for it, or None to leave it: then the lists decide. Nothing here widens
what is answered, since the lists are asked about the outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable

_QUANTILES = {"percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc"}
_TIMES: dict[str, type[exp.Expr]] = {"current_date": exp.CurrentDate, "current_timestamp": exp.CurrentTimestamp}
_AFTER_ROWS = ("order", "limit", "offset")


def spelled_out(tree: exp.Expr) -> exp.Expr:
    """Return the tree with every other way of writing replaced, inner ones first; the tree itself is changed."""
    for node in reversed([node for node in tree.walk() if type(node) in _RULES]):
        plain = _RULES[type(node)](node)
        if plain is None:
            continue
        if node is tree:
            tree = plain
        else:
            node.replace(plain)
    return tree


def _fetch(node: exp.Expr) -> exp.Expr | None:
    """FETCH FIRST n ROWS ONLY."""
    options, count = node.args.get("limit_options"), node.args.get("count")
    if count is None or (options is not None and (options.args.get("percent") or options.args.get("with_ties"))):
        return None
    return exp.Limit(expression=count)


def _values(node: exp.Expr) -> exp.Expr | None:
    """VALUES … ORDER BY … LIMIT …, and VALUES as the whole query."""
    if node.parent is not None and not any(node.args.get(clause) for clause in _AFTER_ROWS):
        return None
    after = {clause: node.args.get(clause) for clause in _AFTER_ROWS}
    for clause in _AFTER_ROWS:
        node.set(clause, None)
    rows = node.copy()
    if not rows.alias:
        rows.set("alias", exp.TableAlias(this=exp.to_identifier("rows", quoted=True)))
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=rows), **after)


def _raw_text(node: exp.Expr) -> exp.Expr:
    r"""$$text$$, and E'text\n' whose escapes the tokenizer has read."""
    return exp.Literal.string(str(node.this))


def _within_group(node: exp.Expr) -> exp.Expr | None:
    """percentile_cont(0.5) WITHIN GROUP (ORDER BY column)."""
    call, order = node.this, node.expression.expressions
    name = call.name.lower() if isinstance(call, exp.Anonymous) else ""
    if len(order) != 1 or order[0].args.get("desc") or order[0].args.get("nulls_first"):
        return None
    if name in _QUANTILES:
        return exp.Anonymous(this=_QUANTILES[name], expressions=[order[0].this, *call.expressions])
    return exp.Anonymous(this="mode", expressions=[order[0].this]) if name == "mode" and not call.expressions else None


def _method(node: exp.Expr) -> exp.Expr | None:
    """``title.upper()`` is upper(title)."""
    receiver, call = node.this, node.expression
    if not isinstance(call, exp.Anonymous):
        return None
    return exp.Anonymous(this=call.this, expressions=[_column(receiver), *call.expressions])


def _column(node: exp.Expr) -> exp.Expr:
    """Return the column that names with points between them are, and anything else as it is."""
    names = [node] if isinstance(node, exp.Identifier) else list(node.flatten()) if isinstance(node, exp.Dot) else []
    if not names or len(names) > 4 or not all(isinstance(name, exp.Identifier) for name in names):
        return node
    return exp.Column(**dict(zip(("this", "table", "db", "catalog"), reversed(names), strict=False)))


def _call(node: exp.Expr) -> exp.Expr | None:
    """current_date()."""
    found = _TIMES.get(node.name.lower())
    return found() if found is not None and not node.expressions else None


def _lateral(node: exp.Expr) -> exp.Expr | None:
    """LATERAL unnest(…): what unnest is given may name the tables before it anyway."""
    if not isinstance(node.this, exp.Unnest):
        return None
    node.this.set("alias", node.args.get("alias"))
    return node.this


def _brackets(node: exp.Expr) -> exp.Expr | None:
    """``(table)`` and ``(a JOIN b ON …) AS name``."""
    inner = node.this
    if not isinstance(node.parent, exp.From | exp.Join | exp.Subquery):
        return None
    if isinstance(inner, exp.Table) and not inner.args.get("joins"):
        inner.set("alias", node.args.get("alias") or inner.args.get("alias"))
        inner.set("joins", node.args.get("joins"))
        return inner
    if isinstance(inner, exp.Table | exp.Subquery) and inner.args.get("joins") and node.alias:
        node.set("this", exp.Select(expressions=[exp.Star()], from_=exp.From(this=inner)))
    return None


def _star(node: exp.Expr) -> exp.Expr | None:
    """``* ILIKE 'pattern'``, which the parser keeps in the star."""
    pattern = node.args.get("ilike")
    if pattern is None or isinstance(node.parent, exp.Column):
        return None
    node.set("ilike", None)
    return exp.ILike(this=node.copy(), expression=pattern)


def _place(node: exp.Expr) -> exp.Expr | None:
    """ORDER BY #1."""
    return exp.Literal.number(str(node.this.this)) if isinstance(node.parent, exp.Ordered) else None


_RULES: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]] = {
    exp.Fetch: _fetch,
    exp.Values: _values,
    exp.RawString: _raw_text,
    exp.ByteString: _raw_text,
    exp.WithinGroup: _within_group,
    exp.Dot: _method,
    exp.Anonymous: _call,
    exp.Lateral: _lateral,
    exp.Subquery: _brackets,
    exp.PositionalColumn: _place,
    exp.Star: _star,
}
