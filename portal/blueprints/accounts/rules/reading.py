"""Reading a table of accounts piece by piece, CSV or workbook: what it is, its header, its rows."""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from portal.core.workbooks import LONGEST_LINE, MOST_COLUMNS, Broken, Workbook, is_sealed

HEAD = 1 << 20
PIECE = 1 << 17
LONGEST_CELL = 1 << 17
DELIMITERS = (",", ";", "\t")
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ENCODINGS = (
    "",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "iso8859-15",
    "mac-roman",
    "gb18030",
    "big5",
    "shift-jis",
    "euc-kr",
)
"""How a text without a mark may be written (empty: UTF-8); only whoever saved it knows."""
ZIP = b"PK\x03\x04"
FOREIGN = (
    (ZIP, "zip"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3", "sqlite"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
)
csv.field_size_limit(LONGEST_CELL)


class Unreadable(ValueError):  # noqa: N818 - an answer about a file
    """The file is no table that we read: why (a key), and the line, 0 where it is all of it."""

    def __init__(self, why: str, *, line: int = 0) -> None:
        super().__init__(f"{why} at line {line}")
        self.why = why
        self.line = line


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written: its encoding, and how many bytes its mark takes."""

    encoding: str
    mark: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: the line it begins on, and its cells."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """An open table: its header, what counts the rows under it (empty ones may be among them), and
    what gives them, the header's too.
    """

    header: list[str]
    count: Callable[[], int]
    rows: Iterator[Row]
    sheet: str = ""


def open_table(stream: IO[bytes], *, wanted: Sequence[str], encoding: str = "") -> Table:
    """Open a CSV file or a workbook; `Unreadable` where it is neither. `encoding` is that of a text
    without a mark, UTF-8 where it is not given.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    try:
        if head.startswith(ZIP):
            return _open_workbook(stream)
        if is_sealed(stream):
            raise Unreadable("password")
    except Broken as error:
        raise Unreadable(error.why, line=error.row) from error
    form = form_of(head, encoding=encoding)
    delimiter, header = head_of(head, form=form, wanted=wanted)
    return Table(
        header,
        lambda: count_rows(_pieces(stream), form=form),
        rows(_pieces(stream), form=form, delimiter=delimiter),
    )


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    stream.seek(0)
    while piece := stream.read(PIECE):
        yield piece


def _open_workbook(stream: IO[bytes]) -> Table:
    book = Workbook(stream)
    first = next(book.rows(), None)
    if first is None:
        raise Unreadable("empty")
    header = [name.strip() for name in first[1]]
    return Table(header, lambda: _counted(book), _filled(book, len(header)), book.sheet)


def _counted(book: Workbook) -> int:
    try:
        return max(0, book.count() - 1)
    except Broken as error:
        raise Unreadable(error.why, line=error.row) from error


def _filled(book: Workbook, width: int) -> Iterator[Row]:
    """Give the rows of a workbook as wide as its header: it leaves out what is empty."""
    try:
        for number, cells in book.rows():
            yield Row(number, cells + [""] * (width - len(cells)))
    except Broken as error:
        raise Unreadable(error.why, line=error.row) from error


def form_of(head: bytes, *, encoding: str = "") -> Form:
    """Say how a file is written from its first bytes; `Unreadable` where it is not text. Without a
    mark it is taken for `encoding`, or UTF-8.
    """
    for magic, what in FOREIGN:
        if head.startswith(magic):
            office = what == "zip" and b"[Content_Types].xml" in head
            raise Unreadable("workbook" if office else what)
    for mark, marked in BOMS:
        if head.startswith(mark):
            return Form(marked, len(mark))
    if b"\x00" in head:
        raise Unreadable("binary")
    if not head.strip():
        raise Unreadable("empty")
    return Form(encoding or "utf-8", 0)


def lines(pieces: Iterable[bytes], form: Form) -> Iterator[str]:
    """Give each line of text with its end, without the file's mark."""
    decoder = codecs.getincrementaldecoder(form.encoding)()
    rest, number, skip = "", 0, form.mark
    try:
        for piece in pieces:
            *whole, rest = (rest + decoder.decode(piece[skip:])).split("\n")
            skip = 0
            for text in whole:
                number += 1
                yield _checked(text + "\n", number)
            if len(rest) > LONGEST_LINE:
                raise Unreadable("long_line", line=number + 1)
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(form.encoding, "replace").count("\n")
        raise Unreadable("encoding", line=number + before + 1) from error
    if rest:
        yield _checked(rest, number + 1)


def _checked(text: str, number: int) -> str:
    if len(text) > LONGEST_LINE:
        raise Unreadable("long_line", line=number)
    if "\x00" in text:
        raise Unreadable("binary", line=number)
    return text


def rows(pieces: Iterable[bytes], *, form: Form, delimiter: str) -> Iterator[Row]:
    """Give the rows, the header's too; empty lines are passed over.

    Only the row that is being read is in memory. A quote that is never closed ends at the limit of
    a cell.
    """
    reader = csv.reader(lines(pieces, form), delimiter=delimiter, strict=True)
    first = 1
    try:
        for cells in reader:
            if cells:
                yield Row(first, cells)
            first = reader.line_num + 1
    except csv.Error as error:
        why = "long_cell" if "field limit" in str(error) else "quotes"
        raise Unreadable(why, line=first) from error


def head_of(head: bytes, *, form: Form, wanted: Sequence[str]) -> tuple[str, list[str]]:
    """Give the delimiter and the header's names from a file's beginning: the delimiter under which
    most of the wanted names appear; of such, the one that parts it into most names.
    """
    best: tuple[tuple[int, int], str, list[str]] = ((-1, 0), "", [])
    wrong: Unreadable | None = None
    for delimiter in DELIMITERS:
        try:
            found = next(rows([head], form=form, delimiter=delimiter), None)
        except Unreadable as error:
            # Quotes that are right with one delimiter are wrong with another.
            wrong = wrong or error
            continue
        names = [name.strip() for name in found.cells] if found else []
        known = {name.casefold() for name in names}
        hits = sum(name.casefold() in known for name in wanted)
        best = max(best, ((hits, len(names)), delimiter, names), key=lambda one: one[0])
    if not best[2]:
        raise wrong or Unreadable("empty")
    if len(best[2]) > MOST_COLUMNS:
        raise Unreadable("columns", line=1)
    return best[1], best[2]


def count_rows(pieces: Iterable[bytes], *, form: Form) -> int:
    """Count the rows under the header without reading them: line ends outside quotes."""
    decoder = codecs.getincrementaldecoder(form.encoding)(errors="replace")
    count, inside, last = 0, False, "\n"
    for piece in pieces:
        text = decoder.decode(piece)
        for part in text.split('"'):
            count += 0 if inside else part.count("\n")
            inside = not inside
        inside = not inside
        last = text[-1:] or last
    return max(0, count - 1 + (last != "\n"))
