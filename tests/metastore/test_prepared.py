"""Statements that go to the driver as they are."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Boolean, Column, MetaData, Table, bindparam, insert, select, update

from golconda.kernel.errors import Defect
from golconda.metastore import schema
from golconda.metastore.prepared import Prepared

if TYPE_CHECKING:
    from golconda.metastore.database import Metastore

_FIND = Prepared(select(schema.meter.c.used).where(schema.meter.c.root == bindparam("which")))
_ADD = Prepared(insert(schema.meter), values=("root", "what", "window", "used", "reserved"))
_RAISE = Prepared(
    update(schema.meter)
    .where(schema.meter.c.root == bindparam("which"), schema.meter.c.what == "rows")
    .values(used=schema.meter.c.used + bindparam("amount"))
)
_LOWER = Prepared(update(schema.meter).values(used=schema.meter.c.used - bindparam("amount")))


def _meter(root: str, used: int = 0) -> dict[str, object]:
    return {"root": root, "what": "rows", "window": "total", "used": used, "reserved": 0}


def test_a_row_is_found_by_the_values_given_or_not_at_all(metastore: Metastore) -> None:
    with metastore.transaction() as connection:
        assert _ADD.change(connection, _meter("a", 3)) == 1
        assert _FIND.row(connection, {"which": "a"}) == (3,)
        assert _FIND.row(connection, {"which": "b"}) is None


def test_constants_of_the_statement_go_with_the_values_given(metastore: Metastore) -> None:
    with metastore.transaction() as connection:
        _ADD.change_all(connection, [_meter("a"), _meter("b"), _meter("c")])
        assert _RAISE.change(connection, {"which": "b", "amount": 5}) == 1
        assert _RAISE.change(connection, {"which": "d", "amount": 5}) == 0
    with metastore.read() as connection:
        rows = connection.execute(select(schema.meter.c.root, schema.meter.c.used).order_by("root")).all()
    assert [tuple(row) for row in rows] == [("a", 0), ("b", 5), ("c", 0)]


def test_what_was_prepared_is_undone_with_its_transaction(metastore: Metastore) -> None:
    with suppress(ZeroDivisionError), metastore.transaction() as connection:
        _ADD.change(connection, _meter("a"))
        raise ZeroDivisionError
    with metastore.read() as connection:
        assert _FIND.row(connection, {"which": "a"}) is None


def test_a_broken_rule_of_the_schema_is_not_passed_over(metastore: Metastore) -> None:
    with metastore.transaction() as connection:
        _ADD.change(connection, _meter("a"))
    with pytest.raises(Exception, match=r"positive|CHECK"), metastore.transaction() as connection:
        _LOWER.change(connection, {"amount": 1})


def test_a_metastore_that_may_not_be_written_is_an_error_of_ours(metastore: Metastore) -> None:
    if metastore.dialect != "sqlite":
        pytest.skip("PostgreSQL has no such mode for a connection that is made to write")
    with pytest.raises(Exception, match="may not be used"), metastore.read() as connection:
        _ADD.change(connection, _meter("a"))


def test_values_that_would_have_to_be_converted_are_refused(metastore: Metastore) -> None:
    table = Table("t", MetaData(), Column("flag", Boolean))
    with metastore.read() as connection, pytest.raises(Defect, match="convert"):
        Prepared(insert(table), values=("flag",)).change(connection, {"flag": True})
