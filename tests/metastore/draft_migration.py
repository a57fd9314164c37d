"""Write the migration that brings the stored schema to `schema.py`, as `… draft_migration.py "Title"`.

Until the first release the only migration is written anew instead: `… draft_migration.py --first`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

from alembic import command

from golconda.metastore.database import Metastore
from golconda.metastore.migrations import run as migrations

VERSIONS = Path(migrations.__file__).parent / "versions"


def draft(title: str, revision: str) -> None:
    """Compare a fresh database with `schema.py` and write what is missing."""
    with TemporaryDirectory() as folder:
        metastore = Metastore.open(f"sqlite:///{folder}/metastore.db")
        if any(VERSIONS.glob("*.py")):
            metastore.create()
        else:
            (Path(folder) / "metastore.db").touch()
        with metastore.transaction() as connection:
            config = migrations._config(connection)
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.revision(config, title, autogenerate=True, rev_id=revision)
    run(["ruff", "format", VERSIONS], check=False)
    run(["ruff", "check", "--fix", VERSIONS], check=False)


if sys.argv[1] == "--first":
    for file in VERSIONS.glob("*.py"):
        file.unlink()
    draft("Lay the first schema", "0001")
else:
    draft(sys.argv[1], f"{len(list(VERSIONS.glob('*.py'))) + 1:04}")
