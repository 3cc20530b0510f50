"""Reading one-time codes."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.core.db import db

from ..models import OneTimeCode

C = OneTimeCode


def last_code(contact_id: int, *, act: str, record: str, lock: bool = False) -> OneTimeCode | None:
    """Give the last code that was mailed to a contact for an act about a record."""
    query = sa.select(C).filter_by(contact_id=contact_id, act=act, record_ref=record)
    query = query.order_by(C.id.desc()).limit(1)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def codes_asked(contact_id: int, *, act: str, record: str, now: datetime) -> int:
    """Count the codes mailed to a contact for an act within an hour."""
    there = sa.select(sa.func.count()).where(
        C.contact_id == contact_id,
        C.act == act,
        C.record_ref == record,
        C.created_at > now - timedelta(hours=1),
    )
    return int(db.session.scalar(there) or 0)


def code_by_id(code_id: int) -> OneTimeCode | None:
    """Give a code by its number, None where there is none."""
    return db.session.get(OneTimeCode, code_id)
