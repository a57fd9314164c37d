"""Commands that open doors: serve, demo."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from golconda.doors.cli import draw
from golconda.doors.cli.group import Context, shared
from golconda.doors.cli.policies import notice


@click.command()
@click.option("--host", metavar="ADDRESS", help="Where to listen; else as golconda.toml says.")
@click.option("--port", type=click.IntRange(0, 65535), help="On which port; 0 takes a free one.")
@click.option(
    "--flight-port",
    type=click.IntRange(0, 65535),
    help="Flight SQL's port, 0 for none; else the next after --port, or as golconda.toml says.",
)
@click.option(
    "--flight-tls",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="CERTIFICATE KEY",
    help="Encrypt Flight SQL, with these PEM files.",
)
@shared(reader=False)
def serve(
    context: Context,
    host: str | None,
    port: int | None,
    flight_port: int | None,
    flight_tls: tuple[Path, Path] | None,
) -> None:
    """Open every door: HTTP, portal, Delta Sharing, Flight SQL."""
    from golconda.doors.serving import serve as run
    from golconda.node.policies import policies as state

    with context.open() as node:
        notice(state(node))
        config = node.config
        run(
            node,
            host=host or config.host,
            port=config.port if port is None else port,
            flight_port=_flight_port(flight_port, port, config.flight_port),
            flight_tls=flight_tls or None,
        )


def _flight_port(asked: int | None, port: int | None, configured: int) -> int | None:
    """Return Flight SQL's port: as asked; beside a port that was asked; as configured. None = it is left out.

    >>> _flight_port(None, None, 8322), _flight_port(None, 9000, 8322), _flight_port(None, 0, 8322)
    (8322, 9001, 0)
    >>> _flight_port(0, 9000, 8322), _flight_port(None, 9000, 0)
    (None, None)
    """
    if asked is not None:
        return asked or None
    if not configured:
        return None
    if port is None:
        return configured
    return port + 1 if 0 < port < 65535 else 0


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--no-serve", is_flag=True, help="Build it and stop.")
@click.option("--port", type=click.IntRange(0, 65535), help="On which port to serve.")
@click.option("--json", "as_json", is_flag=True, help="Print what was built as JSON.")
def demo(directory: Path, no_serve: bool, port: int | None, as_json: bool) -> None:
    """Build a node on real data in DIRECTORY, with five organisations, and serve it."""
    from golconda.demonstration.build import demonstrate

    with draw.progress(sys.stderr) as progress:
        made = demonstrate(directory, progress=progress)
    Context(directory, None, None, as_json).show(made, draw.demonstration)
    if no_serve:
        return
    # A process of its own, since the one that built holds the libraries of publishing in memory.
    words = ["-m", "golconda", "serve", "--node", str(directory), *([] if port is None else ["--port", str(port)])]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - our own program with our own words


commands = (serve, demo)
