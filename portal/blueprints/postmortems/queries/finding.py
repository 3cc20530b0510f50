"""Finding post-mortems, within what the viewer may see."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts.models import Account, EntryKind, TimelineEntry
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.core import access, paging
from portal.core.access import Actor, K, Restriction, Subject
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import Action, ActionState, Cause, Finding, Postmortem, PostmortemCase, State

P = Postmortem
ON_THE_CLOCK = (State.DUE, State.DRAFT, State.IN_REVIEW)
OPEN = (*ON_THE_CLOCK, State.APPROVED)
NEAR = timedelta(days=90)
"""So far ahead a policy may have an owner reminded."""
GROUPS: dict[str, tuple[State, ...]] = {
    "open": OPEN,
    "with_counsel": (State.WITH_COUNSEL,),
    "published": (State.PUBLISHED,),
    "waived": (State.WAIVED,),
    "all": tuple(State),
}
"""What the list can be narrowed to, besides those that are late."""


@dataclass(frozen=True)
class Search:
    """What the list is narrowed to: a group or `late`, an account, a case, one's own."""

    group: str = "open"
    account: str = ""
    case: str = ""
    mine: bool = False


@dataclass(frozen=True)
class Totals:
    """How many post-mortems the viewer sees under way, late, and with counsel."""

    open: int
    late: int
    with_counsel: int


@dataclass(frozen=True)
class Line:
    """A row of the list."""

    id: int
    reference: str
    title: str
    account_ref: str
    account_name: str
    state: State
    reasons: list[str]
    became_due_at: datetime
    draft_due_on: date
    meeting_due_on: date
    approval_due_on: date
    written_at: datetime | None
    met: bool
    approved_at: datetime | None
    published_at: datetime | None
    facilitator_id: int | None
    facilitator: str | None
    open_actions: int


@cache
def is_restricted() -> sa.ColumnElement[bool]:
    """Say in SQL whether only named people see a row: it, or a case that it covers. Made once: the
    columns of an alias are costly.
    """
    itself = sa.exists().where(Restriction.record_ref == P.reference)
    # Under names of their own: a query that asks for its cases as well asks for each of them alone.
    covered, case = aliased(PostmortemCase), aliased(Escalation)
    a_case = sa.exists().where(
        covered.postmortem_id == P.id, covered.case_ref == case.reference, case.restricted
    )
    return sa.or_(itself, a_case)


def seen_by(viewer: Actor, *, now: datetime, klass: K = K.INTERNAL) -> sa.ColumnElement[bool]:
    """Give the predicate for what a viewer may see: before and after publication the rules
    differ.
    """
    shared: dict[str, Any] = {
        "account_id": P.account_id,
        "refs": (P.reference,),
        "restricted": is_restricted(),
        "klass": klass,
        "now": now,
    }
    final = P.state == State.PUBLISHED
    return sa.or_(
        sa.and_(final, access.scope(viewer, Subject.POSTMORTEM, **shared)),
        sa.and_(sa.not_(final), access.scope(viewer, Subject.POSTMORTEM_DRAFT, **shared)),
    )


def get(viewer: Actor, reference: str, *, now: datetime, lock: bool = False) -> Postmortem:
    """Give a post-mortem; `NotFound` where there is none for this viewer.

    With `lock` nobody else changes it, or what hangs on it, until this transaction ends.
    """
    query = sa.select(P).where(P.reference == reference, seen_by(viewer, now=now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def by_id(postmortem_id: int) -> Postmortem:
    """Give a post-mortem to our own work, which is not a viewer."""
    return db.session.get_one(P, postmortem_id)


def get_action(row: Postmortem, action_id: int) -> Action:
    """Give one action of a post-mortem; `NotFound` where it is another's."""
    found = db.session.scalar(sa.select(Action).filter_by(id=action_id, postmortem_id=row.id))
    if found is None:
        raise NotFound
    return found


def get_cause(row: Postmortem, cause_id: int) -> Cause:
    """Give one cause of a post-mortem; `NotFound` where it is another's."""
    found = db.session.scalar(sa.select(Cause).filter_by(id=cause_id, postmortem_id=row.id))
    if found is None:
        raise NotFound
    return found


def why_of(cause: Cause, why_id: int) -> rules.Why:
    """Give one answer to “why?” of a cause; `NotFound` where it has none of this number."""
    for one in rules.whys_read(cause.whys):
        if one.id == why_id:
            return one
    raise NotFound


def get_finding(row: Postmortem, finding_id: int) -> Finding:
    """Give one finding of a post-mortem; `NotFound` where it is another's."""
    found = db.session.scalar(sa.select(Finding).filter_by(id=finding_id, postmortem_id=row.id))
    if found is None:
        raise NotFound
    return found


def _met() -> sa.ColumnElement[bool]:
    """Say in SQL whether its meeting was held: a meeting stands in its own timeline."""
    return sa.exists().where(
        TimelineEntry.case_ref == P.reference, TimelineEntry.kind == EntryKind.MEETING
    )


def _late(today: date) -> sa.ColumnElement[bool]:
    """Say in SQL what `rules.late_steps` says of a row."""
    return sa.and_(
        P.state.in_(ON_THE_CLOCK),
        sa.or_(
            sa.and_(P.written_at.is_(None), P.draft_due_on < today),
            sa.and_(P.meeting_due_on < today, sa.not_(_met())),
            P.approval_due_on < today,
        ),
    )


def _columns() -> tuple[Any, ...]:
    todo = (
        sa.select(sa.func.count())
        .where(Action.postmortem_id == P.id, Action.state.in_([ActionState.OPEN, ActionState.DONE]))
        .scalar_subquery()
    )
    return (
        P.id,
        P.reference,
        P.title,
        Account.reference.label("account_ref"),
        Account.name.label("account_name"),
        P.state,
        P.reasons,
        P.became_due_at,
        P.draft_due_on,
        P.meeting_due_on,
        P.approval_due_on,
        P.written_at,
        _met().label("met"),
        P.approved_at,
        P.published_at,
        P.facilitator_id,
        User.name.label("facilitator"),
        todo.label("open_actions"),
    )


def _lines(viewer: Actor, *, now: datetime) -> sa.Select[Any]:
    return (
        sa.select(*_columns())
        .join(Account, Account.id == P.account_id)
        .outerjoin(User, User.id == P.facilitator_id)
        .where(seen_by(viewer, now=now))
    )


def page(
    viewer: Actor,
    search: Search,
    *,
    today: date,
    now: datetime,
    cursor: str | None = None,
    limit: int = paging.LIMIT,
) -> paging.Page[Line]:
    """Give a page of post-mortems, what became due last first."""
    query = _searched(viewer, search, today=today, now=now)
    found = paging.keyset(query, sort=P.became_due_at, row_id=P.id, cursor=cursor, limit=limit)
    return paging.Page([Line(*row) for row in found.rows], found.after, found.before)


def table(viewer: Actor, search: Search, *, today: date, now: datetime) -> Iterator[Line]:
    """Give every post-mortem of a search, in the order of the list."""
    query = _searched(viewer, search, today=today, now=now)
    rows = db.session.execute(query.order_by(P.became_due_at.desc(), P.id.desc()))
    return (Line(*row) for row in rows)


def _searched(viewer: Actor, search: Search, *, today: date, now: datetime) -> sa.Select[Any]:
    query = _lines(viewer, now=now)
    if search.group == "late":
        query = query.where(_late(today))
    else:
        query = query.where(P.state.in_(GROUPS.get(search.group, OPEN)))
    if search.account:
        query = query.where(Account.reference == search.account)
    if search.case:
        query = query.where(_covers(search.case))
    if search.mine:
        query = query.where(P.facilitator_id == viewer.id)
    return query


def _covers(reference: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        PostmortemCase.postmortem_id == P.id, PostmortemCase.case_ref == reference
    )


def of_record(
    viewer: Actor, *, account: str = "", case: str = "", now: datetime, limit: int = 10
) -> list[Line]:
    """Give the newest post-mortems of an account or of a case, for the page of that record."""
    query = _lines(viewer, now=now)
    query = query.where(_covers(case)) if case else query.where(Account.reference == account)
    newest = query.order_by(P.became_due_at.desc(), P.id.desc()).limit(limit)
    return [Line(*row) for row in db.session.execute(newest)]


def totals(viewer: Actor, *, today: date, now: datetime) -> Totals:
    """Count what the viewer sees under way, late, and with counsel."""

    def count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    row = db.session.execute(
        sa.select(
            count(P.state.in_(OPEN)), count(_late(today)), count(P.state == State.WITH_COUNSEL)
        ).where(P.state.in_([*OPEN, State.WITH_COUNSEL]), seen_by(viewer, now=now))
    ).one()
    return Totals(*(int(number) for number in row))


def under_way() -> list[Postmortem]:
    """Give every post-mortem that is not finished, to our own work."""
    waiting = [*OPEN, State.WITH_COUNSEL]
    return list(db.session.scalars(sa.select(P).where(P.state.in_(waiting)).order_by(P.id)))


def actions_to_chase(*, today: date) -> list[tuple[Postmortem, Action]]:
    """Give every open action whose day has passed or comes near, or whose owner left, with its
    post-mortem, to our own work; those of one that is with counsel or was left out rest.
    """
    resting = [State.WITH_COUNSEL, State.WAIVED]
    near = sa.or_(Action.due_on <= today + NEAR, sa.not_(User.active))
    query = (
        sa.select(P, Action)
        .join(Action, Action.postmortem_id == P.id)
        .join(User, User.id == Action.owner_id)
        .where(Action.state == ActionState.OPEN, near, P.state.not_in(resting))
        .order_by(Action.id)
    )
    return [(row, action) for row, action in db.session.execute(query)]


def executives_of(row: Postmortem) -> list[int]:
    """Give the executive owners of the cases that a post-mortem covers."""
    query = (
        sa.select(Escalation.executive_owner_id)
        .join(PostmortemCase, PostmortemCase.case_ref == Escalation.reference)
        .where(PostmortemCase.postmortem_id == row.id, Escalation.executive_owner_id.is_not(None))
        .distinct()
    )
    return [one for one in db.session.scalars(query.order_by(Escalation.executive_owner_id)) if one]


def told_of(row: Postmortem, people: Iterable[int]) -> frozenset[int]:
    """Give those of some people who work here still and may be told of a post-mortem: where only
    named people see it, only they.
    """
    ids = sorted(people)
    query = sa.select(User.id).where(User.id.in_(ids), User.active)
    closed = sa.select(is_restricted()).where(P.id == row.id)
    if db.session.scalar(closed):
        named = access.Relation.record_ref == row.reference
        query = query.where(sa.exists().where(access.Relation.person_id == User.id, named))
    return frozenset(db.session.scalars(query))
