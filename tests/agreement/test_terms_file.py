"""The terms file: nothing in it is ignored, and it is written back without loss."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from golconda.agreement import terms_file
from golconda.agreement.period import Duration
from golconda.agreement.terms import Aggregate, Limit, MaskClause, Price, Terms, Window
from golconda.kernel.errors import InvalidInput

WHOLE = """
purposes: [epidemic-statistics]       # codes of the node's purpose list; a purpose includes its narrower ones
columns: [region, age, sex, phone, id_number, cost, visit_date]    # left out = all
where: "region <> 'R9' AND consent"
masks: {phone: partial, id_number: pseudonym, visit_date: {generalise: month}}
aggregate: {min_group: 10}
limits: {queries: 200, rows: 100000, per: day}
period: P30D
duties: {attribute: "City Hospital Group", delete_after: P90D}
prohibit: [distribute]
price: {plan: free}
"""


def test_the_file_a_steward_writes_is_read_whole() -> None:
    terms = terms_file.read(WHOLE)

    assert terms.purposes == ("epidemic-statistics",)
    assert terms.shared.where == ('"region" <> \'R9\' AND "consent"',)
    assert dict(terms.shared.masks)["visit_date"] == (MaskClause("generalise", (("to", "month"),)),)
    assert terms.shared.aggregate == (Aggregate(10),)
    assert terms.limits == (Limit("queries", 200, Window.DAY), Limit("rows", 100000, Window.DAY))
    assert terms.period == (Duration(0, 30 * 86400),)
    assert (terms.duties.attribute, terms.prohibit) == (("City Hospital Group",), ("distribute",))


def test_what_is_written_is_read_back_the_same() -> None:
    terms = terms_file.read(WHOLE)

    assert terms_file.read(terms_file.text(terms)) == terms
    assert terms_file.from_document(terms_file.write(terms)) == terms


def test_an_empty_file_restricts_nothing() -> None:
    assert terms_file.read("") == terms_file.read("{}") == terms_file.read("price: {plan: free}") == Terms()


@pytest.mark.parametrize(
    ("written", "parameters"),
    [
        ("{a: {generalise: month}}", (("to", "month"),)),
        ("{a: {generalise: {step: 10}}}", (("step", 10),)),
        ("{a: {generalise: {prefix: 3}}}", (("prefix", 3),)),
        ("{a: {clip: {low: 0, high: 100.5}}}", (("high", 100.5), ("low", 0))),
        ("{a: {clip: {low: 1940-01-01}}}", (("low", "1940-01-01"),)),
        ("{a: {pseudonym: {scope: organisation}}}", (("scope", "organisation"),)),
        ("{a: {partial: {keep_first: 3, keep_last: 2}}}", (("keep_first", 3), ("keep_last", 2))),
        ("{a: {round: -2}}", (("to", -2),)),
        ("{a: hide}", ()),
    ],
)
def test_masks_have_their_parameters_by_name(written: str, parameters: tuple[tuple[str, object], ...]) -> None:
    [(_, [mask])] = terms_file.read(f"masks: {written}").shared.masks

    assert mask.parameters == parameters


def test_words_that_yaml_takes_for_something_else_are_column_names() -> None:
    terms = terms_file.read("columns: [no, on, y]\nmasks: {no: hide, off: hide}")

    assert terms.shared.columns == ("no", "on", "y")
    assert [name for name, _ in terms.shared.masks] == ["no", "off"]


def test_limits_may_be_a_list_and_the_tightest_of_each_kind_holds() -> None:
    terms = terms_file.read("limits: [{queries: 9, per: day}, {queries: 5, per: day}, {bytes: 7, per: total}]")

    assert terms.limits == (Limit("bytes", 7, Window.TOTAL), Limit("queries", 5, Window.DAY))


def test_clauses_of_one_table_stand_beside_those_of_all() -> None:
    terms = terms_file.read("{columns: [a, b], tables: {visits: {where: 'a > 3'}, people: {}, rooms: }}")

    assert terms.shared.columns == ("a", "b")
    assert sorted(terms.table_clauses) == ["people", "rooms", "visits"]
    assert terms.table_clauses["visits"].where == ('"a" > 3',)


@pytest.mark.parametrize(
    ("written", "starts", "ends"),
    [
        ("{from: 2027-01-01, until: 2027-01-31}", datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
        ("{from: '2027-01-01T08:00:00+08:00'}", datetime(2027, 1, 1, tzinfo=UTC), None),
        ("{until: 2027-01-31T00:00:00Z}", None, datetime(2027, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_date_alone_includes_its_day(written: str, starts: datetime | None, ends: datetime | None) -> None:
    terms = terms_file.read(written)

    assert (terms.starts, terms.ends) == (starts, ends)


def test_prices_are_exact() -> None:
    terms = terms_file.read("price: {plan: metered, currency: CNY, query: '0.10'}")

    assert terms.prices == (Price("metered", (("currency", "CNY"), ("query", "0.10"))),)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{colums: [a]}", "terms-unknown-clause"),
        ("{aggregate: {min_group: 5, noise: 1}}", "terms-unknown-clause"),
        ("{limits: {querys: 5, per: day}}", "terms-unknown-clause"),
        ("{tables: {visits: {purposes: [linkage]}}}", "terms-unknown-clause"),
        ("{duties: {delete: P1D}}", "terms-unknown-clause"),
        ("{price: {plan: free, amount: '1'}}", "terms-unknown-clause"),
        ("{masks: {a: hidden}}", "mask-unknown"),
        ("{masks: {a: {generalise: month, hide: 1}}}", "terms-value"),
        ("{masks: {a: {generalise: [1]}}}", "terms-value"),
        ("{masks: {a: []}}", "terms-value"),
        ("{masks: {a: hide, A: hide}}", "terms-value"),
        ("{columns: region}", "terms-value"),
        ("{columns: [a, A]}", "terms-value"),
        ("{columns: [2013]}", "terms-value"),
        ("{aggregate: {min_group: 1}}", "terms-value"),
        ("{aggregate: {unit: a}}", "terms-value"),
        ("{aggregate: {min_group: true}}", "terms-value"),
        ("{limits: {queries: 5}}", "terms-value"),
        ("{limits: {per: day}}", "terms-value"),
        ("{limits: {queries: -1, per: day}}", "terms-value"),
        ("{limits: {queries: 5, per: week}}", "terms-value"),
        ("{limits: {queries: 1.5, per: day}}", "terms-value"),
        ("{period: 30}", "terms-value"),
        ("{period: 30 days}", "terms-duration"),
        ("{period: P0D}", "terms-duration"),
        ("{period: P}", "terms-duration"),
        ("{period: PT}", "terms-duration"),
        ("{period: P9999Y}", "terms-duration"),
        ("{until: 2027-02-30}", "terms-value"),
        ("{until: tomorrow}", "terms-value"),
        ("{purposes: epidemic-statistics}", "terms-value"),
        ("{purposes: [Epidemic Statistics]}", "terms-value"),
        ("{prohibit: [sell]}", "terms-value"),
        ("{price: free}", "terms-value"),
        ("{price: {plan: metered, currency: CNY}}", "terms-value"),
        ("{price: {plan: subscription, amount: '-1', currency: CNY, per: month}}", "terms-value"),
        ("{where: 5}", "terms-value"),
        ("{where: 'age > (SELECT 1)'}", "where-refused"),
        ("{tables: [visits]}", "terms-value"),
        ("{tables: {Visits: {}}}", "name-invalid"),
        ("[1, 2]", "terms-value"),
        ("{period: P1D, period: P2D}", "yaml-invalid"),
        ("{masks: {a: hide, a: redact}}", "yaml-invalid"),
        ("{columns: &a [x], masks: *a}", "yaml-invalid"),
        ("{columns: [a}", "yaml-invalid"),
        ("a: b: c", "yaml-invalid"),
        ("{}\n---\n{}", "yaml-invalid"),
        ("!!python/object:os.system {}", "yaml-invalid"),
        ("[" * 5000, "yaml-invalid"),
        ("x" * 300_000, "yaml-invalid"),
    ],
)
def test_what_terms_cannot_say_is_refused(written: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        terms_file.read(written)

    assert refused.value.code == code


def test_an_unknown_clause_is_answered_with_the_nearest() -> None:
    with pytest.raises(InvalidInput) as refused:
        terms_file.read("{colums: [a]}")

    assert "columns" in refused.value.hint
