"""Delimited text: what is read, what is set aside, what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from time import process_time
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golconda.integration.connectors.csv import DelimitedText
from golconda.integration.reading import sources, staging
from golconda.kernel.errors import GolcondaError
from golconda.kernel.logical_types import Kind, LogicalType
from golconda.testing.connectors import SMALL

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.integration.reading.staging import ReadTable


def _read(folder: Path, content: str | bytes, *, name: str = "a.csv", known: Any = None, **options: str) -> ReadTable:
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    (source,) = sources.discover([str(folder / name)])
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return staging.read(source, work, known=known or {}, options=options, allowance=SMALL)


def _rows(read: ReadTable) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in pq.read_table(read.file).to_pylist()]


def _types(read: ReadTable) -> list[str]:
    return [str(column.type) for column in read.columns]


def _code(folder: Path, content: str | bytes, **how: Any) -> str:
    with pytest.raises(GolcondaError) as caught:
        _read(folder, content, **how)
    return caught.value.code


def test_a_ragged_row_is_set_aside_with_its_number_and_reason(tmp_path: Path) -> None:
    read = _read(tmp_path, 'a,b\n1,x\n2,"two\nlines"\n3\n4,y,z\n5,v\n')
    assert [(row.row, row.reason) for row in read.rejected] == [
        (3, "has fewer cells than the header"),
        (4, "has more cells than the header"),
    ]
    assert _rows(read) == [(1, "x"), (2, "two\nlines"), (5, "v")]


def test_a_quote_that_never_ends_is_set_aside(tmp_path: Path) -> None:
    read = _read(tmp_path, 'a,b\n1,x\n2,"open\n')
    assert [row.row for row in read.rejected] == [2]
    assert _rows(read) == [(1, "x")]


def test_a_row_that_is_set_aside_keeps_its_raw_text_for_the_owner(tmp_path: Path) -> None:
    assert [row.raw for row in _read(tmp_path, "a,b\n1,x\n2\n").rejected] == ["2"]


def test_numbers_that_are_identifiers_stay_text(tmp_path: Path) -> None:
    read = _read(tmp_path, "zip,id,n,grouped\n00501,123456789012345678901,1,1_000\n10001,2,-2,7\n")
    assert _types(read) == ["VARCHAR", "VARCHAR", "BIGINT", "VARCHAR"]
    assert _rows(read)[0] == ("00501", "123456789012345678901", 1, "1_000")


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["+8613800000000", "+8613900000000"], "VARCHAR"),
        (["+8613800000000", "+12025550123"], "VARCHAR"),
        (["+8613800000000", "8613900000000"], "VARCHAR"),
        (["13800000000", "13900000000"], "VARCHAR"),
        (["100000000", "999999999"], "VARCHAR"),
        (["13800000000", "7"], "BIGINT"),
        (["-13800000000", "13900000000"], "BIGINT"),
        (["-100000000", "-999999999"], "BIGINT"),
        (["10000000", "99999999"], "BIGINT"),
        (["1234.56789", "2234.56789"], "DOUBLE"),
        (["+1.5", "+12345678"], "DOUBLE"),
        (["0123", "0456"], "VARCHAR"),
    ],
)
def test_long_numbers_of_one_length_are_identifiers_and_stay_text(
    tmp_path: Path, values: list[str], type_: str
) -> None:
    assert _types(_read(tmp_path, "\n".join(["a", *values, ""]))) == [type_]


def test_one_length_in_the_sample_alone_makes_no_identifier(tmp_path: Path) -> None:
    assert _types(_read(tmp_path, "a\n" + "13800000000\n" * 12_000 + "7\n")) == ["BIGINT"]


def test_a_date_that_means_two_things_stays_text(tmp_path: Path) -> None:
    assert _types(_read(tmp_path, "d\n01/02/2013\n03/04/2013\n")) == ["VARCHAR"]


def test_a_zone_makes_an_instant(tmp_path: Path) -> None:
    read = _read(tmp_path, "a,b\n2013-01-01T10:00:00Z,2013-01-01 10:00\n2013-01-01T10:00:00+08:00,\n")
    assert _types(read) == ["TIMESTAMPTZ", "TIMESTAMP"]


def test_one_odd_value_after_the_sample_makes_a_column_text(tmp_path: Path) -> None:
    read = _read(tmp_path, "a,b\n" + "1,2.5\n" * 12_000 + "x,3\n")
    assert _types(read) == ["VARCHAR", "DOUBLE"]
    assert _rows(read)[-1] == ("x", 3.0)


def test_a_column_empty_in_the_sample_still_has_a_type(tmp_path: Path) -> None:
    assert _types(_read(tmp_path, "a,b\n" + "1,\n" * 12_000 + "1,7\n")) == ["BIGINT", "BIGINT"]


def test_a_column_without_values_is_text(tmp_path: Path) -> None:
    assert _types(_read(tmp_path, "a,b\n1,NA\n2,\n")) == ["BIGINT", "VARCHAR"]


def test_words_for_missing_values_can_be_given(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "c,d\nNA,-\nSE,1\n", null="-")) == [("NA", None), ("SE", 1)]


def test_the_contract_decides_a_type_and_sets_aside_what_is_none(tmp_path: Path) -> None:
    known = {"b": None, "a": LogicalType(Kind.BIGINT)}
    read = _read(tmp_path, "a,b\n007,x\n1.5,y\nbad,z\nshort\n,v\n", known=known)
    assert _rows(read) == [("x", 7), ("v", None)]
    assert [(row.row, row.column, row.raw) for row in read.rejected] == [
        (2, "a", "1.5"),
        (3, "a", "bad"),
        (4, None, "short"),
    ]
    assert [read.source_row(position) for position in range(2)] == [1, 5]


def test_a_row_with_two_bad_values_is_set_aside_once(tmp_path: Path) -> None:
    known = {"a": LogicalType(Kind.BIGINT), "b": LogicalType(Kind.DATE)}
    read = _read(tmp_path, "a,b\nx,y\n1,2013-01-01\n", known=known)
    assert [(row.row, row.column) for row in read.rejected] == [(1, "a")]


def test_columns_come_in_the_order_of_the_contract(tmp_path: Path) -> None:
    read = _read(tmp_path, "a,b\n1,2\n", known={"b": None, "a": None})
    assert [column.name for column in read.columns] == ["b", "a"]


def test_a_column_the_contract_does_not_know_is_refused(tmp_path: Path) -> None:
    assert _code(tmp_path, "a,b\n1,2\n", known={"a": None}) == "contract-broken"


def test_a_column_the_contract_promises_must_be_there(tmp_path: Path) -> None:
    assert _code(tmp_path, "a\n1\n", known={"a": None, "b": None}) == "contract-broken"


def test_another_encoding_is_refused_and_then_read(tmp_path: Path) -> None:
    raw = "区,n\n北京,1\n".encode("gb18030")
    assert _code(tmp_path, raw) == "file-encoding"
    assert _rows(_read(tmp_path, raw, encoding="gb18030")) == [("北京", 1)]


def test_a_wrong_encoding_is_refused_too(tmp_path: Path) -> None:
    assert _code(tmp_path, b"a\n\xff\xff\xff\n", encoding="gb18030") == "file-encoding"


@pytest.mark.parametrize("encoding", ["klingon", "base64"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path: Path, encoding: str) -> None:
    assert _code(tmp_path, "a\n1\n", encoding=encoding) == "encoding-unknown"


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    assert _code(tmp_path, content) == "file-empty"


def test_a_file_of_a_header_alone_is_a_table_of_no_rows(tmp_path: Path) -> None:
    read = _read(tmp_path, "a,b\n")
    assert _rows(read) == []
    assert _types(read) == ["VARCHAR", "VARCHAR"]


def test_columns_that_differ_in_case_alone_are_refused(tmp_path: Path) -> None:
    assert _code(tmp_path, "Name, name \n1,2\n") == "column-duplicate"


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    assert _code(tmp_path, "1,2\n3,4\n") == "header-missing"


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    assert [column.name for column in _read(tmp_path, ",b\n1,2\n").columns] == ["column_1", "b"]


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    assert _code(tmp_path, b"no gzip at all", name="a.csv.gz") == "file-damaged"


def test_the_delimiter_is_found_in_the_header_outside_quotes(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, '"a,b,c";d\n1;2\n')) == [(1, 2)]


def test_a_delimiter_can_be_given(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "a:b\n1:2\n", delimiter=":")) == [(1, 2)]


def test_odd_line_ends_are_read(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "a,b\r\r\n1,x\r\r\n2,y\r\r\n")) == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\n"])
def test_a_blank_line_is_no_row_however_lines_end(tmp_path: Path, end: str) -> None:
    read = _read(tmp_path, end.join(["a,b", "1,x", "2", '3,"y\n\nz"', "", "4,v", ""]))
    assert [row.row for row in read.rejected] == [2]
    assert _rows(read) == [(1, "x"), (3, "y\n\nz"), (4, "v")]


def test_errors_never_quote_a_cell(tmp_path: Path) -> None:
    with pytest.raises(GolcondaError) as caught:
        _read(tmp_path, "a\nSECRET 区\n".encode("gb18030"))
    assert "SECRET" not in str(caught.value.document())


_CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@settings(deadline=None, max_examples=25)
@given(rows=st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=20))
def test_text_comes_back_as_it_was(rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    quoted = "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in [("a", "b"), *rows]
    )
    known = {"a": LogicalType(Kind.VARCHAR), "b": LogicalType(Kind.VARCHAR)}
    read = _read(tmp_path_factory.mktemp("csv"), quoted, known=known)
    missing = ("", "NA")
    assert _rows(read) == [tuple(None if cell in missing else cell for cell in row) for row in rows]


@pytest.mark.parametrize("header", ['"a,b\n1,x\n', '"a"x,b\n1,x\n', "a" * 200_000 + ",b\n1,x\n"])
def test_a_header_that_cannot_be_split_is_refused(tmp_path: Path, header: str) -> None:
    assert _code(tmp_path, header) == "header-broken"


@pytest.mark.parametrize("name", ["a\0", "a\x1b[31m", "a\u202eb"])
def test_a_name_that_is_not_printed_is_refused(tmp_path: Path, name: str) -> None:
    assert _code(tmp_path, f"{name},b\n1,2\n") == "column-unprintable"


def test_utf_16_is_known_by_its_mark(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "区,n\n北京,1\n".encode("utf-16"))) == [("北京", 1)]


def test_a_zero_byte_in_a_row_set_aside_is_replaced(tmp_path: Path) -> None:
    assert [row.raw for row in _read(tmp_path, "a,b\n1,x\n\0\n2,y\n").rejected] == ["\ufffd"]


def test_many_rows_are_set_aside_and_the_first_are_listed(tmp_path: Path) -> None:
    read = _read(tmp_path, "a,b\n" + "1,x\n2\n3,y\n" * 20_000)
    assert len(read.absent) == 20_000
    assert [row.row for row in read.rejected] == list(range(2, 30_001, 3))
    assert read.source_row(39_999) == 60_000


RAGGED = """
import resource, sys
from pathlib import Path
from golconda.integration.reading import sources, staging
from golconda.kernel.errors import GolcondaError
from golconda.testing.connectors import SMALL
folder = Path(sys.argv[1])
(source,) = sources.discover([str(folder / "a.csv")])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    staging.read(source, folder, known={}, options={}, allowance=SMALL)
except GolcondaError as error:
    print(error.code, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_millions_of_ragged_rows_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "x\n" * 5_000_000)
    command = [sys.executable, "-c", RAGGED, str(tmp_path)]
    code, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert code == "rows-mostly-rejected"
    assert int(megabytes) < 300


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")

    class Growing(DelimitedText):
        def read(self, *args: Any, **how: Any) -> Any:
            scan = super().read(*args, **how)
            (tmp_path / "a.csv").write_text("id\n1\nx\n")
            return scan

    found = replace(sources.discover([str(tmp_path / "a.csv")])[0], connector=Growing())
    with pytest.raises(GolcondaError) as caught:
        staging.read(found, tmp_path, known={}, options={}, allowance=SMALL)
    assert caught.value.code == "source-changed"


def test_two_thousand_columns_are_a_matter_of_seconds_with_a_contract_and_without(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(2_000))
    rows = [",".join(f"{row}" if number % 2 else f"w{row}" for number in range(2_000)) for row in range(20)]
    content = "\n".join((names, *rows))
    began = process_time()
    found = _read(tmp_path, content)
    assert _types(found) == ["VARCHAR", "BIGINT"] * 1_000
    known = {column.name: column.type for column in found.columns}
    again = _read(tmp_path, content.replace("w5,5,", "w5,x,", 1), known=known)
    assert [(row.row, row.column, row.raw) for row in again.rejected] == [(6, "c1", "x")]
    assert process_time() - began < 60  # some five; with a tree copied for each column it was minutes
