"""A table of values that hurt: extremes, empties, what engines treat in their own ways, and random ones."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from golconda.agreement.obligations import TableObligations
from golconda.gate.protected import ProtectedTable
from golconda.kernel.logical_types import Column, from_arrow
from golconda.kernel.names import ProductName, TableName

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

ROWS = 400
_TEXTS = [
    "",
    " ",
    "a",
    "A",
    "'",
    '"',
    "\\",
    "\\%",
    "%",
    "_",
    "a%b",
    "Ünï 💥",
    "ß",
    "İ",
    "e\u0301",
    "é",
    "  a ",
    "\t",
    "x" * 300,
    "ab",
    "abc",
    "ba",
    "NULL",
    "1",
    "-",
    "王小明",
    "a\nb",
    ";--",
    ":x",
    "$$",
    "Z",
]
_WHOLE = [0, 1, -1, 2, -2, 3, 10, 25, 50, 1250, -1250, 10**6, 2**31 - 1, -(2**31), 2**53, -(2**53) - 1]
_DOUBLES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.49999999999999994,
    2.675,
    1.005,
    1e15,
    4503599627370497.5,
    1e300,
    -1e300,
    5e-324,
    float("inf"),
    float("-inf"),
    float("nan"),
    0.1,
    0.2,
    123456.789,
]
_DATES = [
    date(1, 1, 1),
    date(1582, 10, 4),
    date(1582, 10, 15),
    date(1900, 2, 28),
    date(1969, 12, 31),
    date(1970, 1, 1),
    date(2000, 2, 29),
    date(2024, 2, 29),
    date(2024, 12, 31),
    date(2023, 1, 1),
    date(9999, 12, 31),
]


def table(folder: Path, *, name: str = "hard", rows: int = ROWS, seed: int = 20_241_124) -> ProtectedTable:
    """Write the table in two files, and return it with nothing hidden."""
    made = _rows(rows, random.Random(seed))  # noqa: S311 a seed for every random thing
    files = [folder / f"{name}-{part}.parquet" for part in range(2)]
    for part, file in enumerate(files):
        pq.write_table(made.slice(part * rows // 2, rows // 2), file)
    return protected(name, made.schema, tuple(map(str, files)))


def protected(name: str, schema: pa.Schema, files: tuple[str, ...], **demanded: Any) -> ProtectedTable:
    """Return a table of these files under obligations."""
    columns = tuple(Column(field.name, from_arrow(field.type, column=field.name)) for field in schema)
    obligations = TableObligations(tuple(column.name for column in columns), **demanded)
    return ProtectedTable(TableName(ProductName("care", "engines"), name), columns, obligations, files)


def _rows(rows: int, chance: random.Random) -> pa.Table:
    def some(values: list[Any], made: Any) -> list[Any]:
        return [
            None if chance.random() < 0.1 else chance.choice(values) if chance.random() < 0.6 else made()
            for _ in range(rows)
        ]

    def day() -> date:
        return date(1950, 1, 1) + timedelta(days=chance.randrange(40_000))

    def moment() -> datetime:
        return datetime(1950, 1, 1) + timedelta(microseconds=chance.randrange(3 * 10**15))  # noqa: DTZ001

    def decimal(digits: int, scale: int) -> Any:
        return lambda: Decimal(chance.randrange(-(10**digits) + 1, 10**digits)).scaleb(-scale)

    moments = [datetime(d.year, d.month, d.day, 23, 59, 59, 999_999) for d in _DATES]  # noqa: DTZ001
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "i": pa.array(some(_WHOLE, lambda: chance.randrange(-(10**9), 10**9)), pa.int64()),
            "j": pa.array(some([1, 2, 3, -3, 7], lambda: chance.randrange(1, 1000)), pa.int64()),
            "x": pa.array(some(_DOUBLES, lambda: chance.uniform(-1e6, 1e6)), pa.float64()),
            "y": pa.array(some(_DOUBLES, lambda: chance.gauss(0, 1)), pa.float64()),
            "m": pa.array(
                some([Decimal("0.00"), Decimal("-1.25"), Decimal("2.50"), Decimal("99.95")], decimal(12, 2)),
                pa.decimal128(12, 2),
            ),
            "n": pa.array(some([Decimal("0"), Decimal("0.000001")], decimal(14, 6)), pa.decimal128(20, 6)),
            "s": pa.array(
                some(_TEXTS, lambda: "".join(chance.choices("abAB 'é\\%_1", k=chance.randrange(12)))), pa.string()
            ),
            "u": pa.array(some(_TEXTS, lambda: chance.choice("abc")), pa.string()),
            "d": pa.array(some(_DATES, day), pa.date32()),
            "e": pa.array(some(_DATES[3:], day), pa.date32()),
            "t": pa.array(some(moments, moment), pa.timestamp("us")),
            "z": pa.array(
                [None if t is None else t.replace(tzinfo=UTC) for t in some(moments, moment)], pa.timestamp("us", "UTC")
            ),
            "b": pa.array(some([True, False], lambda: True), pa.bool_()),
            "k": pa.array(some([b"", b"\xff\x00", b"a"], lambda: chance.randbytes(3)), pa.binary()),
            "g": pa.array(some(["r1", "r2", "r3"], lambda: "r1"), pa.string()),
        }
    )
