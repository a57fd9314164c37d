"""The catalogue as database tools ask for it: an organisation is a catalog, a product a schema, a table a table.

What is listed is what the caller may query, with the columns that his protected views show, and nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa

from golconda.doors.flight_sql import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from golconda.doors.flight_sql.callers import Caller
    from golconda.doors.flight_sql.messages import Message
    from golconda.node.readable import ReadableTable

TABLE = "TABLE"


def _schema(**columns: pa.DataType) -> pa.Schema:
    """Return a schema; a name that ends in ``_`` may be missing in a row."""
    return pa.schema([pa.field(name.rstrip("_"), kind, nullable=name.endswith("_")) for name, kind in columns.items()])


_CATALOGS = _schema(catalog_name=pa.string())
_DB_SCHEMAS = _schema(catalog_name_=pa.string(), db_schema_name=pa.string())
_TABLE_TYPES = _schema(table_type=pa.string())
_TABLES = _schema(
    catalog_name_=pa.string(), db_schema_name_=pa.string(), table_name=pa.string(), table_type=pa.string()
)
_DESCRIBED = _TABLES.append(pa.field("table_schema", pa.binary(), nullable=False))
_PRIMARY_KEYS = _schema(
    catalog_name_=pa.string(),
    db_schema_name_=pa.string(),
    table_name=pa.string(),
    column_name=pa.string(),
    key_name_=pa.string(),
    key_sequence=pa.int32(),
)
_FOREIGN_KEYS = _schema(
    pk_catalog_name_=pa.string(),
    pk_db_schema_name_=pa.string(),
    pk_table_name=pa.string(),
    pk_column_name=pa.string(),
    fk_catalog_name_=pa.string(),
    fk_db_schema_name_=pa.string(),
    fk_table_name=pa.string(),
    fk_column_name=pa.string(),
    key_sequence=pa.int32(),
    fk_key_name_=pa.string(),
    pk_key_name_=pa.string(),
    update_rule=pa.uint8(),
    delete_rule=pa.uint8(),
)


def is_known(command: Message) -> bool:
    """Say whether a command asks about the catalogue, or about the server."""
    return command.name in _ANSWERS


def schema(command: Message) -> pa.Schema:
    """Return the columns of the answer to a command."""
    if command.name == "CommandGetTables":
        return _DESCRIBED if command.flag(5) else _TABLES
    return _ANSWERS[command.name][0]


def answer(command: Message, caller: Caller) -> pa.Table:
    """Return the answer to a command."""
    rows = _ANSWERS[command.name][1]
    columns = schema(command)
    if command.name == "CommandGetSqlInfo":
        return facts.table(command.numbers(1))
    found = [dict(zip(columns.names, row, strict=True)) for row in rows(command, caller)]
    return pa.Table.from_pylist(found, schema=columns)


def _catalogs(_: Message, caller: Caller) -> Iterator[tuple[str, ...]]:
    for name in sorted({table.name.product.organisation for table in _readable(caller)}):
        yield (name,)


def _db_schemas(command: Message, caller: Caller) -> Iterator[tuple[str, ...]]:
    products = sorted({table.name.product for table in _readable(caller)})
    for product in products:
        if _is(command.text(1), product.organisation) and _like(command.text(2), product.product):
            yield product.organisation, product.product


def _tables(command: Message, caller: Caller) -> Iterator[tuple[object, ...]]:
    types = command.texts(4)
    for table in _readable(caller) if not types or TABLE in types else ():
        product = table.name.product
        if (
            _is(command.text(1), product.organisation)
            and _like(command.text(2), product.product)
            and _like(command.text(3), table.name.table)
        ):
            row = (product.organisation, product.product, table.name.table, TABLE)
            yield (*row, _arrow(table).serialize().to_pybytes()) if command.flag(5) else row


def _table_types(_: Message, __: Caller) -> Iterator[tuple[str, ...]]:
    yield (TABLE,)


def _primary_keys(command: Message, caller: Caller) -> Iterator[tuple[object, ...]]:
    for table in _readable(caller):
        product = table.name.product
        if (
            _is(command.text(1), product.organisation)
            and _is(command.text(2), product.product)
            and _is(command.text(3), table.name.table)
        ):
            names = (product.organisation, product.product, table.name.table)
            yield from ((*names, column, None, place) for place, column in enumerate(table.key, start=1))


def _none(_: Message, __: Caller) -> Iterable[tuple[object, ...]]:
    """Return no row: contracts declare no foreign keys."""
    return ()


def _readable(caller: Caller) -> tuple[ReadableTable, ...]:
    return caller.session.tables(agreements=caller.agreements)


def _arrow(table: ReadableTable) -> pa.Schema:
    return pa.schema([pa.field(column.name, column.type.arrow, nullable=column.nullable) for column in table.columns])


def _is(wanted: str | None, name: str) -> bool:
    return wanted is None or wanted == name


def _like(pattern: str | None, name: str) -> bool:
    r"""Say whether a name fits a pattern of SQL's LIKE, with ``\`` before a sign that stands for itself.

    >>> _like("ca%", "care"), _like(r"a\_b", "axb"), _like(None, "care")
    (True, False, True)
    """
    if pattern is None:
        return True
    signs = re.findall(r"\\.|.", pattern, re.DOTALL)
    written = "".join({"%": ".*", "_": "."}.get(sign) or re.escape(sign[-1]) for sign in signs)
    return re.fullmatch(written, name, re.DOTALL) is not None


_ANSWERS: Mapping[str, tuple[pa.Schema, Callable[[Message, Caller], Iterable[tuple[object, ...]]]]] = {
    "CommandGetCatalogs": (_CATALOGS, _catalogs),
    "CommandGetDbSchemas": (_DB_SCHEMAS, _db_schemas),
    "CommandGetTables": (_TABLES, _tables),
    "CommandGetTableTypes": (_TABLE_TYPES, _table_types),
    "CommandGetPrimaryKeys": (_PRIMARY_KEYS, _primary_keys),
    "CommandGetExportedKeys": (_FOREIGN_KEYS, _none),
    "CommandGetImportedKeys": (_FOREIGN_KEYS, _none),
    "CommandGetCrossReference": (_FOREIGN_KEYS, _none),
    "CommandGetSqlInfo": (facts.SCHEMA, _none),
}
