"""How a query would be answered, in words: which clauses act on which table, the protected query, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.agreement.describe import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.gate.decide import Charge
    from golconda.gate.lineage import OutputColumn
    from golconda.gate.protected import ProtectedTable
    from golconda.gate.query import Explanation
    from golconda.gate.standing import Standing
    from golconda.metastore.meters import Meter


def document(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation as JSON."""
    return {
        "purpose": explanation.permit.purpose,
        "tables": list(_tables(explanation)),
        "columns": [column(found) for found in explanation.columns],
        "query": explanation.plan.shown,
        "limits": [limit(charge, meter) for charge, meter in explanation.meters],
        "cites": dict(explanation.permit.cites),
    }


def column(found: OutputColumn) -> dict[str, Any]:
    """Return a column of the answer and the stored columns it is made of."""
    origins = [
        {
            "product": str(origin.table.product),
            "table": origin.table.table,
            "column": origin.column,
            "how": origin.how.value,
        }
        for origin in found.origins
    ]
    return {"name": found.name, "origins": origins}


def _tables(explanation: Explanation) -> Iterator[dict[str, Any]]:
    standings = {standing.edition.product: standing for standing in explanation.standings}
    for table in dict.fromkeys(explanation.bound.values()):
        yield _table(table, standings[table.name.product])


def _table(table: ProtectedTable, standing: Standing) -> dict[str, Any]:
    demanded = table.obligations
    covenant = standing.covenant
    return {
        "table": str(table.name),
        "agreement": covenant.id if covenant else None,
        "version": standing.edition.number,
        "columns": list(demanded.columns),
        "filters": list(demanded.where),
        "masks": {column: [clause.mask for clause in clauses] for column, clauses in demanded.masks},
        "aggregate_only": demanded.min_group is not None,
        "min_group": demanded.min_group,
        "unit": demanded.unit,
        "clauses": [
            {"clause": clause.clause, "text": dict(clause.text), "class": clause.enforcement.value}
            for clause in (describe(covenant.terms) if covenant else ())
        ],
    }


def limit(charge: Charge, meter: Meter) -> dict[str, Any]:
    """Return a limit and how much of it is left."""
    return {
        "agreement": charge.agreement,
        "what": charge.limit.what,
        "per": charge.limit.per.value,
        "limit": charge.limit.most,
        "used": meter.used,
        "reserved": meter.reserved,
        "left": meter.left,
        "window": meter.window,
    }
