"""What a text may be: one query, of listed parts."""

from __future__ import annotations

import threading

import pytest
from sqlglot import exp

from golconda.engine import functions
from golconda.gate.dialect import READER_SQL, text
from golconda.gate.statement import Reference, parse
from golconda.kernel.errors import InvalidInput


def test_tables_are_named_in_order_and_once() -> None:
    sql = "SELECT * FROM care.visits AS a JOIN City.Care.Stays AS b USING (id) JOIN care.VISITS AS c USING (id)"
    assert parse(sql).references == (Reference(None, "care", "visits"), Reference("city", "care", "stays"))


def test_a_cte_is_no_table_where_it_is_in_sight() -> None:
    assert parse("WITH visits AS (SELECT 1 AS x) SELECT * FROM visits, Visits AS w").references == ()


def test_a_cte_hides_no_table_that_is_named_with_its_product() -> None:
    sql = "WITH visits AS (SELECT 1 AS x) SELECT * FROM visits, care.visits AS w"
    assert parse(sql).references == (Reference(None, "care", "visits"),)


def test_inside_its_own_definition_the_name_means_the_table() -> None:
    assert parse("WITH visits AS (SELECT * FROM visits) SELECT * FROM visits").references == (
        Reference(None, None, "visits"),
    )


def test_a_cte_of_a_subquery_is_not_in_sight_outside() -> None:
    sql = "SELECT * FROM (WITH visits AS (SELECT 1 AS x) SELECT * FROM visits) AS s, visits"
    assert parse(sql).references == (Reference(None, None, "visits"),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT log10(x), x ^ 2, x // 2, substr(x, 1), date_diff('day', a, b), epoch_ms(a) FROM t",
        "SELECT sum(x) FILTER (WHERE y > 1), string_agg(x, ',' ORDER BY y), count(DISTINCT x) FROM t",
        "SELECT first_value(x IGNORE NULLS) OVER (PARTITION BY y ORDER BY z ROWS BETWEEN 1 PRECEDING "
        "AND CURRENT ROW) FROM t",
    ],
)
def test_calls_are_written_as_they_were_read(sql: str) -> None:
    tree = parse(sql).tree
    again = parse(text(tree)).tree
    assert text(again) == text(tree)
    names = [call.name.lower() for call in tree.find_all(exp.Anonymous)]
    assert all(name in functions.NAMES for name in names)


def test_no_function_gets_a_type_of_its_own_past_the_list() -> None:
    """Every name on the list stays a name, so that one list decides about all."""
    for name in sorted(functions.NAMES - {"substring", "trim", "position"}):
        tree = READER_SQL.parse(f"SELECT {name}(a)")[0]
        assert tree is not None
        assert isinstance(tree.selects[0], exp.Anonymous), name


@pytest.mark.parametrize("count", [60, 3000])
def test_deep_brackets_are_refused_and_not_fatal(count: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(f"SELECT {'(' * count}1{')' * count}" if count > 100 else f"SELECT {'abs(' * 200}1{')' * 200}")
    assert caught.value.code == "sql-too-large"


@pytest.mark.parametrize("part", ["x OR ", "x + ", "NOT ", "- ", "x || "])
def test_long_chains_are_refused_and_not_fatal(part: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(f"SELECT {part * 5000} x FROM t")
    assert caught.value.code == "sql-too-large"


def test_a_chain_of_fifty_conditions_is_answered() -> None:
    parse("SELECT x FROM t WHERE " + " OR ".join(f"x = {number}" for number in range(50)))


def test_a_text_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse("SELECT '" + "x" * 100_000 + "'")
    assert caught.value.code == "sql-too-large"


def test_messages_repeat_no_long_text() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse("EXPLODE" + "x" * 5000)
    assert len(caught.value.message) < 200


def test_writing_a_tree_leaves_it_as_it_is() -> None:
    tree = parse("SELECT x / o, trim(x) FROM unnest([5, 6]) WITH ORDINALITY AS t(x, o)").tree
    first = text(tree)
    assert text(tree) == first
    assert "WITH ORDINALITY" in first


@pytest.mark.parametrize("text_", ["x'41'", "X'41'", "b'101'", "0xFF", "0b101"])
def test_what_engine_and_parser_read_differently_is_refused(text_: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(f"SELECT {text_}")
    assert caught.value.code == "sql-syntax"


@pytest.mark.parametrize("depth", [40, 100, 140])
@pytest.mark.parametrize(
    "around", ["abs(|)", "coalesce(|, 1)", "(|)", "CASE WHEN TRUE THEN | END", "[|]", "(SELECT |)"]
)
def test_calls_and_brackets_may_be_deep(around: str, depth: int) -> None:
    before, after = around.split("|")
    parse(f"SELECT {before * depth}x{after * depth} FROM t")


def test_a_deep_query_needs_little_of_the_stack_of_the_process() -> None:
    sizes = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=parse, args=(f"SELECT {'abs(' * 140}x{')' * 140} FROM t",))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(sizes)
