"""What customers are told: the texts of a case, what is due, and letters with their fields."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import User
from portal.blueprints.notifications.models import Notification
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import LANGUAGES, show_datetime, speaking

from ..models import OPEN_STATES, ClockKind, CustomerStatus, Escalation
from ..rules import drafts
from .clocks import clocks_of

S = CustomerStatus


def statuses(case: Escalation) -> list[Any]:
    """Give the texts of a case, newest first, with who wrote and who approved them."""
    writer, approver = aliased(User), aliased(User)
    query = (
        sa.select(S, writer.name.label("writer"), approver.name.label("approver"))
        .outerjoin(writer, writer.id == S.written_by_id)
        .outerjoin(approver, approver.id == S.approved_by_id)
        .where(S.escalation_id == case.id)
    )
    return list(db.session.execute(query.order_by(S.id.desc()).limit(50)))


def status(case: Escalation, status_id: int) -> CustomerStatus:
    """Give one text of a case; `NotFound` where it is none of its."""
    found = db.session.scalar(sa.select(S).where(S.id == status_id, S.escalation_id == case.id))
    if found is None:
        raise NotFound
    return found


def approved(case_id: int) -> CustomerStatus | None:
    """Give the newest approved text of a case."""
    query = sa.select(S).where(S.escalation_id == case_id, S.approved_at.is_not(None))
    return db.session.scalar(query.order_by(S.approved_at.desc(), S.id.desc()).limit(1))


def statuses_due(*, now: datetime, limit: int) -> Sequence[int]:
    """Give the ids of texts whose time has come, the oldest first, of cases that are open."""
    query = (
        sa.select(S.id)
        .join(Escalation, Escalation.id == S.escalation_id)
        .where(
            S.next_at <= now,
            Escalation.state.in_(OPEN_STATES),
            sa.not_(Escalation.automatic_stopped),
            sa.not_(Escalation.legal_mode),
        )
    )
    return db.session.scalars(query.order_by(S.next_at, S.id).limit(limit)).all()


def hears_by(case: Escalation) -> datetime | None:
    """Give until when the customer must hear from us; None where no such clock runs."""
    kinds = (ClockKind.SILENCE, ClockKind.REPLY_OWED)
    found = [
        clock.due_at
        for clock in clocks_of(case)
        if clock.kind in kinds and clock.needed and clock.met_at is None and clock.due_at
    ]
    return min(found, default=None)


def reply_owed(case: Escalation) -> tuple[datetime, datetime] | None:
    """Give since when and until when an answer is owed; None where none is."""
    for clock in clocks_of(case):
        if clock.kind is ClockKind.REPLY_OWED and clock.needed and clock.met_at is None:
            return (clock.started_at, clock.due_at) if clock.due_at else None
    return None


def letter(case: Escalation, contact: Contact, kind: str, *, now: datetime) -> drafts.Draft:
    """Give a letter to a contact in their language, with what is known of the case in place; a time
    that has passed is promised to nobody.
    """
    account = db.session.get_one(Account, case.account_id)
    due = hears_by(case)
    with speaking(contact.language, account.zone):
        known = {
            "customer": contact.name,
            "owner": auth.get(case.owner_id).name if case.owner_id else "",
            "next_update": show_datetime(due) if due and due > now else "",
        }
        return drafts.draft(kind, known)


def field_names() -> dict[str, str]:
    """Give the names of the fields of letters in every language, with the reader's."""
    names = (*drafts.FIELDS, "customer", "owner", "next_update")
    said = {name: str(drafts.field_words(name)) for name in names}
    found: dict[str, str] = {}
    for language in LANGUAGES:
        with speaking(language):
            found |= {str(drafts.field_words(name)): said[name] for name in names}
    return found


def last_message(case: Escalation, contact_id: int) -> str | None:
    """Give the Message-ID of our last message to a contact about a case, which the next follows."""
    query = sa.select(Notification.message_id).where(
        Notification.record_ref == case.reference,
        Notification.contact_id == contact_id,
        Notification.sent_at.is_not(None),
    )
    return db.session.scalar(query.order_by(Notification.sent_at.desc()).limit(1))
