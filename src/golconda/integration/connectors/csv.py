"""Delimited text: ``.csv``, ``.tsv`` and ``.txt``, also ``.gz``, one table a file, with a header.

A row that has too few or too many cells, or a quote that never ends, is set aside with its number. An empty
cell and ``NA`` are missing values; the option ``null`` gives other words, with commas between them
(``--null "NA,-"``), and ``--null ""`` leaves ``NA`` alone. A blank line is no row. Other encodings than UTF-8 are
decoded into a temporary file, as are files whose lines end in several ways. UTF-16 is known by its mark.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar, cast

from sqlglot import exp

from golconda.integration.connectors._files import check_columns, regular, unreadable
from golconda.kernel.errors import InvalidInput
from golconda.kernel.names import column_name, slugify
from golconda.kernel.ports import SourceTable, TextScan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ENDINGS = (".csv", ".tsv", ".txt")
_DELIMITERS = (",", "\t", ";", "|")
_CHUNK = 4 * 1024 * 1024
_UTF8 = "utf-8-sig"  # with or without a byte order mark
_HEADER_LIMIT = 1024 * 1024
_LONGEST_ROW = 16 * 1024 * 1024
_SPARE_CELLS = 50  # a row with more cells too many is not taken for a row


class DelimitedText:
    """Reads text files with one row a line and cells between delimiters."""

    name: ClassVar[str] = "csv"
    options: ClassVar[tuple[str, ...]] = ("delimiter", "encoding", "null")

    def handles(self, address: str) -> bool:
        """Say whether the address ends like delimited text, compressed or not."""
        return "://" not in address and _plain_name(Path(address)).endswith(_ENDINGS)

    def discover(self, address: str) -> tuple[SourceTable, ...]:
        """Name the one table of a file by its stem."""
        path = regular(address)
        stem = _plain_name(path).rpartition(".")[0]
        return (SourceTable(slugify(stem), address, address, title=stem),)

    def read(self, table: SourceTable, *, options: Mapping[str, str], scratch: Path) -> TextScan:
        """Check the encoding and the header, and say how to scan the rows."""
        source = Path(table.address).resolve()
        path = _as_utf8(source, options.get("encoding") or _marked(source), scratch)
        delimiter, columns = _header(path, options.get("delimiter"))
        relation = _relation(path, delimiter, columns, _nulls(options.get("null")))
        ragged = _relation(path, delimiter, tuple(map(str, range(len(columns) + _SPARE_CELLS))), [""])
        # Padding is refused where several threads read and a quoted cell has a line end in it.
        for name, value in (("null_padding", exp.true()), ("parallel", exp.false())):
            ragged.append("expressions", _setting(name, value))
        return TextScan(relation, ragged, (path,), columns, _setting("store_rejects", exp.true()))


def _plain_name(path: Path) -> str:
    return path.name.lower().removesuffix(".gz")


# ── encoding ────────────────────────────────────────────────────────────────────────────────────────────────


def _as_utf8(path: Path, encoding: str | None, scratch: Path) -> Path:
    """Return a tidy UTF-8 file with the same rows: the file itself if it is one, else a copy."""
    codec = _codec(encoding or "utf-8")
    if codec == _UTF8 and not _is_untidy(path):
        return path
    target = scratch / f"{slugify(path.stem)}-tidy.csv"
    with target.open("w", encoding="utf-8", newline="") as copy:
        copy.writelines(_tidy(_decoded(path, _decoder(codec), encoding or "UTF-8")))
    return target


def _marked(path: Path) -> str | None:
    """Return the encoding a byte order mark gives away: spreadsheets write "Unicode text" as UTF-16."""
    try:
        with _open(path) as source:
            mark = source.read(2)
    except (OSError, EOFError, zlib.error):
        return None  # what is wrong is told where the whole is read
    return "utf-16" if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else None


def _is_untidy(path: Path) -> bool:
    """Say whether lines end in several ways or are blank: the engine reads neither, or miscounts the rows."""
    decoder, before, has_blank = _decoder(_UTF8), "\n", False
    for piece in _decoded(path, decoder, "UTF-8"):
        has_blank = has_blank or "\n\n" in piece or (before == "\n" and piece.startswith("\n"))
        before = piece[-1:] or before
    return has_blank or isinstance(decoder.newlines, tuple)


def _tidy(pieces: Iterator[str]) -> Iterator[str]:
    """Give the lines without blank ones, but for those inside a quoted cell."""
    rest, is_quoted = "", False
    for piece in chain(pieces, "\n"):
        *lines, rest = (rest + piece).split("\n")
        for line in lines:
            if line or is_quoted:
                yield line + "\n"
            is_quoted ^= line.count('"') % 2 == 1


def _decoder(codec: str) -> io.IncrementalNewlineDecoder:
    return io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=True)


def _decoded(path: Path, decoder: io.IncrementalNewlineDecoder, encoding: str) -> Iterator[str]:
    """Give the text in pieces with one kind of line end, or raise ``file-encoding``; one reading."""
    try:
        with _open(path) as source:
            while piece := source.read(_CHUNK):
                yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise InvalidInput(
            "file-encoding",
            f"{path.name} is not written in {encoding}.",
            hint="Say how it is written, as in --encoding gb18030, or save it as UTF-8.",
        ) from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidInput(
            "file-damaged", f"{path.name} is no whole gzip file.", hint="Fetch or compress it again."
        ) from error
    except OSError as error:
        raise unreadable(path) from error


def _codec(encoding: str) -> str:
    try:
        "a".encode(encoding)  # refuses what is no encoding of text, too
    except LookupError as error:
        raise InvalidInput(
            "encoding-unknown",
            f"There is no encoding called {encoding!r}.",
            hint="Use a common name such as utf-8, gb18030, big5, shift_jis or latin-1.",
        ) from error
    name = codecs.lookup(encoding).name
    return _UTF8 if name == "utf-8" else name


def _open(path: Path) -> IO[bytes]:
    if path.name.lower().endswith(".gz"):
        return cast("IO[bytes]", gzip.GzipFile(path))
    return path.open("rb")


# ── header ──────────────────────────────────────────────────────────────────────────────────────────────────


def _header(path: Path, delimiter: str | None) -> tuple[str, tuple[str, ...]]:
    with _open(path) as source:
        beginning = source.read(_HEADER_LIMIT).decode("utf-8-sig", errors="ignore")
    if not beginning.strip():
        raise InvalidInput("file-empty", f"{path.name} is empty.", hint="Check that its export finished.")
    used = _delimiter(path, beginning, delimiter)
    return used, _columns(path, [column_name(cell) for cell in _cells(path, beginning, used)])


def _cells(path: Path, beginning: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(beginning, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:  # a quotation mark that never closes, a name of more than 131,072 letters
        raise InvalidInput(
            "header-broken",
            f"The first line of {path.name} cannot be split into names of columns.",
            hint="Check its quotation marks and that it ends: it is the line with the names of the columns.",
        ) from error


def _delimiter(path: Path, beginning: str, asked: str | None) -> str:
    """Return the delimiter: as asked, by the ending, else the commonest of the first line outside quotes."""
    if asked is not None:
        return _one_character({"tab": "\t", "\\t": "\t"}.get(asked, asked))
    if _plain_name(path).endswith(".tsv"):
        return "\t"
    outside = "".join(beginning.splitlines()[0].split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _one_character(text: str) -> str:
    if len(text) == 1 and text not in '"\r\n':
        return text
    raise InvalidInput(
        "delimiter-invalid",
        f"{text!r} is no delimiter.",
        hint="Give one character, or tab, as in --delimiter ';'.",
    )


def _columns(path: Path, cells: list[str]) -> tuple[str, ...]:
    if all(_is_number(cell) or not cell for cell in cells):
        raise InvalidInput(
            "header-missing",
            f"The first line of {path.name} names no columns.",
            hint="Put the names of the columns into the first line.",
        )
    # Spreadsheets and R leave the name of a row-number column empty; its place is all that is known of it.
    named = tuple(cell or f"column_{place}" for place, cell in enumerate(cells, start=1))
    check_columns(path, named)
    return named


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# ── the reader ──────────────────────────────────────────────────────────────────────────────────────────────


def _nulls(option: str | None) -> list[str]:
    return ["", "NA"] if option is None else [word.strip() for word in option.split(",")]


def _relation(path: Path, delimiter: str, columns: tuple[str, ...], nulls: list[str]) -> exp.ReadCSV:
    text = exp.Literal.string
    kinds = [exp.PropertyEQ(this=text(column), expression=text("VARCHAR")) for column in columns]
    settings = {
        "auto_detect": exp.false(),
        "delim": text(delimiter),
        "quote": text('"'),
        "escape": text('"'),
        "header": exp.true(),
        "columns": exp.Struct(expressions=kinds),
        "nullstr": exp.Array(expressions=[text(word) for word in nulls]),
        "max_line_size": exp.Literal.number(_LONGEST_ROW),
        "ignore_errors": exp.true(),
    }
    expressions = [_setting(name, value) for name, value in settings.items()]
    return exp.ReadCSV(this=text(str(path)), expressions=expressions)


def _setting(name: str, value: exp.Expression) -> exp.EQ:
    return exp.EQ(this=exp.column(name), expression=value)


plugin = DelimitedText()
