"""The first and last letters of a text, or digits of a whole number, the rest as stars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel import masking
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.kernel.ports import MaskKey

_FIRST, _LAST = 3, 2
_MOST = 1000
_TEXT = LogicalType(Kind.VARCHAR)


class Partial:
    """Keep `keep_first` and `keep_last` letters (3 and 2).

    Guarantee: at least half of the letters are hidden; a value too short for that becomes all stars. The length
    shows, and so do the letters kept: values that are rare by their ends can be recognised.
    """

    name: ClassVar[str] = "partial"
    deterministic: ClassVar[bool] = True
    joinable: ClassVar[bool] = False
    keyed: ClassVar[bool] = False
    total: ClassVar[bool] = True
    examples: ClassVar[tuple[tuple[Mapping[str, Any], str, Any, Any], ...]] = (
        ({}, "VARCHAR", "13812345678", "138******78"),
        ({}, "VARCHAR", "0123456789", "012*****89"),
        ({}, "VARCHAR", "012345678", "*********"),
        ({}, "VARCHAR", "", ""),
        ({"keep_first": 1, "keep_last": 0}, "VARCHAR", "王小明", "王**"),
        ({}, "BIGINT", 13812345678, "138******78"),
        ({}, "BIGINT", 7, "*"),
    )

    def accept(self, parameters: Mapping[str, Any], type_: LogicalType) -> LogicalType:
        """Return text; only text and whole numbers, by their decimal text, have letters to keep."""
        masking.check_names(self.name, parameters, "keep_first", "keep_last")
        for name, usual in (("keep_first", _FIRST), ("keep_last", _LAST)):
            masking.whole(self.name, name, parameters.get(name, usual), least=0, most=_MOST)
        if type_.kind not in (Kind.VARCHAR, Kind.BIGINT):
            raise masking.invalid(self.name, f"does not fit {type_}", hint="Use hide, generalise or pseudonym.")
        return _TEXT

    def expression(
        self,
        value: exp.Expr,
        parameters: Mapping[str, Any],
        type_: LogicalType,
        key: MaskKey,
    ) -> exp.Expr:
        """Return ends and stars. `left` and `right` with constants, and no more stars than letters, cannot fail."""
        first, last = parameters.get("keep_first", _FIRST), parameters.get("keep_last", _LAST)
        value = value if type_ == _TEXT else masking.cast(value, _TEXT)
        length = exp.Length(this=value)
        stars = exp.Repeat(this=exp.Literal.string("*"), times=length)
        hidden = exp.Repeat(this=exp.Literal.string("*"), times=length - exp.Literal.number(first + last))
        kept = (exp.Left(this=value, expression=exp.Literal.number(first)), hidden)
        shown = exp.DPipe(this=exp.DPipe(this=kept[0], expression=hidden), expression=_right(value, last))
        long_enough = exp.GTE(this=length, expression=exp.Literal.number(2 * (first + last)))
        return exp.Case(ifs=[exp.If(this=long_enough, true=shown)], default=stars)


def _right(value: exp.Expr, letters: int) -> exp.Expr:
    return exp.Right(this=value.copy(), expression=exp.Literal.number(letters))


plugin = Partial()
