"""Our contracts are valid by the official JSON schema of ODCS 3.1, and so are those it was tried on."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from golconda import contract
from golconda.kernel.logical_types import Column, Kind, LogicalType
from golconda.kernel.names import ProductName
from golconda.profiling import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def _schema() -> dict[str, Any]:
    listed = files("open-data-contract-standard") or []
    path = next(file for file in listed if file.name == "schema.json")
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return schema


def _drafted() -> contract.Contract:
    columns = [Column(kind.value, LogicalType(kind)) for kind in Kind if kind is not Kind.DECIMAL]
    columns += [
        Column("金额", LogicalType(Kind.DECIMAL, 10, 2)),
        Column("patient_id", LogicalType(Kind.BIGINT)),
    ]
    findings = [
        Finding("t", None, "rows", 100),
        Finding("t", "BIGINT", "missing", 0),
        Finding("t", "BIGINT", "unique", True),
        Finding("t", "VARCHAR", "top_values", [{"value": "x", "rows": 50}]),
        Finding("t", "patient_id", "missing", 0),
        Finding("t", "patient_id", "distinct", 30),
    ]
    table = contract.DraftTable("t", {"en": "T", "zh": "表"}, tuple(columns), findings)
    return contract.draft(
        ProductName("city", "care"), titles={"zh": "诊疗"}, description="d", domain="health", tables=[table]
    )


def test_a_draft_is_valid_by_the_official_schema() -> None:
    document = yaml.safe_load(_drafted().text())
    jsonschema.Draft201909Validator(_schema()).validate(document)


def test_a_draft_has_no_problem() -> None:
    assert contract.problems(_drafted().text()) == ()


def test_an_independent_reader_reads_a_draft_and_we_read_it_back() -> None:
    theirs = OpenDataContractStandard.from_string(_drafted().text())
    assert theirs.schema_ is not None
    assert contract.read(theirs.to_yaml()).tables == _drafted().tables


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "x"},
        {"status": None},
        {"schema": [{"properties": []}]},
        {"schema": [{"name": "t", "properties": [{"name": "a", "logicalType": "text"}]}]},
        {"schema": [{"name": "t", "quality": [{"metric": "rows", "mustBe": 1}]}]},
        {"schema": [{"name": "t", "quality": [{"metric": "rowCount"}]}]},
        {"schema": [{"name": "t", "quality": [{"metric": "rowCount", "mustBeBetween": [1]}]}]},
        {"customProperties": {"a": 1}},
    ],
)
def test_what_the_schema_refuses_we_name(change: Mapping[str, Any]) -> None:
    document = {**yaml.safe_load(_drafted().text()), **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft201909Validator(_schema()).validate(document)
    assert any(problem.is_error for problem in contract.problems(yaml.safe_dump(document)))
