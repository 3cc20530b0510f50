"""Reading mail that came in: what waits for somebody, and what a mail belongs to."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.auth import queries as auth
from portal.blueprints.concessions import queries as concessions
from portal.blueprints.notifications import queries as post
from portal.core import mail
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.files import StoredFile
from portal.core.paging import Page, keyset

from . import rules
from .models import IncomingMail, State

M = IncomingMail
CASE, OFFER = "ESC-", "CON-"
_SHOWN: list[Any] = [M.id, M.sender, M.subject, M.why, M.state, M.files, M.arrived_at]
_LIST = sa.select(*_SHOWN).where(M.state == sa.bindparam("of_state"), M.record_ref.is_(None))


def page(*, state: State, cursor: str | None = None, limit: int = 50) -> Page[Any]:
    """Give the mails that belong to no record and stand in a state, newest first."""
    return keyset(
        _LIST,
        sort=M.arrived_at,
        row_id=M.id,
        cursor=cursor,
        limit=limit,
        given={"of_state": state.value},
    )


def count_waiting() -> int:
    """Count the mails that wait for somebody, at most 100."""
    rows = sa.select(M.id).where(M.state == State.WAITING, M.record_ref.is_(None)).limit(100)
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0)


def get(mail_id: int, *, lock: bool = False) -> IncomingMail:
    """Give a mail that belongs to no record; `NotFound` where there is none."""
    query = sa.select(M).where(M.id == mail_id, M.record_ref.is_(None))
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def by_message_id(message_id: str) -> IncomingMail | None:
    """Give the mail that came in with a number, None where none did."""
    return db.session.scalar(sa.select(M).where(M.message_id == message_id))


def original(row: IncomingMail) -> StoredFile | None:
    """Give the file of a mail as it came; None where it was too large to be kept."""
    return db.session.get(StoredFile, row.file_id) if row.file_id else None


def known(letter: rules.Letter, *, now: datetime) -> rules.Known:
    """Give what we know around a mail."""
    message = post.by_message_ids(letter.answers)
    before = _earlier(letter.answers)
    named, forged = mail.record_answered(letter.recipients)
    person = auth.by_email(letter.address) if letter.address else None
    by_id = _of_case(message.record_ref if message and message.contact_id else before)
    named = _of_case(named)
    record = by_id or named
    return rules.Known(
        by_id=by_id if by_id and by_id.startswith(CASE) else None,
        by_address=named if named and named.startswith(CASE) else None,
        forged=forged,
        colleague=person is not None or bool(message and message.person_id),
        ours=bool(letter.address) and letter.address == _mailbox(),
        within_hour=_within_hour(letter.address, record, now=now),
    )


def _of_case(record: str | None) -> str | None:
    """Give the case of a letter that offered something in one; any other record is itself."""
    offered = record is not None and record.startswith(OFFER)
    return concessions.case_of(record) if offered and record else record


def _mailbox() -> str:
    return mail.mailbox().lower()


def _earlier(ids: Iterable[str]) -> str | None:
    """Give the record of an earlier mail that is answered: customers answer themselves, too."""
    given = list(ids)
    if not given:
        return None
    rows = db.session.execute(
        sa.select(M.message_id, M.record_ref).where(
            M.message_id.in_(given), M.record_ref.is_not(None)
        )
    )
    found = {row.message_id: row.record_ref for row in rows}
    return next((found[one] for one in given if one in found), None)


def _within_hour(address: str, record: str | None, *, now: datetime) -> int:
    if record is None:
        return 0
    since = sa.select(sa.func.count()).where(
        M.record_ref == record, M.address == address, M.arrived_at > now - timedelta(hours=1)
    )
    return int(db.session.scalar(since) or 0)


def contact(letter: rules.Letter, account_id: int) -> Contact | None:
    """Give the contact of an account who wrote a mail, by its address; None for somebody else."""
    return db.session.scalar(
        sa.select(Contact)
        .where(Contact.account_id == account_id, sa.func.lower(Contact.email) == letter.address)
        .order_by(Contact.id)
        .limit(1)
    )


def language_of(account_id: int) -> str:
    """Give the language in which an account is written to."""
    return db.session.get_one(Account, account_id).language
