"""The migrations lead to the schema, and the program knows how far."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from golconda.metastore.database import Metastore
from golconda.metastore.migrations import REVISION
from golconda.metastore.migrations.run import _folder
from golconda.metastore.schema import metadata


def test_the_revision_the_program_names_is_the_newest():
    assert ScriptDirectory(str(_folder())).get_current_head() == REVISION


def test_the_migrations_lead_to_the_schema(metastore):
    # If this fails, run `python tests/metastore/draft_migration.py "What changes"`.
    with metastore.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_fresh_database_is_brought_to_the_newest(kind, request, tmp_path):
    url = f"sqlite:///{tmp_path}/m.db" if kind == "sqlite" else request.getfixturevalue("bare_postgresql_url")
    metastore = Metastore.open(url)
    metastore.create()
    metastore.upgrade()
    metastore.close()


def test_a_check_of_the_schema_is_in_the_migrations(metastore):
    from sqlalchemy import insert
    from sqlalchemy.exc import IntegrityError

    from golconda.metastore.schema import meter

    row = {"root": "r", "what": "rows", "window": "total", "used": 0, "reserved": -1}
    with pytest.raises(IntegrityError), metastore.transaction() as connection:
        connection.execute(insert(meter).values(row))
