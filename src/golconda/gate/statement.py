"""Read what a reader asks: one query, of listed nodes and functions only, and the tables it names."""

from __future__ import annotations

import logging
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot import TokenType, exp
from sqlglot.errors import ParseError, TokenError

from golconda.engine import functions
from golconda.gate import describing, parameters, pivoting
from golconda.gate.allowed import instead, refused_parts
from golconda.gate.dialect import READER_SQL, folded, text
from golconda.gate.spelling import spelled_out
from golconda.kernel.errors import InvalidInput, nearest
from golconda.kernel.parsing import ReadTooOftenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlglot import Token

    from golconda.kernel.given import Given
    from golconda.kernel.names import TableName

LONGEST = 100_000
MOST_SELECTS = 200  # each costs some 10 ms to protect, and nobody else is served meanwhile
SCHEMA = "information_schema"
DEEPEST = 150  # brackets within brackets
FRAMES = 8_000  # of Python's stack: SQLGlot takes up to forty for each of them; the default of 1,000 ended at 25
RESERVED = "golconda "  # how names begin that the compilers give
_PREFIXES = frozenset({"X", "B", "N"})
_ESCAPE = re.compile(r"\\[ntr\\']")
_BEGINNINGS = frozenset({"SELECT", "WITH", "FROM", "VALUES", "TABLE", "("})


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A table as the query names it, in lower case; None where the query leaves a part out."""

    organisation: str | None
    product: str | None
    table: str

    def __str__(self) -> str:
        return ".".join(part for part in (self.organisation, self.product, self.table) if part)

    @property
    def is_listing(self) -> bool:
        """Say whether it is a table of the information schema; a product of that name is reached by its full name."""
        return self.organisation is None and self.product == SCHEMA


@dataclass(frozen=True, slots=True)
class Statement:
    """A checked query: its tree, never changed, and the tables it reads, in order of appearance."""

    tree: exp.Query
    references: tuple[Reference, ...]
    listings: tuple[Reference, ...] = ()  # tables of the information schema


def parse(sql: str, given: Sequence[Given] = ()) -> Statement:
    """Return the one query of a text, or raise InvalidInput; nothing is looked up yet. `given`: for its parameters.

    >>> parse("SELECT region, count(*) FROM care.visits GROUP BY region").references
    (Reference(organisation=None, product='care', table='visits'),)
    """
    tree = _one_query(sql)
    if given:
        parameters.fill(tree, given)
    selects, calls = 0, []
    for node in _shallow(tree):
        _check(node)
        selects += isinstance(node, exp.Select)
        if isinstance(node, exp.Anonymous):
            calls.append(node)
    if selects > MOST_SELECTS:
        raise too_large(f"The query has {selects} SELECTs, and at most {MOST_SELECTS} are read.")
    functions.check_repeats(calls)
    named = tuple(dict.fromkeys(reference(table) for table in tables_read(tree)))
    listings = tuple(name for name in named if name.is_listing)
    return Statement(tree, tuple(name for name in named if not name.is_listing), listings)


def parsed(sql: str) -> exp.Query:
    """Return a query's tree with its parameters in it, for whoever looks at it before values are given."""
    return _one_query(sql)


def qualified(sql: str, names: Mapping[Reference, TableName]) -> str:
    """Return a query with every stored table by its three names, so that it means the same to whoever asks it."""
    tree = _one_query(sql)
    for node in list(tables_read(tree)):
        written = reference(node)
        if written not in names:
            continue
        name = names[written]
        full = exp.table_(name.table, db=name.product.product, catalog=name.product.organisation, quoted=True)
        for part in ("this", "db", "catalog"):
            node.set(part, full.args[part])
        if written.product is None and not node.alias:  # its columns are called by the product's name
            node.set("alias", exp.TableAlias(this=exp.to_identifier(written.table, quoted=True)))
    return text(tree)


def parameter_names(sql: str) -> tuple[str, ...]:
    """Return the names of a query's parameters, ``1``, ``2`` … for each ``?``."""
    return parameters.names(_one_query(sql))


def reference(table: exp.Table) -> Reference:
    """Return the name a table node states."""
    return Reference(folded(table.catalog) or None, folded(table.db) or None, folded(table.name))


def tables_read(tree: exp.Expr) -> Iterator[exp.Table]:
    """Yield the table nodes that are stored tables: neither a CTE in sight nor a table function."""
    yield from _tables(tree, frozenset())


def _tables(node: exp.Expr, known: frozenset[str]) -> Iterator[exp.Table]:
    with_ = node.args.get("with_")
    if with_ is not None:
        for cte in with_.expressions:
            with_itself = known | {folded(cte.alias)}
            yield from _tables(cte.this, with_itself if with_.args.get("recursive") else known)
            known = with_itself
    if isinstance(node, exp.Table) and is_stored(node, known):
        yield node
    for child in node.iter_expressions():
        if child is not with_:
            yield from _tables(child, known)


def is_stored(table: exp.Table, ctes: frozenset[str]) -> bool:
    """Say whether a table node names a stored table, `ctes` being the names (lower case) in sight."""
    if not isinstance(table.this, exp.Identifier):
        return False
    return bool(table.db) or folded(table.name) not in ctes


# ── from text to tree ─────────────────────────────────────────────────────────────────────────────────────────


def _one_query(sql: str) -> exp.Query:
    sys.setrecursionlimit(max(sys.getrecursionlimit(), FRAMES))
    if len(sql) > LONGEST:
        raise too_large(f"The query has {len(sql)} characters, and at most {LONGEST} are read.")
    tokens = _tokens(sql)
    for query_for in (describing.query_for, pivoting.query_for):
        if (query := query_for(tokens, sql, _one_query)) is not None:
            return query
    _check_beginning(tokens)
    trees = [tree for tree in _trees(parameters.marked(tokens), sql) if tree is not None]
    if len(trees) != 1:
        raise _several()
    tree = spelled_out(trees[0])
    if not isinstance(tree, exp.Query):
        raise _no_query(tokens[0].text)
    return tree


def _tokens(sql: str) -> list[Token]:
    try:
        tokens = READER_SQL.tokenize(sql)
    except TokenError as error:
        raise _syntax("The text has a quote or comment that does not end, or a sign SQL lacks.") from error
    if not tokens:
        raise InvalidInput("sql-not-a-query", "The query is empty.", hint="Write a SELECT.")
    _check_numbers(tokens)
    _check_prefixes(tokens)
    _check_escapes(tokens, sql)
    _check_unpacked(tokens)
    if _bracket_depth(tokens) > DEEPEST:
        raise too_large(f"The query nests brackets more than {DEEPEST} deep.")
    return tokens


def _check_numbers(tokens: list[Token]) -> None:
    """Refuse ``0xFF``, which is a number to the engine, and to the parser 0 under the alias xFF."""
    for number, following in pairwise(tokens):
        if (
            number.token_type is TokenType.NUMBER
            and following.start == number.end + 1
            and following.text[:1].isidentifier()
            and following.token_type is not TokenType.IDENTIFIER
        ):
            raise _syntax(f"{(number.text + following.text)[:40]!r} is no number that is read.")


def _check_prefixes(tokens: list[Token]) -> None:
    """Refuse ``x'41'``, which the engine and the parser read differently."""
    for prefix, text_ in pairwise(tokens):
        if text_.token_type is TokenType.STRING and text_.start == prefix.end + 1 and prefix.text.upper() in _PREFIXES:
            raise _syntax(
                f"A text after {prefix.text} is not read.", hint="Write unhex('4142'), or the signs themselves."
            )


def _check_escapes(tokens: list[Token], sql: str) -> None:
    """Refuse escapes in ``E'…'`` but those that everybody reads alike."""
    for token in tokens:
        if token.token_type is TokenType.BYTE_STRING and "\\" in _ESCAPE.sub("", sql[token.start : token.end + 1]):
            raise _refused("escape")


def _check_unpacked(tokens: list[Token]) -> None:
    """Refuse ``*COLUMNS(…)``, whose star the parser drops."""
    for before, star, name in zip(tokens, tokens[1:], tokens[2:], strict=False):
        opens = before.text[-1:] in ("(", ",", "[") or before.token_type in (TokenType.SELECT, TokenType.DISTINCT)
        if star.text == "*" and name.text.upper() == "COLUMNS" and opens:
            raise _refused("columns")


def _check_beginning(tokens: list[Token]) -> None:
    ends = [place for place, token in enumerate(tokens) if token.token_type is TokenType.SEMICOLON]
    if ends and ends[0] and any(token.token_type is not TokenType.SEMICOLON for token in tokens[ends[0] :]):
        raise _several()
    first = tokens[0].text.upper()
    if first not in _BEGINNINGS:
        raise _no_query(first)


def _bracket_depth(tokens: list[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        depth += (token.text in "([{") - (token.text in ")]}") if len(token.text) == 1 else 0
        depth += token.text.upper() in ("CASE", "NOT")  # these nest without brackets
        deepest = max(deepest, depth)
        depth -= token.text.upper() == "END"
    return deepest


def _trees(tokens: list[Token], sql: str) -> list[exp.Expr | None]:
    try:
        with _quiet():
            return READER_SQL.parser().parse(tokens, sql)
    except ParseError as error:
        raise _syntax(_place(error)) from error
    except (RecursionError, ReadTooOftenError) as error:
        raise too_large("The query is nested too deeply.") from error


@contextmanager
def _quiet() -> Iterator[None]:
    # SQLGlot warns with the text of what it does not know; the reader's text belongs in no server log.
    logger = logging.getLogger("sqlglot")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


def _place(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    line, column, word = first.get("line"), first.get("col"), first.get("highlight")
    where = f" at line {line}, column {column}" if line else ""
    return f"The query is no SQL{where}" + (f", near {str(word)[:40]!r}." if word else ".")


# ── the lists ─────────────────────────────────────────────────────────────────────────────────────────────────


def _shallow(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Walk a tree from the top, and stop where it is deeper than anything honest."""
    level: list[exp.Expr] = [tree]
    for _ in range(DEEPEST * 4):
        yield from level
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return
    raise too_large("The query is nested too deeply.")


def _check(node: exp.Expr) -> None:
    if isinstance(node, exp.Anonymous):
        _check_function(node)
    for part in refused_parts(node):
        raise _refused(part)
    if isinstance(node, exp.Star) and not _is_in_place(node):
        raise _refused("star")
    if isinstance(node, exp.Lambda) and not _is_given(node):
        raise _refused("lambda")
    if isinstance(node, exp.Identifier) and folded(node.name).startswith(RESERVED):
        raise _reserved(node.name)


def _is_given(function: exp.Lambda) -> bool:
    call = function.parent
    names = all(isinstance(name, exp.Identifier) for name in function.expressions)
    return isinstance(call, exp.Anonymous) and call.name.lower() in functions.OF_LAMBDAS and names


def _is_in_place(star: exp.Star) -> bool:
    """Say whether a star is a projection, ``t.*`` as one, tested by name or not, or what count or COLUMNS is given."""
    item: exp.Expr | None = star.parent if isinstance(star.parent, exp.Column) else star
    parent = item.parent if item is not None else None
    if isinstance(parent, exp.Anonymous):
        return parent.name.lower() == "columns" or (parent.name.lower() == "count" and item is star)
    if isinstance(parent, exp.Like | exp.ILike | exp.SimilarTo) and item is not None and item.arg_key == "this":
        item, parent = _whole_test(parent)
    return isinstance(parent, exp.Select) and item is not None and item.arg_key == "expressions"


def _whole_test(test: exp.Expr) -> tuple[exp.Expr, exp.Expr | None]:
    """Return what a test of columns' names is as a projection, NOT included, and where that stands."""
    if isinstance(test.parent, exp.Not):
        test = test.parent
    return test, test.parent


def _check_columns(call: exp.Anonymous) -> None:
    """COLUMNS of ``*``, of a pattern written out, or of a list of names, in projections and WHERE."""
    node: exp.Expr | None = call
    while node is not None and not isinstance(node.parent, exp.Select):
        node = node.parent
    asked = call.expressions[0] if len(call.expressions) == 1 else None
    named = isinstance(asked, exp.Array) and all(isinstance(one, exp.Literal) for one in asked.expressions)
    starred = isinstance(asked, exp.Star) or (isinstance(asked, exp.Column) and isinstance(asked.this, exp.Star))
    patterned = isinstance(asked, exp.Literal) and asked.is_string
    if node is None or node.arg_key not in ("expressions", "where") or not (named or starred or patterned):
        raise _refused("columns")


def _check_function(call: exp.Anonymous) -> None:
    name = call.name.lower()
    if name == "columns":
        _check_columns(call)
        return
    in_from = isinstance(call.parent, exp.Table)
    if name in (functions.TABLE_FUNCTIONS if in_from else functions.NAMES):
        functions.check_caps(name, call.expressions, in_from=in_from)
        return
    if name in functions.REFUSED or in_from:
        raise InvalidInput(
            "sql-function-refused",
            f"The function {name} is not answered through an agreement.",
            hint=functions.REFUSED.get(name, "Read the tables of your agreements by name."),
        )
    raise InvalidInput(
        "sql-function-unknown",
        f"There is no function {name} on the list of functions.",
        hint=f"Use one that is: {nearest(name, functions.NAMES)}.",
    )


# ── what is said ──────────────────────────────────────────────────────────────────────────────────────────────


def _refused(part: str) -> InvalidInput:
    return InvalidInput(
        "sql-construct-refused",
        f"The query uses {part}, which is not on the list of what is answered.",
        hint=instead(part),
    )


def _reserved(name: str) -> InvalidInput:
    return InvalidInput(
        "sql-name-reserved",
        f"Names like {name[:40]!r} are given by the node to what protects a table.",
        hint=f"Choose a name that does not begin with {RESERVED!r}.",
    )


def _syntax(message: str, *, hint: str = "Write it as DuckDB's SQL.") -> InvalidInput:
    return InvalidInput("sql-syntax", message, hint=hint)


def too_large(message: str) -> InvalidInput:
    """Return the refusal of a query that is larger than anything honest."""
    return InvalidInput("sql-too-large", message, hint="Ask for less at a time, or use a shorter list.")


def _several() -> InvalidInput:
    return InvalidInput(
        "sql-several-statements",
        "There is more than one statement, and one is answered at a time.",
        hint="Send each query by itself.",
    )


def _no_query(word: str) -> InvalidInput:
    return InvalidInput(
        "sql-not-a-query",
        f"{word[:40]!r} begins no query, and only queries are answered.",
        hint="Write a SELECT, VALUES, FROM or WITH; or DESCRIBE, SUMMARIZE or SHOW TABLES.",
    )
