"""Every Arrow type either maps to one logical type that holds all its values, or is refused by name."""

from __future__ import annotations

import pyarrow as pa
import pytest

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Kind, LogicalType, from_arrow

HELD = {
    pa.int8(): "BIGINT",
    pa.uint32(): "BIGINT",
    pa.uint64(): "DECIMAL(20,0)",
    pa.float32(): "DOUBLE",
    pa.large_string(): "VARCHAR",
    pa.dictionary(pa.int32(), pa.string()): "VARCHAR",
    pa.decimal128(10, 2): "DECIMAL(10,2)",
    pa.date64(): "DATE",
    pa.timestamp("ns"): "TIMESTAMP",
    pa.timestamp("ms", tz="Asia/Shanghai"): "TIMESTAMPTZ",
    pa.null(): "VARCHAR",
    pa.large_binary(): "BLOB",
}
REFUSED = [
    pa.list_(pa.int64()),
    pa.struct([("a", pa.int64())]),
    pa.time64("us"),
    pa.duration("s"),
    pa.decimal256(50, 2),
]


@pytest.mark.parametrize(("arrow", "name"), HELD.items(), ids=str)
def test_a_type_that_is_held_has_one_name(arrow: pa.DataType, name: str) -> None:
    assert str(from_arrow(arrow, column="c")) == name


@pytest.mark.parametrize("arrow", REFUSED, ids=str)
def test_a_type_that_is_not_listed_is_refused(arrow: pa.DataType) -> None:
    with pytest.raises(InvalidInput, match="'c' has the type") as refused:
        from_arrow(arrow, column="c")
    assert refused.value.code == "type-unsupported"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.DECIMAL])
def test_a_logical_type_comes_back_from_arrow_and_from_text(kind: Kind) -> None:
    type_ = LogicalType(kind)
    assert from_arrow(type_.arrow, column="c") == type_
    assert LogicalType.parse(str(type_)) == type_
