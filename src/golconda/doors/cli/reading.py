"""Commands of a reader: query and explain."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golconda.doors.cli import draw
from golconda.doors.cli.group import Context, shared
from golconda.doors.cli.terminal import standard_input

if TYPE_CHECKING:
    from collections.abc import Iterable

AGREEMENT = click.option(
    "--agreement",
    "-a",
    "agreements",
    multiple=True,
    metavar="AGREEMENT",
    help="Read under this one, where several fit.",
)
ENGINE = click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="Where it runs; else the node's choice.")
TIMEOUT = click.option("--timeout", type=float, metavar="SECONDS", help="End it after so long.")
PURPOSE = click.option("--purpose", metavar="CODE", help="What for, where your agreements have several purposes.")
_SUFFIXES = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".arrow": "arrow", ".arrows": "arrow"}


@click.command()
@click.argument("sql")
@AGREEMENT
@PURPOSE
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet", "arrow"]),
    help="Else by the file's ending, else a table.",
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file to write; it appears when whole.")
@ENGINE
@TIMEOUT
@shared()
def query(
    context: Context,
    sql: str,
    agreements: tuple[str, ...],
    purpose: str | None,
    form: str | None,
    output: Path | None,
    engine: str | None,
    timeout: float | None,
) -> None:
    """Query what your agreements cover.

    Tables are organisation.product.table, product.table, or the product alone where it has one table. SQL - reads
    standard input.
    """
    text = standard_input() if sql == "-" else sql
    answer = context.session().query(
        text, agreements=agreements, purpose=purpose, engine=engine, timeout_seconds=timeout
    )
    give(context, answer, form, output)


def give(context: Context, answer: Any, form: str | None, output: Path | None) -> None:  # Answer here or of the client
    """Print an answer, or write it to a file; it appears there when it is whole."""
    form = _format(form, output, as_json=context.as_json)
    if form == "table" and output is None:
        draw.answer(answer)
        return
    _write(answer, "csv" if form == "table" else form, output)
    draw.receipt(answer.receipt)


def _format(form: str | None, output: Path | None, *, as_json: bool) -> str:
    if form:
        return form
    if as_json:
        return "json"
    return _SUFFIXES.get(output.suffix.lower(), "csv") if output else "table"


def _write(answer: Any, form: str, output: Path | None) -> None:  # Answer here or of the client
    from golconda.node.formats import Format

    pieces: Iterable[bytes | memoryview] = answer.written(Format(form))
    if output is None:
        out = sys.stdout.buffer
        for piece in pieces:
            out.write(piece)
        if form == "json":
            out.write(b"\n")
        out.flush()
        return
    draft = output.with_name(f".{output.name}.{os.getpid()}")
    with ExitStack() as undo:
        undo.callback(draft.unlink, missing_ok=True)
        with draft.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        draft.replace(output)


@click.command()
@click.argument("sql")
@AGREEMENT
@PURPOSE
@shared()
def explain(context: Context, sql: str, agreements: tuple[str, ...], purpose: str | None) -> None:
    """Say which clauses act on which table, how the query is protected, and what is left of each limit."""
    context.show(context.session().explain(sql, agreements=agreements, purpose=purpose), draw.explanation)


commands = (query, explain)
