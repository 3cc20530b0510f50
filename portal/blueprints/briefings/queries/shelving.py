"""Copies of issues that are kept on devices: which may be, which are, and which still stand."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.access import Actor, Restriction
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import BriefedCase, Briefing, KeptCopy, Reading, State
from ..rules import KEPT

UNENDED = (KeptCopy.ended_at.is_(None), KeptCopy.told_at.is_(None))


def may_keep(viewer: Actor, row: Briefing, *, now: datetime) -> bool:
    """Say whether an issue may be kept on a device: by its reader, while it opens, and never if it
    holds, or tells of, what is restricted.
    """
    found = sa.select(Briefing.id).where(Briefing.id == row.id, _keepable(now))
    return row.reader_id == viewer.id and db.session.scalar(found) is not None


def _keepable(now: datetime) -> sa.ColumnElement[bool]:
    """Say of an issue whether its reader may keep it."""
    told = sa.exists().where(
        BriefedCase.briefing_id == Briefing.id, BriefedCase.case_ref == Restriction.record_ref
    )
    restricted = sa.exists().where(
        sa.or_(
            Restriction.record_ref == Briefing.subject_ref,
            told.correlate(Briefing, Restriction),
        )
    )
    return sa.and_(
        Briefing.state.in_((State.ISSUED, State.DRAFT)),
        Briefing.klass.in_([int(one) for one in KEPT]),
        sa.or_(Briefing.expires_at.is_(None), Briefing.expires_at > now),
        sa.not_(restricted.correlate(Briefing)),
    )


def unread_to_keep(viewer: Actor, *, now: datetime, most: int) -> list[str]:
    """Give the numbers of what waits for the viewer unread and may be kept, the newest first."""
    query = (
        sa.select(Briefing.reference)
        .join(Reading, sa.and_(Reading.briefing_id == Briefing.id, Reading.person_id == viewer.id))
        .where(Briefing.reader_id == viewer.id, Reading.read_at.is_(None), _keepable(now))
        .order_by(Briefing.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(query))


def _standing(now: datetime) -> sa.Select[KeptCopy, Briefing]:
    """Select the copies that their readers may still open where they are, each with its issue."""
    return (
        sa.select(KeptCopy, Briefing)
        .join(Briefing, Briefing.id == KeptCopy.briefing_id)
        .join(User, User.id == KeptCopy.person_id)
        .where(
            *UNENDED,
            KeptCopy.until > now,
            User.active,
            User.fs_uniquifier == KeptCopy.user_key,
            _keepable(now),
        )
    )


def standing_on(device: str, *, now: datetime) -> list[tuple[KeptCopy, Briefing]]:
    """Give the copies that stand in one browser, each with its issue."""
    found = _standing(now).where(KeptCopy.device == device).order_by(KeptCopy.id)
    return [(copy, row) for copy, row in db.session.execute(found)]


def untold_on(device: str) -> list[KeptCopy]:
    """Give the copies in one browser that it was not told to remove."""
    query = sa.select(KeptCopy).where(KeptCopy.device == device, KeptCopy.told_at.is_(None))
    return list(db.session.scalars(query.order_by(KeptCopy.id)))


def unended_of(person_id: int) -> list[KeptCopy]:
    """Give the copies of a person that nobody ended, over or not."""
    query = sa.select(KeptCopy).where(KeptCopy.person_id == person_id, *UNENDED)
    return list(db.session.scalars(query.order_by(KeptCopy.id)))


def count_standing(person_id: int, *, now: datetime) -> int:
    """Give how many copies of a person stand, on all their devices."""
    inner = _standing(now).where(KeptCopy.person_id == person_id).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(inner)) or 0


def owners_on(device: str) -> set[int]:
    """Give whose copies are in one browser, as far as it was not told to remove them."""
    return {one.person_id for one in untold_on(device)}


class Copy(NamedTuple):
    """A copy of an issue as its page shows it: whose, and whether it stands."""

    row: KeptCopy
    who: str
    stands: bool


def copies(row: Briefing, *, now: datetime, limit: int = 50) -> list[Copy]:
    """Give the copies of an issue that are or were on devices, the newest first."""
    query = (
        sa.select(KeptCopy, User.name)
        .join(User, User.id == KeptCopy.person_id)
        .where(KeptCopy.briefing_id == row.id)
        .order_by(KeptCopy.id.desc())
        .limit(limit)
    )
    found = list(db.session.execute(query))
    good = _standing(now).where(KeptCopy.briefing_id == row.id) if found else None
    standing = {one.id for one, _row in db.session.execute(good)} if good is not None else set()
    return [Copy(one, who, one.id in standing) for one, who in found]


def copy_of(row: Briefing, number: int) -> KeptCopy:
    """Give one of the copies of an issue."""
    found: KeptCopy | None = db.session.get(KeptCopy, number)
    if found is None or found.briefing_id != row.id:
        raise NotFound
    return found


def own_copy(viewer: Actor, number: int) -> tuple[KeptCopy, Briefing]:
    """Give a copy that the viewer keeps, with its issue."""
    found: KeptCopy | None = db.session.get(KeptCopy, number)
    if found is None or found.person_id != viewer.id:
        raise NotFound
    return found, db.session.get_one(Briefing, found.briefing_id)


def stands(copy: KeptCopy, *, now: datetime) -> bool:
    """Say whether a copy may still be opened where it is."""
    found = _standing(now).where(KeptCopy.id == copy.id)
    return db.session.execute(found).first() is not None
