"""A change breaks readers if something they relied on is gone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golconda import contract

HEAD = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "a", "version": "1.0.0", "status": "active"}
TYPES = ("BIGINT", "DOUBLE", "VARCHAR", "DATE", "DECIMAL(10,2)", "DECIMAL(12,2)", "DECIMAL(38,4)")


def _contract(*columns: dict[str, Any], name: str = "t") -> contract.Contract:
    return contract.Contract({**HEAD, "schema": [{"name": name, "properties": list(columns)}]})


A = {"name": "a", "physicalType": "BIGINT", "required": True, "unique": True}

COLUMNS = st.fixed_dictionaries(
    {
        "name": st.sampled_from("abcd"),
        "physicalType": st.sampled_from(TYPES),
        "required": st.booleans(),
        "unique": st.booleans(),
    }
)
CONTRACTS = st.lists(COLUMNS, max_size=4, unique_by=lambda column: column["name"]).map(lambda cs: _contract(*cs))


@pytest.mark.parametrize(
    "new",
    [
        _contract(),
        _contract(A, name="u"),
        _contract({**A, "physicalType": "VARCHAR"}),
        _contract({**A, "physicalType": "DOUBLE"}),
        _contract({**A, "required": False}),
        _contract({**A, "unique": False}),
    ],
)
def test_what_a_reader_relied_on_may_not_go(new: contract.Contract) -> None:
    assert contract.compare(_contract(A), new).is_breaking


@pytest.mark.parametrize(
    "new",
    [
        _contract(A, {"name": "b"}),
        _contract({**A, "physicalType": "DECIMAL(38,0)"}),
        _contract({**A, "primaryKey": True}),
        _contract({**A, "classification": "restricted"}),
    ],
)
def test_what_adds_or_promises_more_is_compatible(new: contract.Contract) -> None:
    comparison = contract.compare(_contract(A), new)
    assert not comparison.is_breaking


def test_each_change_names_its_place() -> None:
    changes = contract.compare(_contract(A), _contract({**A, "required": False})).breaking
    assert [str(change) for change in changes] == ["t.a: values may now be missing"]


@given(CONTRACTS)
def test_nothing_changed_is_nothing_said(one: contract.Contract) -> None:
    assert contract.compare(one, one) == contract.Comparison((), ())


@given(CONTRACTS, CONTRACTS, CONTRACTS)
def test_steps_that_break_nothing_break_nothing_together(
    one: contract.Contract, two: contract.Contract, three: contract.Contract
) -> None:
    steps = (contract.compare(one, two), contract.compare(two, three))
    if not any(step.is_breaking for step in steps):
        assert not contract.compare(one, three).is_breaking


@given(CONTRACTS, CONTRACTS)
def test_any_difference_is_said_both_ways(one: contract.Contract, two: contract.Contract) -> None:
    there, back = contract.compare(one, two), contract.compare(two, one)
    assert bool(there.breaking + there.compatible) == bool(back.breaking + back.compatible)
