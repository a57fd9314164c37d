"""The list of purposes: hierarchical, titled in two languages, replaceable by a node's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golconda.agreement.purposes import read, standard
from golconda.kernel.errors import InvalidInput

LISTED = standard()
CODES = st.sets(st.sampled_from(LISTED.codes), max_size=4)


def test_a_purpose_includes_its_narrower_ones_and_not_the_other_way_round() -> None:
    assert LISTED.covers(("public-health",), "epidemic-statistics")
    assert not LISTED.covers(("epidemic-statistics",), "public-health")


def test_any_purpose_still_has_to_be_on_the_list() -> None:
    assert LISTED.covers(None, "linkage")
    with pytest.raises(InvalidInput) as unknown:
        LISTED.covers(None, "mischief")
    assert unknown.value.code == "purpose-unknown"


def test_no_purpose_covers_nothing() -> None:
    assert not LISTED.covers((), "linkage")


@given(CODES, CODES)
def test_what_is_common_covers_exactly_what_both_cover(first: set[str], second: set[str]) -> None:
    common = LISTED.common(first, second)

    for code in LISTED.codes:
        assert LISTED.covers(common, code) == (LISTED.covers(first, code) and LISTED.covers(second, code))


def test_every_purpose_has_a_title_in_both_languages() -> None:
    assert all({"en", "zh"} <= purpose.titles.keys() for purpose in LISTED.purposes)


def test_a_node_may_have_its_own_list() -> None:
    own = read("[{code: a, title: A, narrower: [{code: b, narrower: [{code: c}]}]}]")

    assert own.broader("c") == ("c", "b", "a")
    assert own.narrower("b") == ("b", "c")
    assert own.documents()[0] == {"code": "a", "title": {"en": "A"}, "parent": None}


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[a]",
        "[{title: A}]",
        "[{code: A b}]",
        "[{code: a}, {code: a}]",
        "[{code: a, wide: 1}]",
        "[{code: a, title: 5}]",
    ],
)
def test_a_list_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text)

    assert refused.value.code == "purposes-invalid"
