"""What is derived is never looser than its sources, along whole chains (invariant 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from golconda.agreement.heritage import Heritage, Source, inherit
from golconda.agreement.purposes import standard
from golconda.agreement.terms import Aggregate, TableClauses, Terms

from . import strategies

if TYPE_CHECKING:
    from collections.abc import Iterable

PURPOSES = standard()


def demand_as_strict(bound: Terms, source: Terms, purpose: str | None) -> None:
    """Hold what is derived against one of its sources, clause by clause."""
    if purpose is not None:
        assert bound.purposes is not None
        assert all(PURPOSES.covers((purpose,), each) for each in bound.purposes)
    limits = {(limit.what, limit.per): limit.most for limit in bound.limits}
    assert all(limits[limit.what, limit.per] <= limit.most for limit in source.limits)
    assert source.starts is None or (bound.starts is not None and bound.starts >= source.starts)
    assert source.ends is None or (bound.ends is not None and bound.ends <= source.ends)
    assert set(source.prohibit) <= set(bound.prohibit)
    assert set(source.prices) <= set(bound.prices)
    for duty in ("attribute", "inform", "compensate"):
        assert set(getattr(source.duties, duty)) <= set(getattr(bound.duties, duty))
    if source.duties.delete_after:
        assert bound.duties.delete_after


def groups(terms: Terms) -> list[int]:
    return [group.min_group for each in (terms.shared, *terms.table_clauses.values()) for group in each.aggregate]


def chain(links: Iterable[Terms], purpose: str) -> Heritage:
    """Derive one product from the other, each bound by its own terms and by what the one before inherited."""
    heritage: Heritage | None = None
    for place, terms in enumerate(links):
        bound = heritage.bind(terms, PURPOSES) if heritage else terms
        source = Source(bound, purpose, starts=bound.starts, ends=bound.ends, heritage=heritage)
        leans = (*(heritage.agreements if heritage else ()), f"agr-{place}")
        heritage = inherit([source], agreements=leans, purposes=PURPOSES)
    assert heritage is not None
    return heritage


codes = st.sampled_from(PURPOSES.codes)


@given(st.lists(strategies.terms, min_size=1, max_size=4), codes, strategies.terms)
def test_invariant_19_a_chain_is_never_looser_than_any_of_its_links(
    links: list[Terms], purpose: str, offered: Terms
) -> None:
    heritage = chain(links, purpose)
    for bound in (heritage.bind(None, PURPOSES), heritage.bind(offered, PURPOSES)):
        for link in links:
            demand_as_strict(bound, link, purpose)
    assert len(heritage.agreements) == len(links)


@given(st.lists(st.tuples(strategies.terms, codes), min_size=1, max_size=4), strategies.terms)
def test_invariant_19_what_is_made_of_many_is_never_looser_than_one(
    sources: list[tuple[Terms, str]], offered: Terms
) -> None:
    read = [Source(terms, purpose, starts=terms.starts, ends=terms.ends) for terms, purpose in sources]
    bound = inherit(read, agreements=(), purposes=PURPOSES).bind(offered, PURPOSES)
    for terms, purpose in sources:
        demand_as_strict(bound, terms, purpose)
    demand_as_strict(bound, offered, None)


@given(st.lists(strategies.terms, min_size=1, max_size=4), st.integers(2, 20))
def test_invariant_19_groups_along_a_chain_are_no_smaller(links: list[Terms], size: int) -> None:
    heritage = chain(links, PURPOSES.codes[0])
    offered = Terms(shared=TableClauses(aggregate=(Aggregate(size),)))
    least = max((size for link in links for size in groups(link)), default=0)
    assert all(found >= max(size, least) for found in groups(heritage.bind(offered, PURPOSES)))


@given(st.lists(strategies.terms, min_size=1, max_size=3), codes)
def test_a_heritage_is_read_as_it_was_written(links: list[Terms], purpose: str) -> None:
    heritage = chain(links, purpose)
    assert Heritage.read(heritage.document(), heritage.agreements) == heritage


def test_readers_may_read_what_was_read_under_agreements_alone() -> None:
    agreed, own = Source(Terms(), "a"), Source(None)
    assert inherit([agreed], agreements=(), purposes=PURPOSES).readable
    assert not inherit([agreed, own], agreements=(), purposes=PURPOSES).readable
    assert not inherit([], agreements=(), purposes=PURPOSES).readable
