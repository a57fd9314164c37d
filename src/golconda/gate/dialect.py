"""DuckDB's SQL as readers write it, with every function call kept under the name it was written with.

SQLGlot maps most functions to types of its own and writes them back in its own way (``log10(x)`` as
``LOG(10, x)``, which differs in the last digit). Here a call stays a name and its arguments, so that one list of
names decides about all functions, and what runs is what was written.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from sqlglot import Token, TokenType, exp
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

    def _parse_in(self, this: exp.Expr | None, alias: bool = False) -> exp.In:
        """Take a list of plain values as it stands: value by value, ten thousand of them cost a third of a second."""
        values = self._plain_values()
        if values is None:
            return super()._parse_in(this, alias)
        self._advance(2 * len(values) + 1)
        return self.expression(exp.In(this=this, expressions=values))

    def _plain_values(self) -> list[exp.Expr] | None:
        """Return the values of ``(1, 'two', 3)`` where nothing else stands there, without going on."""
        values: list[exp.Expr] = []
        if not self._curr or self._curr.token_type is not TokenType.L_PAREN:
            return None
        for place in range(self._index + 1, len(self._tokens) - 1, 2):
            value, following = self._tokens[place], self._tokens[place + 1]
            if not _is_plain(value) or following.token_type not in (TokenType.COMMA, TokenType.R_PAREN):
                return None
            values.append(exp.Literal(this=value.text, is_string=value.token_type is TokenType.STRING))
            if following.token_type is TokenType.R_PAREN:
                return values
        return None


def _is_plain(token: Token) -> bool:
    is_number = token.token_type is TokenType.NUMBER and token.text.isdecimal() and token.text.isascii()
    return is_number or token.token_type is TokenType.STRING


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
