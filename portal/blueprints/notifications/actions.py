"""What can be done with messages: write one, take it back, try it again, note that it left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_security import MailUtil

from portal.blueprints.auth import queries as auth
from portal.core import access, clock, events, jobs, mail
from portal.core.access import Actor, K
from portal.core.db import db, insert_all_once, insert_once, writing
from portal.core.errors import Refused
from portal.core.i18n import _

from . import queries, rules
from .models import Channel, Notification, State

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


@dataclass(frozen=True, kw_only=True)
class Letter:
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
    rows = [_row(letter, now=now) for letter in letters]
    insert_all_once(Notification, rows)
    if any(row["send_at"] <= now for row in rows):
        jobs.enqueue("notifications.send_due", key=f"due:{rows[0]['key']}")


def _row(letter: Letter, *, now: datetime) -> dict[str, Any]:
    return {
        "key": letter.key,
        "channel": Channel.MAIL,
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
        "message_id": mail.new_message_id(),
        "state": State.WAITING,
        "send_at": letter.send_at,
        "tries": 0,
        "error": "",
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def withdraw_waiting(
    keys: Sequence[str], *, record: str, account_id: int, template: str, now: datetime
) -> None:
    """Take back what still waits about a record under one of some beginnings of keys: it is no
    longer true. Nothing that was begun is touched.
    """
    if keys:
        under = sa.or_(*(Notification.key.startswith(key, autoescape=True) for key in keys))
        _lapse(Notification.record_ref == record, under, template=template, now=now, record=record,
               account_id=account_id)  # fmt: skip


def withdraw_all_waiting(records: sa.Select[Any], *, template: str, now: datetime) -> None:
    """Take back every message of a template that still waits about some records."""
    _lapse(Notification.record_ref.in_(records), template=template, now=now)


def _lapse(
    *which: sa.ColumnElement[bool],
    template: str,
    now: datetime,
    record: str | None = None,
    account_id: int | None = None,
) -> None:
    waiting = sa.update(Notification).where(
        *which,
        Notification.template == template,
        Notification.state == State.WAITING,
        Notification.tries == 0,
    )
    taken = db.session.scalars(
        waiting.values(state=State.WITHDRAWN, version=Notification.version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
        .returning(Notification.id)
    ).all()
    if taken:
        events.record(
            "notifications.lapsed",
            by=access.job("notifications"),
            now=now,
            record=record,
            account_id=account_id,
            data={"template": template, "messages": len(taken)},
        )


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


class SignInMail(MailUtil):
    """The sign-in library's way to write mail: like all mail, in the person's language, after the
    commit.
    """

    def send_mail(  # type: ignore[override]
        self, template: str, *args: Any, user: Any, **context: Any
    ) -> None:
        """Note that a password was changed, and tell its owner; the library sends nothing else."""
        if template.rpartition("/")[2] not in {"change_notice", "reset_notice"}:
            raise ValueError(f"no mail is worded for {template}")
        writing()
        tell_password_changed(user.id, now=clock.now())


def tell_password_changed(person_id: int, *, now: datetime) -> None:
    """Note in the log that a person changed their password, and tell them."""
    by = auth.actor(person_id)
    events.record("auth.password_changed", by=by, now=now, data={"person": person_id})
    notify(
        person_id,
        template="auth/changed",
        context={"at": now, "path": "/profile"},
        why="security",
        key=f"password:{person_id}:{now.isoformat()}",
        record=None,
        account_id=None,
        klass=K.INTERNAL,
        by=by,
        now=now,
    )


def queue_reset(address: str, *, now: datetime) -> None:
    """Queue a wish for a new password, whoever it is for; one in a quarter of an hour is enough."""
    name, window = hashlib.sha256(address.lower().encode()).hexdigest()[:32], int(now.timestamp())
    jobs.enqueue(
        "notifications.reset", key=f"reset:{name}:{window // 900}", payload={"address": address}
    )


def offer_reset(address: str, *, by: Actor, now: datetime) -> None:
    """Send the way to a new password to whoever has this address; nothing for nobody."""
    person = auth.by_email(address)
    if person is None or not person.active:
        return
    events.record("auth.reset_asked", by=by, now=now, data={"person": person.id})
    notify(
        person.id,
        template=rules.RESET,
        context={},
        why="security",
        key=f"reset:{person.id}:{now.isoformat()}",
        record=None,
        account_id=None,
        klass=K.INTERNAL,
        by=by,
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


def withdraw(notification: Notification, *, by: Actor, now: datetime) -> None:
    """Take a message back before it leaves; refused once a try was begun."""
    taken = sa.update(Notification).where(
        Notification.id == notification.id,
        Notification.state == State.WAITING,
        Notification.tries == 0,
    )
    if not db.session.scalar(
        taken.values(
            state=State.WITHDRAWN, version=Notification.version + 1, updated_at=now
        ).returning(Notification.id)
    ):
        raise Refused(_("This message has left already."))
    db.session.refresh(notification)
    events.record(
        "notifications.withdrawn",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        klass=K.CONFIDENTIAL,
        data={"notification": notification.id},
    )


def withdraw_unseen(record: str, *, seen_by: Iterable[int], by: Actor, now: datetime) -> int:
    """Take back what waits to tell anybody about a record but those who may see it (person ids);
    gives how many.
    """
    taken = (
        sa.update(Notification)
        .where(
            Notification.record_ref == record,
            Notification.state == State.WAITING,
            Notification.person_id.not_in(sorted(seen_by)),
        )
        .values(state=State.WITHDRAWN, version=Notification.version + 1, updated_at=now)
        .returning(Notification.id)
    )
    ids = sorted(db.session.scalars(taken))
    if ids:
        data = {"notifications": ids}
        events.record("notifications.withdrawn_unseen", by=by, now=now, record=record, data=data)
    return len(ids)


def claim(notification_id: int, *, now: datetime) -> Notification | None:
    """Take a due message for one try; None where it is not due or somebody else has it.

    A try that never comes back leaves the message due again after the lease.
    """
    lease = sa.update(Notification).where(
        Notification.id == notification_id,
        Notification.state == State.WAITING,
        Notification.send_at <= now,
    )
    taken = db.session.scalar(
        lease.values(
            tries=Notification.tries + 1,
            send_at=now + rules.LEASE,
            version=Notification.version + 1,
            updated_at=now,
        ).returning(Notification.id)
    )
    if taken is None:
        return None
    row = queries.get(taken)
    db.session.refresh(row)
    return row


def is_wanted(notification: Notification, *, now: datetime) -> bool:
    """Say whether the recipient may still be told: active, and able to see the record."""
    if notification.person_id is None:
        return True
    person = auth.get(notification.person_id)
    return bool(person.active) and queries.may_know(notification, auth.actor_of(person), now=now)


def drop(notification: Notification, *, by: Actor, now: datetime) -> None:
    """Let a message rest that its recipient may no longer see."""
    notification.state, notification.error = State.WITHDRAWN, "no longer allowed"
    events.record(
        "notifications.dropped",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        data={"notification": notification.id, "person": notification.person_id},
    )


def note_sent(notification: Notification, *, by: Actor, now: datetime) -> None:
    """Note that a message left."""
    notification.state, notification.sent_at, notification.error = State.SENT, now, ""
    events.record(
        "notifications.sent",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        klass=K.CONFIDENTIAL if notification.contact_id else K.INTERNAL,
        data={"notification": notification.id, "template": notification.template},
    )


def note_failure(
    notification: Notification, *, error: str, code: int | None, by: Actor, now: datetime
) -> None:
    """Note a failed try and when the next one is; after the last one an administrator decides."""
    notification.error = error[:200]
    if not rules.is_final(tries=notification.tries, code=code):
        notification.send_at = now + rules.wait(notification.tries)
        return
    notification.state = State.FAILED
    events.record(
        "notifications.failed",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        data={"notification": notification.id, "tries": notification.tries},
    )


def replay(notification: Notification, *, by: Actor, now: datetime) -> None:
    """Try a failed message again, from the first wait on, under the same Message-ID."""
    if notification.state is not State.FAILED:
        raise Refused(_("Only a failed message can be tried again."))
    notification.state, notification.send_at = State.WAITING, now
    queue_try(notification.id, slot=f"replay {notification.tries}")
    events.record(
        "notifications.replayed",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        data={"notification": notification.id, "tries": notification.tries},
    )


def mark_read(notification: Notification, *, now: datetime) -> None:
    """Remember that its recipient has read a notification: their own business, not the log's."""
    notification.read_at = notification.read_at or now


def mark_all_read(viewer: Actor, *, now: datetime) -> None:
    """Remember that the viewer has read everything up to now."""
    db.session.execute(
        sa.update(Notification)
        .where(
            Notification.person_id == viewer.id,
            Notification.read_at.is_(None),
            Notification.created_at <= now,
        )
        .values(read_at=now, version=Notification.version + 1)
    )
