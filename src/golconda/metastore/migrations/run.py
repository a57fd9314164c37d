"""Bring a database to this program's revision, in the caller's transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LOCK = 0x601C0DA  # any number of our own


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing; two processes at once run them once."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    _refuse_newer(connection)
    command.upgrade(_config(connection), "head")


def _refuse_newer(connection: Connection) -> None:
    stored = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(_folder())).walk_revisions()}
    if stored is not None and stored not in known:
        raise InvalidInput(
            "schema-newer",
            f"The metastore has schema {stored}, which this program does not know.",
            hint="Install the newer golconda that wrote it: `pip install --upgrade golconda`.",
        )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _folder() -> Path:
    return Path(__file__).parent
