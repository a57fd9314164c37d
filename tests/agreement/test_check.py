"""Terms against the tables of a product, and what they come to for each table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.agreement import terms_file
from golconda.agreement.check import Report, check
from golconda.agreement.obligate import obligations
from golconda.agreement.purposes import standard
from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Column, LogicalType

if TYPE_CHECKING:
    from golconda.agreement.obligations import TableObligations

PURPOSES = standard()


def table(**types: str) -> tuple[Column, ...]:
    return tuple(Column(name, LogicalType.parse(type_)) for name, type_ in types.items())


TABLES = {
    "visits": table(
        Person="BIGINT", region="VARCHAR", phone="VARCHAR", cost="DOUBLE", visit_date="DATE", consent="BOOLEAN"
    ),
    "regions": table(region="VARCHAR", name="VARCHAR"),
    "notes": table(person="VARCHAR", text="VARCHAR"),
}


def checked(terms: str, **units: str) -> Report:
    return check(terms_file.read(terms), TABLES, PURPOSES, units=units)


def demanded(terms: str, name: str = "visits", unit: str | None = None) -> TableObligations | None:
    return obligations(terms_file.read(terms), name, TABLES[name], unit=unit, agreement_id="agr-1", assignee="acme")


def test_terms_without_clauses_share_every_table_whole() -> None:
    report = checked("")

    assert [one.name for one in report.shared] == ["visits", "regions", "notes"]
    assert report.withheld == ()


def test_a_table_that_lacks_a_column_of_the_filter_is_withheld() -> None:
    report = checked("where: consent")

    assert [one.name for one in report.shared] == ["visits"]
    assert dict(report.withheld).keys() == {"regions", "notes"}
    assert "consent" in dict(report.withheld)["notes"]
    assert demanded("where: consent", "notes") is None


def test_a_table_with_none_of_the_named_columns_is_withheld() -> None:
    assert [one.name for one in checked("columns: [region, cost]").shared] == ["visits", "regions"]


def test_only_named_tables_are_shared() -> None:
    assert [one.name for one in checked("tables: {regions: {}}").shared] == ["regions"]
    assert demanded("tables: {regions: {}}") is None


def test_columns_keep_the_order_and_spelling_of_the_table() -> None:
    found = demanded("columns: [cost, PERSON]")

    assert found is not None
    assert found.columns == ("Person", "cost")


def test_clauses_of_a_table_are_joined_to_those_of_all() -> None:
    found = demanded(
        "{columns: [region, cost], where: consent, tables: {visits: {where: 'cost > 1', columns: [cost]}}}"
    )

    assert found is not None
    assert found.columns == ("cost",)
    assert found.where == ('"consent"', '"cost" > 1')


def test_masks_reach_visible_columns_in_the_tables_order() -> None:
    found = demanded("{columns: [phone, cost], masks: {cost: round, phone: partial, region: hide}}")

    assert found is not None
    assert [name for name, _ in found.masks] == ["phone", "cost"]


@pytest.mark.parametrize(
    ("terms", "unit", "size", "counted"),
    [
        ("aggregate: {min_group: 10}", None, 10, None),
        ("aggregate: {min_group: 10}", "Person", 10, "Person"),
        ("aggregate: {min_group: 10, unit: person}", "region", 10, "Person"),
        (
            "{aggregate: {min_group: 10}, tables: {visits: {aggregate: {min_group: 20, unit: person}}}}",
            None,
            20,
            "Person",
        ),
        (
            "{aggregate: {min_group: 30}, tables: {visits: {aggregate: {min_group: 20, unit: person}}}}",
            None,
            30,
            "Person",
        ),
        ("{}", "Person", None, None),
    ],
)
def test_the_unit_is_the_terms_then_the_contracts_then_the_row(
    terms: str, unit: str | None, size: int | None, counted: str | None
) -> None:
    found = demanded(terms, unit=unit)

    assert found is not None
    assert (found.min_group, found.unit) == (size, counted)


def test_two_different_units_withhold_the_table() -> None:
    terms = "{aggregate: {min_group: 10}, tables: {visits: {aggregate: {min_group: 20, unit: phone}}}}"

    assert demanded(terms, unit="Person") is None


def test_a_table_without_the_named_unit_is_withheld() -> None:
    assert [one.name for one in checked("aggregate: {min_group: 5, unit: person}").shared] == ["visits", "notes"]


@pytest.mark.parametrize(
    ("masks", "scope"),
    [
        ("{phone: pseudonym}", "agreement:agr-1"),
        ("{phone: {pseudonym: {scope: organisation}}}", "organisation:acme"),
        ("{phone: {pseudonym: {scope: organisation}}, region: pseudonym}", "agreement:agr-1"),
        ("{phone: hide}", "agreement:agr-1"),
    ],
)
def test_pseudonyms_are_keyed_by_their_scope(masks: str, scope: str) -> None:
    found = demanded(f"masks: {masks}")

    assert found is not None
    assert found.key_scope == scope


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ("columns: [regoin]", "terms-unknown-column"),
        ("masks: {fone: hide}", "terms-unknown-column"),
        ("where: nobody = 1", "terms-unknown-column"),
        ("aggregate: {min_group: 5, unit: nobody}", "terms-unknown-column"),
        ("tables: {visits: {columns: [text]}}", "terms-unknown-column"),
        ("tables: {visits: {masks: {text: hide}}}", "terms-unknown-column"),
        ("tables: {visits: {where: 'text IS NULL'}}", "terms-unknown-column"),
        ("tables: {visit: {}}", "terms-unknown-table"),
        ("purposes: [mischief]", "purpose-unknown"),
        ("purposes: []", "terms-allow-nothing"),
        ("{from: 2027-02-01, until: 2027-01-01}", "terms-allow-nothing"),
        ("where: consent AND name = 'x'", "terms-allow-nothing"),
        ("columns: []", "terms-allow-nothing"),
        ("tables: {}", "terms-allow-nothing"),
        ("where: cost", "where-refused"),
        ("where: person = 1", "where-refused"),
        ("masks: {cost: partial}", "mask-invalid"),
        ("masks: {visit_date: {generalise: {step: 3}}}", "mask-invalid"),
        ("masks: {phone: {partial: {keep: 3}}}", "mask-invalid"),
        ("masks: {phone: {pseudonym: {scope: organisation}}, region: pseudonym}", "terms-scope-mixed"),
    ],
)
def test_terms_that_mean_nothing_here_are_refused(terms: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(terms)

    assert refused.value.code == code


def test_a_clause_for_one_table_is_never_half_applied() -> None:
    with pytest.raises(InvalidInput) as refused:
        demanded("tables: {visits: {columns: [region, text]}}")

    assert refused.value.code == "terms-unknown-column"
