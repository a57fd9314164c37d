"""Texts that a parser would read again and again are given up; honest ones, however long, are not."""

from __future__ import annotations

import pytest
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.parsers.duckdb import DuckDBParser

from golconda.kernel.parsing import Bounded, ReadTooOftenError


class _Parser(Bounded, DuckDBParser):
    pass


def parse(text: str) -> None:
    dialect = DuckDB()
    _Parser(dialect=dialect).parse(dialect.tokenize(text), text)


@pytest.mark.parametrize("word", ["INT", "TIMESTAMP", "row", "VARCHAR"])
def test_a_text_that_would_take_years_is_given_up(word: str) -> None:
    with pytest.raises(ReadTooOftenError):
        parse("SELECT " + f"{word}(" * 100 + "1" + ")" * 100)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + ", ".join(f"CAST(a{i} AS DECIMAL(10, 2)) + year(b{i}) AS c{i}" for i in range(1500)),
        "SELECT 1 WHERE x IN (" + ", ".join(map(str, range(5000))) + ")",
        " UNION ALL ".join(["SELECT DATE '2024-01-01' + INTERVAL 1 DAY"] * 900),
        "SELECT 1 FROM " + " JOIN ".join(f"a.b{i} AS c{i} ON d = e" for i in range(500)).replace(" ON d = e", "", 1),
    ],
)
def test_a_long_text_is_read_to_its_end(text: str) -> None:
    parse(text)
