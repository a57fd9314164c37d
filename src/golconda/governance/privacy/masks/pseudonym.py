"""The same name for the same value, by a keyed hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel import masking
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.kernel.ports import MaskKey

_DIGITS = 32
_SCOPES = ("agreement", "organisation")
_TEXT = LogicalType(Kind.VARCHAR)


class Pseudonym:
    """Show 32 hex digits of HMAC-SHA256 (RFC 2104, FIPS 180-4) over the value's canonical text.

    Canonical text: strings in NFC, whole numbers in decimal, dates in ISO 8601. Guarantee: without the key, values
    can be compared but not found by trying them all. Frequencies show: the most common pseudonym is the most
    common value.
    """

    name: ClassVar[str] = "pseudonym"
    deterministic: ClassVar[bool] = True
    joinable: ClassVar[bool] = True
    keyed: ClassVar[bool] = True
    total: ClassVar[bool] = True
    examples: ClassVar[tuple[tuple[Mapping[str, Any], str, Any, Any], ...]] = (
        # Results under the key b"golconda", made by Python's hmac.
        ({}, "VARCHAR", "Li", "14c17e2e2ea45d550d5cb6de8da4ecb9"),
        ({"scope": "organisation"}, "BIGINT", -42, "573a4b36acd48efb3ebe2206c1b11072"),
        ({}, "DATE", "2013-07-01", "ed42ae51f7e22222bd29a866a3a6ca85"),
    )

    def accept(self, parameters: Mapping[str, Any], type_: LogicalType) -> LogicalType:
        """Return text; types without one canonical text are refused."""
        masking.check_names(self.name, parameters, "scope")
        if parameters.get("scope", _SCOPES[0]) not in _SCOPES:
            raise masking.invalid(
                self.name, f"has no scope {parameters['scope']!r}", hint=f"Use {' or '.join(_SCOPES)}."
            )
        if type_.kind in (Kind.VARCHAR, Kind.BIGINT, Kind.DATE) or (type_.kind is Kind.DECIMAL and not type_.scale):
            return _TEXT
        raise masking.invalid(self.name, f"does not fit {type_}", hint="Use hide, generalise or round.")

    def expression(
        self,
        value: exp.Expr,
        parameters: Mapping[str, Any],
        type_: LogicalType,
        key: MaskKey,
    ) -> exp.Expr:
        """Return HMAC from two hashes over padded key blocks, its first 32 digits."""
        inner = _sha256(
            exp.DPipe(
                this=key.inner.copy(), expression=exp.Anonymous(this="encode", expressions=[_canonical(value, type_)])
            )
        )
        outer = _sha256(exp.DPipe(this=key.outer.copy(), expression=exp.Unhex(this=inner)))
        return exp.Left(this=outer, expression=exp.Literal.number(_DIGITS))


def _sha256(value: exp.Expr) -> exp.Expr:
    return exp.SHA2(this=value, length=exp.Literal.number(256))


def _canonical(value: exp.Expr, type_: LogicalType) -> exp.Expr:
    if type_.kind is Kind.VARCHAR:
        return exp.Anonymous(this="nfc_normalize", expressions=[value.copy()])
    return masking.cast(value.copy(), _TEXT)


plugin = Pseudonym()
