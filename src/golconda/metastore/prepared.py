"""Statements on the way of every read, compiled once for each database and given to the driver as they are.

SQLAlchemy takes some 80 µs to carry out a statement that SQLite answers in 8, and a read needs nine of them. What is
gained is lost elsewhere, so only those statements are prepared: no column here needs its values converted, and rows
come as plain tuples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from golconda.kernel.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.elements import ClauseElement

# Both take their parameters by name.
_DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": postgresql.dialect(paramstyle="pyformat"),  # type: ignore[no-untyped-call]
}


@dataclass(frozen=True, slots=True)
class _Text:
    sql: str
    constants: Mapping[str, Any]  # what the statement itself brings


class Prepared:
    """One statement of SQLAlchemy's, to be carried out in a transaction of the metastore.

    `values`: the columns that an INSERT without its own values is given.
    """

    __slots__ = ("_statement", "_texts", "_values")

    def __init__(self, statement: ClauseElement, *, values: Iterable[str] | None = None) -> None:
        self._statement = statement
        self._values = None if values is None else list(values)
        self._texts: dict[str, _Text] = {}

    def row(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        found: tuple[Any, ...] | None = self._cursor(connection, values).fetchone()
        return found

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Carry out a change, and return how many rows it found."""
        changed: int = self._cursor(connection, values).rowcount
        return changed

    def change_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry out a change once for each row of values."""
        if len(rows) == 1:
            self._cursor(connection, rows[0])
            return
        driver: Any = connection.connection.driver_connection
        driver.cursor().executemany(self._text(connection).sql, rows)

    def _cursor(self, connection: Connection, values: Mapping[str, Any]) -> Any:  # a cursor of the driver's
        text = self._text(connection)
        given = {**text.constants, **values} if text.constants else values
        driver: Any = connection.connection.driver_connection
        return driver.execute(text.sql, given)

    def _text(self, connection: Connection) -> _Text:
        return self._texts.get(connection.dialect.name) or self._compiled(connection.dialect.name)

    def _compiled(self, dialect: str) -> _Text:
        compiled: Any = self._statement.compile(dialect=_DIALECTS[dialect], column_keys=self._values)
        if any(bind.type.bind_processor(_DIALECTS[dialect]) for bind in compiled.binds.values()):
            raise Defect("statement-unfit", "A prepared statement would have to convert its values.", hint="Report it.")
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        text = self._texts[dialect] = _Text(str(compiled), constants)
        return text
