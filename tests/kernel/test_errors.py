"""An error says what to do next; its kind sets the exit status; wrong names bring the nearest right ones."""

from __future__ import annotations

import pytest

from golconda.kernel import plugin
from golconda.kernel.errors import AccessRefused, Defect, InvalidInput, NotFound, TryAgain, nearest


def test_kinds_differ_in_exit_status_and_none_is_success() -> None:
    statuses = {kind.exit_status for kind in (InvalidInput, NotFound, AccessRefused, TryAgain, Defect)}
    assert len(statuses) == 5
    assert 0 not in statuses


def test_the_document_carries_code_hint_and_details() -> None:
    document = NotFound("product-unknown", "No.", hint="Search.", product="care").document()
    assert (document["code"], document["hint"], document["product"]) == ("product-unknown", "Search.", "care")
    assert document["status"] == 404


def test_many_names_are_cut_short() -> None:
    assert nearest("zzz", [f"n{number:02d}" for number in range(12)]).endswith("and 4 more")


def test_a_plug_in_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="no connector called") as refused:
        plugin.load("connector", "cvs")
    assert refused.value.code == "connector-unknown"
