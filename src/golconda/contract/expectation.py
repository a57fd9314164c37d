"""What a contract expects of each table and column, as our own values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from golconda.contract.vocabulary import METRICS, OPERATORS
from golconda.kernel.logical_types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

# Anything else, a word we do not know included, keeps its values from strangers.
OPEN_CLASSES = frozenset({"public", "open", "公开"})


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One promise about quality: a library metric compared with a threshold.

    `metric` None = a rule in words, SQL or a foreign engine, which is kept and shown but not run.
    """

    metric: str | None
    operator: str | None
    threshold: Any  # a number, a pair of numbers, or what mustBe names
    unit: str = "rows"
    severity: str | None = None
    dimension: str | None = None
    name: str | None = None
    column: str | None = None
    arguments: tuple[tuple[str, Any], ...] = ()  # JSON values


@dataclass(frozen=True, slots=True)
class ColumnExpectation:
    """What holds for one column.

    `type` is exact and None where the contract names no type of ours; `logical` is the ODCS word. The values
    of a `sensitive` column reach strangers only under an agreement; an `identifier` singles out a person.
    """

    name: str
    type: LogicalType | None = None
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    classification: str | None = None
    identifier: bool = False
    sensitive: bool = False
    description: str = ""
    logical: str | None = None
    key_position: int = 0


@dataclass(frozen=True, slots=True)
class TableExpectation:
    """What holds for one table. `unit`: the column whose distinct values are persons; None = the row."""

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[ColumnExpectation, ...] = ()
    unit: str | None = None
    description: str = ""
    rules: tuple[QualityRule, ...] = ()

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Return the key's columns by position."""
        keys = [column for column in self.columns if column.primary_key]
        return tuple(column.name for column in sorted(keys, key=lambda column: column.key_position))

    @property
    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """Return each set of columns that no two rows may share: the primary key, then unique columns."""
        single = [(column.name,) for column in self.columns if column.unique]
        return tuple(dict.fromkeys([self.primary_key, *single] if self.primary_key else single))

    @property
    def identifiers(self) -> frozenset[str]:
        """Return the columns that single out a row or a person: keys, unique ones, the unit, graded ones."""
        graded = {c.name for c in self.columns if c.identifier or c.unique or c.primary_key}
        return frozenset(graded | ({self.unit} if self.unit else set()))

    def column(self, name: str) -> ColumnExpectation | None:
        """Return what is expected of a column, or None where the contract does not know it."""
        return next((column for column in self.columns if column.name == name), None)


def custom(element: Mapping[str, Any], name: str) -> Any:  # any JSON value
    """Return the value of a custom property, or None."""
    for entry in _items(element.get("customProperties")):
        if entry.get("property") == name:
            return entry.get("value")
    return None


def expectations(document: Mapping[str, Any]) -> tuple[TableExpectation, ...]:
    """Read the tables of an ODCS document that has no problems."""
    return tuple(_table(element) for element in _items(document.get("schema")))


def _table(element: Mapping[str, Any]) -> TableExpectation:
    properties = _items(element.get("properties"))
    own = [_rule(rule, None) for rule in _items(element.get("quality"))]
    of_columns = [_rule(rule, str(p["name"])) for p in properties for rule in _items(p.get("quality"))]
    return TableExpectation(
        name=str(element["name"]),
        title=titles(element, "businessName"),
        columns=tuple(_column(p) for p in properties),
        unit=custom(element, "privacyUnit"),
        description=str(element.get("description") or ""),
        rules=(*own, *of_columns),
    )


def titles(element: Mapping[str, Any], fallback: str) -> dict[str, str]:
    """Return an element's titles by language, the plain one standing for English."""
    many = custom(element, "title")
    if isinstance(many, dict):
        return {str(language): str(text) for language, text in many.items()}
    plain = many or element.get(fallback)
    return {"en": str(plain)} if plain else {}


def _column(element: Mapping[str, Any]) -> ColumnExpectation:
    classification = element.get("classification")
    key = bool(element.get("primaryKey"))
    return ColumnExpectation(
        name=str(element["name"]),
        type=physical_type(element.get("physicalType")),
        required=bool(element.get("required")) or key,
        unique=bool(element.get("unique")),
        primary_key=key,
        classification=classification,
        identifier=bool(custom(element, "identifier")),
        sensitive=classification is not None and str(classification).casefold() not in OPEN_CLASSES,
        description=str(element.get("description") or ""),
        logical=element.get("logicalType"),
        key_position=int(element.get("primaryKeyPosition") or 0),
    )


def physical_type(text: Any) -> LogicalType | None:  # what a person wrote
    """Return our type of that SQL name, or None where it is another system's."""
    try:
        return LogicalType.parse(str(text).upper().replace(" ", ""))
    except ValueError:
        return None


def _rule(element: Mapping[str, Any], column: str | None) -> QualityRule:
    metric = element.get("metric") or element.get("rule")
    operator = next((word for word in OPERATORS if word in element), None)
    return QualityRule(
        metric=metric if metric in METRICS and operator else None,
        operator=operator,
        threshold=_frozen(element.get(operator)) if operator else None,
        unit=str(element.get("unit") or "rows"),
        severity=element.get("severity"),
        dimension=element.get("dimension"),
        name=element.get("name"),
        column=column,
        arguments=tuple((element.get("arguments") or {}).items()),
    )


def _frozen(threshold: Any) -> Any:  # a JSON value; a pair becomes a tuple
    return tuple(threshold) if isinstance(threshold, list) else threshold


def _items(value: Any) -> list[dict[str, Any]]:  # a list of objects, or nothing
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
