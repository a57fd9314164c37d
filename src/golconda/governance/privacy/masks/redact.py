"""One fixed text in place of every value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel import masking
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.kernel.ports import MaskKey

_TEXT = "***"
_LONGEST = 200


class Redact:
    """Show the text `to`, *** if none is given.

    Guarantee: the result tells whether there is a value, and nothing else.
    """

    name: ClassVar[str] = "redact"
    deterministic: ClassVar[bool] = True
    joinable: ClassVar[bool] = False
    keyed: ClassVar[bool] = False
    total: ClassVar[bool] = True
    examples: ClassVar[tuple[tuple[Mapping[str, Any], str, Any, Any], ...]] = (
        ({}, "VARCHAR", "Li", "***"),
        ({"to": "withheld"}, "BIGINT", 7, "withheld"),
        ({"to": "it's"}, "VARCHAR", "", "it's"),
    )

    def accept(self, parameters: Mapping[str, Any], type_: LogicalType) -> LogicalType:
        """Return text, whatever the column is."""
        masking.check_names(self.name, parameters, "to")
        text = parameters.get("to", _TEXT)
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise masking.invalid(self.name, f"takes no text {text!r}", hint="Write a short text.")
        return LogicalType(Kind.VARCHAR)

    def expression(
        self,
        value: exp.Expr,
        parameters: Mapping[str, Any],
        type_: LogicalType,
        key: MaskKey,
    ) -> exp.Expr:
        """Return the text where there is a value."""
        return masking.when_present(value, exp.Literal.string(parameters.get("to", _TEXT)))


plugin = Redact()
