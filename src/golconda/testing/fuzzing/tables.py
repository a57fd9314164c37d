"""Random tables for the fuzzer: visible rows on which the grammar's expressions succeed, hidden ones that hurt.

Masks are computed here in Python, apart from the compiler.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from math import copysign, floor
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from golconda.agreement.terms import MaskClause

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

CANARY = "CANARY"
KEY = b"a key of the fuzzer"
MOMENTS = (datetime(9999, 12, 31, 23, 59), datetime(1, 1, 1))  # noqa: DTZ001 naive, and at both ends
ARROW = {
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DECIMAL(10,2)": pa.decimal128(10, 2),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
}
# Name, type, family for the grammar. Families: i whole, n whole and never 0, b whole and far from overflow, f double,
# m decimal, t text, c digits as text, d day, s moment, z moment with zone, o boolean, x binary.
COLUMNS = (
    ("id", "BIGINT", "i"),
    ("g", "BIGINT", "i"),
    ("nz", "BIGINT", "n"),
    ("Big", "BIGINT", "b"),
    ("f", "DOUBLE", "f"),
    ("m", "DECIMAL(10,2)", "m"),
    ("region", "VARCHAR", "t"),
    ("Größe", "VARCHAR", "t"),
    ("order", "VARCHAR", "c"),
    ("d", "DATE", "d"),
    ("s", "TIMESTAMP", "s"),
    ("z", "TIMESTAMPTZ", "z"),
    ("ok", "BOOLEAN", "o"),
    ("raw", "BLOB", "x"),
)
SECRET = ("secret", "VARCHAR", "t")


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────


def visible_row(pick: random.Random, number: int, groups: int) -> dict[str, Any]:
    """Return a row on which every expression of the grammar succeeds."""
    row: dict[str, Any] = {
        "id": number,
        "g": pick.randrange(groups),
        "nz": pick.choice((1, 2, 3, -4, 7)),
        "Big": pick.randrange(-1000, 1000),
        "f": pick.randrange(-40, 40) / 4,
        "m": Decimal(pick.randrange(-9999, 9999)).scaleb(-2),
        "region": pick.choice(("R1", "R2", "r2", "R3", "", "Ä", "北京")),
        "Größe": pick.choice(("klein", "groß", "13812345678", "it's", 'a"b', "%_", "💥x")),
        "order": str(pick.randrange(100)),
        "d": date(2024, 1, 1) + timedelta(days=pick.randrange(60)),
        "s": datetime(2024, 1, 1) + timedelta(minutes=pick.randrange(9999)),  # noqa: DTZ001 a naive column
        "z": datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=pick.randrange(999)),
        "ok": pick.random() < 0.7,
        "raw": bytes([pick.randrange(65, 70)]),
        "secret": f"{CANARY}-COLUMN-{number}",
    }
    for name in row:
        if name not in ("id", "secret") and pick.random() < 0.08:
            row[name] = None
    return row


def hidden_row(pick: random.Random, number: int) -> dict[str, Any]:
    """Return a row that makes expressions fail, and is recognised if it is seen."""
    return {
        "id": pick.choice((-(2**63), 2**63 - 1, -number - 1)),
        "g": pick.choice((2**63 - 1, -(2**63), 0)),
        "nz": 0,
        "Big": pick.choice((2**63 - 1, -(2**63))),
        "f": pick.choice((float("nan"), float("inf"), 1e308, 0.0)),
        "m": Decimal("99999999.99"),
        "region": "R9",
        "Größe": f"{CANARY}-ROW",
        "order": pick.choice((f"{CANARY}-ROW", "", "1e99", "-", "(")),
        "d": pick.choice((date.max, date.min, 2**31 - 2, 2 - 2**31)),
        "s": pick.choice((*MOMENTS, 2**63 - 2)),
        "z": pick.choice(MOMENTS).replace(tzinfo=UTC),
        "ok": pick.choice((True, None)),
        "raw": b"\xff\xfe",
        "secret": f"{CANARY}-ROW",
    }


@dataclass(frozen=True, slots=True)
class Masking:
    """A mask as the agreement has it, what it makes of a value, and the family that is left."""

    clause: MaskClause
    of: Any
    family: str
    type: str | None = None


def partial(value: str, first: int = 3, last: int = 2) -> str:
    """Return a text with its middle starred."""
    if len(value) < 2 * (first + last):
        return "*" * len(value)
    return value[:first] + "*" * (len(value) - first - last) + value[len(value) - last :]


def pseudonym(value: Any) -> str:
    """Return what stands for a value under the fuzzer's key."""
    return hmac.new(KEY, str(value).encode(), sha256).hexdigest()[:32]


def rounded(value: float, unit: float) -> float:
    """Round half away from zero."""
    return copysign(floor(abs(value) / unit + 0.5) * unit, value)  # -0.2 gives -0.0, as in the engine


def _masks() -> dict[str, list[Masking]]:
    def mask(name: str, of: Any, family: str, type_: str | None = None, **parameters: Any) -> Masking:
        return Masking(MaskClause(name, tuple(parameters.items())), of, family, type_)

    return {
        "g": [
            mask("generalise", lambda v: v // 3 * 3, "i", step=3),
            mask("pseudonym", pseudonym, "t", "VARCHAR"),
            mask("redact", lambda _: "***", "t", "VARCHAR"),
            mask("hide", lambda _: None, "i"),
        ],
        "nz": [mask("clip", lambda v: min(max(v, -2), 2), "n", low=-2, high=2)],
        "Big": [
            mask("round", lambda v: int(rounded(v, 10)), "i", to=-1),
            mask("generalise", lambda v: v // 10 * 10, "i", step=10),
        ],
        "f": [mask("round", lambda v: rounded(v, 1.0), "f"), mask("clip", lambda v: min(v, 3.5), "f", high=3.5)],
        "m": [mask("generalise", lambda v: Decimal(floor(v / 10) * 10).quantize(Decimal("0.01")), "m", step=10)],
        "region": [
            mask("generalise", lambda v: v[:1], "t", prefix=1),
            mask("hide", lambda _: None, "t"),
            mask("redact", lambda _: "***", "t"),
        ],
        "Größe": [mask("partial", partial, "t"), mask("pseudonym", pseudonym, "t")],
        "order": [mask("partial", lambda v: partial(v, 0, 1), "t", keep_first=0, keep_last=1)],
        "d": [
            mask("generalise", lambda v: v.replace(day=1), "d", to="month"),
            mask("clip", lambda v: max(v, date(2024, 1, 20)), "d", low="2024-01-20"),
            mask("pseudonym", pseudonym, "t", "VARCHAR"),
        ],
        "s": [
            mask("generalise", lambda v: v.replace(hour=0, minute=0), "s", to="day"),
            mask(
                "generalise",
                lambda v: v.replace(month=v.month - (v.month - 1) % 3, day=1, hour=0, minute=0),
                "s",
                to="quarter",
            ),
        ],
        "z": [
            mask("generalise", lambda v: v.replace(day=1, hour=0, minute=0), "z", to="month"),
            mask("generalise", lambda v: v.replace(month=1, day=1, hour=0, minute=0), "z", to="year"),
        ],
        "raw": [mask("hide", lambda _: None, "x")],
    }


MASKS = _masks()
# Conditions that hide every hidden row and some others, and what they say of a row.
WHERES: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    # Costs more than most failing expressions, so that an optimiser would rather try those first.
    ("region <> 'R9' OR secret = 'zz'", lambda r: r["region"] is not None and r["region"] != "R9"),
    ("nz <> 0 OR secret LIKE '%zz'", lambda r: r["nz"] not in (None, 0)),
    ("region <> 'R9'", lambda r: r["region"] is not None and r["region"] != "R9"),
    (
        "region IS NULL OR region <> 'R9' AND NOT secret LIKE '%ROW'",
        lambda r: r["region"] is None or r["region"] != "R9",
    ),
    ("nz <> 0 AND (ok OR secret = 'zz')", lambda r: r["nz"] not in (None, 0) and r["ok"] is True),
    (
        "nz <> 0 AND region <> :region",
        lambda r: r["nz"] not in (None, 0) and r["region"] is not None and r["region"] != "R1",
    ),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of V as the grammar sees it: columns with their families."""

    name: str
    columns: tuple[tuple[str, str], ...]
