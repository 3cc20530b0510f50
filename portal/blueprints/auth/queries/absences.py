"""Who stands in for whom: now, and at any moment that was."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.core.db import db
from portal.core.events import Event, EventValue

from .. import rules
from ..models import Team, User

SET, TURNED, CHANGED = "auth.absence_set", "auth.successor_set", "auth.team_changed"
"""What the log says: when somebody is away and who stands in; that somebody else does, or leads a
team; what was changed about a team."""


def responsible(person_id: int, *, now: datetime) -> int:
    """Give who stands in for a person now: their substitute, theirs, and so on; a cycle ends at the
    first one.
    """
    seen: list[int] = []
    current: int = person_id
    while current not in seen:
        seen.append(current)
        row = db.session.execute(
            sa.select(User.substitute_id, User.absent_from, User.absent_until).where(
                User.id == current
            )
        ).one_or_none()
        if row is None or row.substitute_id is None:
            return current
        if not rules.is_away(row.absent_from, row.absent_until, now=now):
            return current
        current = row.substitute_id
    return person_id


def absent_under(substitutes: Collection[int], *, now: datetime) -> list[int]:
    """Give the active people who are absent now and named one of some people as substitute."""
    away = sa.and_(
        User.absent_from <= now, sa.or_(User.absent_until.is_(None), User.absent_until > now)
    )
    named = sa.and_(User.substitute_id.in_(substitutes), User.active.is_(True))
    return list(db.session.scalars(sa.select(User.id).where(named, away).order_by(User.id)))


def standing_in_for(person_id: int, *, now: datetime) -> list[int]:
    """Give everybody for whom a person stands in now: who named them, who named these, and so on;
    the other side of `responsible`.
    """
    found: list[int] = []
    asked = [person_id]
    while asked:
        new = set(absent_under(asked, now=now)) - {person_id, *found}
        asked = sorted(new)
        found += asked
    return found


@dataclass(frozen=True)
class _Away:
    """Who stands in for somebody, and when they are away."""

    substitute_id: int | None
    begins: datetime | None
    ends: datetime | None


def responsible_at(person_id: int, *, moment: datetime) -> int:
    """Give who stood in for a person at a moment that was, as absences were known then; a cycle
    ends at the first one. Absences that were written down before the log kept their days count
    only as long as they stand.
    """
    seen: list[int] = []
    current = person_id
    while current not in seen:
        seen.append(current)
        away = _known_at(current, moment)
        if away is None or away.substitute_id is None:
            return current
        if not rules.is_away(away.begins, away.ends, now=moment):
            return current
        current = away.substitute_id
    return person_id


def _known_at(person_id: int, moment: datetime) -> _Away | None:
    """Give what was known at a moment of somebody's absence, None where nothing was."""
    told = sa.select(Event.name, Event.at, Event.data).where(
        Event.name.in_((SET, TURNED)), Event.data["person"].as_integer() == person_id
    )
    known: _Away | None = None
    for name, at, data in db.session.execute(told.order_by(Event.seq)):
        if at > moment:
            return known
        if name == SET:
            days = (data.get("from"), data.get("until"))
            known = _Away(
                data["substitute"], *(one and datetime.fromisoformat(one) for one in days)
            )
        elif data["field"] == "substitute_id" and known is not None:
            known = _Away(data["to"], known.begins, known.ends)
    row = db.session.execute(
        sa.select(User.substitute_id, User.absent_from, User.absent_until).filter_by(id=person_id)
    ).one_or_none()
    return row and _Away(*row)


def lead_at(team_id: int, *, moment: datetime) -> int | None:
    """Give who led a team at a moment that was; None for nobody."""
    told = (
        sa.select(Event.data, EventValue.before)
        .outerjoin(
            EventValue,
            sa.and_(EventValue.event_uid == Event.uid, EventValue.field == "lead_id"),
        )
        .where(
            Event.name.in_((CHANGED, TURNED)),
            Event.at > moment,
            Event.data["team"].as_integer() == team_id,
            sa.or_(EventValue.id.is_not(None), Event.name == TURNED),
        )
        .order_by(Event.seq)
        .limit(1)
    )
    later = db.session.execute(told).one_or_none()
    if later is None:
        return db.session.scalar(sa.select(Team.lead_id).filter_by(id=team_id))
    before = later.data.get("from", later.before)
    return None if before is None else int(before)
