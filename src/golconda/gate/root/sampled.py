"""Read no units where a few rows tell that the groups are few and large: each has units enough among those.

A few stretches of the table, far apart, are marked as `gate.root.bitmaps` marks all rows. Any rows of a group have at
most its units, so that what they show is sure. Where each group that is met there has enough, and in two of the
stretches, since rows may lie by groups, all are summed up without their units; else with a bitmap, as ever:

    WITH rows AS …, sight AS (… FROM visits WHERE file_row_number BETWEEN … OR BETWEEN …),
         seen AS (SELECT region AS g0, bit_count(bit_or(place)) AS least, min(stretch) <> max(stretch) AS apart
                  FROM sight GROUP BY region),
         few AS (SELECT true FROM seen HAVING bool_and(apart AND least >= 10)),
         many AS (SELECT true FROM few HAVING count(*) = 0),
         large AS (SELECT region AS g0, avg(cost) AS a0, count(*) AS most FROM rows CROSS JOIN few GROUP BY region),
         small AS (SELECT …, bit_count(bit_or(place)) AS least FROM rows CROSS JOIN many GROUP BY region),
         marks AS (… the bitmaps of those in large that have not enough in seen),
         sums AS (FROM large LEFT JOIN seen LEFT JOIN marks UNION ALL FROM small)

A join with no rows reads none of the other side, so that one of the two sums costs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.dialect import folded
from golconda.gate.leaf.scan import NUMBER, STRETCH
from golconda.gate.root.bitmaps import GROUP, GROUPS, ROWS, Passes, alike, at_least, called, table
from golconda.gate.root.repeating import may_multiply, may_repeat
from golconda.gate.shape.aggregating import smallest_group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from golconda.gate.binding.scope import Source
    from golconda.gate.root.bitmaps import Cell, Part
    from golconda.gate.shape.aggregating import Aggregating

_SIGHT, _SEEN, _FEW, _MANY = (f"golconda {word}" for word in ("sight", "seen", "few", "many"))
_LARGE, _SMALL, _MARKS, _UNSEEN = (f"golconda {word}" for word in ("large", "small", "marks", "unseen"))
_APART = "golconda apart"
_NUMBERS = frozenset({NUMBER, "rowid"})  # of rows, in files and in copies: a column of that name would hide them


def sampled_source(found: Aggregating) -> Source | None:
    """Return the table of which some rows are looked at first: its units repeat, and no join multiplies its rows."""
    if any(source.table is None for source in found.scope.sources) or _asks_on(found):
        return None
    fitting = (one for one in found.protected if may_repeat(one, found) and not may_multiply(one, found))
    return next((one for one in fitting if not one.nullable and not _hides_numbers(one)), None)


def _asks_on(found: Aggregating) -> bool:
    """Say whether there are queries within, which would have to be copied too."""
    return any(root.find(exp.Query) is not None for root in found.inner_roots())


def _hides_numbers(source: Source) -> bool:
    columns = source.table.columns if source.table is not None else ()
    return any(folded(column.name) in _NUMBERS for column in columns)


class Sampled(Passes):
    """Both passes, the first of them in one of two ways. `source`: the table that is looked at first."""

    def __init__(self, source: Source, found: Aggregating, groups: Sequence[exp.Expr], cells: Sequence[Cell]) -> None:
        super().__init__(found, groups, cells, has_groups=True)
        self.source = source

    def inputs(self) -> list[Part]:
        """Return the select over rows, and the same over a few of them."""
        (rows,) = super().inputs()
        return [rows, (_SIGHT, self._sight(rows[1]), False)]

    def sums(self) -> list[Part]:
        """Return the parts that end in the sums."""
        large = self.summed(list(self.most())).join(table(_FEW), join_type="CROSS")
        small = self.summed([*self.most(), *self.least()]).join(table(_MANY), join_type="CROSS")
        sums = exp.Union(this=self._known(), expression=exp.Select(expressions=[exp.Star()]).from_(table(_SMALL)))
        sums.set("distinct", False)
        return [
            (_SEEN, self._seen(), True),
            (_FEW, self._few(), True),
            (_MANY, self._many(), True),
            (_LARGE, large, True),
            (_SMALL, small, True),
            (_MARKS, self._marks(), None),
            (GROUPS, sums, True),
        ]

    def _sight(self, rows: exp.Query) -> exp.Query:
        """Copy the select over rows, its tables too, so that one shows some rows of it."""
        copied = rows.copy()
        nodes = {id(one): other for one, other in zip(rows.walk(), copied.walk(), strict=True)}
        for leaf in self.found.scope.sources:
            self.found.work.leaves.append(replace(leaf, node=nodes[id(leaf.node)], sampled=leaf is self.source))
        stretch = exp.column(STRETCH, self.source.alias, quoted=True)
        return copied.select(exp.alias_(stretch, STRETCH, quoted=True), copy=False)

    def _seen(self) -> exp.Select:
        stretch = exp.column(STRETCH, ROWS, quoted=True)
        apart = exp.NEQ(this=called("min", stretch), expression=called("max", stretch.copy()))
        shown = [*self.named_groups(), *self.least(), exp.alias_(apart, _APART, quoted=True)]
        sight = table(_SIGHT)
        sight.set("alias", exp.TableAlias(this=exp.to_identifier(ROWS, quoted=True)))
        return exp.Select(expressions=shown).from_(sight).group_by(*self.copied_groups())

    def _few(self) -> exp.Select:
        sure = called("bool_and", exp.and_(exp.column(_APART, quoted=True), *self._enough_seen()))
        return _true().from_(table(_SEEN)).having(sure)

    def _many(self) -> exp.Select:
        none = exp.EQ(this=called("count", exp.Star()), expression=exp.Literal.number(0))
        return _true().from_(table(_FEW)).having(none)

    def _enough_seen(self) -> list[exp.Expr]:
        return [
            at_least(exp.column(self.least_of(source, place), _SEEN, quoted=True), smallest_group(source) or 0)
            for place in range(len(self.conditions))
            for source in self.repeating
        ]

    def _known(self) -> exp.Select:
        """Put what was seen of large groups, or marked afterwards, beside their sums."""
        names = [column.alias for column in (*self.named_groups(), *self._cells_and_most())]
        least = [self._most_known(one.alias) for one in self.least()]
        shown = [exp.column(name, _LARGE, quoted=True) for name in names]
        known = exp.Select(expressions=[*shown, *least]).from_(table(_LARGE))
        for other in (_SEEN, _MARKS):
            known = known.join(table(other), on=self._of_large(other), join_type="LEFT")
        return known

    def _cells_and_most(self) -> list[exp.Expr]:
        return [*(exp.alias_(exp.null(), cell.name, quoted=True) for cell in self.cells), *self.most()]

    def _most_known(self, name: str) -> exp.Expr:
        either = [
            exp.func("coalesce", exp.column(name, other, quoted=True), exp.Literal.number(0))
            for other in (_SEEN, _MARKS)
        ]
        return exp.alias_(exp.Anonymous(this="greatest", expressions=either), name, quoted=True)

    def _marks(self) -> exp.Select:
        """Mark the units of those large groups of which too few were seen."""
        columns = [exp.column(f"{GROUP} {place}", _LARGE, quoted=True) for place in range(len(self.groups))]
        sure = exp.func("coalesce", exp.and_(*self._enough_seen()), exp.false())
        unseen = exp.Select(expressions=columns).from_(table(_LARGE))
        unseen = unseen.join(table(_SEEN), on=self._of_large(_SEEN), join_type="LEFT").where(exp.Not(this=sure))
        same = alike(self.groups, [exp.column(column.name, _UNSEEN, quoted=True) for column in columns])
        marks = exp.Select(expressions=[*self.named_groups(), *self.least()]).from_(table(ROWS))
        return marks.join(unseen.subquery(_UNSEEN), on=same, join_type="SEMI").group_by(*self.copied_groups())

    def _of_large(self, other: str) -> exp.Expr:
        names = [f"{GROUP} {place}" for place in range(len(self.groups))]
        return alike(*([exp.column(name, part, quoted=True) for name in names] for part in (_LARGE, other)))


def _true() -> exp.Select:
    return exp.Select(expressions=[exp.alias_(exp.true(), _FEW, quoted=True)])
