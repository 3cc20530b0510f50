"""The mailbox that is read, over IMAP."""

from __future__ import annotations

import imaplib
import ssl
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit

TIMEOUT = 20
PORTS = {"imaps": 993, "imap": 143, "imap+starttls": 143}


class Arrived(NamedTuple):
    """A mail of the mailbox: its bytes (the first of them, where it is larger), its whole size in
    bytes, and when it arrived (UTC).
    """

    content: bytes
    size: int
    at: datetime | None


class NotReadable(Exception):  # noqa: N818 - the answer of a server, not a mistake of ours
    """The mailbox does not give what was asked for."""


class Mailbox:
    """An open mailbox, closed at the end of `with`.

    Its address is `imaps://user:password@host/folder`, or `imap+starttls://…`; `imap://…` is in the
    clear. The server's certificate is verified. OSError or `NotReadable` where it does not answer.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 143)
        if parts.scheme == "imaps":
            context = ssl.create_default_context()
            self._box: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                host, port, ssl_context=context, timeout=TIMEOUT
            )
        else:
            self._box = imaplib.IMAP4(host, port, timeout=TIMEOUT)
        self._tls = parts.scheme == "imap+starttls"
        self._user, self._word = unquote(parts.username or ""), unquote(parts.password or "")
        self._folder = unquote(parts.path.strip("/")) or "INBOX"

    def __enter__(self) -> Self:
        try:
            if self._tls:
                self._box.starttls(ssl.create_default_context())
            self._box.login(self._user, self._word)
            self._asked(self._box.select(f'"{self._folder}"'))
        except imaplib.IMAP4.error as error:
            self._box.shutdown()
            raise NotReadable(str(error)) from error
        except BaseException:
            self._box.shutdown()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._box.shutdown()
            return
        self._box.logout()

    def unread(self, limit: int) -> list[str]:
        """Give the numbers of mails that nobody has read yet, the oldest first."""
        (found,) = self._asked(self._box.uid("SEARCH", "UNSEEN"))
        return [one.decode("ascii") for one in (found or b"").split()[:limit]]

    def fetch(self, number: str, *, most: int) -> Arrived:
        """Give a mail; of one larger than `most` bytes, its first 64 KiB."""
        size, at = self._facts(number)
        part = "BODY.PEEK[]" if size <= most else "BODY.PEEK[]<0.65536>"
        answer = self._asked(self._box.uid("FETCH", number, f"({part})"))
        content: bytes | None = next((one[1] for one in answer if isinstance(one, tuple)), None)
        if content is None:
            raise NotReadable(f"mail {number} is gone")
        return Arrived(content, max(size, len(content)), at)

    def _facts(self, number: str) -> tuple[int, datetime | None]:
        answer = self._asked(self._box.uid("FETCH", number, "(RFC822.SIZE INTERNALDATE)"))
        line = b" ".join(one if isinstance(one, bytes) else one[0] for one in answer if one)
        digits = line.upper().partition(b"RFC822.SIZE ")[2].split(b" ")[0].rstrip(b")")
        return int(digits) if digits.isdigit() else 0, _instant(line)

    def mark(self, number: str) -> None:
        """Mark a mail as read: it is not given again."""
        self._asked(self._box.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)"))

    @staticmethod
    def _asked(answer: tuple[str, Any]) -> list[Any]:
        status, data = answer
        if status != "OK":
            raise NotReadable(f"{status} {data!r}"[:200])
        return list(data)


def _instant(line: bytes) -> datetime | None:
    """Read INTERNALDATE; None where it is none."""
    text = line.partition(b'INTERNALDATE "')[2].partition(b'"')[0].decode("ascii", "replace")
    try:
        return datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None
