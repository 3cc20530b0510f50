"""Taking mail in, and putting it where it belongs."""

import hashlib
from datetime import datetime

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import queries as auth
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.notifications import actions as post
from portal.blueprints.notifications import queries as post_queries
from portal.core import access, events, files
from portal.core.access import Actor, K, Permission
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from . import queries, rules
from .models import IncomingMail, State, Why

LONGEST_TEXT = 20_000
LARGEST = 25 << 20
"""Bytes of a mail that is taken with all it brings."""
POST = access.job("mailbox")


def take_in(
    content: bytes, *, arrived_at: datetime, now: datetime, size: int | None = None
) -> IncomingMail | None:
    """Take in a mail as it came: file it with the case it answers, note what did not arrive, or let
    it wait for somebody. A second time it is passed over (None); another mail that bears the number
    of one we have is no second time.

    `size` (bytes) says that the mail is larger than what was fetched of it.
    """
    letter = rules.read(content)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    message_id = letter.message_id or digest
    before = queries.by_message_id(message_id)
    if before is not None and not _is_same(before, letter):
        message_id, before = digest, queries.by_message_id(digest)
    if before is not None:
        return None
    known = queries.known(letter, now=now)
    state, why = rules.verdict(letter, known)
    if size is not None and state is State.FILED:
        state, why = State.WAITING, Why.TOO_LARGE
    case = _case_of(known.record) if state is State.FILED else None
    if state is State.FILED and case is None:
        state, why = State.WAITING, Why.NO_MATCH
    row = IncomingMail(
        message_id=message_id,
        sender=letter.sender[:300],
        address=letter.address[:254],
        subject=letter.subject[:400],
        text=letter.new[:LONGEST_TEXT],
        files=len(letter.attachments),
        state=state,
        why=why,
        account_id=case.account_id if case else None,
        record_ref=case.reference if case else None,
        klass=int(K.CONFIDENTIAL),
        arrived_at=min(arrived_at, now),
    )
    row.file_id = _keep(row, content, now=now) if size is None else None
    db.session.add(row)
    db.session.flush()
    if case is not None:
        _file(row, letter, case, now=now)
    if letter.report is not None:
        _note_report(letter.report, now=now)
    if state is State.WAITING:
        _tell_who_sorts(now=now)
    _record("intake.taken_in", row, by=POST, now=now)
    return row


def _is_same(row: IncomingMail, letter: rules.Letter) -> bool:
    """Say whether a mail is one we have: what it says, not the way that it came."""
    had = (row.sender, row.subject, row.text, row.files)
    return had == (
        letter.sender[:300],
        letter.subject[:400],
        letter.new[:LONGEST_TEXT],
        len(letter.attachments),
    )


def _tell_who_sorts(*, now: datetime) -> None:
    """Tell those who sort mail that some waits, once a day."""
    sorters = {
        person.id
        for role, grants in access.TABLE.items()
        if any(Permission.INTAKE_ASSIGN in grant.may for grant in grants.values())
        for person in auth.people(role=role)
    }
    for person_id in sorted(sorters):
        post.notify(
            person_id,
            template="intake/waiting",
            context={"path": "/intake/"},
            why="intake",
            key=f"intake:{now:%Y-%m-%d}:{person_id}",
            record=None,
            account_id=None,
            klass=K.INTERNAL,
            by=POST,
            now=now,
        )


def assign(row: IncomingMail, case: Escalation, *, by: Actor, now: datetime) -> None:
    """File a mail that waits, or was put aside, with a case."""
    kept = queries.original(row)
    if kept is None:
        raise Refused(_("This mail was too large to be kept: ask its sender to send it in parts."))
    letter = rules.read(files.read(kept))
    row.account_id, row.record_ref = case.account_id, case.reference
    kept.account_id, kept.record_ref = case.account_id, case.reference
    _decide(row, State.FILED, by=by, now=now)
    _file(row, letter, case, now=now)
    _record("intake.assigned", row, by=by, now=now)


def put_aside(row: IncomingMail, *, reason: str, by: Actor, now: datetime) -> None:
    """Say that a mail belongs to no case, and why."""
    if row.state is not State.WAITING:
        raise Refused(_("This mail waits for nobody."))
    if not reason.strip():
        raise Refused(_("Say in a sentence why it belongs to no case."), field="reason")
    row.reason = " ".join(reason.split())[:400]
    _decide(row, State.PUT_ASIDE, by=by, now=now)
    _record("intake.put_aside", row, by=by, now=now)


def _decide(row: IncomingMail, state: State, *, by: Actor, now: datetime) -> None:
    row.state, row.why = state, Why.PERSON
    row.handled_at, row.handled_by_id = now, by.id


def _case_of(record: str | None) -> Escalation | None:
    try:
        return cases.standing(record or "")
    except NotFound:
        return None


def _keep(row: IncomingMail, content: bytes, *, now: datetime) -> int:
    """Keep a mail as it came."""
    return files.put(
        content,
        name="mail.eml",
        media_type="message/rfc822",
        klass=row.klass,
        account_id=row.account_id,
        record_ref=row.record_ref,
        now=now,
    ).id


def _file(row: IncomingMail, letter: rules.Letter, case: Escalation, *, now: datetime) -> None:
    contact = queries.contact(letter, case.account_id)
    name = contact.name if contact else letter.sender
    language = contact.language if contact else queries.language_of(case.account_id)
    subject = f"{letter.subject}\n\n" if letter.subject else ""
    answer = escalations.Answer(
        text=f"{subject}{letter.new}",
        at=row.arrived_at,
        language=language,
        kind=EntryKind.EMAIL_IN,
        contact=contact,
        files=[(one.name, one.content) for one in letter.attachments],
        said=f"{rules.own_subject(letter.subject)}\n\n{letter.new}",
    )
    by = access.contact(name or letter.address, language=language)
    escalations.receive(case, answer, by=by, now=now)


def _note_report(report: rules.Report, *, now: datetime) -> None:
    message = post_queries.by_message_ids(report.ids)
    if message is not None:
        post.note_bounced(message, status=report.status, by=POST, now=now)


def _record(name: str, row: IncomingMail, *, by: Actor, now: datetime) -> None:
    events.record(
        name,
        by=by,
        now=now,
        record=row.record_ref,
        account_id=row.account_id,
        klass=K.CONFIDENTIAL,
        data={"mail": row.id, "state": row.state.value, "why": row.why.value},
    )
