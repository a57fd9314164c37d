"""The test at start passes on the engine we require, and fails where the barrier or a setting is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from golconda.engine import leak_test
from golconda.kernel.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def test_the_required_engine_hides_rows(connection: duckdb.DuckDBPyConnection) -> None:
    leak_test.prepare(connection)
    leak_test.check(connection)


def test_an_engine_that_looks_at_statistics_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(Defect) as caught:
        leak_test.check(connection)
    assert caught.value.code == "engine-leaks"
    assert "SECRET" not in str(caught.value)


def test_without_the_barrier_it_is_refused(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak_test.prepare(connection)
    monkeypatch.setattr(leak_test, "behind_barrier", lambda select: select)
    with pytest.raises(Defect, match="hidden row"):
        leak_test.check(connection)
