"""Messages put into words in the recipient's language, and handed to the mail server."""

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_security.recoverable import generate_reset_password_token

from portal.blueprints.auth import queries as auth
from portal.core import clock, files, mail, pager, seals, veiling
from portal.core.access import K, Restriction
from portal.core.db import db
from portal.core.i18n import speaking

from . import queries, rules
from .models import Notification
from .rules import codes


class NotAccepted(Exception):  # noqa: N818 - an answer of the server, not a mistake of ours
    """The server did not take a message; `code` is its answer, None where there was none; `away`
    says that it was not reached at all.
    """

    def __init__(self, error: Exception) -> None:
        self.away = isinstance(error, mail.Unreachable)
        if self.away and isinstance(error.__cause__, Exception):
            error = error.__cause__
        super().__init__(type(error).__name__)
        self.code = None if self.away else _code(error)
        told = getattr(error, "error", "")  # what a gateway says for itself
        self.error = told or f"{type(error).__name__} {self.code or ''}".strip()


def _code(error: Exception) -> int | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _text in error.recipients.values()), None)
    found = getattr(error, "smtp_code", None)
    return found if isinstance(found, int) else None


@dataclass(frozen=True)
class Wording:
    """What a message says."""

    subject: str
    text: str
    html: str


def subject_of(template: str, *, context: Mapping[str, Any], klass: K, record: str | None) -> str:
    """Give a notification's one line in the current language; sealed where its words are
    restricted.
    """
    name = rules.template_for(template, klass=klass)
    return _line(name, {**rules.unpacked(context), "record": record})


def _line(name: str, context: dict[str, Any]) -> str:
    room, _slash, leaf = name.partition("/")
    text = current_app.jinja_env.get_template(f"{room}/email/{leaf}.subject.txt").render(context)
    return " ".join(text.split())


def word(row: Notification, *, is_sent: bool = False) -> Wording:
    """Put a notification into words in its recipient's language and zone; what only they may read
    is made where it is sent.
    """
    name = rules.template_for(row.template, klass=K(row.klass))
    room, _slash, leaf = name.partition("/")
    env, base = current_app.jinja_env, f"{room}/email/{leaf}"
    with speaking(row.language, row.zone):
        context = rules.unpacked(row.context) | _around(row, is_sent=is_sent)
        context["subject_line"] = _line(name, context)
        context["body"] = env.get_template(f"{base}.txt").render(context).strip()
        frame = "notifications/email/letter" if row.contact_id else "email/_layout"
        text = env.get_template(f"{frame}.txt").render(context)
        page = env.select_template([f"{base}.html", f"{frame}.html"]).render(context)
    return _as_read(row, Wording(context["subject_line"], text.strip() + "\n", page))


def _as_read(row: Notification, said: Wording) -> Wording:
    """Give a message without the numbers of cases that people wrote in it and that do not open for
    its recipient; what a customer gets was read and approved by who sends it.
    """
    named = veiling.numbers(" ".join((said.subject, said.text, said.html))) - {row.record_ref}
    if not named or row.person_id is None:
        return said
    hidden = veiling.closed_to(auth.actor(row.person_id), named, now=clock.now())
    return Wording(
        *(veiling.without(part, hidden) for part in (said.subject, said.text, said.html))
    )


def _around(row: Notification, *, is_sent: bool) -> dict[str, Any]:
    """Give what the frame of every message shows."""
    base_url = current_app.config["PORTAL"].base_url
    context: dict[str, Any] = {
        "record": row.record_ref,
        "language": row.language,
        "house": auth.organisation().name,
        "reason": rules.reason(row.why, record=row.record_ref),
        "link": base_url + rules.path_of(row.context, record=row.record_ref),
        "rule": rules.rule_word(row.template, context=row.context),
        "settings_link": f"{base_url}/notifications/",
        "choices_link": f"{base_url}/notifications/preferences",
        "leave_link": _leave(row, base_url, is_sent=is_sent),
    }
    if once := row.context.get("once"):
        context["link"] = base_url + _once(once, is_sent=is_sent)
    if row.template == rules.DIGEST:
        context["lines"] = _digest(row, base_url)
    if row.template == codes.TEMPLATE:
        context["code"] = _code_of(row) if is_sent else codes.HIDDEN
    if row.template == rules.RESET and row.person_id:
        # Made at the last moment and stored nowhere.
        token = generate_reset_password_token(auth.get(row.person_id))  # type: ignore[no-untyped-call]
        context["link"] = f"{base_url}/reset/{token}"
    return context


def _leave(row: Notification, base_url: str, *, is_sent: bool) -> str:
    """Give the address at which a recipient wants no more of this; unsigned for other eyes."""
    path = row.context.get("leave")
    if not path:
        return ""
    return base_url + (path if is_sent else seals.masked(path))


def _once(given: Mapping[str, Any], *, is_sent: bool) -> str:
    """Give the path of a link that opens once: its word is made at the last moment and stored
    nowhere.
    """
    word = seals.token(given["number"], given["nonce"], key=seals.key(seals.ONCE))
    path = f"{given['path']}/{word}"
    return path if is_sent else seals.masked(path)


def _code_of(row: Notification) -> str:
    """Give the code of a mail: made at the last moment, stored nowhere."""
    found = queries.code_by_id(row.context["code_id"])
    return codes.code(found.id, nonce=found.nonce, key=seals.key(codes.PURPOSE)) if found else ""


def _digest(row: Notification, base_url: str) -> list[dict[str, str]]:
    """Give what a digest tells: each notice in one line, as far as its reader may see it now."""
    viewer = auth.actor(row.person_id or 0)
    seen = queries.visible(viewer, now=clock.now())
    return [
        {
            "text": subject_of(
                one.template, context=one.context, klass=K(one.klass), record=one.record_ref
            ),
            "reason": rules.reason(one.why, record=one.record_ref),
            "link": base_url + rules.path_of(one.context, record=one.record_ref),
        }
        for one in queries.digest_lines(row.context["ids"], seen)
    ]


def page(row: Notification) -> None:
    """Hand a page to the paging channel; `NotAccepted` when it says no or is not there."""
    with speaking(row.language, row.zone):
        context = rules.unpacked(row.context) | {"record": row.record_ref}
        text = _line(rules.PAGED, context)
    base_url = current_app.config["PORTAL"].base_url
    link = base_url + rules.path_of(row.context, record=row.record_ref)
    try:
        pager.page(row.address, f"{text} {link}", key=row.message_id.strip("<>"))
    except pager.Unpaged as error:
        raise NotAccepted(error) from error


def compose(row: Notification) -> mail.Message:
    """Make the mail of a notification; the same Message-ID however often it is made."""
    said = word(row, is_sent=True)
    headers = {"X-Auto-Response-Suppress": "All"}
    if row.in_reply_to:
        headers |= {"In-Reply-To": row.in_reply_to, "References": row.in_reply_to}
    if row.contact_id and row.record_ref:
        answers = mail.reply_address(row.record_ref)
        headers |= {"Reply-To": answers} if answers else {}
    if leave := row.context.get("leave"):
        # One click in the mail program, without opening anything (RFC 8058).
        address = f"{current_app.config['PORTAL'].base_url}{leave}"
        headers["List-Unsubscribe"] = f"<{address}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return mail.Message(
        to=row.address,
        subject=said.subject,
        text=said.text,
        html=said.html,
        message_id=row.message_id,
        language=row.language,
        headers=headers,
        automatic=row.contact_id is None or row.key.startswith(rules.BY_ITSELF),
        files=_files(row),
    )


def _files(row: Notification) -> tuple[mail.Attached, ...]:
    """Give the file that goes with a message: never one that is restricted, or about a record that
    became so while the message waited, and none so large that a mail server would refuse it.
    """
    number = row.context.get("file")
    stored = db.session.get(files.StoredFile, number) if number else None
    if stored is None or stored.klass >= K.RESTRICTED or stored.size > rules.LARGEST_FILE:
        return ()
    if row.record_ref and db.session.get(Restriction, row.record_ref):
        return ()
    return (mail.Attached(stored.name, files.read(stored), stored.media_type),)


def deliver(message: mail.Message, line: mail.Line) -> None:
    """Hand a mail over; `NotAccepted` when the server says no, breaks off or is not there."""
    try:
        line.send(message)
    except (OSError, smtplib.SMTPException) as error:
        raise NotAccepted(error) from error
