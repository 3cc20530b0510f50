"""Mail: one message, multipart, through the configured server, or into a folder in the demo."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives, Mail
from flask_mailman.backends.smtp import EmailBackend

from portal.core import seals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal.config import Settings

ADDRESSED = re.compile(
    r"(?P<box>[^+@]+)\+(?P<record>[a-z]+-[0-9]{4}-[0-9]{4,9})\.(?P<seal>[a-z2-7]{16})@(?P<domain>.+)"
)
DONE, CLOSING = 250, 421
"""What a server answers that did as asked, or takes no more on this connection (RFC 5321)."""


@dataclass(frozen=True)
class Attached:
    """A file that goes with a message."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class Message:
    """What is sent: to one recipient, in their language, as text and HTML, with its files."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    language: str
    headers: dict[str, str] = field(default_factory=dict)
    automatic: bool = True
    files: tuple[Attached, ...] = ()


class Verifying(smtplib.SMTP):
    """A connection that goes over to TLS only with a server whose certificate is good and names it:
    the library's default takes anybody's. `SSL_CERT_FILE` adds a house's own authority.
    """

    def starttls(self, *_given: Any, **_named: Any) -> tuple[int, bytes]:
        """Go over to TLS; ssl.SSLCertVerificationError where the server cannot be believed."""
        return super().starttls(context=ssl.create_default_context())


class Smtp(EmailBackend):
    """Sends through a server, and verifies who that is."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Give TLS from the start, or a connection that goes over to it."""
        return smtplib.SMTP_SSL if self.use_ssl else Verifying


def init_app(app: Flask, *, url: str | None, folder: str, sender: str) -> None:
    """Read `smtp://user:password@host:port`, `smtps://…`, or `smtp+starttls://…` (which is also
    `smtp://…?starttls=1`); without an address mail goes into `folder`.
    """
    parts = urlsplit(url or "")
    starts = parts.scheme == "smtp+starttls" or "starttls=1" in parts.query
    usual = {"smtps": 465, "smtp+starttls": 587}.get(parts.scheme, 25)
    app.config.update(
        MAIL_DEFAULT_SENDER=sender,
        MAIL_BACKEND=Smtp if url else "file",
        MAIL_FILE_PATH=folder,
        MAIL_SERVER=parts.hostname or "127.0.0.1",
        MAIL_PORT=parts.port or usual,
        MAIL_USERNAME=unquote(parts.username) if parts.username else None,
        MAIL_PASSWORD=unquote(parts.password) if parts.password else None,
        MAIL_USE_SSL=parts.scheme == "smtps",
        MAIL_USE_TLS=starts,
        MAIL_TIMEOUT=15,
    )
    Mail(app)


def host() -> str:
    """Give the host of this installation, as its Message-IDs name it."""
    return urlsplit(current_app.config["PORTAL"].base_url).hostname or "localhost"


def new_message_id(at: str = "") -> str:
    """Give a Message-ID that no other message has, of this installation's host (`at`, where it is
    known already).
    """
    return f"<{uuid4().hex}@{at or host()}>"


def reply_address(record: str) -> str | None:
    """Give the address to which an answer about a record is sent: it names the record and is
    signed, for mail programs that lose what they answer. None where no mailbox is read.
    """
    local, at, domain = _settings().reply_address.rpartition("@")
    return f"{local}+{record.lower()}.{_seal(record)}{at}{domain}" if local else None


def record_answered(addresses: Iterable[str]) -> tuple[str | None, bool]:
    """Give the record that one of some addresses (in small letters) names, and whether one was
    forged: it names a record, and its signature is not ours.
    """
    local, _at, domain = _settings().reply_address.lower().rpartition("@")
    forged = False
    for address in addresses:
        found = ADDRESSED.fullmatch(address)
        if not local or found is None or (found["box"], found["domain"]) != (local, domain):
            continue
        record = found["record"].upper()
        if hmac.compare_digest(_seal(record), found["seal"]):
            return record, False
        forged = True
    return None, forged


def mailbox() -> str:
    """Give the address of the mailbox that is read, empty where none is."""
    return _settings().reply_address


def _seal(record: str) -> str:
    key = seals.key("reply address")
    digest = hashlib.blake2b(record.lower().encode(), key=key, digest_size=10).digest()
    return base64.b32encode(digest).decode("ascii").lower()


def _settings() -> Settings:
    settings: Settings = current_app.config["PORTAL"]
    return settings


class Unreachable(OSError):  # noqa: N818 - where it stands, not a mistake of ours
    """No connection to the mail server came about: nothing was handed over."""


class Line:
    """A connection to the mail server for several messages: opened when it is needed, reset between
    two of them, opened anew where it broke. Of one thread.
    """

    def __init__(self) -> None:
        self._open: EmailBackend | None = None

    def send(self, message: Message) -> None:
        """Send one message; whatever the server answers badly is raised, so that it is tried again
        later, and `Unreachable` where there is no server.
        """
        mail = _made(message)
        fresh = self._ready()
        try:
            self._hand_over(mail)
        except smtplib.SMTPSenderRefused as no:
            if fresh or no.smtp_code != CLOSING:
                raise
            self._drop()  # it has had enough of this line, and taken nothing of this message
            self._ready()
            self._hand_over(mail)

    def _ready(self) -> bool:
        """Have a line that takes a message; says whether it is a new one."""
        if self._open is not None and self._is_alive():
            return False
        self._drop()
        backend = current_app.extensions["mailman"].get_connection()
        try:
            backend.open()
        except (OSError, smtplib.SMTPException) as error:
            self._open = backend
            self._drop()
            raise Unreachable(*error.args) from error
        self._open = backend
        return True

    def _is_alive(self) -> bool:
        connection = getattr(self._open, "connection", None)
        try:
            return connection is not None and connection.rset()[0] == DONE
        except (OSError, smtplib.SMTPException):
            return False

    def _hand_over(self, mail: Any) -> None:
        try:
            self._open.send_messages([mail])  # type: ignore[union-attr]
        except smtplib.SMTPServerDisconnected:
            self._drop()
            raise
        except smtplib.SMTPException:
            raise  # an answer: the line goes on
        except OSError:
            self._drop()
            raise
        if not isinstance(self._open, EmailBackend):
            self.close()  # a file of its own for each message

    def _drop(self) -> None:
        """Let a line go without a word: it is broken, or closed by the other side."""
        backend, self._open = self._open, None
        if (connection := getattr(backend, "connection", None)) is not None:
            connection.close()

    def close(self) -> None:
        """Say goodbye; what was accepted stays accepted, whatever is answered to that."""
        backend, self._open = self._open, None
        if backend is not None:
            with suppress(OSError, smtplib.SMTPException):
                backend.close()


def _made(message: Message) -> Any:
    """Give a message as the library sends it."""
    headers = {
        "Message-ID": message.message_id,
        "Content-Language": message.language,
    }
    if message.automatic:
        headers["Auto-Submitted"] = "auto-generated"
    mail: Any = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),
        body=message.text,
        to=[message.to],
        headers=headers | message.headers,
    )
    mail.attach_alternative(message.html, "text/html")
    for one in message.files:
        mail.attach(one.name, one.content, one.media_type)
    return mail
