"""Bytes into words: what a mail says about its letters, and what holds where that is wrong."""

import codecs
import re

OTHER_NAMES = {
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "unicode-1-1-utf-7": "utf-7",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "x-gbk": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-mac-roman": "mac-roman",
    "iso-8859-8-i": "iso-8859-8",
    "windows-874": "cp874",
    "utf8mb4": "utf-8",
    "cp65001": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "ascii",
    "ansi": "cp1252",
    "cp20127": "ascii",
    "cp1200": "utf-16-le",
}
"""Names that mail uses and Python does not know, or reads more narrowly than mail programs do."""


def codec_of(name: str) -> str | None:
    """Give Python's name of a character set; None for one that nobody knows."""
    plain = name.strip().strip("\"'").lower().replace(" ", "")
    if re.fullmatch(
        r"cp28(59[0-9]|60[0-9])", plain
    ):  # what Windows calls the fifteen parts of ISO 8859
        plain = f"iso-8859-{int(plain[2:]) - 28590}"
    for one in (OTHER_NAMES.get(plain, plain), plain):
        try:
            found = codecs.lookup(one)
        except (LookupError, ValueError):
            continue
        # Some of Python's codecs turn bytes into bytes: these are no character sets.
        if getattr(found, "_is_text_encoding", True):
            return found.name
    return None


def decoded(data: bytes, name: str | None) -> tuple[str, bool]:
    """Give the words of some bytes, and whether they were what `name` says; no byte is dropped."""
    declared = codec_of(name) if name else None
    for codec in (declared, "utf-8", "cp1252"):
        if codec is None:
            continue
        try:
            return data.decode(codec), codec == declared
        except (UnicodeError, ValueError):
            continue
    return data.decode("latin-1"), False
