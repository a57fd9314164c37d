"""WITH RECURSIVE: which CTEs read themselves, and whether they are written so that the engine runs them so."""

from __future__ import annotations

from sqlglot import exp

from golconda.gate.binding.refusals import construct
from golconda.gate.dialect import folded
from golconda.gate.statement import tables_read


def reads_itself(with_: exp.With, cte: exp.CTE) -> bool:
    """Say whether a CTE is run again and again; raise where it reads itself in another place than the engine does."""
    if not with_.args.get("recursive") or not _reads(cte.this, folded(cte.alias)):
        return False
    if not _is_in_form(cte.this) or _reads(cte.this.this, folded(cte.alias)):
        raise construct(
            f"the CTE {cte.alias} inside itself before its UNION ALL",
            hint="Write one UNION or UNION ALL: what it begins with, then what reads it; name tables in full.",
        )
    return True


def _is_in_form(query: exp.Expr) -> bool:
    clauses = ("with_", "by_name", "order", "limit", "offset")
    return isinstance(query, exp.Union) and not any(query.args.get(clause) for clause in clauses)


def _reads(query: exp.Expr, name: str) -> bool:
    return any(not table.db and folded(table.name) == name for table in tables_read(query))
