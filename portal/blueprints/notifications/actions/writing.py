"""Writing messages to people and to customers: in their language, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from portal.blueprints.auth import queries as auth
from portal.core import jobs, mail, pager
from portal.core.access import Actor, ActorKind, K
from portal.core.db import db, insert_all_once, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Channel, Notification, State

if TYPE_CHECKING:
    from portal.blueprints.accounts.models import Contact


UNDO = 60
UNCHOSEN = rules.Choice()
LEAVING = frozenset({Channel.MAIL, Channel.PAGE})


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
) -> Notification:
    """Tell a person something, in their language and zone and as they chose to hear of its kind;
    the same `key` twice tells them once.

    `template` is `<room>/<name>`; `context` may hold text, numbers, instants, days and `Money`;
    `klass` is the class of those words; `why` is a code of `rules.reason`. It leaves at `send_at`
    or when their quiet hours end, unless the person may no longer see `record` then.
    """
    person, choice = auth.get(person_id), queries.choice_of(person_id)
    channel = rules.channel_of(template, context=context, record=record, choice=choice)
    leaves = send_at or now
    if channel is Channel.MAIL:
        leaves = _leaves(leaves, template, context, why=why, zone=person.zone, choice=choice)
    return put(
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
        send_at=leaves,
        now=now,
    )


def _leaves(
    moment: datetime,
    template: str,
    context: Mapping[str, Any],
    *,
    why: str,
    zone: str,
    choice: rules.Choice,
) -> datetime:
    """Give when a mail leaves that could leave at a moment."""
    if rules.waits_for_quiet_to_end(template, context=context, why=why):
        return rules.after_quiet(moment, zone=zone, choice=choice)
    return moment


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
    page: bool = False


def notify_all(letters: Iterable[Letter], *, now: datetime) -> None:
    """Tell many people at once, as `notify` does one, in one statement and with one job that sends
    what is due; what waits for later is found by the sweep. Who is to be woken is paged, too.
    """
    letters, host = list(letters), mail.host()
    choices = queries.choices_of({letter.person_id for letter in letters}) if letters else {}
    rows = [_row(letter, choices.get(letter.person_id, UNCHOSEN), host=host) for letter in letters]
    rows += [
        _page(letter, choices[letter.person_id].number, host=host, now=now)
        for letter in letters
        if letter.page and pager.is_set() and choices.get(letter.person_id, UNCHOSEN).number
    ]
    shared = {
        "tries": 0,
        "error": "",
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    insert_all_once(Notification, rows, shared=shared)
    if any(row["send_at"] <= now for row in rows):
        send_all_due(rows[0]["key"])


def _row(letter: Letter, choice: rules.Choice, *, host: str) -> dict[str, Any]:
    given = (letter.template, letter.context)
    channel = rules.channel_of(given[0], context=given[1], record=letter.record, choice=choice)
    leaves = letter.send_at
    if channel is Channel.MAIL:
        leaves = _leaves(leaves, *given, why=letter.why, zone=letter.zone, choice=choice)
    return {
        "key": letter.key,
        "channel": channel,
        "state": State.SENT if channel is Channel.PORTAL else State.WAITING,
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
        "send_at": leaves,
    }


def _page(letter: Letter, number: str, *, host: str, now: datetime) -> dict[str, Any]:
    """Give the page beside a letter: the number of its record, and how grave it is."""
    return _row(letter, UNCHOSEN, host=host) | {
        "key": f"{letter.key}:page",
        "channel": Channel.PAGE,
        "state": State.WAITING,
        "address": number,
        "template": rules.PAGED,
        "context": {"severity": letter.context.get("severity", "")},
        "send_at": now,
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
    alone: bool = True,
    signed: str = "",
) -> Notification:
    """Write to a customer's contact in their language; it waits `delay` seconds, in which
    `withdraw` takes it back. One of many (not `alone`) has no job of its own: `send_all_due`.
    It is signed by who writes, what goes out by itself by `signed`, else by the house alone.
    """
    if not rules.is_address(contact.email or ""):
        raise Refused(_("This contact has no mail address we can write to."), field="contact")
    signature = signed or ("" if by.kind in {ActorKind.JOB, ActorKind.OPERATOR} else by.name)
    context = rules.packed({"subject": " ".join(subject.split()), "text": text, "from": signature})
    if not context["subject"] or not context["text"].strip():
        raise Refused(_("A message needs a subject and words."), field="text")
    message_id = mail.new_message_id()
    return put(
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
        alone=alone,
    )


def send_all_due(key: str) -> None:
    """Queue a job that sends whatever is due, once by its key."""
    jobs.enqueue("notifications.send_due", key=f"due:{key}")


def put(*, now: datetime, alone: bool = True, **values: Any) -> Notification:
    """Add the row of a message, once by its key, and queue its first try where it leaves the
    portal by itself (`alone`), both in the caller's transaction.
    """
    values.setdefault("message_id", mail.new_message_id())
    state = State.SENT if values["channel"] is Channel.PORTAL else State.WAITING
    is_new = insert_once(Notification, state=state, tries=0, error="", created_at=now, **values)
    row = queries.by_key(values["key"])
    if row is None:
        raise LookupError(values["key"])
    if is_new and alone and row.channel in LEAVING:
        wait = (row.send_at - now).total_seconds()
        if wait > 0:
            queue_try(row.id, slot="first", delay=wait + 1)
        else:
            _send_with_the_others(row.key)
    return row


def _send_with_the_others(key: str) -> None:
    """Queue one job for all that a transaction has to say at once. What is written in a savepoint
    has a job of its own: it may be rolled back alone.
    """
    session = db.session()
    written_in = session.get_nested_transaction() or session.get_transaction()
    if session.info.get("has_mail_from") is not written_in:
        session.info["has_mail_from"] = written_in
        send_all_due(key)


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
