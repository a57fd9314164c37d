from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from golconda.engine.governed import Allowance, GovernedEngine
from golconda.engine.spark import java
from golconda.engine.spark.engine import SparkEngine
from golconda.engine.spark.session import Cluster
from golconda.kernel.errors import InvalidInput

sys.path.insert(0, str(Path(__file__).parent))

from both import Both

if TYPE_CHECKING:
    from collections.abc import Iterator


QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # many small queries: compiling thoroughly does not pay


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Both engines; Spark takes half a minute to start, so there is one for the whole session."""
    os.environ["JAVA_TOOL_OPTIONS"] = QUICK
    if find_spec("pyspark") is None:
        pytest.skip("needs golconda[spark]")
    try:
        java.home()
    except InvalidInput:
        pytest.skip("needs a Java from version 17 on")
    folder = tmp_path_factory.mktemp("engines")
    duckdb = GovernedEngine(Allowance(memory_megabytes=1024), spill_directory=folder / "spill", workers=1)
    spark = SparkEngine(Cluster("local[2]", 1024, folder / "spark"), timeout_seconds=240)
    yield Both(duckdb, spark)
    spark.close()
    duckdb.close()
    del os.environ["JAVA_TOOL_OPTIONS"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pass that pyspark leaves its socket of an answer to the collector where the driver dies midway."""
    left = "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(left))
