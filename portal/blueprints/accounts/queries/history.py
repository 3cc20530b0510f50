"""What happened with an account, and what we promised."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.auth.models import User
from portal.core import access, paging, veiling
from portal.core.access import Actor, K, Restriction, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.files import StoredFile
from portal.core.i18n import again, language

from ..models import Account, EntryKind, Lane, Promise, PromiseKind, PromiseState, TimelineEntry
from .accounts import visible

Corrected = aliased(TimelineEntry, name="corrected")
Later = aliased(TimelineEntry, name="later")
Promiser = aliased(User, name="promiser")
_ENTRY: tuple[Any, ...] = (
    TimelineEntry.id,
    TimelineEntry.event_at,
    TimelineEntry.recorded_at,
    TimelineEntry.lane,
    TimelineEntry.kind,
    TimelineEntry.text,
    TimelineEntry.said,
    TimelineEntry.author_name,
    TimelineEntry.language,
    TimelineEntry.case_ref,
    TimelineEntry.corrects_id,
    TimelineEntry.redacted_at,
    Corrected.event_at.label("corrects_at"),
    sa.select(sa.func.min(Later.id))
    .where(Later.corrects_id == TimelineEntry.id)
    .correlate(TimelineEntry)
    .scalar_subquery()
    .label("corrected_by"),
    StoredFile.name.label("file_name"),
    StoredFile.size.label("file_size"),
    TimelineEntry.klass,
)
_PROMISE: tuple[Any, ...] = (
    Promise.id,
    Promise.account_id,
    Account.reference,
    Account.name,
    Promise.case_ref,
    Promise.kind,
    Promise.what,
    Promise.to_whom,
    Promise.by_id,
    Promiser.name,
    Promise.concession_ref,
    Promise.without_authority,
    Promise.made_at,
    Promise.due_at,
    Promise.state,
    Promise.settled_at,
    Promise.reason,
    Promise.version,
)
READABLE = (K.INTERNAL, K.CONFIDENTIAL, K.RESTRICTED)


@dataclass(frozen=True)
class Entry:
    """An entry of the timeline as a page shows it."""

    id: int
    at: datetime
    recorded_at: datetime
    lane: Lane
    kind: EntryKind
    text: str
    by: str
    language: str
    case_ref: str | None
    corrects_id: int | None
    redacted: bool
    corrects_at: datetime | None = None
    corrected_by: int | None = None
    file_name: str | None = None
    file_size: int | None = None
    klass: int = int(K.INTERNAL)


@dataclass(frozen=True)
class Wanted:
    """What a timeline is narrowed to; empty is everything."""

    lane: Lane | None = None
    kind: EntryKind | None = None
    author: str = ""
    text: str = ""
    files: bool = False


@dataclass(frozen=True)
class PromiseLine:
    """A promise as lists show it."""

    id: int
    account_id: int
    account_ref: str
    account_name: str
    case_ref: str | None
    kind: PromiseKind
    what: str
    to_whom: str
    by_id: int | None
    by: str | None
    concession_ref: str | None
    without_authority: bool
    made_at: datetime
    due_at: datetime
    state: PromiseState
    settled_at: datetime | None
    reason: str
    version: int


def _seen(
    viewer: Actor, *, account_id: Any, case_ref: Any, klass: K, now: access.Instant
) -> sa.ColumnElement[bool]:
    """Give the predicate for rows of an account, or of a case of it where they name one.

    A row of a case is seen by who may see the case: a right to the account alone does not open it.
    What is restricted (K3) is about escalations, wherever it was noted.
    """
    subject = Subject.ESCALATION if klass is K.RESTRICTED else Subject.ACCOUNT
    of_account = access.scope(viewer, subject, account_id=account_id, klass=klass, now=now)
    of_case = access.scope(
        viewer,
        Subject.ESCALATION,
        account_id=account_id,
        refs=(case_ref,),
        restricted=case_ref.in_(sa.select(Restriction.record_ref)),
        klass=klass,
        now=now,
    )
    return sa.or_(sa.and_(case_ref.is_(None), of_account), sa.and_(case_ref.is_not(None), of_case))


def readable(viewer: Actor, *, now: access.Instant) -> sa.ColumnElement[bool]:
    """Give the predicate for entries of the classes that the viewer may read; classes that reach
    equally far share their part of it.
    """
    alike: dict[tuple[Any, ...], list[K]] = {}
    for klass in READABLE:
        far = (
            access.reach(viewer, Subject.ACCOUNT, klass=klass),
            access.reach(viewer, Subject.ESCALATION, klass=klass),
        )
        alike.setdefault((klass is K.RESTRICTED, *far), []).append(klass)
    account_id, case_ref = TimelineEntry.account_id, TimelineEntry.case_ref
    return sa.or_(
        *(
            sa.and_(
                TimelineEntry.klass.in_([int(klass) for klass in klasses]),
                _seen(viewer, account_id=account_id, case_ref=case_ref, klass=klasses[0], now=now),
            )
            for klasses in alike.values()
        )
    )


@lru_cache(512)
def _entries(
    viewer: Actor, of_case: bool, lanes: frozenset[Lane] | None, narrowed: frozenset[str]
) -> sa.Select[Any]:
    """Make the select of a timeline once for each reader."""
    query = (
        sa.select(*_ENTRY)
        .outerjoin(Corrected, Corrected.id == TimelineEntry.corrects_id)
        .outerjoin(StoredFile, StoredFile.id == TimelineEntry.file_id)
        .where(
            TimelineEntry.account_id == sa.bindparam("of_account"),
            readable(viewer, now=access.AT_RUN),
        )
    )
    if of_case:
        refs: Any = sa.bindparam("of_cases", expanding=True)
        query = query.where(TimelineEntry.case_ref.in_(refs))
    if lanes is not None:
        query = query.where(TimelineEntry.lane.in_(sorted(lanes)))
    conditions = {
        "kind": TimelineEntry.kind == sa.bindparam("of_kind", type_=TimelineEntry.kind.type),
        "files": TimelineEntry.file_id.is_not(None),
        "author": TimelineEntry.author_name == sa.bindparam("of_author"),
        "text": sa.func.lower(TimelineEntry.text).like(sa.bindparam("of_text"), escape="/"),
    }
    return query.where(*(conditions[name] for name in sorted(narrowed)))


def _like(text: str) -> str:
    """Give a pattern for what contains a text, whose own signs mean nothing in it."""
    for sign in "/%_":
        text = text.replace(sign, "/" + sign)
    return f"%{text.lower()}%"


def timeline(
    viewer: Actor,
    account_id: int,
    *,
    now: datetime,
    case_refs: Collection[str] | None = None,
    lanes: Collection[Lane] | None = None,
    wanted: Wanted | None = None,
    cursor: str | None = None,
    limit: int = 30,
) -> paging.Page[Entry]:
    """Give a page of what happened with an account (or cases of it), the newest first, in the
    lanes that are asked for, as far as the viewer may read it.
    """
    only = wanted or Wanted()
    given = {
        "kind": only.kind,
        "author": only.author,
        "text": _like(only.text) * bool(only.text),
        "files": only.files,
    }
    narrowed = {name: value for name, value in given.items() if value}
    seen = lanes if only.lane is None else [only.lane]
    found = paging.keyset(
        _entries(
            viewer,
            case_refs is not None,
            None if seen is None else frozenset(seen),
            frozenset(narrowed),
        ),
        sort=TimelineEntry.event_at,
        row_id=TimelineEntry.id,
        cursor=cursor,
        limit=limit,
        given={
            "now": now,
            "of_account": account_id,
            **({"of_cases": sorted(case_refs)} if case_refs is not None else {}),
            **{f"of_{name}": value for name, value in narrowed.items()},
        },
    )
    known = {row.case_ref for row in found.rows}
    shown = _as_read(viewer, [_entry(row) for row in found.rows], known, text=only.text, now=now)
    return paging.Page(shown, found.after, found.before)


def _as_read(
    viewer: Actor, entries: list[Entry], known: Collection[str], *, text: str, now: datetime
) -> list[Entry]:
    """Give entries without the numbers of cases that do not open for their reader, be it that they
    were restricted after our own text was written, or that people wrote them. What is left out is
    not found by the `text` that was looked for, nor by a part of it.
    """
    named = {number for entry in entries for number in veiling.numbers(entry.text)} - {*known}
    hidden = veiling.closed_to(viewer, named, now=now) if named else frozenset()
    if not hidden:
        return entries
    read = [(entry, veiling.without(entry.text, hidden)) for entry in entries]
    return [
        entry if said == entry.text else replace(entry, text=said)
        for entry, said in read
        if said == entry.text or text.lower() in said.lower()
    ]


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        at=row.event_at,
        recorded_at=row.recorded_at,
        lane=row.lane,
        kind=row.kind,
        text=again(row.said) if row.said else row.text,
        by=row.author_name,
        # Beneath somebody's own words stands why they were corrected: they keep their language.
        language=language() if row.said and not row.corrects_id else row.language,
        case_ref=row.case_ref,
        corrects_id=row.corrects_id,
        redacted=row.redacted_at is not None,
        corrects_at=row.corrects_at,
        corrected_by=row.corrected_by,
        file_name=None if row.redacted_at else row.file_name,
        file_size=row.file_size,
        klass=row.klass,
    )


def get_entry(viewer: Actor, account_id: int, entry_id: int, *, now: datetime) -> TimelineEntry:
    """Give one entry of an account that the viewer may read."""
    query = sa.select(TimelineEntry).where(
        TimelineEntry.id == entry_id,
        TimelineEntry.account_id == account_id,
        readable(viewer, now=now),
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def promises(
    viewer: Actor,
    *,
    now: datetime,
    account_id: int | None = None,
    case_ref: str | None = None,
    case_refs: Collection[str] | None = None,
    by_id: int | None = None,
    states: Iterable[PromiseState] | None = None,
    limit: int = 200,
) -> list[PromiseLine]:
    """Give promises that the viewer may see, the next due first: of an account, case, several
    cases, person.
    """
    refs = list(case_refs) if case_refs is not None else None
    narrowed = {"account_id": account_id, "case_ref": refs or case_ref, "by_id": by_id}
    given = {f"of_{name}": value for name, value in narrowed.items() if value is not None}
    named = frozenset(name for name, value in narrowed.items() if value is not None)
    query = _promised(
        viewer, named, None if states is None else frozenset(states), many=refs is not None
    )
    db.session.flush()
    rows = db.session.connection().execute(query, {**given, "now": now, "most": limit})
    return [PromiseLine(*row) for row in rows]


@lru_cache(512)
def _promised(
    viewer: Actor, named: frozenset[str], states: frozenset[PromiseState] | None, *, many: bool
) -> sa.Select[Any]:
    """Make the select of promises once for each reader; `many`: of several cases."""
    query = (
        sa.select(*_PROMISE)
        .join(Account, Account.id == Promise.account_id)
        .outerjoin(Promiser, Promiser.id == Promise.by_id)
        .where(visible(), promise_scope(viewer, now=access.AT_RUN))
    )
    for name in sorted(named):
        column = getattr(Promise, name)
        several = many and name == "case_ref"
        value = sa.bindparam(f"of_{name}", type_=column.type, expanding=several)
        query = query.where(column.in_(value) if several else column == value)
    if states is not None:
        query = query.where(Promise.state.in_(sorted(states)))
    most = sa.bindparam("most", type_=sa.Integer())
    return query.order_by(Promise.due_at, Promise.id).limit(most)


def promise_scope(viewer: Actor, *, now: access.Instant) -> sa.ColumnElement[bool]:
    """Give the predicate for the promises that the viewer may see: as the account's, or the
    case's.
    """
    return _seen(
        viewer,
        account_id=Promise.account_id,
        case_ref=Promise.case_ref,
        klass=K.INTERNAL,
        now=now,
    )


def open_promises(account_id: int) -> int:
    """Count the open promises of an account, for rooms that have checked who asks."""
    query = sa.select(sa.func.count()).where(
        Promise.account_id == account_id, Promise.state == PromiseState.OPEN
    )
    return db.session.scalar(query) or 0


def get_promise(viewer: Actor, promise_id: int, *, now: datetime) -> Promise:
    """Give one promise that the viewer may see."""
    query = (
        sa.select(Promise)
        .join(Account, Account.id == Promise.account_id)
        .where(Promise.id == promise_id, visible(), promise_scope(viewer, now=now))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found
