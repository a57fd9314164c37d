"""The cleaned tables have the rows and columns that were counted in the sources."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from golconda import contract
from golconda.demonstration import fetch
from golconda.demonstration.catalogue import PRODUCTS
from golconda.demonstration.promise import contract_text
from golconda.kernel.logical_types import from_arrow

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.demonstration.shape import Product, Table

pytestmark = pytest.mark.network

COUNTED = {
    "flights": (336776, 19), "airports": (1458, 8), "planes": (3322, 9), "airlines": (16, 2),
    "meteorology/airport_weather": (26115, 15), "meteorology/beijing_air": (43824, 14),
    "registry_a": (5000, 11), "registry_b": (5000, 11), "patients": (2139, 27), "person_years": (20190, 45),
    "births": (365, 2), "fertility": (10284, 4), "city_smoking": (8, 7),
    "macro": (203, 14), "divisions": (59824, 3), "regions": (3178, 6), "calendar": (8401, 6),
    "processes": (10000, 10), "households": (1410, 13),
}  # fmt: skip


@pytest.fixture(scope="module")
def members() -> dict[str, Path]:
    return fetch.members(fetch.cache_folder(os.environ))


@pytest.mark.parametrize(("product", "table"), [(p, t) for p in PRODUCTS for t in p.tables], ids=lambda x: x.name)
def test_a_table_is_whole_and_of_logical_types(members: dict[str, Path], product: Product, table: Table) -> None:
    found = table.clean(members)
    counted = COUNTED.get(table.name) or COUNTED[product.name]
    assert (found.num_rows, found.num_columns) == counted
    assert set(table.columns) <= set(found.column_names)
    assert all(from_arrow(field.type, column=field.name) for field in found.schema)


def test_a_contract_holds_titles_meanings_and_keys(members: dict[str, Path]) -> None:
    reference = next(product for product in PRODUCTS if product.name == "statistics/reference")
    text = contract_text(reference, {table.name: table.clean(members) for table in reference.tables})
    calendar = contract.read(text).table("calendar")
    assert calendar is not None
    assert calendar.title["zh"] == "工作日历"
    assert calendar.primary_key == ("date",)
    assert "工作日" in calendar.columns[2].description
