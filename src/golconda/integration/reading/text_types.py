"""The types of text columns, found in all their values and so that no value changes its meaning.

A column is a number only if every value is written as one plainly: ``007``, a number of many digits that no
BIGINT holds, ``1_000`` and ``12/2013`` stay text: they are identifiers, or mean other things elsewhere. So do
``+8613800000000``, and whole numbers that all have the same nine digits or more: telephone and card numbers are
not counted with, and a mask has to see their digits. Dates and times are read in ISO 8601 alone.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.engine.workshop import Workshop
    from golconda.kernel.ports import TextScan

_SAMPLE = 10_000
_SAMPLE_CELLS = 1_000_000  # of a table of many columns, fewer rows
_SMALLEST_SAMPLE = 100
_PLACE = "place"
_SHORTEST_IDENTIFIER = 9
# Narrowest first; the first kind that holds every value is taken.
_LADDER = (Kind.BOOLEAN, Kind.BIGINT, Kind.DOUBLE, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)

_PLAIN = r"-?(0|[1-9][0-9]{0,14})(\.[0-9]*)?|[+-]?\.[0-9]+"
_SIGNED = r"\+(0|[1-9][0-9]{0,7}|(0|[1-9][0-9]{0,14})\.[0-9]*)"  # a plus before more digits is a telephone's
_NUMBER = rf"({_PLAIN}|{_SIGNED})([eE][+-]?[0-9]{{1,3}})?|(?i:nan|[+-]?inf(inity)?)"
_CLOCK = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_ZONE = r" ?(Z|[+-]\d{2}(:?\d{2})?)"


def find_types(
    workshop: Workshop, scan: TextScan, known: Mapping[str, LogicalType], *, subject: str
) -> dict[str, LogicalType]:
    """Return each column's type: the known one, else the narrowest of all its values. A sample and one scan."""
    unknown = [column for column in scan.columns if column not in known]
    rows = exp.select("*").from_(exp.Table(this=scan.relation.copy()))
    found = _kinds(workshop, rows, unknown, subject)
    return {column: known.get(column) or LogicalType(found[column]) for column in scan.columns}


def _kinds(workshop: Workshop, rows: exp.Select, columns: Sequence[str], subject: str) -> dict[str, Kind]:
    # A column that is empty in the sample may still be anything.
    sample = rows.limit(max(_SMALLEST_SAMPLE, min(_SAMPLE, _SAMPLE_CELLS // max(1, len(columns)))))
    likely = _held(workshop, sample, dict.fromkeys(columns, _LADDER), subject, least=0)
    certain = _held(workshop, rows, likely, subject, least=1)
    return {column: next(iter(certain.get(column, ())), Kind.VARCHAR) for column in columns}


def _held(
    workshop: Workshop,
    rows: exp.Select,
    candidates: Mapping[str, Sequence[Kind]],
    subject: str,
    *,
    least: int,
) -> dict[str, tuple[Kind, ...]]:
    """Return for each column the candidates that hold all its values; none if it has fewer than `least`."""
    alike: dict[tuple[Kind, ...], list[str]] = {}
    for column, kinds in candidates.items():
        if kinds:
            alike.setdefault(tuple(kinds), []).append(column)
    if not alike:
        return {}
    held = {}
    for place, *answers in workshop.rows(_claimed(rows, alike), subject=subject):
        rest = iter(answers)
        for kinds, columns in alike.items():
            own = tuple(islice(rest, 2 + len(kinds)))
            if place < len(columns):
                held[columns[place]] = _fitting(kinds, own, least)
    return held


def _fitting(kinds: Sequence[Kind], answers: Sequence[int], least: int) -> tuple[Kind, ...]:
    total, has_one_length, *counts = answers
    # Of a column without values the engine counts nothing, not zero.
    fitting = tuple(kind for kind, count in zip(kinds, counts, strict=True) if (count or 0) == total >= least)
    # The sample may be of one length where the whole is not: only the whole decides.
    is_identifier = least and has_one_length and Kind.BIGINT in fitting
    return () if is_identifier else fitting


def _claimed(rows: exp.Select, alike: Mapping[tuple[Kind, ...], Sequence[str]]) -> exp.Select:
    """Return the query of what holds of each column: a row for each place in the lists of columns of like candidates.

    Each list is unfolded and its claims are made once. Claims made of each column by itself take a time to plan that
    rises with the square of their number: minutes for two thousand columns.
    """
    most = exp.Literal.number(max(map(len, alike.values())))
    unfolded = [exp.alias_(_unfolded(exp.Anonymous(this="range", expressions=[most])), _PLACE, quoted=True)]
    claims: list[exp.Expr] = []
    for number, (kinds, columns) in enumerate(alike.items()):
        cells = exp.Array(expressions=[exp.column(column, quoted=True) for column in columns])
        unfolded.append(exp.alias_(_unfolded(cells), f"cells_{number}", quoted=True))
        claims += _claims(f"cells_{number}", kinds)
    place = exp.column(_PLACE, quoted=True)
    lists = exp.select(*unfolded).from_(rows.subquery("source"))
    return exp.select(place, *claims).from_(lists.subquery("unfolded")).group_by(place.copy())


def _unfolded(cells: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this="unnest", expressions=[cells])


def _claims(column: str, kinds: Sequence[Kind]) -> list[exp.Expr]:
    value = exp.column(column, quoted=True)
    counts: list[exp.Expr] = [exp.CountIf(this=plainly(value, kind)) for kind in kinds]
    return [exp.Count(this=value.copy()), _has_one_length(value), *counts]


def _has_one_length(value: exp.Expr) -> exp.Expr:
    """Return the claim that texts all have one length, of nine letters or more, and none begins with a sign."""
    shortest, longest = exp.Min(this=exp.Length(this=value.copy())), exp.Max(this=exp.Length(this=value.copy()))
    return exp.and_(
        shortest.eq(longest),
        exp.GTE(this=shortest.copy(), expression=exp.Literal.number(_SHORTEST_IDENTIFIER)),
        exp.GTE(this=exp.Min(this=value.copy()), expression=exp.Literal.string("0")),
    )


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
