"""Writing messages to people and to customers: in their language, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from portal.blueprints.auth import queries as auth
from portal.core import jobs, mail
from portal.core.access import Actor, K
from portal.core.db import insert_once
from portal.core.db.many import insert_all_once
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Channel, Notification, State

if TYPE_CHECKING:
    from portal.blueprints.accounts.models import Contact


UNDO = 60


def notify(
    person_id: int,
    *,
    template: str,
    context: Mapping[str, Any],
    why: str,
    key: str,
    record: str | None,
    account_id: int | None,
    klass: K,
    by: Actor,
    now: datetime,
    send_at: datetime | None = None,
    channel: Channel = Channel.MAIL,
) -> Notification:
    """Tell a person something, in their language and zone; the same `key` twice tells them once.

    `template` is `<room>/<name>`; `context` may hold text, numbers, instants, days and `Money`;
    `klass` is the class of those words; `why` is a code of `rules.reason`. It leaves at `send_at`,
    unless the person may no longer see `record` then.
    """
    person = auth.get(person_id)
    return _put(
        key=key,
        channel=channel,
        person_id=person.id,
        address=person.email,
        language=person.language,
        zone=person.zone,
        template=template,
        context=rules.packed(context),
        why=why,
        record_ref=record,
        account_id=account_id,
        klass=int(klass),
        send_at=send_at or now,
        now=now,
    )


class Letter(NamedTuple):
    """One of many messages to people, with what `notify` would read of its recipient."""

    person_id: int
    address: str
    language: str
    zone: str
    template: str
    context: Mapping[str, Any]
    why: str
    key: str
    record: str
    account_id: int
    klass: K
    send_at: datetime


def notify_all(letters: Iterable[Letter], *, now: datetime) -> None:
    """Tell many people at once, as `notify` does one, in one statement and with one job that sends
    what is due; what waits for later is found by the sweep.
    """
    host = mail.host()
    rows = [_row(letter, host=host) for letter in letters]
    shared = {
        "channel": Channel.MAIL,
        "state": State.WAITING,
        "tries": 0,
        "error": "",
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    insert_all_once(Notification, rows, shared=shared)
    if any(row["send_at"] <= now for row in rows):
        jobs.enqueue("notifications.send_due", key=f"due:{rows[0]['key']}")


def _row(letter: Letter, *, host: str) -> dict[str, Any]:
    return {
        "key": letter.key,
        "person_id": letter.person_id,
        "address": letter.address,
        "language": letter.language,
        "zone": letter.zone,
        "template": letter.template,
        "context": rules.packed(letter.context),
        "why": letter.why,
        "account_id": letter.account_id,
        "record_ref": letter.record,
        "klass": int(letter.klass),
        "message_id": mail.new_message_id(host),
        "send_at": letter.send_at,
    }


def write_to_contact(
    contact: Contact,
    *,
    subject: str,
    text: str,
    record: str | None,
    account_id: int,
    by: Actor,
    now: datetime,
    delay: int = UNDO,
    in_reply_to: str | None = None,
    key: str = "",
) -> Notification:
    """Write to a customer's contact in their language; it waits `delay` seconds, in which
    `withdraw` takes it back.
    """
    if not rules.is_address(contact.email or ""):
        raise Refused(_("This contact has no mail address we can write to."), field="contact")
    context = rules.packed({"subject": " ".join(subject.split()), "text": text, "from": by.name})
    if not context["subject"] or not context["text"].strip():
        raise Refused(_("A message needs a subject and words."), field="text")
    message_id = mail.new_message_id()
    return _put(
        key=key or f"customer:{message_id}",
        channel=Channel.MAIL,
        contact_id=contact.id,
        address=contact.email,
        language=contact.language,
        zone="UTC",
        template="notifications/customer",
        context=context,
        why="customer",
        record_ref=record,
        account_id=account_id,
        klass=int(K.CONFIDENTIAL),
        message_id=message_id,
        in_reply_to=in_reply_to,
        send_at=now + timedelta(seconds=delay),
        now=now,
    )


def _put(*, now: datetime, **values: Any) -> Notification:
    """Add the row and queue its first try, both in the caller's transaction."""
    values.setdefault("message_id", mail.new_message_id())
    is_new = insert_once(
        Notification, state=State.WAITING, tries=0, error="", created_at=now, **values
    )
    row = queries.by_key(values["key"])
    if row is None:
        raise LookupError(values["key"])
    if is_new and row.channel is Channel.MAIL:
        wait = (row.send_at - now).total_seconds()
        queue_try(row.id, slot="first", delay=wait + 1 if wait > 0 else 0)
    return row


def queue_try(notification_id: int, *, slot: str, delay: float = 0) -> None:
    """Queue one try of a message, once per `slot`, after `delay` seconds; only `claim` decides
    whether it is made.
    """
    jobs.enqueue(
        "notifications.send",
        key=f"notification:{notification_id}:{slot}",
        payload={"notification_id": notification_id},
        delay=delay,
    )
