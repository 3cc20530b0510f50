"""Reading notifications: one's own, as far as one may still see what they are about; and what is
due.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth.models import TeamMember
from portal.core import access, records
from portal.core.access import Actor, Instant, K, Role
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.paging import Page, keyset

from .. import rules
from ..models import Channel, Notification, State

N = Notification


def visible(viewer: Actor, *, now: Instant) -> sa.ColumnElement[bool]:
    """Give the predicate for notifications whose record the viewer may see now.

    Restricted words stay sealed, so that such a notification asks for the sight of its record
    alone.
    """
    asked = sa.case((N.klass >= int(K.RESTRICTED), int(K.INTERNAL)), else_=N.klass)
    return records.visible(
        viewer, account_id=N.account_id, record_ref=N.record_ref, klass=asked, now=now
    )


def known(ids: Sequence[int], roles: frozenset[Role], *, now: datetime) -> set[int]:
    """Give those of some notifications (ids) whose recipients, who all have exactly these roles,
    may still see what they are about.
    """
    if not ids:
        return set()
    given = {"of_notices": list(ids), "now": now}
    return set(db.session.connection().scalars(_known_to(roles), given))


@lru_cache(512)
def _known_to(roles: frozenset[Role]) -> sa.Select[Any]:
    """Select notifications if their recipient may see what they are about. Asked for all that
    leaves: made once for each set of roles, and read for all who have it at once.
    """
    ids: sa.BindParameter[Any] = sa.bindparam("of_notices", expanding=True)
    teams = sa.select(TeamMember.team_id).where(TeamMember.person_id == N.person_id)
    each = access.alike(roles, person=N.person_id, member_of=teams.correlate(N))
    return sa.select(N.id).where(N.id.in_(ids), visible(each, now=access.AT_RUN))


def _own(viewer: Actor, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        N.person_id == viewer.id,
        N.state != State.WITHDRAWN,
        N.channel != Channel.PAGE,  # stands beside the mail that says the same
        N.template != rules.DIGEST,  # made of notices that stand there themselves
        sa.or_(N.tries > 0, N.send_at <= now),  # a try moves `send_at` on
        visible(viewer, now=now),
    )


def page(
    viewer: Actor,
    *,
    now: datetime,
    cursor: str | None = None,
    unread: bool = False,
    record: str = "",
    limit: int = 50,
) -> Page[Any]:
    """Give the viewer's own notifications, newest first; those about one record, if asked."""
    query = sa.select(
        N.id, N.template, N.context, N.why, N.klass, N.record_ref, N.channel, N.created_at,
        N.read_at,
    ).where(*_own(viewer, now))  # fmt: skip
    if unread:
        query = query.where(N.read_at.is_(None))
    if record:
        query = query.where(N.record_ref == record)
    return keyset(query, sort=N.created_at, row_id=N.id, cursor=cursor, limit=limit)


def waiting(record: str, *, template: str, written_at: datetime) -> list[Notification]:
    """Give the messages about a record that were written at an instant and have not left yet."""
    query = sa.select(N).where(
        N.record_ref == record,
        N.template == template,
        N.created_at == written_at,
        N.state == State.WAITING,
        N.tries == 0,
    )
    return list(db.session.scalars(query))


def count_unread(viewer: Actor, *, now: datetime) -> int:
    """Count what the viewer has not read yet, at most 100."""
    rows = sa.select(N.id).where(*_own(viewer, now), N.read_at.is_(None)).limit(100)
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0)


def own(viewer: Actor, notification_id: int, *, now: datetime) -> Notification:
    """Give one of the viewer's own notifications."""
    query = sa.select(N).where(N.id == notification_id, *_own(viewer, now))
    found: Notification | None = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def get(notification_id: int) -> Notification:
    """Give a notification by id, whoever it is for; `NotFound` where there is none."""
    found: Notification | None = db.session.get(N, notification_id)
    if found is None:
        raise NotFound
    return found


def by_key(key: str) -> Notification | None:
    """Give the notification with this key, None where there is none."""
    found: Notification | None = db.session.scalar(sa.select(N).filter_by(key=key))
    return found


def by_message_ids(ids: Sequence[str]) -> Notification | None:
    """Give the message of ours that is named first by some Message-IDs, None where none is."""
    if not ids:
        return None
    found = {row.message_id: row for row in db.session.scalars(_BY_MESSAGE_ID, {"ids": list(ids)})}
    return next((found[one] for one in ids if one in found), None)


_BY_MESSAGE_ID = sa.select(N).where(N.message_id.in_(sa.bindparam("ids", expanding=True)))


def due(*, now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Give (id, tries) of mails and pages that should leave now, the oldest first."""
    leaving = N.channel.in_((Channel.MAIL, Channel.PAGE))
    query = sa.select(N.id, N.tries).where(N.state == State.WAITING, leaving, N.send_at <= now)
    return [(i, tries) for i, tries in db.session.execute(query.order_by(N.send_at).limit(limit))]


def next_due(*, now: datetime, limit: int) -> sa.Select[Any]:
    """Select what should leave now, the oldest first, past what another worker takes meanwhile."""
    leaving = N.channel.in_((Channel.MAIL, Channel.PAGE))
    query = sa.select(N.id).where(N.state == State.WAITING, leaving, N.send_at <= now)
    return query.order_by(N.send_at).limit(limit).with_for_update(skip_locked=True)


def fresh(ids: Sequence[int]) -> list[Notification]:
    """Give notifications by id as they stand in the database, in the order of their ids."""
    query = sa.select(N).where(N.id.in_(ids)).order_by(N.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def mails(*, state: State | None = None, cursor: str | None = None) -> Page[Any]:
    """Give what left and what waits, newest first, without its words, for administrators."""
    shown: list[Any] = [
        N.id,
        N.address,
        N.channel,
        N.template,
        N.state,
        N.tries,
        N.send_at,
        N.sent_at,
        N.error,
    ]
    query = sa.select(*shown).where(N.channel.in_((Channel.MAIL, Channel.PAGE)))
    if state:
        query = query.where(N.state == state)
    return keyset(query, sort=N.send_at, row_id=N.id, cursor=cursor)
