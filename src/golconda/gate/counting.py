"""How many rows an answer counts as: a value that gathers others counts as many as it gathers.

Else ``SELECT list(phone) FROM visits`` would be one row, whatever the terms say of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Weights = np.ndarray[tuple[int], np.dtype[np.int64]]

TEXT = 16_384  # bytes of a text or of binary data that stand for one row


def rows(batch: pa.RecordBatch) -> int:
    """Return the sum over the rows of what the largest of their values counts as, at least one."""
    weights = [weight for column in batch.columns if (weight := _weights(column)) is not None]
    if not weights:
        return int(batch.num_rows)
    import numpy as np

    return int(np.maximum.reduce([np.ones(batch.num_rows, dtype=np.int64), *weights]).sum())


def _weights(values: pa.Array) -> Weights | None:
    """Return what each value counts as, or None where each counts as one."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_dictionary(kind):
        return _weights(values.dictionary_decode())
    if pa.types.is_map(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _of_lists(values)
    if pa.types.is_fixed_size_list(kind):
        return _of_lists(values.cast(pa.list_(kind.value_type)))
    if pa.types.is_struct(kind):
        return _largest([_weights(part) for part in values.flatten()])
    if pa.types.is_nested(kind) or pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        raise TypeError(f"Values of {kind} are not counted.")
    if pa.types.is_string(kind) or pa.types.is_binary(kind) or _is_large(kind):
        return _of_texts(values)
    return None


def _is_large(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _of_lists(values: pa.Array) -> Weights:
    import numpy as np
    import pyarrow as pa

    offsets = values.offsets.to_numpy()
    parts = [values.keys, values.items] if pa.types.is_map(values.type) else [values.values]
    inner = _largest([_weights(part) for part in parts])
    if inner is None:
        counts = np.diff(offsets)
    else:
        sums = np.concatenate([[0], np.cumsum(inner)])
        counts = sums[offsets[1:]] - sums[offsets[:-1]]
    found: Weights = counts.astype(np.int64)
    return found


def _of_texts(values: pa.Array) -> Weights | None:
    if values.nbytes <= TEXT:
        return None
    import numpy as np
    import pyarrow.compute as pc

    lengths = pc.binary_length(values)
    if (pc.max(lengths).as_py() or 0) <= TEXT:
        return None
    counts: Weights = -(-pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False).astype(np.int64) // TEXT)
    return counts


def _largest(
    weights: list[Weights | None],
) -> Weights | None:
    import numpy as np

    found = [weight for weight in weights if weight is not None]
    largest: Weights | None = np.maximum.reduce(found) if found else None
    return largest
