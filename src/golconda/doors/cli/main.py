"""The command line. Commands import what they need when they run, so that help is quick."""

from __future__ import annotations

import click

from golconda.doors.cli import (
    agreeing,
    audit,
    deriving,
    owning,
    people,
    policies,
    reading,
    services,
    serving,
    tracing,
)
from golconda.doors.cli.group import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="golconda")
def cli() -> None:
    """Golconda, a data exchange: publish, agree, use, prove.

    Without --as a command acts as the owning organisation's steward, by the right of the file system.
    """


for _module in (owning, reading, tracing, services, deriving, agreeing, people, policies, audit, serving):
    for _command in _module.commands:
        cli.add_command(_command)


def main() -> None:
    """Run the command line."""
    cli(prog_name="golconda")
