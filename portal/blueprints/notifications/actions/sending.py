"""What becomes of a message: tried, sent, failed, tried again, read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from portal.blueprints.auth import queries as auth
from portal.core import events
from portal.core.access import Actor, K, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import BOUNCED, Channel, Notification, State
from .writing import queue_try

_TABLE = Notification.metadata.tables[Notification.__tablename__]


def claim(notification_id: int, *, now: datetime) -> Notification | None:
    """Take a due message for one try; None where it is not due or somebody else has it.

    A try that never comes back leaves the message due again after the lease.
    """
    return next(iter(_take(Notification.id == notification_id, now=now)), None)


def claim_due(*, now: datetime, limit: int) -> list[Notification]:
    """Take what is due, the oldest first, for one try of each; what others have is left to them."""
    return _take(Notification.id.in_(queries.next_due(now=now, limit=limit)), now=now)


def _take(which: sa.ColumnElement[bool], *, now: datetime) -> list[Notification]:
    lease = sa.update(Notification).where(
        which, Notification.state == State.WAITING, Notification.send_at <= now
    )
    taken = db.session.scalars(
        lease.values(
            tries=Notification.tries + 1,
            send_at=now + rules.LEASE,
            version=Notification.version + 1,
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
        .returning(Notification.id)
    ).all()
    return queries.fresh(taken) if taken else []


def give_back(rows: Iterable[Notification], *, now: datetime) -> None:
    """Let messages be due at once that were taken and not begun."""
    if ids := [row.id for row in rows]:
        db.session.execute(
            sa.update(Notification)
            .where(Notification.id.in_(ids), Notification.state == State.WAITING)
            .values(tries=Notification.tries - 1, send_at=now, version=Notification.version + 1)
            .execution_options(synchronize_session=False)
        )


def still_waiting(rows: Iterable[Notification]) -> list[Notification]:
    """Give those of some taken messages that nobody took back meanwhile."""
    held = list(rows)
    waiting = sa.select(Notification.id).where(
        Notification.id.in_([row.id for row in held]), Notification.state == State.WAITING
    )
    known = set(db.session.scalars(waiting))
    return [row for row in held if row.id in known]


def is_wanted(notification: Notification, *, now: datetime) -> bool:
    """Say whether the recipient may still be told: active, and able to see the record."""
    return bool(wanted([notification], now=now))


def wanted(rows: Iterable[Notification], *, now: datetime) -> set[int]:
    """Give those of some messages (ids) whose recipients may still be told: active, and able to see
    the record.
    """
    found, theirs = set[int](), dict[int, list[Notification]]()
    for row in rows:
        if row.person_id is None:
            found |= {row.id}
        else:
            theirs.setdefault(row.person_id, []).append(row)
    told: dict[frozenset[Role], list[int]] = {}
    for viewer in auth.actors(theirs):
        for row in theirs[viewer.id or 0]:
            if row.template != rules.DIGEST:
                told.setdefault(viewer.roles, []).append(row.id)
            elif queries.digest_lines(row.context["ids"], queries.visible(viewer, now=now)):
                found |= {row.id}
    for roles, ids in told.items():
        found |= queries.known(ids, roles, now=now)
    return found


def drop(notification: Notification, *, by: Actor, now: datetime) -> None:
    """Let a message rest that its recipient may no longer see."""
    notification.state, notification.error = State.WITHDRAWN, "no longer allowed"
    events.record(
        "notifications.dropped",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        data={"notification": notification.id, "person": notification.person_id},
    )


def note_sent(notification: Notification, *, by: Actor, now: datetime) -> None:
    """Note that a message left."""
    note_all_sent([notification], by=by, now=now)


def note_all_sent(rows: Collection[Notification], *, by: Actor, now: datetime) -> None:
    """Note that some messages left, each with its event, in one statement."""
    if not rows:
        return
    left = {"state": State.SENT, "sent_at": now, "error": "", "updated_at": now}
    db.session.flush()
    db.session.connection().execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id.in_([row.id for row in rows]))
        .values(version=_TABLE.c.version + 1, **left)
    )
    for row in rows:
        for name, value in {**left, "version": row.version + 1}.items():
            set_committed_value(row, name, value)
    for row in rows:
        to_customer = row.contact_id is not None
        events.record(
            "notifications.sent" if to_customer else "notifications.told",
            by=by,
            now=now,
            record=row.record_ref,
            account_id=row.account_id,
            klass=K.CONFIDENTIAL if to_customer else K.INTERNAL,
            data={"notification": row.id, "template": row.template},
        )


def note_failure(
    notification: Notification, *, error: str, code: int | None, by: Actor, now: datetime
) -> None:
    """Note a failed try and when the next one is; after the last one an administrator decides."""
    notification.error = error[:200]
    most = (
        rules.GIVE_UP_AFTER if notification.channel is Channel.MAIL else rules.PAGES_GIVE_UP_AFTER
    )
    if not rules.is_final(tries=notification.tries, code=code, most=most):
        notification.send_at = now + rules.wait(notification.tries)
        return
    notification.state = State.FAILED
    events.record(
        "notifications.failed",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        data={"notification": notification.id, "tries": notification.tries},
    )


def note_bounced(notification: Notification, *, status: str, by: Actor, now: datetime) -> None:
    """Note that a message which had left did not arrive: a mail server on its way said so, with a
    `status` such as 5.1.1. A second report of the same changes nothing.
    """
    if notification.state is not State.SENT:
        return
    notification.state, notification.error = State.FAILED, f"{BOUNCED}{status}"[:200]
    events.record(
        "notifications.bounced",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        klass=K.CONFIDENTIAL if notification.contact_id else K.INTERNAL,
        data={"notification": notification.id, "status": status},
    )


def replay(notification: Notification, *, by: Actor, now: datetime) -> None:
    """Try a failed message again, from the first wait on, under the same Message-ID."""
    if notification.state is not State.FAILED:
        raise Refused(_("Only a failed message can be tried again."))
    notification.state, notification.send_at = State.WAITING, now
    queue_try(notification.id, slot=f"replay {notification.tries}")
    events.record(
        "notifications.replayed",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        data={"notification": notification.id, "tries": notification.tries},
    )


def mark_read(notification: Notification, *, now: datetime) -> None:
    """Remember that its recipient has read a notification: their own business, not the log's."""
    notification.read_at = notification.read_at or now


def mark_all_read(viewer: Actor, *, now: datetime) -> None:
    """Remember that the viewer has read everything up to now."""
    db.session.execute(
        sa.update(Notification)
        .where(
            Notification.person_id == viewer.id,
            Notification.read_at.is_(None),
            Notification.created_at <= now,
        )
        .values(read_at=now, version=Notification.version + 1)
    )
