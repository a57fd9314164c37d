"""DESCRIBE, SUMMARIZE and SHOW, each as the query whose answer it is; from there on it goes the way of any query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import Token

    Read = Callable[[str], exp.Query]

# What a description consists of, as DuckDB has it.
DESCRIPTION: tuple[str, ...] = ("column_name", "column_type", "null", "key", "default", "extra")
SUMMARY: tuple[str, ...] = (
    *("column_name", "column_type", "min", "max", "approx_unique", "avg", "std", "q25", "q50", "q75"),
    *("count", "null_percentage"),
)
_QUERIES = frozenset({"SELECT", "WITH", "FROM", "VALUES", "("})
_SHOWN: dict[tuple[str, ...], str] = {
    ("TABLES",): "SELECT table_catalog AS database, table_schema AS schema, table_name AS name "
    "FROM information_schema.tables ORDER BY ALL",
    (
        "SCHEMAS",
    ): "SELECT catalog_name AS database, schema_name AS schema FROM information_schema.schemata ORDER BY ALL",
}
_SHOWN[("ALL", "TABLES")] = _SHOWN[("TABLES",)]
_SHOWN[("DATABASES",)] = "SELECT DISTINCT catalog_name AS database FROM information_schema.schemata ORDER BY ALL"


def query_for(tokens: Sequence[Token], sql: str, read: Read) -> exp.Query | None:
    """Return the query that a text of this kind stands for, None where it is of no such kind."""
    words = [token.text.upper() for token in tokens if token.text != ";"]
    if not words:
        return None
    if words[0] == "SHOW":
        return _shown(tuple(words[1:]), read)
    if words[0] not in ("DESCRIBE", "DESC", "SUMMARIZE"):
        return None
    if len(words) == 1:
        return _shown(("TABLES",), read) if words[0] != "SUMMARIZE" else None
    rest = sql[tokens[1].start :]
    if words[0] == "SUMMARIZE":
        return _about(
            exp.Summarize(this=read(rest) if words[1] in _QUERIES else exp.select("*").from_(_table(rest, read)))
        )
    if words[1] in _QUERIES:
        return _about(exp.Describe(this=read(rest)))
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=exp.Describe(this=_table(rest, read))))


def _shown(words: tuple[str, ...], read: Read) -> exp.Query:
    if words not in _SHOWN:
        raise InvalidInput(
            "sql-construct-refused",
            "SHOW is answered for TABLES, SCHEMAS and DATABASES.",
            hint="Write SHOW TABLES, or DESCRIBE with a table's name.",
        )
    return read(_SHOWN[words])


def _about(asked: exp.Expr) -> exp.Query:
    alias = exp.TableAlias(this=exp.to_identifier("described", quoted=True))
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=exp.Subquery(this=asked, alias=alias)))


def _table(text: str, read: Read) -> exp.Table:
    """Return the one table that a text names, and nothing more."""
    query = read(f"FROM {text}")
    source = query.args["from_"].this if isinstance(query, exp.Select) and query.args.get("from_") else None
    plain = isinstance(source, exp.Table) and {name for name, value in source.args.items() if value} <= {
        *("this", "db", "catalog"),
    }
    clauses = {name for name, value in query.args.items() if value}
    if (
        not isinstance(source, exp.Table)
        or not isinstance(source.this, exp.Identifier)
        or not plain
        or not clauses <= {"from_", "expressions"}
    ):
        raise InvalidInput(
            "sql-construct-refused",
            "What is described is neither a table nor a query.",
            hint="Write DESCRIBE product.table, or DESCRIBE SELECT …",
        )
    return source
