"""An answer on its way to a reader: governed batches, written in the format the reader asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.node import formats, frames
from golconda.node.formats import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas
    import polars
    import pyarrow as pa

    from golconda.gate.release import Release
    from golconda.kernel.errors import GolcondaError


class Answer:
    """The answer to one query. Read it once, in one of the forms, or close it."""

    def __init__(self, release: Release) -> None:
        self._release = release

    @property
    def schema(self) -> pa.Schema:
        """Return the columns."""
        return self._release.schema

    @property
    def receipt(self) -> dict[str, Any]:
        """Return what was charged; complete once the last batch is out."""
        return self._release.receipt()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows; raises midway if the read is stopped."""
        return iter(self._release)

    def ipc(self) -> Iterator[bytes | memoryview]:
        """Yield the answer as one Arrow stream in pieces, for whoever passes them on unread; cheaper than batches."""
        if formats.is_plain(self.schema):
            return self._release.ipc()
        return formats.write_arrow(self.schema, self.batches())

    def written(self, form: Format) -> Iterator[bytes | memoryview]:
        """Yield the pieces of the answer in a format; the format is only ended after the last batch."""
        if form is Format.ARROW:
            return self.ipc()
        return formats.write(form, self.schema, self.batches(), receipt=self._release.receipt)

    def document(self) -> dict[str, Any]:
        """Return the whole answer as JSON: columns, rows, receipt."""
        return formats.document(self.schema, self.batches(), receipt=self._release.receipt)

    def arrow(self) -> pa.Table:
        """Return the whole answer as an Arrow table."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(), schema=self.schema)

    def rows(self) -> list[tuple[Any, ...]]:  # values of any SQL type
        """Return the whole answer as tuples of Python values."""
        return frames.rows(self.arrow())

    def pandas(self) -> pandas.DataFrame:
        """Return the whole answer as a pandas frame, or raise ``extra-missing``."""
        return frames.to_pandas(self.arrow())

    def polars(self) -> polars.DataFrame:
        """Return the whole answer as a Polars frame, or raise ``extra-missing``."""
        return frames.to_polars(self.arrow())

    def check(self) -> None:
        """Raise if the read was stopped: for whoever still holds bytes of it."""
        self._release.check()

    @property
    def leans(self) -> tuple[str, ...]:
        """Return the agreements that must be in force for any of it to leave."""
        return self._release.permit.leans

    def stop(self, why: GolcondaError) -> None:
        """End the read from another thread; whoever takes its next batch is told why."""
        self._release.stop(why)

    @property
    def plain_schema(self) -> pa.Schema:
        """Return the columns as `plain_batches` has them."""
        return formats.plain(self.schema)

    def plain_batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows without dictionaries, which some readers do not take midway."""
        return (formats.decoded(batch) for batch in self.batches())

    def close(self) -> None:
        """Give up the rest; what went out is settled."""
        self._release.close()
