"""The data frame of a plan: a snapshot's files, those alone, under an explicit schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import TryAgain
from golconda.kernel.logical_types import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.engine.spark.translate import OverSpark, Scan
    from golconda.kernel.logical_types import LogicalType


def frame(spark: Any, plan: OverSpark, parameters: Mapping[str, Any], *, columns: int) -> Any:
    """Return the data frame, its columns named by their place. `spark`: a SparkSession of the query's own."""
    for name, scan in plan.scans.items():
        _rows(spark, scan).createOrReplaceTempView(name)
    used = {name: value for name, value in parameters.items() if f":{name}" in plan.sql}
    return spark.sql(plan.sql, args=used or None).toDF(*(f"c{place}" for place in range(columns)))


def _rows(spark: Any, scan: Scan) -> Any:
    from pyspark.sql import functions as of

    # Paths give no columns, and no sign in a path is a pattern.
    reader = spark.read.schema(_schema(scan)).option("recursiveFileLookup", "true").option("__globPaths__", "false")
    rows = reader.parquet(*(f"file://{file}" if file.startswith("/") else file for file in scan.files))
    found = list(rows.inputFiles())
    if len(found) != len(set(scan.files)):  # Spark skips what lies under a name that begins with _ without a word
        raise TryAgain(
            "files-unreachable",
            "Spark does not find all files of the product.",
            hint="Keep the node in a folder of which no part begins with an underscore.",
        )
    if not scan.places:
        return rows
    place = of.array_position(of.lit(_named(found)), of.col("_metadata.file_path"))
    return rows.select("*", place.alias("file_index"), of.col("_metadata.row_index").alias("file_row_number"))


def _named(files: list[str]) -> list[str]:
    return [file.replace("file:///", "file:/") for file in files]


def _schema(scan: Scan) -> Any:
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(column.name, type_of(column.type), nullable=True) for column in scan.columns])


def type_of(logical: LogicalType) -> Any:
    """Return Spark's type of a logical type, and no value is lost on the way there or back."""
    from pyspark.sql import types as s

    if logical.kind is Kind.DECIMAL:
        return s.DecimalType(logical.precision or 0, logical.scale or 0)
    return {
        Kind.BOOLEAN: s.BooleanType,
        Kind.BIGINT: s.LongType,
        Kind.DOUBLE: s.DoubleType,
        Kind.VARCHAR: s.StringType,
        Kind.DATE: s.DateType,
        Kind.TIMESTAMP: s.TimestampNTZType,
        Kind.TIMESTAMPTZ: s.TimestampType,
        Kind.BLOB: s.BinaryType,
    }[logical.kind]()
