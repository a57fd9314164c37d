"""Which engine answers a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.kernel.errors import AccessRefused, InvalidInput

if TYPE_CHECKING:
    from golconda.engine.spark.engine import SparkEngine
    from golconda.gate.decide import Permit

DUCKDB, SPARK = "duckdb", "spark"


@dataclass(frozen=True, slots=True)
class Spark:
    """The node's Spark: whether it answers unasked, and whether it then answers readers as it does owners."""

    engine: SparkEngine
    is_usual: bool = False
    for_readers: bool = False

    def is_open(self, permit: Permit) -> bool:
        """Say whether it may answer; under agreements only where it is the node's engine."""
        return not permit.agreements or (self.is_usual and self.for_readers)


def engine_for(asked: str | None, permit: Permit, spark: Spark | None) -> str:
    """Return the engine that answers: what is asked for, else Spark where the node says so, else DuckDB.

    Raise ``engine-unknown`` or ``engine-not-open``.
    """
    if asked not in (None, DUCKDB, SPARK):
        raise InvalidInput("engine-unknown", f"There is no engine {asked[:40]!r}.", hint="Use duckdb or spark.")
    is_open = spark is not None and spark.is_open(permit)
    if asked == SPARK and not is_open:
        raise AccessRefused(
            "engine-not-open",
            "Under an agreement this node answers on DuckDB alone.",
            hint='Leave --engine out, or ask the node\'s administrator for engine = "spark" and spark_for_readers.',
        )
    usual = SPARK if spark is not None and spark.is_usual and is_open else DUCKDB
    return asked or usual
