"""Masks show the same value on both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hard_values import protected, table

from golconda.agreement.terms import MaskClause
from golconda.kernel import plugin
from golconda.kernel.logical_types import Kind, LogicalType
from golconda.testing.masks import HARD

if TYPE_CHECKING:
    from pathlib import Path

    from both import Both

pytestmark = [pytest.mark.slow, pytest.mark.spark]

MASKS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *((column, "hide", {}) for column in "ixmsdtzbk"),
    *((column, "redact", {"to": "it's \\"}) for column in "ixmsdtzbk"),
    *((column, "pseudonym", {}) for column in "isud"),
    *((column, "partial", {}) for column in "isu"),
    ("s", "partial", {"keep_first": 1, "keep_last": 0}),
    ("i", "generalise", {"step": 10}),
    ("x", "generalise", {"step": 0.5}),
    ("m", "generalise", {"step": 0.25}),
    *((column, "generalise", {"to": period}) for column in "dtz" for period in ("day", "month", "quarter", "year")),
    ("s", "generalise", {"prefix": 2}),
    *((column, "round", {"to": to}) for column in "ixm" for to in (-2, 0, 1)),
    ("i", "clip", {"low": 0, "high": 90}),
    ("x", "clip", {"low": -1.5, "high": 99.5}),
    ("m", "clip", {"low": 0}),
    ("d", "clip", {"low": "1940-01-01", "high": "2000-01-01"}),
)


def test_every_mask_gives_the_same_on_values_that_hurt(both: Both, tmp_path: Path) -> None:
    hard = table(tmp_path)
    schema = pq.read_schema(hard.files[0])
    for clauses in _layers():
        masked = protected("hard", schema, hard.files, masks=clauses, where=("id > 3",))
        wanted = ", ".join(f'"{column}"' for column, _ in clauses)
        assert both.differing(f"SELECT {wanted} FROM hard ORDER BY id", masked) == [], clauses


def _layers() -> list[tuple[tuple[str, tuple[MaskClause, ...]], ...]]:
    """Return as many sets of masks as no column has two in."""
    left, layers = list(MASKS), []
    while left:
        layer: dict[str, tuple[MaskClause, ...]] = {}
        for mask in list(left):
            if mask[0] not in layer:
                layer[mask[0]] = (MaskClause(mask[1], tuple(mask[2].items())),)
                left.remove(mask)
        layers.append(tuple(layer.items()))
    return layers


def test_the_extremes_of_each_type_are_masked_alike(both: Both, tmp_path: Path) -> None:
    for place, (column, name, parameters) in enumerate(MASKS):
        if name in ("hide", "redact"):
            continue
        type_ = {"i": "BIGINT", "x": "DOUBLE", "m": "DECIMAL(12,2)", "s": "VARCHAR", "u": "VARCHAR", "d": "DATE",
                 "t": "TIMESTAMP", "z": "TIMESTAMPTZ"}[column]  # fmt: skip
        logical = LogicalType.parse(type_)
        values = [text for text in HARD[logical.kind] if "infinity" not in text or logical.kind is Kind.DOUBLE]
        held = _column(logical, [text for text in values if _in_spark(logical, text)])
        file = tmp_path / f"{place}.parquet"
        pq.write_table(pa.table({"id": range(len(held)), "v": held}), file)
        clause = (("v", (MaskClause(name, tuple(parameters.items())),)),)
        masked = protected("extremes", pq.read_schema(file), (str(file),), masks=clause)
        assert both.differing("SELECT v FROM extremes ORDER BY id", masked) == [], (column, name)


def _in_spark(logical: LogicalType, text: str) -> bool:
    """Say whether the value lies within what Spark has: years 1 to 9999 of timestamps."""
    return not (logical.is_temporal and ("BC" in text or text[4] != "-")) or logical.kind is Kind.DATE


def _column(logical: LogicalType, texts: list[str]) -> pa.Array:
    import duckdb

    values = ", ".join(f"(CAST(${place} AS {logical}))" for place in range(1, len(texts) + 1))
    return duckdb.sql(f"SELECT * FROM (VALUES {values})", params=texts).to_arrow_table().column(0).combine_chunks()


def test_every_mask_is_tried() -> None:
    assert {name for _, name, _ in MASKS} == set(plugin.names("mask"))
