"""DuckDB's SQL as readers write it, with every function call kept under the name it was written with.

SQLGlot maps most functions to types of its own and writes them back in its own way (``log10(x)`` as
``LOG(10, x)``, which differs in the last digit). Here a call stays a name and its arguments, so that one list of
names decides about all functions, and what runs is what was written.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.parsers.duckdb import DuckDBParser

from golconda.kernel.parsing import Bounded

Tree = TypeVar("Tree", bound=exp.Expr)

# Calls whose arguments are no plain list: CAST(x AS t), EXTRACT(part FROM x), TRIM(BOTH x FROM y) …
_SPECIAL = ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")


class _Parser(Bounded, DuckDBParser):
    FUNCTIONS: ClassVar[dict[str, Any]] = {}  # SQLGlot types these so
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {name: DuckDBParser.FUNCTION_PARSERS[name] for name in _SPECIAL}
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: DuckDBParser.NO_PAREN_FUNCTION_PARSERS[name] for name in ("ANY", "CASE")
    }
    STATEMENT_PARSERS: ClassVar[dict[Any, Any]] = {}


class _Generator(DuckDBGenerator):
    # The base class makes one row of several distinct arguments: string_agg(DISTINCT name, ',') joined rows, not names.
    MULTI_ARG_DISTINCT = True

    # The base class drops the words around functions it does not know to be window functions.
    def ignorenulls_sql(self, expression: exp.IgnoreNulls) -> str:
        return f"{self.sql(expression, 'this')} IGNORE NULLS"

    def respectnulls_sql(self, expression: exp.RespectNulls) -> str:
        return f"{self.sql(expression, 'this')} RESPECT NULLS"

    # Written as words, DuckDB takes these for columns of that name first, an alias of the same select among them.
    def currentdate_sql(self, expression: exp.CurrentDate) -> str:  # noqa: ARG002 - as the base class calls it
        return "current_date()"

    def currenttimestamp_sql(self, expression: exp.CurrentTimestamp) -> str:  # noqa: ARG002
        return "get_current_timestamp()"

    def localtimestamp_sql(self, expression: exp.Localtimestamp) -> str:  # noqa: ARG002
        return "current_localtimestamp()"


class ReaderSQL(DuckDB):
    """The dialect in which readers ask and plans are written."""

    Parser = _Parser
    Generator = _Generator


READER_SQL = ReaderSQL()
_ASCII = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def folded(name: str) -> str:
    """Return a name as the engine compares it: without regard to the case of ASCII letters, and of no other.

    Python's `lower` makes a k of the Kelvin sign; what it took for a CTE the engine took for a table of its own.

    >>> folded("Größe"), folded("\u212a") == "k"
    ('größe', False)
    """
    return name.translate(_ASCII)


def text(tree: exp.Expr) -> str:
    """Write a tree as one line of SQL, every name quoted."""
    return READER_SQL.generate(bare(tree), copy=False, identify=True, comments=False)


def bare(tree: Tree) -> Tree:
    """Copy a tree without what is noted on its nodes: positions in the text and the like are dearer than the nodes.

    >>> bare(READER_SQL.parse("SELECT a FROM t")[0]).sql()
    'SELECT a FROM t'
    """
    root = type(tree)()
    waiting: list[tuple[exp.Expr, exp.Expr]] = [(tree, root)]

    def twin(value: Any) -> Any:  # a node, or what nodes hold beside nodes
        if not isinstance(value, exp.Expr):
            return value
        waiting.append((value, type(value)()))
        return waiting[-1][1]

    while waiting:
        node, copy = waiting.pop()
        for name, value in node.args.items():
            copy.set(name, [twin(one) for one in value] if isinstance(value, list) else twin(value))
    return root
