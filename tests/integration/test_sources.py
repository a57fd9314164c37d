"""Addresses: folders and patterns are their files; each file has one connector."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from golconda.integration.reading import sources
from golconda.kernel.errors import GolcondaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _names(address: str) -> list[tuple[str, str]]:
    return [(source.table.name, source.connector.name) for source in sources.discover([address])]


def _code(address: str) -> str:
    with pytest.raises(GolcondaError) as caught:
        sources.discover([address])
    return caught.value.code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Visits 2013.parquet", "people.csv", "README.txt", "notes.docx", ".hidden.csv"):
        (tmp_path / name).write_text("a\n1\n")
    return tmp_path


def test_a_folder_is_one_table_for_each_file_of_data(folder: Path) -> None:
    assert _names(str(folder)) == [("visits_2013", "parquet"), ("people", "csv")]


def test_a_pattern_is_the_files_it_matches(folder: Path) -> None:
    assert _names(f"{folder}/*.csv") == [("people", "csv")]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(folder: Path) -> None:
    (folder / "a[1].csv").write_text("a\n1\n")
    assert _names(f"{folder}/a[1].csv") == [("a_1", "csv")]


def test_a_pattern_or_folder_without_data_is_refused(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert _code(f"{folder}/*.tsv") == "file-missing"
    assert _code(f"{folder}/empty") == "file-missing"


def test_what_no_connector_reads_is_refused(folder: Path) -> None:
    assert _code(f"{folder}/notes.docx") == "source-unknown"


@pytest.mark.parametrize("address", ["ftp://host/x", "s3://host/x.parquet", "https://host/x.csv", "file:///x.csv"])
def test_what_lies_elsewhere_is_no_database_without_its_driver(address: str) -> None:
    assert _code(address) == "source-unknown"
    assert _code("oracle://user@host/x#t") == "extra-missing"


def test_nothing_is_no_source() -> None:
    with pytest.raises(GolcondaError) as caught:
        sources.discover([])
    assert caught.value.code == "source-missing"


def test_a_path_may_begin_at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert _names("~/people.csv") == [("people", "csv")]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to(path)])
@pytest.mark.parametrize("name", ["odd.csv", "odd.parquet"])
def test_what_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], None], name: str) -> None:
    make(tmp_path / name)
    assert _code(str(tmp_path / name)) == "file-unreadable"


def test_a_zero_byte_in_an_address_is_refused() -> None:
    assert _code("a\0b.csv") == "file-unreadable"
