"""What is wrong with a contract that a person wrote: each fault with its place and the next step."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.contract import vocabulary, yaml_text
from golconda.kernel.errors import InvalidInput, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KNOWN_VERSION = re.compile(r"v3\.\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault: where it is, what it is, what to do. Only an error keeps the contract from being used."""

    path: str
    message: str
    hint: str
    is_error: bool = True

    def document(self) -> dict[str, Any]:
        """Return the problem as JSON."""
        severity = "error" if self.is_error else "warning"
        return {"path": self.path, "message": self.message, "hint": self.hint, "severity": severity}


def problems(text: str) -> tuple[Problem, ...]:
    """Return every fault of a contract in the order of the text; an empty tuple means it can be used.

    >>> [problem.path for problem in problems("{apiVersion: v3.1.0, kind: DataContract, id: a, version: 1}")]
    ['version', 'status']
    """
    try:
        document = yaml_text.load(text)
    except InvalidInput as error:
        return (Problem("$", error.message, error.hint),)
    return document_problems(document)


def document_problems(document: Any) -> tuple[Problem, ...]:  # any YAML value
    """Return the faults of a document that is already read."""
    if not isinstance(document, dict):
        return (Problem("$", "A contract is a mapping of keys.", "Begin with apiVersion: v3.1.0."),)
    return tuple(_fundamentals(document))


def _fundamentals(document: dict[str, Any]) -> Iterator[Problem]:
    yield from _version(document)
    if document.get("kind", "DataContract") != "DataContract":
        yield Problem("kind", f"{document['kind']!r} is not a contract.", "Write kind: DataContract.")
    yield from _texts(document, ("id", "name", "version", "status", "tenant", "domain", "dataProduct"), "")
    for key in vocabulary.REQUIRED:
        if key not in document:
            yield Problem(key, f"The key {key!r} is missing.", f"Add {key}.")
    yield from _unknown(document, vocabulary.TOP, "")
    yield from _custom_properties(document, "")
    yield from _tables(document)


def _version(document: dict[str, Any]) -> Iterator[Problem]:
    version = document.get("apiVersion", vocabulary.API_VERSION)
    if not isinstance(version, str) or not _KNOWN_VERSION.fullmatch(version):
        yield Problem("apiVersion", f"{version!r} is no version of ODCS 3.", "Write apiVersion: v3.1.0.")


def _tables(document: dict[str, Any]) -> Iterator[Problem]:
    tables = document.get("schema", [])
    if not isinstance(tables, list):
        yield Problem("schema", "The schema is a list of tables.", "Begin each table with - name:.")
        return
    yield from _named(tables, "schema", "table")
    for index, table in enumerate(tables):
        if isinstance(table, dict):
            yield from _table(table, f"schema[{_label(table, index)}]")


def _table(table: dict[str, Any], path: str) -> Iterator[Problem]:
    yield from _unknown(table, vocabulary.TABLE, path)
    yield from _texts(table, ("physicalName", "physicalType", "businessName", "description"), path)
    logical = table.get("logicalType", "object")
    if logical not in ("object", "blob"):
        yield Problem(f"{path}.logicalType", f"A table cannot be {logical!r}.", "Write logicalType: object.")
    yield from _custom_properties(table, path)
    yield from _properties(table, path)
    yield from _quality(table, path, metrics=vocabulary.TABLE_METRICS)
    yield from _unit(table, path)


def _properties(table: dict[str, Any], path: str) -> Iterator[Problem]:
    properties = table.get("properties", [])
    if not isinstance(properties, list):
        yield Problem(f"{path}.properties", "The properties are a list.", "Begin each property with - name:.")
        return
    yield from _named(properties, f"{path}.properties", "property")
    for index, element in enumerate(properties):
        if isinstance(element, dict):
            yield from _property(element, f"{path}.properties[{_label(element, index)}]")
    yield from _key_positions([p for p in properties if isinstance(p, dict)], path)


def _property(element: dict[str, Any], path: str) -> Iterator[Problem]:
    yield from _unknown(element, vocabulary.PROPERTY, path)
    yield from _word(element, "logicalType", vocabulary.LOGICAL_TYPES, path)
    yield from _texts(element, ("physicalName", "physicalType", "businessName", "description"), path)
    for key in ("required", "unique", "primaryKey", "partitioned", "criticalDataElement"):
        if not isinstance(element.get(key, False), bool):
            yield Problem(f"{path}.{key}", f"{element[key]!r} is neither true nor false.", "Write true or false.")
    if not isinstance(element.get("examples", []), list):
        yield Problem(f"{path}.examples", "The examples are a list.", "Write them as [a, b].")
    yield from _texts(element, ("classification",), path)
    yield from _custom_properties(element, path)
    yield from _quality(element, path, metrics=vocabulary.METRICS)


def _key_positions(properties: Sequence[dict[str, Any]], path: str) -> Iterator[Problem]:
    keys = [p for p in properties if p.get("primaryKey") is True]
    positions = [p.get("primaryKeyPosition") for p in keys]
    for element in properties:
        position = element.get("primaryKeyPosition", -1)
        where = f"{path}.properties[{element.get('name')}].primaryKeyPosition"
        if not isinstance(position, int) or isinstance(position, bool) or position == 0 or position < -1:
            yield Problem(where, f"{position!r} is no position in a key.", "Count from 1.")
        elif position > 0 and element not in keys:
            yield Problem(where, "It is not part of the primary key.", "Add primaryKey: true, or remove this.")
        elif position > 0 and positions.count(position) > 1:
            yield Problem(where, f"Position {position} is taken twice.", "Number the key's properties 1, 2, ….")


def _unit(table: dict[str, Any], path: str) -> Iterator[Problem]:
    names = [entry.get("name") for entry in _mappings(table.get("properties"))]
    for entry in _mappings(table.get("customProperties")):
        if entry.get("property") == "privacyUnit" and entry.get("value") not in [*names, None]:
            hint = f"Name a property: {nearest(str(entry.get('value')), map(str, names))}."
            yield Problem(f"{path}.privacyUnit", f"There is no property {entry.get('value')!r}.", hint)


def _mappings(entries: Any) -> list[dict[str, Any]]:  # what a person wrote, told elsewhere where it is no list
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _quality(element: dict[str, Any], path: str, *, metrics: Sequence[str]) -> Iterator[Problem]:
    rules = element.get("quality", [])
    if not isinstance(rules, list):
        yield Problem(f"{path}.quality", "The quality rules are a list.", "Begin each rule with -.")
        return
    for index, rule in enumerate(rules):
        where = f"{path}.quality[{index}]"
        if isinstance(rule, dict):
            yield from _rule(rule, where, metrics)
        else:
            yield Problem(where, "A rule is a mapping of keys.", "Write - metric: nullValues and so on.")


def _rule(rule: dict[str, Any], path: str, metrics: Sequence[str]) -> Iterator[Problem]:
    yield from _word(rule, "type", vocabulary.QUALITY_TYPES, path)
    yield from _word(rule, "dimension", vocabulary.DIMENSIONS, path)
    yield from _unknown(rule, (*vocabulary.QUALITY, *vocabulary.OPERATORS), path)
    yield from _custom_properties(rule, path)
    kind = rule.get("type", "library")
    needed = {"sql": ("query",), "custom": ("engine", "implementation")}.get(str(kind), ())
    for key in needed:
        if key not in rule:
            yield Problem(f"{path}.{key}", f"A rule of type {kind} needs {key!r}.", f"Add {key}.")
    if "metric" in rule or "rule" in rule or rule.get("type") == "library":
        yield from _library(rule, path, metrics)
    yield from _threshold(rule, path)
    yield from _arguments(rule, path)


def _arguments(rule: dict[str, Any], path: str) -> Iterator[Problem]:
    arguments = rule.get("arguments", {})
    if not isinstance(arguments, dict):
        yield Problem(f"{path}.arguments", "The arguments are a mapping of keys.", "Write them as {key: value}.")
        return
    for key in ("validValues", "missingValues", "properties"):
        if not isinstance(arguments.get(key, []), list):
            yield Problem(f"{path}.arguments.{key}", "It is a list.", f"Write {key}: [a, b].")


def _library(rule: dict[str, Any], path: str, metrics: Sequence[str]) -> Iterator[Problem]:
    metric = rule.get("metric", rule.get("rule"))
    operators = [word for word in vocabulary.OPERATORS if word in rule]
    if metric is None:
        yield Problem(f"{path}.metric", "A library rule names a metric.", f"Add one of {', '.join(metrics)}.")
    elif metric not in metrics:
        hint = f"Use one that fits here: {nearest(str(metric), metrics)}."
        yield Problem(f"{path}.metric", f"{metric!r} is no metric here.", hint)
    if not operators:
        wrong = next((str(key) for key in rule if str(key).startswith("must")), "mustBe")
        hint = f"Add one, as mustBe: 0; {nearest(wrong, vocabulary.OPERATORS)}."
        yield Problem(path, "The rule compares its metric with nothing.", hint)
    elif len(operators) > 1:
        message = f"The rule has {len(operators)} operators: {', '.join(operators)}."
        yield Problem(path, message, "Make it several rules, one operator each.")


def _threshold(rule: dict[str, Any], path: str) -> Iterator[Problem]:
    for word in vocabulary.OPERATORS:
        if word not in rule:
            continue
        value = rule[word]
        if word in vocabulary.RANGES and not _is_range(value):
            yield Problem(f"{path}.{word}", "It takes two numbers, the smaller first.", f"Write {word}: [1, 9].")
        elif word not in (*vocabulary.RANGES, "mustBe", "mustNotBe") and not _is_number(value):
            yield Problem(f"{path}.{word}", f"{value!r} is not a number.", f"Write {word}: 0.")


def _is_range(value: Any) -> bool:  # what a person wrote
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and value[0] < value[1]


def _is_number(value: Any) -> bool:  # what a person wrote
    return isinstance(value, int | float) and not isinstance(value, bool)


def _custom_properties(element: dict[str, Any], path: str) -> Iterator[Problem]:
    entries = element.get("customProperties", [])
    where = _join(path, "customProperties")
    if not isinstance(entries, list):
        hint = "Write each as - property: name, value: something."
        yield Problem(where, "Custom properties are a list in ODCS 3.", hint)
        return
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or not {"property", "value"} <= entry.keys():
            yield Problem(f"{where}[{index}]", "It needs property and value.", "Add what is missing.")


def _named(elements: Sequence[Any], path: str, what: str) -> Iterator[Problem]:  # what a person wrote
    for index, element in enumerate(elements):
        if not isinstance(element, dict):
            yield Problem(f"{path}[{index}]", f"A {what} is a mapping of keys.", "Write - name: and so on.")
        elif not isinstance(element.get("name"), str) or not element["name"].strip():
            yield Problem(f"{path}[{index}].name", f"The {what} has no name.", "Add name, as text.")
    names = Counter(str(e["name"]).casefold() for e in elements if isinstance(e, dict) and "name" in e)
    for name, count in names.items():
        if count > 1:
            hint = "Rename or remove one; capitals make no difference."
            yield Problem(path, f"The name {name!r} stands {count} times.", hint)


def _unknown(element: dict[str, Any], known: Sequence[str], path: str) -> Iterator[Problem]:
    for key in element:
        if key not in known:
            hint = f"It is kept; if it is misspelt, {nearest(str(key), known)}"
            yield Problem(_join(path, str(key)), f"ODCS 3.1 has no key {key!r} here.", hint, is_error=False)


def _word(element: dict[str, Any], key: str, known: Sequence[str], path: str) -> Iterator[Problem]:
    if key in element and element[key] not in known:
        hint = f"Use one that exists: {nearest(str(element[key]), known)}."
        yield Problem(f"{path}.{key}", f"{element[key]!r} is no {key}.", hint)


def _texts(element: dict[str, Any], keys: Sequence[str], path: str) -> Iterator[Problem]:
    for key in keys:
        if key in element and not isinstance(element[key], str):
            hint = f"Put it in quotes: {key}: '…'."
            yield Problem(_join(path, key), f"{element[key]!r} is not text.", hint)


def _label(element: dict[str, Any], index: int) -> str:
    return str(element.get("name", index))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
