"""Tasks of cases: one, those of a person, and who could do one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import Role as RoleRow
from portal.blueprints.auth.models import User
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import OPEN_STATES, Escalation, Task
from .finding import seen_by
from .naming import named_on
from .parts import with_merged


@dataclass(frozen=True)
class TaskLine:
    """A task as a list of a person's work shows it."""

    id: int
    what: str
    due_at: datetime | None
    case_ref: str
    account: str


def task(case: Escalation, task_id: int) -> Task:
    """Give one task of a case, or of one merged into it."""
    mine = Task.escalation_id.in_(with_merged(case.id))
    found = db.session.scalar(sa.select(Task).where(Task.id == task_id, mine))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class CaseTask:
    """A task with the name of who has it."""

    row: Task
    owner: str | None


def tasks_in(case: Escalation) -> list[CaseTask]:
    """Give the tasks of a case in the order they were given."""
    query = (
        sa.select(Task, User.name)
        .outerjoin(User, User.id == Task.owner_id)
        .where(Task.escalation_id.in_(with_merged(case.id)))
        .order_by(Task.id)
    )
    return [CaseTask(row, owner) for row, owner in db.session.execute(query)]


def tasks_of(
    viewer: Actor, people: Sequence[int], *, now: datetime, within: timedelta, limit: int = 20
) -> list[TaskLine]:
    """Give what some people still have to do for open cases that the viewer may see, the next due
    first; what is due later than `within` is left out. What belongs to a merged case is to be done
    for the one it was merged into.
    """
    instead = sa.and_(Task.substitute_id.in_(people), Task.chased_at.is_not(None))
    held = sa.or_(Task.owner_id.in_(people), instead)
    mine = sa.and_(held, Task.done_at.is_(None), Task.dropped_at.is_(None))
    went = sa.select(Task.escalation_id.label("own"), Task.escalation_id.label("to")).where(mine)
    way = went.cte("way", recursive=True)
    on, own = aliased(Escalation, name="on"), aliased(Escalation, name="own")
    way = way.union(
        sa.select(way.c.own, on.merged_into_id).where(
            on.id == way.c.to, on.merged_into_id.is_not(None)
        )
    )
    query = (
        sa.select(Task.id, Task.what, Task.due_at, Escalation.reference, Account.name)
        .join(own, own.id == Task.escalation_id)
        .join(way, way.c.own == own.id)
        .join(Escalation, Escalation.id == way.c.to)
        .join(Account, Account.id == Escalation.account_id)
        .where(
            mine,
            sa.or_(Task.due_at.is_(None), Task.due_at < now + within),
            Escalation.state.in_(OPEN_STATES),
            sa.or_(own.merged_into_id.is_(None), sa.not_(own.restricted)),
            seen_by(viewer, now=now),
        )
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
        .limit(limit)
    )
    return [TaskLine(*row) for row in db.session.execute(query)]


def silent_requests(*, now: datetime, limit: int = 200) -> list[tuple[str, int]]:
    """Give (case, task) of requests whose first reply is overdue and nobody was asked instead."""
    query = (
        sa.select(Escalation.reference, Task.id)
        .join(Escalation, Escalation.id == Task.escalation_id)
        .where(
            Task.reply_by <= now,
            Task.replied_at.is_(None),
            Task.chased_at.is_(None),
            Task.done_at.is_(None),
            Task.dropped_at.is_(None),
            Escalation.state.in_(OPEN_STATES),
        )
    )
    found = db.session.execute(query.order_by(Task.reply_by, Task.id).limit(limit))
    return [(row.reference, row.id) for row in found]


def open_holders(case: Escalation) -> list[int]:
    """Give who still has something to do for a case, or one that went into it."""
    query = sa.select(Task.owner_id).where(
        Task.escalation_id.in_(with_merged(case.id)),
        Task.owner_id.is_not(None),
        Task.done_at.is_(None),
        Task.dropped_at.is_(None),
    )
    return sorted({person for person in db.session.scalars(query) if person is not None})


def doers(case: Escalation, *, now: datetime) -> list[tuple[int, str]]:
    """Give (id, name) of who can do something for a case: of a restricted one its named people,
    else everybody whose role reads cases.
    """
    readers = readers_of()
    if not case.restricted:
        return readers
    named = named_on(case, now=now)
    return [(person_id, name) for person_id, name in readers if person_id in named]


def readers_of() -> list[tuple[int, str]]:
    """Give (id, name) of everybody whose role may read a case that names them."""
    roles = [role.value for role in rules.reading_roles()]
    query = (
        sa.select(User.id, User.name)
        .where(User.active.is_(True), User.roles.any(RoleRow.name.in_(roles)))
        .order_by(User.name, User.id)
    )
    return [(person_id, name) for person_id, name in db.session.execute(query)]
