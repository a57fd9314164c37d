"""How the two engines differ, as data: what each has for a type, what each does, and how one meaning is kept.

The rules themselves are in `translate`, `values` and `calls`; ``docs/explain/engines.md`` is written from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from golconda.kernel.logical_types import Kind


@dataclass(frozen=True, slots=True)
class Difference:
    """What DuckDB gives, what Spark would give, and what is done so that the answers are one."""

    about: str
    duckdb: str
    spark: str
    kept: str


# The name of each logical type on Spark; no value is lost on the way there or back.
TYPES: dict[Kind, str] = {
    Kind.BOOLEAN: "BOOLEAN",
    Kind.BIGINT: "BIGINT",
    Kind.DOUBLE: "DOUBLE",
    Kind.DECIMAL: "DECIMAL(p,s)",
    Kind.VARCHAR: "STRING",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP_NTZ",
    Kind.TIMESTAMPTZ: "TIMESTAMP, session in UTC",
    Kind.BLOB: "BINARY",
}

DIFFERENCES = (
    Difference(
        "columns of an answer", "its own types", "wider or narrower ones", "DuckDB tells them; cast, or an error"
    ),
    Difference("order of NULL", "last", "first when ascending", "written out"),
    Difference("overflow of whole numbers", "an error", "wraps without ANSI", "ANSI on"),
    Difference("sum of whole numbers", "128 bits", "64 bits", "summed as DECIMAL(38,0)"),
    Difference("sum of decimals", "38 digits", "ten digits more than the column's", "summed with 38 digits"),
    Difference("products of decimals", "an error beyond 38 digits", "drops decimals", "loss of precision is off"),
    Difference("product of narrow decimals", "an error beyond 18 digits", "widens", "Spark answers; DuckDB refuses"),
    Difference(
        "average of other than doubles",
        "exact sum over count",
        "a decimal, or a sum of doubles",
        "exact sum over count",
    ),
    Difference("`/`", "doubles; infinite over zero", "decimals; an error over zero", "doubles, written out by cases"),
    Difference("`//` and `%` by zero", "an error", "an error", "nothing; `//` and `%` of doubles are refused"),
    Difference(
        "rounding of doubles",
        "the nearest, halves away from zero",
        "of the decimal text",
        "DuckDB's steps, written out",
    ),
    Difference(
        "`floor` and `ceil` of doubles", "a double", "a whole number of 64 bits", "only where there is a fraction"
    ),
    Difference("casts to whole numbers", "round", "cut off", "rounded first"),
    Difference("NaN", "equal to itself, above all", "the same", "nothing"),
    Difference("order of adding doubles", "by thread", "by partition", "the last digits may differ"),
    Difference("`concat`", "skips NULL", "gives NULL", "NULL becomes an empty text"),
    Difference("`LIKE`", "no sign of escape", "escape by \\", "another sign is named; patterns must be written out"),
    Difference(
        "`substring`, `left`, `right`", "count from the end below 1", "in other ways", "written numbers from 1, or 0"
    ),
    Difference("`lower`, `upper`, `ILIKE`", "letter by letter", "by the rules of languages", "refused"),
    Difference("`reverse`", "keeps letters and their accents together", "does not", "refused"),
    Difference("regular expressions", "RE2", "Java's", "refused"),
    Difference(
        "casts of text", "spaces, signs, exponents", "others", "refused unless written out in ISO 8601 or plain digits"
    ),
    Difference("casts of doubles to text", "1e+20", "1.0E20", "refused"),
    Difference("dates as text", "years of five digits without a sign, (BC)", "with a sign", "DuckDB's, written out"),
    Difference("date and interval", "a timestamp", "a date", "cast to a timestamp; intervals must be written out"),
    Difference("`date_trunc`", "a timestamp without zone", "a timestamp with one", "cast through dates; day to year"),
    Difference("parts of dates", "64 bits; Sunday is 0", "32 bits; Sunday is 1", "widened and shifted"),
    Difference("time zone", "UTC", "the machine's", "UTC pinned"),
    Difference("collation", "by bytes", "by bytes", "nothing"),
    Difference("lists and their base", "from 1", "from 0", "refused"),
    Difference("sketches", "HyperLogLog of its own", "another", "refused"),
    Difference("hash encodings", "hexadecimal, small letters", "the same for md5 and SHA-256", "`hash` is refused"),
    Difference("`any_value`, `first`, `list`", "by the order of rows", "another order", "refused"),
    Difference("`DISTINCT ON`, `QUALIFY`, `GROUP BY ALL`, LATERAL", "answered", "other rules", "refused"),
    Difference("ROLLUP, CUBE, the grouping set ()", "a total over no rows", "none", "refused; write UNION ALL"),
    Difference("logarithms, powers, sines", "the C library's last digit", "Java's; NULL for ln(0)", "refused"),
    Difference(
        "barrier over hidden rows", "OFFSET 0", "optimised away", "a random column that is used, over every filter"
    ),
)
