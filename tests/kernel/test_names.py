"""Names are slugs, identities are read whole or refused, and columns keep the names they came with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golconda.kernel.errors import InvalidInput
from golconda.kernel.names import (
    PrincipalName,
    ProductName,
    column_name,
    repeated,
    slug,
    slugify,
    split_version,
)


@given(st.text())
def test_whatever_is_slugified_is_a_slug(text: str) -> None:
    assert slug(slugify(text), what="a table") == slugify(text)


@pytest.mark.parametrize("text", ["", "Care", "9lives", "a-b", "a b", "就诊", "a" * 64, "a\n", "a/b"])
def test_what_is_no_slug_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no name for a product"):
        slug(text, what="a product")


def test_a_product_without_organisation_is_of_the_home_organisation() -> None:
    assert ProductName.parse("care", home="city") == ProductName("city", "care")
    assert str(ProductName.parse("acme/care", home="city")) == "acme/care"


def test_a_product_without_organisation_and_home_is_refused() -> None:
    with pytest.raises(InvalidInput, match="whose product"):
        ProductName.parse("care")


@pytest.mark.parametrize("text", ["li", "acme/", "/li", "Acme/li", "acme/Li", "acme/li/x"])
def test_who_is_not_named_whole_is_nobody(text: str) -> None:
    with pytest.raises(InvalidInput):
        PrincipalName.parse(text)


def test_a_version_is_a_whole_number_from_one() -> None:
    assert split_version("care@3") == ("care", 3)
    assert split_version("care") == ("care", None)


@pytest.mark.parametrize("text", ["care@", "care@0", "care@-1", "care@1.0", "care@x", "care@²"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no version"):
        split_version(text)


def test_columns_that_differ_by_case_alone_are_repeated() -> None:
    assert repeated(["Age", "age", "区域", "AGE"]) == ("age", "AGE")


def test_a_column_is_kept_composed_and_trimmed() -> None:
    assert column_name(" cafe\u0301 ") == "caf\u00e9"
