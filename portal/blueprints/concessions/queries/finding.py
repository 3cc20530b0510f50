"""Finding compensation cases, one or in pages, within what the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, TargetOwner
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.policies.rules.compensation import GRADES
from portal.core import access, paging
from portal.core.access import (
    Actor,
    Grade,
    K,
    Permission,
    Relation,
    RelationKind,
    Restriction,
    Subject,
)
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor

from ..models import Approval, Concession, ConcessionPart, Ground, State, Verdict

GRANTED = (State.APPROVED, State.OFFERED, State.ACCEPTED, State.DELIVERED)
"""What counts as given: the rolling total, precedents, facts and budgets rest on these states."""
HOLDING = (State.REQUESTED, State.APPROVED, State.OFFERED)
"""States in which a case must not be closed over the head of a compensation."""
SHORT = 20


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a list of compensation cases is narrowed to; `absent` are those for whom the viewer
    stands in, where that is known already.
    """

    state: State | None = None
    to_sign: bool = False
    absent: tuple[int, ...] | None = None
    account: str = ""
    case: str = ""


@dataclass(frozen=True)
class Line:
    """A compensation case in a list."""

    reference: str
    account: str
    account_ref: str
    case_ref: str | None
    state: State
    face: Money
    requester: str | None
    created_at: datetime
    requested_at: datetime | None
    lapses_at: datetime | None


def seen_by(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for the compensation cases a viewer may see; those of a restricted case
    are for named people alone.
    """
    restricted = sa.and_(
        Concession.case_ref.is_not(None),
        Concession.case_ref.in_(sa.select(Restriction.record_ref)),
    )
    return access.scope(
        viewer,
        Subject.CONCESSION,
        account_id=Concession.account_id,
        refs=(Concession.reference, Concession.case_ref),
        restricted=restricted,
        klass=K.RESTRICTED,
        now=now,
    )


def in_case(case_ref: str) -> list[Concession]:
    """Give what is offered in a case, for our own work, which is not a viewer."""
    query = sa.select(Concession).where(Concession.case_ref == case_ref)
    return list(db.session.scalars(query.order_by(Concession.id)))


def get(viewer: Actor, reference: str, *, now: datetime, lock: bool = False) -> Concession:
    """Give a compensation case; `NotFound` where there is none for this viewer.

    With `lock` nobody else changes it until this transaction ends.
    """
    query = sa.select(Concession).where(Concession.reference == reference, seen_by(viewer, now=now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def parts(row: Concession) -> list[ConcessionPart]:
    """Give the parts of a compensation in the order of thought."""
    found = db.session.scalars(sa.select(ConcessionPart).filter_by(concession_id=row.id))
    return sorted(found, key=lambda one: (list(Ground).index(one.ground), one.id))


def money(row: Concession, minor: int) -> Money:
    """Give minor units as money of a compensation's currency."""
    return from_minor(minor, row.currency)


def part(row: Concession, part_id: int) -> ConcessionPart:
    """Give one part of a compensation; `NotFound` for another one's."""
    found = db.session.scalar(sa.select(ConcessionPart).filter_by(id=part_id, concession_id=row.id))
    if found is None:
        raise NotFound
    return found


def approvals(row: Concession) -> list[Approval]:
    """Give every signature that was ever given on a compensation, the void ones included."""
    query = sa.select(Approval).filter_by(concession_id=row.id).order_by(Approval.id)
    return list(db.session.scalars(query))


def living(row: Concession, signed: Sequence[Approval] | None = None) -> list[Approval]:
    """Give the signatures that hold: for the proposal as it stands; `signed` are all on it, where
    they are known already.
    """
    return [
        one
        for one in (approvals(row) if signed is None else signed)
        if one.voided_at is None and one.digest == row.digest and one.verdict is Verdict.APPROVED
    ]


def authors(row: Concession) -> frozenset[int]:
    """Give everybody who had a hand in the proposal: none of them may sign it."""
    query = sa.select(Relation.person_id).where(
        Relation.record_ref == row.reference,
        Relation.kind == RelationKind.AUTHOR,
        Relation.person_id.is_not(None),
    )
    found = {person for person in db.session.scalars(query) if person is not None}
    return frozenset(found | ({row.requested_by_id} if row.requested_by_id else set()))


_FACE = (
    sa.select(sa.func.coalesce(sa.func.sum(ConcessionPart.face_minor), 0))
    .where(ConcessionPart.concession_id == Concession.id)
    .correlate(Concession)
    .scalar_subquery()
)


def _lines(viewer: Actor, search: Search, *, now: datetime) -> sa.Select[Any]:
    query = (
        sa.select(
            Concession.id,
            Concession.reference,
            Account.name,
            Account.reference.label("account_ref"),
            Concession.case_ref,
            Concession.state,
            _FACE.label("face"),
            Concession.currency,
            User.name.label("requester"),
            Concession.created_at,
            Concession.requested_at,
            Concession.lapses_at,
        )
        .join(Account, Account.id == Concession.account_id)
        .outerjoin(User, User.id == Concession.requested_by_id)
        .where(seen_by(viewer, now=now))
    )
    if search.state:
        query = query.where(Concession.state == search.state)
    if search.account:
        query = query.where(Account.reference == search.account)
    if search.case:
        query = query.where(Concession.case_ref == search.case)
    if search.to_sign:
        query = query.where(_could_sign(viewer, absent=search.absent, now=now))
    return query


def _could_sign(
    viewer: Actor, *, absent: tuple[int, ...] | None, now: datetime
) -> sa.ColumnElement[bool]:
    """Give the predicate for requests whose next signature may be the viewer's by role and grade,
    their own or those of somebody away for whom they stand in.

    Not those that the viewer proposed, or of an account that they own or carry the target of. What
    else keeps them from it is looked at when they open it.
    """
    if not viewer.may(Permission.CONCESSIONS_APPROVE):
        return sa.false()
    seats = _seats({role.value for role in viewer.roles}, Grade(viewer.grade))
    if absent is None:
        absent = tuple(auth_queries.absent_under([viewer.id or 0], now=now))
    for absent_id in absent:
        person = auth_queries.get(absent_id)
        seats += _seats({role.name for role in person.roles}, Grade(person.grade))
    signed = sa.select(Approval.concession_id).where(
        Approval.person_id == viewer.id, Approval.voided_at.is_(None)
    )
    return sa.and_(
        Concession.state == State.REQUESTED,
        sa.not_(_has_a_part(viewer, now=now)),
        Concession.id.not_in(signed),
        sa.or_(*(Concession.waits_for.contains(seat, autoescape=True) for seat in seats)),
    )


def _has_a_part(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for requests that the viewer wrote, or whose account they look after or
    carry the target of; the query joins the account. Days are those of UTC: who signs is looked at
    again, by the day of the house.
    """
    on = now.date()
    wrote = sa.select(Relation.record_ref).where(
        Relation.kind == RelationKind.AUTHOR,
        Relation.person_id == viewer.id,
        Relation.record_ref.is_not(None),
    )
    carries = sa.select(TargetOwner.account_id).where(
        TargetOwner.person_id == viewer.id,
        TargetOwner.since <= on,
        sa.or_(TargetOwner.until.is_(None), TargetOwner.until > on),
    )
    return sa.or_(
        Concession.requested_by_id.is_not_distinct_from(viewer.id),
        Concession.reference.in_(wrote),
        Account.owner_id.is_not_distinct_from(viewer.id),
        Account.id.in_(carries),
    )


def _seats(roles: set[str], grade: Grade) -> list[str]:
    reached = GRADES[: GRADES.index(grade) + 1]
    return [f";{role}:{one.value};" for role in sorted(roles) for one in reached]


def _line(row: Any) -> Line:
    return Line(
        reference=row.reference,
        account=row.name,
        account_ref=row.account_ref,
        case_ref=row.case_ref,
        state=row.state,
        face=from_minor(int(row.face), row.currency),
        requester=row.requester,
        created_at=row.created_at,
        requested_at=row.requested_at,
        lapses_at=row.lapses_at,
    )


def page(
    viewer: Actor, search: Search, *, cursor: str | None, now: datetime, limit: int = paging.LIMIT
) -> paging.Page[Line]:
    """Give a page of compensation cases, the newest first, in one statement."""
    found = paging.keyset(
        _lines(viewer, search, now=now),
        sort=Concession.created_at,
        row_id=Concession.id,
        cursor=cursor,
        limit=limit,
    )
    return paging.Page([_line(row) for row in found.rows], found.after, found.before)


def short(viewer: Actor, search: Search, *, now: datetime, limit: int = SHORT) -> list[Line]:
    """Give the newest compensation cases of an account or case, for a part of their pages."""
    query = _lines(viewer, search, now=now).order_by(Concession.id.desc()).limit(limit)
    return [_line(row) for row in db.session.execute(query)]


def to_sign(
    viewer: Actor,
    *,
    now: datetime,
    absent: Sequence[int] | None = None,
    limit: int = SHORT,
) -> list[Line]:
    """Give the requests whose next signature may be the viewer's, the longest waiting first;
    `absent` are those for whom they stand in, where that is known already.
    """
    search = Search(to_sign=True, absent=None if absent is None else tuple(absent))
    query = _lines(viewer, search, now=now)
    rows = db.session.execute(query.order_by(Concession.requested_at, Concession.id).limit(limit))
    return [_line(row) for row in rows]


def waiting(*, before: datetime, limit: int = 200) -> Sequence[Concession]:
    """Give the requests whose next signature nobody was reminded of since a moment, locked."""
    return _late(State.REQUESTED, Concession.requested_at, before=before, limit=limit)


def to_deliver(*, before: datetime, limit: int = 200) -> Sequence[Concession]:
    """Give what was accepted, is not delivered, and was not reminded of since a moment, locked."""
    return _late(State.ACCEPTED, Concession.answered_at, before=before, limit=limit)


def _late(state: State, since: Any, *, before: datetime, limit: int) -> Sequence[Concession]:
    query = (
        sa.select(Concession)
        .where(Concession.state == state, sa.func.coalesce(Concession.chased_at, since) <= before)
        .order_by(Concession.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalars(query).all()


def lapsed(*, now: datetime, limit: int = 200) -> Sequence[Concession]:
    """Give the offers that nobody answered in time, locked."""
    query = (
        sa.select(Concession)
        .where(Concession.state == State.OFFERED, Concession.lapses_at <= now)
        .order_by(Concession.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalars(query).all()
