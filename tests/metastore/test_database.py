"""The metastore keeps its promises on both databases."""

from __future__ import annotations

from sqlalchemy import select

from golconda.metastore.schema import epoch


def test_what_a_transaction_wrote_is_read(metastore):
    with metastore.transaction() as connection:
        connection.execute(epoch.insert().values(id=1, value=7))
    with metastore.read() as connection:
        assert connection.scalar(select(epoch.c.value)) == 7
