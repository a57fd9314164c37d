"""Publishing, agreeing and reading need the base installation alone: every type, every format."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# What development brings along and a plain installation lacks.
ABSENT = (
    *("numpy", "pandas", "polars", "psycopg", "keyring", "requests", "dateutil", "tzdata", "delta_sharing"),
    *("jsonschema", "hypothesis", "fsspec", "aiohttp", "babel", "packaging"),
)
PROGRAM = """
import sys
for name in sys.argv[2].split():
    sys.modules[name] = None  # importing it fails, as where it is not installed

from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
import pyarrow as pa
from pyarrow import parquet
from golconda.node.open import init_node

folder = Path(sys.argv[1])
noon = datetime(2026, 11, 24, 12)
content = pa.table({
    "flag": [True, False, None], "number": [1, 2, 3], "share": [0.5, 1.5, None],
    "price": [Decimal("1.20"), Decimal("3.40"), None], "text": ["a", "b", None],
    "day": [date(2026, 11, 24)] * 3, "at": [noon] * 3, "instant": [noon.replace(tzinfo=timezone.utc)] * 3,
    "bytes": [b"x", b"y", None],
})
parquet.write_table(content, folder / "all.parquet")
with init_node(folder / "node", organisation="city", titles={"en": "City"}) as node:
    owner = node.owner_session("test")
    owner.publish([str(folder / "all.parquet")], name="all_types")
    owner.product("all_types")
    owner.add_organisation("acme", titles={"en": "Acme"})
    owner.new_token("acme/li", role="reader")
    owner.offer("city/all_types", "masks: {text: pseudonym, instant: {generalise: month}}", automatic=True)
    reader = node.local_session("acme/li", "test")
    reader.request("city/all_types", purpose="research")
    assert len(reader.query("SELECT * FROM all_types").document()["rows"]) == 3
    assert node.owner_session("test").verify_log()["ok"]
"""


def test_every_type_is_published_and_read_without_what_only_development_has(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path), " ".join(ABSENT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("name", ["numpy", "pandas", "polars", "psycopg", "keyring"])
def test_no_extra_is_required(name: str) -> None:
    base = [line for line in requires("golconda") or () if "extra ==" not in line]
    assert not any(line.partition("[")[0].partition(">")[0] == name for line in base)
