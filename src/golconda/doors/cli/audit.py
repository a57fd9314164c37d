"""Commands about the log: look, verify, take away."""

from __future__ import annotations

from pathlib import Path

import click

from golconda.doors.cli import draw
from golconda.doors.cli.group import Context, shared


@click.group()
def audit() -> None:
    """Show the log, verify it, export it."""


@audit.command("show")
@click.option("--kind", metavar="KIND", help="Only this kind, such as agreement or read.intent.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=30,
    show_default=True,
    help="At most so many, the latest.",
)
@click.option("--after", type=int, help="Those after this position instead.")
@shared()
def audit_show(context: Context, kind: str | None, limit: int, after: int | None) -> None:
    """Show the latest entries."""
    context.show(context.session().log(after=after, limit=limit, kind=kind), draw.log)


@audit.command("verify")
@shared()
def audit_verify(context: Context) -> None:
    """Recompute the whole log from its entries; exit status 1 if anything does not hold."""
    found = context.session().verify_log()
    context.show(found, draw.verification)
    if not found["ok"]:
        raise click.exceptions.Exit(1)


@audit.command("export")
@click.argument("directory", type=click.Path(path_type=Path))
@shared(reader=False)
def audit_export(context: Context, directory: Path) -> None:
    """Write the log with its own verifier: python DIRECTORY/verify.py DIRECTORY needs Python alone."""
    found = context.owner().export_log(directory)
    context.show(
        found,
        lambda _: click.echo(f"Wrote {found['entries']} entries.\nVerify: python {directory}/verify.py {directory}"),
    )


commands = (audit,)
