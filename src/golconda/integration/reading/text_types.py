"""The types of text columns, found in all their values and so that no value changes its meaning.

A column is a number only if every value is written as one plainly: ``007``, a number of many digits that no
BIGINT holds, ``1_000`` and ``12/2013`` stay text: they are identifiers, or mean other things elsewhere. Dates
and times are read in ISO 8601 alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.engine.workshop import Workshop
    from golconda.kernel.ports import TextScan

_SAMPLE = 10_000
# Narrowest first; the first kind that holds every value is taken.
_LADDER = (Kind.BOOLEAN, Kind.BIGINT, Kind.DOUBLE, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)

_NUMBER = r"[+-]?((0|[1-9][0-9]{0,14})(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?|(?i:nan|[+-]?inf(inity)?)"
_CLOCK = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_ZONE = r" ?(Z|[+-]\d{2}(:?\d{2})?)"


def find_types(
    workshop: Workshop, scan: TextScan, known: Mapping[str, LogicalType], *, subject: str
) -> dict[str, LogicalType]:
    """Return each column's type: the known one, else the narrowest of all its values. A sample and a scan."""
    unknown = {column: _LADDER for column in scan.columns if column not in known}
    rows = exp.select("*").from_(exp.Table(this=scan.relation.copy()))
    # A column that is empty in the sample may still be anything.
    likely = _holding(workshop, rows.copy().limit(_SAMPLE), unknown, subject, least=0)
    certain = _holding(workshop, rows, likely, subject, least=1)
    found = {column: LogicalType(next(iter(certain.get(column, ())), Kind.VARCHAR)) for column in unknown}
    return {column: known.get(column) or found[column] for column in scan.columns}


def _holding(
    workshop: Workshop,
    rows: exp.Select,
    candidates: Mapping[str, Sequence[Kind]],
    subject: str,
    *,
    least: int,
) -> dict[str, tuple[Kind, ...]]:
    """Return for each column the candidates that hold all its values; none if it has fewer than `least`."""
    pairs = [(column, kind) for column, kinds in candidates.items() for kind in kinds]
    if not pairs:
        return {}
    counts = [count for column, kind in pairs for count in _counts(column, kind)]
    answer = workshop.rows(exp.select(*counts).from_(rows.subquery("source")), subject=subject)[0]
    holds = [total >= least and total == (fitting or 0) for total, fitting in _pairs(answer)]
    held = [pair for pair, is_held in zip(pairs, holds, strict=True) if is_held]
    return {column: tuple(kind for name, kind in held if name == column) for column in candidates}


def _pairs(values: Sequence[int]) -> list[tuple[int, int | None]]:  # None: there was nothing to count
    return [(values[at], values[at + 1]) for at in range(0, len(values), 2)]


def _counts(column: str, kind: Kind) -> tuple[exp.Expr, exp.Expr]:
    value = exp.column(column, quoted=True)
    return exp.Count(this=value.copy()), exp.CountIf(this=plainly(value, kind))


def plainly(value: exp.Expr, kind: Kind) -> exp.Expr:
    """Return the claim that a text is written plainly as a value of a kind."""
    match kind:
        case Kind.BOOLEAN:
            return exp.Lower(this=value).isin("true", "false")
        case Kind.BIGINT | Kind.DATE:
            return exp.cast(tried(value, LogicalType(kind)), "VARCHAR").eq(value.copy())
        case Kind.DOUBLE:
            return exp.and_(_matches(value, _NUMBER), _readable(value, kind))
        case Kind.TIMESTAMP:
            return exp.and_(_matches(value, _CLOCK), _readable(value, kind))
        case Kind.TIMESTAMPTZ:
            return exp.and_(_matches(value, _CLOCK + _ZONE), _readable(value, kind))
        case _:
            return exp.true()


def tried(value: exp.Expr, type_: LogicalType) -> exp.Expr:
    """Return a text as a value of a type, NULL where it is none."""
    if type_.kind is Kind.VARCHAR:
        return value.copy()
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(str(type_), dialect="duckdb"))


def fits(value: exp.Expr, type_: LogicalType) -> exp.Expr:
    """Return the claim that a text is a value of the type a contract asks for, and loses nothing as one.

    Looser than `plainly`: who asks for a number knows that ``007`` is 7. The engine would round 1.5 to 2.
    """
    readable = tried(value, type_).is_(exp.null()).not_()
    pattern = _asked_pattern(type_)
    return readable if pattern is None else exp.and_(_matches(value, pattern), readable)


def _asked_pattern(type_: LogicalType) -> str | None:
    match type_.kind:
        case Kind.BIGINT:
            return r" *[+-]?[0-9]+(\.0*)?([eE]\+?[0-9]+)? *"
        case Kind.DECIMAL:
            return rf" *[+-]?[0-9]*(\.[0-9]{{0,{type_.scale}}}0*)? *"
        case Kind.DATE:
            return r"\d{4}-\d{2}-\d{2}"
        case Kind.TIMESTAMP:
            return rf"\d{{4}}-\d{{2}}-\d{{2}}|{_CLOCK}"
        case Kind.TIMESTAMPTZ:
            return rf"{_CLOCK}({_ZONE})?"
        case _:
            return None


def _readable(value: exp.Expr, kind: Kind) -> exp.Expr:
    return tried(value, LogicalType(kind)).is_(exp.null()).not_()


def _matches(value: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Anonymous(this="regexp_full_match", expressions=[value.copy(), exp.Literal.string(pattern)])
