"""The head of a mail: its lines in words, however they were written."""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from pathlib import PurePosixPath
from typing import Any

from .charsets import decoded

CODED = re.compile(r"=\?[^?\s]{1,60}\?[bq]\?", re.IGNORECASE)
# Not the library's reader: a line of ten thousand brackets is too much for it.
ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]]{1,64}@[^\s<>@,;:\"()\[\]]{1,190}")


def header(mail: Message, name: str) -> str:
    """Give a line of the head in words; empty where there is none."""
    return next(headers(mail, name), "")


def headers(mail: Message, name: str) -> Iterator[str]:
    """Give each line of the head that has a name, in words."""
    # As they came: `get` would put a mark in place of every byte that may not stand there.
    for given, value in mail.raw_items():
        if given.lower() == name.lower():
            yield _unfolded(_words(value))


def _unfolded(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _words(given: Any) -> str:
    """Read encoded words (RFC 2047), and bytes that stand there although they may not."""
    text = str(given)
    raw = text.encode("utf-8", "surrogateescape")
    if not raw.isascii():
        text = decoded(raw, None)[0]
    if not CODED.search(text):
        return text
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError, LookupError):
        return text
    return "".join(_piece(data, charset) for data, charset in pieces)


def _piece(data: Any, charset: str | None) -> str:
    if isinstance(data, str):
        return data
    # Around encoded words the library gives plain words back as bytes with escapes of its own.
    return data.decode("raw-unicode-escape") if charset is None else decoded(data, charset)[0]


def address_of(sender: str) -> str:
    """Give the mail address in a line that names a sender, in small letters; empty for none. What
    stands in brackets is the address, whatever the name before it says.
    """
    bracketed = ADDRESS.findall(sender.rpartition("<")[2])
    found = bracketed or ADDRESS.findall(sender)
    return found[0].lower() if found else ""


def is_automatic(mail: Message) -> bool:
    """Say whether a program wrote this, which must never be answered by another one (RFC 3834)."""
    submitted = header(mail, "Auto-Submitted").lower()
    precedence = header(mail, "Precedence").lower()
    return (
        (bool(submitted) and submitted != "no")
        or precedence in {"bulk", "junk", "auto_reply"}
        or bool(header(mail, "X-Autoreply") or header(mail, "X-Autorespond"))
        or header(mail, "Return-Path").strip() == "<>"
        or mail.get_content_type() == "multipart/report"
    )


def disposition(part: Message) -> str:
    """Say how a part wants to be shown: `inline`, `attachment`, or nothing."""
    return header(part, "Content-Disposition").partition(";")[0].strip().lower()


def file_name(part: Message) -> str:
    """Give the name of a part's file without any path; empty where it has none."""
    for holder, param in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            given = part.get_param(param, header=holder)
        except (ValueError, LookupError, IndexError, AttributeError):
            continue
        if isinstance(given, tuple):
            charset, _language, words = given
            return safe_name(decoded(_octets(words), charset)[0] if charset else _words(words))
        if given:
            return safe_name(_words(given))
    return ""


def _octets(words: str) -> bytes:
    """Give the bytes of a parameter (RFC 2231): the library makes one sign of each."""
    try:
        return words.encode("latin-1")
    except UnicodeEncodeError:
        return words.encode("utf-8", "surrogateescape")


def safe_name(name: str) -> str:
    """Give a file's name without path and control signs, at most 120 signs long."""
    plain = "".join(c for c in name if c.isprintable()).replace("\\", "/").strip()
    leaf = PurePosixPath(plain).name.strip(". ")
    if len(leaf) > 120:
        suffix = PurePosixPath(leaf).suffix[:20]
        leaf = leaf[: 120 - len(suffix)] + suffix
    return leaf
