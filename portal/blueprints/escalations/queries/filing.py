"""Files of a case, and who can be named in its timeline."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import TimelineEntry
from portal.blueprints.auth.models import User
from portal.core import files
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import Escalation
from ..rules.mentions import Named


@dataclass(frozen=True)
class Attached:
    """A file of a case with its bytes."""

    id: int
    name: str
    media_type: str
    klass: int
    content: bytes


def entry_of(viewer: Actor, case: Escalation, entry_id: int, *, now: datetime) -> TimelineEntry:
    """Give an entry of a case that the viewer may read."""
    found = account_queries.get_entry(viewer, case.account_id, entry_id, now=now)
    if found.case_ref != case.reference:
        raise NotFound
    return found


def attached(viewer: Actor, case: Escalation, entry_id: int, *, now: datetime) -> Attached:
    """Give the file of an entry that the viewer may read; `NotFound` where there is none."""
    entry = entry_of(viewer, case, entry_id, now=now)
    row = db.session.get(files.StoredFile, entry.file_id) if entry.file_id else None
    if row is None or entry.redacted_at is not None:
        raise NotFound
    try:
        content = files.read(row)
    except FileNotFoundError:
        raise NotFound from None
    return Attached(row.id, row.name, row.media_type, row.klass, content)


def is_corrected(entry: TimelineEntry) -> bool:
    """Say whether another entry corrects this one."""
    query = sa.select(TimelineEntry.id).where(TimelineEntry.corrects_id == entry.id)
    return db.session.scalar(query.limit(1)) is not None


def words_of(entry: TimelineEntry) -> str:
    """Give what an entry says; of a correction without why it was made."""
    if entry.corrects_id is None or not entry.said:
        return entry.text
    return str(entry.said["values"]["words"])


def nameable() -> list[Named]:
    """Give everybody who can be named with an @."""
    query = sa.select(User.id, User.name, User.email).where(User.active.is_(True))
    return [
        Named(number, name, email.partition("@")[0])
        for number, name, email in db.session.execute(query.order_by(User.id))
    ]
