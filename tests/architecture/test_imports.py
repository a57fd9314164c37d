"""What is imported when, and in which direction."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = {
    "alembic",
    "cedarpy",
    "deltalake",
    "duckdb",
    "fastapi",
    "pandas",
    "polars",
    "pyarrow",
    "sqlalchemy",
    "sqlglot",
}
EXTRAS = {"keyring", "pandas", "polars", "psycopg", "delta_sharing"}


def _imported(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after a statement."""
    listing = "print(' '.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    program = f"{statement}\nimport sys; {listing}"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ended.stderr.split())


def test_importing_golconda_imports_no_heavy_and_no_optional_library() -> None:
    assert _imported("import golconda") & (HEAVY | EXTRAS) == set()


def test_help_imports_no_heavy_and_no_optional_library() -> None:
    statement = "from golconda.doors.cli.main import main; import sys; sys.argv = ['golconda', '--help']\n"
    statement += "try: main()\nexcept SystemExit: pass"
    assert _imported(statement) & (HEAVY | EXTRAS) == set()


def test_no_room_imports_upwards() -> None:
    ended = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
