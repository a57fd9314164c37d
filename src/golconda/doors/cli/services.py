"""Commands for services: queries with typed parameters under a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golconda.doors.cli import draw
from golconda.doors.cli.group import Context, shared, titles
from golconda.doors.cli.owning import TITLE
from golconda.doors.cli.reading import AGREEMENT, PURPOSE, give
from golconda.doors.cli.table import tabulate
from golconda.doors.cli.terminal import standard_input
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Document = dict[str, Any]  # plain JSON


@click.group()
def service() -> None:
    """Publish queries as services, and call them."""


@service.command("add")
@click.argument("name")
@click.argument("sql")
@click.option("--product", required=True, help="The product whose page lists it.")
@click.option("--parameter", "declared", multiple=True, metavar="NAME:TYPE", help="A type that no column tells.")
@TITLE
@shared()
def add(context: Context, name: str, sql: str, product: str, declared: tuple[str, ...], title: tuple[str, ...]) -> None:
    """Publish the query SQL as the service NAME; its parameters are written :name. SQL - reads standard input."""
    made = context.session().add_service(
        name,
        standard_input() if sql == "-" else sql,
        product=product,
        parameters=dict(_pairs(declared, ":")),
        title=titles(title),
    )
    context.show(made, _shown)


@service.command("list")
@shared()
def list_(context: Context) -> None:
    """List the services of products you may know of."""
    context.show(context.session().services(), _listed)


@service.command("show")
@click.argument("name")
@shared()
def show(context: Context, name: str) -> None:
    """Show the query and the parameters of the service NAME."""
    context.show(context.session().show_service(name), _shown)


@service.command("remove")
@click.argument("name")
@shared()
def remove(context: Context, name: str) -> None:
    """Take the service NAME away."""
    context.show(context.session().remove_service(name), lambda _: click.echo(f"Removed {name}."))


@service.command("call", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("values", nargs=-1, metavar="[--PARAMETER VALUE]...", type=click.UNPROCESSED)
@AGREEMENT
@PURPOSE
@click.option("--format", "-f", "form", type=click.Choice(["table", "csv", "json", "parquet", "arrow"]))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file to write; it appears when whole.")
@shared()
def call(
    context: Context,
    name: str,
    values: tuple[str, ...],
    agreements: tuple[str, ...],
    purpose: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Call the service NAME with its parameters, as in --carrier UA; it reads under your agreements.

    carrier=UA says the same, also where a parameter is called like an option of this command.
    """
    if name.startswith("-"):  # a service's parameters come after its name, and no service is called so
        raise click.NoSuchOption(name)
    given = dict(_pairs(_joined(values), "="))
    give(context, context.session().service(name, agreements=agreements, purpose=purpose, **given), form, output)


def _joined(words: Iterable[str]) -> Iterator[str]:
    """Yield ``--name value`` as ``name=value``, and what is written so as it is."""
    rest = iter(words)
    for word in rest:
        name = word.removeprefix("--").replace("-", "_")
        if name == word or "=" in word:
            yield word.removeprefix("--")
            continue
        value = next(rest, None)
        if value is None:
            raise InvalidInput(
                "parameters-unfit", f"{word[:40]} has no value.", hint=f"Write {word[:40]} VALUE, or {name[:40]}=VALUE."
            )
        yield f"{name}={value}"


def _pairs(words: Iterable[str], sign: str) -> Iterable[tuple[str, str]]:
    for word in words:
        name, found, value = word.partition(sign)
        if not (found and name.isidentifier()):
            raise InvalidInput(
                "parameters-unfit",
                f"{word[:40]!r} is no name and value.",
                hint=f"Write name{sign}value, as in {'carrier=UA' if sign == '=' else 'carrier:VARCHAR'}.",
            )
        yield name, value


def _listed(found: Document) -> None:
    if not found["services"]:
        click.echo("No services.")
        return
    tabulate(
        ("service", "title", "product", "parameters"),
        ((s["name"], draw.said(s["title"]), s["product"], _parameters(s)) for s in found["services"]),
        whole=frozenset({0, 2}),
    )


def _parameters(found: Document) -> str:
    return ", ".join(f"{each['name']} {each['type']}" for each in found["parameters"])


def _shown(found: Document) -> None:
    click.echo(f"{found['name']}  {draw.both(found['title'])}".rstrip())
    click.echo(f"of {found['product']} · by {found['by']} · {_parameters(found) or 'no parameters'}\n")
    click.echo(f"{found['sql']}\n")
    click.echo(f"Next: {call_line(found)}")


def call_line(found: Document) -> str:
    """Return the line that calls a service; its values are to be filled in."""
    values = " ".join(f"--{each['name']} …" for each in found["parameters"])
    return f"golconda service call {found['name']} {values}".rstrip()


commands = (service,)
