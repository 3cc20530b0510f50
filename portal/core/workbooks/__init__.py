"""Workbooks as tables: the rows of an XLSX file (ECMA-376), read as a stream in bounded memory.

What a formula came to is read, never the formula. Nothing is unpacked before its size is known; no
part is held whole; entities are refused.
"""

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from .archive import Broken as Broken
from .archive import elements, local, open_archive, pieces, related
from .archive import is_sealed as is_sealed
from .numbers import styles_of
from .rows import LONGEST_LINE as LONGEST_LINE
from .rows import MOST_COLUMNS as MOST_COLUMNS
from .rows import Failed as Failed
from .rows import Number as Number
from .rows import Reader, Texts

MOST_SHEETS = 200
SHEETS = "/worksheet"
TEXTS = "/sharedStrings"
STYLES = "/styles"
BOOK = "/officeDocument"
ROW = re.compile(rb"<(?:\w{1,20}:)?row[\s/>]")


class Workbook:
    """An open workbook: the first sheet that can be seen is its table."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Open it; `Broken` where it is none, is sealed, or would be too large."""
        self._zip = open_archive(stream)
        parts = related(self._zip, "")
        book = next((path for kind, path in parts.values() if kind.endswith(BOOK)), None)
        if book is None or not book.endswith((".xml", ".XML")):
            raise Broken("xlsb" if book and book.endswith(".bin") else "zip")
        known = related(self._zip, book)
        sheets, since_1904 = _sheets(self._zip, book)
        if len(sheets) > MOST_SHEETS:
            raise Broken("sheets")
        paths = [(name, known[rid][1]) for name, rid in sheets if _is_sheet(known.get(rid))]
        if not paths:
            raise Broken("no_sheet")
        self.sheet, self._path = paths[0]
        self.sheets = len(paths)
        self._texts = next((p for kind, p in known.values() if kind.endswith(TEXTS)), None)
        styles = next((p for kind, p in known.values() if kind.endswith(STYLES)), None)
        self._styles = styles_of(self._zip, styles, since_1904=since_1904)

    def count(self) -> int:
        """Count the rows of the table, empty ones included, without reading them."""
        count, rest = 0, b""
        for piece in pieces(self._zip, self._path):
            text = rest + piece
            count += sum(found.end() > len(rest) for found in ROW.finditer(text))
            rest = text[-32:]
        return count

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give each row that holds anything: its number and its cells, without empty ones at its
        end. Dates are ISO 8601; numbers are `Number`, to 15 digits; what is shown as a share of a
        hundred is given as one (15%).
        """
        with Texts(self._zip, self._texts) as texts:
            yield from Reader(texts, self._styles).rows(pieces(self._zip, self._path))


def _is_sheet(related: tuple[str, str] | None) -> bool:
    return related is not None and related[0].endswith(SHEETS)


def _sheets(archive: zipfile.ZipFile, book: str) -> tuple[list[tuple[str, str]], bool]:
    """Give name and relation of the sheets that can be seen, and whether days count from 1904."""
    sheets, since_1904 = [], False
    for tag, said in elements(archive, book):
        if tag == "sheet" and said.get("state", "visible") == "visible":
            key = next((v for k, v in said.items() if local(k) == "id" and ":" in k), "")
            sheets.append((said.get("name", ""), key))
        elif tag == "workbookPr":
            since_1904 = said.get("date1904") in {"1", "true"}
    return sheets, since_1904
