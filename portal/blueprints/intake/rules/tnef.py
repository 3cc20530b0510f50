"""Reading TNEF, the wrapping in which some mail programs send a whole letter (`winmail.dat`).

Layout and numbers are those of the published protocol documents MS-OXTNEF, MS-OXCDATA and
MS-OXRTFCP. What is cut off or lies about its length is read as far as it goes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .charsets import decoded
from .pages import text_of_page

SIGNATURE = b"\x78\x9f\x3e\x22"
TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")

_SUBJECT, _BODY, _TITLE, _DATA = 0x8004, 0x800C, 0x8010, 0x800F
_RENDERING, _OF_ATTACHMENT, _OF_MESSAGE, _CODEPAGE = 0x9002, 0x9005, 0x9003, 0x9007

_TEXT, _PAGE, _RICH, _LONG_SUBJECT = 0x1000, 0x1013, 0x1009, 0x0037
_NAME, _LONG_NAME, _CONTENT, _CODE_OF_TEXT = 0x3704, 0x3707, 0x3701, 0x3FDE
_MEDIA_TYPE = 0x370E

_FIXED = {2: 2, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 2, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = (0x0D, 0x1E, 0x1F, 0x102)
_MOST_PROPERTIES = 20_000


@dataclass
class Enclosed:
    """A file that lies in the wrapping."""

    name: str = ""
    media_type: str = "application/octet-stream"
    content: bytes = b""


@dataclass
class Wrapped:
    """What a wrapping holds: a subject, the text a mail program would show, and files."""

    subject: str = ""
    text: str = ""
    files: list[Enclosed] = field(default_factory=list)
    whole: bool = True


def is_tnef(content: bytes) -> bool:
    """Say whether some bytes are a wrapping."""
    return content.startswith(SIGNATURE)


def unwrap(content: bytes) -> Wrapped:
    """Give what a wrapping holds; `whole` is False where it ends early or lies."""
    found = Wrapped()
    page, codepage = "cp1252", "cp1252"
    bodies: dict[int, str] = {}
    for level, name, data in _attributes(content, found):
        if name == _CODEPAGE and len(data) >= 4:
            page = codepage = f"cp{struct.unpack_from('<I', data)[0]}"
        elif level == 2:
            _add_to_file(found, name, data, codepage)
        elif name == _SUBJECT:
            found.subject = _said(data, codepage)
        elif name == _BODY:
            bodies[_TEXT] = _said(data, codepage)
        elif name == _OF_MESSAGE:
            properties = dict(_properties(data, found))
            code = properties.get(_CODE_OF_TEXT, (3, b""))[1]
            if len(code) == 4:
                page = f"cp{struct.unpack('<I', code)[0]}"
            bodies |= _bodies(properties, page, codepage)
            if _LONG_SUBJECT in properties:
                found.subject = _string(properties[_LONG_SUBJECT], codepage)
    found.text = next((bodies[k] for k in (_TEXT, _PAGE, _RICH) if bodies.get(k, "").strip()), "")
    return found


def _bodies(properties: dict[int, tuple[int, bytes]], page: str, codepage: str) -> dict[int, str]:
    found = {}
    if _TEXT in properties:
        found[_TEXT] = _string(properties[_TEXT], codepage)
    if _PAGE in properties:
        found[_PAGE] = text_of_page(_string(properties[_PAGE], page))
    if _RICH in properties:
        found[_RICH] = text_of_rich(decompressed(properties[_RICH][1]))
    return found


def _attributes(content: bytes, found: Wrapped) -> Iterator[tuple[int, int, bytes]]:
    """Give level, number and bytes of each attribute."""
    place = 6
    while place + 9 <= len(content):
        level, name, _kind, length = struct.unpack_from("<BHHI", content, place)
        data = content[place + 9 : place + 9 + length]
        if len(data) < length:
            found.whole = False
        yield level, name, data
        place += 9 + length + 2
    found.whole &= place >= len(content)


def _add_to_file(found: Wrapped, name: int, data: bytes, codepage: str) -> None:
    # A file begins with its rendering data; some writers put its content or name first.
    if name == _RENDERING or not found.files:
        found.files.append(Enclosed())
    file = found.files[-1]
    if name == _TITLE:
        if file.name and file.content:
            file = Enclosed()
            found.files.append(file)
        file.name = file.name or _said(data, codepage)
    elif name == _DATA:
        if file.content:
            file = Enclosed()
            found.files.append(file)
        file.content = data
    elif name == _OF_ATTACHMENT:
        properties = dict(_properties(data, found))
        for number in (_LONG_NAME, _NAME):
            if number in properties:
                file.name = _string(properties[number], codepage) or file.name
                break
        if _MEDIA_TYPE in properties:
            file.media_type = _string(properties[_MEDIA_TYPE], codepage) or file.media_type
        if _CONTENT in properties and not file.content:
            kind, file.content = properties[_CONTENT]
            if kind == 0x0D:  # an object; what it is goes before it in sixteen bytes
                file.content = file.content[16:]


def _properties(data: bytes, found: Wrapped) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Give number, kind and first value of each property; stops at the first that cannot be."""
    try:
        (count,) = struct.unpack_from("<I", data)
        place = 4
        for _each in range(min(count, _MOST_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", data, place)
            place += 4
            if number >= 0x8000:
                place = _past_name(data, place)
            value, place = _value(data, place, kind)
            yield number, (kind & 0xFFF, value)
    except (struct.error, ValueError):
        found.whole = False


def _past_name(data: bytes, place: int) -> int:
    (kind,) = struct.unpack_from("<I", data, place + 16)
    if kind == 0:
        return place + 24
    length: int = struct.unpack_from("<I", data, place + 20)[0]
    return place + 24 + length + -length % 4


def _value(data: bytes, place: int, kind: int) -> tuple[bytes, int]:
    many, plain = bool(kind & 0x1000), kind & 0xFFF
    count = 1
    if many or plain in _VARIABLE:
        (count,) = struct.unpack_from("<I", data, place)
        place += 4
    if count > len(data):
        raise ValueError(count)
    first = b""
    for each in range(count):
        if plain in _VARIABLE:
            (length,) = struct.unpack_from("<I", data, place)
            place += 4
        elif plain in _FIXED:
            length = _FIXED[plain]
        else:
            raise ValueError(kind)
        if place + length > len(data):
            raise ValueError(length)
        first = data[place : place + length] if each == 0 else first
        place += length + -length % 4
    return first, place


def _string(value: tuple[int, bytes], codepage: str) -> str:
    kind, data = value
    return _said(data, "utf-16-le" if kind == 0x1F else codepage)


def _said(data: bytes, codepage: str) -> str:
    return decoded(data, codepage)[0].rstrip("\0").replace("\0", "")


_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_MOST_RICH = 8 << 20


def decompressed(data: bytes) -> bytes:
    """Give rich text as it was before it was packed (MS-OXRTFCP); what is cut ends early."""
    if len(data) < 16:
        return b""
    if data[8:12] == b"MELA":
        return data[16:]
    if data[8:12] != b"LZFu":
        return b""
    ring = bytearray(_DICTIONARY.ljust(4096, b" "))
    head, place, out = len(_DICTIONARY), 16, bytearray()
    while place < len(data) and len(out) < _MOST_RICH:
        control, place = data[place], place + 1
        for bit in range(8):
            if not control >> bit & 1:
                piece, place = data[place : place + 1], place + 1
            else:
                token = int.from_bytes(data[place : place + 2].ljust(2, b"\0"), "big")
                start, place = token >> 4, place + 2
                if start == head or place > len(data):
                    return bytes(out)
                piece = b""
                for step in range((token & 15) + 2):
                    one = ring[(start + step) % 4096]
                    ring[head], head = one, (head + 1) % 4096
                    out.append(one)
                continue
            if not piece:
                return bytes(out)
            ring[head], head = piece[0], (head + 1) % 4096
            out += piece
    return bytes(out)


_SILENT = {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header",
           b"footer", b"generator", b"listtable", b"listoverridetable", b"themedata",
           b"htmltag", b"mhtmltag"}  # fmt: skip
_SAID = {b"par": "\n", b"line": "\n", b"tab": "\t", b"cell": "\t", b"row": "\n", b"emdash": "—",
         b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
         b"bullet": "•"}  # fmt: skip


class _Rich:
    """Rich text being read: groups that say nothing, and the words of the others."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0
        self.silent = False
        self.stack: list[tuple[bool, int]] = []
        self.skip, self.skips = 0, 1
        self.page = "cp1252"
        self.out: list[str] = []

    def read(self) -> str:
        data = self.data
        while self.place < len(data):
            sign, self.place = data[self.place], self.place + 1
            if sign == 0x7B:
                self.stack.append((self.silent, self.skips))
            elif sign == 0x7D:
                self.silent, self.skips = self.stack.pop() if self.stack else (False, 1)
            elif sign == 0x5C:
                self._control()
            elif sign not in b"\r\n\0":
                self._say_bytes(bytes([sign]))
        return "".join(self.out)

    def _control(self) -> None:
        data, start = self.data, self.place
        sign = data[start : start + 1]
        if not sign.isalpha():
            self.place += 1
            self._symbol(sign)
            return
        while data[self.place : self.place + 1].isalpha():
            self.place += 1
        word, digits = data[start : self.place], self.place
        while data[self.place : self.place + 1].isdigit() or (
            self.place == digits and data[self.place : self.place + 1] == b"-"
        ):
            self.place += 1
        given = data[digits : self.place][:8]
        if data[self.place : self.place + 1] == b" ":
            self.place += 1
        self._word(word, int(given) if given.strip(b"-") else None)

    def _symbol(self, sign: bytes) -> None:
        if sign == b"'":
            pair = self.data[self.place : self.place + 2]
            self.place += 2
            try:
                self._say_bytes(bytes.fromhex(pair.decode("ascii")))
            except ValueError:
                return  # no two digits: no sign was meant
        elif sign == b"*":
            self.silent = True
        elif sign in (b"\\", b"{", b"}"):
            self._say_bytes(sign)
        elif sign == b"~":
            self._say("\u00a0")

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _SILENT or (word == b"htmlrtf" and number != 0):
            self.silent = True
        elif word == b"htmlrtf":
            self.silent = False
        elif word == b"ansicpg" and number:
            self.page = f"cp{number}"
        elif word == b"uc" and number is not None:
            self.skips = number
        elif word == b"u" and number is not None:
            code = number % 65536
            self._say(chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd")
            self.skip = self.skips
        elif word in _SAID:
            self._say(_SAID[word])

    def _say_bytes(self, sign: bytes) -> None:
        if self.skip:
            self.skip -= 1
        else:
            self._say(decoded(sign, self.page)[0])

    def _say(self, words: str) -> None:
        if not self.silent:
            self.out.append(words)


def text_of_rich(data: bytes) -> str:
    """Give the words of rich text (RTF), with line breaks where it has paragraphs."""
    return _Rich(data).read().strip("\n")
