"""An answer that has arrived whole, as the table its reader likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.node import frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas
    import polars
    import pyarrow as pa

    from golconda.node.formats import Format

    Receipt = Mapping[str, Any]  # a JSON document


class Answer:
    """Rows and what they cost. `receipt` names the reading, the agreements and where the log will show it."""

    def __init__(self, table: pa.Table, receipt: Receipt) -> None:
        self._table = table
        self.receipt = receipt

    @property
    def columns(self) -> list[str]:
        """Return the names of the columns."""
        names: list[str] = self._table.column_names
        return names

    @property
    def schema(self) -> pa.Schema:
        """Return the columns with their Arrow types."""
        return self._table.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches."""
        return iter(self._table.to_batches())

    def arrow(self) -> pa.Table:
        """Return the rows as an Arrow table."""
        return self._table

    def written(self, form: Format) -> Iterator[bytes] | Iterator[memoryview]:
        """Yield the pieces of the answer in a format, as the node writes it."""
        from golconda.node import formats

        return formats.write(form, self.schema, self.batches(), receipt=lambda: self.receipt)

    def document(self) -> dict[str, Any]:
        """Return the answer as JSON: columns, rows, receipt."""
        from golconda.node import formats

        return formats.document(self.schema, self.batches(), receipt=lambda: self.receipt)

    def close(self) -> None:
        """Do nothing: it has arrived whole. An answer beside the node has something to give back here."""

    def rows(self) -> list[tuple[Any, ...]]:  # values of any SQL type
        """Return the rows as tuples of Python values."""
        return frames.rows(self._table)

    def pandas(self) -> pandas.DataFrame:
        """Return the rows as a pandas frame, or raise ``extra-missing``."""
        return frames.to_pandas(self._table)

    def polars(self) -> polars.DataFrame:
        """Return the rows as a Polars frame, or raise ``extra-missing``."""
        return frames.to_polars(self._table)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __repr__(self) -> str:
        """Say how large it is and what was charged to whom."""
        charged = self.receipt.get("charged", {})
        agreements = ", ".join(self.receipt.get("agreements", ())) or "nobody"
        cost = ", ".join(f"{amount:,} {what}" for what, amount in charged.items()) or "nothing"
        return f"<Answer of {len(self):,} rows × {len(self.columns)} columns; charged {cost} to {agreements}>"
