"""Reading the event log: one's own actions, everything for the auditor, and technical ones for
administrators.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.core import access, records
from portal.core.access import Actor, ActorKind, K, Reach, Role, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.events import Event, EventHead, EventValue
from portal.core.paging import Page, keyset

from . import rules

VEIL = "…"
"""What stands for the number of a record that the reader may not know of."""


@dataclass(frozen=True)
class Search:
    """What a reader looks for: a record, a person, the beginning of a name, from and until."""

    record: str = ""
    person_id: int | None = None
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _seen(viewer: Actor) -> sa.ColumnElement[bool]:
    if access.reach(viewer, Subject.AUDIT) is Reach.ALL:
        return sa.true()
    own = sa.or_(
        sa.and_(Event.actor_kind != ActorKind.JOB.value, Event.actor_id == viewer.id),
        Event.behalf_id == viewer.id,
    )
    if Role.ADMIN not in viewer.roles:
        return own
    technical = sa.and_(
        Event.klass == int(K.INTERNAL),
        Event.account_id.is_(None),
        Event.record_ref.is_(None),
        sa.or_(*(Event.name.startswith(f"{room}.") for room in rules.TECHNICAL)),
    )
    return sa.or_(own, technical)


def _found(viewer: Actor, search: Search, *, now: datetime) -> list[sa.ColumnElement[bool]]:
    wanted = [_seen(viewer)]
    if search.record:
        hidden = access.unseen(db.session, viewer, [search.record], now=now)
        wanted.append(sa.false() if hidden else Event.record_ref == search.record)
    if search.person_id:
        wanted.append(Event.actor_id == search.person_id)
    if search.name:
        wanted.append(Event.name.startswith(search.name, autoescape=True))
    if search.since:
        wanted.append(Event.at >= search.since)
    if search.until:
        wanted.append(Event.at < search.until)
    return wanted


COLUMNS: list[Any] = [
    Event.seq,
    Event.at,
    Event.name,
    Event.actor_kind,
    Event.actor_id,
    Event.actor_name,
    Event.behalf_id,
    Event.record_ref,
    Event.klass,
    Event.data,
]


@dataclass(frozen=True)
class Line:
    """An entry as lists show it; without what a restricted record would tell of itself."""

    seq: int
    at: datetime
    name: str
    actor_kind: str
    actor_id: int | None
    actor_name: str
    behalf_id: int | None
    record_ref: str | None
    klass: int
    data: dict[str, Any]


def page(viewer: Actor, search: Search, *, now: datetime, cursor: str | None = None) -> Page[Line]:
    """Give the entries that the viewer may see, newest first."""
    query = sa.select(*COLUMNS).where(*_found(viewer, search, now=now))
    found = keyset(query, sort=Event.seq, row_id=Event.seq, cursor=cursor)
    return Page(_veiled(viewer, found.rows, now=now), found.after, found.before)


def export(viewer: Actor, search: Search, *, now: datetime, most: int) -> list[Line]:
    """Give at most `most` entries that the viewer may see, oldest first."""
    query = sa.select(*COLUMNS).where(*_found(viewer, search, now=now)).order_by(Event.seq)
    return _veiled(viewer, db.session.execute(query.limit(most)).all(), now=now)


def _veiled(viewer: Actor, rows: Iterable[Any], *, now: datetime) -> list[Line]:
    """Take the name of what is restricted out of entries: they stay, because the log is whole."""
    lines = [Line(*row) for row in rows]
    named = {ref for line in lines for ref in rules.named_in(line.record_ref, line.data)}
    hidden = access.unseen(db.session, viewer, named, now=now)
    return [_veil(line, hidden) for line in lines] if hidden else lines


def _veil(line: Line, hidden: frozenset[str]) -> Line:
    if not hidden & rules.named_in(line.record_ref, line.data):
        return line
    ref = VEIL if line.record_ref in hidden else line.record_ref
    return replace(line, record_ref=ref, data={})


@dataclass(frozen=True)
class Change:
    """A field before and after; the values None where they are not shown or were erased."""

    field: str
    before: str | None
    after: str | None
    redacted_at: datetime | None
    redacted_because: str | None


@dataclass(frozen=True)
class Entry:
    """One entry with its changes; `line` is what a list shows of it, `open` says whether the viewer
    may read the values.
    """

    event: Event
    line: Line
    open: bool
    changes: list[Change]


def get(viewer: Actor, seq: int, *, now: datetime) -> Entry:
    """Give one entry; its values only to who may read that class of the record now."""
    event = db.session.scalar(sa.select(Event).where(Event.seq == seq, _seen(viewer)))
    if event is None:
        raise NotFound
    named = rules.named_in(event.record_ref, event.data)
    hidden = access.unseen(db.session, viewer, named, now=now)
    is_open = not hidden and _may_read(viewer, event, now=now)
    values = db.session.scalars(
        sa.select(EventValue).filter_by(event_uid=event.uid).order_by(EventValue.id)
    )
    line = _veil(Line(*(getattr(event, column.key) for column in COLUMNS)), hidden)
    return Entry(event, line, is_open, [_change(value, is_open) for value in values])


def _change(value: EventValue, is_open: bool) -> Change:
    shown = is_open and value.redacted_at is None
    return Change(
        field=value.field,
        before=value.before if shown else None,
        after=value.after if shown else None,
        redacted_at=value.redacted_at,
        redacted_because=value.redacted_because,
    )


def _may_read(viewer: Actor, event: Event, *, now: datetime) -> bool:
    klass = K(event.klass)
    if access.reach(viewer, Subject.AUDIT, klass=klass) is Reach.ALL:
        return True
    if event.record_ref is None:
        return access.reach(viewer, Subject.AUDIT, klass=klass) is not Reach.NONE
    rows = sa.select(Event.seq).where(
        Event.seq == event.seq,
        records.visible(
            viewer,
            account_id=Event.account_id,
            record_ref=Event.record_ref,
            klass=Event.klass,
            now=now,
        ),
    )
    return db.session.scalar(rows) is not None


def count() -> int:
    """Count the entries of the log: the head's sequence number."""
    return int(db.session.scalar(sa.select(EventHead.seq)) or 0)


def last_verdict() -> Event | None:
    """Give the entry of the last check of the log, None before the first."""
    query = sa.select(Event).where(Event.name == rules.VERIFIED).order_by(Event.seq.desc())
    found: Event | None = db.session.scalar(query.limit(1))
    return found
