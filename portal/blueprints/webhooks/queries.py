"""Reading receivers, their messages, and what the event log holds for them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts.models import Account
from portal.core import access
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.events import Event, EventHead
from portal.core.paging import Page, keyset

from . import rules
from .models import Delivery, DeliveryState, Receiver, ReceiverState

D, R = Delivery, Receiver
_SHOWN: list[Any] = [
    D.id, D.message_id, D.event, D.record_ref, D.state, D.send_at, D.sent_at, D.tries, D.error,
    D.created_at,
]  # fmt: skip
_LIST = sa.select(*_SHOWN).where(D.receiver_id == sa.bindparam("of_receiver"))
_EVENTS: list[Any] = [Event.seq, Event.uid, Event.at, Event.name, Event.record_ref, Event.data]
ENOUGH = 200
"""Entries of the log that one pass looks at for one receiver."""


def receivers() -> list[Receiver]:
    """Give all receivers, by name."""
    return list(db.session.scalars(sa.select(R).order_by(R.name, R.id)))


def get(receiver_id: int, *, lock: bool = False) -> Receiver:
    """Give a receiver; `NotFound` where there is none."""
    query = sa.select(R).where(R.id == receiver_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def waiting() -> dict[int, int]:
    """Give how many messages wait, by receiver."""
    counted = sa.select(D.receiver_id, sa.func.count().label("n")).where(
        D.state == DeliveryState.WAITING
    )
    return {row.receiver_id: row.n for row in db.session.execute(counted.group_by(D.receiver_id))}


def page(
    receiver_id: int, *, viewer: Actor, now: datetime, cursor: str | None = None, limit: int = 50
) -> Page[Any]:
    """Give the messages for a receiver, the newest first; of a restricted record its name is left
    out for whoever is not named on it.
    """
    given = {"of_receiver": receiver_id}
    found = keyset(_LIST, sort=D.id, row_id=D.id, cursor=cursor, limit=limit, given=given)
    refs = [row.record_ref for row in found.rows if row.record_ref]
    hidden = access.unseen(db.session, viewer, refs, now=now)
    rows = [{**row._mapping, "record_ref": _veiled(row.record_ref, hidden)} for row in found.rows]
    return Page(rows, found.after, found.before)


def _veiled(record: str | None, hidden: Collection[str]) -> str | None:
    return None if record in hidden else record


def delivery(delivery_id: int, *, lock: bool = False) -> Delivery:
    """Give a message; `NotFound` where there is none."""
    query = sa.select(D).where(D.id == delivery_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def head() -> int:
    """Give the number of the last entry of the event log."""
    return int(db.session.scalar(sa.select(EventHead.seq)) or 0)


def following(cursor: int, *, until: int) -> list[Any]:
    """Give the next entries of the log that may leave at all, oldest first, with the reference of
    their account, up to an entry that was there when one began to look.
    """
    query = (
        sa.select(*_EVENTS, Account.reference.label("account"))
        .outerjoin(Account, Account.id == Event.account_id)
        .where(
            Event.seq > cursor,
            Event.seq <= until,
            Event.name.in_(sorted(rules.CATALOGUE)),
            Event.klass <= int(rules.MOST),
        )
    )
    return list(db.session.execute(query.order_by(Event.seq).limit(ENOUGH)))


def is_shut(record: str | None, body: str) -> bool:
    """Say whether a message names a record that is restricted: no machine is named on any."""
    named = sorted(rules.records_in(record, body))
    shut = sa.select(access.Restriction.record_ref).where(access.Restriction.record_ref.in_(named))
    return bool(named) and db.session.scalar(shut.limit(1)) is not None


def active() -> list[int]:
    """Give the receivers that are sent something."""
    return list(db.session.scalars(sa.select(R.id).where(R.state == ReceiverState.ACTIVE)))


def count_waiting(receiver_id: int) -> int:
    """Count what waits for a receiver, as far as it matters."""
    rows = sa.select(D.id).where(D.receiver_id == receiver_id, D.state == DeliveryState.WAITING)
    counted = sa.select(sa.func.count()).select_from(rows.limit(rules.MOST_WAITING).subquery())
    return int(db.session.scalar(counted) or 0)


def due(*, now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Give (id, tries) of messages that should leave now, oldest first: of a receiver that does not
    answer one alone, so that it keeps nobody else waiting.
    """
    other = aliased(D)
    first = (
        sa.select(sa.func.min(other.id))
        .where(
            other.receiver_id == R.id,
            other.state == DeliveryState.WAITING,
            other.send_at <= now,
        )
        .correlate(R)
        .scalar_subquery()
    )
    query = (
        sa.select(D.id, D.tries)
        .join(R, R.id == D.receiver_id)
        .where(
            D.state == DeliveryState.WAITING,
            D.send_at <= now,
            R.state == ReceiverState.ACTIVE,
            sa.or_(R.failing_since.is_(None), D.id == first),
        )
    )
    found = db.session.execute(query.order_by(D.send_at, D.id).limit(limit))
    return [(row.id, row.tries) for row in found]
