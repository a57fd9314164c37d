"""The functions of DuckDB 2.0 that are answered, in three lists.

TOTAL: gives a value for every argument of these types, on every row, so no error can tell of a hidden one.
PARTIAL: can fail, and the engine knows it, so that ``OFFSET 0`` keeps it above the filter.
UNFLAGGED: can fail and the engine does not know it: it is tried on whole Parquet dictionaries, hidden values
included, barrier or not; refused wherever rows are hidden. (week, epoch_ms and their like are tried on the files'
statistics while planning; with `barrier.DISABLED_OPTIMIZERS` off that ends, and they are partial.)

The lists were found by trying (``tests/engine``): every total signature on values that hurt, every partial name
behind the barrier. They hold for one engine version and are tried again before another is allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import sql_types as t
from golconda.engine.sql_types import Family, SqlType
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

# name(argument types) → result. `number` any numeric; `moment` date or timestamp; `any` anything; `…` repeats the last.
_TOTAL = """
length(text) integer
len(text) integer
char_length(text) integer
character_length(text) integer
strlen(text) integer
bit_length(text) integer
lower(text) text
lcase(text) text
upper(text) text
ucase(text) text
trim(text) text
trim(text, text) text
ltrim(text) text
ltrim(text, text) text
rtrim(text) text
rtrim(text, text) text
replace(text, text, text) text
reverse(text) text
concat(any…) text
concat_ws(text, any…) text
starts_with(text, text) boolean
ends_with(text, text) boolean
prefix(text, text) boolean
suffix(text, text) boolean
contains(text, text) boolean
strpos(text, text) integer
instr(text, text) integer
split_part(text, text, integer) text
string_split(text, text) list
str_split(text, text) list
string_to_array(text, text) list
levenshtein(text, text) integer
editdist3(text, text) integer
damerau_levenshtein(text, text) integer
jaro_similarity(text, text) double
jaro_winkler_similarity(text, text) double
md5(text) text
sha1(text) text
sha256(text) text
hash(any…) huge
hex(text) text
to_base64(blob) text
base64(blob) text
ascii(text) integer
unicode(text) integer
ord(text) integer
strip_accents(text) text
nfc_normalize(text) text
url_encode(text) text
typeof(any) text
sqrt(number) double
cbrt(number) double
exp(number) double
ln(number) double
log(number) double
log10(number) double
log2(number) double
sin(number) double
cos(number) double
tan(number) double
atan(number) double
atan2(number, number) double
sinh(number) double
cosh(number) double
tanh(number) double
asinh(number) double
degrees(number) double
radians(number) double
pow(number, number) double
power(number, number) double
pi() double
ceil(double) double
ceiling(double) double
floor(double) double
trunc(double) double
round(double) double
abs(double) double
sign(number) integer
isnan(double) boolean
isinf(double) boolean
isfinite(double) boolean
year(moment) integer
month(moment) integer
day(moment) integer
dayofmonth(moment) integer
quarter(moment) integer
hour(timestamp) integer
minute(timestamp) integer
second(timestamp) integer
millisecond(timestamp) integer
microsecond(timestamp) integer
dayofweek(moment) integer
weekday(moment) integer
isodow(moment) integer
dayofyear(moment) integer
dayname(moment) text
monthname(moment) text
epoch(moment) double
now() timestamptz
today() date
get_current_timestamp() timestamptz
transaction_timestamp() timestamptz
random() double
"""

# Window functions and aggregates that cannot fail whatever they are given of these types.
_TOTAL_OVER_ROWS = """
count() integer
count(any…) integer
min(any) 1
max(any) 1
sum(integer) huge
sum(double) double
avg(integer) double
avg(double) double
mean(integer) double
mean(double) double
stddev(number) double
stddev_samp(number) double
stddev_pop(number) double
variance(number) double
var_samp(number) double
var_pop(number) double
covar_pop(number, number) double
covar_samp(number, number) double
corr(number, number) double
any_value(any) 1
arbitrary(any) 1
first(any) 1
last(any) 1
arg_min(any, any) 1
arg_max(any, any) 1
min_by(any, any) 1
max_by(any, any) 1
mode(any) 1
list(any) list
array_agg(any) list
string_agg(text, text) text
group_concat(text, text) text
listagg(text, text) text
bool_and(boolean) boolean
bool_or(boolean) boolean
count_if(boolean) huge
countif(boolean) huge
approx_count_distinct(any) integer
product(number) double
grouping(any…) integer
grouping_id(any…) integer
row_number() integer
rank() integer
dense_rank() integer
percent_rank() double
cume_dist() double
lag(any) 1
lead(any) 1
first_value(any) 1
last_value(any) 1
"""

# The same on one value, NULL or all of one type.
_CHOICES = frozenset({"coalesce", "ifnull", "nullif", "greatest", "least", "if"})

_PARTIAL_SCALAR = """
coalesce ifnull nullif greatest least if
substring substr left right lpad rpad repeat translate chr format printf hamming jaccard mismatches
regexp_matches regexp_full_match regexp_replace regexp_extract regexp_extract_all regexp_split_to_array
string_split_regex str_split_regex regexp_escape
unhex from_hex decode encode from_base64 to_hex to_base bin unbin url_decode
left_grapheme right_grapheme substring_grapheme length_grapheme array_to_string
asin acos atanh acosh cot even factorial gamma lgamma gcd lcm mod fmod fdiv bit_count xor
greatest_common_divisor least_common_multiple nextafter round_even roundbankers signbit
abs add subtract multiply divide
date_part datepart date_trunc datetrunc date_diff datediff date_sub datesub date_add last_day make_date
make_timestamp make_timestamptz make_time to_timestamp strftime strptime try_strptime time_bucket age julian
century decade millennium era timezone days_in_month week weekofyear isoyear yearweek epoch_ms epoch_us epoch_ns
to_years to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds to_quarters
json_extract json_extract_string json_array_length json_keys json_type json_valid json_value json_exists json_contains
list_value list_extract list_element array_extract list_contains list_has array_contains list_has_any list_has_all
list_sort list_reverse_sort list_distinct list_unique list_concat list_append list_prepend list_position list_slice
list_sum list_avg list_min list_max list_count array_length unnest range generate_series
list_transform list_filter list_reduce list_apply array_transform array_filter array_reduce
"""

_PARTIAL_OVER_ROWS = """
regr_slope regr_intercept regr_r2 regr_count regr_avgx regr_avgy regr_sxx regr_sxy regr_syy
median quantile quantile_cont quantile_disc approx_quantile skewness kurtosis entropy histogram mad sem
bit_and bit_or bit_xor fsum kahan_sum sumkahan favg geomean geometric_mean weighted_avg
ntile nth_value
"""

UNFLAGGED = frozenset(
    {
        *("like_escape", "ilike_escape", "not_like_escape", "not_ilike_escape"),
        *("list_distance", "list_cosine_similarity", "list_cosine_distance"),
    }
)

# What to write instead of those.
INSTEAD = {
    "LIKE … ESCAPE": "Write the pattern as a literal, with the sign only before %, _ or itself.",
}

# What is given a lambda, and nothing else is.
OF_LAMBDAS = frozenset(
    ["list_transform", "list_filter", "list_reduce", "list_apply", "array_transform", "array_filter", "array_reduce"]
)

TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})

# Known to the engine, not answered, and what to do instead.
REFUSED = {
    **dict.fromkeys(
        [
            "read_parquet",
            "parquet_scan",
            "read_csv",
            "read_csv_auto",
            "read_json",
            "read_json_auto",
            "read_text",
            "read_blob",
            "glob",
            "sniff_csv",
            "parquet_metadata",
            "parquet_schema",
            "parquet_file_metadata",
            "parquet_kv_metadata",
            "delta_scan",
            "iceberg_scan",
        ],
        "Read the tables of your agreements by name.",
    ),
    **dict.fromkeys(
        ["query", "query_table", "json_execute_serialized_sql", "json_serialize_sql", "json_deserialize_sql"],
        "Write the query itself.",
    ),
    **dict.fromkeys(
        [
            "getenv",
            "getvariable",
            "current_setting",
            "current_query",
            "current_database",
            "current_schema",
            "current_user",
            "version",
            "duckdb_settings",
            "duckdb_tables",
            "duckdb_views",
            "duckdb_columns",
            "duckdb_functions",
            "pragma_table_info",
            "nextval",
            "currval",
            "setseed",
            "sleep_ms",
            "write_log",
            "in_search_path",
            "pg_sleep",
        ],
        "Ask the node, not the engine: golconda show PRODUCT lists tables and columns.",
    ),
    "error": "Return NULL instead.",
    "try": "Use TRY_CAST, or CASE.",
    "array": "Write (SELECT list(column ORDER BY column) FROM …).",
    "columns": "Name the columns.",
    "struct_pack": "Return the columns side by side.",
    "row": "Return the columns side by side.",
    "percentile_cont": "Write quantile_cont(column, 0.5).",
    "percentile_disc": "Write quantile_disc(column, 0.5).",
}

# Argument (from 0; None = each) that says how much memory is taken: a literal, at most this.
CAPS = {
    "repeat": (1, 10_000),
    "lpad": (1, 10_000),
    "rpad": (1, 10_000),
    "range": (None, 10_000),
    "generate_series": (None, 10_000),
}
ROWS_CAP = 10_000_000  # of range and generate_series in FROM, which take no memory
REPEATING = frozenset({"repeat", "lpad", "rpad"})
MOST_LETTERS = 1_000_000  # of a text made by repeating
# Widths of four digits, given by an argument, or by a field in a field.
_WIDE = re.compile(r"[0-9]{4}|%[^a-zA-Z%]*\*|\{[^}]*\{")


@dataclass(frozen=True, slots=True)
class Signature:
    """Argument patterns and the result; `result` None = the type of the first argument."""

    arguments: tuple[str, ...]
    result: SqlType | None
    repeats: bool = False

    def fits(self, types: Sequence[SqlType]) -> bool:
        """Say whether arguments of these types need no cast that can fail."""
        patterns = list(self.arguments)
        if self.repeats and patterns:
            patterns += [patterns[-1]] * (len(types) - len(patterns))
        return len(patterns) == len(types) and all(map(_fits, patterns, types))


def _fits(pattern: str, type_: SqlType) -> bool:
    family = type_.family
    if family is Family.UNKNOWN:
        return False
    if family is Family.NULL or pattern in ("any", family.value):
        return True
    if pattern == "number":
        return family in t.NUMERIC
    return pattern == "moment" and family in (Family.DATE, Family.TIMESTAMP)


def _read(text: str) -> dict[str, tuple[Signature, ...]]:
    found: dict[str, tuple[Signature, ...]] = {}
    for line in text.strip().splitlines():
        call, result = line.rsplit(" ", 1)
        name, arguments = call.rstrip(")").split("(")
        repeats = arguments.endswith("…")
        patterns = tuple(part.strip() for part in arguments.rstrip("…").split(",") if part)
        type_ = None if result == "1" else SqlType(Family(result))
        found[name] = (*found.get(name, ()), Signature(patterns, type_, repeats))
    return found


TOTAL_SCALAR = _read(_TOTAL)
TOTAL_OVER_ROWS = _read(_TOTAL_OVER_ROWS)
TOTAL = {**TOTAL_SCALAR, **TOTAL_OVER_ROWS}
PARTIAL = frozenset(_PARTIAL_SCALAR.split()) | frozenset(_PARTIAL_OVER_ROWS.split())
AGGREGATES = frozenset(TOTAL_OVER_ROWS) | frozenset(_PARTIAL_OVER_ROWS.split())
WINDOW_ONLY = frozenset(
    [
        "row_number",
        "rank",
        "dense_rank",
        "percent_rank",
        "cume_dist",
        "lag",
        "lead",
        "first_value",
        "last_value",
        "ntile",
        "nth_value",
    ]
)
NAMES = frozenset(TOTAL) | PARTIAL | UNFLAGGED


def total(name: str, types: Sequence[SqlType]) -> SqlType | None:
    """Return the result's type if the call can never fail, else None.

    >>> total("length", [t.TEXT]), total("length", [t.DATE])
    (SqlType(family=<Family.INTEGER: 'integer'>, precision=0, scale=0), None)
    """
    if name in _CHOICES:
        return _choice(name, list(types))
    for signature in TOTAL.get(name, ()):
        if signature.fits(types):
            return signature.result or types[0]
    return None


def _choice(name: str, types: list[SqlType]) -> SqlType | None:
    if name == "if":
        return t.common(types[1:]) if types[0].family in (Family.BOOLEAN, Family.NULL) else None
    found = t.common(types)
    return types[0] if found and name == "nullif" else found


def check_caps(name: str, arguments: Sequence[exp.Expr], *, in_from: bool) -> None:
    """Refuse calls that take memory by a number of the reader's: engines do not bound strings and lists."""
    if name in ("printf", "format"):
        _check_format(name, arguments)
    if name not in CAPS:
        return
    position, most = (None, ROWS_CAP) if in_from else CAPS[name]
    for bound in arguments if position is None else arguments[position : position + 1]:
        if not _is_small(bound, most):
            raise InvalidInput(
                "sql-function-refused",
                f"{name} is answered only with whole numbers written out, at most {most}.",
                hint=f"Write a number up to {most} there.",
            )


def check_repeats(calls: Sequence[exp.Anonymous]) -> None:
    """Refuse repeats that may lie in one another, in CTEs too, and multiply beyond a million letters."""
    letters = 1
    for call in calls:
        if call.name.lower() in REPEATING:
            letters *= int(call.expressions[1].name or 1)
    if letters > MOST_LETTERS:
        raise InvalidInput(
            "sql-function-refused",
            f"The query's repeats multiply to {letters} letters, and at most {MOST_LETTERS} are made.",
            hint="Repeat less, or once.",
        )


def _check_format(name: str, arguments: Sequence[exp.Expr]) -> None:
    given = arguments[0] if arguments else None
    if not (isinstance(given, exp.Literal) and given.is_string) or _WIDE.search(str(given.this)):
        raise InvalidInput(
            "sql-function-refused",
            f"{name} is answered only with a text written out, of widths below 1000.",
            hint="Write the format as a text, and each width in it as a number.",
        )


def _is_small(bound: exp.Expr, most: int) -> bool:
    number = bound.this if isinstance(bound, exp.Neg) else bound
    if not isinstance(number, exp.Literal) or number.is_string:
        return False
    return number.this.isascii() and number.this.isdigit() and int(number.this) <= most
