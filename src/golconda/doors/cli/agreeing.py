"""Commands of both parties: ask, answer, and end agreements."""

from __future__ import annotations

import json
from pathlib import Path

import click

from golconda.doors.cli import draw
from golconda.doors.cli.group import Context, shared

WHY = click.option("--why", required=True, help="The reason; the other party sees it.")


@click.command()
@click.argument("product")
@click.option("--purpose", required=True, metavar="CODE", help="What for; `golconda purposes` lists the codes.")
@click.option("--offer", metavar="OFFER", help="Which offer, where there are several.")
@click.option(
    "--amends", metavar="AGREEMENT", help="The agreement in force that the new one supersedes; its meters go on."
)
@shared()
def request(context: Context, product: str, purpose: str, offer: str | None, amends: str | None) -> None:
    """Ask for PRODUCT for a purpose."""
    asked = context.session().request(product, purpose=purpose, offer=offer, amends=amends)
    context.show(asked, draw.request)


@click.command()
@shared()
def requests(context: Context) -> None:
    """List the requests made to your organisation and by it."""
    context.show(context.session().requests(), draw.requests)


@click.command()
@click.argument("request_id", metavar="REQUEST")
@click.option("--terms", type=click.Path(path_type=Path), help="Answer with these terms instead: a counter-offer.")
@shared()
def approve(context: Context, request_id: str, terms: Path | None) -> None:
    """Approve what is on the table, or answer it with other terms. Both parties do so in turn."""
    from golconda.node.files import read_text

    text = read_text(terms) if terms else None
    context.show(context.session().approve(request_id, terms=text), draw.request)


@click.command()
@click.argument("request_id", metavar="REQUEST")
@WHY
@shared()
def reject(context: Context, request_id: str, why: str) -> None:
    """End a request without an agreement."""
    context.show(context.session().reject(request_id, why=why), draw.request)


@click.command()
@shared()
def agreements(context: Context) -> None:
    """List the agreements of your organisation, given and held."""
    context.show(context.session().agreements(), draw.agreements)


@click.command()
@click.argument("agreement", metavar="AGREEMENT")
@WHY
@shared()
def revoke(context: Context, agreement: str, why: str) -> None:
    """End an agreement now; within two seconds no byte leaves under it."""
    context.show(context.session().revoke(agreement, why=why), draw.agreement)


@click.command()
@click.argument("agreement", metavar="AGREEMENT")
@WHY
@shared()
def suspend(context: Context, agreement: str, why: str) -> None:
    """Stop an agreement until it is resumed."""
    context.show(context.session().suspend(agreement, why=why), draw.agreement)


@click.command()
@click.argument("agreement", metavar="AGREEMENT")
@shared()
def resume(context: Context, agreement: str) -> None:
    """Put a suspended agreement back in force."""
    context.show(context.session().resume(agreement), draw.agreement)


@click.command()
@click.argument("agreement", metavar="AGREEMENT")
@WHY
@shared()
def terminate(context: Context, agreement: str, why: str) -> None:
    """End an agreement that your organisation holds."""
    context.show(context.session().terminate(agreement, why=why), draw.agreement)


@click.command()
@shared()
def purposes(context: Context) -> None:
    """List the purposes that requests may state."""
    context.show(context.session().purposes(), draw.purposes)


@click.command("profile-file")
@click.argument("agreement", metavar="AGREEMENT")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write it; else it is printed.")
@click.option("--endpoint", metavar="URL", help="The address at which readers reach the node, where it differs.")
@shared()
def profile_file(context: Context, agreement: str, output: Path | None, endpoint: str | None) -> None:
    """Make a Delta Sharing profile for AGREEMENT; its token is shown once."""
    profile = context.session().profile(agreement, endpoint=endpoint)
    text = json.dumps(profile, indent=2)
    if output is None:
        click.echo(text)
        return
    from golconda.node.files import write_secret

    write_secret(output, text)
    context.show({"file": str(output)}, lambda _: click.echo(f"Wrote {output}; keep it as you keep a password."))


commands = (request, requests, approve, reject, agreements, revoke, suspend, resume, terminate, purposes, profile_file)
