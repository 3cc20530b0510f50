"""Writing to the customer of a case."""

from datetime import datetime

from portal.blueprints.accounts.models import Contact, EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications import rules as mail_rules
from portal.blueprints.notifications.models import Notification
from portal.core import seals
from portal.core.access import Actor, K
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .. import queries
from ..models import (
    OPEN_STATES,
    Escalation,
)
from ..rules import ClockEventKind, drafts
from .recording import log, settle, tell_story, tick


def write(
    case: Escalation,
    contact: Contact,
    *,
    subject: str,
    text: str,
    by: Actor,
    now: datetime,
    key: str,
) -> Notification:
    """Write to the customer: it leaves after 60 seconds, in which it can be taken back; the
    timeline and the clocks hear of it once it has left. The same `key` twice writes once.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open: nobody would follow up on an answer."))
    if case.legal_mode:
        raise Refused(_("Messages to this customer need counsel's release."), field="text")
    if contact.account_id != case.account_id:
        raise NotFound
    empty = drafts.unfilled(f"{subject}\n{text}", queries.field_names())
    if empty:
        names = ", ".join(empty)
        raise Refused(_("Say what stands in brackets: %(names)s.", names=names), field="text")
    mail_rules.refuse_fields(subject, text, field="text")
    sent = notification_actions.write_to_contact(
        contact,
        subject=subject,
        text=text,
        record=case.reference,
        account_id=case.account_id,
        by=by,
        now=now,
        in_reply_to=queries.last_message(case, contact.id),
        key=f"written:{case.id}:{by.id}:{key}",
    )
    log(
        case,
        "written",
        by=by,
        now=now,
        klass=K.CONFIDENTIAL,
        data={"notification": sent.id, "contact": contact.id},
        changes={"subject": (None, subject), "text": (None, text)},
    )
    return sent


def take_back(case: Escalation, notification: Notification, *, by: Actor, now: datetime) -> None:
    """Take a message to the customer back before it leaves."""
    if notification.record_ref != case.reference or notification.contact_id is None:
        raise NotFound
    notification_actions.withdraw(notification, by=by, now=now)


def note_sent(case: Escalation, notification: Notification, *, now: datetime) -> None:
    """Put a message that has left into the timeline; it reached the customer when it was sent."""
    author = auth_queries.actor(int(notification.key.split(":")[2]))
    at = notification.sent_at or now
    subject, text = notification.context["subject"], notification.context["text"]
    uid = log(case, "told_customer", by=author, now=now, data={"notification": notification.id})
    tell_story(
        case,
        seals.masked(f"{subject}\n\n{text}"),
        kind=EntryKind.EMAIL_OUT,
        lane=Lane.CUSTOMER,
        uid=uid,
        by=author,
        now=now,
        at=at,
        language=notification.language,
    )
    tick(case, ClockEventKind.OUR_CONTACT, at=max(at, case.opened_at), by=author, now=now)
    settle(case, now=now)
