"""Taking messages back before they leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.core import access, events
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from ..models import Notification, State


def withdraw_waiting(
    keys: Sequence[str],
    *,
    record: str | None,
    account_id: int | None,
    template: str,
    now: datetime,
) -> None:
    """Take back what still waits about a record under one of some beginnings of keys: it is no
    longer true. Nothing that was begun is touched.
    """
    if keys:
        under = sa.or_(*(Notification.key.startswith(key, autoescape=True) for key in keys))
        _lapse(Notification.record_ref == record, under, template=template, now=now, record=record,
               account_id=account_id)  # fmt: skip


def withdraw_all_waiting(records: sa.Select[Any], *, template: str, now: datetime) -> None:
    """Take back every message of a template that still waits about some records."""
    _lapse(Notification.record_ref.in_(records), template=template, now=now)


def _lapse(
    *which: sa.ColumnElement[bool],
    template: str,
    now: datetime,
    record: str | None = None,
    account_id: int | None = None,
) -> None:
    waiting = sa.update(Notification).where(
        *which,
        Notification.template == template,
        Notification.state == State.WAITING,
        Notification.tries == 0,
    )
    taken = db.session.scalars(
        waiting.values(state=State.WITHDRAWN, version=Notification.version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
        .returning(Notification.id)
    ).all()
    if taken:
        events.record(
            "notifications.lapsed",
            by=access.job("notifications"),
            now=now,
            record=record,
            account_id=account_id,
            data={"template": template, "messages": len(taken)},
        )


def withdraw(notification: Notification, *, by: Actor, now: datetime) -> None:
    """Take a message back before it leaves; refused once a try was begun."""
    taken = sa.update(Notification).where(
        Notification.id == notification.id,
        Notification.state == State.WAITING,
        Notification.tries == 0,
    )
    if not db.session.scalar(
        taken.values(
            state=State.WITHDRAWN, version=Notification.version + 1, updated_at=now
        ).returning(Notification.id)
    ):
        raise Refused(_("This message has left already."))
    db.session.refresh(notification)
    events.record(
        "notifications.withdrawn",
        by=by,
        now=now,
        record=notification.record_ref,
        account_id=notification.account_id,
        klass=K.CONFIDENTIAL,
        data={"notification": notification.id},
    )


def withdraw_unseen(record: str, *, seen_by: Iterable[int], by: Actor, now: datetime) -> int:
    """Take back what waits to tell anybody about a record but those who may see it (person ids);
    gives how many.
    """
    taken = (
        sa.update(Notification)
        .where(
            Notification.record_ref == record,
            Notification.state == State.WAITING,
            Notification.person_id.not_in(sorted(seen_by)),
        )
        .values(state=State.WITHDRAWN, version=Notification.version + 1, updated_at=now)
        .returning(Notification.id)
    )
    ids = sorted(db.session.scalars(taken))
    if ids:
        data = {"notifications": ids}
        events.record("notifications.withdrawn_unseen", by=by, now=now, record=record, data=data)
    return len(ids)
