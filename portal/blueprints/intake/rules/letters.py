"""Reading a mail as it came, however broken it is: who wrote, what, and what is attached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import Any

from portal.core.i18n import _

from . import tnef
from .charsets import codec_of, decoded
from .heads import (
    ADDRESS,
    address_of,
    disposition,
    file_name,
    header,
    headers,
    is_automatic,
    safe_name,
)
from .pages import text_of_page
from .quoting import cut

DEEPEST, MOST_PARTS, DEEPEST_MAIL = 30, 500, 4
ENCLOSED = frozenset({"message/rfc822", "message/global"})
NOT_SHOWN = frozenset({"text/rfc822-headers", "text/calendar", "text/x-vcard", "text/vcard"})
STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
RETURNED_ID = re.compile(r"^message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
IDS = re.compile(r"<[^<>\s]{1,250}>")
RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True)
class Attachment:
    """A file of a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Report:
    """What a mail server says about a mail that did not arrive: the Message-IDs it names, and its
    status (RFC 3463), such as 5.1.1.
    """

    ids: tuple[str, ...]
    status: str


@dataclass
class Letter:
    """What a mail says. `text` is all that a mail program would show, `new` what of it was newly
    written, `quoted` the older mail below it; `defects` say what was wrong with it, in words.
    """

    sender: str = ""
    address: str = ""
    subject: str = ""
    text: str = ""
    new: str = ""
    quoted: str = ""
    sent_at: datetime | None = None
    message_id: str = ""
    answers: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    automatic: bool = False
    report: Report | None = None
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    def note(self, defect: str) -> None:
        """Say what was wrong, once."""
        if defect not in self.defects:
            self.defects.append(defect)


def read(content: bytes) -> Letter:
    """Read a mail; nothing it can hold makes this fail, and no words it would show are lost."""
    letter = Letter()
    if tnef.is_tnef(content):
        texts: list[str] = []
        _take_wrapping(letter, content, name="winmail.dat", texts=texts)
        letter.text = "\n\n".join(texts)
    else:
        _read_mail(letter, content)
    if "\0" in letter.text:
        letter.note(_("It holds null bytes; they were left out."))
        letter.text = letter.text.replace("\0", "")
    letter.new, letter.quoted = cut(letter.text)
    return letter


def _read_mail(letter: Letter, content: bytes) -> None:
    # A line of a mailbox before the head, or empty lines, would make everything its body.
    trimmed = content.lstrip(b"\r\n\t \xef\xbb\xbf") if content[:1].isspace() else content
    trimmed = trimmed.removeprefix(b"\xef\xbb\xbf")
    try:
        mail = BytesParser(policy=policy.compat32).parsebytes(trimmed)
    except (RecursionError, LookupError, ValueError, AssertionError) as error:
        letter.note(_("It could not be taken apart (%(error)s).", error=type(error).__name__))
        letter.text = decoded(content, None)[0]
        return
    _read_head(letter, mail)
    letter.report = report_of(mail)
    _read_body(letter, mail, depth=0)


def _read_body(letter: Letter, mail: Message, *, depth: int) -> None:
    texts: list[str] = []
    for part in _parts(letter, mail):
        _take(letter, part, texts)
        if _kind(part) in ENCLOSED:
            texts.append(_passed_on(part, depth=depth + 1))
    letter.text = "\n\n".join(text.strip("\n") for text in texts if text.strip())


def _passed_on(part: Message, *, depth: int) -> str:
    """Give the words of a mail within a mail, which mail programs show below the first."""
    inside = _inside(part)
    if not inside or depth > DEEPEST_MAIL:
        return ""
    inner = Letter()
    _read_body(inner, inside[0], depth=depth)
    head = [f"{name}: {header(inside[0], name)}" for name in ("From", "Subject")]
    return "\n".join(["---------- Forwarded message ---------", *head, "", inner.text])


def _read_head(letter: Letter, mail: Message) -> None:
    letter.sender = header(mail, "From")
    letter.address = address_of(letter.sender)
    letter.subject = header(mail, "Subject")
    letter.message_id = (IDS.findall(header(mail, "Message-ID")) or [""])[0]
    ids = IDS.findall(header(mail, "In-Reply-To")) + IDS.findall(header(mail, "References"))[::-1]
    letter.answers = tuple(dict.fromkeys(ids))[:50]
    lines = [line for name in RECIPIENTS for line in headers(mail, name)][:40]
    letter.recipients = tuple(a.lower() for line in lines for a in ADDRESS.findall(line))[:200]
    letter.sent_at = _date(letter, header(mail, "Date"))
    letter.automatic = is_automatic(mail)
    if not letter.sender:
        letter.note(_("It does not say who sent it."))
    elif not letter.address:
        letter.note(_("Its sender is no mail address."))


def report_of(mail: Message) -> Report | None:
    """Give what a report of a mail server says did not arrive for good (RFC 3464); None for other
    mail, and for one that says it will try on.
    """
    blocks, ids, told = [], [], header(mail, "X-Failed-Recipients")
    for part in _containers(mail):
        kind = _kind(part)
        if kind == "message/delivery-status":
            blocks += _inside(part)
        elif kind in ENCLOSED:
            ids += [
                one for inner in _inside(part) for one in IDS.findall(header(inner, "Message-ID"))
            ]
        elif kind == "text/rfc822-headers":
            ids += RETURNED_ID.findall(_text(part)[0])
    failed = [one for one in blocks if header(one, "Action").lower() == "failed"]
    if not failed and not (told and is_automatic(mail)):
        return None
    ids += IDS.findall(header(mail, "In-Reply-To") + header(mail, "References"))
    status = next((s for one in failed if (s := STATUS.match(header(one, "Status")))), None)
    return Report(tuple(dict.fromkeys(ids))[:20], status.group() if status else "5.0.0")


def _containers(mail: Message) -> Iterator[Message]:
    """Give the parts of a report, without those of the mail it returns."""
    waiting = [mail]
    for _step in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart":
            waiting += _inside(part)[:MOST_PARTS]


def _date(letter: Letter, text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        letter.note(_("Its date cannot be read."))
        return None


def _parts(letter: Letter, mail: Message) -> Iterator[Message]:
    """Give the parts that are no containers, in order; of alternatives, the one to be shown."""
    waiting, count = [(mail, 0)], 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if count > MOST_PARTS or depth > DEEPEST:
            letter.note(_("It has more parts, or deeper ones, than are read."))
            return
        for defect in part.defects:
            letter.note(_defect(type(defect).__name__))
        inside = _inside(part)
        if not part.is_multipart() or part.get_content_maintype() == "message":
            yield part
        elif part.get_content_type() == "multipart/alternative":
            waiting += [(one, depth + 1) for one in reversed(_shown(inside))]
        else:
            waiting += [(one, depth + 1) for one in reversed(inside)]


def _shown(choices: list[Message]) -> list[Message]:
    """Of alternatives, leave out the page whose words the plain text says as well, or the plain
    text whose words the page says; where each says what the other does not, both stay.
    """
    plain = next((c for c in choices if _kind(c) == "text/plain"), None)
    page = next((p for c in choices for p in _near(c) if _kind(p) == "text/html"), None)
    if plain is None or page is None:
        return choices
    said, shown = _text(plain)[0], text_of_page(_text(page)[0])
    if says_all(said, shown):
        page.set_payload("")  # it may lie in a container, with pictures that stay
    elif says_all(shown, said):
        plain.set_payload("")
    return choices


def _near(part: Message) -> list[Message]:
    """Give what lies in a container, or the part itself."""
    return _inside(part)[:MOST_PARTS] if part.get_content_maintype() == "multipart" else [part]


def _inside(part: Message) -> list[Message]:
    inside: Any = part.get_payload() if part.is_multipart() else []
    return [one for one in inside if isinstance(one, Message)]


def says_all(text: str, other: str) -> bool:
    """Say whether a text holds nearly every word (nine of ten) of another."""
    words = set(re.findall(r"\w+", other.lower()))
    return (
        bool(text.strip())
        and len(words - set(re.findall(r"\w+", text.lower()))) <= len(words) // 10
    )


def _kind(part: Message) -> str:
    return part.get_content_type()


def _take(letter: Letter, part: Message, texts: list[str]) -> None:
    """Take a part as words to be shown, as a file, or as both."""
    kind, name = _kind(part), file_name(part)
    put_apart = disposition(part) == "attachment"
    if _is_words(part) and not put_apart:
        text, fits = _text(part)
        if not fits:
            letter.note(
                _(
                    "Its letters are not the %(charset)s they are said to be.",
                    charset=_charset(part),
                )
                if codec_of(_charset(part))
                else _("Nobody knows its character set %(charset)s.", charset=_charset(part))
            )
        texts.append(text_of_page(text) if kind == "text/html" else _plain(text))
        if not name:
            return
    content = _bytes(part)
    if tnef.is_tnef(content):
        _take_wrapping(letter, content, name=name, texts=texts)
        return
    if not content and not name:
        return
    letter.attachments.append(Attachment(name or _name_for(part), kind, content))


def _is_words(part: Message) -> bool:
    """Say whether a part is shown as words; one that says it has parts and has none is, too."""
    kind = part.get_content_maintype()
    return kind == "multipart" or (kind == "text" and _kind(part) not in NOT_SHOWN)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _take_wrapping(letter: Letter, content: bytes, *, name: str, texts: list[str]) -> None:
    """Take what lies in a wrapping as if it had been sent without."""
    found = tnef.unwrap(content)
    letter.subject = letter.subject or found.subject
    if not found.whole:
        letter.note(_("Its wrapping (TNEF) is damaged."))
    if found.text and not says_all("\n".join(texts), found.text):
        texts.append(found.text)
    for file in found.files:
        if file.name or file.content:
            letter.attachments.append(
                Attachment(safe_name(file.name) or "file", file.media_type, file.content)
            )
    if not found.text and not found.files:
        letter.attachments.append(Attachment(name or "winmail.dat", tnef.TYPES[0], content))


def _charset(part: Message) -> str:
    try:
        return str(part.get_param("charset", "") or "")
    except (ValueError, LookupError, IndexError):
        return ""


def _text(part: Message) -> tuple[str, bool]:
    """Give the words of a text part, and whether they were in the letters it says."""
    charset = _charset(part)
    text, fits = decoded(_bytes(part), charset or "utf-8")
    return text, fits or not charset


def _bytes(part: Message) -> bytes:
    """Give what a part holds; a mail within a mail as it would stand in a file."""
    if part.is_multipart():
        return b"\n".join(_flattened(one) for one in _inside(part))
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(part.get_payload() or "").encode("utf-8", "surrogateescape")


def _flattened(mail: Message) -> bytes:
    try:
        return mail.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        head = "".join(f"{name}: {value}\n" for name, value in mail.items())
        inside = mail.get_payload()
        body = inside if isinstance(inside, str) else ""
        return f"{head}\n{body}".encode("utf-8", "surrogateescape")


def _name_for(part: Message) -> str:
    kind = _kind(part)
    if part.get_content_maintype() == "message":
        inside = _inside(part)
        subject = header(inside[0], "Subject") if inside else ""
        if kind == "message/rfc822":
            return (safe_name(subject)[:80] or "message") + ".eml"
    return f"part.{kind.partition('/')[2].partition('.')[0][:20] or 'bin'}"


def _defect(name: str) -> str:
    """Say in words what the library calls by a name."""
    known = {
        "NoBoundaryInMultipartDefect": _("It has parts, but does not say what parts them."),
        "StartBoundaryNotFoundDefect": _("Its parts are not parted as it says."),
        "CloseBoundaryNotFoundDefect": _("It ends early."),
        "FirstHeaderLineIsContinuationDefect": _("Its head begins in the middle."),
        "MisplacedEnvelopeHeaderDefect": _("A line in its head does not belong there."),
        "MissingHeaderBodySeparatorDefect": _("Its head does not end as it should."),
        "MultipartInvariantViolationDefect": _("It says that it has parts, and has none."),
        "InvalidMultipartContentTransferEncodingDefect": _(
            "Its parts are encoded as they may not."
        ),
        "InvalidBase64PaddingDefect": _("A part of it is cut off."),
        "InvalidBase64CharactersDefect": _("A part of it is damaged."),
        "InvalidBase64LengthDefect": _("A part of it is cut off."),
    }
    return known.get(name, name)
