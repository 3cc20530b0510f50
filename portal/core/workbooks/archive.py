"""The archive of a workbook: its parts in pieces, never more than it may unpack to."""

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any
from urllib.parse import unquote
from xml.parsers import expat

PIECE = 1 << 16
MOST_PARTS = 10_000
MOST_UNPACKED = 1 << 30
SMALL = 10 << 20
MOST_RATIO = 200
"""How many times a part may grow when it is unpacked; small ones may grow as they like."""
MOST_TOKEN = 1 << 20
"""How long a tag or comment may be: expat begins an unfinished one again with every piece."""


class Broken(ValueError):  # noqa: N818 - an answer about a file
    """The file is no workbook that can be read: why (a key), and the row, 0 for all of it."""

    def __init__(self, why: str, *, row: int = 0) -> None:
        super().__init__(f"{why} at row {row}")
        self.why = why
        self.row = row


def open_archive(stream: IO[bytes]) -> zipfile.ZipFile:
    """Open the archive; what would unpack to too much is refused by what it says of itself, which
    the unpacking holds it to.
    """
    try:
        found = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise Broken("broken") from error
    parts = found.infolist()
    if len(parts) > MOST_PARTS:
        raise Broken("bomb")
    if any(part.flag_bits & 1 for part in parts):
        raise Broken("password")
    if sum(part.file_size for part in parts) > MOST_UNPACKED or any(
        part.file_size > max(SMALL, MOST_RATIO * part.compress_size) for part in parts
    ):
        raise Broken("bomb")
    return found


def pieces(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    """Give a part unpacked, piece by piece; `Broken` where it cannot be."""
    try:
        with archive.open(path) as part:
            while piece := part.read(PIECE):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError) as error:
        raise Broken("broken") from error
    except (NotImplementedError, RuntimeError) as error:
        raise Broken("password") from error


def _refuse_doctype(*_what: Any) -> None:
    raise Broken("broken")


class Parser:
    """A parser that tells of elements and words and refuses document types."""

    def __init__(
        self,
        starts: Callable[[str, dict[str, str]], None],
        ends: Callable[[str], None] | None = None,
        texts: Callable[[str], None] | None = None,
    ) -> None:
        self._fed = 0
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartDoctypeDeclHandler = _refuse_doctype
        self._expat.StartElementHandler = starts
        self._expat.EndElementHandler = ends
        self._expat.CharacterDataHandler = texts

    def feed(self, piece: bytes, *, last: bool = False, row: int = 0) -> None:
        """Parse a piece; `Broken`, with the row where one is known, where it is no XML."""
        try:
            self._expat.Parse(piece, last)
        except (expat.ExpatError, UnicodeDecodeError) as error:
            raise Broken("broken", row=row) from error
        self._fed += len(piece)
        if self._fed - self._expat.CurrentByteIndex > MOST_TOKEN:
            raise Broken("broken", row=row)


def elements(archive: zipfile.ZipFile, path: str) -> list[tuple[str, dict[str, str]]]:
    """Give the elements of a small part with what they say; nothing where there is no such part."""
    found: list[tuple[str, dict[str, str]]] = []
    if path not in archive.NameToInfo:
        return found
    if archive.NameToInfo[path].file_size > SMALL:
        raise Broken("bomb")
    parser = Parser(lambda tag, said: found.append((local(tag), said)))
    for piece in pieces(archive, path):
        parser.feed(piece)
    parser.feed(b"", last=True)
    return found


def local(tag: str) -> str:
    """Give the name of an element without its prefix."""
    return tag.rpartition(":")[2]


def related(archive: zipfile.ZipFile, path: str) -> dict[str, tuple[str, str]]:
    """Give what a part points at inside the archive: kind and path by the key of the relation."""
    folder, name = posixpath.split(path)
    found = {}
    for tag, said in elements(archive, posixpath.join(folder, "_rels", f"{name}.rels")):
        if tag == "Relationship" and said.get("TargetMode") != "External":
            target = unquote(said.get("Target", ""))
            joined = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[said.get("Id", "")] = (said.get("Type", ""), joined)
    return found


def is_sealed(stream: IO[bytes]) -> bool:
    """Say whether an Office container (MS-CFB) holds a workbook under a password."""
    stream.seek(0)
    head = stream.read(512)
    if len(head) < 512 or not head.startswith(b"\xd0\xcf\x11\xe0"):
        return False
    size = 1 << min(int.from_bytes(head[30:32], "little"), 16)
    stream.seek((int.from_bytes(head[48:52], "little") + 1) * size)
    return "EncryptedPackage".encode("utf-16-le") in stream.read(8 * size)
