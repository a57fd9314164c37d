"""What the server says of itself (FlightSql.proto, SqlInfo): its name, that it only reads, how names are quoted."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = [
    pa.field("string_value", pa.string()),
    pa.field("bool_value", pa.bool_()),
    pa.field("bigint_value", pa.int64()),
    pa.field("int32_bitmask", pa.int32()),
    pa.field("string_list", pa.list_(pa.string())),
    pa.field("int32_to_int32_list_map", pa.map_(pa.int32(), pa.list_(pa.int32()))),
]
_VALUE = pa.dense_union(_KINDS)
SCHEMA = pa.schema([pa.field("info_name", pa.uint32(), nullable=False), pa.field("value", _VALUE, nullable=False)])

_TEXT, _TRUTH, _NUMBER = 0, 1, 2  # places in the union


def _facts() -> dict[int, str | bool | int]:
    return {
        0: "Golconda",  # FLIGHT_SQL_SERVER_NAME
        1: version("golconda"),  # …_VERSION
        2: pa.__version__,  # …_ARROW_VERSION
        3: True,  # …_READ_ONLY
        4: True,  # …_SQL
        5: False,  # …_SUBSTRAIT
        8: 0,  # …_TRANSACTION: none
        9: True,  # …_CANCEL
        10: False,  # …_BULK_INGESTION
        11: False,  # …_INGEST_TRANSACTIONS_SUPPORTED
        500: False,  # SQL_DDL_CATALOG
        501: False,  # SQL_DDL_SCHEMA
        502: False,  # SQL_DDL_TABLE
        503: 1,  # SQL_IDENTIFIER_CASE: compared without regard to case
        504: '"',  # SQL_IDENTIFIER_QUOTE_CHAR
        505: 1,  # SQL_QUOTED_IDENTIFIER_CASE: the same
        506: True,  # SQL_ALL_TABLES_ARE_SELECTABLE
    }


def table(wanted: Sequence[int]) -> pa.Table:
    """Return the facts asked for, all of them where none is named; what is not known is left out."""
    known = _facts()
    names = [name for name in (wanted or known) if name in known]
    values = [known[name] for name in names]
    return pa.table([pa.array(names, pa.uint32()), _union(values)], schema=SCHEMA)


def _union(values: Sequence[str | bool | int]) -> pa.UnionArray:
    children: list[list[str | bool | int]] = [[] for _ in _KINDS]
    types, places = [], []
    for value in values:
        kind = _TEXT if isinstance(value, str) else _TRUTH if isinstance(value, bool) else _NUMBER
        types.append(kind)
        places.append(len(children[kind]))
        children[kind].append(value)
    arrays = [pa.array(held, kind.type) for held, kind in zip(children, _KINDS, strict=True)]
    return pa.UnionArray.from_dense(
        pa.array(types, pa.int8()), pa.array(places, pa.int32()), arrays, [kind.name for kind in _KINDS]
    )
