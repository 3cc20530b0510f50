"""The rows of a sheet, and the texts that its cells share."""

import mmap
import re
import tempfile
import zipfile
from array import array
from collections.abc import Iterator
from typing import IO

from .archive import Broken, Parser, local, pieces
from .numbers import MOST_DIGITS, Styles, column_of, date_of, number_of, share_of, whole

MOST_COLUMNS = 1000
LONGEST_LINE = 1 << 20
MOST_TEXT = 1 << 17
CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class Failed(str):
    """A cell whose formula failed or was never reckoned: what stands there instead of a value."""

    __slots__ = ()


class Number(str):
    """A cell that holds a number: it stands with a point, whatever way the house writes numbers."""

    __slots__ = ()


class Texts:
    """The texts that cells share, kept in a file of ours: only where each begins is in memory."""

    def __init__(self, archive: zipfile.ZipFile, path: str | None) -> None:
        self._archive = archive
        self._path = path if path in archive.NameToInfo else None
        self._ends = array("Q", [0])
        self._file: IO[bytes] | None = None
        self._map: mmap.mmap | None = None

    def __enter__(self) -> "Texts":
        if self._path is not None:
            self._file = tempfile.TemporaryFile()
            self._keep(self._path)
            self._file.flush()
            if self._ends[-1]:
                self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return self

    def __exit__(self, *_why: object) -> None:
        if self._map is not None:
            self._map.close()
        if self._file is not None:
            self._file.close()

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise Broken("broken")
        if self._map is None:
            return ""
        return self._map[self._ends[index] : self._ends[index + 1]].decode()

    def _keep(self, path: str) -> None:
        text: list[str] = []
        open_: list[str] = []

        def starts(tag: str, _said: dict[str, str]) -> None:
            open_.append(local(tag))

        def texts(words: str) -> None:
            # How a word is spoken (rPh) is no part of it.
            if open_[-1] == "t" and "rPh" not in open_:
                text.append(words)

        def ends(tag: str) -> None:
            open_.pop()
            if local(tag) == "si":
                content = _text(text).encode()
                text.clear()
                assert self._file is not None
                self._file.write(content)
                self._ends.append(self._ends[-1] + len(content))

        parser = Parser(starts, ends, texts)
        for piece in pieces(self._archive, path):
            parser.feed(piece)
        parser.feed(b"", last=True)


def _text(parts: list[str]) -> str:
    found = "".join(parts)
    if len(found) > MOST_TEXT:
        raise Broken("long_cell")
    # A sign that XML cannot hold is written as _x000D_.
    return re.sub("_x([0-9A-Fa-f]{4})_", _unescaped, found) if "_x" in found else found


def _unescaped(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    return found[0] if "\ud800" <= sign <= "\udfff" else sign


class Reader:
    """The rows of a sheet from its pieces."""

    def __init__(self, texts: Texts, styles: Styles) -> None:
        self._texts, self._styles = texts, styles
        # A text that cells share is its number until its row is given: it may be in every cell.
        self._done: list[tuple[int, list[str | int]]] = []
        self._cells: list[str | int] = []
        self._row = self._length = 0
        self._column = -1
        self._kind = self._style = ""
        self._parts: list[str] = []
        self._held = 0
        self._formula = self._taking = self._spoken = self._inside = False

    def rows(self, parts: Iterator[bytes]) -> Iterator[tuple[int, list[str]]]:
        """Give each row that holds anything: its number and its cells."""
        parser = Parser(self._starts, self._ends, self._says)
        for piece in parts:
            parser.feed(piece, row=self._row)
            yield from self._given()
        parser.feed(b"", last=True, row=self._row)
        yield from self._given()

    def _given(self) -> Iterator[tuple[int, list[str]]]:
        for row, held in self._done:
            cells: list[str] = []
            length = 0
            for one in held:
                cells.append(self._texts[one] if isinstance(one, int) else one)
                length += len(cells[-1])
                if length > LONGEST_LINE:
                    raise Broken("long_line", row=row)
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield row, cells
        self._done.clear()

    def _starts(self, tag: str, said: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "c":
            self._begin_cell(said)
        elif tag in {"v", "t"}:
            self._taking = not self._spoken
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._spoken = True
        elif tag == "row":
            self._begin_row(said)

    def _begin_row(self, said: dict[str, str]) -> None:
        number = whole(said["r"]) if "r" in said else self._row + 1
        if self._inside or number <= self._row:
            raise Broken("broken", row=self._row)
        self._row, self._inside = number, True
        self._column, self._cells, self._length = -1, [], 0

    def _begin_cell(self, said: dict[str, str]) -> None:
        place = CELL.fullmatch(said.get("r", ""))
        self._column = column_of(place[1]) if place else self._column + 1
        self._kind, self._style = said.get("t", "n"), said.get("s", "")
        self._formula = False
        self._parts, self._held = [], 0

    def _says(self, words: str) -> None:
        if self._taking:
            self._parts.append(words)
            self._held += len(words)
            if self._held > MOST_TEXT:
                raise Broken("long_cell", row=self._row)

    def _ends(self, tag: str) -> None:
        tag = local(tag)
        if tag in {"v", "t"}:
            self._taking = False
        elif tag == "c":
            value = self._shared() if self._kind == "s" else self._value()
            if value != "":
                self._keep(value)
        elif tag == "rPh":
            self._spoken = False
        elif tag == "row":
            self._inside = False
            if self._cells:
                self._done.append((self._row, self._cells))

    def _keep(self, value: str | int) -> None:
        if self._column >= MOST_COLUMNS:
            raise Broken("columns", row=self._row)
        self._length += len(value) if isinstance(value, str) else 0
        if self._length > LONGEST_LINE:
            raise Broken("long_line", row=self._row)
        self._cells.extend([""] * (self._column + 1 - len(self._cells)))
        self._cells[self._column] = value

    def _shared(self) -> str | int:
        text = "".join(self._parts).strip()
        if len(text) > MOST_DIGITS:
            raise Broken("broken", row=self._row)
        return whole(text) if text.isdecimal() else ""

    def _value(self) -> str:
        text = "".join(self._parts)
        kind = self._kind
        if kind in {"str", "inlineStr"}:
            return _text(self._parts)
        if not text:
            return Failed("=") if self._formula else ""
        if kind == "e":
            return Failed(text)
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind == "d":
            return text.removesuffix("T00:00:00")
        style = whole(self._style)
        if style in self._styles.dates:
            time_alone = style in self._styles.times
            return date_of(text, since_1904=self._styles.since_1904, time_alone=time_alone)
        share = style in self._styles.shares
        return share_of(text) if share else Number(number_of(text))
