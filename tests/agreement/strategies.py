"""Terms at random, for the algebra of joining."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from golconda.agreement import predicate
from golconda.agreement.period import Duration, shortest
from golconda.agreement.purposes import standard
from golconda.agreement.terms import Aggregate, Duties, Limit, MaskClause, Price, TableClauses, Terms, Window
from golconda.agreement.terms_file import sorted_masks, strictest, tightest

COLUMNS = ("age", "Age", "region", "地区", "phone", "cost")
CONDITIONS = tuple(
    predicate.canonical(text) for text in ("age > 3", "age <= 40", "region = 'R1'", "NOT region LIKE 'R%'")
)
MASKS = (
    MaskClause("hide"),
    MaskClause("partial"),
    MaskClause("generalise", (("to", "month"),)),
    MaskClause("generalise", (("step", 10),)),
    MaskClause("pseudonym", (("scope", "organisation"),)),
)


def _sorted_set(values: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(values, max_size=most).map(lambda found: tuple(sorted(found)))


def _distinct_columns(found: set[str]) -> tuple[str, ...]:
    return tuple(sorted({name.casefold(): name for name in sorted(found)}.values()))


columns = st.sets(st.sampled_from(COLUMNS)).map(_distinct_columns)
masks = st.builds(
    lambda names, chosen: tuple((name, sorted_masks(several)) for name, several in zip(names, chosen, strict=False)),
    columns,
    st.lists(st.lists(st.sampled_from(MASKS), min_size=1, max_size=2), min_size=3, max_size=3),
)
groups = st.lists(
    st.builds(Aggregate, st.integers(2, 20), st.none() | st.sampled_from(("phone", "region"))), max_size=3
).map(strictest)
clauses = st.builds(
    TableClauses,
    columns=st.none() | columns,
    where=_sorted_set(st.sampled_from(CONDITIONS)),
    masks=masks,
    aggregate=groups,
)
durations = st.lists(
    st.builds(Duration, st.integers(0, 3), st.integers(1, 90).map(lambda days: days * 86400)), max_size=3
).map(shortest)
limits = st.lists(
    st.builds(Limit, st.sampled_from(("queries", "rows", "bytes")), st.integers(0, 1000), st.sampled_from(Window)),
    max_size=4,
).map(tightest)
moments = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
prices = st.sets(
    st.sampled_from(
        (
            Price("subscription", (("amount", "10"), ("currency", "CNY"), ("per", "month"))),
            Price("metered", (("currency", "CNY"), ("query", "0.50"))),
        )
    )
).map(lambda found: tuple(sorted(found)))
names = _sorted_set(st.sampled_from(("the city", "the ministry")))
terms = st.builds(
    Terms,
    purposes=st.none() | _sorted_set(st.sampled_from(standard().codes), 4),
    shared=clauses,
    tables=st.none()
    | st.dictionaries(st.sampled_from(("visits", "people")), clauses, max_size=2).map(
        lambda found: tuple(sorted(found.items()))
    ),
    limits=limits,
    period=durations,
    starts=moments,
    ends=moments,
    duties=st.builds(Duties, attribute=names, delete_after=durations, inform=names, compensate=names),
    prohibit=_sorted_set(st.sampled_from(("combine", "derive", "distribute"))),
    prices=prices,
)
