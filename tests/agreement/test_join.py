"""The join of terms: a semilattice that is never looser (invariant 5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from golconda.agreement import terms_file
from golconda.agreement.join import join, join_clauses
from golconda.agreement.obligate import obligations
from golconda.agreement.period import ends
from golconda.agreement.purposes import standard
from golconda.agreement.terms import Terms
from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Column, LogicalType

from . import strategies

if TYPE_CHECKING:
    from golconda.agreement.obligations import TableObligations

PURPOSES = standard()
TABLE = tuple(
    Column(name, LogicalType.parse(type_))
    for name, type_ in (("age", "BIGINT"), ("region", "VARCHAR"), ("phone", "VARCHAR"), ("cost", "DOUBLE"))
)


def both(first: Terms, second: Terms) -> Terms:
    return join(first, second, purposes=PURPOSES)


def normal(one: Terms) -> Terms:
    """Return terms as joining leaves them: purposes inside broader ones are dropped."""
    return both(one, one)


@given(strategies.terms, strategies.terms)
def test_joining_is_commutative(first: Terms, second: Terms) -> None:
    assert both(first, second) == both(second, first)


@given(strategies.terms, strategies.terms, strategies.terms)
def test_joining_is_associative(first: Terms, second: Terms, third: Terms) -> None:
    assert both(both(first, second), third) == both(first, both(second, third))


@given(strategies.terms)
def test_joining_is_idempotent(one: Terms) -> None:
    assert normal(normal(one)) == normal(one)
    assert both(normal(one), one) == normal(one)


@given(strategies.terms)
def test_open_terms_change_nothing(one: Terms) -> None:
    assert both(one, Terms()) == both(Terms(), one)
    assert both(normal(one), Terms()) == normal(one)


@given(strategies.clauses, strategies.clauses, strategies.clauses)
def test_joining_clauses_on_a_table_is_associative(first, second, third) -> None:  # type: ignore[no-untyped-def] # drawn
    assert join_clauses(join_clauses(first, second), third) == join_clauses(first, join_clauses(second, third))


@given(strategies.terms, strategies.terms)
@settings(max_examples=150)
def test_invariant_5_joining_is_never_looser_on_a_table(first: Terms, second: Terms) -> None:
    alone = demanded(first), demanded(second)
    joined = demanded(both(first, second))
    assume(joined is not None)
    assert joined is not None
    for side in alone:
        assert side is not None
        assert set(joined.columns) <= set(side.columns)
        assert set(joined.where) >= set(side.where)
        assert (joined.min_group or 0) >= (side.min_group or 0)
        assert side.unit is None or side.min_group is None or joined.unit == side.unit
        masked = dict(joined.masks)
        assert all(set(masked[name]) >= set(masks) for name, masks in side.masks if name in joined.columns)


@given(strategies.terms, strategies.terms)
def test_invariant_5_joining_is_never_looser_elsewhere(first: Terms, second: Terms) -> None:
    joined = both(first, second)
    for side in (first, second):
        covered = [code for code in PURPOSES.codes if PURPOSES.covers(joined.purposes, code)]
        assert all(PURPOSES.covers(side.purposes, code) for code in covered)
        least = {(limit.what, limit.per): limit.most for limit in joined.limits}
        assert all(least[limit.what, limit.per] <= limit.most for limit in side.limits)
        assert set(joined.prohibit) >= set(side.prohibit)
        assert set(joined.duties.attribute) >= set(side.duties.attribute)
        assert set(joined.prices) >= set(side.prices)


@given(strategies.terms, strategies.terms, st.datetimes())
def test_invariant_5_joined_terms_end_no_later(first: Terms, second: Terms, agreed: datetime) -> None:
    assume(agreed.year < 9000)
    joined = ends(both(first, second).period, start=agreed)
    for side in (first, second):
        alone = ends(side.period, start=agreed)
        assert alone is None or (joined is not None and joined <= alone)


@given(strategies.terms)
def test_writing_terms_loses_nothing(one: Terms) -> None:
    assert terms_file.from_document(terms_file.write(one)) == one
    assert terms_file.read(terms_file.text(one)) == one


@given(strategies.terms, strategies.terms)
def test_different_terms_are_written_differently(first: Terms, second: Terms) -> None:
    assert (terms_file.write(first) == terms_file.write(second)) == (first == second)


def test_disjoint_purposes_allow_none() -> None:
    joined = both(Terms(purposes=("linkage",)), Terms(purposes=("transport",)))

    assert joined.purposes == ()
    assert not any(PURPOSES.covers(joined.purposes, code) for code in PURPOSES.codes)


def test_disjoint_tables_share_none() -> None:
    first, second = terms_file.read("tables: {visits: {}}"), terms_file.read("tables: {people: {}}")

    assert both(first, second).tables == ()
    assert demanded(both(first, second)) is None


def test_two_different_masks_stay_side_by_side() -> None:
    joined = both(terms_file.read("masks: {phone: partial}"), terms_file.read("masks: {phone: redact}"))

    assert [mask.mask for mask in dict(joined.shared.masks)["phone"]] == ["partial", "redact"]


def test_a_month_and_thirty_days_end_with_whichever_is_over_first() -> None:
    joined = both(terms_file.read("period: P1M"), terms_file.read("period: P30D"))

    assert ends(joined.period, start=datetime(2027, 1, 1, tzinfo=UTC)) == datetime(2027, 1, 31, tzinfo=UTC)
    assert ends(joined.period, start=datetime(2027, 2, 1, tzinfo=UTC)) == datetime(2027, 3, 1, tzinfo=UTC)


def demanded(terms: Terms) -> TableObligations | None:
    try:
        return obligations(terms, "visits", TABLE, unit=None, agreement_id="agr-1", assignee="acme")
    except InvalidInput:  # such terms are refused when written: a clause on this very table names a column it lacks
        reject()
