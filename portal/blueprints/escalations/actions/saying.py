"""What the customer is told: texts written and approved, and what goes out by itself."""

from datetime import datetime
from operator import methodcaller

from portal.blueprints.accounts.models import Account, Contact, EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications import rules as mail_rules
from portal.blueprints.notifications.models import Notification
from portal.core import seals
from portal.core.access import Actor, K, Permission
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _, show_datetime, speaking

from .. import queries
from ..models import OPEN_STATES, CustomerStatus, Escalation
from ..rules import saying
from .recording import answering, inform, log, seek_approval, tell_story

AUTOMATIC = mail_rules.BY_ITSELF
LETTER = "notifications/customer"


def write_status(
    case: Escalation,
    text: str,
    *,
    contact: Contact | None,
    every_days: int | None,
    by: Actor,
    now: datetime,
) -> CustomerStatus:
    """Write where the case stands, in words for the customer. Once approved, the customer reads it
    in their room, and `contact` gets it as a note every so many days without other news, once.
    """
    words = text.strip()
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open."))
    if not words:
        raise Refused(_("Write where the case stands."), field="text")
    mail_rules.refuse_fields(words, field="text")
    if every_days is not None and contact is None:
        raise Refused(_("Say who gets the note."), field="contact")
    if contact is not None and contact.account_id != case.account_id:
        raise NotFound
    account = db.session.get_one(Account, case.account_id)
    row = CustomerStatus(
        escalation_id=case.id,
        text=words,
        language=contact.language if contact else account.language,
        written_by_id=by.id,
        contact_id=contact.id if contact else None,
        every_days=every_days,
    )
    db.session.add(row)
    db.session.flush()
    data = {"status": row.id, "every_days": every_days}
    log(case, "status_written", by=by, now=now, data=data, changes={"text": (None, words)})
    if case.executive:
        path = f"/escalations/{case.reference}/customer"
        may, key = methodcaller("may", Permission.ESCALATIONS_WORK), f"status:{row.id}"
        seek_approval(case, may, key=key, path=path, by=by, now=now)
    return row


def approve_status(case: Escalation, row: CustomerStatus, *, by: Actor, now: datetime) -> None:
    """Approve a text for the customer: it takes the place of the one before."""
    if row.approved_at is not None:
        raise Refused(_("This text is approved already."))
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open."))
    if case.legal_mode:
        raise Refused(_("Messages to this customer need counsel's release."))
    if not saying.may_approve(row.written_by_id, by.id, executive=case.executive):
        raise Refused(_("In an executive escalation a second person approves what we tell them."))
    before = queries.approved(case.id)
    if before is not None:
        before.next_at = None
        if before.text == row.text:
            raise Refused(_("This is what they were told already: say what is new."))
    row.approved_by_id, row.approved_at = by.id, now
    last = max(filter(None, (case.last_contact_at, case.opened_at)))
    row.next_at = saying.next_note(last, every_days=row.every_days, now=now)
    uid = log(case, "status_approved", by=by, now=now, data={"status": row.id})
    tell_story(
        case,
        row.text,
        kind=EntryKind.STATUS,
        lane=Lane.CUSTOMER,
        uid=uid,
        by=by,
        now=now,
        language=row.language,
    )


def note_progress(status_id: int, *, by: Actor, now: datetime) -> None:
    """Send an approved text whose time has come as a note; if it went out before, tell the owner
    that a new one is missing. Moves no clock: a note of its own is no news of ours.
    """
    row = db.session.get_one(CustomerStatus, status_id, with_for_update=True)
    case = db.session.get_one(Escalation, row.escalation_id)
    newest = queries.approved(case.id)
    if newest is None or newest.id != row.id or case.state not in OPEN_STATES:
        row.next_at = None
        return
    stopped = case.automatic_stopped or case.legal_mode
    due = saying.due(next_at=row.next_at, noted_at=row.noted_at, stopped=stopped, now=now)
    if due is saying.Due.NOTHING:
        return
    key = f"status:{row.id}:{row.next_at}"
    row.next_at = saying.next_note(now, every_days=row.every_days, now=now)
    if due is saying.Due.ALERT:
        log(case, "status_missing", by=by, now=now, data={"status": row.id})
        inform(case, answering(case, now=now), "status_missing", key=key, by=by, now=now)
        return
    contact = db.session.get(Contact, row.contact_id) if row.contact_id else None
    if contact is None or not mail_rules.is_address(contact.email or ""):
        log(case, "status_missing", by=by, now=now, data={"status": row.id, "address": False})
        inform(case, answering(case, now=now), "status_missing", key=key, by=by, now=now)
        return
    row.noted_at = now
    with speaking(contact.language):
        subject = str(_("How far we are"))
    _send(case, contact, subject=subject, text=row.text, key=f"note:{row.id}", by=by, now=now)


def acknowledge(case: Escalation, contact: Contact, *, by: Actor, now: datetime) -> None:
    """Tell a customer who has written that it arrived, and until when somebody answers: the time
    our clock gives. Once for each answer that is owed; nothing is said where no clock promises it.
    """
    due = queries.reply_owed(case)
    if due is None or case.automatic_stopped or case.legal_mode:
        return
    if not mail_rules.is_address(contact.email or ""):
        return
    account = db.session.get_one(Account, case.account_id)
    owner = auth_queries.get(case.owner_id).name if case.owner_id else ""
    began, until = due
    with speaking(contact.language, account.zone):
        subject = str(_("Your message has arrived"))
        lines = [
            _("Dear %(customer)s,", customer=contact.name),
            _("Your message has arrived. You get an answer by %(at)s.", at=show_datetime(until)),
            _("%(owner)s is responsible for your matter.", owner=owner) if owner else "",
            _("This note was sent by itself; you need not answer it."),
        ]
        text = "\n\n".join(str(line) for line in lines if line)
    key = f"receipt:{began.isoformat()}"
    _send(case, contact, subject=subject, text=text, key=key, by=by, now=now)


def _send(
    case: Escalation,
    contact: Contact,
    *,
    subject: str,
    text: str,
    key: str,
    by: Actor,
    now: datetime,
) -> None:
    """Queue what goes out by itself; it waits like every message to a customer, and can be taken
    back or stopped until then.
    """
    sent = notification_actions.write_to_contact(
        contact,
        subject=subject,
        text=text,
        record=case.reference,
        account_id=case.account_id,
        in_reply_to=queries.last_message(case, contact.id),
        by=by,
        now=now,
        key=f"{AUTOMATIC}{case.id}:{key}",
        signed=auth_queries.get(case.owner_id).name if case.owner_id else "",
    )
    data = {"notification": sent.id, "contact": contact.id}
    log(case, "written_by_itself", by=by, now=now, klass=K.CONFIDENTIAL, data=data)


def note_automatic(case: Escalation, message: Notification, *, by: Actor, now: datetime) -> None:
    """Put what went out by itself into the story of a case; no clock moves."""
    uid = log(case, "told_by_itself", by=by, now=now, data={"notification": message.id})
    subject, text = message.context["subject"], message.context["text"]
    tell_story(
        case,
        seals.masked(f"{subject}\n\n{text}"),
        kind=EntryKind.SYSTEM,
        lane=Lane.CUSTOMER,
        uid=uid,
        by=by,
        now=now,
        at=message.sent_at,
        language=message.language,
    )


def hold_back_automatic(case: Escalation, *, now: datetime) -> None:
    """Take back what waits to go out to the customer by itself."""
    notification_actions.withdraw_waiting(
        [f"{AUTOMATIC}{case.id}:"],
        record=case.reference,
        account_id=case.account_id,
        template=LETTER,
        now=now,
    )


def is_automatic(message: Notification) -> bool:
    """Say whether a message to a customer goes out by itself."""
    return message.key.startswith(AUTOMATIC)
