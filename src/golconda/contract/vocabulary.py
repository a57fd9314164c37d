"""The words of ODCS 3.1.0: its keys per object, its logical types, metrics and operators.

Source: Open Data Contract Standard v3.1.0, Bitol (LF AI & Data): Fundamentals, Schema, Data quality.
Where the older 3.0 or the newer 3.2 add a key, it is kept but not known here.
"""

from __future__ import annotations

from golconda.kernel.logical_types import Kind

API_VERSION = "v3.1.0"

TOP = (
    "apiVersion", "kind", "id", "name", "version", "status", "tenant", "domain", "dataProduct", "description",
    "contractCreatedTs", "tags", "schema", "servers", "support", "price", "team", "roles",
    "slaDefaultElement", "slaProperties", "authoritativeDefinitions", "customProperties",
)  # fmt: skip
REQUIRED = ("apiVersion", "kind", "id", "version", "status")

_ELEMENT = (
    "id", "name", "physicalName", "physicalType", "logicalType", "businessName", "description", "tags",
    "authoritativeDefinitions", "customProperties", "quality", "relationships", "properties",
)  # fmt: skip
TABLE = (*_ELEMENT, "dataGranularityDescription")
PROPERTY = (
    *_ELEMENT, "logicalTypeOptions", "required", "unique", "primaryKey", "primaryKeyPosition", "partitioned",
    "partitionKeyPosition", "classification", "encryptedName", "transformSourceObjects", "transformLogic",
    "transformDescription", "examples", "criticalDataElement", "items",
)  # fmt: skip
QUALITY = (
    "id", "name", "type", "metric", "rule", "arguments", "query", "engine", "implementation", "description",
    "dimension", "unit", "severity", "businessImpact", "method", "schedule", "scheduler", "tags",
    "authoritativeDefinitions", "customProperties",
)  # fmt: skip

LOGICAL_TYPES = ("string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean")
QUALITY_TYPES = ("text", "library", "sql", "custom")
METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount")
TABLE_METRICS = ("duplicateValues", "rowCount")  # the metrics that mean something of a whole table
OPERATORS = (
    "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
    "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween",
)  # fmt: skip
RANGES = ("mustBeBetween", "mustNotBeBetween")
DIMENSIONS = (
    "accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness",
)  # fmt: skip

LOGICAL_OF = {
    Kind.BOOLEAN: "boolean",
    Kind.BIGINT: "integer",
    Kind.DOUBLE: "number",
    Kind.DECIMAL: "number",
    Kind.VARCHAR: "string",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamp",
    Kind.TIMESTAMPTZ: "timestamp",
    Kind.BLOB: "string",  # ODCS has no bytes: physicalType says BLOB
}
