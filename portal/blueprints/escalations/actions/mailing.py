"""One message to all other customers that a case hits: picked by facts, approved once, sent to each
in its language, and what they said.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Contact, EntryKind
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications import rules as mail_rules
from portal.blueprints.notifications.models import Notification
from portal.core import jobs
from portal.core.access import Actor, K
from portal.core.db import db, insert_all_once, insert_once
from portal.core.errors import NotFound, Refused
from portal.core.i18n import LANGUAGES, _

from .. import queries, rules
from ..models import (
    OPEN_STATES,
    AffectedAccount,
    Escalation,
    Mailing,
    MailingLine,
    MailingState,
)
from ..rules.mailing import Picked
from .recording import log, seek_approval, tell_story

BATCH = 50
MAILED = "mailing:"


def pick_affected(case: Escalation, picked: Picked, *, by: Actor, now: datetime) -> int:
    """Put every customer on the list of those hit of which some facts are true, as far as the
    acting person may read them; gives how many are new. Nobody is told by that.
    """
    _refuse(case)
    if not picked.anything:
        raise Refused(_("Say by which facts the customers are told apart."), field="segment")
    if picked.by_value and not account_queries.sees_value(by):
        raise Refused(_("What customers buy is not for your role to read."), field="tier")
    found = queries.hit_by_facts(case, picked, by, now=now)
    if not found:
        raise Refused(_("No customer that you may see is of this kind."), field="segment")
    before = _count(case)
    insert_all_once(
        AffectedAccount,
        [{"account_id": account_id} for account_id, _reference in found],
        shared={"escalation_id": case.id},
    )
    new = _count(case) - before
    data = {"facts": [name for name, value in vars(picked).items() if value], "accounts": new}
    uid = log(case, "affected_picked", by=by, now=now, data=data)
    text = _("Other customers that are hit, told by facts: %(n)s.", n=new)
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    return new


def _count(case: Escalation) -> int:
    there = sa.select(sa.func.count()).where(AffectedAccount.escalation_id == case.id)
    return int(db.session.scalar(there) or 0)


def write_mailing(
    case: Escalation, words: Mapping[str, Mapping[str, str]], *, by: Actor, now: datetime
) -> Mailing:
    """Write a message to the customers hit: subject and text by language, both or neither; it waits
    for a second person.
    """
    _refuse(case)
    given = {
        language: {"subject": " ".join(one["subject"].split()), "text": one["text"].strip()}
        for language, one in words.items()
        if one["subject"].strip() or one["text"].strip()
    }
    for language, one in given.items():
        if language not in LANGUAGES or not one["subject"] or not one["text"]:
            raise Refused(_("A message needs a subject and words."), field=f"text_{language}")
        mail_rules.refuse_fields(one["subject"], one["text"], field=f"text_{language}")
    if not given:
        raise Refused(_("Write the message in one language at least."), field="text_en")
    total = _count(case)
    if not total:
        raise Refused(_("No other customer is on the list yet."))
    if any(row.state is MailingState.WRITTEN for row in queries.mailings(case)):
        raise Refused(_("A message waits for its approval already: approve it or drop it first."))
    row = Mailing(escalation_id=case.id, words=given, written_by_id=by.id, total=total)
    db.session.add(row)
    db.session.flush()
    data = {"mailing": row.id, "languages": sorted(given), "accounts": total}
    changes = {
        f"text_{lang}": (None, f"{one['subject']}\n{one['text']}") for lang, one in given.items()
    }
    log(case, "mailing_written", by=by, now=now, klass=K.CONFIDENTIAL, data=data, changes=changes)
    path = f"/escalations/{case.reference}/affected/mailings"
    seek_approval(
        case,
        lambda who: rules.mailing.may_approve(who.roles, person_id=who.id, written_by_id=by.id),
        key=f"mailing:{row.id}",
        path=path,
        by=by,
        now=now,
    )
    return row


def approve_mailing(case: Escalation, row: Mailing, *, by: Actor, now: datetime) -> None:
    """Approve a message, by somebody who leads and did not write it; a job sends it to each
    customer then on the list.
    """
    _refuse(case)
    if row.state is not MailingState.WRITTEN:
        raise Refused(_("This message is decided already."))
    if not rules.mailing.may_approve(by.roles, person_id=by.id, written_by_id=row.written_by_id):
        raise Refused(
            _("A second person approves: an escalation manager, an executive or leadership.")
        )
    row.state, row.approved_by_id, row.approved_at = MailingState.APPROVED, by.id, now
    row.total = _count(case)
    data = {"mailing": row.id, "accounts": row.total}
    log(case, "mailing_approved", by=by, now=now, data=data)
    payload = {"reference": case.reference, "mailing_id": row.id}
    jobs.enqueue("escalations.send_mailing", key=f"{MAILED}{row.id}", payload=payload)


def drop_mailing(case: Escalation, row: Mailing, *, by: Actor, now: datetime) -> None:
    """Drop a message that was not approved yet."""
    if row.state is not MailingState.WRITTEN:
        raise Refused(_("This message is decided already."))
    row.state = MailingState.DROPPED
    log(case, "mailing_dropped", by=by, now=now, data={"mailing": row.id})


def send_some(case: Escalation, row: Mailing, *, by: Actor, now: datetime) -> bool:
    """Write to the next customers, up to a batch, each once; says whether more may be there. While
    the case is in legal mode nothing goes on.
    """
    if row.state is not MailingState.APPROVED or case.legal_mode:
        return False
    found = queries.next_hit(row, limit=BATCH)
    author = auth_queries.actor(row.written_by_id or 0)
    for hit in found:
        _write_to(case, row, hit, author=author, now=now)
        row.last_id = hit.affected_id
    notification_actions.send_all_due(f"{MAILED}{row.id}:{row.last_id}")
    if len(found) == BATCH:
        return True
    row.state, row.sent_at = MailingState.SENT, now
    counts = queries.told(row)
    uid = log(case, "mailing_sent", by=by, now=now, data={"mailing": row.id, **counts})
    text = _("Other customers that were written to: %(n)s.", n=counts["written"])
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    return False


def _write_to(
    case: Escalation, row: Mailing, hit: queries.Hit, *, author: Actor, now: datetime
) -> None:
    """Write to one customer, unless that was done."""
    place = {"mailing_id": row.id, "account_id": hit.account_id}
    if not insert_once(MailingLine, **place, contact_id=hit.contact_id, language="", answer=""):
        return
    if hit.contact_id is None:
        return
    contact = db.session.get_one(Contact, hit.contact_id)
    language = rules.mailing.language_for(contact.language or hit.language, row.words)
    sent = notification_actions.write_to_contact(
        contact,
        subject=row.words[language]["subject"],
        text=row.words[language]["text"],
        record=case.reference,
        account_id=hit.account_id,
        by=author,
        now=now,
        delay=0,
        key=f"{MAILED}{row.id}:{hit.account_id}",
        alone=False,
    )
    sent.language = language
    db.session.execute(
        sa.update(MailingLine).filter_by(**place).values(notification_id=sent.id, language=language)
    )


def note_mailed(message: Notification, *, now: datetime) -> None:
    """Note that a message reached a customer's mail server."""
    line = queries.line_of(message.id)
    if line is None:
        return
    line.sent_at = message.sent_at or now
    row = db.session.get_one(Mailing, line.mailing_id)
    db.session.execute(
        sa.update(AffectedAccount)
        .filter_by(escalation_id=row.escalation_id, account_id=line.account_id)
        .values(message_at=line.sent_at)
    )


def note_answer(
    case: Escalation, row: Mailing, account_id: int, *, text: str, by: Actor, now: datetime
) -> None:
    """Keep what a customer said to a message; a second answer takes the place of the first, which
    stays in the log.
    """
    line = db.session.get(MailingLine, (row.id, account_id))
    if line is None:
        raise NotFound
    if not text.strip():
        raise Refused(_("Write what they said."), field="answer")
    before, line.answer, line.answered_at = line.answer, text.strip(), now
    data = {"mailing": row.id, "account": account_id}
    changes = {"answer": (before or None, line.answer)}
    log(case, "mailing_answered", by=by, now=now, klass=K.CONFIDENTIAL, data=data, changes=changes)


def _refuse(case: Escalation) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open any more."))
    if case.restricted:
        raise Refused(_("This case is restricted: nobody else hears of it."))
    if case.legal_mode:
        raise Refused(_("Messages to other customers need counsel's release."))
