"""Values a plan takes beside its text: keys, the reader's attributes, the day. No plan shows a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.ports import MaskKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

_BLOCK = 64  # bytes of a SHA-256 block, RFC 2104
_TEXT = exp.DataType(this=exp.DType.TEXT)
_DATE = exp.DataType(this=exp.DType.DATE)


@dataclass(slots=True)
class Parameters:
    """Hands out placeholders and remembers what they stand for; names tell the value's kind, never the value."""

    attributes: Mapping[str, str | None]
    today: date
    key: Callable[[str], bytes]
    values: dict[str, bytes | str | date | None] = field(default_factory=dict)
    _keys: dict[str, MaskKey] = field(default_factory=dict)

    def attribute(self, name: str) -> exp.Expr:
        """Return the reader's organisation, person or region; one he lacks is NULL, which equals nothing."""
        self.values[name] = self.attributes.get(name)
        return exp.Cast(this=exp.Placeholder(this=name), to=_TEXT.copy())

    def day(self) -> exp.Expr:
        """Return the day of the decision."""
        self.values["today"] = self.today
        return exp.Cast(this=exp.Placeholder(this="today"), to=_DATE.copy())

    def mask_key(self, scope: str) -> MaskKey:
        """Return the padded blocks of the key of a scope (RFC 2104)."""
        if scope not in self._keys:
            self._keys[scope] = self._padded(self.key(scope), len(self._keys) + 1)
        return self._keys[scope]

    def _padded(self, key: bytes, number: int) -> MaskKey:
        block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        names = (f"key_{number}_inner", f"key_{number}_outer")
        for name, pad in zip(names, (0x36, 0x5C), strict=True):
            self.values[name] = bytes(byte ^ pad for byte in block)
        return MaskKey(*(exp.Placeholder(this=name) for name in names))
