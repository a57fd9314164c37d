"""The lines of the protocol's answers: protocol, metaData, file (its "API Response Format in Parquet")."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from golconda.kernel.logical_types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from golconda.kernel.logical_types import Column, LogicalType
    from golconda.node.sharing import SharedTable

PROTOCOL: Mapping[str, Any] = {"protocol": {"minReaderVersion": 1}}

# A timestamp without zone has no name in the protocol's Parquet format; its clients read the file's own type.
_SPARK = {
    Kind.BOOLEAN: "boolean",
    Kind.BIGINT: "long",
    Kind.DOUBLE: "double",
    Kind.VARCHAR: "string",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamp",
    Kind.TIMESTAMPTZ: "timestamp",
    Kind.BLOB: "binary",
}


def spark_type(kind: LogicalType) -> str:
    """Return the name that Spark's schema gives a type.

    >>> from golconda.kernel.logical_types import LogicalType
    >>> spark_type(LogicalType(Kind.DECIMAL, 10, 2))
    'decimal(10,2)'
    """
    if kind.kind is Kind.DECIMAL:
        return f"decimal({kind.precision},{kind.scale})"
    return _SPARK[kind.kind]


def spark_schema(columns: Iterable[Column]) -> str:
    """Return a schema as Spark writes it to JSON; every column may be missing, since masks may make it so."""
    fields = [
        {"name": column.name, "type": spark_type(column.type), "nullable": True, "metadata": {}} for column in columns
    ]
    return json.dumps({"type": "struct", "fields": fields}, ensure_ascii=False)


def identity(*names: str) -> str:
    """Return an id that stays the same for the same names."""
    return str(uuid5(NAMESPACE_URL, "golconda:" + "/".join(names)))


def metadata(table: SharedTable) -> dict[str, Any]:
    """Return the metaData line of a table."""
    return {
        "metaData": {
            "id": identity(table.agreement, str(table.name)),
            "name": table.name.table,
            "format": {"provider": "parquet"},
            "schemaString": spark_schema(table.columns),
            "partitionColumns": [],
            "configuration": {},
            "version": table.version,
            "accessModes": ["url"],
        }
    }


def file(*, url: str, name: str, size: int, rows: int, version: int, expires_milliseconds: int) -> dict[str, Any]:
    """Return the line of a file."""
    return {
        "file": {
            "url": url,
            "id": name,
            "partitionValues": {},
            "size": size,
            "stats": json.dumps({"numRecords": rows}),
            "version": version,
            "expirationTimestamp": expires_milliseconds,
        }
    }


def lines(actions: Iterable[Mapping[str, Any]]) -> bytes:
    """Return newline-delimited JSON."""
    return b"".join(json.dumps(action, ensure_ascii=False).encode() + b"\n" for action in actions)
