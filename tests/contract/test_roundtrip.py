"""A contract read and written again is the same: nothing is lost, nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from golconda import contract
from golconda.kernel.errors import InvalidInput

MINIMAL = "apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\n"

WITH_EVERYTHING = (
    MINIMAL
    + """\
name: 诊疗
contractCreatedTs: 2026-11-24T08:00:00Z
reviewed: 2026-01-02
unknownKey: {deep: [1, 2.5, null, true, "2026-01-02", "no"]}
description: {purpose: "two\\nlines", usage: "trailing space "}
team: [{username: li, role: owner}]
price: {priceAmount: 9.95, priceCurrency: CNY}
schema:
- properties:
  - {name: 编号, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, futureKey: 3}
  - name: b
    logicalType: string
    logicalTypeOptions: {maxLength: 9}
    quality: [{type: text, description: kind}]
  name: visits
  quality:
  - {metric: rowCount, mustBeGreaterThan: 0, severity: warning}
  - {metric: duplicateValues, arguments: {properties: [编号]}, mustBe: 0}
  - {type: sql, query: "SELECT max(编号) FROM visits", mustBe: 1}
  customProperties: [{property: privacyUnit, value: 编号}]
- name: other
slaProperties: [{property: latency, value: 4, unit: d}]
customProperties:
- {property: title, value: {en: Care, zh: 诊疗}}
"""
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("text", [MINIMAL, WITH_EVERYTHING])
def test_every_key_and_value_survives_in_order(text: str) -> None:
    again = yaml.safe_load(contract.read(text).text())
    assert again == yaml.safe_load(text)
    assert list(again) == list(yaml.safe_load(text))


@given(st.dictionaries(st.text().map("x".__add__), VALUES, max_size=4))
def test_unknown_keys_of_any_shape_survive(unknown: dict[str, Any]) -> None:
    document = {**yaml.safe_load(MINIMAL), **unknown}
    text = contract.Contract(document).text()
    assert contract.read(text).document == document
    assert contract.read(text).text() == text


def test_the_hash_stands_on_the_content_not_the_layout() -> None:
    flow = "{apiVersion: v3.1.0, kind: DataContract, id: a, version: 1.0.0, status: active} # note"
    assert contract.read(flow).hash == contract.read(MINIMAL).hash


def test_titles_come_in_every_language() -> None:
    assert contract.read(WITH_EVERYTHING).titles == {"en": "Care", "zh": "诊疗"}


def test_a_key_of_the_table_is_required_and_counts_as_an_identifier() -> None:
    table = contract.read(WITH_EVERYTHING).tables[0]
    assert table.columns[0].required
    assert table.identifiers == {"编号"}
    assert table.unique_keys == (("编号",),)


def test_an_unknown_classification_is_sensitive() -> None:
    text = MINIMAL + "schema: [{name: t, properties: [{name: a, classification: whatever}, {name: b}]}]"
    assert [column.sensitive for column in contract.read(text).tables[0].columns] == [True, False]


def test_a_restricted_contract_names_no_hidden_column() -> None:
    seen = contract.restricted(contract.read(WITH_EVERYTHING), {"visits": ["b"]})
    assert "编号" not in seen.text()
    assert [column.name for column in seen.tables[0].columns] == ["b"]
    assert len(seen.tables) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (MINIMAL + "id: b", "stands twice"),
        (MINIMAL + "name: [", "cannot be read"),
        (MINIMAL + "name: \tx\n\tid: 1", "line"),
        (MINIMAL + "x: &a [*a, *a]", "unfolds"),
    ],
)
def test_what_is_not_plain_yaml_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        contract.read(text)
    assert caught.value.code == "yaml-invalid"


def test_an_alias_bomb_is_refused_without_unfolding() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(InvalidInput, match="unfolds"):
        contract.read(MINIMAL + "l0: &l0 [x]\n" + levels)
