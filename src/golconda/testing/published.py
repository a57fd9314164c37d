"""Writes what others need to run the attacks and the decision vectors: ``python -m golconda.testing.published DIR``.

From a checkout, since the data are the tests' own. ``docs/reference/attacks.md`` and ``vectors.md`` describe it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml
from sqlglot import exp

from golconda.testing.attacks import FOLDER
from golconda.testing.views import KEY, READER, TODAY, World, world

FORMAT = 1  # raised whenever a file of an older form would be read wrongly
VECTORS = FOLDER.parent / "vectors"
DOCS = FOLDER.parents[1] / "docs" / "reference"


def publish(folder: Path) -> None:
    """Write statements, vectors, the stored tables, the views of them made by hand, and what the agreements say."""
    for source in (FOLDER, VECTORS):
        (folder / source.name).mkdir(parents=True)
        for file in sorted(source.glob("*.yaml")):
            shutil.copyfile(file, folder / source.name / file.name)
    for page in ("attacks.md", "vectors.md", "terms.md"):
        shutil.copyfile(DOCS / page, folder / page)
    (folder / "stored").mkdir()
    (folder / "views").mkdir()
    made = world(folder / "stored")
    _write_views(made, folder / "views")
    written = yaml.safe_dump(_described(made), sort_keys=False, allow_unicode=True)
    (folder / "tables.yaml").write_text(written, encoding="utf-8")
    made.governed.close()
    made.views.close()


def _write_views(made: World, folder: Path) -> None:
    for name in made.tables:
        file = exp.Literal.string(str(folder / f"{name}.parquet")).sql("duckdb")
        made.views.execute(f"COPY (SELECT * FROM {exp.to_identifier(name, quoted=True).sql('duckdb')}) TO {file}")


def _described(made: World) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "reader": dict(READER),
        "today": TODAY.isoformat(),
        "key": KEY.hex(),
        "tables": {name: _table(made, name) for name in made.tables},
    }


def _table(made: World, name: str) -> dict[str, Any]:
    table = made.tables[name]
    clauses = table.obligations
    masks = {
        column: [{"mask": one.mask, **dict(one.parameters)} for one in several] for column, several in clauses.masks
    }
    aggregate = {"min_group": clauses.min_group, "unit": clauses.unit} if clauses.min_group else None
    told = {
        "name": f"{table.name.product.organisation}.{table.name.product.product}.{name}",
        "stored": {column.name: str(column.type) for column in table.columns},
        "columns": list(clauses.columns),
        "where": list(clauses.where),
        "masks": masks,
        "aggregate": aggregate,
        "identifiers": sorted(table.identifiers),
    }
    return {what: value for what, value in told.items() if value}


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
