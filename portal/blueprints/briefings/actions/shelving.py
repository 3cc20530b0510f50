"""Copies of issues on devices that may be offline: kept, opened there, ended."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Briefing, CopyEnding, KeptCopy, Reading
from .recording import log

COPIES = 50
"""How many copies one person may keep at a time, on all their devices."""


def device_of(word: str) -> str:
    """Give what the table knows of the word that one browser has."""
    return hashlib.sha256(word.encode()).hexdigest()


def keep_copy(
    row: Briefing, *, word: str, user_key: str, hours: int, by: Actor, now: datetime
) -> tuple[KeptCopy, str]:
    """Let a reader keep an issue in this browser for some hours; gives the copy, and the word of
    the browser: the one it has, unless somebody else's copies are under it. Kept there again, its
    time begins anew.
    """
    if not hours:
        raise Refused(_("Nothing is kept on devices here."))
    if not queries.may_keep(by, row, now=now):
        raise Refused(_("This issue cannot be kept on a device."))
    if not word or queries.owners_on(device_of(word)) - {by.id}:
        word = secrets.token_urlsafe(32)
    device = device_of(word)
    here = [one for one, what in queries.standing_on(device, now=now) if what.id == row.id]
    if not here and queries.count_standing(row.reader_id, now=now) >= COPIES:
        raise Refused(_("%(n)s editions are kept already: remove some first.", n=COPIES))
    new = KeptCopy(briefing_id=row.id, person_id=row.reader_id, created_at=now)
    copy = here[0] if here else new
    until = now + timedelta(hours=hours)
    copy.until = min(until, row.expires_at) if row.expires_at else until
    copy.device, copy.user_key, copy.updated_at = device, user_key, now
    db.session.add(copy)
    db.session.flush()
    _tell(queries.KEPT, row, copy, by=by, now=now)
    return copy, word


def hand_over_copy(row: Briefing, copy: KeptCopy, *, by: Actor, now: datetime) -> None:
    """Note that the PDF was fetched to be kept: it is counted, and not read by that."""
    mine = sa.and_(Reading.briefing_id == row.id, Reading.person_id == by.id)
    counted = {"downloads": Reading.downloads + 1}
    db.session.execute(sa.update(Reading).where(mine).values(**counted))
    _tell(queries.DOWNLOADED, row, copy, by=by, now=now)


def note_opened(row: Briefing, copy: KeptCopy, *, at: datetime, by: Actor, now: datetime) -> None:
    """Note that its reader opened a copy on their device, said afterwards: at the hour they say, as
    far as it can be, the first time alone.
    """
    if copy.opened_at is not None:
        return
    copy.opened_at = max(copy.created_at, min(at, now))
    mine = sa.and_(Reading.briefing_id == row.id, Reading.person_id == by.id)
    read = {"read_at": sa.func.coalesce(Reading.read_at, copy.opened_at)}
    db.session.execute(sa.update(Reading).where(mine).values(**read))
    _tell(queries.OPENED_AWAY, row, copy, by=by, now=now)


def end_copy(row: Briefing, copy: KeptCopy, *, by: Actor, now: datetime) -> None:
    """Take a copy back: the device removes it when it is online next."""
    if not queries.stands(copy, now=now):
        raise Refused(_("This copy does not stand any more."))
    _end(row, copy, CopyEnding.TAKEN_BACK, by=by, now=now)


def end_all(
    copies: Iterable[KeptCopy], ending: CopyEnding, *, by: Actor, now: datetime, told: bool = False
) -> None:
    """End copies before their time; those that were ended stay as they are. `told` where their
    device knows already, or is told with the same answer.
    """
    for copy in copies:
        copy.told_at = copy.told_at or (now if told else None)
        if copy.ended_at is None:
            row = db.session.get_one(Briefing, copy.briefing_id)
            _end(row, copy, ending, by=by, now=now)


def tell_device(copies: Iterable[KeptCopy], *, by: Actor, now: datetime) -> None:
    """Note that a device was told to remove copies, and tell the log which."""
    for copy in copies:
        copy.told_at = now
        row = db.session.get_one(Briefing, copy.briefing_id)
        _tell("briefings.copy_removed", row, copy, by=by, now=now)


def _end(row: Briefing, copy: KeptCopy, ending: CopyEnding, *, by: Actor, now: datetime) -> None:
    copy.ended_at, copy.ending = now, ending
    _tell("briefings.copy_ended", row, copy, by=by, now=now)


def _tell(name: str, row: Briefing, copy: KeptCopy, *, by: Actor, now: datetime) -> None:
    why = {"why": copy.ending.value} if copy.ending else {}
    log(
        row,
        name,
        by=by,
        now=now,
        data={"copy": copy.id, "reader": copy.person_id, "until": copy.until.isoformat(), **why},
    )
