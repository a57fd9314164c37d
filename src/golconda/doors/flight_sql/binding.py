"""Values for a prepared statement's parameters, as Arrow brings them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from golconda.kernel.errors import InvalidInput
from golconda.kernel.given import Given, given

if TYPE_CHECKING:
    from pyarrow import flight

MOST_BYTES = 2**20


def values(reader: flight.MetadataRecordBatchReader) -> tuple[Given, ...]:
    """Return the one row of values that is sent: a query takes one at a time."""
    rows: list[pa.RecordBatch] = []
    for chunk in reader:
        if chunk.data is None or not chunk.data.num_rows:
            continue
        rows.append(chunk.data)
        if chunk.data.num_rows > 1 or len(rows) > 1:
            raise InvalidInput(
                "parameters-several-rows",
                "There is more than one row of values, and a query is answered for one.",
                hint="Ask once for each row, or write the values into the query as VALUES.",
            )
        if chunk.data.nbytes > MOST_BYTES:
            raise InvalidInput(
                "parameters-too-large",
                f"The values for the parameters take more than {MOST_BYTES:,} bytes.",
                hint="Give shorter ones.",
            )
    return given([_value(column) for column in rows[0].columns]) if rows else ()


def _value(column: pa.Array) -> Any:  # whatever its type holds
    scalar = column.dictionary_decode()[0] if pa.types.is_dictionary(column.type) else column[0]
    return scalar.as_py()
