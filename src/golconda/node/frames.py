"""An Arrow table as the frames that analysts like; each library is an extra, imported when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow as pa


def rows(table: pa.Table) -> list[tuple[Any, ...]]:  # values of any SQL type
    """Return the rows as tuples of Python values."""
    if not table.num_columns:
        return [()] * int(table.num_rows)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def to_pandas(table: pa.Table) -> pandas.DataFrame:
    """Return a pandas frame, or raise ``extra-missing``."""
    _demand("pandas")
    frame: pandas.DataFrame = table.to_pandas()
    return frame


def to_polars(table: pa.Table) -> polars.DataFrame:
    """Return a Polars frame, or raise ``extra-missing``."""
    _demand("polars")
    import polars

    return polars.DataFrame(table)


def _demand(extra: str) -> None:
    from importlib.util import find_spec

    if find_spec(extra) is None:
        raise InvalidInput(
            "extra-missing", f"{extra} is not installed.", hint=f"pip install 'golconda[{extra}]', or use .arrow()."
        )
