"""The terms file: YAML as a steward writes it, read into `Terms` with nothing ignored, written canonically.

>>> read("{purposes: [statistics], masks: {phone: partial}}").shared.masks
(('phone', (MaskClause(mask='partial', parameters=()),)),)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from golconda.agreement import clause_values, predicate, strict_yaml
from golconda.agreement.period import Duration, shortest
from golconda.agreement.terms import Aggregate, Duties, Limit, MaskClause, Price, TableClauses, Terms, Window
from golconda.kernel import plugin
from golconda.kernel.canonical import canonical
from golconda.kernel.clock import stamp
from golconda.kernel.errors import InvalidInput, near, nearest
from golconda.kernel.names import column_name, slug

if TYPE_CHECKING:
    from collections.abc import Iterable

    Document = Mapping[str, Any]  # values are JSON

TABLE_CLAUSES = ("columns", "where", "masks", "aggregate")
CLAUSES = (
    "purposes",
    *TABLE_CLAUSES,
    "tables",
    "limits",
    "period",
    "from",
    "until",
    "duties",
    "prohibit",
    "price",
)
METERS = ("queries", "rows", "bytes")
DUTIES = ("attribute", "delete_after", "inform", "compensate")
PROHIBITIONS = ("combine", "derive", "distribute")
PLANS: Mapping[str, tuple[str, ...]] = {
    "free": (),
    "subscription": ("amount", "currency", "per"),
    "metered": ("currency", "query", "thousand_rows"),
}
PURPOSE_CODE = re.compile(r"[a-z][a-z0-9-]{0,62}")


def read(text: str) -> Terms:
    """Read a terms file, or raise InvalidInput: nothing in it is ever ignored."""
    document = strict_yaml.load(text, what="The terms file")
    return from_document({} if document is None else document)


def from_document(document: Any) -> Terms:  # checked here
    """Read terms from JSON values, as `write` gives them."""
    clauses = clause_values.mapping(document, "the terms", CLAUSES)
    return Terms(
        purposes=clause_values.each(clauses, "purposes", _purpose),
        shared=_table({name: clauses[name] for name in TABLE_CLAUSES if name in clauses}, ""),
        tables=_tables(clauses["tables"]) if "tables" in clauses else None,
        limits=_limits(clauses.get("limits", [])),
        period=_durations(clauses.get("period", []), "period"),
        starts=_moment(clauses["from"], "from") if "from" in clauses else None,
        ends=_moment(clauses["until"], "until") if "until" in clauses else None,
        duties=_duties(clauses.get("duties", {})),
        prohibit=clause_values.each(clauses, "prohibit", _prohibition) or (),
        prices=_prices(clauses.get("price", {"plan": "free"})),
    )


def write(terms: Terms) -> dict[str, Any]:  # JSON values
    """Return the one document that stands for these terms; `from_document` gives the terms back."""
    named = {name: _written_table(clauses) for name, clauses in terms.tables or ()}
    written: dict[str, Any] = {
        "purposes": None if terms.purposes is None else list(terms.purposes),
        **_written_table(terms.shared),
        "tables": None if terms.tables is None else named,
        "limits": [{limit.what: limit.most, "per": limit.per.value} for limit in terms.limits] or None,
        "period": _one_or_list([str(duration) for duration in terms.period]),
        "from": stamp(terms.starts) if terms.starts else None,
        "until": stamp(terms.ends) if terms.ends else None,
        "duties": _written_duties(terms.duties) or None,
        "prohibit": list(terms.prohibit) or None,
        "price": _one_or_list([{"plan": price.plan, **dict(price.figures)} for price in terms.prices]),
    }
    return {name: value for name, value in written.items() if value is not None}


def text(terms: Terms) -> str:
    """Return the terms as a YAML file that `read` reads back."""
    return strict_yaml.dump(write(terms))


# ── clauses on tables ───────────────────────────────────────────────────────────────────────────────────────


def _tables(value: Any) -> tuple[tuple[str, TableClauses], ...]:
    if isinstance(value, Mapping):
        named = ((slug(str(name), what="a table"), clauses or {}) for name, clauses in value.items())
        return tuple(sorted((name, _table(clauses, f"tables.{name}.")) for name, clauses in named))
    raise clause_values.wrong("tables", value, "tables with their clauses, as in {visits: {columns: [region]}}")


def _table(value: Any, place: str) -> TableClauses:
    clauses = clause_values.mapping(value, place.rstrip(".") or "the terms", TABLE_CLAUSES)
    return TableClauses(
        columns=_columns(clauses["columns"], f"{place}columns") if "columns" in clauses else None,
        where=_where(clauses.get("where", []), f"{place}where"),
        masks=_masks(clauses.get("masks", {}), f"{place}masks"),
        aggregate=_aggregates(clauses.get("aggregate", []), f"{place}aggregate"),
    )


def _columns(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise clause_values.wrong(place, value, "a list of column names")
    return tuple(sorted(clause_values.distinct([clause_values.column(name, place) for name in value], place)))


def _where(value: Any, place: str) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    if wrong := [one for one in texts if not isinstance(one, str)]:
        raise clause_values.wrong(place, wrong[0], "a condition in quotes")
    return tuple(sorted({predicate.canonical(one) for one in texts}))


def _masks(value: Any, place: str) -> tuple[tuple[str, tuple[MaskClause, ...]], ...]:
    if not isinstance(value, Mapping):
        raise clause_values.wrong(place, value, "columns with their masks, as in {phone: partial}")
    clause_values.distinct([column_name(name) for name in value], place)
    masked = ((clause_values.column(name, place), _several(mask, f"{place}.{name}")) for name, mask in value.items())
    return tuple(sorted(masked, key=lambda pair: pair[0]))


def _several(value: Any, place: str) -> tuple[MaskClause, ...]:
    written = value if isinstance(value, list) else [value]
    if not written:
        raise clause_values.wrong(place, value, "a mask")
    return sorted_masks(_mask(one, place) for one in written)


def sorted_masks(masks: Iterable[MaskClause]) -> tuple[MaskClause, ...]:
    """Return different masks once each, in the order of their canonical text."""
    return tuple(mask for _, mask in sorted({canonical(_written_mask(mask)): mask for mask in masks}.items()))


def _mask(value: Any, place: str) -> MaskClause:
    if isinstance(value, Mapping) and len(value) == 1:
        [(name, given)] = value.items()
        return MaskClause(_mask_name(name), _parameters(given, f"{place}.{name}"))
    return MaskClause(_mask_name(clause_values.text(value, place, "one mask, as in partial or {generalise: month}")))


def _mask_name(name: str) -> str:
    if name in plugin.names("mask"):
        return name
    raise InvalidInput(
        "mask-unknown",
        f"There is no mask called {name!r}.",
        hint=f"Use one that is installed: {nearest(name, plugin.names('mask'))}.",
        mask=name,
        near=near(name, plugin.names("mask")),
    )


def _parameters(given: Any, place: str) -> tuple[tuple[str, Any], ...]:
    """Return a mask's parameters; a bare value such as ``month`` is the parameter ``to``."""
    named = given if isinstance(given, Mapping) else {"to": given}
    for name, value in named.items():
        if not isinstance(value, str | int | float | bool) or clause_values.too_large(value):
            raise clause_values.wrong(f"{place}.{name}", value, "a text, a number, true or false")
    return tuple(sorted(named.items()))


def _aggregates(value: Any, place: str) -> tuple[Aggregate, ...]:
    return strictest(_aggregate(one, place) for one in (value if isinstance(value, list) else [value]))


def strictest(groups: Iterable[Aggregate]) -> tuple[Aggregate, ...]:
    """Return one smallest group per unit, the largest that is asked, sorted by unit."""
    most: dict[str | None, int] = {}
    for group in groups:
        most[group.unit] = max(group.min_group, most.get(group.unit, 0))
    return tuple(Aggregate(size, unit) for unit, size in sorted(most.items(), key=lambda pair: pair[0] or ""))


def _aggregate(value: Any, place: str) -> Aggregate:
    given = clause_values.mapping(value, place, ("min_group", "unit"))
    if "min_group" not in given:
        raise clause_values.wrong(place, value, "the smallest group, as in {min_group: 10}")
    size = clause_values.whole(given["min_group"], f"{place}.min_group", least=2)
    return Aggregate(size, clause_values.column(given["unit"], f"{place}.unit") if "unit" in given else None)


# ── the other clauses ───────────────────────────────────────────────────────────────────────────────────────


def _purpose(value: Any, place: str) -> str:
    if isinstance(value, str) and PURPOSE_CODE.fullmatch(value):
        return value
    raise clause_values.wrong(place, value, "codes of the purpose list, as in epidemic-statistics")


def _prohibition(value: Any, place: str) -> str:
    return clause_values.choice(value, place, PROHIBITIONS)


def _limits(value: Any) -> tuple[Limit, ...]:
    written = value if isinstance(value, list) else [value]
    return tightest(limit for one in written for limit in _limits_of(one))


def _limits_of(value: Any) -> tuple[Limit, ...]:
    given = clause_values.mapping(value, "limits", (*METERS, "per"))
    if "per" not in given or len(given) < 2:
        raise clause_values.wrong("limits", value, "what is limited and per what, as in {queries: 200, per: day}")
    per = Window(clause_values.choice(given["per"], "limits.per", tuple(Window)))
    return tuple(
        Limit(what, clause_values.whole(given[what], f"limits.{what}", least=0), per)
        for what in METERS
        if what in given
    )


def tightest(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """Return one limit per meter and window, the smallest, sorted."""
    least: dict[tuple[str, Window], int] = {}
    for limit in limits:
        key = (limit.what, limit.per)
        least[key] = min(limit.most, least.get(key, limit.most))
    return tuple(sorted(Limit(what, most, per) for (what, per), most in least.items()))


def _durations(value: Any, place: str) -> tuple[Duration, ...]:
    written = value if isinstance(value, list) else [value]
    return shortest(Duration.parse(clause_values.text(one, place, "a duration, as in P30D")) for one in written)


def _moment(value: Any, place: str) -> datetime:
    """Return a moment; a date alone means its beginning in ``from`` and its end in ``until``, both in UTC."""
    written = clause_values.text(value, place, "a date or a time")
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
            day = datetime.combine(date.fromisoformat(written), datetime.min.time(), UTC)
            return day + timedelta(days=1) if place == "until" else day
        return _in_utc(datetime.fromisoformat(written))
    except (ValueError, OverflowError):
        raise clause_values.wrong(place, value, "a date or a time as ISO 8601 has it, as in 2027-01-31") from None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _duties(value: Any) -> Duties:
    given = clause_values.mapping(value, "duties", DUTIES)
    return Duties(
        attribute=clause_values.sentences(given.get("attribute", []), "duties.attribute"),
        delete_after=_durations(given.get("delete_after", []), "duties.delete_after"),
        inform=clause_values.sentences(given.get("inform", []), "duties.inform"),
        compensate=clause_values.sentences(given.get("compensate", []), "duties.compensate"),
    )


def _prices(value: Any) -> tuple[Price, ...]:
    plans = {_price(one) for one in (value if isinstance(value, list) else [value])}
    return tuple(sorted(plan for plan in plans if plan.plan != "free"))


def _price(value: Any) -> Price:
    if not isinstance(value, Mapping) or "plan" not in value:
        raise clause_values.wrong("price", value, "a plan, as in {plan: free}")
    plan = clause_values.choice(value["plan"], "price.plan", tuple(PLANS))
    given = clause_values.mapping(value, "price", ("plan", *PLANS[plan]))
    figures = {name: _figure(given[name], name) for name in PLANS[plan] if name in given}
    if plan == "metered" and not {"query", "thousand_rows"} & set(given):
        raise clause_values.wrong("price", dict(value), "the price of a query, of thousand_rows, or both")
    if missing := [name for name in PLANS[plan] if name not in given and name not in ("query", "thousand_rows")]:
        raise clause_values.wrong("price", dict(value), f"also {', '.join(missing)}")
    return Price(plan, tuple(sorted(figures.items())))


def _figure(value: Any, name: str) -> str:
    place = f"price.{name}"
    if name == "currency":
        return clause_values.matching(value, place, r"[A-Z]{3}", "a currency code, as in CNY")
    if name == "per":
        return clause_values.choice(value, place, ("day", "month", "year", "total"))
    return _amount(value, place)


def _amount(value: Any, place: str) -> str:
    """Return an amount of money as exact text: binary fractions have no place in a price."""
    try:
        amount = Decimal(clause_values.text(value, place, 'an amount in quotes, as in "0.50"'))
    except InvalidOperation:
        raise clause_values.wrong(place, value, 'an amount in quotes, as in "0.50"') from None
    if not amount.is_finite() or amount < 0 or abs(amount.adjusted()) > 15:
        raise clause_values.wrong(place, value, "an amount of nothing or more")
    return f"{amount:f}"


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────


def _written_table(clauses: TableClauses) -> dict[str, Any]:
    groups = [{"min_group": one.min_group, **({"unit": one.unit} if one.unit else {})} for one in clauses.aggregate]
    written: dict[str, Any] = {
        "columns": None if clauses.columns is None else list(clauses.columns),
        "where": _one_or_list(list(clauses.where)),
        "masks": {name: _one_or_list([_written_mask(one) for one in masks]) for name, masks in clauses.masks} or None,
        "aggregate": _one_or_list(groups),
    }
    return {name: value for name, value in written.items() if value is not None}


def _written_mask(clause: MaskClause) -> Any:
    if not clause.parameters:
        return clause.mask
    parameters = dict(clause.parameters)
    return {clause.mask: parameters["to"] if list(parameters) == ["to"] else parameters}


def _written_duties(duties: Duties) -> dict[str, Any]:
    written = {
        "attribute": _one_or_list(list(duties.attribute)),
        "delete_after": _one_or_list([str(duration) for duration in duties.delete_after]),
        "inform": _one_or_list(list(duties.inform)),
        "compensate": _one_or_list(list(duties.compensate)),
    }
    return {name: value for name, value in written.items() if value is not None}


def _one_or_list(values: list[Any]) -> Any:
    """Return a single value bare, as a steward would write it, and nothing as None."""
    return None if not values else values[0] if len(values) == 1 else values
