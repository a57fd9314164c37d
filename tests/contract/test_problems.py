"""Each fault a person can make is named with its place and the next step."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from golconda import contract
from golconda.contract import vocabulary
from golconda.kernel.errors import InvalidInput

HEAD: dict[str, Any] = {
    "apiVersion": "v3.1.0", "kind": "DataContract", "id": "a", "version": "1.0.0", "status": "active",
}  # fmt: skip


def _problems(**more: Any) -> tuple[contract.Problem, ...]:
    return contract.problems(yaml.safe_dump({**HEAD, **more}))


def _columns(*properties: dict[str, Any]) -> tuple[contract.Problem, ...]:
    return _problems(schema=[{"name": "t", "properties": list(properties)}])


def _property(**keys: Any) -> tuple[contract.Problem, ...]:
    return _columns({"name": "a", **keys})


def _rule(**keys: Any) -> tuple[contract.Problem, ...]:
    return _property(quality=[keys])


PLACE = "schema[t].properties[a]"


@pytest.mark.parametrize(
    ("found", "path"),
    [
        (contract.problems("- a"), "$"),
        (contract.problems("a: ["), "$"),
        (contract.problems(yaml.safe_dump({k: v for k, v in HEAD.items() if k != "status"})), "status"),
        (_problems(apiVersion="v2.2.2"), "apiVersion"),
        (_problems(kind="Contract"), "kind"),
        (_problems(version=1.0), "version"),
        (_problems(schema={"name": "t"}), "schema"),
        (_problems(schema=[{"properties": []}]), "schema[0].name"),
        (_problems(schema=[{"name": "t"}, {"name": "T"}]), "schema"),
        (_problems(customProperties={"a": 1}), "customProperties"),
        (_columns({"name": "a"}, {"name": "A"}), "schema[t].properties"),
        (_property(logicalType="text"), f"{PLACE}.logicalType"),
        (_property(required="yes"), f"{PLACE}.required"),
        (_property(primaryKeyPosition=1), f"{PLACE}.primaryKeyPosition"),
        (_property(primaryKey=True, primaryKeyPosition=0), f"{PLACE}.primaryKeyPosition"),
        (_property(examples="x"), f"{PLACE}.examples"),
        (_rule(metric="nulls", mustBe=0), f"{PLACE}.quality[0].metric"),
        (_rule(metric="nullValues"), f"{PLACE}.quality[0]"),
        (_rule(metric="nullValues", mustBe=0, mustNotBe=1), f"{PLACE}.quality[0]"),
        (_rule(metric="nullValues", mustBeLessThan="few"), f"{PLACE}.quality[0].mustBeLessThan"),
        (_rule(metric="nullValues", mustBeBetween=[9, 1]), f"{PLACE}.quality[0].mustBeBetween"),
        (_rule(type="sql"), f"{PLACE}.quality[0].query"),
        (_rule(type="library", mustBe=1), f"{PLACE}.quality[0].metric"),
        (_rule(metric="nullValues", mustBe=0, arguments=[1]), f"{PLACE}.quality[0].arguments"),
        (_rule(metric="nullValues", mustBe=0, dimension="beauty"), f"{PLACE}.quality[0].dimension"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_place(found: tuple[contract.Problem, ...], path: str) -> None:
    errors = [problem for problem in found if problem.is_error]
    assert errors[0].path == path
    assert errors[0].message
    assert errors[0].hint


def test_a_privacy_unit_names_a_property() -> None:
    unit = [{"property": "privacyUnit", "value": "patient"}]
    found = _problems(schema=[{"name": "t", "properties": [{"name": "patient_id"}], "customProperties": unit}])
    assert found[0].path == "schema[t].privacyUnit"
    assert "patient_id" in found[0].hint


def test_a_misspelt_word_gets_its_nearest() -> None:
    assert "integer" in _property(logicalType="interger")[0].hint


def test_an_unknown_key_is_a_warning_and_the_contract_can_be_read() -> None:
    found = _property(requierd=True)
    assert [problem.is_error for problem in found] == [False]
    assert "required" in found[0].hint


def test_reading_raises_the_first_fault_and_carries_all() -> None:
    with pytest.raises(InvalidInput, match="And 1 more") as caught:
        contract.read(yaml.safe_dump({**HEAD, "kind": "x", "version": 1}))
    assert caught.value.code == "contract-invalid"
    assert [problem["path"] for problem in caught.value.details["problems"]] == ["kind", "version"]


KEYS = st.sampled_from(
    sorted(
        {
            *vocabulary.TOP,
            *vocabulary.PROPERTY,
            *vocabulary.QUALITY,
            *vocabulary.OPERATORS,
            "property",
            "value",
        }
    )
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["a", "string", "rowCount", "privacyUnit"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@example(top={}, schema=[{"name": "t", "customProperties": True, "properties": True}])
@given(st.dictionaries(KEYS, ANYTHING, max_size=6), ANYTHING)
def test_whatever_is_written_is_judged_and_what_passes_is_understood(top: dict[str, Any], schema: Any) -> None:
    document = {**top, **HEAD, "schema": schema}
    text = yaml.safe_dump(document)
    if not any(problem.is_error for problem in contract.problems(text)):
        assert len(contract.read(text).tables) == len(schema)
