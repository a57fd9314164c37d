"""Write the reference pages that come from the code; with ``--check`` say which of them are out of date."""

from __future__ import annotations

import sys
from dataclasses import MISSING, fields, is_dataclass
from difflib import unified_diff
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import click

REFERENCE = Path(__file__).parent / "reference"
NOTICE = "<!-- Written by docs/generate.py. Change the code, then run `make docs`. -->\n"


def commands() -> str:
    """Every command with its help, arguments and options, from the click tree."""
    import click

    root = import_module("golconda.doors.cli.main").cli
    with click.Context(root, info_name="golconda") as context:
        return f"# Commands\n{NOTICE}\n" + "\n".join(_command(root, context))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    import click

    yield f"## `{context.command_path}`\n"
    yield f"{_paragraph(command.help)}\n"
    if not isinstance(command, click.Group):
        yield f"```\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n"
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                with click.Context(child, info_name=name, parent=context) as inner:
                    yield from _command(child, inner)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    shown = [record for record in records if record and record[1] and "--help" not in record[0]]
    if shown:
        yield "| option | meaning |\n|---|---|"
        yield from (f"| `{_cell(name)}` | {_cell(meaning)} |" for name, meaning in shown)
        yield ""


def settings() -> str:
    """Every setting of ``golconda.toml`` with its type, its default and what it does."""
    config = import_module("golconda.node.config").Config
    rows = "\n".join(_settings(config, ""))
    head = "| setting | type | default | meaning |\n|---|---|---|---|"
    return f"# Settings\n{NOTICE}\nThese stand in `golconda.toml`, in the node's folder.\n\n{head}\n{rows}\n"


def _settings(model: Any, prefix: str) -> Iterator[str]:  # a dataclass or a pydantic model
    for name, kind, default, meaning in _fields(model):
        if is_dataclass(kind) or hasattr(kind, "model_fields"):
            yield from _settings(kind, f"{prefix}{name}.")
        else:
            title = getattr(kind, "__name__", str(kind)) if isinstance(kind, type) else str(kind)
            yield f"| `{prefix}{name}` | {_cell(title)} | `{_cell(default)}` | {_cell(meaning)} |"


def _fields(model: Any) -> Iterator[tuple[str, Any, str, str]]:  # a dataclass or a pydantic model
    if hasattr(model, "model_fields"):
        for name, field in model.model_fields.items():
            default = "required" if field.is_required() else repr(field.get_default(call_default_factory=True))
            yield name, field.annotation, default, field.description or ""
        return
    for field in fields(model):
        default = repr(field.default) if field.default is not MISSING else "required"
        yield field.name, field.type, default, field.metadata.get("help", "")


def errors() -> str:
    """Every error code, with a link to its page."""
    pages = sorted((REFERENCE / "errors").glob("*.md"))
    rows = "\n".join(f"- [{page.stem}](errors/{page.name})" for page in pages)
    intro = "Each error carries a code. Its page says what happened and what to do."
    return f"# Errors\n{NOTICE}\n{intro}\n\n{rows}\n"


def demonstration() -> str:
    """The demonstration's products, where their data comes from, and its questions with their answers."""
    catalogue, deals, sources = (
        import_module(f"golconda.demonstration.{name}") for name in ("catalogue", "deals", "sources")
    )
    products = "\n".join(
        f"| `{product.name}` | {product.title.en} · {product.title.zh} | {product.grade}"
        f"{', synthetic' if product.synthetic else ''} | {', '.join(table.name for table in product.tables)} "
        f"| {'; '.join(offer.title.en for offer in product.offers)} |"
        for product in catalogue.PRODUCTS
    )
    archives = "\n".join(
        f"| {archive.package} {archive.version} | {archive.source} | "
        f"{', '.join(member.name for member in archive.members)} |"
        for archive in sources.ARCHIVES
    )
    questions = "\n".join(_question(question) for question in deals.QUESTIONS)
    return (
        f"# The demonstration's data\n{NOTICE}\n## Products\n\n"
        f"| product | title | grade | tables | offers |\n|---|---|---|---|---|\n{products}\n\n"
        "## Sources\n\nArchives of public packages, pinned by version and SHA-256; licence and origin as they "
        f"state them.\n\n| package | licence and origin | files |\n|---|---|---|\n{archives}\n\n"
        f"## Questions and their answers\n\n{questions}"
    )


def engines() -> str:
    """What both engines mean alike: types, functions, and the differences that are bridged."""
    dialect, calls = (import_module(f"golconda.engine.spark.{name}") for name in ("dialect", "calls"))
    types = "\n".join(f"| {kind.value} | {name} |" for kind, name in dialect.TYPES.items())
    differences = "\n".join(
        f"| {_cell(one.about)} | {_cell(one.duckdb)} | {_cell(one.spark)} | {_cell(one.kept)} |"
        for one in dialect.DIFFERENCES
    )
    listed = "\n\n".join(
        f"**{title}**: {', '.join(f'`{name}`' for name in sorted(names))}"
        for title, names in (
            ("Of one row", calls.SCALAR),
            ("Of many rows", calls.AGGREGATES),
            ("Over windows", {**calls.AGGREGATES, **calls.WINDOWED}),
        )
    )
    return (
        f"# Engines: what is alike\n{NOTICE}\n"
        "What this and the [explanation](../explain/engines.md) do not list is refused on Spark, `engine-differs`.\n\n"
        f"## Types\n\n| logical type | on Spark |\n|---|---|\n{types}\n\n## Functions\n\n{listed}\n\n"
        f"## Differences\n\n| about | DuckDB | Spark | so that both mean the same |\n|---|---|---|---|\n{differences}\n"
    )


def _question(question: Any) -> str:  # a golconda.demonstration.shape.Question
    rows = "\n".join(", ".join(str(value) for value in row) for row in question.answer)
    return (
        f"### {question.title.en} {question.title.zh}\n\nAsked by `{question.asker}/reader` for {question.purpose}.\n\n"
        f"```sql\n{question.sql.strip()}\n```\n\n```\n{rows}\n```\n"
    )


def _paragraph(text: str | None) -> str:
    return "\n".join(line.strip() for line in (text or "").replace("\b", "").strip().splitlines())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "commands.md": ("golconda.doors.cli.main", commands),
    "settings.md": ("golconda.node.config", settings),
    "demonstration.md": ("golconda.demonstration", demonstration),
    "engines.md": ("golconda.engine.spark", engines),
    "errors.md": ("golconda", errors),
}


def stale() -> Iterator[str]:
    """Yield the difference between each page as it stands and as the code would write it."""
    for name, text in generated():
        path = REFERENCE / name
        now = path.read_text("utf-8") if path.exists() else ""
        yield from unified_diff(
            now.splitlines(), text.splitlines(), f"{name} as it stands", "as generated", lineterm=""
        )


def generated() -> Iterator[tuple[str, str]]:
    """Yield each page's name and text."""
    for name, (module, write) in PAGES.items():
        if find_spec(module) is not None:
            yield name, write()


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` compare them."""
    if arguments == ["--check"]:
        lines = list(stale())
        sys.stdout.write("\n".join([*lines, "The reference is out of date: run `make docs`.\n"]) if lines else "")
        return 1 if lines else 0
    for name, text in generated():
        (REFERENCE / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
