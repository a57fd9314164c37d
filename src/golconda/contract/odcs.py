"""A contract: an ODCS document kept as it came, and what it expects of each table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.contract import yaml_text
from golconda.contract.expectation import TableExpectation, expectations, titles
from golconda.contract.faults import document_problems
from golconda.kernel.canonical import digest_bytes
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from golconda.contract.faults import Problem


_MAY_NAME_COLUMNS = frozenset({"properties", "quality", "relationships", "customProperties"})


@dataclass(frozen=True, slots=True)
class Contract:
    """An ODCS document. Keys unknown to us stay in it and are written again.

    >>> read("{apiVersion: v3.1.0, kind: DataContract, id: c, version: 1.0.0, status: active}").document["id"]
    'c'
    """

    document: Mapping[str, Any]

    def text(self) -> str:
        """Return the YAML: reading it gives an equal contract, writing that gives the same bytes."""
        return yaml_text.dump(dict(self.document))

    @property
    def hash(self) -> str:
        """Return the digest of `text()`, by which the contract is stored and cited."""
        return digest_bytes(self.text().encode())

    @property
    def tables(self) -> tuple[TableExpectation, ...]:
        """Return what is expected of each table, in order."""
        return expectations(self.document)

    def table(self, name: str) -> TableExpectation | None:
        """Return what is expected of a table, or None where the contract does not know it."""
        return next((table for table in self.tables if table.name == name), None)

    @property
    def titles(self) -> Mapping[str, str]:
        """Return the product's titles by language."""
        return titles(self.document, "name")

    @property
    def version(self) -> str:
        """Return the contract's own version."""
        return str(self.document["version"])


def restricted(contract: Contract, shown: Mapping[str, Collection[str]]) -> Contract:
    """Return the contract as someone sees it who may know these columns by table, and no others.

    Of a table with hidden columns, what might name them goes too: rules not measured by a metric, relationships
    and a hidden privacy unit.
    """
    tables = [_seen(t, shown[t["name"]]) for t in contract.document.get("schema", ()) if t["name"] in shown]
    return Contract({**contract.document, "schema": tables} if "schema" in contract.document else contract.document)


def _seen(table: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
    properties = [element for element in table.get("properties", ()) if element["name"] in columns]
    if len(properties) == len(table.get("properties", ())):
        return dict(table)
    seen = {key: value for key, value in table.items() if key not in _MAY_NAME_COLUMNS}
    rules = [rule for rule in table.get("quality", ()) if _is_about(rule, columns)]
    custom = [entry for entry in table.get("customProperties", ()) if entry.get("property") != "privacyUnit"]
    unit = [entry for entry in table.get("customProperties", ()) if entry.get("property") == "privacyUnit"]
    custom += [entry for entry in unit if entry.get("value") in columns]
    filled = {"properties": properties, "quality": rules, "customProperties": custom}
    return {**seen, **{key: value for key, value in filled.items() if value}}


def _is_about(rule: Mapping[str, Any], columns: Collection[str]) -> bool:
    named = (rule.get("arguments") or {}).get("properties", ())
    return "metric" in rule and all(name in columns for name in named)


def read(text: str) -> Contract:
    """Read a contract, or raise ``contract-invalid`` naming the first fault and carrying all of them."""
    document = yaml_text.load(text)
    faults = [problem for problem in document_problems(document) if problem.is_error]
    if faults:
        raise _invalid(faults)
    return Contract(document)


def _invalid(faults: Sequence[Problem]) -> InvalidInput:
    first, more = faults[0], len(faults) - 1
    return InvalidInput(
        "contract-invalid",
        f"The contract is wrong at {first.path}: {first.message}" + (f" And {more} more." if more else ""),
        hint=first.hint,
        problems=[fault.document() for fault in faults],
    )
