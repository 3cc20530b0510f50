"""Before the meeting: the room of a quarter, decisions sought, the pack sent ahead."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.notifications import actions as notification_actions
from portal.core.access import Actor, K
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import PackReading, Review, ReviewState, Sought
from .recording import insist, log, refuse

LONGEST = 4_000


def open_(quarter: rules.Quarter, *, by: Actor, now: datetime) -> Review:
    """Open the room of a quarter with what earlier reviews put off; gives the one there is where it
    was opened before. A quarter that has not begun has none.
    """
    insist(by)
    if quarter.begins_at > now:
        raise Refused(_("This quarter has not begun."), field="quarter")
    values = {"year": quarter.year, "quarter": quarter.number}
    is_new = insert_once(
        Review,
        reference=quarter.reference,
        starts_on=quarter.starts,
        ends_on=quarter.ends,
        created_at=now,
        updated_at=now,
        **values,
    )
    row = db.session.scalars(sa.select(Review).filter_by(**values)).one()
    if is_new:
        before = queries.last_signed(row)
        old = queries.postponed(before) if before is not None else []
        for one in old:
            db.session.add(_again(row, one, source=before.reference if before else ""))
        log(row, "opened", by=by, now=now, data={"carried": len(old)})
    return row


def _again(row: Review, one: Sought, *, source: str) -> Sought:
    return Sought(
        review_id=row.id,
        title=one.title,
        recommendation=one.recommendation,
        reason=one.reason,
        minutes=one.minutes,
        asked_by_id=one.asked_by_id,
        carried_from=source,
    )


def seek(
    row: Review,
    *,
    title: str,
    recommendation: str,
    reason: str,
    minutes: int,
    by: Actor,
    now: datetime,
) -> Sought:
    """Seek a decision from the meeting, with what is recommended, why, and how long it may take."""
    insist(by)
    if row.state is ReviewState.SIGNED:
        raise Refused(_("This review is signed off."))
    if not title.strip() or not recommendation.strip() or not reason.strip():
        raise Refused(_("Say what is to be decided, what you recommend, and why."), field="title")
    found = Sought(
        review_id=row.id,
        title=" ".join(title.split())[:200],
        recommendation=recommendation.strip()[:LONGEST],
        reason=reason.strip()[:LONGEST],
        minutes=minutes,
        asked_by_id=by.id,
    )
    db.session.add(found)
    db.session.flush()
    changes = {"title": (None, found.title)}
    log(row, "decision_sought", by=by, now=now, data={"sought": found.id}, changes=changes)
    return found


def withdraw(row: Review, one: Sought, *, by: Actor, now: datetime) -> None:
    """Take a decision off the agenda before the pack is sent."""
    insist(by)
    if row.state is not ReviewState.PREPARING:
        raise Refused(_("The pack was sent: it is decided, refused or postponed now."))
    log(row, "decision_withdrawn", by=by, now=now, changes={"title": (one.title, None)})
    db.session.delete(one)


def say_none(row: Review, *, why: str, by: Actor, now: datetime) -> None:
    """Say why a review seeks no decision."""
    insist(by)
    if row.state is ReviewState.SIGNED:
        raise Refused(_("This review is signed off."))
    before, row.none_sought = row.none_sought, " ".join(why.split())[:600]
    log(row, "none_sought", by=by, now=now, changes={"why": (before, row.none_sought)})


def call(row: Review, *, meets_at: datetime, by: Actor, now: datetime) -> int:
    """Send the pack ahead of the meeting to everybody who reads reviews; gives to how many."""
    insist(by)
    sought = queries.sought_of(row)
    refuse(
        rules.objections_to_call(
            state=row.state,
            meets_at=meets_at,
            sought=len(sought),
            none_sought=row.none_sought,
            now=now,
        )
    )
    row.state, row.meets_at, row.called_at = ReviewState.CALLED, meets_at, now
    people = queries.readers()
    for person in people:
        insert_once(PackReading, review_id=row.id, person_id=person.id, sent_at=now)
        if person.id != by.id:
            notification_actions.notify(
                person.id,
                template="reviews/called",
                context={
                    "reference": row.reference,
                    "meets_at": meets_at,
                    "sought": len(sought),
                },
                why="reader",
                key=f"{row.reference}:called:{person.id}",
                record=row.reference,
                account_id=None,
                klass=K.INTERNAL,
                by=by,
                now=now,
            )
    log(row, "called", by=by, now=now, data={"people": len(people), "at": meets_at.isoformat()})
    return len(people)


def mark_read(row: Review, *, by: Actor, now: datetime) -> bool:
    """Note that somebody opened the pack that was sent to them; says whether it was the first
    time.
    """
    mine = sa.and_(
        PackReading.review_id == row.id,
        PackReading.person_id == by.id,
        PackReading.read_at.is_(None),
    )
    done = db.session.execute(sa.update(PackReading).where(mine).values(read_at=now))
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    log(row, "read", by=by, now=now)
    return True
