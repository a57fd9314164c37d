"""One set of random tables, governed on files and on native copies by real workers, and the same views made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from golconda.agreement.obligations import TableObligations
from golconda.engine.copies import Copies
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.engine.leak_test import prepare
from golconda.gate.compile import Plan, compile_plan
from golconda.gate.protected import ProtectedTable
from golconda.gate.statement import parse
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName, TableName
from golconda.testing.fuzzing.tables import (
    ARROW,
    COLUMNS,
    KEY,
    MASKS,
    SECRET,
    WHERES,
    Masking,
    Table,
    hidden_row,
    visible_row,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from golconda.engine.spark.engine import SparkEngine

ATTRIBUTES = {"organisation": "acme", "person": "li", "region": "R1"}
Row = dict[str, Any]


class CopiesAtOnce(Copies):
    """Copies that are there when they are first asked for."""

    def ready(self, sources: Mapping[str, tuple[str, ...]]) -> dict[str, Path] | None:
        """Return the file of every copy."""
        for name, files in sources.items():
            if name not in self._ready:
                self._make(name, files)
        return super().ready(sources)


@dataclass(frozen=True, slots=True)
class Grouped:
    """A table of which only aggregates leave; its view by hand, with the unit, is called by `view`."""

    name: str
    view: str
    least: int
    unit: str


@dataclass
class World:
    """`seen` are the tables of V for the grammar, `groups` those of which only aggregates leave."""

    folder: Path
    tables: dict[str, ProtectedTable] = field(default_factory=dict)
    seen: list[Table] = field(default_factory=list)
    groups: list[Grouped] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.views = duckdb.connect(config={"threads": 1})
        prepare(self.views)  # with statistics, DuckDB 2.0 breaks on split_part
        self.views.execute(
            "SET GLOBAL TimeZone = 'UTC'; ATTACH ':memory:' AS city; CREATE SCHEMA city.care; USE city.care"
        )
        self.engine = GovernedEngine(
            Allowance(threads=1, memory_megabytes=1024),
            spill_directory=self.folder,
            copies=CopiesAtOnce(self.folder / "copies"),
            workers=1,
        )

    def add(self, pick: random.Random, name: str) -> None:
        """Add a table under the clauses of one agreement, or of two joined."""
        texts, holds = _conditions(pick)
        rows = [visible_row(pick, number, 8) for number in range(pick.choice((40, 150, 300)))]
        rows += [hidden_row(pick, number) for number in range(pick.choice((1, 5)))]
        pick.shuffle(rows)
        share = pick.choice((0, 0.1, 0.3))  # the engine moves fewer conditions through masks
        masks = {c: _some(pick, m) for c, m in MASKS.items() if pick.random() < share}
        shown = [c for c in COLUMNS if c[0] == "id" or pick.random() < 0.85]
        self._view(name, [row for row in rows if holds(row)], shown, masks)
        obligations = TableObligations(
            columns=tuple(c[0] for c in shown),
            where=texts,
            masks=tuple((c, tuple(m.clause for m in of)) for c, of in masks.items() if c in [s[0] for s in shown]),
            key_scope="agreement:a",
        )
        self._protect(name, obligations, self._write(pick, name, rows))
        families = {c: of[0].family for c, of in masks.items() if len(of) == 1}
        self.seen.append(Table(name, tuple((c, families.get(c, f)) for c, _, f in shown)))

    def add_groups(self, pick: random.Random, name: str) -> None:
        """Add a table of which only aggregates leave, and make its view with the unit, for answers by hand."""
        rows = [visible_row(pick, number, 8) for number in range(200)]
        for row in rows:
            row["Big"] = pick.randrange(40)  # whom the row is about
        hidden = [hidden_row(pick, number) for number in range(3)]
        shown = [c for c in COLUMNS if c[0] not in ("raw", "Big")]
        kept = [row for row in rows if row["region"] is not None]
        self._view(f"{name}_by_hand", kept, [*shown, COLUMNS[3]], {})
        obligations = TableObligations(
            columns=tuple(c[0] for c in shown),
            where=("region <> 'R9'",),
            min_group=pick.choice((2, 3, 5, 10)),
            unit=pick.choice(("Big", None)),
        )
        self._protect(name, obligations, self._write(pick, name, [*rows, *hidden]), frozenset({"id"}))
        self.groups.append(Grouped(name, f"{name}_by_hand", obligations.min_group or 0, obligations.unit or "id"))

    def _protect(
        self, name: str, obligations: TableObligations, files: tuple[str, ...], keys: frozenset[str] = frozenset()
    ) -> None:
        stored = tuple(Column(c, LogicalType.parse(t)) for c, t, _ in (*COLUMNS, SECRET))
        table = TableName(ProductName("city", "care"), name)
        self.tables[name] = ProtectedTable(table, stored, obligations, files, keys, keys)

    def _write(self, pick: random.Random, name: str, rows: list[Row]) -> tuple[str, ...]:
        columns = (*COLUMNS, SECRET)
        schema = pa.schema([(c, ARROW[t]) for c, t, _ in columns])
        cut = pick.randrange(1, len(rows))
        files = []
        for part, chunk in enumerate((rows[:cut], rows[cut:])):
            path = self.folder / f"{name}-{part}.parquet"
            table = pa.Table.from_arrays([_stored(t, [row[c] for row in chunk]) for c, t, _ in columns], schema=schema)
            pq.write_table(table, path, row_group_size=pick.choice((16, 64, 1000)), use_dictionary=True)
            files.append(str(path))
        return tuple(files)

    def _view(
        self,
        name: str,
        rows: Iterable[Row],
        shown: list[tuple[str, str, str]],
        masks: Mapping[str, tuple[Masking, ...]],
    ) -> None:
        schema = pa.schema([(c, ARROW[_type(t, masks.get(c, ()))]) for c, t, _ in shown])
        values = [{c: _masked(row[c], masks.get(c, ())) for c, _, _ in shown} for row in rows]
        made = pa.Table.from_pylist(values, schema)  # noqa: F841 DuckDB reads it by its name
        self.views.execute(f'CREATE TABLE "{name}" AS SELECT * FROM made')

    def compiled(self, sql: str, engine: str = "duckdb") -> Plan:
        """Compile a query for the reader."""
        statement = parse(sql)
        bound = {name: self.tables[name.table] for name in statement.references if name.table in self.tables}
        today = date(2026, 1, 1)
        return compile_plan(statement, bound, attributes=ATTRIBUTES, today=today, key=lambda _: KEY, engine=engine)

    def answer(self, sql: str, *, native: bool) -> list[tuple[Any, ...]]:
        """Return what the reader gets, from files or from native copies of them."""
        plan = self.compiled(sql)
        over = plan.over_copies if native else None
        running = self.engine.run(plan.sql, plan.parameters, frozenset(plan.files), over_copies=over)
        return _rows(list(running), running.schema)

    def answer_of_spark(self, sql: str, spark: SparkEngine) -> list[tuple[Any, ...]]:
        """Return what the reader gets from Spark, or raise ``engine-differs``."""
        plan = self.compiled(sql, "spark")
        assert plan.over_spark is not None
        running = spark.run(plan.over_spark, plan.parameters, schema=lambda: self._columns(plan))
        return _rows(list(running), running.schema)

    def _columns(self, plan: Plan) -> pa.Schema:
        running = self.engine.run(plan.without_rows, plan.parameters, frozenset(plan.files))
        try:
            return running.schema
        finally:
            running.close()

    def expected(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the query gives over the views."""
        found = self.views.sql(sql).to_arrow_table()
        return _rows(found.to_batches(), found.schema)

    def close(self) -> None:
        """End the worker and the views."""
        self.views.close()
        self.engine.close()


def _stored(type_: str, values: list[Any]) -> pa.Array:
    """Return a column; a time beyond Python's comes as the number that stands for it."""
    kind = ARROW[type_]
    if not (pa.types.is_temporal(kind) and any(isinstance(value, int) for value in values)):
        return pa.array(values, kind)
    numbers = pa.int32() if pa.types.is_date32(kind) else pa.int64()
    known = pa.array([None if isinstance(value, int) else value for value in values], kind).cast(numbers).to_pylist()
    mixed = [value if isinstance(value, int) else number for value, number in zip(values, known, strict=True)]
    return pa.array(mixed, numbers).cast(kind)


def _conditions(pick: random.Random) -> tuple[tuple[str, ...], Callable[[Row], bool]]:
    some = WHERES[:2] if pick.random() < 0.5 else WHERES
    chosen = pick.sample(some, pick.choice((1, 1, 1, 2)))

    def holds_all(row: Row) -> bool:
        return all(bool(holds(row)) for _, holds in chosen)

    return tuple(text for text, _ in chosen), holds_all


def _some(pick: random.Random, masks: list[Masking]) -> tuple[Masking, ...]:
    return tuple(pick.sample(masks, min(len(masks), pick.choice((1, 1, 1, 2)))))


def _type(stored: str, masks: tuple[Masking, ...]) -> str:
    return (masks[0].type or stored) if len(masks) == 1 else stored


def _masked(value: Any, masks: tuple[Masking, ...]) -> Any:
    """Mask a value; two different masks on one value leave nothing that both agreements allow."""
    if value is None or not masks:
        return value
    return masks[0].of(value) if len(masks) == 1 else None


def _rows(batches: list[pa.RecordBatch], schema: pa.Schema) -> list[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in pa.Table.from_batches(batches, schema).columns]
    return list(zip(*columns, strict=True))
