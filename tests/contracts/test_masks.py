"""Every installed mask passes the shared suite."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golconda.kernel import plugin
from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Kind, LogicalType
from golconda.testing import masks

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.kernel.ports import Mask


@pytest.fixture(params=plugin.names("mask"))
def mask(request: pytest.FixtureRequest) -> Mask:
    loaded: Mask = plugin.load("mask", request.param)
    return loaded


def test_keeps_its_examples(mask: Mask) -> None:
    masks.check_examples(mask)


def test_leaves_a_missing_value_missing(mask: Mask) -> None:
    masks.check_missing(mask)


def test_gives_the_type_it_promises(mask: Mask) -> None:
    masks.check_output_type(mask)


def test_fails_on_no_value_if_it_says_so(mask: Mask, tmp_path: Path) -> None:
    assert mask.total
    masks.check_total(mask, tmp_path)


def test_refuses_a_parameter_it_does_not_have(mask: Mask) -> None:
    with pytest.raises(InvalidInput) as caught:
        mask.accept({"colour": "red"}, LogicalType(Kind.VARCHAR))
    assert caught.value.code == "mask-invalid"


def test_is_named_as_its_file(mask: Mask) -> None:
    assert plugin.load("mask", mask.name) is mask


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
def test_a_pseudonym_equals_pythons_hmac(value: str) -> None:
    import unicodedata

    text = unicodedata.normalize("NFC", value)
    expected = hmac.new(masks.KEY, text.encode(), sha256).hexdigest()[:32]
    assert masks.masked(plugin.load("mask", "pseudonym"), {}, LogicalType(Kind.VARCHAR), value) == expected


@pytest.mark.parametrize("type_name", ["BOOLEAN", "DOUBLE", "TIMESTAMP", "BLOB", "DECIMAL(10,2)"])
def test_no_pseudonym_of_a_type_without_one_canonical_text(type_name: str) -> None:
    with pytest.raises(InvalidInput, match="does not fit"):
        plugin.load("mask", "pseudonym").accept({}, LogicalType.parse(type_name))


@pytest.mark.parametrize(
    ("name", "parameters", "type_name"),
    [
        ("partial", {}, "DOUBLE"),
        ("partial", {"keep_first": -1}, "VARCHAR"),
        ("generalise", {"step": 0}, "BIGINT"),
        ("generalise", {"step": 0.5}, "BIGINT"),
        ("generalise", {"to": "week"}, "DATE"),
        ("generalise", {"prefix": 2}, "BIGINT"),
        ("generalise", {}, "DATE"),
        ("round", {"to": 99}, "DOUBLE"),
        ("round", {}, "VARCHAR"),
        ("clip", {}, "BIGINT"),
        ("clip", {"low": 5, "high": 1}, "BIGINT"),
        ("clip", {"low": "soon"}, "DATE"),
        ("redact", {"to": 5}, "VARCHAR"),
        ("pseudonym", {"scope": "world"}, "VARCHAR"),
    ],
)
def test_refuses_parameters_that_do_not_fit(name: str, parameters: dict[str, object], type_name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plugin.load("mask", name).accept(parameters, LogicalType.parse(type_name))
    assert caught.value.code == "mask-invalid"
